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
/// A site with either table is computed by the hour beside the run (engine/site_hours.h). Nothing of it feeds back into the
/// fleet, but its figures are figures of the run: the tables are a part of the scenario, and what the files hold is a part
/// of its hash (`digest`, filled in when the scenario is read from a file).

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
  std::string digest;  ///< of the file's text
};

struct HourlyPrices {
  std::string file, carbon, supply;
  std::string digest;  ///< of the files' texts
};

struct SiteHourly {
  HourlyWeather weather;
  HourlyPrices prices;
};

void fields(config::FieldVisitor& v, HourlyWeather& x);
void fields(config::FieldVisitor& v, HourlyPrices& x);

/// A file that a site names: beside the scenario, else from the working folder.
std::filesystem::path hourly_path(const std::string& file, const std::filesystem::path& folder);
/// Its text, unpacked where it is compressed.
tl::expected<std::string, base::Diagnostic> read_hourly_file(const std::string& file,
                                                             const std::filesystem::path& folder);

/// xxHash64 of the texts of the files that are named, found beside the scenario or from the working folder; "" where none
/// is named or one cannot be read, which is said by whoever needs it.
std::string digest_of(const std::vector<std::string>& files, const std::filesystem::path& folder);

/// The sites of a scenario's file that have one of the tables, by name.
tl::expected<std::vector<std::pair<std::string, SiteHourly>>, base::Diagnostics> read_hourly(
    const std::filesystem::path& scenario_file);

}  // namespace gigawatt::scenario
