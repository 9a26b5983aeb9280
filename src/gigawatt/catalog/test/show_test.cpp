#include "gigawatt/catalog/show.h"

#include <filesystem>
#include <stdexcept>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "gigawatt/catalog/test/shipped.h"

namespace gigawatt::catalog {
namespace {

using test::shipped;

TEST(ShowTest, ListsEveryKind) {
  const auto json = list_json(shipped());
  for (const auto& kind : kinds()) {
    EXPECT_FALSE(list_json(shipped(), kind)["entries"].empty()) << kind;
    EXPECT_NE(list_text(shipped()).find(kind + "\n"), std::string::npos) << kind;
  }
  EXPECT_EQ(list_json(shipped(), "model")["entries"].size(), shipped().models().size());
}

TEST(ShowTest, EntriesOfOtherModulesComeAfterItsOwn) {
  const std::vector<Entry> more = {{"software", "torchtitan", "torchtitan", {"titan"}, {{"year", 2024}}}};
  EXPECT_EQ(list_text(shipped(), "software", more).rfind("software\n  torchtitan", 0), 0U);
  EXPECT_EQ(entries_json(shipped(), more).back().at("name"), "torchtitan");
  const auto text = show_text(shipped(), "Titan", more);
  ASSERT_TRUE(text);
  EXPECT_NE(text->find("2024"), std::string::npos) << *text;
}

TEST(ShowTest, EntryInItsUnitsWithSources) {
  const auto json = show_json(shipped(), "h100-sxm-80");
  ASSERT_TRUE(json.has_value());
  const auto& match = (*json)["matches"][0];
  EXPECT_EQ(match["kind"], "accelerator");
  EXPECT_EQ(match["entry"]["tdp"]["value"], 700);
  EXPECT_EQ(match["entry"]["tdp"]["unit"], "W");
  EXPECT_EQ(match["entry"]["peak"]["bf16"]["value"], 989.4);
  EXPECT_FALSE(match["entry"]["peak"].contains("nvfp4"));  // no hardware
  EXPECT_TRUE(match["sources"].contains("nvidia-h100-ds"));
  EXPECT_EQ(match["sources"]["nvidia-h100-ds"]["date"], "2023");
}

TEST(ShowTest, SharedNameShowsEveryKind) {
  const auto json = show_json(shipped(), "MI300X");
  ASSERT_TRUE(json.has_value());
  EXPECT_EQ((*json)["matches"].size(), 2U);  // chip and server
}

TEST(ShowTest, DenseModelHasNoExperts) {
  const auto json = show_json(shipped(), "llama3.1-8b");
  ASSERT_TRUE(json.has_value());
  const auto& entry = (*json)["matches"][0]["entry"];
  EXPECT_FALSE(entry.contains("moe"));
  EXPECT_EQ(entry["published"]["total"]["value"], 8030261248);
}

TEST(ShowTest, TextForPeople) {
  const auto text = show_text(shipped(), "prometheus");
  ASSERT_TRUE(text.has_value());
  EXPECT_NE(text->find("493 MW"), std::string::npos);
  EXPECT_NE(text->find("epoch-data-centers-2026-08"), std::string::npos);
  EXPECT_NE(text->find("New Albany, Ohio"), std::string::npos);
}

TEST(ShowTest, TypoGivesNearest) {
  const auto missing = show_json(shipped(), "promethus");
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().nearest.front(), "prometheus");
}

TEST(ShowTest, EveryAssumedLeafHasARange) {
  const auto assumed = assumed_json(shipped());
  EXPECT_GT(assumed.size(), 50U);
  for (const auto& leaf : assumed) {
    EXPECT_FALSE(leaf["reason"].get<std::string>().empty()) << leaf["path"];
    if (leaf["value"].is_string()) continue;  // a fact, in the unit of its file
    EXPECT_LE(leaf["low"].get<double>(), leaf["value"].get<double>()) << leaf["path"];
    EXPECT_GE(leaf["high"].get<double>(), leaf["value"].get<double>()) << leaf["path"];
  }
}

}  // namespace
}  // namespace gigawatt::catalog
