#include "gigawatt/engine/typical_day.h"

#include "gigawatt/fleet/site_overhead.h"

namespace gigawatt::engine {

std::optional<TypicalDay> typical_day(const scenario::Site& site, const fleet::SiteResult& result,
                                      const catalog::Catalog& catalog) {
  const auto known = catalog.site(site.catalog);
  if (!known || (*known)->climate.daily_range_k <= 0 || result.total_it_energy_j <= 0) return std::nullopt;
  const auto overhead = fleet::site_overhead(site, catalog);
  double conversion = 0;
  for (const auto& [part, joules] : result.overhead_energy_j)
    if (part == "conversion") conversion = joules / result.total_it_energy_j;
  TypicalDay day;
  for (unsigned m = 0; m < 12; ++m)
    for (unsigned h = 0; h < 24; ++h) {
      const auto curve = overhead.hour(m, h, 0);
      day.dry_bulb_c[m][h] = overhead.dry_bulb_c(m, h);
      day.pue[m][h] = 1 + conversion + curve.cooling_per_it;
      day.water_m3_per_it_j[m][h] = curve.water_m3_per_it_j;
    }
  if (result.total_facility_energy_j > 0)
    day.carbon_kg_per_j = result.total_co2_kg / result.total_facility_energy_j;
  return day;
}

}  // namespace gigawatt::engine
