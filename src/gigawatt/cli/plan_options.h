#pragma once
/// Options of gigawatt step and gigawatt search. Private to this module.

#include "gigawatt/cli/arguments.h"

namespace CLI {
class App;
}

namespace gigawatt::cli {

void step_options(CLI::App& sub, StepArguments& a);
void search_options(CLI::App& sub, SearchArguments& a);

}  // namespace gigawatt::cli
