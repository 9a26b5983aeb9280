#pragma once
/// The claims of a scenario alone (engine/claim_report.h).

#include "gigawatt/ask/command.h"

namespace gigawatt::ask {

Command claims();

}  // namespace gigawatt::ask
