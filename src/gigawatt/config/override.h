#pragma once
/// Changes to a parsed file from outside ("--set site.prometheus.pue=1.2"), made before it is read, so that they
/// are checked like the file's own text and their mistakes point at the override.
///
/// A path is keys joined by dots. An entry of a list is chosen by index, `site[0].pue`, or by its `name`, `id` or
/// `year`: `site.prometheus.pue`. The value is a TOML value; anything else is taken as text.

#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/config/node.h"

namespace gigawatt::config {

/// Name of the source text of every override, to tell them from a file.
inline constexpr std::string_view kOverrideSource = "<override>";

void apply_override(Node& root, std::string_view assignment, base::Diagnostics& diagnostics);

}  // namespace gigawatt::config
