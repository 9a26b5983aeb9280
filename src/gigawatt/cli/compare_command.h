#pragma once
/// gigawatt compare. Private to this module.

#include <string>

#include "gigawatt/cli/arguments.h"
#include "gigawatt/cli/console.h"

namespace CLI {
class App;
}

namespace gigawatt::cli {

struct CompareArguments {
  std::string a, b;
  std::int64_t run_a = 0, run_b = 0;
  double tolerance = 0;
  std::size_t rows = 15;
};

void compare_options(CLI::App& sub, CompareArguments& arguments);
int compare_command(const CompareArguments& arguments, const Common& common, Console& console);

}  // namespace gigawatt::cli
