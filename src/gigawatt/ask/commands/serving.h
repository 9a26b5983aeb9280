#pragma once
/// An inference pool: what it delivers, and the best one (engine/serving_question.h).

#include "gigawatt/ask/command.h"
#include "gigawatt/engine/serving_question.h"

namespace gigawatt::ask {

Command serving();

}  // namespace gigawatt::ask
