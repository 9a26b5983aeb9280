#include "gigawatt/engine/site_hours.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include "gigawatt/base/check.h"

namespace gigawatt::engine {
namespace {

/// Where the text of a file that a scenario names comes from.
using OpenFile = std::function<tl::expected<std::string, base::Diagnostic>(const std::string& file)>;

NamedText named(const std::string& file, const OpenFile& open, base::Diagnostics& problems) {
  if (file.empty()) return {};
  auto text = open(file);
  if (text) return {file, std::move(*text)};
  problems.push_back(text.error());
  return {};
}

/// The catalogue's site with what the scenario says instead; one that the catalogue does not know from the scenario alone,
/// with the price and the carbon that a month of the run has.
catalog::Site described(const scenario::ResolvedScenario& scenario, const scenario::Site& site,
                        const catalog::Catalog& catalog) {
  catalog::Site out;
  const auto known = catalog.site(site.catalog);
  if (known) out = **known;
  out.name = site.name;
  out.cooling = site.cooling;
  if (!site.weather_station.empty()) out.weather = site.weather_station;
  take_grid_terms(out, scenario, catalog, site);
  return out;
}

double in_force(const scenario::Supply& item, base::SimTime at) {
  return item.date <= at && (!item.until || *item.until > at) ? item.power.si() : 0;
}

tl::expected<std::vector<HourlySite>, base::Diagnostics> prepare_with(
    const scenario::ResolvedScenario& scenario, const catalog::Catalog& catalog,
    const std::filesystem::path& data, const OpenFile& open) {
  std::vector<HourlySite> out;
  base::Diagnostics problems;
  for (std::size_t i = 0; i < scenario.sites.size(); ++i) {
    const scenario::Site& site = scenario.sites[i];
    if (!site.weather && !site.prices) continue;
    const auto weather = site.weather.value_or(scenario::HourlyWeather{});
    const auto prices = site.prices.value_or(scenario::HourlyPrices{});
    SiteQuestion q;
    q.described = described(scenario, site, catalog);
    q.marginal = false;
    q.weather = named(weather.file, open, problems);
    q.normals = weather.normals;
    q.plant = weather.plant.empty() ? site.cooling : weather.plant;
    q.prices = named(prices.file, open, problems);
    q.carbon = named(prices.carbon, open, problems);
    q.supply = named(prices.supply, open, problems);
    if (!problems.empty()) continue;
    auto prepared = PreparedSite::prepare(catalog, data, q);
    if (!prepared) {
      for (auto& problem : prepared.error())
        problem.message = fmt::format("site '{}': {}", site.name, problem.message);
      problems.insert(problems.end(), prepared.error().begin(), prepared.error().end());
      continue;
    }
    HourlySite& hourly = out.emplace_back(HourlySite{i, std::move(*prepared), q.supply.given(), {}});
    for (const auto& item : site.supply)
      hourly.supply_carbon_kg_per_j.push_back(
          fleet::supply_carbon_kg_per_j(item, catalog).value_or(q.described->carbon_kg_per_j));
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return out;
}

}  // namespace

tl::expected<std::vector<HourlySite>, base::Diagnostics> prepare_hourly_sites(
    const scenario::ResolvedScenario& scenario, const catalog::Catalog& catalog,
    const std::filesystem::path& data, const std::filesystem::path* folder) {
  return prepare_with(
      scenario, catalog, data, [&](const std::string& file) -> tl::expected<std::string, base::Diagnostic> {
        if (folder != nullptr) return scenario::read_hourly_file(file, *folder);
        return tl::unexpected(base::error("file-not-opened",
                                          fmt::format("the file '{}' is not opened for a request", file),
                                          "run the scenario on the command line, or leave the file out"));
      });
}

tl::expected<std::vector<HourlySite>, base::Diagnostics> prepare_hourly_sites(
    const scenario::ResolvedScenario& scenario, const catalog::Catalog& catalog,
    const std::filesystem::path& data, const HourlyTexts& texts) {
  return prepare_with(scenario, catalog, data,
                      [&](const std::string& file) -> tl::expected<std::string, base::Diagnostic> {
                        if (const auto found = texts.find(file); found != texts.end()) return found->second;
                        return tl::unexpected(
                            base::error("cannot-read", fmt::format("the file '{}' could not be read", file)));
                      });
}

std::vector<std::string> hourly_files(const scenario::Scenario& scenario) {
  std::set<std::string> out;
  for (const auto& site : scenario.sites) {
    if (site.weather) out.insert(site.weather->file);
    if (site.prices) out.insert({site.prices->file, site.prices->carbon, site.prices->supply});
  }
  out.erase("");
  return {out.begin(), out.end()};
}

HourMeter::HourMeter(std::size_t sites, base::SimTime start) : start_(start), sites_(sites) {
  for (Site& site : sites_) site.since = site.hour_ends = start;
}

void HourMeter::advance(Site& site, base::SimTime now) {
  while (site.since < now) {
    if (site.since == site.hour_ends) {
      site.hour_ends.us += kHourUs;
      site.it_j.push_back(0);
    }
    const base::SimTime end = std::min(now, site.hour_ends);
    site.it_j.back() += static_cast<double>(site.milliw) * static_cast<double>((end - site.since).us) * 1e-9;
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

grid::Supply supply_of(const scenario::Site& site, const std::vector<double>& carbon_kg_per_j,
                       base::SimTime first, base::SimTime end, const GasFuel& fuel) {
  grid::Supply out;
  double battery_w = 0, battery_j = 0;
  bool grid = site.supply.empty();
  std::vector<base::SimTime> dates{first};
  for (std::size_t i = 0; i < site.supply.size(); ++i) {
    const scenario::Supply& item = site.supply[i];
    if (item.kind == scenario::SupplyKind::kGrid) {
      grid = true;
      if (item.date > first && item.date < end) dates.push_back(item.date);
      if (item.until && *item.until > first && *item.until < end) dates.push_back(*item.until);
    } else if (item.kind == scenario::SupplyKind::kGas) {
      if (in_force(item, first) <= 0) continue;
      grid::GeneratorSupply& gas = out.generators.emplace_back();
      gas.name = item.name;
      gas.kind = fleet::kUsualGasPlant;
      gas.unit_w = item.power.si();
      gas.no_load = 0;
      gas.fuel_usd_per_j = fuel.usd_per_j;
      if (fuel.kg_per_j > 0) gas.heat_rate = carbon_kg_per_j[i] / fuel.kg_per_j;
    } else if (item.kind == scenario::SupplyKind::kNuclear || item.kind == scenario::SupplyKind::kContract) {
      if (in_force(item, first) <= 0) continue;
      grid::ContractSupply& flat = out.contracts.emplace_back();
      flat.name = item.name;
      flat.kind = "nuclear";
      flat.power_w = item.power.si();
      flat.carbon_kg_per_j = carbon_kg_per_j[i];
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
  if (battery_w > 0 && battery_j > 0) {
    grid::BatterySupply& battery = out.batteries.emplace_back();
    battery.name = "battery";
    battery.power_w = battery_w;
    battery.energy_j = battery_j;
  }
  grid::name_sources(out);
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
      // Years are the scenario's own; the weather and prices of an hour are those of the site's clock.
      const base::SimTime now{start.us + static_cast<std::int64_t>(from) * kHourUs};
      const base::SimTime first = now + local;
      const int year = base::civil(now).year;
      const auto next = base::SimTime::from_date(year + 1, 1, 1);
      const auto hours =
          std::min<std::size_t>(it_j.size() - from, static_cast<std::size_t>((next - now).us / kHourUs));
      std::vector<double> it_w(hours);
      for (std::size_t t = 0; t < hours; ++t) it_w[t] = it_j[from + t] / 3600;
      from += hours;
      const double design_w =
          *std::max_element(it_w.begin(), it_w.end());  // halls grow with the fleet, year by year
      if (design_w <= 0) continue;
      const auto supply = supply_of(scenario.sites[hourly.site], hourly.supply_carbon_kg_per_j, first,
                                    std::min(next, end) + local, hourly.prepared.gas());
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

std::vector<HourTotals> hour_totals(const std::vector<HourlySite>& sites, const std::vector<SiteHours>& years,
                                    const scenario::ResolvedScenario& scenario) {
  const auto add = [](std::vector<std::pair<std::string, double>>& list, const std::string& name, double x) {
    const auto found = std::find_if(list.begin(), list.end(), [&](const auto& e) { return e.first == name; });
    if (found == list.end())
      list.emplace_back(name, x);
    else
      found->second += x;
  };
  std::vector<HourTotals> out;
  for (const HourlySite& hourly : sites) {
    HourTotals& total = out.emplace_back();
    total.site = hourly.site;
    for (const SiteHours& year : years) {
      if (year.site != scenario.sites[hourly.site].name) continue;
      const auto& a = year.answer;
      total.it_mwh += a.year.it_wh() / 1e6;
      total.facility_mwh += a.year.facility_wh() / 1e6;
      total.water_m3 += std::accumulate(a.year.water_m3.begin(), a.year.water_m3.end(), 0.0);
      total.throttled_mwh += std::accumulate(a.year.throttled_w.begin(), a.year.throttled_w.end(), 0.0) / 1e6;
      total.co2_location_t += a.energy.co2_location_t;
      total.co2_market_t += a.energy.co2_market_t;
      total.cost_usd += a.energy.cost_usd;
      total.unserved_mwh += a.energy.unserved_mwh;
      for (const auto& [line, usd] : a.energy.bill_usd) add(total.bill_usd, line, usd);
      add(total.carbon_t, "embodied_servers", a.embodied_servers_t);
      add(total.carbon_t, "embodied_shell", a.embodied_shell_t);
      total.embodied_t += a.embodied_servers_t + a.embodied_shell_t;
      for (const auto& s : a.energy.sources) {
        if (s.mwh <= 0 || s.kind == "unserved") continue;
        add(total.carbon_t, s.name, s.co2_t);
        add(total.supply_mwh, s.name, s.mwh);
        add(total.supply_usd, s.name, s.mwh * s.levelised_usd_per_mwh);
      }
    }
    double lines = 0, tons = 0;
    for (const auto& [line, usd] : total.bill_usd) lines += usd;
    for (const auto& [name, t] : total.carbon_t) tons += t;
    const double emitted = total.co2_location_t + total.embodied_t;
    GW_CHECK(std::abs(tons - emitted) <= 1e-9 * (1 + emitted),
             "site {}: {} t of carbon by source, {} t in all", scenario.sites[hourly.site].name, tons,
             emitted);
    GW_CHECK(std::abs(lines - total.cost_usd) <= 1e-9 * (1 + std::abs(total.cost_usd)),
             "site {}: a bill of {} USD in lines of {}", scenario.sites[hourly.site].name, total.cost_usd,
             lines);
  }
  return out;
}

}  // namespace gigawatt::engine
