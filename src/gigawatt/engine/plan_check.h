#pragma once
/// A plan beside the run of its scenario, month by month: what the program counted with against what the simulation did.

#include <vector>

#include "gigawatt/base/sim_time.h"
#include "gigawatt/catalog/catalog.h"
#include "gigawatt/engine/plan_problem.h"
#include "gigawatt/fleet/result.h"
#include "gigawatt/planner/plan.h"

namespace gigawatt::engine {

struct PlanCheck {
  /// One quantity by month, as planned and as run.
  struct Pair {
    std::vector<double> planned, run;

    double worst() const;  ///< largest difference over the largest value
    double worst_of_month()
        const;  ///< largest difference over the month's value, of months above a tenth of the most
  };
  std::vector<base::SimTime> dates;  ///< of the months
  Pair accelerators, mw;             ///< at the month's end; MW at the meter
  Pair capex_usd, opex_usd;
  Pair mwh;  ///< at the meter
};

PlanCheck plan_check(const scenario::PlanInput& input, const PlanProblem& compiled, const planner::Plan& plan,
                     const fleet::FleetResult& run, const catalog::Catalog& catalog);

}  // namespace gigawatt::engine
