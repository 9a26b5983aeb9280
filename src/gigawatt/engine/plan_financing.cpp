#include "gigawatt/engine/plan_financing.h"

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/finance/money.h"

namespace gigawatt::engine {

void plan_financing(const scenario::PlanInput& input, const catalog::Catalog& catalog, std::size_t candidate,
                    int financing, scenario::Phase& phase) {
  if (financing < 0) return;
  const auto& kind = input.table.financing[static_cast<std::size_t>(financing)];
  phase.own_share = kind.own_share;
  if (kind.own_share >= 1) return;
  const auto& site = input.with_candidates.sites[input.candidates[candidate].site.index()];
  const double usd_per_w =
      catalog.cost().land_usd_per_w + fleet::facility_price(input.with_candidates, catalog, site).total();
  const double years = kind.term->si() / fleet::kPriceYear_s;
  phase.rent =
      scenario::PowerRent(usd_per_w * finance::capital_recovery(*kind.rate, years) / fleet::kPriceYear_s);
  phase.lease = scenario::Lease{};
  phase.lease->term = kind.term;
  phase.lease->purchase = scenario::PowerPrice(0);  // the rent has repaid it
}

fleet::Rent plan_rent(const scenario::PlanInput& input, const catalog::Catalog& catalog,
                      std::size_t candidate, int financing, base::SimTime energized, base::SimTime end) {
  scenario::Phase phase;
  plan_financing(input, catalog, candidate, financing, phase);
  return fleet::rent_of(input.with_candidates.sites[input.candidates[candidate].site.index()], phase,
                        energized, end);
}

}  // namespace gigawatt::engine
