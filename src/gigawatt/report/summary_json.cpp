#include <fmt/format.h>

#include "gigawatt/report/frame_json.h"
#include "gigawatt/report/json.h"
#include "gigawatt/report/json_parts.h"
#include "gigawatt/report/money_bridge.h"
#include "gigawatt/report/site_year.h"

namespace gigawatt::report {
namespace {

using engine::Inputs;
using engine::RunOutput;

using results::Frame;
using results::Record;
using results::Series;
using results::Statistic;
using results::SubjectKind;

/// A row of the fleet has names that are older than the declared ones.
std::string month_key(const Record& record) {
  if (record.is(Series::kEnergizedItPower)) return "it_mw";
  if (record.is(Series::kEnergizedFacilityPower)) return "facility_mw";
  if (record.is(Series::kItLoad)) return "load_it_mw";
  if (record.is(Series::kFacilityLoad)) return "load_facility_mw";
  if (record.is(Series::kCapexTotal)) return "capex_usd";
  return std::string(record.declaration().name);
}

Json fleet_row(const Frame& frame, std::size_t month) {
  Json row = {{"date", base::to_iso_date(frame.months()[month])}};
  Json nominal = Json::object();
  for (const Record& record : frame.of(frame.subject(SubjectKind::kFleet))) {
    const bool monthly = std::holds_alternative<Series>(record.what) && record.label.empty();
    if (!monthly || !record.look.in_json) continue;
    const std::string key = month_key(record);
    row[key] = figure_json(frame, record, Statistic::kMedian, month);
    if (frame.futures() == 0) continue;
    row[key + "_low"] = figure_json(frame, record, Statistic::kLow, month);
    row[key + "_high"] = figure_json(frame, record, Statistic::kHigh, month);
    nominal[key] = figure_json(frame, record, Statistic::kNominal, month);
  }
  if (frame.futures() > 0) row["nominal"] = std::move(nominal);
  return row;
}

Json fleet_json(const Frame& frame) {
  Json rows = Json::array();
  for (std::size_t m = 0; m < frame.months().size(); ++m) rows.push_back(fleet_row(frame, m));
  return rows;
}

Json reliability_json(const fleet::FleetResult& r) {
  Json hours = Json::object(), failures = Json::object();
  for (std::size_t i = 0; i < fleet::kHourUses; ++i)
    hours[std::string(fleet::kHourUseNames[i])] = number(r.hours.hours[i]);
  for (const auto& [cause, count] : r.failures_by_cause) failures[cause] = count;
  return {{"availability", number(r.availability)},
          {"worst_availability", number(r.worst_availability)},
          {"gpu_hours", hours},
          {"failures_by_cause", failures}};
}

/// The three statistics of each site, and of what is asked most of a job, under names that are older than `_low`.
Json bands_json(const RunOutput& output) {
  constexpr std::pair<const char*, Statistic> kStatistics[] = {
      {"low", Statistic::kLow}, {"median", Statistic::kMedian}, {"high", Statistic::kHigh}};
  constexpr results::Metric kOfJobs[] = {results::Metric::kStart, results::Metric::kEnd,
                                         results::Metric::kGoodput, results::Metric::kInterruptions,
                                         results::Metric::kCost};
  const Frame& frame = output.frame;
  Json sites = Json::array(), jobs = Json::array();
  for (std::size_t i = 0; i < output.nominal.sites.size(); ++i) {
    const auto& subject = frame.subject(SubjectKind::kSite, i);
    Json entry = {{"name", subject.name}};
    for (const auto& [name, statistic] : kStatistics) {
      entry[name] = {{"name", subject.name}};
      add_metrics(entry[name], frame, subject, statistic);
      entry[name]["limiting"] = output.nominal.sites[i].limiting;
    }
    sites.push_back(std::move(entry));
  }
  for (std::size_t i = 0; i < output.nominal.jobs.size(); ++i) {
    const auto& subject = frame.subject(SubjectKind::kJob, i);
    Json entry = {{"name", subject.name}};
    for (const auto& [name, statistic] : kStatistics)
      for (const auto metric : kOfJobs)
        entry[name][std::string(results::info(metric).name)] =
            figure_json(frame, *frame.find(subject, metric), statistic);
    jobs.push_back(std::move(entry));
  }
  return {{"sites", sites}, {"jobs", jobs}};
}

/// What the figures of several futures are.
Json futures_json(const RunOutput& output) {
  return {{"count", output.frame.futures()},
          {"value", "median of the futures"},
          {"low", "10th percentile of the futures, null where a figure has none"},
          {"high", "90th percentile of the futures"},
          {"nominal", "the run without delays: every lead time at its median"},
          {"failures", output.futures_by_month
                           ? "by month for large pools of nodes outside of trainings, one by one in the "
                             "nominal run and where failures.by_month = false"
                           : "drawn as in the nominal run"},
          {"of_the_nominal_run", {"status", "plan", "limiting", "gpu_hours", "reliability", "events"}}};
}

}  // namespace

Json site_json(const Frame& frame, std::size_t site, const fleet::SiteResult& s) {
  const auto& subject = frame.subject(SubjectKind::kSite, site);
  Json out = {{"name", s.name}};
  add_metrics_with_intervals(out, frame, subject);
  out["limiting"] = s.limiting;
  add_nominal(out, frame, subject);
  return out;
}

namespace {

/// What a job is, between its figures: texts, the states of the nominal run and its accounts.
void add_facts(const fleet::JobResult& j, const Record& after, Json& job) {
  const bool timed = j.step_time_s > 0;
  if (after.is(results::Metric::kEnd))
    job["status"] = fleet::kJobStatusNames[static_cast<std::size_t>(j.status)];
  if (after.is(results::Metric::kStepTime)) {
    job["step_time_low_s"] = timed ? number(j.step_time_low_s) : Json(nullptr);
    job["step_time_high_s"] = timed ? number(j.step_time_high_s) : Json(nullptr);
  }
  if (after.is(results::Metric::kMfu)) job["plan"] = text_or_null(j.plan);
  if (after.is(results::Metric::kLostHours)) {
    Json hours = Json::object();
    for (std::size_t i = 0; i < fleet::kHourUses; ++i)
      hours[std::string(fleet::kHourUseNames[i])] = number(j.hours.hours[i]);
    job["gpu_hours"] = std::move(hours);
  }
  if (after.is(results::Metric::kCo2)) {
    if (!j.status_reason.empty()) job["status_reason"] = j.status_reason;
    if (!j.teacher.empty()) job["teacher"] = j.teacher;
  }
}

}  // namespace

Json job_json(const Frame& frame, std::size_t index, const fleet::JobResult& j) {
  const bool timed = j.step_time_s > 0;
  const auto& subject = frame.subject(SubjectKind::kJob, index);
  Json job = {{"name", j.name},
              {"kind", j.kind},
              {"model", text_or_null(j.model)},
              {"site", text_or_null(j.site)},
              {"system", text_or_null(j.system)}};
  add_metrics_with_intervals(job, frame, subject,
                             [&](const Record& record, Json& to) { add_facts(j, record, to); });
  if (!j.interruptions_by_cause.empty()) {
    Json causes = Json::object();
    for (const auto& [cause, count] : j.interruptions_by_cause) causes[cause] = count;
    job["interruptions_by_cause"] = causes;
  }
  if (!j.lost_hours_by_cause.empty()) {
    Json causes = Json::object();
    for (const auto& [cause, hours_lost] : j.lost_hours_by_cause) causes[cause] = number(hours_lost);
    job["lost_gpu_hours_by_cause"] = causes;
  }
  if (timed) {
    job["checkpoint_interval_s"] = number(j.checkpoint_interval_s);
    job["checkpoint_stall_s"] = number(j.checkpoint_stall_s);
  }
  if (j.distillation)
    job["distillation"] = {{"mode", j.distillation->mode},
                           {"teacher_flop", number(j.distillation->teacher_flops)},
                           {"student_flop", number(j.distillation->student_flops)},
                           {"logit_bytes", number(j.distillation->logit_bytes)},
                           {"cache_writing_days", number(j.distillation->cache_writing_s / 86400)},
                           {"waited_days", number(j.distillation->waited_s / 86400)}};
  if (j.batch)
    job["batch"] = {{"jobs", j.batch->jobs},
                    {"waiting", j.batch->waiting},
                    {"running", j.batch->running},
                    {"completed", j.batch->completed},
                    {"stopped", j.batch->stopped},
                    {"wait_mean_s", number(j.batch->wait_mean_s)},
                    {"wait_p50_s", number(j.batch->wait_p50_s)},
                    {"wait_p95_s", number(j.batch->wait_p95_s)},
                    {"stretch_mean", number(j.batch->stretch_mean)}};
  add_nominal(job, frame, subject);
  return job;
}

Json claims_json(const Inputs& inputs, const RunOutput& output) {
  Json claims = Json::array();
  for (std::size_t i = 0; i < output.claims.size(); ++i) {
    const auto& claim = inputs.scenario.claims[i];
    const auto& r = output.claims[i];
    const bool known = r.estimate && (r.has_interval || output.frame.futures() == 0);
    Json c = {{"id", r.id},
              {"statement", claim.statement},
              {"source", claim.source_key.empty() ? claim.source : claim.source_key},
              {"quantity", scenario::info(claim.quantity).name},
              {"relation", scenario::kClaimRelationNames[static_cast<std::size_t>(claim.relation)]},
              {"claimed", number(r.claimed)},
              {"unit", r.unit},
              {"tolerance", number(claim.tolerance)},
              {"value", r.estimate ? number(r.estimate->value) : Json(nullptr)},
              {"low", known ? number(r.estimate->low) : Json(nullptr)},
              {"high", known ? number(r.estimate->high) : Json(nullptr)},
              {"verdict", analysis::kVerdictNames[static_cast<std::size_t>(r.verdict)]},
              {"binding", analysis::kBindingNames[static_cast<std::size_t>(r.binding)]},
              {"explanation", r.explanation}};
    c["turns"] = r.turn ? Json{{"input", r.turn->input},
                               {"from", r.turn->from},
                               {"to", r.turn->to},
                               {"text", r.turn->text}}
                        : Json(nullptr);
    if (claim.upper) c["claimed_upper"] = number(r.upper);
    if (output.frame.futures() > 0) c["nominal"] = r.nominal ? number(*r.nominal) : Json(nullptr);
    claims.push_back(std::move(c));
  }
  return claims;
}

Json summary_json(const Inputs& inputs, const RunOutput& output) {
  const auto& r = output.nominal;
  Json doc = {{"scenario", inputs.scenario.name},
              {"hash", fmt::format("{:016x}", inputs.scenario.hash)},
              {"seed", output.seed},
              {"start", base::to_iso_date(r.start)},
              {"end", base::to_iso_date(r.end)},
              {"interrupted", output.interrupted},
              {"runs", output.futures},
              {"events", r.events},
              {"wall_s", output.wall_s}};
  if (output.frame.futures() > 0) doc["futures"] = futures_json(output);
  doc["sites"] = Json::array();
  for (std::size_t i = 0; i < r.sites.size(); ++i)
    doc["sites"].push_back(site_json(output.frame, i, r.sites[i]));
  doc["jobs"] = Json::array();
  for (std::size_t i = 0; i < r.jobs.size(); ++i) doc["jobs"].push_back(job_json(output.frame, i, r.jobs[i]));
  doc["fleet"] = fleet_json(output.frame);
  doc["reliability"] = reliability_json(r);
  doc["money"] = money_json(r);
  const MoneyBridge money = money_bridge(r);
  doc["money"]["totals"] = {{"capex_usd", number(money.capex_usd)},
                            {"capex_of_partners_usd", number(money.partners_usd)},
                            {"depreciation_usd", number(money.depreciation_usd)},
                            {"book_value_usd_end", number(money.book_value_usd)},
                            {"opex_usd", number(money.opex_usd)},
                            {"jobs_usd", number(money.jobs_usd)}};
  doc["claims"] = claims_json(inputs, output);
  if (output.frame.futures() > 0) doc["bands"] = bands_json(output);
  if (!output.hours.empty()) doc["site_hours"] = site_hours_json(output.hours);
  doc["currency_year"] = inputs.scenario.currency_year;
  doc["as_of"] = inputs.scenario.as_of ? Json(base::to_iso_date(*inputs.scenario.as_of)) : Json(nullptr);
  doc["expired_forecasts"] = Json::array();
  for (const auto& e : inputs.scenario.expired)
    doc["expired_forecasts"].push_back(
        {{"what", e.what}, {"date", base::to_iso_date(e.date)}, {"source", e.source}});
  doc["warnings"] = r.warnings;
  return doc;
}

}  // namespace gigawatt::report
