#include "gigawatt/report/power_json.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gigawatt/report/text.h"
#include "gigawatt/units/scale.h"

namespace gigawatt::report {
namespace {

using Json = nlohmann::ordered_json;
using waveform::Means;

using units::kMega;
constexpr double kJoulesPerMwh = 3.6e9;
constexpr std::size_t kLines = 800;  ///< of a spectrum
constexpr std::size_t kBins = 600;   ///< of a drawn series

std::string_view name_of(Means m) { return waveform::kMeansNames[static_cast<std::size_t>(m)]; }

/// Largest change from one sample to the next one `window_s` on, a second.
double ramp(const waveform::Series& s, double window_s) {
  const double w = std::max(window_s, s.dt_s);
  return waveform::largest_range(s, w).by / w / kMega;
}

Json verdict_json(const waveform::Limit& limit, const waveform::Verdict& v) {
  Json checks = Json::array();
  for (const waveform::Check& c : v.checks)
    checks.push_back({{"what", c.what},
                      {"unit", c.unit},
                      {"value", c.value},
                      {"bound", c.bound},
                      {"at_s", c.at_s},
                      {"low_hz", c.high_hz > 0 ? Json(c.low_hz) : Json()},
                      {"high_hz", c.high_hz > 0 ? Json(c.high_hz) : Json()},
                      {"holds", c.value <= c.bound}});
  const waveform::Check* worst = v.worst();
  return {{"name", limit.name},
          {"holds", v.holds()},
          {"worst", worst == nullptr ? 0 : worst->ratio()},
          {"worst_check", worst == nullptr ? "" : worst->what},
          {"applies", v.applies},
          {"title", limit.title},
          {"version", limit.version},
          {"date", limit.date},
          {"status", limit.status},
          {"source", limit.source},
          {"checks", std::move(checks)}};
}

Json mitigation_json(const waveform::Mitigated& m) {
  Json json = {{"name", name_of(m.means)},
               {"peak_mw", m.peak_w / kMega},
               {"swing_mw", m.swing_w() / kMega},
               {"energy_overhead_pct", m.energy_overhead_pct},
               {"battery_mwh", m.storage.energy_j / kJoulesPerMwh},
               {"min_mw", m.least_w / kMega},
               {"mean_mw", m.mean_w / kMega},
               {"holds", m.meets}};
  if (m.means == Means::kFloor) json["floor_share"] = m.size;
  if (m.means == Means::kRamp) json["software_ramp_mw_per_s"] = m.size / kMega;
  if (m.means == Means::kStagger) json["jobs"] = m.size;
  if (m.storage.energy_j > 0) {
    json["power_mw"] = m.storage.power_w / kMega;
    json["sold_mwh"] = m.storage.sold_j / kJoulesPerMwh;
    json["price_usd"] = m.storage.price_usd > 0 ? Json(m.storage.price_usd) : Json();
    json["charge_low"] = m.storage.low_charge;
    json["charge_high"] = m.storage.high_charge;
    json["loss_mw"] = m.storage.loss_w / kMega;
    json["control"] = m.storage.tau_s > 0 ? "lag" : "known_ahead";
  }
  return json;
}

/// Least and most of equal parts, for a drawing.
Json drawn(const waveform::Series& s, std::string_view prefix) {
  Json low = Json::array(), high = Json::array();
  const std::size_t bins = std::min(kBins, s.watts.size());
  for (std::size_t b = 0; b < bins; ++b) {
    const auto from = s.watts.begin() + static_cast<std::ptrdiff_t>(b * s.watts.size() / bins);
    const auto to = s.watts.begin() + static_cast<std::ptrdiff_t>((b + 1) * s.watts.size() / bins);
    const auto [least, most] = std::minmax_element(from, to);
    low.push_back(*least / kMega);
    high.push_back(*most / kMega);
  }
  return {{"seconds", s.seconds()},
          {fmt::format("{}_low_mw", prefix), std::move(low)},
          {fmt::format("{}_high_mw", prefix), std::move(high)}};
}

Json losses_json(const waveform::Load& load) {
  Json json = Json::object();
  for (const power::StageLoad& s : load.losses) json[s.name] = s.loss_w / kMega;
  json["cooling"] = load.cooling_mean_w / kMega;
  return json;
}

Json ride_through_json(const engine::PowerAnswer& a) {
  Json dips = Json::array(), limits = Json::array();
  for (std::size_t i = 0; i < a.dips.size(); ++i) {
    const waveform::DipOutcome& o = a.outcomes[i];
    const bool lost = o.share_lost > 0;
    dips.push_back({{"at_s", a.dips[i].at_s},
                    {"voltage_pu", a.dips[i].voltage_pu},
                    {"seconds", a.dips[i].seconds_s},
                    {"servers_trip", o.servers_trip},
                    {"jobs_interrupted", o.servers_trip},
                    {"transfers_to_battery", o.transfers},
                    {"stays_on_battery", o.stays_on_battery},
                    {"facility_lost_mw", o.lost_w / kMega},
                    {"lost_from_s", lost ? Json(o.lost_from_s) : Json()},
                    {"back_from_s", lost && o.back_from_s >= 0 ? Json(o.back_from_s) : Json()},
                    {"back_to_s", lost && o.back_to_s >= 0 ? Json(o.back_to_s) : Json()}});
  }
  for (const auto& [name, bands] : a.bands) {
    Json points = Json::array();
    bool all = true;
    for (const waveform::BandCheck& b : bands) {
      all = all && b.holds();
      points.push_back({{"low_pu", b.band.low_pu},
                        {"high_pu", b.band.high_pu},
                        {"seconds", b.band.seconds_s},
                        {"connected", b.connected},
                        {"recovered", b.recovered},
                        {"facility_lost_mw", b.outcome.lost_w / kMega}});
    }
    limits.push_back({{"name", name}, {"holds", all}, {"points", std::move(points)}});
  }
  return {{"device", a.device}, {"dips", std::move(dips)}, {"limits", std::move(limits)}};
}

Json oscillation_json(const engine::PowerAnswer& a) {
  Json modes = Json::array();
  for (const waveform::ModeAnswer& m : a.modes)
    modes.push_back({{"hz", m.mode.hz},
                     {"damping", m.mode.damping},
                     {"drive_mw", m.drive_w / kMega},
                     {"amplitude_mw", m.amplitude_w / kMega},
                     {"gain", m.gain()},
                     {"resonance_gain", waveform::steady_gain(m.mode, m.mode.hz)},
                     {"settled", m.settled}});
  Json json = {{"modes", std::move(modes)}};
  if (a.short_circuit_ratio > 0) {
    json["short_circuit_ratio"] = a.short_circuit_ratio;
    json["bus_low_pu"] = a.bus.low_pu;
    json["bus_high_pu"] = a.bus.high_pu;
    json["bus_change_pct"] = a.bus.change_pct();
  }
  return json;
}

/// What a dip of the voltage does to the load.
std::string dip_text(const waveform::Dip& dip, const waveform::DipOutcome& o) {
  std::string out =
      fmt::format("dip to {:.2f} for {:.3g} s at {:.3g} s: ", dip.voltage_pu, dip.seconds_s, dip.at_s);
  out += o.servers_trip       ? "servers trip"
         : o.stays_on_battery ? "rides on its batteries and stays there"
                              : "rides through";
  if (o.share_lost > 0) {
    out += fmt::format(", {:.1f} MW lost from {:.3g} s", o.lost_w / kMega, o.lost_from_s);
    if (o.back_to_s >= 0) out += fmt::format(", back from {:.4g} to {:.4g} s", o.back_from_s, o.back_to_s);
  }
  return out + "\n";
}

/// Answers to the options that not everybody asks for; empty without them.
std::string beside_text(const engine::PowerAnswer& a, bool colour) {
  std::string out;
  for (std::size_t i = 0; i < a.dips.size(); ++i) out += dip_text(a.dips[i], a.outcomes[i]);
  for (const waveform::ModeAnswer& m : a.modes)
    out += fmt::format(
        "swing mode of {:.3g} Hz, damping {:.3g}: driven by {:.2f} MW it swings by {:.2f} MW, gain {:.2f}\n",
        m.mode.hz, m.mode.damping, m.drive_w / kMega, m.amplitude_w / kMega, m.gain());
  if (a.short_circuit_ratio > 0)
    out += fmt::format(
        "short-circuit ratio {:.3g}: the bus moves between {:.4f} and {:.4f} of its voltage ({:.2f}%)\n",
        a.short_circuit_ratio, a.bus.low_pu, a.bus.high_pu, a.bus.change_pct());
  if (a.breaker_w > 0)
    out += fmt::format("breaker of {:.4g} MW: {}, at most {:.1f}% of its rating\n", a.breaker_w / kMega,
                       a.breaker_trips_s >= 0 ? fmt::format("trips after {:.3g} s", a.breaker_trips_s)
                                              : std::string("holds"),
                       100 * a.study.facility.most / a.breaker_w);
  if (!a.study.batteries.empty()) {
    Table sizes({{"cycled MWh"}, {"swing MW"}, {"worst over bound"}, {"holds"}});
    for (const waveform::BatteryPoint& b : a.study.batteries)
      sizes.row({fmt::format("{:.4f}", b.energy_j / kJoulesPerMwh), fmt::format("{:.2f}", b.swing_w / kMega),
                 fmt::format("{:.2f}", b.worst), b.worst <= 1 ? "yes" : "no"});
    out += (out.empty() ? "" : "\n") + sizes.render(colour);
  }
  return out;
}

std::string_view verdict_word(const engine::PowerAnswer& a) {
  const waveform::Study& s = a.study;
  if (s.limits[s.chosen].verdict.holds()) return "holds";
  if (s.combined && s.after.holds()) return "holds with mitigation";
  return "exceeds";
}

}  // namespace

nlohmann::ordered_json power_json(const engine::PowerAnswer& a) {
  const waveform::Study& s = a.study;
  const waveform::LimitResult& chosen = s.limits[s.chosen];
  Json spectrum = Json::array();
  for (const waveform::Line& l : waveform::thinned(s.spectrum, kLines))
    spectrum.push_back({{"hz", l.hz}, {"mw", l.w / kMega}});
  Json mitigation = Json::array();
  for (const waveform::Mitigated& m : s.mitigated) mitigation.push_back(mitigation_json(m));
  Json limits = Json::array();
  for (const waveform::LimitResult& l : s.limits) limits.push_back(verdict_json(*l.limit, l.verdict));
  Json levels = Json::object();
  for (std::size_t d = 0; d < waveform::kDoings; ++d)
    levels[std::string(waveform::kDoingNames[d])] = a.profile.levels.watts[d];
  Json limit = verdict_json(*chosen.limit, s.combined ? s.after : chosen.verdict);
  if (s.combined) limit["holds_without_mitigation"] = chosen.verdict.holds();

  const waveform::Series& load = s.load.facility;
  Json json = {
      {"level", waveform::kLevelNames[static_cast<std::size_t>(a.level)]},
      {"mean_mw", s.mean_w / kMega},
      {"peak_mw", s.facility.most / kMega},
      {"min_mw", s.facility.least / kMega},
      {"swing_mw", (s.facility.most - s.facility.least) / kMega},
      {"ramp_mw_per_s", ramp(load, load.dt_s)},
      {"ramp_100ms_mw_per_s", ramp(load, 0.1)},
      {"ramp_1s_mw_per_s", ramp(load, 1)},
      {"peak_to_mean", s.facility.most / s.mean_w},
      {"step_period_s", a.profile.period_s},
      {"samples", load.watts.size()},
      {"seconds", load.seconds()},
      {"dt_s", load.dt_s},
      {"periodic", s.window_s > 0},
      {"window_mean_mw", s.facility.mean / kMega},
      {"it_mean_mw", s.it_mean_w / kMega},
      {"it_peak_mw", s.it.most / kMega},
      {"it_min_mw", s.it.least / kMega},
      {"it_swing_mw", (s.it.most - s.it.least) / kMega},
      {"it_step_mean_mw", s.step_it_w / kMega},
      {"it_capacity_mw", s.capacity_it_w / kMega},
      {"facility_capacity_mw", s.capacity_facility_w / kMega},
      {"facility_losses_mw", losses_json(s.load)},
      {"facility_pue", s.it_mean_w > 0 ? s.mean_w / s.it_mean_w : 1},
      {"accelerators", s.accelerators},
      {"accelerator_clock", a.profile.levels.clock},
      {"accelerator_it_w", std::move(levels)},
      {"site", a.site},
      {"chain", a.chain},
      {"spectrum", std::move(spectrum)},
      {"bands_mw",
       {{"0.1-5_hz", waveform::largest_range(waveform::band(load, 0.1, 5, s.window_s), 5).by / kMega},
        {"5-55_hz", waveform::largest_range(waveform::band(load, 5, 55, s.window_s), 5).by / kMega},
        {"0.1-55_hz", waveform::largest_range(waveform::band(load, 0.1, 55, s.window_s), 5).by / kMega}}},
      {"change_15s_mw", waveform::largest_range(load, 15).by / kMega},
      {"mitigation", std::move(mitigation)},
      {"mitigation_combined", s.combined},
      {"limit", std::move(limit)},
      {"limits", std::move(limits)},
      {"verdict", verdict_word(a)},
      {"ride_through", ride_through_json(a)},
      {"oscillation", oscillation_json(a)},
      {"waveform", drawn(load, "facility")}};
  if (!s.batteries.empty()) {
    json["batteries"] = Json::array();
    for (const waveform::BatteryPoint& b : s.batteries)
      json["batteries"].push_back({{"battery_mwh", b.energy_j / kJoulesPerMwh},
                                   {"swing_mw", b.swing_w / kMega},
                                   {"worst", b.worst},
                                   {"holds", b.worst <= 1}});
  }
  if (s.combined) json["waveform_mitigated"] = drawn(s.after_series, "facility");
  if (a.breaker_w > 0)
    json["breaker"] = {{"rating_mw", a.breaker_w / kMega},
                       {"trips_at_s", a.breaker_trips_s >= 0 ? Json(a.breaker_trips_s) : Json()},
                       {"load_of_rating", s.facility.most / a.breaker_w}};
  return json;
}

std::string power_text(const engine::PowerAnswer& a, bool colour) {
  const waveform::Study& s = a.study;
  std::string out = fmt::format("{} at the {}, {:.0f} accelerators\n\n", a.site.empty() ? "Load" : a.site,
                                waveform::kLevelNames[static_cast<std::size_t>(a.level)], s.accelerators);
  out += fmt::format("facility    {:.2f} MW mean, {:.2f} to {:.2f} MW (swing {:.2f} MW)\n", s.mean_w / kMega,
                     s.facility.least / kMega, s.facility.most / kMega,
                     (s.facility.most - s.facility.least) / kMega);
  out += fmt::format("IT          {:.2f} MW mean, {:.2f} to {:.2f} MW\n", s.it_mean_w / kMega,
                     s.it.least / kMega, s.it.most / kMega);
  out += fmt::format("step        {:.3f} s; steepest over 0.1 s {:.1f} MW/s\n\n", a.profile.period_s,
                     ramp(s.load.facility, 0.1));
  Table limits(
      {{"limit", Table::Align::kLeft}, {"worst", Table::Align::kLeft}, {"value"}, {"bound"}, {"holds"}});
  for (const waveform::LimitResult& l : s.limits) {
    const waveform::Check* w = l.verdict.worst();
    limits.row({l.limit->name + (l.limit == s.limits[s.chosen].limit ? " *" : ""), w->what,
                fmt::format("{:.2f}", w->value), fmt::format("{:.2f}", w->bound),
                !l.verdict.applies  ? "exempt"
                : l.verdict.holds() ? "yes"
                                    : "no"});
  }
  out += limits.render(colour) + "\n";
  Table means({{s.combined ? "one after the other" : "each alone", Table::Align::kLeft},
               {"peak MW"},
               {"swing MW"},
               {"energy"},
               {"cycled MWh"},
               {"power MW"},
               {"sold as MWh"},
               {"holds"}});
  for (const waveform::Mitigated& m : s.mitigated)
    means.row({std::string(name_of(m.means)), fmt::format("{:.2f}", m.peak_w / kMega),
               fmt::format("{:.2f}", m.swing_w() / kMega), fmt::format("{:+.2f}%", m.energy_overhead_pct),
               m.storage.energy_j > 0 ? fmt::format("{:.4f}", m.storage.energy_j / kJoulesPerMwh) : "-",
               m.storage.energy_j > 0 ? fmt::format("{:.2f}", m.storage.power_w / kMega) : "-",
               m.storage.energy_j > 0 ? fmt::format("{:.4g}", m.storage.sold_j / kJoulesPerMwh) : "-",
               m.meets ? "yes" : "no"});
  out += means.render(colour) + "\n";
  out += fmt::format("{}: {}\n", s.limits[s.chosen].limit->title, verdict_word(a));
  if (const std::string beside = beside_text(a, colour); !beside.empty()) out += "\n" + beside;
  return out;
}

std::string power_csv(const engine::PowerAnswer& a) {
  const waveform::Study& s = a.study;
  const waveform::Series& after = s.after_series;
  fmt::memory_buffer out;
  fmt::format_to(std::back_inserter(out), "time_s,facility_mw,it_mw,mitigated_mw\n");
  for (std::size_t i = 0; i < s.load.facility.watts.size(); ++i) {
    const double t = static_cast<double>(i) * s.load.facility.dt_s;
    // After the last whole step the mitigated load goes on as it began.
    const double phase = std::fmod(t, after.seconds());
    const auto j = std::min(static_cast<std::size_t>(phase / after.dt_s), after.watts.size() - 1);
    fmt::format_to(std::back_inserter(out), "{:.6g},{:.9g},{:.9g},{:.9g}\n", t,
                   s.load.facility.watts[i] / kMega, s.load.it.watts[i] / kMega,
                   s.combined ? after.watts[j] / kMega : s.load.facility.watts[i] / kMega);
  }
  return fmt::to_string(out);
}

}  // namespace gigawatt::report
