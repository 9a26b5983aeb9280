#pragma once
/// What a site's climate makes of its electricity and water from hour to hour: a typical day of each month.
///
/// The run knows months (docs/models/facility.md); within one, IT load is taken as even over the day, as trainings
/// draw it, and cooling follows the hour's outdoor temperature. Conversion losses are those of the run, per IT energy.

#include <array>
#include <optional>

#include "gigawatt/engine/inputs.h"
#include "gigawatt/fleet/result.h"

namespace gigawatt::engine {

struct TypicalDay {
  using Hours = std::array<std::array<double, 24>, 12>;  ///< [month][hour], local time
  Hours dry_bulb_c{};
  Hours pue{};
  Hours water_m3_per_it_j{};
  double carbon_kg_per_j =
      0;  ///< of electricity at the meter, the run's mean; hours of the grid are not known
};

/// Nothing for a site without climate, daily range or use of energy.
std::optional<TypicalDay> typical_day(const scenario::Site& site, const fleet::SiteResult& result,
                                      const catalog::Catalog& catalog);

}  // namespace gigawatt::engine
