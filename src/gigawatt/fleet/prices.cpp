#include "gigawatt/fleet/prices.h"

#include <algorithm>

#include "gigawatt/base/check.h"
#include "gigawatt/finance/money.h"

namespace gigawatt::fleet {

NodePrice node_price(const scenario::Scenario& scenario, const catalog::Catalog& catalog,
                     const catalog::System& system, base::SimTime date, std::optional<double> given) {
  const catalog::Accelerator& accelerator = catalog.accelerator_of(system);
  const double n = system.accelerators_per_node;
  const double listed = accelerator.price.empty() ? 0 : accelerator.price.front().usd.value;
  double one = finance::accelerator_price_usd(accelerator, date);
  const auto own = scenario.prices.accelerator.find(system.name);
  if (!given && own != scenario.prices.accelerator.end()) given = own->second.si();
  if (given) one = *given;
  NodePrice price;
  // A node's price holds its accelerators at their list price; without one, everything counts as accelerators.
  price.server_usd = listed > 0 ? std::max(0.0, system.node_price_usd - n * listed) : 0;
  price.accelerators_usd = given || one > 0 ? n * one : system.node_price_usd.value;
  const double network = scenario.prices.network_per_accelerator
                             ? scenario.prices.network_per_accelerator->si()
                             : system.network_usd_per_accelerator.value;
  price.network_usd = n * network;
  return price;
}

FacilityPrice facility_price(const scenario::Scenario& scenario, const catalog::Catalog& catalog,
                             const scenario::Site& site) {
  const auto& cost = catalog.cost();
  const double total = site.construction_cost ? site.construction_cost->si() : cost.facility_usd_per_w.value;
  // The plant's share of what is not IT in a gigawatt site's all-in cost; the rest is the building.
  const double facility =
      1 - cost.accelerator_share - cost.network_share - cost.cpu_share - cost.storage_share;
  const double plant = facility > 0 ? std::clamp(cost.mechanical_electrical_share / facility, 0.0, 1.0) : 0;
  const auto& prices = scenario.prices;
  const double shell = prices.shell ? prices.shell->si() : total * (1 - plant);
  const bool given = prices.power || prices.cooling;
  const double power_cooling =
      given ? (prices.power ? prices.power->si() : 0) + (prices.cooling ? prices.cooling->si() : 0)
            : total * plant;
  return {shell, power_cooling};
}

namespace {

/// `share`: of the capacity.
void add_rent(const std::optional<scenario::PowerRent>& rent, const std::optional<scenario::Lease>& lease,
              double share, base::SimTime begin, base::SimTime end, Rent& out) {
  if (!rent || share <= 0) return;
  const scenario::Lease terms = lease.value_or(scenario::Lease{});
  if (terms.from) begin = *terms.from;
  base::SimTime until = end;
  if (terms.term) {
    const base::SimTime over = begin + base::Duration::seconds(terms.term->si());
    until = std::min(until, over);
    if (terms.purchase && over < end) out.purchases.push_back({over, share * terms.purchase->si()});
  }
  double rate = share * rent->si();
  if (terms.escalation <= 0) {
    if (begin < until) out.parts.push_back({begin, until, rate});
    return;
  }
  for (; begin < until; begin = begin + kPriceYear, rate *= 1 + terms.escalation)
    out.parts.push_back({begin, std::min(begin + kPriceYear, until), rate});
}

}  // namespace

Rent rent_of(const scenario::Site& site, const scenario::Phase& phase, base::SimTime energized,
             base::SimTime end) {
  Rent out;
  add_rent(phase.rent, phase.lease, 1 - phase.own_share.value_or(1), energized, end, out);
  for (const auto& partner : site.partners)
    add_rent(partner.rent, partner.lease, partner.share, std::max(energized, partner.date), end, out);
  return out;
}

std::vector<PartnerPart> partner_parts(const scenario::Site& site, base::SimTime from, base::SimTime to) {
  std::vector<PartnerPart> out;
  for (const auto& partner : site.partners) {
    const base::SimTime begin = std::max(from, partner.date);
    const double span_s = (to - from).to_seconds(), left_s = (to - begin).to_seconds();
    const double later = span_s > 0 ? std::clamp(left_s / span_s, 0.0, 1.0) : partner.date <= from ? 1 : 0;
    if (later > 0) out.push_back({partner.share * later, begin});
  }
  return out;
}

double supply_cost_usd(const scenario::Supply& item, const catalog::Catalog& catalog) {
  if (item.cost) return item.cost->si();
  if (item.kind == scenario::SupplyKind::kGas) return item.power.si() * catalog.cost().gas_plant_usd_per_w;
  if (item.kind == scenario::SupplyKind::kBattery) return item.energy.si() * catalog.cost().battery_usd_per_j;
  return 0;
}

std::optional<double> fuel_carbon_kg_per_j(const catalog::Catalog& catalog, std::string_view fuel) {
  for (const auto& table : catalog.carbon_tables())
    for (const auto& known : table.fuels)
      if (known.name == fuel) return known.kg_per_j;
  return std::nullopt;
}

std::optional<double> supply_carbon_kg_per_j(const scenario::Supply& item, const catalog::Catalog& catalog) {
  if (item.carbon_intensity) return item.carbon_intensity->si();
  if (item.kind == scenario::SupplyKind::kNuclear) return 0;
  if (item.kind != scenario::SupplyKind::kGas) return std::nullopt;
  const auto generator = catalog.generator(item.of.value_or(std::string(kUsualGasPlant)));
  GW_CHECK(generator.has_value(), "{}", generator.error().message());
  return (*generator)->kg_per_j;
}

std::vector<SupplyOffer> supply_offers(const scenario::Site& site, const catalog::Catalog& catalog) {
  std::vector<SupplyOffer> out;
  for (const auto& item : site.supply)
    if (item.kind != scenario::SupplyKind::kBattery)
      out.push_back({item.date, item.until.value_or(base::SimTime::max()), item.power.si(),
                     item.price ? std::optional(item.price->si()) : std::nullopt,
                     supply_carbon_kg_per_j(item, catalog)});
  return out;
}

std::vector<PriceStep> electricity_prices(const scenario::Scenario& scenario, const catalog::Catalog& catalog,
                                          const scenario::Site& site) {
  if (scenario.prices.electricity) return {{scenario.start, scenario.prices.electricity->si()}};
  if (site.electricity_price) return {{scenario.start, site.electricity_price->si()}};
  std::vector<PriceStep> out;
  if (const auto grid = catalog.grid(site.grid))
    for (const auto& table : catalog.price_tables())
      for (const auto& entry : table.electricity)
        if (entry.region == (*grid)->price_region)
          if (const auto from = base::parse_time(entry.date))
            out.push_back({*from, entry.delivered_usd_per_j});
  std::stable_sort(out.begin(), out.end(),
                   [](const PriceStep& a, const PriceStep& b) { return a.from < b.from; });
  return out;
}

EnergyExtras energy_extras(const scenario::Scenario& scenario, const catalog::Catalog& catalog,
                           const scenario::Site& site) {
  EnergyExtras out;
  if (site.carbon_intensity) {
    out.carbon_kg_per_j = site.carbon_intensity->si();
  } else if (const auto grid = catalog.grid(site.grid)) {
    if (const auto region = catalog.carbon_region((*grid)->carbon_region))
      out.carbon_kg_per_j = (*region)->kg_per_j;
  }
  out.carbon_usd_per_kg =
      scenario.prices.carbon ? scenario.prices.carbon->si() : catalog.cost().carbon_usd_per_kg.value;
  out.water_usd_per_m3 = catalog.cost().water_usd_per_m3;
  return out;
}

UpkeepRates upkeep_rates(const scenario::Scenario& scenario, const catalog::Catalog& catalog) {
  const auto& prices = scenario.prices;
  return {
      prices.maintenance_share ? *prices.maintenance_share / kPriceYear_s
                               : catalog.cost().maintenance_rate.value,
      prices.staff_share ? *prices.staff_share / kPriceYear_s : catalog.cost().facility_operation_rate.value};
}

}  // namespace gigawatt::fleet
