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
  std::vector<Loaded<T>> read_folder(std::string_view name) {
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
void index_entries(std::vector<Loaded<T>>& loaded, NameIndex& index, base::Diagnostics& diagnostics) {
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
  }
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

/// What the entries of a kind are held against, themselves and other kinds: an overload each; most need none.
struct Checks {
  /// A name that must exist in another kind.
  template <typename T>
  void require_name(const std::string& name, const config::SpanMap& spans, const std::string& path) {
    const NameIndex& index = std::get<Entries<T>>(known).index;
    if (index.positions.contains(lower_case(name))) return;
    diagnostics.push_back(at(spans, path, "unknown-name",
                             fmt::format("no {} '{}' in the catalogue", index.kind, name),
                             base::did_you_mean(name, index.names)));
  }

  template <typename T>
  void check(const Loaded<T>&) {}
  void check(const Loaded<System>& loaded);
  void check(const Loaded<Model>& loaded);
  void check(const Loaded<Site>& loaded);
  void check(const Loaded<FailureTable>& loaded);
  void check(const Loaded<GridRegion>& loaded);
  void check(const Loaded<FacilityDefaults>& loaded);

  const OfKinds<Entries>& known;
  base::Diagnostics& diagnostics;
};

void Checks::check(const Loaded<System>& loaded) {
  require_name<Accelerator>(loaded.entry.accelerator, loaded.spans, "accelerator");
}

void Checks::check(const Loaded<FailureTable>& loaded) {
  if (!loaded.entry.accelerator.empty())
    require_name<Accelerator>(loaded.entry.accelerator, loaded.spans, "accelerator");
}

void Checks::check(const Loaded<GridRegion>& loaded) {
  require_name<CarbonRegion>(loaded.entry.carbon_region, loaded.spans, "carbon_region");
}

void Checks::check(const Loaded<FacilityDefaults>& loaded) {
  constexpr std::size_t kHours = 24;
  if (loaded.entry.typical_day.below_maximum.size() != kHours)
    diagnostics.push_back(
        at(loaded.spans, "typical_day.below_maximum", "wrong-length", "a typical day needs 24 values", ""));
}

void Checks::check(const Loaded<Model>& loaded) {
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

void Checks::check(const Loaded<Site>& loaded) {
  const auto& [s, spans] = loaded;
  require_name<GridRegion>(s.grid, spans, "grid");
  require_name<CoolingKind>(s.cooling, spans, "cooling");
  check_ascending(s.capacity, spans, "capacity", diagnostics);
  check_ascending(s.supply, spans, "supply", diagnostics);
  for (std::size_t i = 0; i < s.supply.size(); ++i)
    if (!s.supply[i].of.empty())
      require_name<Generator>(s.supply[i].of, spans, fmt::format("supply[{}].of", i));
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

template <typename T>
using AllLoaded = std::vector<Loaded<T>>;

template <typename Whole, typename T>
Whole whole_of(std::vector<T> Whole::*);

/// The entries of a kind: from its folder, or out of the entries of the kind that it is part of.
template <typename T>
void read_kind(Loader& loader, OfKinds<AllLoaded>& read) {
  auto& entries = std::get<AllLoaded<T>>(read);
  if constexpr (!kKind<T>.folder.empty()) {
    entries = loader.read_folder<T>(kKind<T>.folder);
  } else if constexpr (std::is_member_pointer_v<decltype(kPartOf<T>)>) {
    using Whole = decltype(whole_of(kPartOf<T>));
    for (const auto& whole : std::get<AllLoaded<Whole>>(read))
      for (const auto& part : whole.entry.*kPartOf<T>) entries.push_back({part, {}});
  } else {
    for (auto& source : loader.read_sources()) entries.push_back({std::move(source), {}});
  }
}

/// Calls `use` with a null pointer to each kind.
template <typename Use, typename... T>
void each_kind(const Use& use, const std::tuple<T...>*) {
  (use(static_cast<const T*>(nullptr)), ...);
}
template <typename Use>
void each_kind(const Use& use) {
  each_kind(use, static_cast<const Kinds*>(nullptr));
}
template <typename Pointer>
using KindOf = std::remove_const_t<std::remove_pointer_t<Pointer>>;

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
  OfKinds<AllLoaded> read;

  read_kind<Source>(loader, read);  // the others cite them
  each_kind([&](auto kind) {
    using T = KindOf<decltype(kind)>;
    if constexpr (!std::is_same_v<T, Source>) read_kind<T>(loader, read);
  });
  each_kind([&](auto kind) {
    using T = KindOf<decltype(kind)>;
    index_entries(std::get<AllLoaded<T>>(read), data->of<T>().index, diagnostics);
  });
  Checks checks{data->kinds, diagnostics};
  each_kind([&](auto kind) {
    using T = KindOf<decltype(kind)>;
    for (const auto& loaded : std::get<AllLoaded<T>>(read)) checks.check(loaded);
  });
  const auto& prices = data->of<PriceTable>().index;
  if (const auto cost = prices.positions.find("construction"); cost != prices.positions.end())
    data->cost_table = cost->second;
  else
    diagnostics.push_back(base::error("missing-table", "the price table 'construction' is missing"));
  if (base::has_errors(diagnostics)) return tl::unexpected(std::move(diagnostics));

  each_kind([&](auto kind) {
    using T = KindOf<decltype(kind)>;
    for (auto& loaded : std::get<AllLoaded<T>>(read)) data->of<T>().all.push_back(std::move(loaded.entry));
  });
  return Catalog(std::move(data));
}

}  // namespace gigawatt::catalog
