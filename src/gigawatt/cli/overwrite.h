#pragma once
/// Outputs never overwrite inputs: what is written is compared with what is read before anything is opened.

#include <string>
#include <string_view>
#include <vector>

namespace gigawatt::cli {

/// A path that an option names.
struct NamedPath {
  std::string option;  ///< "--report"
  std::string path;    ///< empty: not given
  enum class Kind { kFile, kStore, kFolder } kind = Kind::kFile;
};

/// Throws InputError where an output is one of the inputs (by any spelling or link), lies in the data folder, is the
/// same file as another output, or is a file that would replace a store of runs. A store is appended to and may exist.
void refuse_overwriting(const std::vector<std::string>& inputs, const std::vector<NamedPath>& outputs);

}  // namespace gigawatt::cli
