#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/base/nearest.h"
#include "gigawatt/cli/commands.h"
#include "gigawatt/config/leaves.h"
#include "gigawatt/report/text.h"
#include "gigawatt/scenario/load.h"

namespace gigawatt::cli {
namespace {

using Json = nlohmann::ordered_json;
using report::Table;

/// Calls `visit(kind, entries)` for each kind that has names.
template <typename Visit>
void each_kind(const catalog::Catalog& c, Visit visit) {
  visit("accelerator", c.accelerators());
  visit("system", c.systems());
  visit("model", c.models());
  visit("site", c.sites());
  visit("network", c.networks());
  visit("failure table", c.failure_tables());
  visit("price table", c.price_tables());
  visit("grid", c.grids());
  visit("fact", c.facts());
}

void list(const catalog::Catalog& c, const Common& common, Console& console) {
  Json document = Json::array();
  Table table({{"kind", Table::Align::kLeft}, {"name", Table::Align::kLeft, 34}, {"title", Table::Align::kLeft, 46}});
  each_kind(c, [&](const char* kind, const auto& entries) {
    for (const auto& e : entries) {
      document.push_back({{"kind", kind}, {"name", e.name}, {"title", e.title}});
      table.row({kind, e.name, e.title});
    }
  });
  console.print(common.json ? document.dump(2) + "\n" : table.render(console.colour()));
}

/// One leaf of an entry, with the title of the source that the leaves beside it name.
Json leaf_json(const config::Leaf& leaf) {
  Json entry = {{"path", leaf.path}, {"value", leaf.value}};
  if (!leaf.unit.empty()) entry["unit"] = leaf.unit;
  return entry;
}

template <typename T>
void show(const char* kind, const T& entry, const catalog::Catalog& c, const Common& common, Console& console) {
  Json leaves = Json::array(), sources = Json::object();
  Table table({{"key", Table::Align::kLeft, 44}, {"value", Table::Align::kLeft, 52}});
  for (const auto& leaf : config::leaves(entry)) {
    leaves.push_back(leaf_json(leaf));
    table.row({leaf.path, leaf.unit.empty() ? leaf.value : leaf.value + " " + leaf.unit});
    if (!leaf.path.ends_with("source")) continue;
    if (const auto source = c.source(leaf.value))
      sources[leaf.value] = {{"title", (*source)->title}, {"citation", (*source)->citation}};
  }
  if (common.json) {
    console.print(Json{{"kind", kind}, {"name", entry.name}, {"leaves", leaves}, {"sources", sources}}.dump(2) + "\n");
    return;
  }
  std::string out = fmt::format("{} {}\n\n{}\nsources\n", kind, entry.name, table.render(console.colour()));
  for (const auto& [key, source] : sources.items())
    out += fmt::format("  {}: {}\n    {}\n", key, source["title"].template get<std::string>(), source["citation"].template get<std::string>());
  console.print(out);
}

}  // namespace

int catalog_command(const CatalogArguments& a, const Common& common, Console& console) {
  const auto known = knowledge();
  const auto& c = known.catalog;
  if (a.action == "list") {
    list(c, common, console);
    return kDone;
  }
  if (const auto found = c.model(a.name)) return show("model", **found, c, common, console), kDone;
  if (const auto found = c.system(a.name)) return show("system", **found, c, common, console), kDone;
  if (const auto found = c.accelerator(a.name)) return show("accelerator", **found, c, common, console), kDone;
  if (const auto found = c.site(a.name)) return show("site", **found, c, common, console), kDone;
  if (const auto found = c.network(a.name)) return show("network", **found, c, common, console), kDone;
  if (const auto found = c.failures(a.name)) return show("failure table", **found, c, common, console), kDone;
  if (const auto found = c.prices(a.name)) return show("price table", **found, c, common, console), kDone;
  if (const auto found = c.grid(a.name)) return show("grid", **found, c, common, console), kDone;
  if (const auto found = c.fact(a.name)) return show("fact", **found, c, common, console), kDone;
  std::vector<std::string> names;
  each_kind(c, [&](const char*, const auto& entries) {
    for (const auto& e : entries) names.push_back(e.name);
  });
  throw InputError({base::error("unknown-name", fmt::format("the catalogue has no '{}'", a.name), base::did_you_mean(a.name, names))});
}

int schema_command(const std::string& what, const Common&, Console& console) {
  if (what == "scenario") return console.print(scenario::scenario_schema()), kDone;
  throw InputError(fmt::format("there is no schema of '{}': scenario", what));
}

}  // namespace gigawatt::cli
