#pragma once
/// Carbon of electricity: mean rates of grid regions, and of generation units by fuel and heat rate; data/carbon/*.toml.
///
/// kg of CO2 equivalent a joule. A region's rate is the location-based mean of its generation (eGRID); a generator's is the
/// fuel's carbon times the heat rate (heat in over electricity out), without what fuel supply emits before the plant.

#include <string>
#include <vector>

#include "gigawatt/catalog/sourced.h"

namespace gigawatt::config {
class FieldVisitor;
}

namespace gigawatt::catalog {

struct CarbonRegion {
  std::string name;  ///< eGRID subregion, lower case: "rfcw"
  std::string title;
  Sourced kg_per_j;
};

struct Fuel {
  std::string name;
  Sourced kg_per_j;  ///< of heat
};

struct Generator {
  std::string name;
  std::string title;
  std::string fuel;
  Sourced heat_rate;  ///< heat in / electricity out
  Sourced kg_per_j;   ///< of electricity: fuel carbon x heat rate
  Sourced ramp_w_per_s;
};

struct CarbonTable {
  std::string name;
  std::string title;
  std::vector<CarbonRegion> regions;
  std::vector<Fuel> fuels;
  std::vector<Generator> generators;
};

/// A place in the grid: whose carbon and prices hold there.
struct GridRegion {
  std::string name;
  std::string title;
  std::string balancing_area;
  std::vector<std::string> aliases;
  std::string carbon_region;
  std::string price_region;
};

struct GridTable {
  std::string name;
  std::string title;
  std::vector<GridRegion> grids;
};

void fields(config::FieldVisitor& v, CarbonRegion& x);
void fields(config::FieldVisitor& v, Fuel& x);
void fields(config::FieldVisitor& v, Generator& x);
void fields(config::FieldVisitor& v, CarbonTable& x);
void fields(config::FieldVisitor& v, GridRegion& x);
void fields(config::FieldVisitor& v, GridTable& x);

}  // namespace gigawatt::catalog
