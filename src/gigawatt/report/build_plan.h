#pragma once
/// A plan as JSON and as the lines of a terminal.

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "gigawatt/engine/plan_question.h"

namespace gigawatt::report {

nlohmann::ordered_json build_plan_json(const engine::PlanAnswer& answer);
std::string build_plan_text(const engine::PlanAnswer& answer, bool color);

/// Why there is no plan, in a sentence or two.
std::string build_plan_refusal(const engine::PlanAnswer& answer);

}  // namespace gigawatt::report
