#pragma once
/// The energy of a plan's sites as a run has it (site/overhead.h): with c_m the cooling of the month, l and f0 the losses of
/// the conversion chain and the share of them that flows at any load,
///
///     facility = f0 l 0.7 (capacity / design overhead)  +  IT (1 + (1 - f0) l + c_m)
///
/// The first part goes with the power of energized phases, the second with what accelerators draw. Water goes with the
/// cooling, carbon with both.

#include <vector>

#include "gigawatt/base/sim_time.h"
#include "gigawatt/catalog/catalog.h"
#include "gigawatt/planner/problem.h"
#include "gigawatt/scenario/scenario.h"

namespace gigawatt::engine {

/// Fills the site's mean load and no load, and what its energy costs besides its price. `load`: mean over largest draw.
void plan_energy(const scenario::Scenario& scenario, const catalog::Catalog& catalog,
                 const scenario::Site& site, double load, const std::vector<base::SimTime>& starts,
                 base::SimTime end, planner::Site& out);

}  // namespace gigawatt::engine
