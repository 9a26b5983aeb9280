/// Any bytes as a file of a site's supply: sources with names of their own, or diagnostics that can be shown.

#include <set>
#include <string>

#include "fuzz.h"
#include "gigawatt/grid/supply.h"

namespace {

const gigawatt::grid::SupplyUnits& units() {
  static const gigawatt::grid::SupplyUnits known = [] {
    auto loaded = gigawatt::grid::load_units(std::string(GIGAWATT_DEFAULT_DATA_DIR) + "/supply/units.toml");
    gigawatt::fuzz::require(loaded.has_value(), "the shipped units can be read");
    return *loaded;
  }();
  return known;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using gigawatt::fuzz::require;
  const auto supply =
      gigawatt::grid::read_supply(std::string(gigawatt::fuzz::as_text(data, size)), "fuzz.toml", units());
  if (!supply) {
    require(gigawatt::base::has_errors(supply.error()), "a refused file has an error");
    require(!gigawatt::base::render(supply.error()).empty(), "an error can be shown");
    return 0;
  }
  std::set<std::string> names;
  std::size_t sources = 0;
  const auto each = [&](const auto& list) {
    for (const auto& source : list) {
      require(!source.name.empty(), "a source has a name");
      names.insert(source.name);
      ++sources;
    }
  };
  each(supply->generators);
  each(supply->batteries);
  each(supply->contracts);
  require(names.size() == sources, "no two sources have one name");
  return 0;
}
