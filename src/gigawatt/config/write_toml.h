#pragma once
/// Node -> TOML text that reads back to the same tree: scalars first, then tables and lists of tables under their headings;
/// a table of plain values within a list stays on one line, as people write build steps.

#include <string>

#include "gigawatt/config/node.h"

namespace gigawatt::config {

std::string write_toml(const Node& root);

}  // namespace gigawatt::config
