#pragma once
/// How far a plan's value moves with its inputs: each input of the catalogue that the plan uses goes to the low and the high
/// end of its source's range, all else as it is, and the plan is made again.
///
/// Inputs: construction cost, the price of each system's accelerators and network, all lead times together, and budgets that
/// have a range. What the scenario fixes with a number of its own has no range.

#include "gigawatt/engine/plan_question.h"

namespace gigawatt::engine {

tl::expected<std::vector<PlanSwing>, base::Diagnostics> plan_tornado(const PlanAnswer& plan,
                                                                     const Knowledge& knowledge,
                                                                     const std::filesystem::path& data,
                                                                     const planner::Options& options);

}  // namespace gigawatt::engine
