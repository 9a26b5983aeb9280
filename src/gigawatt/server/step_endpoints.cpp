#include <chrono>

#include <fmt/format.h>

#include "gigawatt/config/schema.h"
#include "gigawatt/engine/search_rates.h"
#include "gigawatt/engine/step_query.h"
#include "gigawatt/engine/step_subject.h"
#include "gigawatt/interop/emit.h"
#include "gigawatt/report/plan_json.h"
#include "gigawatt/report/step_trace.h"
#include "gigawatt/search/alternatives.h"
#include "gigawatt/search/scaling.h"
#include "gigawatt/search/search.h"
#include "gigawatt/server/body.h"
#include "gigawatt/server/services.h"
#include "gigawatt/server/step_body.h"

namespace gigawatt::server {
namespace {

constexpr double kTrillion = 1e12;
/// A trace with more work items than this is larger than what viewers open.
constexpr std::int64_t kMostTraceItems = 400'000;

Response refuse_plan(const step::PlanError& error) {
  return error_answer(400, "illegal_plan", error.message, error.hint);
}

/// Reads the body and answers with `answer(asked, request)`, or says what is wrong with it.
template <typename Answer>
Response about_step(Services& s, const Call& call, Answer answer) {
  const auto asked = read_step(s.knowledge, call.request.body);
  if (!asked) return diagnostics_answer(asked.error());
  const auto request = engine::step_request(asked->body.query, asked->subject);
  if (!request) return diagnostics_answer(request.error());
  return answer(*asked, *request);
}

Response step(Services& s, const Call& call) {
  return about_step(s, call, [&](const AskedStep& asked, const step::StepRequest& request) {
    const auto result = step::evaluate(request, s.knowledge.calibration);
    if (!result) return refuse_plan(result.error());
    Json answer = report::step_json(asked.subject, request, *result);
    const auto rates = engine::search_rates(s.knowledge.catalog, asked.subject.system);
    const double gpu_hours = static_cast<double>(request.gpus) * result->step_time_s / 3600;
    const double tokens = static_cast<double>(request.global_batch) * static_cast<double>(request.seq_len);
    answer["usd_per_gpu_hour"] = rates.usd_per_gpu_hour;
    answer["cost_usd_per_trillion_tokens"] = rates.usd_per_gpu_hour * gpu_hours / tokens * kTrillion;
    return json_answer(answer);
  });
}

Response neighbors(Services& s, const Call& call) {
  return about_step(s, call, [&](const AskedStep&, const step::StepRequest& request) {
    Json list = Json::array();
    for (const auto& n : search::alternatives(request, s.knowledge.calibration, 0)) {
      Json entry = {{"change", n.change},
                    {"plan", report::plan_json(n.plan)},
                    {"step_time_s", n.result ? Json(n.result->step_time_s) : Json(nullptr)},
                    {"mfu", n.result ? Json(n.result->mfu) : Json(nullptr)},
                    {"memory_gb", n.result ? Json(n.result->memory.peak_bytes / 1e9) : Json(nullptr)},
                    {"fits", n.fits}};
      if (!n.stops.empty()) entry[n.fits ? "slower_by" : "why_not"] = n.stops;
      list.push_back(std::move(entry));
    }
    return json_answer({{"neighbors", std::move(list)}});
  });
}

Response trace(Services& s, const Call& call) {
  return about_step(s, call, [&](const AskedStep& asked, const step::StepRequest& request) {
    const auto result = step::evaluate(request, s.knowledge.calibration);
    if (!result) return refuse_plan(result.error());
    const std::int64_t items = std::int64_t{3} * result->micro_batches * request.plan.pp * request.plan.vpp;
    if (items > kMostTraceItems)
      return error_answer(
          413, "too_large", fmt::format("the step's schedule has {} pieces of work", items),
          fmt::format("a trace shows at most {}: take a smaller global batch", kMostTraceItems));
    const auto schedule = step::priced_schedule(request, s.knowledge.calibration);
    if (!schedule) return refuse_plan(schedule.error());
    Response response;
    response.body = report::step_trace(*schedule, *result,
                                       engine::accelerator_power(s.knowledge.catalog, asked.subject.system));
    response.headers.emplace_back("Content-Disposition", "attachment; filename=\"step.json\"");
    return response;
  });
}

Response command(Services& s, const Call& call) {
  return about_step(s, call, [&](const AskedStep& asked, const step::StepRequest& request) {
    if (const auto legal = step::check_plan(request); !legal) return refuse_plan(legal.error());
    const std::string model = asked.body.model.empty() ? "config.json" : asked.body.model;
    std::string own = interop::gigawatt_command(request, model, asked.body.query.system);
    if (!asked.body.query.software.empty()) own += " --software " + asked.body.query.software;
    Json answer = {{"gigawatt", std::move(own)}};
    for (const auto framework :
         {interop::Framework::kMegatron, interop::Framework::kTorchtitan, interop::Framework::kNemo})
      answer[std::string(interop::to_string(framework))] = interop::emit(framework, request);
    return json_answer(answer);
  });
}

Response search(Services& s, const Call& call) {
  const auto asked = read_search(s.knowledge, call.request.body);
  if (!asked) return diagnostics_answer(asked.error());
  step::StepRequest request = asked->request;
  request.model = &asked->subject.model;
  request.system = &asked->subject.system;
  request.accelerator = &asked->subject.accelerator;
  request.software = &asked->subject.software;
  auto options = asked->options;
  options.stop = call.stop;
  Json answer = Json::object();
  if (asked->gpus > 0) {
    request.gpus = asked->gpus;
    const auto begin = std::chrono::steady_clock::now();
    const auto found = search::search(request, s.knowledge.calibration, options);
    answer = report::search_json(
        found, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  if (!asked->sizes.empty()) {
    request.gpus = asked->sizes.front();
    answer["scaling"] =
        report::scaling_json(search::scaling(request, s.knowledge.calibration, options, asked->sizes, false));
  }
  if (call.stop.stop_requested()) return error_answer(503, "cancelled", "nobody waits for this answer");
  return json_answer(answer);
}

constexpr auto kLight = Deferred::Weight::kLight;
constexpr auto kHeavy = Deferred::Weight::kHeavy;

constexpr Endpoint kEndpoints[] = {
    {"POST", "/api/step", "One training step, explained.", kLight, step,
     "what `gigawatt step --json` prints, usd_per_gpu_hour, cost_usd_per_trillion_tokens", step_body_schema},
    {"POST", "/api/step/neighbors", "The plans one change away.", kLight, neighbors,
     "neighbors: change, plan, step_time_s, mfu, memory_gb, fits, why_not or slower_by", step_body_schema},
    {"POST",
     "/api/step/trace",
     "The step's timeline.",
     kLight,
     trace,
     "a Chrome trace",
     step_body_schema,
     nullptr,
     "application/json",
     {413, "the step has more pieces of work than a viewer opens"}},
    {"POST", "/api/step/command", "The same plan for other programs.", kLight, command,
     "gigawatt, megatron, torchtitan, nemo", step_body_schema},
    {"POST", "/api/search",
     "The best parallel plans; with gpus_range, the best at the least and each doubling.", kHeavy, search,
     "what `gigawatt search --json` prints; scaling: gpus, global_batch, best, tokens_per_s, efficiency, "
     "on_front, or reason",
     search_body_schema},
};

}  // namespace

std::span<const Endpoint> step_endpoints() { return kEndpoints; }

}  // namespace gigawatt::server
