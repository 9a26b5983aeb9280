#pragma once
/// The answer of `gigawatt serving` in JSON and in words. Private to this module.

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "gigawatt/engine/serving_question.h"
#include "gigawatt/engine/serving_subject.h"
#include "gigawatt/engine/serving_trace.h"

namespace gigawatt::engine {

nlohmann::ordered_json pool_plan_json(const serving::PoolPlan& plan);
nlohmann::ordered_json percentiles_json(const serving::Percentiles& seconds);  ///< in ms
nlohmann::ordered_json or_null(double x);                                      ///< null unless above 0
nlohmann::ordered_json result_json(const serving::PoolResult& result);

std::string result_text(const serving::PoolResult& result);

/// What the answer assumes of the load and of the numbers' widths, and accelerators that the plan does not use.
std::string assumed_text(const ServingQuery& query, const ServingSubject& subject,
                         const serving::PoolResult& result, const RequestTrace& trace);

/// One line a plan, each plan with its best load.
std::string ranking_text(const std::vector<serving::PoolResult>& best);

}  // namespace gigawatt::engine
