#pragma once
/// Many runs of one scenario with other inputs and seeds (sweep/merge.h).

#include "gigawatt/ask/command.h"

namespace gigawatt::ask {

Command sweep();

}  // namespace gigawatt::ask
