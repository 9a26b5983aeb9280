#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "gigawatt/catalog/show.h"
#include "gigawatt/engine/typical_day.h"
#include "gigawatt/report/json.h"
#include "gigawatt/report/json_parts.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::report {
namespace {

using engine::Inputs;
using engine::RunOutput;
using fleet::FleetResult;

double total(const fleet::NamedSeries& books) {
  double sum = 0;
  for (const auto& [category, series] : books)
    for (double v : series) sum += v;
  return sum;
}

double facility_energy_j(const FleetResult& r) {
  double sum = 0;
  for (double v : r.fleet.facility_energy_j) sum += v;
  return sum;
}

double energized_it_w(const FleetResult& r) {
  double sum = 0;
  for (const auto& site : r.sites) sum += last(site.energized_it_w_end);
  return sum;
}

Json scenario_json(const Inputs& inputs, const RunOutput& output) {
  const auto& s = inputs.scenario;
  return {{"name", s.name},
          {"title", s.title},
          {"description", s.description},
          {"start", base::to_iso_date(output.nominal.start)},
          {"end", base::to_iso_date(output.nominal.end)},
          {"seed", std::to_string(output.seed)},
          {"hash", fmt::format("{:016x}", s.hash)}};
}

struct Headline {
  Json list = Json::array();
  void add(const char* id, std::string label, Json value, const char* unit, std::string note = "") {
    Json entry = {{"id", id}, {"label", std::move(label)}, {"value", std::move(value)}, {"unit", unit}};
    if (!note.empty()) entry["note"] = std::move(note);
    list.push_back(std::move(entry));
  }
};

std::string range_note(const RunOutput& output, double (*figure)(const FleetResult&), double unit,
                       const char* name) {
  if (!output.bands) return "";
  return fmt::format("{} to {} {} in 8 of 10 futures",
                     units::format_number(figure(output.bands->low) / unit, 3),
                     units::format_number(figure(output.bands->high) / unit, 3), name);
}

Json headline_json(const RunOutput& output) {
  const FleetResult& r = output.nominal;
  Headline h;
  const std::string end = base::to_iso_date(r.end);
  h.add("accelerators", "Accelerators at the end", number(last(r.fleet.accelerators_end)), "",
        range_note(output, [](const FleetResult& f) { return last(f.fleet.accelerators_end); }, 1, ""));
  h.add("it_power", "IT power at the end", number(energized_it_w(r) / kMegawatt), "MW",
        range_note(output, energized_it_w, kMegawatt, "MW"));
  h.add("facility_power", "Facility power at the end",
        number(last(r.fleet.energized_facility_w_end) / kMegawatt), "MW", "at the meter, " + end);
  h.add("capex", "Capital spent", number(total(r.fleet.capex_usd)), "USD");
  h.add("energy", "Electricity", number(facility_energy_j(r) / kMegawattHour), "MWh", "at the meter");
  double co2 = 0;
  for (double kg : r.fleet.co2_kg) co2 += kg;
  h.add("co2", "Carbon", number(co2 / kTonne), "t", "location based");
  double useful = 0, held = 0;
  int trained = 0;
  for (const auto& job : r.jobs) {
    if (job.step_time_s <= 0) continue;
    useful += job.hours[fleet::HourUse::kUseful];
    held += job.hours.total();
    trained += job.status == fleet::JobStatus::kCompleted ? 1 : 0;
  }
  if (held > 0)
    h.add("goodput", "Goodput of training", number(useful / held), "fraction",
          fmt::format("useful share of accelerator-hours; {} trainings completed", trained));
  const auto consistent = std::count_if(output.claims.begin(), output.claims.end(), [](const auto& c) {
    return c.verdict == analysis::Verdict::kConsistent;
  });
  if (!output.claims.empty())
    h.add("claims", "Claims that hold", fmt::format("{} of {}", consistent, output.claims.size()), "");
  return h.list;
}

/// Four digits are more than the climate is known to.
Json by_hour(const engine::TypicalDay::Hours& hours, double unit) {
  Json out = Json::array();
  for (const auto& day : hours) {
    Json row = Json::array();
    for (const double value : day) row.push_back(std::round(value / unit * 1e4) / 1e4);
    out.push_back(std::move(row));
  }
  return out;
}

Json typical_day_json(const engine::TypicalDay& day) {
  constexpr double kLiterPerKilowattHour = 1e-3 / 3.6e6;
  return {{"dry_bulb_c", by_hour(day.dry_bulb_c, 1)},
          {"pue", by_hour(day.pue, 1)},
          {"water_l_per_kwh_it", by_hour(day.water_m3_per_it_j, kLiterPerKilowattHour)},
          {"carbon_kg_per_kwh", number(day.carbon_kg_per_j * 3.6e6)}};
}

Json full_site(const scenario::Site& input, const fleet::SiteResult& s, const catalog::Catalog& catalog) {
  Json site = site_json(s);
  if (!input.title.empty()) site["title"] = input.title;
  site["latitude"] = input.latitude ? number(*input.latitude) : Json(nullptr);
  site["longitude"] = input.longitude ? number(*input.longitude) : Json(nullptr);
  site["assumed"] = input.assumed;
  for (const auto& [part, joules] : s.overhead_energy_j)
    site["overhead_energy_mwh"][part] = number(joules / kMegawattHour);
  Json milestones = Json::array();
  for (const auto& m : s.milestones) {
    Json entry = {{"phase", m.step}, {"date", base::to_iso_date(m.date)}, {"assumed", m.assumed}};
    entry["what"] = m.facility_w > 0  ? fmt::format("{}{} energized", m.phase.empty() ? "" : m.phase + ": ",
                                                    units::format_quantity(m.facility_w, "MW"))
                    : m.phase.empty() ? m.step
                                      : m.phase + ": " + m.step;
    milestones.push_back(std::move(entry));
  }
  site["milestones"] = std::move(milestones);
  if (const auto day = engine::typical_day(input, s, catalog)) site["typical_day"] = typical_day_json(*day);
  return site;
}

Json named(const fleet::NamedSeries& books) {
  Json out = Json::object();
  for (const auto& [name, series] : books) out[name] = scaled(series, 1);
  return out;
}

/// A month without training has no goodput, which is not a goodput of zero.
Json where_positive(const fleet::Series& series) {
  Json out = Json::array();
  for (double v : series) out.push_back(v > 0 ? number(v) : Json(nullptr));
  return out;
}

Json site_series(const RunOutput& output, std::size_t i) {
  const auto& s = output.nominal.sites[i];
  Json series = {{"energized_mw_it", scaled(s.energized_it_w_end, kMegawatt)},
                 {"energized_mw_facility", scaled(s.energized_facility_w_end, kMegawatt)},
                 {"load_mw_it", scaled(s.load_it_w_mean, kMegawatt)},
                 {"load_mw_facility", scaled(s.load_facility_w_mean, kMegawatt)},
                 {"load_mw_facility_peak", scaled(s.load_facility_w_peak, kMegawatt)},
                 {"accelerators", scaled(s.accelerators_end, 1)},
                 {"accelerators_waiting", scaled(s.accelerators_waiting_end, 1)},
                 {"it_energy_mwh", scaled(s.it_energy_j, kMegawattHour)},
                 {"energy_mwh", scaled(s.facility_energy_j, kMegawattHour)},
                 {"water_m3", scaled(s.water_m3, 1)},
                 {"co2_t", scaled(s.co2_kg, kTonne)}};
  if (output.bands) {
    const auto& low = output.bands->low.sites[i];
    const auto& high = output.bands->high.sites[i];
    series["energized_mw_facility_low"] = scaled(low.energized_facility_w_end, kMegawatt);
    series["energized_mw_facility_high"] = scaled(high.energized_facility_w_end, kMegawatt);
    series["energized_mw_it_low"] = scaled(low.energized_it_w_end, kMegawatt);
    series["energized_mw_it_high"] = scaled(high.energized_it_w_end, kMegawatt);
  }
  return series;
}

Json series_json(const RunOutput& output) {
  const FleetResult& r = output.nominal;
  Json dates = Json::array();
  for (auto month : r.months) dates.push_back(base::to_iso_date(month).substr(0, 7));
  Json sites = Json::object();
  for (std::size_t i = 0; i < r.sites.size(); ++i) sites[r.sites[i].name] = site_series(output, i);
  const auto& f = r.fleet;
  Json fleet = {{"accelerators_by_generation", named(f.accelerators_by_generation_end)},
                {"it_mw", scaled(f.load_it_w_mean, kMegawatt)},
                {"facility_mw", scaled(f.load_facility_w_mean, kMegawatt)},
                {"capex_usd_by_category", named(f.capex_usd)},
                {"opex_usd_by_category", named(f.opex_usd)},
                {"capex_cumulative_usd", scaled(f.capex_cumulative_usd_end, 1)},
                {"opex_cumulative_usd", scaled(f.opex_cumulative_usd_end, 1)},
                {"accelerators", scaled(f.accelerators_end, 1)},
                {"energized_mw_facility", scaled(f.energized_facility_w_end, kMegawatt)},
                {"goodput", where_positive(f.goodput)},
                {"utilization", scaled(f.utilization, 1)},
                {"energy_mwh", scaled(f.facility_energy_j, kMegawattHour)},
                {"co2_t", scaled(f.co2_kg, kTonne)}};
  if (output.bands) {
    for (const auto& [end, band] :
         {std::pair{"_low", &output.bands->low.fleet}, std::pair{"_high", &output.bands->high.fleet}}) {
      fleet[std::string("accelerators") + end] = scaled(band->accelerators_end, 1);
      fleet[std::string("energized_mw_facility") + end] = scaled(band->energized_facility_w_end, kMegawatt);
      fleet[std::string("facility_mw") + end] = scaled(band->load_facility_w_mean, kMegawatt);
      fleet[std::string("it_mw") + end] = scaled(band->load_it_w_mean, kMegawatt);
      fleet[std::string("capex_cumulative_usd") + end] = scaled(band->capex_cumulative_usd_end, 1);
      fleet[std::string("opex_cumulative_usd") + end] = scaled(band->opex_cumulative_usd_end, 1);
    }
  }
  return {{"dates", dates}, {"per_site", sites}, {"fleet", fleet}};
}

Json values(const fleet::NamedValues& list, double unit) {
  Json out = Json::object();
  for (const auto& [name, value] : list)
    if (value != 0) out[name] = number(value / unit);
  return out;
}

Json full_job(const scenario::Job& input, const fleet::JobResult& j) {
  Json job = job_json(j);
  if (!input.title.empty()) job["title"] = input.title;
  // The page knows three states; a job that failures stopped is one that waits for a better plan.
  if (j.status == fleet::JobStatus::kStopped) job["status"] = "waiting";
  if (j.ideal_s > 0) job["planned_days"] = number(j.ideal_s / 86400);
  if (j.tokens_total > 0) job["tokens"] = number(j.tokens_total);
  if (!j.status_reason.empty()) job["status_reason"] = j.status_reason;
  job["it_energy_mwh"] = number(j.it_energy_j / kMegawattHour);
  job["first_month"] = j.first_month;
  job["accelerators_mean"] = scaled(j.accelerators_mean, 1);
  if (j.step_time_s <= 0) return job;
  // What the first phase asks of a step, so that a reader can try another plan for it.
  if (!input.phases.empty()) {
    job["sequence"] = input.phases.front().sequence;
    job["global_batch"] = input.phases.front().global_batch;
  }
  if (!input.software.empty()) job["software"] = input.software;
  if (j.checkpoint_interval_s > 0) job["checkpoint_interval_s"] = number(j.checkpoint_interval_s);
  if (j.checkpoint_interval_s > 0) job["checkpoint_stall_s"] = number(j.checkpoint_stall_s);
  job["water_m3"] = number(j.water_m3);
  job["tokens_done"] = number(j.tokens_done);
  job["memory_gb_by"] = values(j.memory_bytes, 1e9);
  job["step_breakdown"] = values(j.step_breakdown_s, 1);
  double memory = 0;
  for (const auto& [part, bytes] : j.memory_bytes) memory += bytes;
  job["memory_gb"] = number(memory / 1e9);
  job["memory_limit_gb"] = number(j.memory_limit_bytes / 1e9);
  job["interruptions_by_cause"] = values(j.interruptions_by_cause, 1);
  return job;
}

bool ends_with_any(const std::string& path, std::initializer_list<std::string_view> ends) {
  return std::any_of(ends.begin(), ends.end(), [&](std::string_view end) { return path.ends_with(end); });
}

Json leaf_value(const scenario::InputLeaf& leaf) {
  if (!leaf.numeric) return leaf.value;
  try {
    return std::stod(leaf.value);
  } catch (const std::exception&) {
    return leaf.value;
  }
}

/// What was assumed, each with the reason that its table gives.
Json assumed_json(const scenario::ResolvedScenario& s) {
  std::map<std::string, const scenario::InputLeaf*> by_path;
  for (const auto& leaf : s.inputs) by_path[leaf.path] = &leaf;
  Json list = Json::array();
  for (const auto& leaf : s.inputs) {
    if (!leaf.assumed || leaf.origin == scenario::Origin::kDefault ||
        ends_with_any(leaf.path, {".reason", ".source", ".assumed", ".name", ".title"}))
      continue;
    Json entry = {{"path", leaf.path}, {"value", leaf_value(leaf)}, {"unit", leaf.unit}};
    const auto reason = by_path.find(leaf.path.substr(0, leaf.path.rfind('.')) + ".reason");
    if (reason != by_path.end()) entry["reason"] = reason->second->value;
    if (!leaf.source.empty()) entry["source"] = leaf.source;
    list.push_back(std::move(entry));
  }
  return list;
}

/// What the catalogue assumes of the systems, models and sites that the scenario uses.
Json catalogue_assumptions(const Inputs& inputs) {
  std::set<std::string> used;
  for (const auto& name : inputs.scenario.systems) {
    used.insert("system " + name + " ");
    if (const auto system = inputs.knowledge.catalog.system(name))
      used.insert("accelerator " + (*system)->accelerator + " ");
  }
  for (const auto& name : inputs.scenario.models) used.insert("model " + name + " ");
  for (const auto& site : inputs.scenario.sites)
    if (!site.catalog.empty()) used.insert("site " + site.catalog + " ");
  Json list = Json::array();
  for (const auto& leaf : catalog::assumed_json(inputs.knowledge.catalog)) {
    const std::string path = leaf.at("path").get<std::string>();
    if (std::any_of(used.begin(), used.end(), [&](const auto& prefix) { return path.starts_with(prefix); }))
      list.push_back(leaf);
  }
  return list;
}

Json inputs_json(const scenario::ResolvedScenario& s) {
  Json list = Json::array();
  for (const auto& leaf : s.inputs) {
    // The page has no word for what was derived from other inputs.
    const auto origin =
        leaf.origin == scenario::Origin::kDerived ? scenario::Origin::kCatalogue : leaf.origin;
    Json entry = {{"path", leaf.path},
                  {"value", leaf_value(leaf)},
                  {"origin", scenario::kOriginNames[static_cast<std::size_t>(origin)]}};
    if (!leaf.unit.empty()) entry["unit"] = leaf.unit;
    if (!leaf.source.empty()) entry["source"] = leaf.source;
    list.push_back(std::move(entry));
  }
  return list;
}

Json sources_json(const Inputs& inputs) {
  std::set<std::string> keys;
  for (const auto& leaf : inputs.scenario.inputs) keys.insert(leaf.source);
  for (const auto& claim : inputs.scenario.claims) keys.insert(claim.source_key);
  Json list = Json::array();
  for (const auto& key : keys) {
    const auto source = inputs.knowledge.catalog.source(key);
    if (!source) continue;
    Json entry = {{"key", (*source)->key}, {"title", (*source)->title}};
    if ((*source)->citation.starts_with("http")) entry["url"] = (*source)->citation;
    list.push_back(std::move(entry));
  }
  return list;
}

/// Each balance as the simulation checked it; that of the accelerator-hours with its parts.
Json balances_json(const FleetResult& r) {
  Json list = Json::array();
  for (const auto& b : r.balances) {
    Json entry = {{"name", b.name},
                  {"unit", b.unit},
                  {"total", number(b.left)},
                  {"residual", number(b.left - b.right)}};
    if (std::abs(b.left - r.hours.total()) <= 1e-9 * std::abs(b.left)) {
      for (std::size_t i = 0; i < fleet::kHourUses; ++i)
        entry["parts"][std::string(fleet::kHourUseNames[i])] = number(r.hours.hours[i]);
    }
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace

nlohmann::ordered_json run_document(const Inputs& inputs, const RunOutput& output,
                                    const std::string& program) {
  const auto& r = output.nominal;
  Json doc = {{"version", 1}, {"generated_by", program}, {"scenario", scenario_json(inputs, output)}};
  doc["summary"] = {{"headline", headline_json(output)},
                    {"events", r.events},
                    {"wall_s", output.wall_s},
                    {"runs", output.futures}};
  doc["sites"] = Json::array();
  for (std::size_t i = 0; i < r.sites.size(); ++i)
    doc["sites"].push_back(full_site(inputs.scenario.sites[i], r.sites[i], inputs.knowledge.catalog));
  doc["series"] = series_json(output);
  doc["jobs"] = Json::array();
  for (std::size_t i = 0; i < r.jobs.size(); ++i)
    doc["jobs"].push_back(full_job(inputs.scenario.jobs[i], r.jobs[i]));
  doc["claims"] = claims_json(inputs, output);
  doc["assumed"] = assumed_json(inputs.scenario);
  for (auto& leaf : catalogue_assumptions(inputs)) doc["assumed"].push_back(std::move(leaf));
  doc["inputs"] = inputs_json(inputs.scenario);
  doc["sources"] = sources_json(inputs);
  doc["balances"] = balances_json(r);
  doc["warnings"] = r.warnings;
  if (output.interrupted)
    doc["warnings"].push_back("The run was interrupted: figures end on " + base::to_iso_date(r.end) + ".");
  return doc;
}

}  // namespace gigawatt::report
