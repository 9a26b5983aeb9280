#pragma once
/// The laws of failures behind a fault log (engine/fit_failures.h).

#include "gigawatt/ask/command.h"

namespace gigawatt::ask {

Command fit();

}  // namespace gigawatt::ask
