#include <fmt/format.h>

#include "gigawatt/report/json.h"
#include "gigawatt/report/json_parts.h"

namespace gigawatt::report {
namespace {

using engine::Inputs;
using engine::RunOutput;

Json fleet_json(const fleet::FleetResult& r) {
  Json rows = Json::array();
  for (std::size_t m = 0; m < r.months.size(); ++m) {
    double it = 0, capex = 0;
    for (const auto& site : r.sites) it += site.energized_it_w_end[m];
    for (const auto& [category, series] : r.fleet.capex_usd) capex += series[m];
    rows.push_back({{"date", base::to_iso_date(r.months[m])},
                    {"accelerators", number(r.fleet.accelerators_end[m])},
                    {"it_mw", number(it / kMegawatt)},
                    {"facility_mw", number(r.fleet.energized_facility_w_end[m] / kMegawatt)},
                    {"load_it_mw", number(r.fleet.load_it_w_mean[m] / kMegawatt)},
                    {"load_facility_mw", number(r.fleet.load_facility_w_mean[m] / kMegawatt)},
                    {"capex_usd", number(capex)}});
  }
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

Json bands_json(const engine::Bands& bands) {
  Json sites = Json::array(), jobs = Json::array();
  for (std::size_t i = 0; i < bands.low.sites.size(); ++i)
    sites.push_back({{"name", bands.low.sites[i].name},
                     {"low", site_json(bands.low.sites[i])},
                     {"median", site_json(bands.median.sites[i])},
                     {"high", site_json(bands.high.sites[i])}});
  for (std::size_t i = 0; i < bands.low.jobs.size(); ++i) {
    const auto dated = [i](const fleet::FleetResult& r) {
      const auto& job = r.jobs[i];
      return Json{{"start", date_or_null(true, job.start)},
                  {"end", date_or_null(true, job.end)},
                  {"goodput", number(job.goodput)},
                  {"interruptions", job.interruptions},
                  {"cost_usd", number(job.cost_usd)}};
    };
    jobs.push_back({{"name", bands.low.jobs[i].name},
                    {"low", dated(bands.low)},
                    {"median", dated(bands.median)},
                    {"high", dated(bands.high)}});
  }
  return {{"sites", sites}, {"jobs", jobs}};
}

}  // namespace

Json site_json(const fleet::SiteResult& s) {
  return {{"name", s.name},
          {"energized_mw_it", number(last(s.energized_it_w_end) / kMegawatt)},
          {"energized_mw_facility", number(last(s.energized_facility_w_end) / kMegawatt)},
          {"accelerators", number(last(s.accelerators_end))},
          {"energy_mwh", number(s.total_facility_energy_j / kMegawattHour)},
          {"it_energy_mwh", number(s.total_it_energy_j / kMegawattHour)},
          {"pue", s.pue > 0 ? number(s.pue) : Json(nullptr)},
          {"water_m3", number(s.total_water_m3)},
          {"co2_t", number(s.total_co2_kg / kTonne)},
          {"first_power_date", date_or_null(s.has_power, s.first_power)},
          {"capex_usd", number(s.total_capex_usd)},
          {"opex_usd", number(s.total_opex_usd)},
          {"limiting", s.limiting}};
}

Json job_json(const fleet::JobResult& j) {
  const bool timed = j.step_time_s > 0;
  Json hours = Json::object();
  for (std::size_t i = 0; i < fleet::kHourUses; ++i)
    hours[std::string(fleet::kHourUseNames[i])] = number(j.hours.hours[i]);
  Json job = {{"name", j.name},
              {"kind", j.kind},
              {"model", text_or_null(j.model)},
              {"site", text_or_null(j.site)},
              {"system", text_or_null(j.system)},
              {"accelerators", j.accelerators},
              {"start", date_or_null(j.started, j.start)},
              {"end", date_or_null(j.status == fleet::JobStatus::kCompleted, j.end)},
              {"status", fleet::kJobStatusNames[static_cast<std::size_t>(j.status)]},
              {"step_time_s", timed ? number(j.step_time_s) : Json(nullptr)},
              {"step_time_low_s", timed ? number(j.step_time_low_s) : Json(nullptr)},
              {"step_time_high_s", timed ? number(j.step_time_high_s) : Json(nullptr)},
              {"mfu", timed ? number(j.mfu) : Json(nullptr)},
              {"plan", text_or_null(j.plan)},
              {"goodput", j.started ? number(j.goodput) : Json(nullptr)},
              {"interruptions", j.interruptions},
              {"lost_gpu_hours", number(j.hours[fleet::HourUse::kLost])},
              {"gpu_hours", hours},
              {"tokens", number(j.tokens_done)},
              {"cost_usd", number(j.cost_usd)},
              {"energy_mwh", number(j.facility_energy_j / kMegawattHour)},
              {"co2_t", number(j.co2_kg / kTonne)}};
  if (!j.status_reason.empty()) job["status_reason"] = j.status_reason;
  if (!j.teacher.empty()) job["teacher"] = j.teacher;
  if (j.interruptions > 0) job["mttf_h"] = number(j.running_s / 3600 / static_cast<double>(j.interruptions));
  if (j.planned_stops > 0) job["planned_stops"] = j.planned_stops;
  if (j.slowdowns > 0) job["slowdowns"] = j.slowdowns;
  if (j.preemptions > 0) job["preemptions"] = j.preemptions;
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
  return job;
}

Json claims_json(const Inputs& inputs, const RunOutput& output) {
  Json claims = Json::array();
  for (std::size_t i = 0; i < output.claims.size(); ++i) {
    const auto& claim = inputs.scenario.claims[i];
    const auto& r = output.claims[i];
    Json c = {{"id", r.id},
              {"statement", claim.statement},
              {"source", claim.source_key.empty() ? claim.source : claim.source_key},
              {"quantity", scenario::info(claim.quantity).name},
              {"relation", scenario::kClaimRelationNames[static_cast<std::size_t>(claim.relation)]},
              {"claimed", number(r.claimed)},
              {"unit", r.unit},
              {"tolerance", number(claim.tolerance)},
              {"value", r.estimate ? number(r.estimate->value) : Json(nullptr)},
              {"low", r.estimate ? number(r.estimate->low) : Json(nullptr)},
              {"high", r.estimate ? number(r.estimate->high) : Json(nullptr)},
              {"verdict", analysis::kVerdictNames[static_cast<std::size_t>(r.verdict)]},
              {"binding", analysis::kBindingNames[static_cast<std::size_t>(r.binding)]},
              {"explanation", r.explanation}};
    if (claim.upper) c["claimed_upper"] = number(r.upper);
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
  doc["sites"] = Json::array();
  for (const auto& site : r.sites) doc["sites"].push_back(site_json(site));
  doc["jobs"] = Json::array();
  for (const auto& job : r.jobs) doc["jobs"].push_back(job_json(job));
  doc["fleet"] = fleet_json(r);
  doc["reliability"] = reliability_json(r);
  doc["claims"] = claims_json(inputs, output);
  if (output.bands) doc["bands"] = bands_json(*output.bands);
  doc["warnings"] = r.warnings;
  return doc;
}

}  // namespace gigawatt::report
