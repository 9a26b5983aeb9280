#pragma once
/// Measured runs, kernels, serving rows and published facts beside what the models say of them.

#include "gigawatt/ask/command.h"

namespace gigawatt::ask {

Command validate();

}  // namespace gigawatt::ask
