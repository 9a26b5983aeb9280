#include "gigawatt/scenario/load.h"

#include <algorithm>
#include <map>
#include <set>

#include <xxhash.h>

#include "gigawatt/config/leaves.h"
#include "gigawatt/config/override.h"
#include "gigawatt/config/read.h"
#include "gigawatt/config/schema.h"
#include "gigawatt/config/toml.h"
#include "gigawatt/scenario/fields.h"
#include "gigawatt/scenario/resolver.h"

namespace gigawatt::scenario {
namespace {

std::string parent(const std::string& path) {
  const auto cut = path.find_last_of(".[");
  return cut == std::string::npos ? "" : path.substr(0, cut);
}

/// Leaves of the resolved scenario, each with where its value came from and whose table names a source.
std::vector<InputLeaf> inputs(const Scenario& scenario, const config::SpanMap& spans,
                              const std::map<std::string, CatalogueLeaf>& filled) {
  const auto leaves = config::leaves(scenario);
  std::map<std::string, std::string> source;
  std::set<std::string> assumed;
  for (const auto& leaf : leaves) {
    const auto dot = leaf.path.rfind('.');
    const std::string key = dot == std::string::npos ? leaf.path : leaf.path.substr(dot + 1);
    if (key == "source") source[parent(leaf.path)] = leaf.value;
    if (key == "assumed" && leaf.value == "true") assumed.insert(parent(leaf.path));
  }
  const auto source_of = [&](std::string path) {
    for (; !path.empty(); path = parent(path))
      if (const auto found = source.find(path); found != source.end()) return found->second;
    return std::string{};
  };
  const auto is_assumed = [&](std::string path) {
    for (; !path.empty(); path = parent(path))
      if (assumed.contains(path)) return true;
    return false;
  };
  std::vector<InputLeaf> out;
  for (const auto& leaf : leaves) {
    InputLeaf input{leaf.path,
                    leaf.value,
                    leaf.unit,
                    leaf.numeric,
                    leaf.si,
                    Origin::kDefault,
                    source_of(leaf.path),
                    is_assumed(leaf.path)};
    const auto span = spans.find(leaf.path);
    if (span != spans.end()) {
      input.origin = span->second.source && span->second.source->name == config::kOverrideSource
                         ? Origin::kOverride
                         : Origin::kFile;
    } else {
      for (std::string at = leaf.path; !at.empty(); at = parent(at))
        if (const auto found = filled.find(at); found != filled.end()) {
          input.origin = Origin::kCatalogue;
          input.assumed = found->second.assumed;
          if (!found->second.source.empty()) input.source = found->second.source;
          break;
        }
    }
    out.push_back(std::move(input));
  }
  return out;
}

/// Marks what resolution computed from other leaves: absent in the file's own leaves, yet no catalogue's.
void mark_derived(std::vector<InputLeaf>& leaves, const std::vector<config::Leaf>& as_read) {
  std::map<std::string, std::string> before;
  for (const auto& leaf : as_read) before[leaf.path] = leaf.value;
  for (auto& leaf : leaves) {
    const auto found = before.find(leaf.path);
    if (leaf.origin == Origin::kDefault && (found == before.end() || found->second != leaf.value))
      leaf.origin = Origin::kDerived;
  }
}

tl::expected<ResolvedScenario, base::Diagnostics> resolve(config::Node root, std::string name,
                                                          const catalog::Catalog& catalog,
                                                          const std::vector<std::string>& overrides,
                                                          const std::vector<std::string>& software,
                                                          const std::filesystem::path* folder = nullptr) {
  base::Diagnostics diagnostics;
  for (const auto& assignment : overrides) config::apply_override(root, assignment, diagnostics);
  ResolvedScenario out;
  config::Reader reader(root, diagnostics);
  reader.read(static_cast<Scenario&>(out));
  for (Site& site : out.sites) {
    if (folder == nullptr) break;
    if (site.weather) site.weather->digest = digest_of({site.weather->file}, *folder);
    if (site.prices)
      site.prices->digest = digest_of({site.prices->file, site.prices->carbon, site.prices->supply}, *folder);
  }
  const auto as_read = config::leaves(static_cast<const Scenario&>(out));
  out.canonical = config::canonical(static_cast<const Scenario&>(out));
  out.hash = XXH64(out.canonical.data(), out.canonical.size(), 0);
  out.file = std::move(name);
  Problems problems(diagnostics, reader.spans());
  Resolver resolver(out, catalog, problems, software);
  resolver.run();
  if (base::has_errors(diagnostics)) {
    std::stable_sort(diagnostics.begin(), diagnostics.end(), [](const auto& a, const auto& b) {
      return std::pair(a.span.line, a.span.column) < std::pair(b.span.line, b.span.column);
    });
    return tl::unexpected(std::move(diagnostics));
  }
  out.inputs = inputs(out, reader.spans(), resolver.filled());
  mark_derived(out.inputs, as_read);
  return out;
}

}  // namespace

tl::expected<ResolvedScenario, base::Diagnostics> load_node(config::Node root, std::string name,
                                                            const catalog::Catalog& catalog,
                                                            const std::vector<std::string>& overrides,
                                                            const std::vector<std::string>& software) {
  return resolve(std::move(root), std::move(name), catalog, overrides, software);
}

tl::expected<ResolvedScenario, base::Diagnostics> load(const std::filesystem::path& path,
                                                       const catalog::Catalog& catalog,
                                                       const std::vector<std::string>& overrides,
                                                       const std::vector<std::string>& software) {
  auto root = config::read_toml(path);
  if (!root) return tl::unexpected(root.error());
  const auto folder = path.parent_path();
  return resolve(std::move(*root), path.string(), catalog, overrides, software, &folder);
}

tl::expected<ResolvedScenario, base::Diagnostics> load_text(std::string text, std::string name,
                                                            const catalog::Catalog& catalog,
                                                            const std::vector<std::string>& overrides,
                                                            const std::vector<std::string>& software,
                                                            const std::filesystem::path* folder) {
  auto root = config::parse_toml(std::make_shared<base::SourceText>(base::SourceText{name, std::move(text)}));
  if (!root) return tl::unexpected(root.error());
  return resolve(std::move(*root), std::move(name), catalog, overrides, software, folder);
}

std::string scenario_schema() {
  return config::json_schema<Scenario>("scenario.schema.json", "Gigawatt scenario");
}

std::string scenario_reference() {
  return config::reference_page<Scenario>(
      "Scenario reference",
      "Every key of a scenario file. This page is written from the tables that also read the\n"
      "file; the guide explains them by example. A value \"in MW\" is text with any unit of that kind: "
      "`\"150 MW\"`, `\"0.15 GW\"`.\n"
      "A date is `2026`, `2026-07`, `2026-Q3`, `2026-07-15` or `\"2026-07-15T06:00:00Z\"`: its first "
      "instant.");
}

}  // namespace gigawatt::scenario
