#pragma once
/// The best parallel plans for a model on a system (engine/search_query.h).

#include "gigawatt/ask/command.h"
#include "gigawatt/engine/search_query.h"

namespace gigawatt::ask {

Command search();

}  // namespace gigawatt::ask
