#pragma once
/// The plans one decision away from a plan: what would each do, and what stops it.
///
/// Each degree of parallelism and the micro-batch are halved and doubled (data parallelism takes up the difference);
/// virtual stages go to the nearest numbers of equal chunks; the ZeRO stage moves by one; recompute, schedule, precision
/// and each switch change to their other values. What has no meaning (experts of a dense model, virtual stages without
/// a pipeline) is left out, and what follows from a change (sequence parallelism without tensor parallelism, the
/// schedule of virtual stages, a sharding group that no longer divides) follows.

#include <optional>
#include <string>
#include <vector>

#include "gigawatt/step/step.h"

namespace gigawatt::search {

struct Alternative {
  std::string change;  ///< "TP 8 to 4"
  step::ParallelPlan plan;
  std::optional<step::StepResult> result;  ///< empty: illegal
  bool fits = false;                       ///< legal and within the limit
  std::string
      stops;  ///< why not: the rule it breaks, the memory it lacks, the terms that grow; empty: it is better
};

/// In a fixed order. `request.plan` itself need not be legal: then whatever is legal and fits is better.
/// `limit_bytes`: 0 for the accelerator's own.
std::vector<Alternative> alternatives(const step::StepRequest& request, const step::Calibration& calibration,
                                      double limit_bytes);

/// "tp_comm +0.30 s, pp_bubble +0.12 s": the terms that grow most from `from` to `to`, at most three.
std::string growing_terms(const step::TimeBreakdown& from, const step::TimeBreakdown& to);

}  // namespace gigawatt::search
