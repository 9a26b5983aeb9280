#pragma once
/// What a site of a scenario says of its hours, beside the months that every site has:
///
///     [site.weather]
///     file = "abilene.epw"        # EPW or CSV; without it the station of the catalogue site
///     [site.prices]
///     file = "ercot-west.csv"     # price by hour
///     carbon = "erco.csv"         # carbon intensity by hour
///     supply = "supply.toml"      # connection, generators, batteries, contracts; without it `[[site.supply]]`
///
/// A site with either table is computed by the hour after the run (engine/site_hours.h). Nothing of it feeds back into
/// the fleet, so it is no part of the resolved scenario or of its hash.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"

namespace gigawatt::config {
class FieldVisitor;
}

namespace gigawatt::scenario {

struct HourlyWeather {
  std::string file, plant;
  bool normals = false;
};

struct HourlyPrices {
  std::string file, carbon, supply;
};

struct SiteHourly {
  HourlyWeather weather;
  HourlyPrices prices;
};

void fields(config::FieldVisitor& v, HourlyWeather& x);
void fields(config::FieldVisitor& v, HourlyPrices& x);

/// The sites of a scenario's file that have one of the tables, by name.
tl::expected<std::vector<std::pair<std::string, SiteHourly>>, base::Diagnostics> read_hourly(
    const std::filesystem::path& scenario_file);

}  // namespace gigawatt::scenario
