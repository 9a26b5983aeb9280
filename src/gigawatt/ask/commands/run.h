#pragma once
/// A scenario from its start to its end (engine/run.h), or on from a snapshot of it (engine/snapshot.h).

#include "gigawatt/ask/command.h"

namespace gigawatt::ask {

Command run();

}  // namespace gigawatt::ask
