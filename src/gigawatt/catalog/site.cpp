#include "gigawatt/catalog/site.h"

#include "gigawatt/config/fields.h"

namespace gigawatt::catalog {

const SiteCapacity* capacity_at(const Site& site, std::string_view date) {
  const SiteCapacity* found = nullptr;
  for (const auto& entry : site.capacity)
    if (entry.date <= date) found = &entry;
  return found;
}

void fields(config::FieldVisitor& v, SiteCapacity& x) {
  v(x.date, {.key = "date", .doc = "From this day on.", .required = true});
  v.choice(x.status, kCapacityStatusNames,
           {.key = "status", .doc = "Whether it stood when reported.", .required = true});
  sourced(v, x.facility_w,
          {.key = "facility_power", .doc = "At the meter.", .unit = "MW", .min = 0, .required = true});
  sourced(v, x.it_w, {.key = "it_power", .doc = "At the racks.", .unit = "MW", .min = 0, .required = true});
  sourced(v, x.buildings, {.key = "buildings", .doc = "Buildings in operation.", .min = 0});
}

void fields(config::FieldVisitor& v, SiteSupply& x) {
  v.choice(x.kind, kSiteSupplyKindNames,
           {.key = "kind", .doc = "Where the power comes from.", .required = true});
  v(x.name, {.key = "name", .doc = "Plant, line or contract.", .required = true});
  v(x.date, {.key = "date", .doc = "From this day on.", .required = true});
  sourced(v, x.power_w,
          {.key = "power", .doc = "Added at the meter.", .unit = "MW", .min = 0, .required = true});
  sourced(v, x.energy_j, {.key = "energy", .doc = "Battery content.", .unit = "MWh", .min = 0});
  v(x.of, {.key = "of", .doc = "Generator that burns the gas."});
}

void fields(config::FieldVisitor& v, Climate& x) {
  v(x.source, {.key = "source", .doc = "Key of sources.toml.", .required = true});
  v(x.dry_bulb_c, {.key = "monthly_dry_bulb_c",
                   .doc = "Monthly mean dry bulb, degrees Celsius.",
                   .min = -60,
                   .max = 60,
                   .required = true});
  v(x.dew_point_c, {.key = "monthly_dew_point_c",
                    .doc = "Monthly mean dew point, degrees Celsius.",
                    .min = -60,
                    .max = 40,
                    .required = true});
  sourced(v, x.daily_range_k,
          {.key = "daily_range_k",
           .doc = "Mean daily maximum less mean daily minimum, kelvin.",
           .min = 0,
           .max = 30});
}

void fields(config::FieldVisitor& v, Site& x) {
  v(x.name, {.key = "name", .doc = "Canonical name.", .required = true});
  v(x.title, {.key = "title", .doc = "Name as people write it.", .required = true});
  v(x.owner, {.key = "owner", .doc = "Who builds it.", .required = true});
  v(x.aliases, {.key = "aliases", .doc = "Other names."});
  v(x.place, {.key = "place", .doc = "Town and state.", .required = true});
  v(x.grid, {.key = "grid", .doc = "Grid region (carbon and price).", .required = true});
  v(x.utility, {.key = "utility", .doc = "Who delivers the power.", .required = true});
  v(x.cooling, {.key = "cooling", .doc = "Cooling kind.", .required = true});
  v(x.weather, {.key = "weather", .doc = "Station of the nearest weather file."});
  sourced(v, x.latitude,
          {.key = "latitude", .doc = "Degrees north.", .min = -90, .max = 90, .required = true});
  sourced(v, x.longitude,
          {.key = "longitude", .doc = "Degrees east.", .min = -180, .max = 180, .required = true});
  sourced(v, x.design_wet_bulb_c,
          {.key = "design_wet_bulb_c",
           .doc = "0.4% design wet bulb, degrees Celsius.",
           .min = -20,
           .max = 40,
           .required = true});
  sourced(v, x.peak_overhead,
          {.key = "peak_overhead",
           .doc = "Facility over IT power in the design hour.",
           .min = 1,
           .max = 3,
           .required = true});
  sourced(
      v, x.pue,
      {.key = "pue", .doc = "Facility over IT energy, yearly mean.", .min = 1, .max = 3, .required = true});
  sourced(v, x.wue,
          {.key = "wue", .doc = "Water per IT energy.", .unit = "L/kWh", .min = 0, .required = true});
  sourced(v, x.construction_usd_per_w,
          {.key = "construction_cost",
           .doc = "Per facility power, without IT equipment.",
           .unit = "MUSD/MW",
           .min = 0,
           .required = true});
  sourced(v, x.electricity_usd_per_j,
          {.key = "electricity_price", .doc = "Delivered.", .unit = "USD/MWh", .min = 0, .required = true});
  sourced(v, x.carbon_kg_per_j,
          {.key = "carbon_intensity", .doc = "Location-based.", .unit = "g/kWh", .min = 0, .required = true});
  v(x.climate, {.key = "climate", .doc = "Monthly normals.", .required = true});
  v(x.capacity, {.key = "capacity", .doc = "Capacity from a date on.", .required = true});
  v(x.supply, {.key = "supply", .doc = "Power added at the meter at a date."});
}

}  // namespace gigawatt::catalog
