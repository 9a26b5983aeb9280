#pragma once
/// A question without a file (engine/plain_question.h).

#include "gigawatt/ask/command.h"
#include "gigawatt/engine/plain_question.h"

namespace gigawatt::ask {

Command ask();

}  // namespace gigawatt::ask
