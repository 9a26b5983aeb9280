#include "gigawatt/base/hash.h"

#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

namespace gigawatt::base {
namespace {

namespace fs = std::filesystem;

TEST(Hash, OfATextIsTheSpecifiedOne) {
  EXPECT_EQ(hash_text(""), "ef46db3751d8e999");  // xxHash64 with seed 0, from its specification
  EXPECT_NE(hash_text("a"), hash_text("b"));
}

TEST(Hash, OfAFolderFollowsNamesAndBytesOfWhatIsTaken) {
  const fs::path folder = fs::temp_directory_path() / ("gigawatt-hash-" + std::to_string(::getpid()));
  const auto all = [](const fs::path&) { return true; };
  EXPECT_EQ(hash_folder(folder, all), hash_text(""));  // none there
  fs::create_directories(folder / "b");
  std::ofstream(folder / "a.txt") << "1";
  std::ofstream(folder / "b" / "c.md") << "2";
  const auto whole = hash_folder(folder, all);
  EXPECT_EQ(hash_folder(folder, all), whole);
  const auto without = [](const fs::path& name) { return name != fs::path("b") / "c.md"; };
  const auto part = hash_folder(folder, without);
  EXPECT_NE(part, whole);
  std::ofstream(folder / "b" / "c.md") << "3";
  EXPECT_EQ(hash_folder(folder, without), part);
  EXPECT_NE(hash_folder(folder, all), whole);
  fs::rename(folder / "a.txt", folder / "z.txt");
  EXPECT_NE(hash_folder(folder, without), part);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace gigawatt::base
