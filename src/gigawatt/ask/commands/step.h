#pragma once
/// One training step, explained (engine/step_query.h).

#include "gigawatt/ask/command.h"
#include "gigawatt/engine/step_query.h"

namespace gigawatt::ask {

Command step();

}  // namespace gigawatt::ask
