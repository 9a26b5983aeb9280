#include "gigawatt/fleet/energy_mix.h"

#include <algorithm>
#include <tuple>

namespace gigawatt::fleet {

double price_at(const std::vector<PriceStep>& steps, base::SimTime t) {
  double value = steps.empty() ? 0 : steps.front().value;
  for (const PriceStep& step : steps)
    if (step.from <= t) value = step.value;
  return value;
}

EnergyMix energy_mix(const std::vector<SupplyOffer>& offers, const EnergyMix& usual, double carbon_usd_per_kg,
                     base::SimTime from, base::SimTime to, double load_w) {
  if (offers.empty() || load_w <= 0 || to <= from) return usual;
  struct Offer {
    double cost = 0;  // of a joule, with the fee on its carbon
    double power_w = 0;
    EnergyMix mix;
  };
  std::vector<Offer> there;
  for (const SupplyOffer& item : offers) {
    const base::SimTime begin = std::max(item.from, from);
    const base::SimTime end = std::min(item.until, to);
    if (end <= begin) continue;
    const EnergyMix mix{item.usd_per_j.value_or(usual.usd_per_j),
                        item.carbon_kg_per_j.value_or(usual.carbon_kg_per_j)};
    there.push_back({mix.usd_per_j + mix.carbon_kg_per_j * carbon_usd_per_kg,
                     item.power_w * ((end - begin).to_seconds() / (to - from).to_seconds()), mix});
  }
  std::stable_sort(there.begin(), there.end(), [](const Offer& a, const Offer& b) {
    return std::tie(a.cost, a.power_w) < std::tie(b.cost, b.power_w);
  });
  double left = load_w;
  EnergyMix sum;
  for (auto first = there.begin(); first != there.end();) {
    const auto last =
        std::find_if(first, there.end(), [&](const Offer& offer) { return offer.cost > first->cost; });
    double power_w = 0;
    for (auto offer = first; offer != last; ++offer) power_w += offer->power_w;
    const double carried = std::min(left, power_w);
    for (; first != last; ++first) {
      const double share = power_w > 0 ? carried * (first->power_w / power_w) : 0;
      sum.usd_per_j += share * first->mix.usd_per_j;
      sum.carbon_kg_per_j += share * first->mix.carbon_kg_per_j;
    }
    left -= carried;
  }
  return {(sum.usd_per_j + left * usual.usd_per_j) / load_w,
          (sum.carbon_kg_per_j + left * usual.carbon_kg_per_j) / load_w};
}

bool any_own(const std::vector<SupplyOffer>& offers) {
  return std::any_of(offers.begin(), offers.end(), [](const SupplyOffer& offer) {
    return offer.usd_per_j.has_value() || offer.carbon_kg_per_j.has_value();
  });
}

}  // namespace gigawatt::fleet
