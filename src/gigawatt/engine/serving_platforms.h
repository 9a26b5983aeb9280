#pragma once
/// On whose chips serving engines run (data/serving/platforms.toml).

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"

namespace gigawatt::engine {

struct ServingPlatform {
  std::string name;  ///< of the engine
  std::vector<std::string> vendors;
  std::string source;
};

struct ServingPlatforms {
  std::vector<ServingPlatform> engines;

  /// Unless the list says otherwise: neither an engine nor a maker that it does not name is refused.
  bool runs(std::string_view engine, std::string_view vendor) const;
  /// The first engine of the list that runs on a maker's chips; the second for makers that no line names.
  std::string usual(std::string_view vendor) const;

 private:
  bool knows(std::string_view vendor) const;
};

tl::expected<ServingPlatforms, base::Diagnostics> load_serving_platforms(const std::filesystem::path& data);

}  // namespace gigawatt::engine
