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
#include "gigawatt/catalog/accelerator.h"
#include "gigawatt/catalog/carbon_table.h"
#include "gigawatt/catalog/facility_defaults.h"
#include "gigawatt/catalog/failure_table.h"
#include "gigawatt/catalog/model.h"
#include "gigawatt/catalog/network_table.h"
#include "gigawatt/catalog/price_table.h"
#include "gigawatt/catalog/reference_fact.h"
#include "gigawatt/catalog/site.h"
#include "gigawatt/catalog/source.h"
#include "gigawatt/catalog/system.h"

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

  // By canonical name or alias, case-insensitive.
  Found<Accelerator> accelerator(std::string_view name) const;
  Found<System> system(std::string_view name) const;
  Found<Model> model(std::string_view name) const;
  Found<Network> network(std::string_view name) const;
  Found<Site> site(std::string_view name) const;
  Found<FailureTable> failures(std::string_view name) const;
  Found<PriceTable> prices(std::string_view name) const;
  Found<GridRegion> grid(std::string_view name) const;
  Found<CarbonRegion> carbon_region(std::string_view name) const;
  Found<Generator> generator(std::string_view name) const;
  Found<CoolingKind> cooling(std::string_view name) const;
  Found<ReferenceFact> fact(std::string_view name) const;
  Found<Source> source(std::string_view key) const;

  // Ascending by name.
  const std::vector<Accelerator>& accelerators() const;
  const std::vector<System>& systems() const;
  const std::vector<Model>& models() const;
  const std::vector<Network>& networks() const;
  const std::vector<Site>& sites() const;
  const std::vector<FailureTable>& failure_tables() const;
  const std::vector<PriceTable>& price_tables() const;
  const std::vector<CarbonTable>& carbon_tables() const;
  const std::vector<GridRegion>& grids() const;
  const std::vector<ReferenceFact>& facts() const;
  const std::vector<Source>& sources() const;
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
