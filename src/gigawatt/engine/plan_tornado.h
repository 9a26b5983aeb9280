#pragma once
/// How far a plan's value moves with its inputs, the plan made again for each.
///
/// Inputs: construction cost, the price of each system's accelerators and network, all lead times together, and budgets that
/// have a range. What the scenario fixes with a number of its own has no range. Each runs from the low end of its source's
/// range (u = 0) to the high one (u = 1).
///
/// Tornado: each input at its ends, all else as it is.
/// Break-even: where within its range an input alone brings the plan to a value, found by bisection (a plan is better or
/// worse the further an input goes, but for the solver's gap).
/// Sobol indices: which share of the variance of a figure an input has alone (first) and with all others (total), inputs
/// even and independent over their ranges (analysis/sobol_indices.h), plans made on all cores. A sample with a point that has
/// no plan is left out and counted.
///
/// Further inputs (`vary`) are keys of the scenario, whatever they are, with a range of the asker's (KEY=LOW..HIGH) or the one
/// that they carry (KEY alone, carried.h).

#include "gigawatt/engine/plan_question.h"

namespace gigawatt::engine {

using PlanSwings = tl::expected<std::vector<PlanSwing>, base::Diagnostics>;
PlanSwings plan_tornado(const PlanAnswer& plan, const PlanQuestion& question, const Knowledge& knowledge,
                        const std::filesystem::path& data, const planner::Options& options);

/// `value` in the goal's SI unit.
tl::expected<std::vector<PlanBreakEven>, base::Diagnostics> plan_break_even(
    const PlanAnswer& plan, const PlanQuestion& question, const Knowledge& knowledge,
    const std::filesystem::path& data, const planner::Options& options, double value);

tl::expected<PlanIndices, base::Diagnostics> plan_indices(const PlanAnswer& plan,
                                                          const PlanQuestion& question,
                                                          const Knowledge& knowledge,
                                                          const std::filesystem::path& data,
                                                          const planner::Options& options);

}  // namespace gigawatt::engine
