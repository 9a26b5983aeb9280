#pragma once
/// The words of a pasted launch script, as a shell would hand them to the program. Private to this module.
///
/// Read are quotes, backslashes (also at the end of a line), comments (from a '#' that begins a word to the end of the
/// line), assignments (NAME=value, export NAME=value, NAME=( ... ), NAME+=( ... )) and what stands for them later ($NAME,
/// ${NAME}, ${NAME[@]}, ${NAME:-value}), and whole-number arithmetic $(( ... )). Of conditions and `case` the branch
/// counts that a shell would take which has no variables but the text's, and of loops the first round. Texts that are
/// handed on to another shell (`srun ... bash -c "$cmd"`) are read too; texts to be printed are not. A variable that the
/// text does not set stays as it is, and is named.

#include <map>
#include <span>
#include <string>
#include <vector>

namespace gigawatt::interop {

struct ShellWords {
  std::vector<std::string> words;  ///< of all lines that carry options
  std::vector<std::string>
      settings;  ///< key=value and key: value among the words of a command that runs Python
  std::vector<std::size_t> starts;  ///< where the words of each command begin
  std::map<std::string, std::string, std::less<>>
      scheduler;                                    ///< what lines of #SBATCH ask for, "nodes" -> "16"
  std::vector<std::vector<std::string>> launchers;  ///< words of commands of launchers (srun, mpirun, ...)
  std::vector<std::string> unset;  ///< variables that the text uses and does not set, in order
  std::map<std::string, std::string, std::less<>> variables;
};

ShellWords shell_words(std::span<const std::string> texts);

}  // namespace gigawatt::interop
