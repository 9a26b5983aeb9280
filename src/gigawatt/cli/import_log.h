#pragma once
/// `gigawatt import` of job logs. Private to this module.

#include <string>
#include <vector>

#include "gigawatt/cli/arguments.h"
#include "gigawatt/cli/console.h"

namespace CLI {
class App;
}

namespace gigawatt::cli {

struct ImportLogArguments {
  std::string format, file, out, nodes;
  std::int64_t gpus = 0;
};

/// Formats of job logs that `import` takes.
std::vector<std::string> log_formats();
/// What `import` takes besides its format and file, for logs.
void import_log_options(CLI::App& sub, ImportLogArguments& arguments);

int import_log_command(const ImportLogArguments& arguments, const Common& common, Console& console);
}  // namespace gigawatt::cli
