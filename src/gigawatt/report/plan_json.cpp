#include "gigawatt/report/plan_json.h"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace gigawatt::report {
namespace {

using Json = nlohmann::ordered_json;
using engine::plan_json;

Json candidates_json(const std::vector<search::Candidate>& list) {
  Json out = Json::array();
  for (const auto& c : list) out.push_back(candidate_json(c));
  return out;
}

}  // namespace

Json step_json(const engine::StepSubject& subject, const step::StepRequest& request,
               const step::StepResult& r) {
  Json by = Json::object(), time = Json::object();
  for (std::size_t i = 0; i < step::kMemoryParts; ++i)
    by[std::string(step::kMemoryPartNames[i])] = r.memory.bytes[i] / 1e9;
  for (std::size_t i = 0; i < step::kTimeTerms; ++i)
    time[std::string(step::kTimeTermNames[i])] = r.time.seconds[i];
  return {{"model", subject.model.name},
          {"system", subject.system.name},
          {"gpus", request.gpus},
          {"plan", plan_json(request.plan)},
          {"step_time_s", r.step_time_s},
          {"tokens_per_s_per_gpu", r.tokens_per_s_per_gpu},
          {"mfu", r.mfu},
          {"mfu_causal", r.mfu_causal},
          {"hfu", r.hfu},
          {"model_flops", r.model_flops},
          {"micro_batches", r.micro_batches},
          {"memory",
           {{"peak_gb", r.memory.peak_bytes / 1e9},
            {"allocated_gb", r.memory.allocated_bytes / 1e9},
            {"limit_gb", r.memory.limit_bytes / 1e9},
            {"host_gb", r.memory.host_bytes / 1e9},
            {"host_limit_gb",
             std::isfinite(r.memory.host_limit_bytes) ? Json(r.memory.host_limit_bytes / 1e9) : Json()},
            {"by", by},
            {"peak_stage", r.memory.peak_stage},
            {"fits", r.memory.fits}}},
          {"time", time},
          {"interval", {{"low", r.low_s}, {"high", r.high_s}}}};
}

Json candidate_json(const search::Candidate& c) {
  return {{"plan", plan_json(c.plan)},
          {"step_time_s", c.step_time_s},
          {"mfu", c.mfu},
          {"memory_gb", c.peak_memory_bytes / 1e9},
          {"score", c.score}};
}

Json evidence_json(const engine::PlanEvidence& e) {
  Json out = {{"low_s", e.low_s}, {"high_s", e.high_s}};
  out["evidence"] = Json();
  if (!e.nearest.id.empty())
    out["evidence"] = {{"run", e.nearest.id},
                       {"distance", e.nearest.distance},
                       {"model", e.nearest.model},
                       {"gpus", e.nearest.gpus},
                       {"step_time_s", e.nearest.step_time_s},
                       {"tokens_per_s_per_gpu", e.nearest.tokens_per_s_per_gpu}};
  out["needs"] = e.needs;
  return out;
}

std::string why_no_plan(const search::SearchResult& r) {
  if (r.legal == 0) return "no legal plan: " + r.last_refusal.message;
  if (r.nearest_misfit.peak_memory_bytes == 0) return "no plan fits: all offload more than their hosts hold";
  return fmt::format("no plan fits in memory; the leanest needs {:.1f} GB: {}",
                     r.nearest_misfit.peak_memory_bytes / 1e9, step::to_string(r.nearest_misfit.plan));
}

Json search_json(const search::SearchResult& r, double seconds) {
  Json document = {{"legal", r.legal},
                   {"evaluated", r.evaluated},
                   {"fit", r.fit},
                   {"pruned", r.pruned},
                   {"candidates_per_s", seconds > 0 ? static_cast<double>(r.evaluated) / seconds : 0},
                   {"best", candidates_json(r.best)},
                   {"pareto", candidates_json(r.pareto)}};
  if (r.best.empty()) document["reason"] = why_no_plan(r);
  return document;
}

Json scaling_json(const std::vector<search::ScalePoint>& points) {
  Json list = Json::array();
  for (const auto& p : points) {
    Json item = {{"gpus", p.gpus}, {"global_batch", p.global_batch}};
    if (p.found.best.empty()) {
      item["reason"] = why_no_plan(p.found);
    } else {
      item["best"] = candidate_json(p.found.best.front());
      item["tokens_per_s"] = p.tokens_per_s;
      item["efficiency"] = p.efficiency;
      item["on_front"] = p.on_front;
    }
    list.push_back(std::move(item));
  }
  return list;
}

}  // namespace gigawatt::report
