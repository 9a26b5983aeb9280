#include "gigawatt/engine/site_hours.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "gigawatt/base/check.h"
#include "gigawatt/config/gzip.h"
#include "gigawatt/scenario/hourly.h"

namespace gigawatt::engine {
namespace {

constexpr std::int64_t kHourUs = 3'600'000'000;
constexpr std::size_t kMostBytes = std::size_t{256} << 20;

/// The text of a file that a scenario names.
NamedText named(const std::string& file, const std::filesystem::path& folder, base::Diagnostics& problems) {
  if (file.empty()) return {};
  std::error_code none;
  const auto beside = folder / file;
  auto text = config::read_maybe_gzip(
      std::filesystem::exists(beside, none) ? beside : std::filesystem::path(file), kMostBytes);
  if (text) return {file, std::move(*text)};
  problems.push_back(text.error());
  return {};
}

/// The catalogue's site with what the scenario says instead; one that the catalogue does not know from the scenario alone.
catalog::Site described(const scenario::Site& site, const catalog::Catalog& catalog) {
  catalog::Site out;
  const auto known = catalog.site(site.catalog);
  if (known) out = **known;
  out.name = site.name;
  out.cooling = site.cooling;
  if (site.electricity_price) out.electricity_usd_per_j.value = site.electricity_price->si();
  if (site.carbon_intensity) out.carbon_kg_per_j.value = site.carbon_intensity->si();
  return out;
}

double in_force(const scenario::Supply& item, base::SimTime at) {
  return item.date <= at && (!item.until || *item.until > at) ? item.power.si() : 0;
}

}  // namespace

tl::expected<std::vector<HourlySite>, base::Diagnostics> prepare_hourly_sites(
    const std::filesystem::path& scenario_file, const scenario::ResolvedScenario& scenario,
    const catalog::Catalog& catalog, const std::filesystem::path& data) {
  const auto asked = scenario::read_hourly(scenario_file);
  if (!asked) return tl::unexpected(asked.error());
  std::vector<HourlySite> out;
  base::Diagnostics problems;
  const auto folder = scenario_file.parent_path();
  for (const auto& [name, hourly] : *asked) {
    const auto found = std::find_if(scenario.sites.begin(), scenario.sites.end(),
                                    [&](const auto& s) { return s.name == name; });
    if (found == scenario.sites.end()) continue;
    SiteQuestion q;
    q.described = described(*found, catalog);
    q.marginal = false;
    q.weather = named(hourly.weather.file, folder, problems);
    q.normals = hourly.weather.normals;
    q.plant = hourly.weather.plant.empty() ? found->cooling : hourly.weather.plant;
    q.prices = named(hourly.prices.file, folder, problems);
    q.carbon = named(hourly.prices.carbon, folder, problems);
    q.supply = named(hourly.prices.supply, folder, problems);
    if (!problems.empty()) continue;
    auto prepared = PreparedSite::prepare(catalog, data, q);
    if (!prepared) {
      for (auto& problem : prepared.error())
        problem.message = fmt::format("site '{}': {}", name, problem.message);
      problems.insert(problems.end(), prepared.error().begin(), prepared.error().end());
      continue;
    }
    out.push_back(
        {static_cast<std::size_t>(found - scenario.sites.begin()), std::move(*prepared), q.supply.given()});
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return out;
}

HourMeter::HourMeter(std::size_t sites, base::SimTime start) : start_(start), sites_(sites) {
  for (Site& site : sites_) site.since = start;
}

void HourMeter::advance(Site& site, base::SimTime now) {
  while (site.since < now) {
    const auto hour = static_cast<std::size_t>((site.since - start_).us / kHourUs);
    const base::SimTime end = std::min(now, {start_.us + static_cast<std::int64_t>(hour + 1) * kHourUs});
    if (site.it_j.size() <= hour) site.it_j.resize(hour + 1);
    site.it_j[hour] += static_cast<double>(site.milliw) * static_cast<double>((end - site.since).us) * 1e-9;
    site.since = end;
  }
}

void HourMeter::on(const fleet::Load& load, base::SimTime now) {
  Site& site = sites_[load.site];
  if (now > site.since) advance(site, now);
  site.milliw += load.delta_milliw;
}

void HourMeter::finish(base::SimTime end) {
  for (Site& site : sites_) advance(site, end);
}

grid::Supply supply_of(const scenario::Site& site, base::SimTime first, base::SimTime end,
                       double fuel_usd_per_j) {
  grid::Supply out;
  double battery_w = 0, battery_j = 0, gas_w = 0;
  bool grid = site.supply.empty();
  std::vector<base::SimTime> dates{first};
  for (const auto& item : site.supply) {
    if (item.kind == scenario::SupplyKind::kGrid) {
      grid = true;
      if (item.date > first && item.date < end) dates.push_back(item.date);
      if (item.until && *item.until > first && *item.until < end) dates.push_back(*item.until);
    } else if (item.kind == scenario::SupplyKind::kGas) {
      gas_w += in_force(item, first);
    } else if (item.kind == scenario::SupplyKind::kNuclear || item.kind == scenario::SupplyKind::kContract) {
      if (in_force(item, first) <= 0) continue;
      grid::ContractSupply& flat = out.contracts.emplace_back();
      flat.name = item.name;
      flat.kind = "nuclear";
      flat.power_w = item.power.si();
      if (item.price) flat.price_usd_per_j = item.price->si();
    } else if (in_force(item, first) > 0) {
      battery_w += item.power.si();
      battery_j += item.energy.si();
    }
  }
  if (grid) {
    out.grid.emplace();
    std::sort(dates.begin(), dates.end());
    dates.erase(std::unique(dates.begin(), dates.end()), dates.end());
    for (const auto date : dates) {
      if (site.supply.empty()) break;
      double limit = 0;
      for (const auto& item : site.supply)
        if (item.kind == scenario::SupplyKind::kGrid) limit += in_force(item, date);
      out.grid->steps.push_back({date, limit});
    }
  }
  if (gas_w > 0) {
    grid::GeneratorSupply& gas = out.generators.emplace_back();
    gas.name = "gas";
    gas.kind = "gas-turbine";
    gas.unit_w = gas_w;
    gas.no_load = 0;
    gas.fuel_usd_per_j = fuel_usd_per_j;
  }
  if (battery_w > 0 && battery_j > 0) {
    grid::BatterySupply& battery = out.batteries.emplace_back();
    battery.name = "battery";
    battery.power_w = battery_w;
    battery.energy_j = battery_j;
  }
  return out;
}

std::vector<SiteHours> site_hours(const std::vector<HourlySite>& sites,
                                  const scenario::ResolvedScenario& scenario, const HourMeter& meter,
                                  base::SimTime start, base::SimTime end) {
  std::vector<SiteHours> out;
  for (const HourlySite& hourly : sites) {
    const auto& it_j = meter.it_j(hourly.site);
    const auto local =
        base::Duration{static_cast<std::int64_t>(std::llround(hourly.prepared.utc_offset_h())) * kHourUs};
    double entered = 0, left = 0;
    for (const double j : it_j) entered += j;
    std::size_t from = 0;
    while (from < it_j.size()) {
      const base::SimTime first = base::SimTime{start.us + static_cast<std::int64_t>(from) * kHourUs} + local;
      const int year = base::civil(first).year;
      const auto next = base::SimTime::from_date(year + 1, 1, 1);
      const auto hours =
          std::min<std::size_t>(it_j.size() - from, static_cast<std::size_t>((next - first).us / kHourUs));
      std::vector<double> it_w(hours);
      for (std::size_t t = 0; t < hours; ++t) it_w[t] = it_j[from + t] / 3600;
      from += hours;
      const double design_w =
          *std::max_element(it_w.begin(), it_w.end());  // halls grow with the fleet, year by year
      if (design_w <= 0) continue;
      const auto supply = supply_of(scenario.sites[hourly.site], first, std::min(next, end + local),
                                    hourly.prepared.fuel_usd_per_j());
      auto answer =
          hourly.prepared.answer(std::move(it_w), first, design_w, hourly.own_supply ? nullptr : &supply);
      GW_CHECK(answer.has_value(), "site {}: {}", scenario.sites[hourly.site].name,
               base::render(answer.error()));
      left += 3600 * (answer->year.it_wh() + answer->called.lost_wh + answer->called.unreturned_wh +
                      std::accumulate(answer->year.throttled_w.begin(), answer->year.throttled_w.end(), 0.0));
      out.push_back({scenario.sites[hourly.site].name, year, std::move(*answer)});
    }
    GW_CHECK(std::abs(entered - left) <= 1e-9 * entered, "site {}: {} J came in, {} J were accounted for",
             scenario.sites[hourly.site].name, entered, left);
  }
  return out;
}

}  // namespace gigawatt::engine
