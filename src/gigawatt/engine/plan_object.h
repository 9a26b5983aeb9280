#pragma once
/// A plan as an object: what answers list (`plan`) is what a question takes, to the last part of it. Text is for people.

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>
#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/step/plan.h"

namespace gigawatt::engine {

/// Every part of a plan under its key, and the plan in words under `text`.
nlohmann::ordered_json plan_json(const step::ParallelPlan& plan);

/// The inverse of plan_json; `text` is passed over. Parts that are left out have a plan's defaults; unknown keys, words
/// and sizes are named.
tl::expected<step::ParallelPlan, base::Diagnostics> plan_from_json(std::string_view json);

}  // namespace gigawatt::engine
