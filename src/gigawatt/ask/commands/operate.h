#pragma once
/// A reliability plan for one training (engine/operate.h).

#include "gigawatt/ask/command.h"
#include "gigawatt/engine/operate.h"

namespace gigawatt::ask {

Command operate();

}  // namespace gigawatt::ask
