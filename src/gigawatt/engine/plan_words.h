#pragma once
/// Constraints of a program in the words of the scenario.

#include "gigawatt/engine/plan_question.h"

namespace gigawatt::engine {

PlanConstraint constraint_words(const PlanAnswer& plan, const planner::Constraint& constraint,
                                int period = -1);

/// SI value of one unit of a constraint's limit: USD, accelerators, W, or 1 of a named limit.
double constraint_unit(const PlanAnswer& plan, planner::GroupKind kind, int subject);

}  // namespace gigawatt::engine
