#include "gigawatt/engine/plan_energy.h"

#include <algorithm>

#include "gigawatt/fleet/prices.h"
#include "gigawatt/fleet/site_overhead.h"

namespace gigawatt::engine {
namespace {

constexpr double kMusdPerMwh = 3.6e9 / 1e6;  ///< of one USD per J

}  // namespace

void plan_energy(const scenario::Scenario& scenario, const catalog::Catalog& catalog,
                 const scenario::Site& site, double load, const std::vector<base::SimTime>& starts,
                 base::SimTime end, planner::Site& out) {
  const site::Overhead overhead = fleet::site_overhead(site, catalog);
  const fleet::EnergyExtras extras = fleet::energy_extras(scenario, catalog, site);
  const double carbon_usd_per_j = extras.carbon_kg_per_j * extras.carbon_usd_per_kg;
  out.no_load = overhead.month(0, 1 / out.overhead).conversion_fixed_w;
  out.no_load_price = carbon_usd_per_j * kMusdPerMwh;
  for (std::size_t t = 0; t < starts.size(); ++t) {
    const base::SimTime until = t + 1 < starts.size() ? starts[t + 1] : end;
    double seconds = 0, facility_s = 0, water_usd = 0;  // of one W of IT
    for (base::SimTime from = starts[t]; from < until;) {
      const base::SimTime to = std::min(base::next_month(from), until);
      const auto curve = overhead.month(base::civil(from).month - 1, 0);
      const double s = (to - from).to_seconds();
      seconds += s;
      facility_s += s * curve.facility_w(1);
      water_usd += s * curve.water_m3_per_it_j * extras.water_usd_per_m3;
      from = to;
    }
    out.mean_load.push_back(load * facility_s / seconds);
    out.other_price.push_back((water_usd / facility_s + carbon_usd_per_j) * kMusdPerMwh);
  }
}

}  // namespace gigawatt::engine
