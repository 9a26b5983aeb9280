#pragma once
/// The contents of a Catalog, and the index from names and aliases to entries. Private to this module.

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gigawatt/catalog/catalog.h"

namespace gigawatt::catalog {

std::string lower_case(std::string_view text);

/// Names and aliases in lower case -> position.
struct NameIndex {
  std::string kind;
  std::unordered_map<std::string, std::size_t> positions;
  std::vector<std::string> names;  ///< canonical, in order

  /// False when the name is taken by another entry.
  bool add(std::string_view name, std::size_t position) {
    const auto [at, added] = positions.emplace(lower_case(name), position);
    return added || at->second == position;
  }
};

/// What to say when an index does not hold a name: near canonical names, else the names of near aliases.
NotFound not_found(std::string kind, std::string_view name, const NameIndex& index);

struct Catalog::Data {
  std::vector<Accelerator> accelerators;
  std::vector<System> systems;
  std::vector<Model> models;
  std::vector<Network> networks;
  std::vector<Site> sites;
  std::vector<FailureTable> failures;
  std::vector<PriceTable> prices;
  std::vector<CarbonTable> carbon;
  std::vector<CarbonRegion> carbon_regions;
  std::vector<Generator> generators;
  std::vector<GridRegion> grids;
  std::vector<ReferenceFact> facts;
  std::vector<Source> sources;
  FacilityDefaults facility;
  std::size_t cost_table = 0;  ///< index into `prices`

  NameIndex accelerator_names{"accelerator", {}, {}};
  NameIndex system_names{"system", {}, {}};
  NameIndex model_names{"model", {}, {}};
  NameIndex network_names{"network", {}, {}};
  NameIndex site_names{"site", {}, {}};
  NameIndex failure_names{"failure table", {}, {}};
  NameIndex price_names{"price table", {}, {}};
  NameIndex carbon_names{"carbon region", {}, {}};
  NameIndex generator_names{"generator", {}, {}};
  NameIndex grid_names{"grid region", {}, {}};
  NameIndex cooling_names{"cooling kind", {}, {}};
  NameIndex fact_names{"fact", {}, {}};
  NameIndex source_names{"source", {}, {}};
};

}  // namespace gigawatt::catalog
