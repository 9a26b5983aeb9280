#pragma once
/// Plans, steps and searches as JSON: what `gigawatt step`, `gigawatt search` and the HTTP
/// API answer with (keys: docs/reference/cli.md). Memory in GB (1e9 bytes), times in seconds.

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "gigawatt/engine/plan_evidence.h"
#include "gigawatt/engine/plan_object.h"
#include "gigawatt/engine/step_subject.h"
#include "gigawatt/search/scaling.h"
#include "gigawatt/search/search.h"
#include "gigawatt/step/step.h"

namespace gigawatt::report {

using engine::plan_json;

/// One step of `request`, whose pointers are those of `subject`.
nlohmann::ordered_json step_json(const engine::StepSubject& subject, const step::StepRequest& request,
                                 const step::StepResult& result);

/// `seconds`: what the search took. Without a plan that fits, `reason` says why.
nlohmann::ordered_json search_json(const search::SearchResult& result, double seconds);
nlohmann::ordered_json candidate_json(const search::Candidate& candidate);
/// low_s, high_s, evidence {run, distance, model, gpus, step_time_s, tokens_per_s_per_gpu} and needs of a found plan.
nlohmann::ordered_json evidence_json(const engine::PlanEvidence& evidence);

/// The best plan at each size: [{gpus, global_batch, best, tokens_per_s, efficiency, on_front} or {..., reason}].
nlohmann::ordered_json scaling_json(const std::vector<search::ScalePoint>& points);

/// Why a search found nothing.
std::string why_no_plan(const search::SearchResult& result);

}  // namespace gigawatt::report
