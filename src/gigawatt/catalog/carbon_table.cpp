#include "gigawatt/catalog/carbon_table.h"

#include "gigawatt/config/fields.h"

namespace gigawatt::catalog {

void fields(config::FieldVisitor& v, CarbonRegion& x) {
  v(x.name, {.key = "name", .doc = "Name of the region.", .required = true});
  v(x.title, {.key = "title", .doc = "What it covers.", .required = true});
  sourced(
      v, x.kg_per_j,
      {.key = "intensity", .doc = "Mean rate of generation.", .unit = "g/kWh", .min = 0, .required = true});
}

void fields(config::FieldVisitor& v, Fuel& x) {
  v(x.name, {.key = "name", .doc = "Name of the fuel.", .required = true});
  sourced(v, x.kg_per_j, {.key = "co2", .doc = "Per heat.", .unit = "g/kWh", .min = 0, .required = true});
}

void fields(config::FieldVisitor& v, Generator& x) {
  v(x.name, {.key = "name", .doc = "Kind of unit.", .required = true});
  v(x.title, {.key = "title", .doc = "What it is.", .required = true});
  v(x.fuel, {.key = "fuel", .doc = "What it burns.", .required = true});
  sourced(v, x.heat_rate,
          {.key = "heat_rate", .doc = "Heat in per electricity out.", .min = 1, .max = 10, .required = true});
  sourced(v, x.kg_per_j,
          {.key = "co2", .doc = "Per electricity.", .unit = "g/kWh", .min = 0, .required = true});
  sourced(v, x.ramp_w_per_s,
          {.key = "ramp", .doc = "Change of output of a unit.", .unit = "MW/min", .min = 0});
}

void fields(config::FieldVisitor& v, CarbonTable& x) {
  v(x.name, {.key = "name", .doc = "Canonical name.", .required = true});
  v(x.title, {.key = "title", .doc = "What it holds.", .required = true});
  v(x.regions, {.key = "region", .doc = "Grid regions."});
  v(x.fuels, {.key = "fuel", .doc = "Fuels."});
  v(x.generators, {.key = "generator", .doc = "Generation units."});
}

void fields(config::FieldVisitor& v, GridRegion& x) {
  v(x.name, {.key = "name", .doc = "Canonical name.", .required = true});
  v(x.title, {.key = "title", .doc = "What it covers.", .required = true});
  v(x.balancing_area, {.key = "balancing_area", .doc = "Who balances it.", .required = true});
  v(x.aliases, {.key = "aliases", .doc = "Other names."});
  v(x.carbon_region, {.key = "carbon_region", .doc = "Carbon region.", .required = true});
  v(x.price_region, {.key = "price_region", .doc = "Price region.", .required = true});
}

void fields(config::FieldVisitor& v, GridTable& x) {
  v(x.name, {.key = "name", .doc = "Canonical name.", .required = true});
  v(x.title, {.key = "title", .doc = "What it holds.", .required = true});
  v(x.grids, {.key = "grid", .doc = "Grid regions.", .required = true});
}

}  // namespace gigawatt::catalog
