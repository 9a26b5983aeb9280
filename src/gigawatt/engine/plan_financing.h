#pragma once
/// Kinds of financing of a plan as a phase has them: with our share f of the construction cost C, rate r and term n of a kind,
///
///     rent = (1 - f) C r / (1 - (1 + r)^-n) a year from the day of energizing, for n years; then the building is ours for nothing.

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/fleet/prices.h"
#include "gigawatt/scenario/plan_load.h"

namespace gigawatt::engine {

/// Writes a kind of financing into a candidate: our share, and the rent that repays the rest over its term, after which the
/// building is ours. -1: own capital.
void plan_financing(const scenario::PlanInput& input, const catalog::Catalog& catalog, std::size_t candidate,
                    int financing, scenario::Phase& phase);
/// Rent of a candidate that is energized on a day, until `end`.
fleet::Rent plan_rent(const scenario::PlanInput& input, const catalog::Catalog& catalog,
                      std::size_t candidate, int financing, base::SimTime energized, base::SimTime end);

}  // namespace gigawatt::engine
