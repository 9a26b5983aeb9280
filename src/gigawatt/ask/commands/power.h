#pragma once
/// The load of a site as its grid sees it (engine/power_study.h).

#include "gigawatt/ask/command.h"

namespace gigawatt::ask {

Command power();

}  // namespace gigawatt::ask
