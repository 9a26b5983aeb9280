#include "gigawatt/report/site_year.h"

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/report/text.h"
#include "gigawatt/units/parse.h"
#include "gigawatt/units/scale.h"

namespace gigawatt::report {
namespace {

using Json = nlohmann::ordered_json;

using units::kMega;

double total(const std::vector<double>& v) { return std::accumulate(v.begin(), v.end(), 0.0); }
double at_hour(const std::vector<double>& v, std::size_t t) { return v.size() == 1 ? v[0] : v[t]; }

Json year_losses(const engine::SiteAnswer& a) {
  Json out;
  for (std::size_t i = 0; i < a.year.stages.size(); ++i)
    out[a.year.stages[i]] = a.year.stage_loss_wh[i] / kMega;
  out["chillers"] = total(a.year.chiller_w) / kMega;
  out["cooling_fans"] = total(a.year.fan_w) / kMega;
  out["cooling_pumps"] = total(a.year.pump_w) / kMega;
  out["house"] = a.year.house_w * a.hours() / kMega;
  return out;
}

Json dispatch_json(const grid::EnergyYear& e) {
  return {{"grid_mwh", e.grid_mwh},
          {"gas_mwh", e.gas_mwh},
          {"nuclear_mwh", e.nuclear_mwh},
          {"battery_charge_mwh", e.battery_charge_mwh},
          {"battery_discharge_mwh", e.battery_discharge_mwh},
          {"renewable_mwh", e.renewable_mwh},
          {"remote_mwh", e.remote_mwh},
          {"exported_mwh", e.exported_mwh},
          {"curtailed_mwh", e.curtailed_mwh},
          {"gave_way_mwh", e.responded_mwh},
          {"unserved_mwh", e.unserved_mwh}};
}

Json duals_json(const grid::EnergyYear& e) {
  Json out = Json::object();
  for (const auto& m : e.marginals)
    out[m.name] = {{"one_more_saves_usd", m.one_more_usd}, {"one_less_costs_usd", m.one_less_usd}};
  const auto& d = e.dispatch;
  if (d.price_low.empty()) return out;
  const double hours = static_cast<double>(d.price_low.size());
  std::size_t kinks = 0;
  for (std::size_t t = 0; t < d.price_low.size(); ++t) kinks += d.price_high[t] - d.price_low[t] > 1e-6;
  out["load_usd_per_mwh"] = {{"one_less_saves_mean", total(d.price_low) / hours},
                             {"one_more_costs_mean", total(d.price_high) / hours},
                             {"hours_with_two_prices", kinks}};
  return out;
}

Json year_sources(const grid::EnergyYear& e) {
  Json out = Json::array();
  for (const auto& s : e.sources)
    out.push_back({{"name", s.name},
                   {"kind", s.kind},
                   {"mwh", s.mwh},
                   {"available_mwh", s.available_mwh},
                   {"usd", s.usd},
                   {"usd_per_mwh", s.mwh > 0 ? s.usd / s.mwh : 0},
                   {"levelised_usd_per_mwh", s.levelised_usd_per_mwh},
                   {"co2_t", s.co2_t},
                   {"starts", s.starts},
                   {"running_unit_hours", s.running_unit_hours}});
  return out;
}

/// One quantity by hour, as days and as a duration curve.
struct Drawn {
  std::string name;
  std::function<double(std::size_t)> value;
};

std::vector<Drawn> drawn_hours(const engine::SiteAnswer& a) {
  std::vector<Drawn> out = {
      {"dry_bulb_c", [&](std::size_t t) { return a.air.dry_bulb_c[t]; }},
      {"wet_bulb_c", [&](std::size_t t) { return a.air.wet_bulb_c[t]; }},
      {"it_mw", [&](std::size_t t) { return a.year.it_w[t] / kMega; }},
      {"facility_mw", [&](std::size_t t) { return a.year.facility_w[t] / kMega; }},
      {"pue", [&](std::size_t t) { return a.year.it_w[t] > 0 ? a.year.facility_w[t] / a.year.it_w[t] : 0; }},
      {"water_m3", [&](std::size_t t) { return a.year.water_m3[t]; }},
      {"throttled_mw", [&](std::size_t t) { return a.year.throttled_w[t] / kMega; }},
      {"price_usd_per_mwh", [&](std::size_t t) { return at_hour(a.price_usd_per_mwh, t); }},
      {"carbon_g_per_kwh", [&](std::size_t t) { return at_hour(a.carbon_t_per_mwh, t) * 1000; }}};
  const auto& d = a.energy.dispatch;
  for (std::size_t i = 0; i < d.source_mw.size(); ++i)
    out.push_back({a.energy.problem.sources[i].name + "_mw",
                   [&a, i](std::size_t t) { return a.energy.given_mw(i, t); }});
  for (std::size_t k = 0; k < d.charge_mw.size(); ++k) {
    out.push_back({a.energy.problem.storages[k].name + "_mw",
                   [&d, k](std::size_t t) { return d.discharge_mw[k][t] - d.charge_mw[k][t]; }});
    out.push_back({a.energy.problem.storages[k].name + "_mwh",
                   [&d, k](std::size_t t) { return d.state_mwh[k][t + 1]; }});
  }
  return out;
}

Json year_series(const engine::SiteAnswer& a) {
  constexpr std::size_t kDay = 24, kPoints = 100;
  const std::size_t hours = a.year.hours();
  Json daily, duration;
  for (const Drawn& quantity : drawn_hours(a)) {
    std::vector<double> values(hours);
    for (std::size_t t = 0; t < hours; ++t) values[t] = quantity.value(t);
    Json days = Json::array();
    for (std::size_t t = 0; t < hours; t += kDay) {
      const std::size_t n = std::min(kDay, hours - t);
      days.push_back(std::accumulate(values.begin() + static_cast<std::ptrdiff_t>(t),
                                     values.begin() + static_cast<std::ptrdiff_t>(t + n), 0.0) /
                     static_cast<double>(n));
    }
    daily[quantity.name] = std::move(days);
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    if (hours > 0 && *least < *most) std::sort(values.begin(), values.end(), std::greater<>());
    Json curve = Json::array();
    for (std::size_t i = 0; i <= kPoints && hours > 0; ++i)
      curve.push_back(values[i * (hours - 1) / kPoints]);
    duration[quantity.name] = std::move(curve);
  }
  return {{"first", base::to_iso_date(a.first)}, {"daily_mean", daily}, {"duration", duration}};
}

Json year_months(const engine::SiteAnswer& a) {
  Json out = Json::array();
  std::size_t t = 0;
  while (t < a.year.hours()) {
    const auto begin = base::SimTime{a.first.us + static_cast<std::int64_t>(t) * 3'600'000'000};
    const auto month = base::civil(begin).month;
    double it = 0, facility = 0, water = 0, cut = 0, highest = 0;
    for (; t < a.year.hours() &&
           base::civil({a.first.us + static_cast<std::int64_t>(t) * 3'600'000'000}).month == month;
         ++t) {
      it += a.year.it_w[t] / kMega;
      facility += a.year.facility_w[t] / kMega;
      water += a.year.water_m3[t];
      cut += a.year.throttled_w[t] / kMega;
      highest = std::max(highest, a.year.facility_w[t] / kMega);
    }
    out.push_back({{"month", base::to_iso_date(begin).substr(0, 7)},
                   {"it_mwh", it},
                   {"facility_mwh", facility},
                   {"pue", it > 0 ? facility / it : 0},
                   {"water_m3", water},
                   {"throttled_mwh", cut},
                   {"highest_mw", highest}});
  }
  return out;
}

std::string rounded(double x) { return units::format_number(x, 4); }

/// The bill over the IT energy whose supply it paid for.
double usd_per_it_mwh(const engine::SiteAnswer& a) {
  const double facility_mwh = a.year.facility_wh() / kMega;
  const double served = facility_mwh > 0 ? 1 - a.energy.unserved_mwh / facility_mwh : 0;
  return served > 1e-9 ? a.energy.cost_usd / (a.year.it_wh() / kMega * served) : 0;
}

}  // namespace

Json site_year_json(const engine::SiteAnswer& a) {
  const auto& e = a.energy;
  const double it_mwh = a.year.it_wh() / kMega, water = total(a.year.water_m3);
  Json bill = Json::object();
  for (const auto& [line, usd] : e.bill_usd) bill[line] = usd;
  const std::size_t throttled = static_cast<std::size_t>(
      std::count_if(a.year.throttled_w.begin(), a.year.throttled_w.end(), [](double w) { return w > 1; }));
  Json out = {
      {"site", a.name},
      {"hours", a.year.hours()},
      {"plant", a.plant},
      {"chain", a.chain},
      {"weather", a.weather},
      {"design_it_mw", a.design_it_w / kMega},
      {"it_mwh", it_mwh},
      {"facility_mwh", a.year.facility_wh() / kMega},
      {"facility_mw_max", a.year.hours() > 0
                              ? *std::max_element(a.year.facility_w.begin(), a.year.facility_w.end()) / kMega
                              : 0},
      {"pue_mean", a.year.pue_mean()},
      {"pue_max", a.year.pue_max()},
      {"water_m3", water},
      {"water_l_per_kwh", it_mwh > 0 ? water / it_mwh : 0},
      {"co2_t", e.co2_location_t},
      {"co2_market_t", e.co2_market_t},
      {"embodied",
       {{"servers_t", a.servers_t},
        {"shell_t", a.shell_t},
        {"servers_t_of_these_hours", a.embodied_servers_t},
        {"shell_t_of_these_hours", a.embodied_shell_t},
        {"water_m3_of_these_hours", a.embodied_water_m3}}},
      {"co2_with_embodied_t", e.co2_location_t + a.embodied_servers_t + a.embodied_shell_t},
      {"co2_kg_per_it_mwh", it_mwh > 0 ? 1000 * e.co2_location_t / it_mwh : 0},
      {"cost_usd", e.cost_usd},
      {"cost_usd_per_it_mwh", usd_per_it_mwh(a)},
      {"bill_usd", bill},
      {"losses_mwh", year_losses(a)},
      {"throttled_mwh", total(a.year.throttled_w) / kMega},
      {"throttled_hours", throttled},
      {"dispatch", dispatch_json(e)},
      {"unserved", {{"mwh", e.unserved_mwh}, {"hours", e.unserved_hours}, {"worst_mw", e.unserved_worst_mw}}},
      {"duals", duals_json(e)},
      {"method", e.dispatch.method},
      {"gap", e.dispatch.gap()},
      {"sources", year_sources(e)},
      {"grid_highest_mw", e.grid_highest_mw},
      {"calls",
       {{"hours", a.called.hours},
        {"lost_mwh", a.called.lost_wh / kMega},
        {"shifted_mwh", a.called.shifted_wh / kMega},
        {"unreturned_mwh", a.called.unreturned_wh / kMega}}},
      {"months", year_months(a)},
      {"series", year_series(a)},
      {"notes", a.notes}};
  if (e.unserved_hours > 0)
    out["unserved"]["first"] = base::to_iso_datetime(
        {a.first.us + static_cast<std::int64_t>(e.unserved_first_hour) * 3'600'000'000});
  if (a.declared_pue > 0)
    out["declared"] = {{"pue", a.declared_pue}, {"water_l_per_kwh", a.declared_wue_m3_per_j * 3.6e9}};
  return out;
}

Json site_hours_json(const std::vector<engine::SiteHours>& hours) {
  Json out = Json::array();
  for (const auto& h : hours) {
    Json year = {{"site", h.site}, {"year", h.year}};
    Json all = site_year_json(h.answer);
    for (const char* heavy : {"site", "series", "months", "notes", "calls", "declared"}) all.erase(heavy);
    year.update(all);
    out.push_back(std::move(year));
  }
  return out;
}

std::string site_hours_text(const std::vector<engine::SiteHours>& hours, bool colour) {
  if (hours.empty()) return {};
  Table table({{"by the hour", Table::Align::kLeft},
               {"year"},
               {"IT MWh"},
               {"PUE"},
               {"worst"},
               {"water m3"},
               {"cut MWh"},
               {"unserved MWh"},
               {"cost $"},
               {"CO2 t"}});
  for (const auto& h : hours) {
    const auto& a = h.answer;
    table.row({h.site, std::to_string(h.year), rounded(a.year.it_wh() / kMega),
               fmt::format("{:.3f}", a.year.pue_mean()), fmt::format("{:.3f}", a.year.pue_max()),
               rounded(total(a.year.water_m3)), rounded(total(a.year.throttled_w) / kMega),
               rounded(a.energy.unserved_mwh), rounded(a.energy.cost_usd), rounded(a.energy.co2_location_t)});
  }
  return "\n" + table.render(colour);
}

std::string site_year_text(const engine::SiteAnswer& a, bool colour) {
  const auto& e = a.energy;
  const double it_mwh = a.year.it_wh() / kMega, water = total(a.year.water_m3);
  std::string out = fmt::format("{}, {} hours; cooling '{}', chain '{}', weather {}\n\n", a.name,
                                a.year.hours(), a.plant, a.chain, a.weather);
  out += fmt::format("IT {} MWh, facility {} MWh, PUE {:.3f} (worst hour {:.3f})", rounded(it_mwh),
                     rounded(a.year.facility_wh() / kMega), a.year.pue_mean(), a.year.pue_max());
  if (a.declared_pue > 0) out += fmt::format("; the catalogue says {:.2f}", a.declared_pue);
  out += fmt::format("\nwater {} m3 ({:.3f} L/kWh)", rounded(water), it_mwh > 0 ? water / it_mwh : 0);
  if (a.declared_wue_m3_per_j > 0)
    out += fmt::format("; the catalogue says {:.3f}", a.declared_wue_m3_per_j * 3.6e9);
  out += fmt::format(", heat cut {} MWh of IT\n", rounded(total(a.year.throttled_w) / kMega));
  out += fmt::format("energy bill ${} ({:.2f} $ per IT MWh{}), CO2 {} t by location, {} t by market\n",
                     rounded(e.cost_usd), usd_per_it_mwh(a), e.unserved_mwh > 0 ? " that is served" : "",
                     rounded(e.co2_location_t), rounded(e.co2_market_t));
  if (e.unserved_mwh > 0)
    out += fmt::format("{:.2g}% of the facility's load is not served: bill and CO2 are those of the rest\n",
                       100 * e.unserved_mwh / (a.year.facility_wh() / kMega));
  out += fmt::format(
      "made with it: {} t CO2 in servers, {} t in the shell; of these hours {} t and {} m3 of water\n\n",
      rounded(a.servers_t), rounded(a.shell_t), rounded(a.embodied_servers_t + a.embodied_shell_t),
      rounded(a.embodied_water_m3));
  Table sources(
      {{"source", Table::Align::kLeft}, {"MWh"}, {"of available"}, {"$/MWh with capital"}, {"CO2 t"}});
  for (const auto& s : e.sources)
    if (s.mwh > 0 || s.kind != "unserved")
      sources.row({s.name, rounded(s.mwh),
                   s.available_mwh > 0 ? fmt::format("{:.1f}%", 100 * s.mwh / s.available_mwh) : "-",
                   fmt::format("{:.2f}", s.levelised_usd_per_mwh), rounded(s.co2_t)});
  out += sources.render(colour);
  if (e.battery_discharge_mwh > 0)
    out += fmt::format("battery {} MWh in, {} MWh out\n", rounded(e.battery_charge_mwh),
                       rounded(e.battery_discharge_mwh));
  Table bill({{"bill", Table::Align::kLeft}, {"$"}});
  for (const auto& [line, usd] : e.bill_usd) bill.row({line, rounded(usd)});
  if (!bill.empty()) out += "\n" + bill.render(colour);
  if (!e.marginals.empty()) {
    Table marginal({{"of the year", Table::Align::kLeft}, {"one more saves $"}, {"one less costs $"}});
    for (const auto& m : e.marginals)
      marginal.row({m.name, rounded(m.one_more_usd), rounded(m.one_less_usd)});
    out += "\n" + marginal.render(colour);
  }
  if (e.unserved_hours > 0)
    out += fmt::format("\nnot served: {} MWh in {} hours, first at {}, {} MW at worst\n",
                       rounded(e.unserved_mwh), e.unserved_hours,
                       base::to_iso_datetime(
                           {a.first.us + static_cast<std::int64_t>(e.unserved_first_hour) * 3'600'000'000}),
                       rounded(e.unserved_worst_mw));
  return out;
}

}  // namespace gigawatt::report
