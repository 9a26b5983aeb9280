#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "gigawatt/base/hash.h"
#include "gigawatt/base/nearest.h"
#include "gigawatt/catalog/catalog_data.h"
#include "gigawatt/catalog/citations.h"
#include "gigawatt/config/image.h"
#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"

namespace gigawatt::catalog {
namespace {

namespace fs = std::filesystem;

/// An entry read from a file: keeps the places of its keys for later checks.
template <typename T>
struct Loaded {
  T entry;
  config::SpanMap spans;
};

base::Diagnostic at(const config::SpanMap& spans, const std::string& path, std::string code,
                    std::string message, std::string hint) {
  base::Diagnostic d = base::error(std::move(code), std::move(message), std::move(hint));
  if (const auto found = spans.find(path); found != spans.end()) d.span = found->second;
  return d;
}

/// What sources.toml holds.
struct SourceTable {
  std::map<std::string, Source> by_key;
};

void fields(config::FieldVisitor& v, SourceTable& x) { v(x.by_key, {.key = "source", .doc = "By its key."}); }

class Loader {
 public:
  /// Entries that come from the image have no places.
  Loader(fs::path folder, config::Image& image) : folder_(std::move(folder)), image_(image) {}

  base::Diagnostics diagnostics;

  /// Every *.toml of a folder, ascending by file name. A missing folder is an error.
  template <typename T>
  std::vector<Loaded<T>> read_folder(const char* name) {
    std::error_code error;
    std::vector<fs::path> paths;
    for (fs::directory_iterator it(folder_ / name, error), end; !error && it != end; it.increment(error))
      if (it->path().extension() == ".toml") paths.push_back(it->path());
    if (error || paths.empty())
      diagnostics.push_back(
          base::error("unreadable-folder", fmt::format("'{}' holds no data files", (folder_ / name).string()),
                      error ? error.message() : std::string("it is part of the catalogue")));
    std::sort(paths.begin(), paths.end());
    std::vector<Loaded<T>> loaded;
    loaded.reserve(paths.size());
    for (const auto& path : paths)
      if (auto entry = read_file<T>(path)) loaded.push_back(std::move(*entry));
    return loaded;
  }

  template <typename T>
  std::optional<Loaded<T>> read_file(const fs::path& path) {
    Loaded<T> loaded;
    const bool read =
        config::read_file(image_, path, cited_, loaded.entry, diagnostics, [&](const auto& node) {
          config::Reader reader(node, diagnostics);
          reader.read(loaded.entry);
          check_citations(node, sources_, diagnostics);
          loaded.spans = reader.spans();
        });
    return read ? std::optional(std::move(loaded)) : std::nullopt;
  }

  std::vector<Source> read_sources() {
    std::vector<Source> sources;
    std::string keys;
    auto table = source_table();
    for (auto& [key, source] : table.by_key) {
      source.key = key;
      sources.push_back(std::move(source));
      sources_.push_back(key);
      keys += key + '\n';
    }
    cited_ = base::hash_text(keys);
    return sources;
  }

 private:
  SourceTable source_table() {
    SourceTable table;
    config::read_file(image_, folder_ / "sources.toml", "", table, diagnostics, [&](const auto& node) {
      for (const auto& [key, entry] : node.members) {
        if (!entry.is_table()) {
          diagnostics.push_back({"wrong-kind", base::Severity::kError, entry.span,
                                 fmt::format("source '{}' is not a table", key.substr(0, 80)),
                                 "write [key] with title, citation, date, licence"});
          continue;
        }
        config::Reader reader(entry, diagnostics, key);
        reader.read(table.by_key[key]);
      }
    });
    return table;
  }

