#pragma once
/// The best build-out under budgets, lead times and supply (engine/plan_question.h).

#include "gigawatt/ask/command.h"

namespace gigawatt::ask {

Command plan();

}  // namespace gigawatt::ask
