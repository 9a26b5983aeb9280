#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "gigawatt/base/check.h"
#include "gigawatt/fleet/build_model.h"

namespace gigawatt::fleet {
namespace {

using finance::Capex;
using finance::Opex;

}  // namespace

double ModelBuilder::build(std::uint32_t site, Capex category, double usd, base::SimTime from,
                           base::SimTime to) {
  const double paid = model_.money.capex(site, category, usd, from, to);
  for (const auto& part : partner_parts(scenario_.sites[site], from, to))
    partners_.capex(site, Capex::kShell, usd * part.share, part.from, to);
  return paid;
}

void ModelBuilder::construction(std::uint32_t site, const scenario::Phase& phase,
                                const scenario::BuildDates& dates) {
  using scenario::BuildStep;
  const auto done = [&](BuildStep step) { return dates.done[static_cast<std::size_t>(step)]; };
  const auto modeled = [&](BuildStep step) { return phase.resolved[static_cast<std::size_t>(step)].modeled; };
  const base::SimTime begin = std::min(phase.begin, dates.energized);
  const FacilityPrice price = facility_price(scenario_, catalog_, scenario_.sites[site]);
  const double facility_w = phase.facility_power->si();
  const double own = phase.own_share.value_or(1);
  const double shell = own * price.shell_usd_per_w * facility_w;
  const double plant = own * price.plant_usd_per_w * facility_w;
  const base::SimTime shell_end = modeled(BuildStep::kShell) ? done(BuildStep::kShell) : dates.energized;
  // The plant is ordered and built from the start of the works until the halls have power and cooling.
  const double land = own * catalog_.cost().land_usd_per_w * facility_w;
  model_.land_usd += build(site, Capex::kLand, land, begin, begin);
  const double shell_paid = build(site, Capex::kShell, shell, begin, std::max(begin, shell_end));
  const double plant_paid = build(site, Capex::kPowerCooling, plant, begin, dates.energized);
  own_asset({shell, dates.energized, building_life_s(), Capex::kShell, shell_paid});
  own_asset({plant, dates.energized, catalog_.cost().electrical_life, Capex::kPowerCooling, plant_paid});
  if (phase.rent) rent(site, phase.rent->si() * facility_w, dates.energized);
}

void ModelBuilder::rent(std::uint32_t site, double usd_per_s, base::SimTime from,
                        std::optional<base::SimTime> until) {
  const base::SimTime begin = std::max(from, model_.start);
  const base::SimTime end = std::min(until.value_or(model_.end), model_.end);
  if (begin < end) model_.money.opex(site, Opex::kRent, usd_per_s * (end - begin).to_seconds(), begin, end);
}

void ModelBuilder::own_asset(const finance::Asset& asset) {
  if (asset.life_s > 0)
    model_.assets.push_back(asset);
  else
    model_.land_usd += asset.paid_usd;  // never written off
}

double ModelBuilder::building_life_s() const {
  return scenario_.prices.building_life ? scenario_.prices.building_life->si()
                                        : catalog_.cost().building_life.value;
}

void ModelBuilder::generation(std::uint32_t site) {
  for (const auto& item : scenario_.sites[site].supply) {
    const double usd = supply_cost_usd(item, catalog_);
    if (usd <= 0) continue;
    const double paid =
        build(site, Capex::kGeneration, usd, item.ordered.value_or(item.date - kPriceYear), item.date);
    own_asset({usd, item.date, catalog_.cost().electrical_life, Capex::kGeneration, paid});
  }
}

NodePrice ModelBuilder::price_of(const Purchase& purchase) const {
  if (purchase.rent_usd_per_s) return {};
  return node_price(scenario_, catalog_, system_of(model_.pools[purchase.pool].kind), purchase.date,
                    purchase.each_usd);
}

void ModelBuilder::bind_budget() {
  std::stable_sort(purchases_.begin(), purchases_.end(),
                   [](const Purchase& a, const Purchase& b) { return a.date < b.date; });
  std::vector<scenario::BudgetYear> years = scenario_.budget;
  std::sort(years.begin(), years.end(), [](const auto& a, const auto& b) { return a.year < b.year; });
  const std::vector<double> spent = finance::own_capex(model_.money, model_.partner_capex_usd);
  double kept = 0;  // of the budgets before
  for (const auto& budget : years) {
    const base::SimTime from = base::SimTime::from_date(static_cast<int>(budget.year), 1, 1);
    const base::SimTime to = base::SimTime::from_date(static_cast<int>(budget.year) + 1, 1, 1);
    double left = budget.capex.si() * budget.fleet_share + (budget.carry_over ? kept : 0);
    const auto& months = model_.money.months();
    for (std::size_t m = 0; m < months.count(); ++m)
      if (months.starts[m] >= from && months.starts[m] < to) left -= spent[m];
    if (!budget.binds) {
      for (const Purchase& purchase : purchases_)
        if (!purchase.owned_before && purchase.date >= from && purchase.date < to)
          left -= price_of(purchase).total() * static_cast<double>(purchase.nodes);
      kept = left;
      continue;
    }
    std::int64_t moved = 0;
    std::vector<Purchase> later;
    for (Purchase& purchase : purchases_) {
      if (purchase.owned_before || purchase.date < from || purchase.date >= to) continue;
      const double each = price_of(purchase).total();
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
    kept = left;
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
  for (const Purchase& purchase : purchases_) {
    const PoolModel& pool = model_.pools[purchase.pool];
    const auto nodes = static_cast<double>(purchase.nodes);
    model_.plan.push_back({.time = purchase.date,
                           .kind = PlanKind::kDeliver,
                           .site = pool.site,
                           .pool = purchase.pool,
                           .nodes = purchase.nodes});
    if (purchase.rent_usd_per_s) {
      rent(pool.site, nodes * *purchase.rent_usd_per_s, purchase.date, purchase.until);
      continue;
    }
    const NodePrice price = price_of(purchase);
    const auto own = [&](Capex category, double usd) {
      own_asset({usd, purchase.date, life_s, category,
                 purchase.owned_before
                     ? 0
                     : model_.money.capex(pool.site, category, usd, purchase.date, purchase.date)});
    };
    own(Capex::kAccelerators, nodes * price.accelerators_usd);
    own(Capex::kServers, nodes * price.server_usd);
    own(Capex::kNetwork, nodes * price.network_usd);
    if (purchase.owned_before || !purchase.building_needed) continue;
    const FacilityPrice building = facility_price(scenario_, catalog_, scenario_.sites[pool.site]);
    const double facility_w = nodes * power_[pool.kind].max_it_w() * model_.sites[pool.site].pue_peak;
    const auto build = [&](Capex category, double usd, double asset_life_s) {
      own_asset({usd, purchase.date, asset_life_s, category,
                 model_.money.capex(pool.site, category, usd, purchase.date - kPriceYear, purchase.date)});
    };
    build(Capex::kShell, building.shell_usd_per_w * facility_w, building_life_s());
    build(Capex::kPowerCooling, building.plant_usd_per_w * facility_w, catalog_.cost().electrical_life);
  }
}

void ModelBuilder::held_prices() {
  const auto& cost = catalog_.cost();
  const auto& prices = scenario_.prices;
  const double rate = prices.discount_rate ? *prices.discount_rate : cost.discount_rate * kPriceYear_s;
  const double life_years =
      (prices.accelerator_life ? prices.accelerator_life->si() : cost.server_life.value) / kPriceYear_s;
  const double building_years = building_life_s() / kPriceYear_s;
  const double plant_years = cost.electrical_life / kPriceYear_s;
  const UpkeepRates upkeep = upkeep_rates(scenario_, catalog_);
  const double maintenance = upkeep.maintenance_per_s * kPriceYear_s;
  const double staff = upkeep.staff_per_s * kPriceYear_s;
  for (std::uint32_t p = 0; p < model_.pools.size(); ++p) {
    PoolModel& pool = model_.pools[p];
    const auto first =
        std::find_if(purchases_.begin(), purchases_.end(), [p](const Purchase& x) { return x.pool == p; });
    if (first != purchases_.end() && first->rent_usd_per_s) {
      pool.held_usd_per_node_s = *first->rent_usd_per_s;
      continue;
    }
    const NodePrice price = first == purchases_.end()
                                ? node_price(scenario_, catalog_, system_of(pool.kind), model_.start)
                                : price_of(*first);
    const auto [shell, plant] = facility_price(scenario_, catalog_, scenario_.sites[pool.site]);
    const double facility_w = power_[pool.kind].max_it_w() * model_.sites[pool.site].pue_peak;
    double a_year = price.total() * maintenance + (shell + plant) * facility_w * staff;
    if (life_years > 0) a_year += price.total() * finance::capital_recovery(rate, life_years);
    if (building_years > 0) a_year += shell * facility_w * finance::capital_recovery(rate, building_years);
    if (plant_years > 0) a_year += plant * facility_w * finance::capital_recovery(rate, plant_years);
    pool.held_usd_per_node_s = a_year / kPriceYear_s;
  }
}

void ModelBuilder::running_costs() {
  const auto [maintenance_per_s, staff_per_s] = upkeep_rates(scenario_, catalog_);
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
    run(pool.site, Opex::kMaintenance, nodes * price_of(purchase).total() * maintenance_per_s, purchase.date);
    if (!purchase.building_needed) continue;
    const auto [shell, plant] = facility_price(scenario_, catalog_, scenario_.sites[pool.site]);
    run(pool.site, Opex::kStaff,
        (shell + plant) * nodes * power_[pool.kind].max_it_w() * model_.sites[pool.site].pue_peak *
            staff_per_s,
        purchase.date);
  }
  for (const PlanItem& item : model_.plan) {
    if (item.kind != PlanKind::kEnergize) continue;
    const auto [shell, plant] = facility_price(scenario_, catalog_, scenario_.sites[item.site]);
    run(item.site, Opex::kStaff, (shell + plant) * item.facility_w * staff_per_s, item.time);
  }
}

}  // namespace gigawatt::fleet
