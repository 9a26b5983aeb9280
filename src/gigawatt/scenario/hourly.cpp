#include "gigawatt/scenario/hourly.h"

#include <fmt/format.h>

#include "gigawatt/base/hash.h"
#include "gigawatt/config/gzip.h"
#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"

namespace gigawatt::scenario {
namespace {

constexpr std::string_view kDigestDoc =
    "Of what the files hold: filled in when they are read, so that a run's hash has it.";
constexpr std::size_t kMostBytes = std::size_t{256} << 20;

}  // namespace

std::filesystem::path hourly_path(const std::string& file, const std::filesystem::path& folder) {
  std::error_code none;
  const auto beside = folder / file;
  return std::filesystem::exists(beside, none) ? beside : std::filesystem::path(file);
}

tl::expected<std::string, base::Diagnostic> read_hourly_file(const std::string& file,
                                                             const std::filesystem::path& folder) {
  return config::read_maybe_gzip(hourly_path(file, folder), kMostBytes);
}

std::string digest_of(const std::vector<std::string>& files, const std::filesystem::path& folder) {
  std::string all;
  for (const auto& file : files) {
    if (file.empty()) continue;
    const auto text = read_hourly_file(file, folder);
    if (!text) return {};
    all += base::hash_text(*text);
  }
  return all;
}

void fields(config::FieldVisitor& v, HourlyWeather& x) {
  v(x.file, {.key = "file", .doc = "EPW or CSV; default: the station of the catalogue site."});
  v(x.plant, {.key = "plant", .doc = "Cooling plant of data/cooling; default: the site's cooling."});
  v(x.normals, {.key = "normals", .doc = "Take the monthly normals even where a station is known."});
  v(x.digest, {.key = "digest", .doc = kDigestDoc});
}

void fields(config::FieldVisitor& v, HourlyPrices& x) {
  v(x.file, {.key = "file", .doc = "CSV of the price by hour."});
  v(x.carbon, {.key = "carbon", .doc = "CSV of the grid's carbon intensity by hour."});
  v(x.supply, {.key = "supply", .doc = "TOML of what supplies the site (grid/supply.h)."});
  v(x.digest, {.key = "digest", .doc = kDigestDoc});
}

tl::expected<std::vector<std::pair<std::string, SiteHourly>>, base::Diagnostics> read_hourly(
    const std::filesystem::path& scenario_file) {
  const auto root = config::read_toml(scenario_file);
  if (!root) return tl::unexpected(root.error());
  std::vector<std::pair<std::string, SiteHourly>> out;
  base::Diagnostics problems;
  const config::Node* sites = root->find("site");
  if (sites == nullptr) return out;
  for (const auto& site : sites->items) {
    const config::Node *weather = site.find("weather"), *prices = site.find("prices"),
                       *name = site.find("name");
    const bool by_weather = weather != nullptr && weather->is_table();
    if (name == nullptr || (!by_weather && prices == nullptr)) continue;
    SiteHourly hourly;
    if (by_weather) config::Reader(*weather, problems).read(hourly.weather);
    if (prices != nullptr) config::Reader(*prices, problems).read(hourly.prices);
    out.emplace_back(name->text, std::move(hourly));
  }
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
  return out;
}

}  // namespace gigawatt::scenario
