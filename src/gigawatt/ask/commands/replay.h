#pragma once
/// A job log on a cluster under a scheduling policy (engine/replay.h).

#include "gigawatt/ask/command.h"

namespace gigawatt::ask {

Command replay();

}  // namespace gigawatt::ask
