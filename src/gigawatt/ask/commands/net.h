#pragma once
/// Flows or a collective on a fabric (engine/net.h).

#include "gigawatt/ask/command.h"

namespace gigawatt::ask {

Command net();

}  // namespace gigawatt::ask
