#pragma once
/// How far a plan is from what somebody has measured.
///
/// Distance between a question with its plan and a measured run, in the terms that the step model's errors follow:
///
///   d^2 = sum over sizes (log2 of their ratio / doublings of that size that count as 1)^2 + sum over kinds that differ
///
///   sizes   accelerators (4 doublings), tokens of a micro-batch on a rank (2), sequence (3), hidden size over the
///           tensor group (2), ranks of the expert group (3), stages (3)
///   kinds   dense or mixture of experts (2), generation of accelerator (1), width of the products' format (1), fully
///           sharded or not (1), recompute of layers (0.5), training or fine-tuning of adapters (1)
///
/// Distance 0 is a run with the same sizes and kinds; at 1 one size is off by its doublings or one kind differs. Errors
/// of runs whose nearest neighbor of another source is farther than 1 scatter more, and bands widen with it
/// (`step::IntervalWidening::per_distance`).

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "gigawatt/analysis/runs.h"
#include "gigawatt/catalog/accelerator.h"
#include "gigawatt/step/step.h"

namespace gigawatt::analysis {

/// The measured run that is nearest to a plan.
struct Nearest {
  std::string id;  ///< empty: no run is known
  std::string model;
  std::int64_t gpus = 0;
  double step_time_s = 0;  ///< as measured
  double tokens_per_s_per_gpu = 0;
  double distance = 0;
};

class Evidence {
 public:
  /// Rows with a measured time on an accelerator of the catalogue.
  Evidence(const RunTable& table, std::span<const catalog::Accelerator> accelerators);

  /// Among rows of other sources than `source`; of equally near ones the first.
  Nearest nearest(const step::StepRequest& request, std::string_view but_source = {}) const;

  std::size_t size() const { return points_.size(); }

 private:
  struct Point {
    Nearest run;
    std::string source;
    std::array<double, 6> sizes{};
    std::array<std::int32_t, 6> kinds{};
    std::string generation;
  };

  static Point point_of(const step::StepRequest& request);

  std::vector<Point> points_;
};

}  // namespace gigawatt::analysis
