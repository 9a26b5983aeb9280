#pragma once
/// The runs of a store: what they are called, what is noted of them.

#include "gigawatt/ask/command.h"

namespace gigawatt::ask {

Command store();

}  // namespace gigawatt::ask
