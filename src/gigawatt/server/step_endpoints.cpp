#include <fmt/format.h>

#include "gigawatt/config/schema.h"
#include "gigawatt/engine/step_query.h"
#include "gigawatt/engine/step_subject.h"
#include "gigawatt/interop/emit.h"
#include "gigawatt/report/plan_json.h"
#include "gigawatt/report/step_trace.h"
#include "gigawatt/search/alternatives.h"
#include "gigawatt/server/body.h"
#include "gigawatt/server/services.h"

namespace gigawatt::server {
namespace {

/// A trace with more work items than this is larger than what viewers open.
constexpr double kMostTraceItems = 400'000;

Response refuse_plan(const step::PlanError& error) {
  return error_answer(400, "illegal_plan", error.message, error.hint);
}

struct AskedStep {
  engine::StepQuery query;
  engine::StepSubject subject;
};

const std::string kDocuments[] = {"model", "config_json", "system", "plan"};

/// Reads the body and answers with `answer(asked, request)`, or says what is wrong with it.
template <typename Answer>
Response about_step(Services& s, const Call& call, Answer answer) {
  const auto query = read_struct<engine::StepQuery>(parse_body(call.request.body, kDocuments));
  if (!query) return diagnostics_answer(query.error());
  const auto subject = engine::subject_of(s.knowledge, *query);
  if (!subject) return diagnostics_answer(subject.error());
  const AskedStep asked{*query, *subject};
  const auto request = engine::step_request(asked.query, asked.subject);
  if (!request) return diagnostics_answer(request.error());
  return answer(asked, *request);
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

Response step_over_time(Services& s, const Call& call) {
  return about_step(s, call, [&](const AskedStep& asked, const step::StepRequest& request) {
    const auto result = step::evaluate(request, s.knowledge.calibration);
    if (!result) return refuse_plan(result.error());
    const double items = step::scheduled_work(result->micro_batches, request.plan);
    if (items > kMostTraceItems)
      return error_answer(
          413, "too_large", fmt::format("the step's schedule has {:.0f} pieces of work", items),
          fmt::format("a trace shows at most {:.0f}: take a smaller global batch", kMostTraceItems));
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
    const std::string model = asked.query.model.is_document() ? "config.json" : asked.query.model.name;
    std::string own = interop::gigawatt_command(request, model, asked.query.system.name);
    if (!asked.query.software.empty()) own += " --software " + asked.query.software;
    Json answer = {{"gigawatt", std::move(own)}};
    for (const auto framework :
         {interop::Framework::kMegatron, interop::Framework::kTorchtitan, interop::Framework::kNemo}) {
      const std::string why = interop::cannot_emit(framework, request);
      answer[std::string(interop::to_string(framework))] =
          why.empty() ? interop::emit(framework, request) : "# " + why + "\n";
    }
    return json_answer(answer);
  });
}

std::string step_body_schema() {
  return config::json_schema<engine::StepQuery>("step_plan", "A question about one step");
}

constexpr Endpoint kStepEndpoints[] = {
    {"POST", "/api/step/neighbors", "The plans one change away.", Deferred::Weight::kLight, neighbors,
     "neighbors: change, plan, step_time_s, mfu, memory_gb, fits, why_not or slower_by", step_body_schema},
    {"POST",
     "/api/step/trace",
     "The step's timeline.",
     Deferred::Weight::kHeavy,
     step_over_time,
     "a Chrome trace",
     step_body_schema,
     nullptr,
     "application/json",
     {413, "the step has more pieces of work than a viewer opens"}},
    {"POST", "/api/step/command", "The same plan for other programs.", Deferred::Weight::kLight, command,
     "gigawatt, megatron, torchtitan, nemo", step_body_schema},
};

}  // namespace

std::span<const Endpoint> step_endpoints() { return kStepEndpoints; }

}  // namespace gigawatt::server
