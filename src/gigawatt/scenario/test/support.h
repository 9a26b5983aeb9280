#pragma once
/// Shared by the tests of this module: the shipped catalogue, small scenarios, what is said about a text.

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/scenario/load.h"

namespace gigawatt::scenario {

inline const catalog::Catalog& knowledge() {
  static const catalog::Catalog catalog = [] {
    auto loaded = catalog::Catalog::load(std::filesystem::path(GW_SOURCE_DIR) / "data");
    EXPECT_TRUE(loaded) << (loaded ? "" : base::render(loaded.error()));
    return *loaded;
  }();
  return catalog;
}

inline std::filesystem::path shipped(const std::string& name) {
  return std::filesystem::path(GW_SOURCE_DIR) / "scenarios" / (name + ".toml");
}

inline std::string file_text(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

inline ResolvedScenario loaded(const std::string& name, const std::vector<std::string>& overrides = {}) {
  auto s = load(shipped(name), knowledge(), overrides);
  EXPECT_TRUE(s) << (s ? "" : base::render(s.error()));
  return s ? *s : ResolvedScenario{};
}

inline constexpr const char* kHead = R"(version = 1
name = "t"
start = 2025-01-01
end = 2027-01-01
)";
inline constexpr const char* kSite = R"([[site]]
name = "a"
peak_overhead = 1.25
pue = 1.1
system = "h100-sxm"
[[site.phase]]
name = "p"
it_power = "20 MW"
acceptance = { date = 2025-06-01 }
)";

/// Everything said about a text, or "".
inline std::string messages(const std::string& text, const std::vector<std::string>& overrides = {}) {
  const auto s = load_text(text, "t.toml", knowledge(), overrides);
  return s ? "" : base::render(s.error());
}
inline std::string site_messages(const std::string& more) {
  return messages(std::string(kHead) + kSite + more);
}
inline std::string phase_messages(const std::string& phase) {
  return messages(std::string(kHead) +
                  "[[site]]\nname = \"a\"\nsystem = \"h100-sxm\"\n[[site.phase]]\nname = \"p\"\n" + phase);
}
inline std::string training(const std::string& more) {
  return "[[job]]\nname = \"j\"\nmodel = \"llama3.1-8b\"\nsite = \"a\"\nsystem = \"h100-sxm\"\ntokens = "
         "1e12\nsequence = 8192\n" +
         more;
}
inline constexpr const char* kBatch = "global_batch = 512\naccelerators = 1024\n";

#define EXPECT_SAYS(text, expected)                                                                       \
  do {                                                                                                    \
    const std::string what_was_said = (text);                                                             \
    EXPECT_NE(what_was_said.find(expected), std::string::npos) << "wanted: " << (expected) << "\nsaid:\n" \
                                                               << what_was_said;                          \
  } while (false)

}  // namespace gigawatt::scenario
