#pragma once
/// What errors of single rows do not show: whether predictions rank plans and follow a change of scale.
///
/// Ranking: rows of one source with the same model, sequence length, accelerators and batch are alternatives.
/// Spearman's rho compares the orders of predicted and measured times (ties get mean ranks); the regret is how much
/// slower than the measured best the plan is that would have been chosen.
///
/// Scaling: rows of one source that differ in the number of accelerators alone (strong: the batch stays; weak: the
/// batch per accelerator stays). The error of a pair is (predicted ratio of step times) / (measured ratio) - 1, from
/// the series' smallest size to each larger one.

#include <cstddef>
#include <string>
#include <vector>

#include "gigawatt/analysis/runs.h"

namespace gigawatt::analysis {

struct TimedRow {
  const RunRow* row = nullptr;
  double measured_s = 0;
  double predicted_s = 0;
};

/// Groups of at least `kRankedPlans` plans, by source.
struct RankingStatistics {
  std::string source;
  std::size_t groups = 0;
  std::size_t plans = 0;
  double median_spearman = 0;
  double least_spearman = 0;
  double median_regret_pct = 0;
  double worst_regret_pct = 0;
  double chosen_within_3_pct = 0;  ///< percent of groups whose regret is at most 3%
};
inline constexpr std::size_t kRankedPlans = 4;

struct ScalingStatistics {
  std::string kind;  ///< "strong", "weak"
  std::string source;
  std::size_t series = 0;
  std::size_t pairs = 0;
  double median_abs_pct = 0;
  double p90_abs_pct = 0;
};

std::vector<RankingStatistics> ranking(const std::vector<TimedRow>& rows);
std::vector<ScalingStatistics> scaling(const std::vector<TimedRow>& rows);

/// Spearman's rank correlation; 0 where either order is constant. Sizes must be equal.
double spearman(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace gigawatt::analysis
