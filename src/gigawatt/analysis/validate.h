#pragma once
/// Predicts published runs and compares: `gigawatt validate`.
///
/// Error of a row: predicted / measured - 1. `macro_median_abs_pct` is the mean over sources (the part of the id
/// before '-') of the median |error| of the source's rows, so that a source with hundreds of rows counts as much as
/// one with five. Intervals: the share of rows whose measured time lies in the predicted 80% band. Memory: published
/// out-of-memory rows that are predicted not to fit (recall), fitting rows predicted to fit, and the median error of
/// published peaks by the row's own metric. Rows of all levels are predicted; statistics are given over all rows and
/// over the complete ones (level A).

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "gigawatt/analysis/error_statistics.h"
#include "gigawatt/analysis/predict.h"
#include "gigawatt/analysis/run_reader.h"
#include "gigawatt/analysis/series.h"
#include "gigawatt/step/step.h"

namespace gigawatt::analysis {

struct ValidatedRow {
  std::string id;
  std::string source;
  std::string level;
  double measured_s = 0;
  double predicted_s = 0;
  double error_pct = 0;
  double low_s = 0;
  double high_s = 0;
  std::shared_ptr<const step::TimeBreakdown> time;  ///< equal runs share it
  double measured_bytes = 0;                        ///< 0: not published
  double predicted_bytes = 0;                       ///< by the row's own metric
  double memory_use = 0;                            ///< predicted peak over capacity
};

/// Errors of step times, and how often the bands held.
struct ValidationStatistics : ErrorStatistics {
  double interval_coverage_80 = 0;  ///< percent of rows inside their band
};

struct ErrorGroup {
  std::string by;  ///< "source", "generation", "class", "scale", "sequence", "level", "precision"
  std::string value;
  std::size_t rows = 0;
  double median_abs_pct = 0;
  double p90_abs_pct = 0;
  double bias_pct = 0;  ///< median signed error
};

struct MemoryStatistics {
  std::size_t oom_rows = 0;
  double oom_recall = 0;  ///< 0 to 1
  std::size_t fit_rows = 0;
  double fit_recall = 0;
  std::size_t measured_rows = 0;
  double median_abs_pct = 0;
};

struct Validation {
  std::size_t rows = 0;
  std::vector<SkippedRow> skipped;
  ValidationStatistics overall;
  ValidationStatistics level_a;
  std::vector<ErrorGroup> groups;
  MemoryStatistics memory;
  std::vector<RankingStatistics> ranking;
  std::vector<ScalingStatistics> scaling;
  std::vector<ValidatedRow> predictions;  ///< rows with a measured time, in file order
};

Validation validate(const RunTable& table, const Knowledge& knowledge);

/// The same row by row, of which it keeps what statistics need: a run that comes again (`each_run`) is predicted once.
class Validator {
 public:
  explicit Validator(const Knowledge& knowledge) : knowledge_(knowledge) {}

  void add(const std::shared_ptr<const RunRow>& run, const Measured& measured);
  /// `read`: what `each_run` answered. To be called once, at the end.
  Validation finish(ReadRuns read);

 private:
  struct Predicted;
  const Predicted& predicted(const std::shared_ptr<const RunRow>& run);

  const Knowledge knowledge_;
  std::unordered_map<const RunRow*, std::shared_ptr<const Predicted>> known_;
  std::vector<const Predicted*> runs_;  ///< of each row of result_.predictions
  Validation result_;
  double caught_ = 0, fitting_ = 0;
  std::vector<double> memory_errors_;
};

}  // namespace gigawatt::analysis
