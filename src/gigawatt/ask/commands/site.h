#pragma once
/// `gigawatt site`: one site's year by the hour (engine/site_question.h).

#include "gigawatt/ask/command.h"

namespace gigawatt::ask {

Command site();

}  // namespace gigawatt::ask
