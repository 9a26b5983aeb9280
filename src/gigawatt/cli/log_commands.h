#pragma once
/// Commands about logs of real clusters: import, replay, fit. Private to this module.

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

struct ReplayArguments {
  std::string trace, format, policy = "easy", topology, power_cap, gpu_power, idle_power, signal, defer,
                             checkpoint_interval, timeline, out;
  std::int64_t gpus = 0;
  int times = 1;
  bool exact_estimates = false;
};

struct FitArguments {
  std::string what, file, out, observed, merge_within, name = "fitted";
  std::int64_t nodes = 0, gpus_per_node = 8;
  bool count_all = false;
};

/// Formats of job logs that `import` takes.
std::vector<std::string> log_formats();
/// What `import` takes besides its format and file, for logs.
void import_log_options(CLI::App& sub, ImportLogArguments& arguments);
void replay_options(CLI::App& sub, ReplayArguments& arguments);
void fit_options(CLI::App& sub, FitArguments& arguments);

int import_log_command(const ImportLogArguments& arguments, const Common& common, Console& console);
int replay_command(const ReplayArguments& arguments, const Common& common, Console& console);

int fit_command(const FitArguments& arguments, const Common& common, Console& console);

/// "12 h" -> seconds; throws InputError naming the option where the text is no such quantity, or negative.
double quantity_option(const std::string& option, const std::string& text, const std::string& unit);

}  // namespace gigawatt::cli
