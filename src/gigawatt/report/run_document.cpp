#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "gigawatt/catalog/show.h"
#include "gigawatt/engine/typical_day.h"
#include "gigawatt/report/frame_json.h"
#include "gigawatt/report/json.h"
#include "gigawatt/report/json_parts.h"
#include "gigawatt/report/money_bridge.h"
#include "gigawatt/report/page_bounds.h"
#include "gigawatt/report/site_year.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::report {
namespace {

using engine::Inputs;
using engine::RunOutput;
using fleet::FleetResult;

using results::Frame;
using results::Metric;
using results::Record;
using results::Series;
using results::Statistic;
using results::SubjectKind;

Json scenario_json(const Inputs& inputs, const RunOutput& output) {
  const auto& s = inputs.scenario;
  return {{"name", s.name},
          {"title", s.title},
          {"description", s.description},
          {"start", base::to_iso_date(output.nominal.start)},
          {"end", base::to_iso_date(output.nominal.end)},
          {"as_of", s.as_of ? Json(base::to_iso_date(*s.as_of)) : Json(nullptr)},
          {"seed", std::to_string(output.seed)},
          {"hash", fmt::format("{:016x}", s.hash)}};
}

/// The unit in which a large figure is said in a sentence: "TWh" for 200 million MWh.
struct Scale {
  double of = 1;
  std::string word;  ///< behind the number, with its space; may be empty
};

Scale scale_of(std::string_view unit, double largest) {
  struct Step {
    std::string_view unit;
    double from;
    std::string_view word;
  };
  constexpr std::array<Step, 7> kSteps = {{{"USD", 1e9, " billion"},
                                           {"USD", 1e6, " million"},
                                           {"MWh", 1e6, " TWh"},
                                           {"MWh", 1e3, " GWh"},
                                           {"t", 1e6, " Mt"},
                                           {"t", 1e3, " kt"},
                                           {"", 1e6, " million"}}};
  for (const auto& step : kSteps)
    if (step.unit == unit && std::abs(largest) >= step.from) return {step.from, std::string(step.word)};
  return {};
}

/// One figure of the fleet at the head of the page: with futures their median, its interval, and the run without delays.
Json headline_figure(const Frame& frame, const char* id, const char* label, Metric metric,
                     const std::string& note) {
  const Record& record = *frame.find(frame.subject(SubjectKind::kFleet), metric);
  const auto& declared = record.declaration();
  const bool share = record.look.form == results::Form::kShare;
  Json entry = {{"id", id},
                {"label", label},
                {"value", figure_json(frame, record, Statistic::kMedian)},
                {"unit", share ? "fraction" : declared.unit}};
  std::string text = note;
  if (frame.futures() > 0) {
    for (const auto& [key, statistic] :
         {std::pair{"low", Statistic::kLow}, std::pair{"high", Statistic::kHigh},
          std::pair{"nominal", Statistic::kNominal}})
      entry[key] = figure_json(frame, record, statistic);
    const Scale scale = scale_of(declared.unit, frame.value(record, Statistic::kHigh));
    const auto say = [&](Statistic statistic) {
      const double v = frame.value(record, statistic);
      if (!std::isfinite(v)) return std::string("–");
      return share ? fmt::format("{:.1f}%", v * 100) : units::format_number(v / scale.of, 3);
    };
    text = fmt::format("{} to {}{} in 8 of 10 futures; {} without delays{}{}", say(Statistic::kLow),
                       say(Statistic::kHigh), scale.word, say(Statistic::kNominal), note.empty() ? "" : "; ",
                       note);
  }
  if (!text.empty()) entry["note"] = text;
  return entry;
}

Json headline_json(const RunOutput& output) {
  const FleetResult& r = output.nominal;
  const Frame& frame = output.frame;
  const std::string end = base::to_iso_date(r.end);
  Json list = {headline_figure(frame, "accelerators", "Accelerators at the end", Metric::kAccelerators, ""),
               headline_figure(frame, "it_power", "IT power at the end", Metric::kEnergizedItPower, ""),
               headline_figure(frame, "facility_power", "Facility power at the end",
                               Metric::kEnergizedFacilityPower, "at the meter, " + end),
               headline_figure(frame, "capex", "Capital spent", Metric::kCapex, ""),
               headline_figure(frame, "energy", "Electricity", Metric::kEnergy, "at the meter"),
               headline_figure(frame, "co2", "Carbon", Metric::kCo2, "location based")};
  const auto trained = std::count_if(r.jobs.begin(), r.jobs.end(), [](const auto& job) {
    return job.step_time_s > 0 && job.status == fleet::JobStatus::kCompleted;
  });
  Json goodput =
      headline_figure(frame, "goodput", "Goodput of training", Metric::kGoodput,
                      fmt::format("useful share of accelerator-hours; {} trainings completed", trained));
  if (!goodput["value"].is_null()) list.push_back(std::move(goodput));
  const auto consistent = std::count_if(output.claims.begin(), output.claims.end(), [](const auto& c) {
    return c.verdict == analysis::Verdict::kConsistent;
  });
  if (!output.claims.empty())
    list.push_back({{"id", "claims"},
                    {"label", "Claims that hold"},
                    {"value", fmt::format("{} of {}", consistent, output.claims.size())},
                    {"unit", ""}});
  return list;
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

Json full_site(const Inputs& inputs, const RunOutput& output, std::size_t index) {
  const scenario::Site& input = inputs.scenario.sites[index];
  const catalog::Catalog& catalog = inputs.knowledge.catalog;
  const fleet::SiteResult& s = output.nominal.sites[index];
  Json site = site_json(output.frame, index, s);
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
  for (const auto& phase : input.phases) {
    site["phases"].push_back(
        {{"name", phase.title.empty() ? phase.name : phase.title},
         {"site", input.title.empty() ? input.name : input.title},
         {"start", base::to_iso_date(std::min(phase.begin, phase.planned_energized))},
         {"energized", base::to_iso_date(phase.planned_energized)},
         {"service", base::to_iso_date(phase.planned_service)},
         {"facility_mw", number(phase.facility_power->si() / kMegawatt)},
         {"system",
          phase.system_id.valid() ? Json(inputs.scenario.systems[phase.system_id.index()]) : Json(nullptr)}});
  }
  if (const auto day = engine::typical_day(input, s, catalog)) site["typical_day"] = typical_day_json(*day);
  return site;
}

Json site_series(const Frame& frame, std::size_t site) {
  Json out = Json::object();
  for (const Record& record : frame.of(frame.subject(SubjectKind::kSite, site)))
    if (std::holds_alternative<Series>(record.what))
      add_series(out, frame, record, record.declaration().name);
  return out;
}

/// The page's series of the fleet have names that are older than the declared ones.
std::string fleet_key(const Record& record) {
  if (record.is(Series::kItLoad)) return "it_mw";
  if (record.is(Series::kFacilityLoad)) return "facility_mw";
  if (record.label.empty()) return std::string(record.declaration().name);
  if (record.is(Series::kAccelerators)) return "accelerators_by_generation";
  return std::string(record.declaration().name) + "_by_category";
}

Json fleet_series(const Frame& frame) {
  Json out = Json::object();
  for (const Record& record : frame.of(frame.subject(SubjectKind::kFleet))) {
    if (!std::holds_alternative<Series>(record.what)) continue;
    const std::string key = fleet_key(record);
    if (record.label.empty()) {
      add_series(out, frame, record, key);
      continue;
    }
    // Layers of a stack: of each the median alone.
    Json months = Json::array();
    for (std::size_t m = 0; m < record.count; ++m)
      months.push_back(figure_json(frame, record, Statistic::kMedian, m));
    out[key][record.label] = std::move(months);
  }
  for (const char* stack : {"accelerators_by_generation", "capex_usd_by_category", "opex_usd_by_category"})
    if (!out.contains(stack)) out[stack] = Json::object();
  return out;
}

Json series_json(const RunOutput& output) {
  const FleetResult& r = output.nominal;
  Json dates = Json::array();
  for (auto month : r.months) dates.push_back(base::to_iso_date(month).substr(0, 7));
  Json sites = Json::object();
  for (std::size_t i = 0; i < r.sites.size(); ++i) sites[r.sites[i].name] = site_series(output.frame, i);
  return {{"dates", dates}, {"per_site", sites}, {"fleet", fleet_series(output.frame)}};
}

Json values(const fleet::NamedValues& list, double unit) {
  Json out = Json::object();
  for (const auto& [name, value] : list)
    if (value != 0) out[name] = number(value / unit);
  return out;
}

Json full_job(const scenario::Job& input, const RunOutput& output, std::size_t index) {
  const fleet::JobResult& j = output.nominal.jobs[index];
  Json job = job_json(output.frame, index, j);
  if (!input.title.empty()) job["title"] = input.title;
  if (j.ideal_s > 0) job["planned_days"] = number(j.ideal_s / 86400);
  if (j.tokens_total > 0) job["tokens"] = number(j.tokens_total);
  if (!j.status_reason.empty()) job["status_reason"] = j.status_reason;
  job["it_energy_mwh"] = number(j.it_energy_j / kMegawattHour);
  if (!j.it_energy_j_by_site.empty())
    job["it_energy_mwh_by_site"] = values(j.it_energy_j_by_site, kMegawattHour);
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
    if (!leaf.assumed || leaf.origin == scenario::Origin::kDefault || !shows_input(leaf.path) ||
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
    if (!shows_input(leaf.path)) continue;
    Json entry = {{"path", leaf.path},
                  {"value", leaf_value(leaf)},
                  {"origin", scenario::kOriginNames[static_cast<std::size_t>(leaf.origin)]}};
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

/// The jobs of the page: all of them, or the largest and the others together.
Json jobs_json(const Inputs& inputs, const RunOutput& output) {
  const auto shown = largest_jobs(output.nominal, kMostPageJobs);
  Json list = Json::array();
  for (const auto i : shown) list.push_back(full_job(inputs.scenario.jobs[i], output, i));
  for (auto& others : other_jobs_json(output.nominal, shown)) list.push_back(std::move(others));
  return list;
}

Json warnings_json(const Inputs& inputs, const RunOutput& output) {
  const FleetResult& r = output.nominal;
  Json list = Json::array();
  if (auto words = left_out(inputs, output); !words.empty()) list.push_back(std::move(words));
  for (std::size_t i = 0; i < std::min(r.warnings.size(), kMostPageWarnings); ++i)
    list.push_back(r.warnings[i]);
  for (const auto& e : inputs.scenario.expired)
    list.push_back(fmt::format("Expired forecast: {} was expected for {} and is not observed.", e.what,
                               base::to_iso_date(e.date)));
  if (output.interrupted)
    list.push_back("The run was interrupted: figures end on " + base::to_iso_date(r.end) + ".");
  return list;
}

/// Each balance as the simulation checked it, with the parts that it adds up.
Json balances_json(const FleetResult& r) {
  Json list = Json::array();
  for (const auto& b : r.balances) {
    Json entry = {{"name", b.name},
                  {"unit", b.unit},
                  {"total", number(b.left)},
                  {"residual", number(b.left - b.right)}};
    for (const auto& [part, value] : b.parts) entry["parts"][part] = number(value);
    list.push_back(std::move(entry));
  }
  return list;
}

/// The energy bills of the sites by the hour: their lines are their cost.
Json bill_balances(const Frame& frame) {
  Json list = Json::array();
  for (std::uint32_t i = 0; i < frame.subjects().size(); ++i) {
    const auto& subject = frame.subjects()[i];
    const Record* cost = frame.find(subject, results::Metric::kHourlyCost);
    if (cost == nullptr) continue;
    const double total = frame.value(*cost, results::Statistic::kNominal);
    Json parts = Json::object();
    double lines = 0;
    for (const auto& account : frame.accounts()) {
      if (account.ledger != results::Ledger::kEnergyBill || account.subject != i) continue;
      parts[account.label] = number(account.value);
      lines += account.value;
    }
    list.push_back({{"name", "energy bill of " + subject.name},
                    {"unit", "USD"},
                    {"total", number(total)},
                    {"residual", number(total - lines)},
                    {"parts", parts}});
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
  doc["metrics"] = {{"site", declared_json(output.frame, SubjectKind::kSite)},
                    {"job", declared_json(output.frame, SubjectKind::kJob)}};
  doc["sites"] = Json::array();
  for (std::size_t i = 0; i < r.sites.size(); ++i) doc["sites"].push_back(full_site(inputs, output, i));
  doc["series"] = series_json(output);
  doc["jobs"] = jobs_json(inputs, output);
  doc["claims"] = claims_json(inputs, output);
  doc["assumed"] = assumed_json(inputs.scenario);
  for (auto& leaf : catalogue_assumptions(inputs)) doc["assumed"].push_back(std::move(leaf));
  doc["inputs"] = inputs_json(inputs.scenario);
  doc["sources"] = sources_json(inputs);
  doc["money"] = money_json(r);
  doc["balances"] = balances_json(r);
  for (auto& balance : bill_balances(output.frame)) doc["balances"].push_back(std::move(balance));
  if (!output.hours.empty()) doc["site_hours"] = site_hours_json(output.hours);
  doc["warnings"] = warnings_json(inputs, output);
  return doc;
}

}  // namespace gigawatt::report
