#pragma once
/// Another program, run to its end. Private to this module.

#include <filesystem>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace gigawatt::sweep {

/// Exit status of a command that could not be started, as shells give it.
inline constexpr int kNotStarted = 127;

struct Process {
  std::vector<std::string> command;                              ///< the program is looked for in $PATH
  std::vector<std::pair<std::string, std::string>> environment;  ///< on top of this one's
  std::filesystem::path output;  ///< of its standard output; empty: this one's standard error
};

/// Its exit code, 128 and the signal that ended it, or 127: it could not be started. A stop ends it with SIGTERM.
int run_process(const Process& process, const std::stop_token& stop);

}  // namespace gigawatt::sweep
