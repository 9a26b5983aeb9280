#include "gigawatt/engine/serving_platforms.h"

#include <algorithm>

#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"

namespace gigawatt::engine {
namespace {

bool lists(const ServingPlatform& platform, std::string_view vendor) {
  return std::find(platform.vendors.begin(), platform.vendors.end(), vendor) != platform.vendors.end();
}

}  // namespace

void fields(config::FieldVisitor& v, ServingPlatform& x) {
  v(x.name, {.key = "name", .doc = "Of the engine.", .required = true});
  v(x.vendors, {.key = "vendors", .doc = "Makers of the chips that it runs on.", .required = true});
  v(x.source, {.key = "source", .doc = "Key of data/sources.toml.", .required = true});
}

void fields(config::FieldVisitor& v, ServingPlatforms& x) {
  v(x.engines, {.key = "engine", .doc = "Serving engines.", .required = true});
}

bool ServingPlatforms::knows(std::string_view vendor) const {
  return std::any_of(engines.begin(), engines.end(), [&](const auto& e) { return lists(e, vendor); });
}

bool ServingPlatforms::runs(std::string_view engine, std::string_view vendor) const {
  const auto found =
      std::find_if(engines.begin(), engines.end(), [&](const auto& e) { return e.name == engine; });
  return found == engines.end() || !knows(vendor) || lists(*found, vendor);
}

std::string ServingPlatforms::usual(std::string_view vendor) const {
  for (const auto& e : engines)
    if (lists(e, vendor) || (!knows(vendor) && &e != &engines.front())) return e.name;
  return engines.empty() ? "" : engines.front().name;
}

tl::expected<ServingPlatforms, base::Diagnostics> load_serving_platforms(const std::filesystem::path& data) {
  const auto node = config::read_toml(data / "serving" / "platforms.toml");
  if (!node) return tl::unexpected(node.error());
  ServingPlatforms out;
  base::Diagnostics problems;
  config::Reader(*node, problems).read(out);
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
  return out;
}

}  // namespace gigawatt::engine
