#pragma once
/// Plans, steps and searches as JSON, and a step as a timeline: what `gigawatt step`, `gigawatt search` and the HTTP
/// API answer with (keys: docs/reference/cli.md). Memory in GB (1e9 bytes), times in seconds.

#include <span>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "gigawatt/engine/step_subject.h"
#include "gigawatt/search/scaling.h"
#include "gigawatt/search/search.h"
#include "gigawatt/step/step.h"
#include "gigawatt/step/timeline.h"

namespace gigawatt::report {

nlohmann::ordered_json plan_json(const step::ParallelPlan& plan);

/// One step of `request`, whose pointers are those of `subject`.
nlohmann::ordered_json step_json(const engine::StepSubject& subject, const step::StepRequest& request,
                                 const step::StepResult& result);

/// `seconds`: what the search took. Without a plan that fits, `reason` says why.
nlohmann::ordered_json search_json(const search::SearchResult& result, double seconds);
nlohmann::ordered_json candidate_json(const search::Candidate& candidate);

/// The best plan at each size: [{gpus, global_batch, best, tokens_per_s, efficiency, on_front} or {..., reason}].
nlohmann::ordered_json scaling_json(const std::vector<search::ScalePoint>& points);

/// Why a search found nothing.
std::string why_no_plan(const search::SearchResult& result);

/// Chrome trace of the pipeline's schedule: a process per pipeline rank (those of `ranks`; empty: all) with streams for
/// compute (forward, backward and weight gradients of each micro-batch on each virtual stage at that stage's own cost),
/// waits, hidden sends, and the result's gradient exchange and optimizer; a counter of memory: the result's peak with
/// as many micro-batches' activations as are in flight.
std::string step_trace(const step::ScheduleInput& input, const step::StepResult& result,
                       std::span<const std::int32_t> ranks = {});

}  // namespace gigawatt::report
