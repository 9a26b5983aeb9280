#include "gigawatt/engine/shown_counts.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/units/parse.h"
#include "gigawatt/workload/parameters.h"

namespace gigawatt::engine {

void add_counts(nlohmann::ordered_json& shown, const catalog::Catalog& catalog) {
  for (auto& match : shown["matches"]) {
    if (match["kind"] != "model") continue;
    const auto model = catalog.model(match["name"].get<std::string>());
    if (!model) continue;
    const auto count = workload::count_parameters(**model);
    match["counted"] = {{"total", count.total}, {"active", count.active}};
  }
}

std::string counts_text(const catalog::Catalog& catalog, const std::string& name) {
  const auto model = catalog.model(name);
  if (!model) return {};
  const auto count = workload::count_parameters(**model);
  return fmt::format("\n{} has {} parameters by its sizes, of which a token uses {}\n", (*model)->name,
                     units::format_number(static_cast<double>(count.total), 15),
                     units::format_number(static_cast<double>(count.active), 15));
}

}  // namespace gigawatt::engine
