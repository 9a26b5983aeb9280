#pragma once
/// A plan as a scenario's text: the file without `[plan]`, with what was chosen as phases, supply and deliveries. Its run
/// builds and pays what the plan says.

#include <string>
#include <vector>

#include "gigawatt/engine/plan_problem.h"
#include "gigawatt/planner/plan.h"
#include "gigawatt/scenario/plan_load.h"

namespace gigawatt::engine {

/// Whole nodes of one row of the supply curve that arrive at a site on a day.
struct PlannedDelivery {
  base::SimTime date;
  std::size_t row = 0;  ///< of `plan.chips`
  std::string system, vendor, site;
  std::int64_t accelerators = 0;
  double usd = 0;  ///< with node and network
};
std::vector<PlannedDelivery> planned_deliveries(const scenario::PlanInput& input, const PlanProblem& compiled,
                                                const planner::Plan& plan, const catalog::Catalog& catalog);

std::string plan_scenario(const scenario::PlanInput& input, const PlanProblem& compiled,
                          const planner::Plan& plan, const std::vector<PlannedDelivery>& deliveries,
                          const catalog::Catalog& catalog);

}  // namespace gigawatt::engine
