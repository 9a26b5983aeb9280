#pragma once
/// The plans one change away from a plan: what would each do, and what stops those that cannot be.
///
/// Each degree of parallelism is halved and doubled (data parallelism takes up the difference), the micro-batch too;
/// ZeRO stage and recompute move one step either way; schedule, precision and each switch change to their other values.
/// Changes without a meaning (experts of a dense model, virtual stages without a pipeline) are left out.

#include <optional>
#include <string>
#include <vector>

#include "gigawatt/step/step.h"

namespace gigawatt::search {

struct Neighbour {
  std::string change;  ///< "TP 8 to 4"
  step::ParallelPlan plan;
  std::optional<step::StepResult> result;  ///< empty: the plan is illegal
  std::string why_not;                     ///< why it is illegal or does not fit
};

/// In a fixed order. `request.plan` itself need not be legal.
std::vector<Neighbour> neighbours(const step::StepRequest& request, const step::Calibration& calibration);

}  // namespace gigawatt::search
