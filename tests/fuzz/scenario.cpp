/// Any bytes as a scenario file over the shipped catalogue: resolved, or diagnostics that can be shown.

#include <string>

#include "fuzz.h"
#include "gigawatt/catalog/catalog.h"
#include "gigawatt/scenario/load.h"

namespace {

const gigawatt::catalog::Catalog& shipped() {
  static const gigawatt::catalog::Catalog catalog = [] {
    auto loaded = gigawatt::catalog::Catalog::load(GIGAWATT_DEFAULT_DATA_DIR);
    gigawatt::fuzz::require(loaded.has_value(), "the shipped catalogue can be read");
    return *loaded;
  }();
  return catalog;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using gigawatt::fuzz::require;
  const auto resolved =
      gigawatt::scenario::load_text(std::string(gigawatt::fuzz::as_text(data, size)), "fuzz.toml", shipped());
  if (resolved) return 0;
  require(gigawatt::base::has_errors(resolved.error()), "a refused file has an error");
  require(!gigawatt::base::render(resolved.error()).empty(), "an error can be shown");
  return 0;
}
