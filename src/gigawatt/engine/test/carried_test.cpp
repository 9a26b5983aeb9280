#include "gigawatt/engine/carried.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "gigawatt/config/toml.h"
#include "gigawatt/engine/inputs.h"
#include "gigawatt/engine/run.h"
#include "gigawatt/engine/test/shipped.h"

namespace gigawatt::engine {
namespace {

using test::shipped;

Inputs inputs(const std::string& name, const std::vector<std::string>& overrides = {}) {
  const std::filesystem::path file = std::filesystem::path(GW_SOURCE_DIR) / "scenarios" / (name + ".toml");
  const auto folder = file.parent_path();
  auto text = *config::toml_text(file);
  auto loaded = inputs_of(shipped(), text->text, file.string(), overrides, &folder);
  EXPECT_TRUE(loaded) << base::render(loaded.error());
  return std::move(*loaded);
}

std::vector<CarriedRange> ranges(const Inputs& in) {
  return carried_ranges(in.scenario, in.knowledge.catalog);
}

std::vector<std::string> at(const CarriedRange& range, double share) {
  std::vector<std::string> out = {range.key.path + "=" + carried_text(range, range.key, share)};
  for (const auto& with : range.with) out.push_back(with.path + "=" + carried_text(range, with, share));
  return out;
}

const CarriedRange* find(const std::vector<CarriedRange>& list, const std::string& path) {
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const auto& range) { return range.key.path == path; });
  return found == list.end() ? nullptr : &*found;
}

/// The value of a range is the one that the run has without it: to the last digit of every figure, but where a number goes
/// through another unit.
TEST(Carried, AKeyAtItsValueChangesNoFigure) {
  for (const std::string name : {"single-rack", "stargate-abilene", "rsc-1"}) {
    const Inputs own = inputs(name);
    const auto expected = run(own).frame.values();
    const auto list = ranges(own);
    EXPECT_GT(list.size(), 5u) << name;
    for (const auto& range : list) {
      EXPECT_LT(range.key.low, range.key.high) << range.key.path;
      const auto values = run(inputs(name, at(range, carried_share(range.key)))).frame.values();
      ASSERT_EQ(values.size(), expected.size()) << name << " " << range.key.path;
      // Electricity whose price changes within the period is at its mean.
      const bool mean = range.key.path.ends_with(".electricity_price");
      for (std::size_t i = 0; i < values.size() && !mean; ++i) {
        if (values[i] == expected[i] || (std::isnan(expected[i]) && std::isnan(values[i]))) continue;
        EXPECT_NEAR(values[i], expected[i], 1e-9 * std::abs(expected[i])) << name << " " << range.key.path;
      }
    }
  }
}

/// Both ends are values that the scenario takes.
TEST(Carried, EndsAreAccepted) {
  for (const std::string name :
       {"single-rack", "stargate-abilene", "meta-superclusters", "rsc-1", "llama3-405b"}) {
    const Inputs own = inputs(name);
    std::vector<std::string> low, high;
    const auto all = *carried_by_pattern(ranges(own), "*");
    for (const auto& range : all) {
      for (const auto& text : at(range, 0)) low.push_back(text);
      for (const auto& text : at(range, 1)) high.push_back(text);
    }
    inputs(name, low);
    inputs(name, high);
  }
}

TEST(Carried, RangesAreThoseOfTheFiles) {
  const Inputs own = inputs("meta-superclusters");
  const auto list = ranges(own);
  const auto* budget = find(list, "budget.2026.capex");
  ASSERT_NE(budget, nullptr);
  EXPECT_NEAR(budget->key.low, 130, 1e-9);
  EXPECT_NEAR(budget->key.high, 145, 1e-9);
  EXPECT_EQ(budget->unit, "GUSD");
  const auto* fleet = find(list, "fleet.A100 of 2022 and 2023.accelerators");
  ASSERT_NE(fleet, nullptr);
  EXPECT_EQ(fleet->key.low, std::round(118944 * 0.72));
  EXPECT_EQ(fleet->key.high, std::round(118944 * 1.42));
  EXPECT_TRUE(fleet->whole);
  EXPECT_EQ(fleet->source, "epoch-chip-owners");
  const auto* life = find(list, "prices.accelerator_life");
  ASSERT_NE(life, nullptr);
  EXPECT_NEAR(life->key.low, 5, 1e-9);
  EXPECT_NEAR(life->key.value, 5.5, 1e-9);
  EXPECT_NEAR(life->key.high, 6, 1e-9);
}

/// Parts of a delivery, and all counts of one source, are off together.
TEST(Carried, WhatHasOneCauseMovesTogether) {
  const Inputs own = inputs("meta-superclusters");
  const auto list = ranges(own);
  const auto one = carried_by_key(list, own.scenario, "delivery.H100 and H200.part[1].accelerators");
  ASSERT_TRUE(one);
  EXPECT_GT(one->with.size(), 4u);
  EXPECT_EQ(one->key.path, "delivery.H100 and H200.part[0].accelerators");
  EXPECT_EQ(one->key.value, 71432);
  EXPECT_EQ(carried_text(*one, one->with[0], 1), std::to_string(std::lround(86568 * 1.24)));

  const auto all = *carried_by_pattern(list, "*");
  EXPECT_LT(all.size(), list.size());
  const auto* epoch = find(all, "fleet.A100 of 2022 and 2023.accelerators");
  ASSERT_NE(epoch, nullptr);
  EXPECT_TRUE(std::any_of(epoch->with.begin(), epoch->with.end(),
                          [&](const auto& key) { return key.path == one->key.path; }));
  std::size_t keys = 0, wanted = 0;
  for (const auto& range : all) keys += 1 + range.with.size();
  for (const auto& range : list) wanted += 1 + range.with.size();
  EXPECT_EQ(keys, wanted);
}

TEST(Carried, SaysWhyAKeyHasNone) {
  const Inputs own = inputs("single-rack", {"site.lab.pue=1.2"});
  const auto list = ranges(own);
  EXPECT_EQ(find(list, "site.lab.pue"), nullptr);
  const auto given = carried_by_key(list, own.scenario, "site[0].pue");
  ASSERT_FALSE(given);
  EXPECT_EQ(given.error().code, "no-range");
  EXPECT_NE(given.error().message.find("the scenario gives 1.2 itself"), std::string::npos)
      << given.error().message;
  const auto typo = carried_by_key(list, own.scenario, "prices.acelerator_life");
  ASSERT_FALSE(typo);
  EXPECT_NE(typo.error().hint.find("prices.accelerator_life"), std::string::npos) << typo.error().hint;
  EXPECT_FALSE(carried_by_pattern(list, "site.nowhere.*"));
}

/// A PUE above what the design hour allows is refused, so that their ranges meet.
TEST(Carried, OverheadAndPueDoNotCross) {
  const Inputs own = inputs("stargate-abilene");
  for (const auto& site : own.scenario.sites) {
    const auto list = ranges(own);
    const auto* pue = find(list, "site." + site.name + ".pue");
    const auto* peak = find(list, "site." + site.name + ".peak_overhead");
    const double high = pue != nullptr ? pue->key.high : *site.pue;
    EXPECT_LE(high, peak != nullptr ? peak->key.low : *site.peak_overhead);
  }
}

}  // namespace
}  // namespace gigawatt::engine