  fs::path folder_;
  config::Image& image_;
  std::vector<std::string> sources_;
  std::string cited_;  ///< their digest: what the check of a file stands on beside its own text
};

template <typename T>
std::vector<std::string> aliases_of(const T& entry) {
  if constexpr (requires { entry.aliases; })
    return entry.aliases;
  else
    return {};
}

template <typename T>
const std::string& name_of(const T& entry) {
  if constexpr (requires { entry.key; })
    return entry.key;
  else
    return entry.name;
}

/// Sorts by name, indexes names and aliases, reports what is used twice.
template <typename T>
void index_entries(std::vector<Loaded<T>> loaded, std::vector<T>& entries, NameIndex& index,
                   base::Diagnostics& diagnostics) {
  std::sort(loaded.begin(), loaded.end(),
            [](const auto& a, const auto& b) { return name_of(a.entry) < name_of(b.entry); });
  for (std::size_t i = 0; i < loaded.size(); ++i) {
    const auto& [entry, spans] = loaded[i];
    index.names.push_back(name_of(entry));
    if (!index.add(name_of(entry), i))
      diagnostics.push_back(at(spans, "name", "name-twice",
                               fmt::format("{} '{}' exists twice", index.kind, name_of(entry)), ""));
  }
  for (std::size_t i = 0; i < loaded.size(); ++i) {
    const auto aliases = aliases_of(loaded[i].entry);
    for (std::size_t k = 0; k < aliases.size(); ++k)
      if (!index.add(aliases[k], i))
        diagnostics.push_back(
            at(loaded[i].spans, fmt::format("aliases[{}]", k), "name-twice",
               fmt::format("{} '{}' is also called '{}'", index.kind, name_of(loaded[i].entry), aliases[k]),
               "names and aliases of one kind are unique, whatever their case"));
    entries.push_back(std::move(loaded[i].entry));
  }
}

template <typename T>
std::vector<Loaded<T>> without_spans(std::vector<T> entries) {
  std::vector<Loaded<T>> loaded;
  for (auto& entry : entries) loaded.push_back({std::move(entry), {}});
  return loaded;
}

/// A name that must exist in another kind.
void require_name(const NameIndex& index, const std::string& name, const config::SpanMap& spans,
                  const std::string& path, base::Diagnostics& diagnostics) {
  if (index.positions.contains(lower_case(name))) return;
  diagnostics.push_back(at(spans, path, "unknown-name",
                           fmt::format("no {} '{}' in the catalogue", index.kind, name),
                           base::did_you_mean(name, index.names)));
}

template <typename T>
void check_ascending(const std::vector<T>& entries, const config::SpanMap& spans, const std::string& list,
                     base::Diagnostics& diagnostics) {
  for (std::size_t i = 1; i < entries.size(); ++i)
    if (entries[i].date < entries[i - 1].date)
      diagnostics.push_back(at(spans, fmt::format("{}[{}].date", list, i), "date-order",
                               fmt::format("{} follows {}", entries[i].date, entries[i - 1].date),
                               "entries stand in the order of their dates"));
}

void check_model(const Loaded<Model>& loaded, base::Diagnostics& diagnostics) {
  const auto& [m, spans] = loaded;
  const auto wrong = [&](const char* path, std::string message, std::string hint) {
    diagnostics.push_back(at(spans, path, "inconsistent-model", std::move(message), std::move(hint)));
  };
  if (m.heads % std::max<std::int64_t>(m.kv_heads, 1) != 0)
    wrong("kv_heads", fmt::format("{} heads cannot share {} key and value heads", m.heads, m.kv_heads),
          "kv_heads divides heads");
  const auto shapes = static_cast<std::int64_t>(m.shapes.size());
  const auto unknown = [&](std::int64_t shape) { return shape < 0 || shape >= shapes; };
  if ((!m.pattern.empty() && static_cast<std::int64_t>(m.pattern.size()) != m.layers) ||
      std::any_of(m.pattern.begin(), m.pattern.end(), unknown))
    wrong("pattern", fmt::format("{} entries for {} layers of {} shapes", m.pattern.size(), m.layers, shapes),
          "each layer's shape, counted from 0");
  if (m.is_moe() && (m.moe.topk < 1 || m.moe.topk > m.moe.experts || m.moe.expert_ffn < 1))
    wrong("moe", "experts need topk between 1 and their number, and a size", "");
  if (m.attention == AttentionKind::kMla &&
      (m.mla.kv_lora_rank < 1 || m.mla.v_head_dim < 1 || m.mla.qk_nope_dim < 1))
    wrong("attention", "latent attention needs its ranks and head sizes", "add [mla]");
  if (const double bound = parameter_bound(m); bound > kMaxParameters)
    wrong("hidden", fmt::format("these sizes make up to {:.1e} parameters", bound),
          fmt::format("at most {:.0e} are accepted", kMaxParameters));
  if (m.assumed && m.reason.empty()) wrong("assumed", "an assumed architecture needs a reason", "");
}

void check_site(const Loaded<Site>& loaded, base::Diagnostics& diagnostics) {
  const auto& [s, spans] = loaded;
  check_ascending(s.capacity, spans, "capacity", diagnostics);
  check_ascending(s.supply, spans, "supply", diagnostics);
  for (std::size_t i = 0; i < s.capacity.size(); ++i)
    if (s.capacity[i].it_w.value > s.capacity[i].facility_w.value)
      diagnostics.push_back(at(spans, fmt::format("capacity[{}].it_power", i), "it-above-facility",
                               "IT power is above facility power",
                               "facility power is what the meter sees, IT power what the racks draw"));
  constexpr std::size_t kMonths = 12;
  if (s.climate.dry_bulb_c.size() != kMonths || s.climate.dew_point_c.size() != kMonths)
    diagnostics.push_back(
        at(spans, "climate", "wrong-length", "monthly normals need twelve values each", ""));
}

}  // namespace

tl::expected<Catalog, base::Diagnostics> Catalog::load(const fs::path& data_dir) {
  auto& image = config::Image::of_process();
  auto loaded = load(data_dir, image);
  if (loaded || image.size() == 0) return loaded;
  config::Image none;  // what is wrong between entries is said by reading their text
  return load(data_dir, none);
}

tl::expected<Catalog, base::Diagnostics> Catalog::load(const fs::path& data_dir, config::Image& image) {
  Loader loader(data_dir, image);
  auto data = std::make_shared<Data>();
  auto& diagnostics = loader.diagnostics;

  index_entries(without_spans(loader.read_sources()), data->sources, data->source_names, diagnostics);
  auto systems = loader.read_folder<System>("systems");
  auto models = loader.read_folder<Model>("models");
  auto sites = loader.read_folder<Site>("sites");
  auto failures = loader.read_folder<FailureTable>("failures");
  auto carbon = loader.read_folder<CarbonTable>("carbon");
  auto grids = loader.read_folder<GridTable>("grids");
  auto facts = loader.read_folder<ReferenceTable>("facts");
  auto facility = loader.read_folder<FacilityDefaults>("facility");
  index_entries(loader.read_folder<Accelerator>("chips"), data->accelerators, data->accelerator_names,
                diagnostics);
  index_entries(loader.read_folder<Network>("networks"), data->networks, data->network_names, diagnostics);
  index_entries(loader.read_folder<PriceTable>("prices"), data->prices, data->price_names, diagnostics);

  std::vector<CarbonRegion> regions;
  std::vector<Generator> generators;
  std::vector<GridRegion> grid_regions;
  std::vector<ReferenceFact> reference_facts;
  for (auto& [table, spans] : carbon) {
    regions.insert(regions.end(), table.regions.begin(), table.regions.end());
    generators.insert(generators.end(), table.generators.begin(), table.generators.end());
    data->carbon.push_back(std::move(table));
  }
  for (auto& [table, spans] : grids)
    grid_regions.insert(grid_regions.end(), table.grids.begin(), table.grids.end());
  for (auto& [table, spans] : facts)
    reference_facts.insert(reference_facts.end(), table.facts.begin(), table.facts.end());
  index_entries(without_spans(std::move(regions)), data->carbon_regions, data->carbon_names, diagnostics);
  index_entries(without_spans(std::move(generators)), data->generators, data->generator_names, diagnostics);
  index_entries(without_spans(std::move(grid_regions)), data->grids, data->grid_names, diagnostics);
  index_entries(without_spans(std::move(reference_facts)), data->facts, data->fact_names, diagnostics);
  if (!facility.empty()) data->facility = std::move(facility.front().entry);
  for (std::size_t i = 0; i < data->facility.cooling.size(); ++i) {
    data->cooling_names.names.push_back(data->facility.cooling[i].name);
    if (!data->cooling_names.add(data->facility.cooling[i].name, i))
      diagnostics.push_back(base::error(
          "name-twice", fmt::format("cooling kind '{}' exists twice", data->facility.cooling[i].name)));
  }

  for (const auto& [system, spans] : systems)
    require_name(data->accelerator_names, system.accelerator, spans, "accelerator", diagnostics);
  for (const auto& model : models) check_model(model, diagnostics);
  for (const auto& site : sites) {
    require_name(data->grid_names, site.entry.grid, site.spans, "grid", diagnostics);
    require_name(data->cooling_names, site.entry.cooling, site.spans, "cooling", diagnostics);
    check_site(site, diagnostics);
  }
  for (const auto& [table, spans] : failures)
    if (!table.accelerator.empty())
      require_name(data->accelerator_names, table.accelerator, spans, "accelerator", diagnostics);
  for (const auto& grid : data->grids)
    require_name(data->carbon_names, grid.carbon_region, {}, "", diagnostics);
  const auto cost = data->price_names.positions.find("construction");
  if (cost != data->price_names.positions.end())
    data->cost_table = cost->second;
  else
    diagnostics.push_back(base::error("missing-table", "the price table 'construction' is missing"));

  index_entries(std::move(systems), data->systems, data->system_names, diagnostics);
  index_entries(std::move(models), data->models, data->model_names, diagnostics);
  index_entries(std::move(sites), data->sites, data->site_names, diagnostics);
  index_entries(std::move(failures), data->failures, data->failure_names, diagnostics);

  if (base::has_errors(diagnostics)) return tl::unexpected(std::move(diagnostics));
  return Catalog(std::move(data));
}

}  // namespace gigawatt::catalog
