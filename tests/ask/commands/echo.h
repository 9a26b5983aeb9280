#pragma once
/// A command for tests: it answers with what it was asked.

#include "gigawatt/ask/command.h"

namespace gigawatt::ask {

Command echo();

}  // namespace gigawatt::ask
