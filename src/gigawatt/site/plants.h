#pragma once
/// The cooling plants of data/cooling, one a file.

#include <filesystem>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/site/cooling.h"

namespace gigawatt::site {

/// Ascending by name; all problems at once.
tl::expected<std::vector<CoolingPlant>, base::Diagnostics> load_plants(const std::filesystem::path& folder);

/// A plant of one's own, from a file or text.
tl::expected<CoolingPlant, base::Diagnostics> read_plant(const std::string& text, const std::string& name);

}  // namespace gigawatt::site
