#pragma once
/// Checks of a data file that do not depend on what it describes: every number names a source that exists, bands
/// are in order, assumed values carry a reason and a range. A table's `source` covers the numbers inside it.

#include <string>
#include <vector>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/config/node.h"

namespace gigawatt::catalog {

/// Appends what is wrong with the file. `sources` are the keys of sources.toml, ascending.
void check_citations(const config::Node& root, const std::vector<std::string>& sources,
                     base::Diagnostics& diagnostics);

}  // namespace gigawatt::catalog
