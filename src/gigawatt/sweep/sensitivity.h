#pragma once
/// What a sweep over the design of indices (method saltelli) says of its inputs: variance-based indices with confidence and
/// convergence (analysis/sobol_indices.h), and a tornado, for every figure of the runs.
///
/// All points have the same seeds (common random numbers): failures and arrivals are those of the same future, so that a
/// difference comes from the input. With several seeds a point's figure is its mean over them.

#include <filesystem>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/analysis/sobol_indices.h"
#include "gigawatt/base/diagnostic.h"
#include "gigawatt/sweep/plan.h"

namespace gigawatt::sweep {

struct Sensitivity {
  std::string subject_kind, subject, metric, unit;
  double middle = 0;  ///< with all inputs in the middle of their ranges
  struct Ends {
    double low = 0, high = 0;  ///< of the figure, with the input at its ends
  };
  std::vector<Ends> tornado;  ///< by key
  analysis::SobolIndices indices;
  std::size_t dropped = 0;  ///< samples with a failed run or without the figure

  /// "fleet.capex_usd", "site.lab.energy_mwh".
  std::string name() const;
};

/// Of DIR/results.parquet: every figure that varies, or those that are named (a metric of the fleet, or the whole name). A
/// name that no run has is a diagnostic with the nearest.
tl::expected<std::vector<Sensitivity>, base::Diagnostics> sensitivities(
    const std::filesystem::path& folder, const Plan& plan, const std::vector<std::string>& names);

/// A row for each figure and input.
std::string sensitivity_csv(const Plan& plan, const std::vector<Sensitivity>& list);

}  // namespace gigawatt::sweep
