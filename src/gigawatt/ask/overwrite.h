#pragma once
/// Outputs never overwrite inputs: what is written is compared with what is read before anything is opened.

#include <filesystem>
#include <string>
#include <vector>

#include "gigawatt/base/diagnostic.h"

namespace gigawatt::ask {

/// A path that a question names for something to be written.
struct NamedPath {
  std::string option;  ///< as the face spells it: "--report"
  std::string path;    ///< empty: not given
  enum class Kind { kFile, kStore, kFolder } kind = Kind::kFile;
};

/// An error for each output that is one of the inputs (by any spelling or link), lies in the data folder, is the same
/// file as another output, or is a file that would replace a store of runs. A store is appended to and may exist.
base::Diagnostics overwritten(const std::vector<std::string>& inputs, const std::vector<NamedPath>& outputs,
                              const std::filesystem::path& data_folder);

}  // namespace gigawatt::ask
