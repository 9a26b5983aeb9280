#pragma once
/// Parameters that follow from a model's sizes, beside what the catalogue says of it.

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "gigawatt/catalog/catalog.h"

namespace gigawatt::engine {

/// Adds `counted: {total, active}` to each model among the matches of catalog::show_json.
void add_counts(nlohmann::ordered_json& shown, const catalog::Catalog& catalog);

/// The same as a line for each model that goes by the name; empty where none does.
std::string counts_text(const catalog::Catalog& catalog, const std::string& name);

}  // namespace gigawatt::engine
