#pragma once
/// Text -> ResolvedScenario. Everything wrong with a file is reported at once; nothing here throws for a user's mistake.

#include <filesystem>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/config/node.h"
#include "gigawatt/scenario/scenario.h"

namespace gigawatt::catalog {
class Catalog;
}

namespace gigawatt::scenario {

/// Reads, overrides ("site.prometheus.pue=1.2", config/override.h), resolves and checks a scenario file. `software`
/// are the names that a job's `software` may have (profiles lie above this module); without any they are not checked.
tl::expected<ResolvedScenario, base::Diagnostics> load(const std::filesystem::path& path,
                                                       const catalog::Catalog& catalog,
                                                       const std::vector<std::string>& overrides = {},
                                                       const std::vector<std::string>& software = {});

/// The same from text; `name` stands in messages; `folder`: where the files lie that it names, whose contents are part of
/// the hash; null: nobody opens them.
tl::expected<ResolvedScenario, base::Diagnostics> load_text(std::string text, std::string name,
                                                            const catalog::Catalog& catalog,
                                                            const std::vector<std::string>& overrides = {},
                                                            const std::vector<std::string>& software = {},
                                                            const std::filesystem::path* folder = nullptr);

/// The same from a parsed file; `name` is the file's.
tl::expected<ResolvedScenario, base::Diagnostics> load_node(config::Node root, std::string name,
                                                            const catalog::Catalog& catalog,
                                                            const std::vector<std::string>& overrides = {},
                                                            const std::vector<std::string>& software = {});

/// The JSON Schema of a scenario file (schema/scenario.schema.json) and the reference of its keys
/// (docs/reference/scenario.md).
std::string scenario_schema();
std::string scenario_reference();

}  // namespace gigawatt::scenario
