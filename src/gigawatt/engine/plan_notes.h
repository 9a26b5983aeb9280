#pragma once
/// What a reader of a plan would otherwise take for granted: years that nothing limits, and why a plan builds nothing.

#include <string>
#include <vector>

#include "gigawatt/engine/plan_question.h"

namespace gigawatt::engine {

/// One sentence each, for a plan that was found.
std::vector<std::string> plan_notes(const PlanAnswer& plan);

}  // namespace gigawatt::engine
