#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "gigawatt/base/check.h"
#include "gigawatt/fleet/build_model.h"

namespace gigawatt::fleet {
namespace {

using finance::Capex;
using finance::Opex;

constexpr double kYear_s = 365.25 * 86400;
constexpr base::Duration kYear{static_cast<std::int64_t>(kYear_s * 1e6)};

}  // namespace

std::pair<double, double> ModelBuilder::facility_usd_per_w(const scenario::Site& site) const {
  const auto& cost = catalog_.cost();
  const double total = site.construction_cost ? site.construction_cost->si() : cost.facility_usd_per_w.value;
  // The plant's share of what is not IT in a gigawatt site's all-in cost; the rest is the building.
  const double facility =
      1 - cost.accelerator_share - cost.network_share - cost.cpu_share - cost.storage_share;
  const double plant = facility > 0 ? std::clamp(cost.mechanical_electrical_share / facility, 0.0, 1.0) : 0;
  const auto& prices = scenario_.prices;
  const double shell = prices.shell ? prices.shell->si() : total * (1 - plant);
  const bool given = prices.power || prices.cooling;
  const double power_cooling =
      given ? (prices.power ? prices.power->si() : 0) + (prices.cooling ? prices.cooling->si() : 0)
            : total * plant;
  return {shell, power_cooling};
}

void ModelBuilder::build(std::uint32_t site, Capex category, double usd, base::SimTime from,
                         base::SimTime to) {
  model_.money.capex(site, category, usd, from, to);
  for (const auto& partner : scenario_.sites[site].partners) {
    const double span_s = (to - from).to_seconds();
    const double left_s = (to - std::max(from, partner.date)).to_seconds();
    const double later = span_s > 0 ? std::clamp(left_s / span_s, 0.0, 1.0) : partner.date <= from ? 1 : 0;
    if (later > 0)
      partners_.capex(site, Capex::kShell, usd * partner.share * later, std::max(from, partner.date), to);
  }
}

void ModelBuilder::construction(std::uint32_t site, const scenario::Phase& phase,
                                const scenario::BuildDates& dates) {
  using scenario::BuildStep;
  const auto done = [&](BuildStep step) { return dates.done[static_cast<std::size_t>(step)]; };
  const auto modeled = [&](BuildStep step) { return phase.resolved[static_cast<std::size_t>(step)].modeled; };
  const base::SimTime begin = std::min(phase.begin, dates.energized);
  const auto [shell_usd_per_w, plant_usd_per_w] = facility_usd_per_w(scenario_.sites[site]);
  const double facility_w = phase.facility_power->si();
  const double shell = shell_usd_per_w * facility_w;
  const double plant = plant_usd_per_w * facility_w;
  const base::SimTime shell_end = modeled(BuildStep::kShell) ? done(BuildStep::kShell) : dates.energized;
  // The plant is ordered and built from the start of the works until the halls have power and cooling.
  build(site, Capex::kLand, catalog_.cost().land_usd_per_w * facility_w, begin, begin);
  build(site, Capex::kShell, shell, begin, std::max(begin, shell_end));
  build(site, Capex::kPowerCooling, plant, begin, dates.energized);
  const double building_life_s = scenario_.prices.building_life ? scenario_.prices.building_life->si()
                                                                : catalog_.cost().building_life.value;
  if (building_life_s > 0) model_.assets.push_back({shell, dates.energized, building_life_s});
  if (catalog_.cost().electrical_life > 0)
    model_.assets.push_back({plant, dates.energized, catalog_.cost().electrical_life});
}

void ModelBuilder::generation(std::uint32_t site) {
  for (const auto& item : scenario_.sites[site].supply) {
    double usd = 0;
    if (item.kind == scenario::SupplyKind::kGas) usd = item.power.si() * catalog_.cost().gas_plant_usd_per_w;
    if (item.kind == scenario::SupplyKind::kBattery)
      usd = item.energy.si() * catalog_.cost().battery_usd_per_j;
    if (usd <= 0) continue;
    build(site, Capex::kGeneration, usd, item.date - kYear, item.date);
    if (catalog_.cost().electrical_life > 0)
      model_.assets.push_back({usd, item.date, catalog_.cost().electrical_life});
  }
}

ModelBuilder::NodePrice ModelBuilder::node_price(std::uint32_t pool, base::SimTime date) const {
  const std::uint32_t kind = model_.pools[pool].kind;
  const catalog::System& system = system_of(kind);
  const catalog::Accelerator& accelerator = catalog_.accelerator_of(system);
  const auto n = static_cast<double>(model_.kinds[kind].accelerators);
  const double listed = accelerator.price.empty() ? 0 : accelerator.price.front().usd.value;
  double one = finance::accelerator_price_usd(accelerator, date);
  const auto own = scenario_.prices.accelerator.find(system.name);
  const bool given = own != scenario_.prices.accelerator.end();
  if (given) one = own->second.si();
  NodePrice price;
  // A node's price holds its accelerators at their list price; without one, everything counts as accelerators.
  price.server_usd = listed > 0 ? std::max(0.0, system.node_price_usd - n * listed) : 0;
  price.accelerators_usd = given || one > 0 ? n * one : system.node_price_usd.value;
  const double network = scenario_.prices.network_per_accelerator
                             ? scenario_.prices.network_per_accelerator->si()
                             : system.network_usd_per_accelerator.value;
  price.network_usd = n * network;
  return price;
}

void ModelBuilder::bind_budget() {
  std::stable_sort(purchases_.begin(), purchases_.end(),
                   [](const Purchase& a, const Purchase& b) { return a.date < b.date; });
  std::vector<scenario::BudgetYear> years = scenario_.budget;
  std::sort(years.begin(), years.end(), [](const auto& a, const auto& b) { return a.year < b.year; });
  for (const auto& budget : years) {
    if (!budget.binds) continue;
    const base::SimTime from = base::SimTime::from_date(static_cast<int>(budget.year), 1, 1);
    const base::SimTime to = base::SimTime::from_date(static_cast<int>(budget.year) + 1, 1, 1);
    double left = budget.capex.si() * budget.fleet_share;
    const auto& months = model_.money.months();
    for (std::size_t m = 0; m < months.count(); ++m)
      if (months.starts[m] >= from && months.starts[m] < to)
        for (std::size_t s = 0; s < scenario_.sites.size(); ++s) left -= model_.money.capex_by_site(s)[m];
    std::int64_t moved = 0;
    std::vector<Purchase> later;
    for (Purchase& purchase : purchases_) {
      if (purchase.owned_before || purchase.date < from || purchase.date >= to) continue;
      const double each = node_price(purchase.pool, purchase.date).total();
      const auto affordable = each > 0
                                  ? static_cast<std::int64_t>(std::clamp(std::floor(left / each), 0.0,
                                                                         static_cast<double>(purchase.nodes)))
                                  : purchase.nodes;
      left -= each * static_cast<double>(affordable);
      if (affordable == purchase.nodes) continue;
      Purchase rest = purchase;
      rest.nodes = purchase.nodes - affordable;
      rest.date = to;
      later.push_back(rest);
      moved += rest.nodes * model_.kinds[model_.pools[purchase.pool].kind].accelerators;
      purchase.nodes = affordable;
    }
    if (moved == 0) continue;
    model_.warnings.push_back(
        fmt::format("the budget of {} is spent: {} accelerators wait for the next year", budget.year, moved));
    purchases_.insert(purchases_.end(), later.begin(), later.end());
    std::erase_if(purchases_, [](const Purchase& p) { return p.nodes == 0; });
    std::stable_sort(purchases_.begin(), purchases_.end(),
                     [](const Purchase& a, const Purchase& b) { return a.date < b.date; });
  }
}

void ModelBuilder::pay_for_nodes() {
  const double life_s = scenario_.prices.accelerator_life ? scenario_.prices.accelerator_life->si()
                                                          : catalog_.cost().server_life.value;
  const double building_life_s = scenario_.prices.building_life ? scenario_.prices.building_life->si()
                                                                : catalog_.cost().building_life.value;
  for (const Purchase& purchase : purchases_) {
    const PoolModel& pool = model_.pools[purchase.pool];
    const auto nodes = static_cast<double>(purchase.nodes);
    model_.plan.push_back({.time = purchase.date,
                           .kind = PlanKind::kDeliver,
                           .site = pool.site,
                           .pool = purchase.pool,
                           .nodes = purchase.nodes});
    const NodePrice price = node_price(purchase.pool, purchase.date);
    if (life_s > 0) model_.assets.push_back({nodes * price.total(), purchase.date, life_s});
    if (purchase.owned_before) continue;
    model_.money.capex(pool.site, Capex::kAccelerators, nodes * price.accelerators_usd, purchase.date,
                       purchase.date);
    model_.money.capex(pool.site, Capex::kServers, nodes * price.server_usd, purchase.date, purchase.date);
    model_.money.capex(pool.site, Capex::kNetwork, nodes * price.network_usd, purchase.date, purchase.date);
    if (!purchase.building_needed) continue;
    const auto [shell, plant] = facility_usd_per_w(scenario_.sites[pool.site]);
    const double facility_w = nodes * power_[pool.kind].max_it_w() * model_.sites[pool.site].pue_peak;
    model_.money.capex(pool.site, Capex::kShell, shell * facility_w, purchase.date - kYear, purchase.date);
    model_.money.capex(pool.site, Capex::kPowerCooling, plant * facility_w, purchase.date - kYear,
                       purchase.date);
    if (building_life_s > 0) model_.assets.push_back({shell * facility_w, purchase.date, building_life_s});
    if (catalog_.cost().electrical_life > 0)
      model_.assets.push_back({plant * facility_w, purchase.date, catalog_.cost().electrical_life});
  }
}

void ModelBuilder::held_prices() {
  const auto& cost = catalog_.cost();
  const auto& prices = scenario_.prices;
  const double rate = prices.discount_rate ? *prices.discount_rate : cost.discount_rate * kYear_s;
  const double life_years =
      (prices.accelerator_life ? prices.accelerator_life->si() : cost.server_life.value) / kYear_s;
  const double building_years =
      (prices.building_life ? prices.building_life->si() : cost.building_life.value) / kYear_s;
  const double plant_years = cost.electrical_life / kYear_s;
  const double maintenance =
      prices.maintenance_share ? *prices.maintenance_share : cost.maintenance_rate * kYear_s;
  const double staff = prices.staff_share ? *prices.staff_share : cost.facility_operation_rate * kYear_s;
  for (std::uint32_t p = 0; p < model_.pools.size(); ++p) {
    PoolModel& pool = model_.pools[p];
    const auto first =
        std::find_if(purchases_.begin(), purchases_.end(), [p](const Purchase& x) { return x.pool == p; });
    const NodePrice price = node_price(p, first == purchases_.end() ? model_.start : first->date);
    const auto [shell, plant] = facility_usd_per_w(scenario_.sites[pool.site]);
    const double facility_w = power_[pool.kind].max_it_w() * model_.sites[pool.site].pue_peak;
    double a_year = price.total() * maintenance + (shell + plant) * facility_w * staff;
    if (life_years > 0) a_year += price.total() * finance::capital_recovery(rate, life_years);
    if (building_years > 0) a_year += shell * facility_w * finance::capital_recovery(rate, building_years);
    if (plant_years > 0) a_year += plant * facility_w * finance::capital_recovery(rate, plant_years);
    pool.held_usd_per_node_s = a_year / kYear_s;
  }
}

void ModelBuilder::running_costs() {
  const auto& cost = catalog_.cost();
  const auto& prices = scenario_.prices;
  const double maintenance_per_s =
      prices.maintenance_share ? *prices.maintenance_share / kYear_s : cost.maintenance_rate.value;
  const double staff_per_s =
      prices.staff_share ? *prices.staff_share / kYear_s : cost.facility_operation_rate.value;
  const auto until_end_s = [&](base::SimTime from) {
    return std::max(0.0, (model_.end - std::max(from, model_.start)).to_seconds());
  };
  const auto run = [&](std::uint32_t site, Opex category, double usd_per_s, base::SimTime from) {
    const base::SimTime begin = std::max(from, model_.start);
    if (begin < model_.end)
      model_.money.opex(site, category, usd_per_s * until_end_s(from), begin, model_.end);
  };
  for (const Purchase& purchase : purchases_) {
    const PoolModel& pool = model_.pools[purchase.pool];
    const auto nodes = static_cast<double>(purchase.nodes);
    run(pool.site, Opex::kMaintenance,
        nodes * node_price(purchase.pool, purchase.date).total() * maintenance_per_s, purchase.date);
    if (!purchase.building_needed) continue;
    const auto [shell, plant] = facility_usd_per_w(scenario_.sites[pool.site]);
    run(pool.site, Opex::kStaff,
        (shell + plant) * nodes * power_[pool.kind].max_it_w() * model_.sites[pool.site].pue_peak *
            staff_per_s,
        purchase.date);
  }
  for (const PlanItem& item : model_.plan) {
    if (item.kind != PlanKind::kEnergize) continue;
    const auto [shell, plant] = facility_usd_per_w(scenario_.sites[item.site]);
    run(item.site, Opex::kStaff, (shell + plant) * item.facility_w * staff_per_s, item.time);
  }
}

}  // namespace gigawatt::fleet
