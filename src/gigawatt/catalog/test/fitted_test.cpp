#include "gigawatt/catalog/fitted_library.h"

#include <array>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace gigawatt::catalog {
namespace {

class FittedFiles : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() /
        (std::string("gigawatt_fitted_") + testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const FittedSet& set) const {
    std::ofstream(folder_ / (name + ".toml"), std::ios::binary)
        << write_fitted(set, "a \"comment\"\nof two lines");
  }

  static FittedSet set(const std::string& name, std::vector<FittedConstant> constants) {
    FittedSet s;
    s.name = name;
    s.kind = "kernels";
    s.source = "kernel-rows";
    s.row_sources = {"a \"quoted\" source", "another\\one"};
    s.parameters = std::move(constants);
    return s;
  }

  std::filesystem::path folder_;
};

TEST_F(FittedFiles, WrittenIsReadBack) {
  FittedSet s = set("chip", {{"a.b", 1.5e-6, 2e-8, "s", 1e-7, 1e-4, true, "", "what it is"},
                             {"c", 3, 0, "1", 0, 8, false, "why", "x"}});
  s.rows = 42;
  s.quality = {{"gemm bf16", 40, 12.5, 3.25, 9, 4}};
  write("chip", s);
  const auto back = read_fitted(folder_ / "chip.toml");
  ASSERT_TRUE(back.has_value()) << base::render(back.error());
  EXPECT_EQ(back->rows, 42);
  EXPECT_EQ(back->row_sources, s.row_sources);
  ASSERT_EQ(back->parameters.size(), 2U);
  EXPECT_DOUBLE_EQ(back->parameters[0].value, 1.5e-6);
  EXPECT_TRUE(back->parameters[0].determined);
  EXPECT_EQ(back->parameters[1].basis, "why");
  ASSERT_EQ(back->quality.size(), 1U);
  EXPECT_DOUBLE_EQ(back->quality[0].median_pct, 3.25);
  EXPECT_EQ(write_fitted(*back, ""), write_fitted(s, ""));
}

TEST_F(FittedFiles, TheFirstCandidateIsLaidOverTheDefaults) {
  write("default",
        set("default", {{"a", 1, 0, "1", 0, 9, false, "", ""}, {"b", 2, 0, "1", 0, 9, false, "", ""}}));
  write("hopper", set("hopper", {{"a", 5, 0, "1", 0, 9, true, "", ""}}));
  const std::array<std::string, 2> names = {"h100", "hopper"};
  const auto found = FittedLibrary(folder_.parent_path()).find(folder_.filename().string(), names);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->name, "hopper");
  EXPECT_DOUBLE_EQ(found->find("a")->value, 5);
  EXPECT_DOUBLE_EQ(found->find("b")->value, 2);
  const std::array<std::string, 1> unknown = {"z80"};
  EXPECT_EQ(FittedLibrary(folder_.parent_path()).find(folder_.filename().string(), unknown)->name, "default");
}

TEST_F(FittedFiles, AValueOutsideItsBoundsIsAnError) {
  write("chip", set("chip", {{"a", 12, 0, "1", 0, 9, true, "", ""}}));
  const auto read = read_fitted(folder_ / "chip.toml");
  ASSERT_FALSE(read.has_value());
  EXPECT_NE(read.error().front().message.find("a = 12 is outside [0, 9]"), std::string::npos);
}

TEST_F(FittedFiles, AHalfWrittenFileIsAnError) {
  std::ofstream(folder_ / "chip.toml")
      << "name = \"chip\"\nkind = \"kernels\"\n[[parameter]]\nname = \"a\"\nval";
  EXPECT_FALSE(read_fitted(folder_ / "chip.toml").has_value());
  EXPECT_FALSE(read_fitted(folder_ / "missing.toml").has_value());
}

}  // namespace
}  // namespace gigawatt::catalog
