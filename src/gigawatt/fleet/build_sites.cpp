#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/core.h>

#include "gigawatt/base/check.h"
#include "gigawatt/base/random.h"
#include "gigawatt/fleet/build_model.h"
#include "gigawatt/fleet/site_overhead.h"

namespace gigawatt::fleet {
namespace {

constexpr double kMilli = 1e3;
constexpr std::uint64_t kPhasesPerSite = 1u << 16;  // of the stream's entity

std::int64_t milliwatts(double watts) { return std::llround(watts * kMilli); }

}  // namespace

ModelBuilder::ModelBuilder(const scenario::ResolvedScenario& scenario, const catalog::Catalog& catalog,
                           const StepTable& steps, std::uint64_t seed, bool draw_lead_times)
    : scenario_(scenario), catalog_(catalog), steps_(steps), draw_lead_times_(draw_lead_times) {
  model_.start = scenario.start;
  model_.end = scenario.end;
  model_.warnings = scenario.warnings;
  model_.seed = seed;
  operations();
  model_.money =
      finance::MoneyBook(finance::Months::covering(scenario.start, scenario.end), scenario.sites.size());
  partners_ = finance::MoneyBook(model_.money.months(), scenario.sites.size());
  levels_ = site::load_levels(catalog.facility());
}

FleetModel ModelBuilder::build() {
  kinds();
  sites();
  fleet_and_deliveries();
  model_.partner_capex_usd = partners_.capex_by_category(finance::Capex::kShell);
  bind_budget();
  pay_for_nodes();
  held_prices();
  running_costs();
  crews_and_calls();
  failures_by_month();
  std::stable_sort(model_.plan.begin(), model_.plan.end(), [](const PlanItem& a, const PlanItem& b) {
    return a.time != b.time ? a.time < b.time : a.kind < b.kind;
  });
  doubts();
  jobs();
  return std::move(model_);
}

void ModelBuilder::kinds() {
  for (std::uint32_t k = 0; k < scenario_.systems.size(); ++k) {
    const catalog::System& system = system_of(k);
    const site::NodePower power = site::node_power(system);
    power_.push_back(power);
    NodeKind kind;
    kind.system = system.name;
    kind.generation = catalog_.accelerator_of(system).generation;
    kind.accelerators = std::max<std::int64_t>(1, std::llround(system.accelerators_per_node.value));
    kind.pod_nodes = std::llround(system.pod_accelerators.value) / kind.accelerators;
    kind.max_it_milliw = milliwatts(power.max_it_w());
    kind.waiting_it_milliw = milliwatts(power.idle_it_w());
    kind.idle_it_milliw = scenario_.operations.idle_load
                              ? milliwatts(*scenario_.operations.idle_load * power.max_it_w())
                              : kind.waiting_it_milliw;
    kind.hang_it_milliw = milliwatts(power.at_it_w(levels_.wait));
    kind.down_it_milliw = milliwatts(power.network_it_w);
    failures(system, kind);
    model_.kinds.push_back(std::move(kind));
  }
}

std::uint32_t ModelBuilder::pool(scenario::SiteId site, scenario::SystemId system) {
  const auto [found, fresh] =
      pool_ids_.try_emplace({site.index(), system.index()}, static_cast<std::uint32_t>(model_.pools.size()));
  if (fresh)
    model_.pools.push_back({.site = site.index(),
                            .kind = system.index(),
                            .spare_per_million = std::llround(scenario_.operations.spare_share * 1e6)});
  return found->second;
}

std::int64_t ModelBuilder::whole_nodes(std::uint32_t pool, std::int64_t accelerators) const {
  const std::int64_t per_node = model_.kinds[model_.pools[pool].kind].accelerators;
  return (accelerators + per_node - 1) / per_node;
}

void ModelBuilder::site_prices(const scenario::Site& site, SiteModel& m) const {
  m.electricity_usd_per_j = electricity_prices(scenario_, catalog_, site);
  const EnergyExtras extras = energy_extras(scenario_, catalog_, site);
  m.carbon_kg_per_j = extras.carbon_kg_per_j;
  m.water_usd_per_m3 = extras.water_usd_per_m3;
  m.carbon_usd_per_kg = extras.carbon_usd_per_kg;
}

site::Overhead site_overhead(const scenario::Site& site, const catalog::Catalog& catalog) {
  double chain = 1;
  for (const auto& conversion : catalog.facility().conversions)
    if (conversion.name == "transformer" || conversion.name == "ups" || conversion.name == "busway")
      chain *= conversion.efficiency;
  const double peak = site.peak_overhead.value_or(catalog.facility().peak_overhead.value);
  site::OverheadDesign design;
  design.pue_mean = site.pue.value_or(peak);
  design.pue_peak = std::max(peak, design.pue_mean);
  design.conversion_efficiency = chain;
  design.water_m3_per_it_j = site.wue ? site.wue->si() : 0;
  site::Climate climate;  // all months alike where no normals are known
  if (const auto known = catalog.site(site.catalog); known && (*known)->climate.dry_bulb_c.size() == 12) {
    std::copy_n((*known)->climate.dry_bulb_c.begin(), 12, climate.mean_dry_bulb_c.begin());
    climate.daily_range_k = (*known)->climate.daily_range_k;
  }
  return {design, climate, site::typical_day(catalog.facility())};
}

void ModelBuilder::sites() {
  for (std::uint32_t s = 0; s < scenario_.sites.size(); ++s) {
    const scenario::Site& site = scenario_.sites[s];
    SiteModel m;
    m.name = site.name;
    m.power_limited = !site.phases.empty();
    m.pue_peak = site.peak_overhead.value_or(catalog_.facility().peak_overhead.value);

    m.overhead = site_overhead(site, catalog_);
    site_prices(site, m);
    if (m.electricity_usd_per_j.empty())
      model_.warnings.push_back(
          fmt::format("site '{}': no electricity price is known for grid '{}'; energy costs nothing there",
                      site.name, site.grid));
    model_.sites.push_back(std::move(m));
    phases(s);
    supply(s);
    generation(s);
  }
}

void ModelBuilder::phases(std::uint32_t site_index) {
  const scenario::Site& site = scenario_.sites[site_index];
  const scenario::SiteId site_id(site_index);
  for (std::size_t p = 0; p < site.phases.size(); ++p) {
    const scenario::Phase& phase = site.phases[p];
    std::array<double, scenario::kBuildStepCount> deviates{};
    if (draw_lead_times_) {
      random::Stream stream(model_.seed, random::Domain::kBuildout, site_index * kPhasesPerSite + p);
      for (double& deviate : deviates) deviate = stream.normal(0, 1);
    }
    const scenario::BuildDates dates = scenario::build_dates(phase, deviates);
    const double facility_w = phase.facility_power->si();
    const double it_w = phase.it_power->si();
    model_.plan.push_back({.time = dates.energized,
                           .kind = PlanKind::kEnergize,
                           .site = site_index,
                           .facility_w = facility_w,
                           .it_w = it_w});
    model_.plan.push_back({.time = dates.in_service,
                           .kind = PlanKind::kService,
                           .site = site_index,
                           .facility_w = facility_w,
                           .it_w = it_w});
    auto& milestones = model_.sites[site_index].milestones;
    const std::string title = phase.title.empty() ? phase.name : phase.title;
    for (std::size_t i = 0; i < scenario::kBuildStepCount; ++i)
      if (phase.resolved[i].modeled)
        milestones.push_back({title, std::string(scenario::kBuildStepNames[i]), dates.done[i], 0,
                              phase.assumed || site.assumed});
    milestones.push_back({title, "energized", dates.energized, facility_w, phase.assumed || site.assumed});
    construction(site_index, phase, dates);

    const bool delivered =
        std::any_of(scenario_.deliveries.begin(), scenario_.deliveries.end(),
                    [&](const auto& d) { return d.site_id == site_id && d.system_id == phase.system_id; });
    if (delivered || !phase.system_id.valid() || phase.accelerators.value_or(0) <= 0) continue;
    const std::uint32_t pool_id = pool(site_id, phase.system_id);
    // Paid for when the racks are in, in use when all is accepted.
    const base::SimTime racks = phase.resolved[static_cast<std::size_t>(scenario::BuildStep::kRacks)].modeled
                                    ? dates.done[static_cast<std::size_t>(scenario::BuildStep::kRacks)]
                                    : dates.in_service;
    buy({.date = std::max(racks, dates.in_service),
         .pool = pool_id,
         .nodes = whole_nodes(pool_id, *phase.accelerators),
         .owned_before = racks < model_.start,
         .building_needed = false});
  }
}

void ModelBuilder::supply(std::uint32_t site_index) {
  const scenario::Site& site = scenario_.sites[site_index];
  if (site.supply.empty() || site.phases.empty()) return;
  model_.sites[site_index].supplied_from =
      std::min_element(site.supply.begin(), site.supply.end(), [](const auto& a, const auto& b) {
        return a.date < b.date;
      })->date;
  if (auto offers = supply_offers(site, catalog_); any_own(offers))
    model_.sites[site_index].offers = std::move(offers);
  std::set<base::SimTime> changes{model_.start};
  for (const auto& item : site.supply) {
    changes.insert(item.date);
    if (item.until) changes.insert(*item.until);
  }
  for (const base::SimTime t : changes)
    if (t >= model_.start)
      model_.plan.push_back({.time = t,
                             .kind = PlanKind::kSupply,
                             .site = site_index,
                             .facility_w = scenario::supply_limit(site, t).si()});
}

void ModelBuilder::fleet_and_deliveries() {
  for (const auto& item : scenario_.fleet) {
    const std::uint32_t pool_id = pool(item.site_id, item.system_id);
    const std::int64_t nodes = whole_nodes(pool_id, item.accelerators);
    const bool existing = scenario_.sites[item.site_id.index()].phases.empty();
    const auto per_node = static_cast<double>(model_.kinds[model_.pools[pool_id].kind].accelerators);
    buy({.date = item.date,
         .pool = pool_id,
         .nodes = nodes,
         .owned_before = item.date < model_.start,
         .building_needed = existing && !item.rent,
         .rent_usd_per_s = item.rent ? std::optional(item.rent->si() * per_node) : std::nullopt,
         .until = item.until});
    if (item.until)
      model_.plan.push_back({.time = *item.until,
                             .kind = PlanKind::kRetire,
                             .site = item.site_id.index(),
                             .pool = pool_id,
                             .nodes = nodes});
  }
  for (const auto& delivery : scenario_.deliveries) {
    const std::uint32_t pool_id = pool(delivery.site_id, delivery.system_id);
    const bool existing = scenario_.sites[delivery.site_id.index()].phases.empty();
    for (const auto& part : delivery.schedule)
      buy({.date = part.date,
           .pool = pool_id,
           .nodes = whole_nodes(pool_id, part.accelerators),
           .owned_before = part.date < model_.start,
           .building_needed = existing,
           .each_usd = delivery.price ? std::optional(delivery.price->si()) : std::nullopt});
  }
  for (const auto& job : scenario_.jobs)  // pools that jobs name exist even where nothing ever arrives
    if (job.site_id.valid() && job.system_id.valid()) pool(job.site_id, job.system_id);
}

}  // namespace gigawatt::fleet
