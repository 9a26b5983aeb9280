// What the format allows and yet cannot be meant: said, not refused, since a study may go beyond what exists.
#include <fmt/format.h>

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/scenario/resolver.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::scenario {

void Resolver::plausible() {
  const auto largest = catalog_.fact("largest-announced-campus");
  for (const Site& site : s_.sites) {
    units::Power total;
    for (const Phase& phase : site.phases)
      if (phase.facility_power) total += *phase.facility_power;
    if (largest && total.si() > (*largest)->quantity.high.si)
      warn(
          fmt::format("site '{}': its phases add up to {}, the largest campus that was ever announced has {}",
                      site.name, units::format_quantity(total.si(), "GW"),
                      units::format_quantity((*largest)->quantity.high.si, "GW")));
  }
}

}  // namespace gigawatt::scenario
