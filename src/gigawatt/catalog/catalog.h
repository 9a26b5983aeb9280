#pragma once
/// Everything known of the world, read once from `data/` and never changed: chips, systems, networks, models,
/// sites, failures, prices, carbon, facility defaults, reference facts, and the sources of all of it.
///
/// Loading collects every mistake of every file: wrong units, unknown keys, numbers without a source, bands out of
/// order, assumed values without a reason, names that refer to nothing, names used twice.

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/kinds.h"

namespace gigawatt::config {
class Image;
}

namespace gigawatt::catalog {

/// A name that the catalogue does not hold.
struct NotFound {
  std::string kind;                  ///< "model"
  std::string name;                  ///< as asked for
  std::vector<std::string> nearest;  ///< canonical names, best first

  std::string message() const;  ///< "no model 'lama3': did you mean 'llama3-8b'?"
};

template <typename T>
using Found = tl::expected<const T*, NotFound>;

/// Immutable. Copies share the data; pointers stay valid as long as one copy lives.
class Catalog {
 public:
  static tl::expected<Catalog, base::Diagnostics> load(const std::filesystem::path& data_dir);

  /// Of any kind (kinds.h), by canonical name or alias, case-insensitive.
  template <typename T>
  Found<T> find(std::string_view name) const;
  /// All of a kind, ascending by name.
  template <typename T>
  const std::vector<T>& all() const;

  Found<Accelerator> accelerator(std::string_view name) const { return find<Accelerator>(name); }
  Found<System> system(std::string_view name) const { return find<System>(name); }
  /// A checkpoint's name finds its model too, where its further words leave all sizes as they are.
  Found<Model> model(std::string_view name) const;
  Found<Network> network(std::string_view name) const { return find<Network>(name); }
  Found<Site> site(std::string_view name) const { return find<Site>(name); }
  Found<FailureTable> failures(std::string_view name) const { return find<FailureTable>(name); }
  Found<PriceTable> prices(std::string_view name) const { return find<PriceTable>(name); }
  Found<GridRegion> grid(std::string_view name) const { return find<GridRegion>(name); }
  Found<CarbonRegion> carbon_region(std::string_view name) const { return find<CarbonRegion>(name); }
  Found<Generator> generator(std::string_view name) const { return find<Generator>(name); }
  Found<CoolingKind> cooling(std::string_view name) const { return find<CoolingKind>(name); }
  Found<ReferenceFact> fact(std::string_view name) const { return find<ReferenceFact>(name); }
  Found<Source> source(std::string_view key) const { return find<Source>(key); }

  const std::vector<Accelerator>& accelerators() const { return all<Accelerator>(); }
  const std::vector<System>& systems() const { return all<System>(); }
  const std::vector<Model>& models() const { return all<Model>(); }
  const std::vector<Network>& networks() const { return all<Network>(); }
  const std::vector<Site>& sites() const { return all<Site>(); }
  const std::vector<FailureTable>& failure_tables() const { return all<FailureTable>(); }
  const std::vector<PriceTable>& price_tables() const { return all<PriceTable>(); }
  const std::vector<CarbonTable>& carbon_tables() const { return all<CarbonTable>(); }
  const std::vector<GridRegion>& grids() const { return all<GridRegion>(); }
  const std::vector<ReferenceFact>& facts() const { return all<ReferenceFact>(); }
  const std::vector<Source>& sources() const { return all<Source>(); }
  /// With one model more, which goes before those of its name and aliases.
  Catalog with(Model model) const;

  const FacilityDefaults& facility() const;
  const CostDefaults& cost() const;  ///< of the price table "construction"

  /// The accelerator of a system (loading made sure that there is one).
  const Accelerator& accelerator_of(const System& system) const;

 private:
  struct Data;
  /// Entries that the image holds are not parsed again.
  static tl::expected<Catalog, base::Diagnostics> load(const std::filesystem::path& data_dir,
                                                       config::Image& image);
  explicit Catalog(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

  std::shared_ptr<const Data> data_;
};

}  // namespace gigawatt::catalog
