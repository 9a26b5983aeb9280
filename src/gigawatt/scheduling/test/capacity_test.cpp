#include "gigawatt/scheduling/capacity.h"

#include <gtest/gtest.h>

#include "gigawatt/base/random.h"
#include "gigawatt/scheduling/profile.h"

namespace gigawatt::scheduling {
namespace {

TEST(Capacity, AGangStaysInTheSmallestUnitThatCouldHoldIt) {
  Capacity c(std::vector<PlaceShape>{{.units = 32, .levels = {4, 16}}});
  std::vector<Share> shares;
  ASSERT_TRUE(c.find(0, 3, shares));
  EXPECT_EQ(shares, (std::vector<Share>{{0, 3}}));
  c.take(0, shares);
  // Two in each of the other blocks: a gang of 4 finds no block though 15 are free.
  for (std::uint32_t b = 1; b < 8; ++b) c.take(0, {{b, 2}});
  EXPECT_EQ(c.free(0), 15);
  EXPECT_FALSE(c.find(0, 4, shares));
  // 8 need the larger unit: the second one has 8 free, the first 7.
  ASSERT_TRUE(c.find(0, 8, shares));
  EXPECT_EQ(shares, (std::vector<Share>{{4, 2}, {5, 2}, {6, 2}, {7, 2}}));
  EXPECT_FALSE(c.find(0, 16, shares));
}

TEST(Capacity, BestFitKeepsLargeHoles) {
  Capacity c(std::vector<PlaceShape>{{.units = 12, .levels = {4}}});
  c.take(0, {{1, 2}});
  std::vector<Share> shares;
  ASSERT_TRUE(c.find(0, 2, shares));
  EXPECT_EQ(shares, (std::vector<Share>{{1, 2}}));
  ASSERT_TRUE(c.find(0, 6, shares));  // larger than a block: the emptiest first
  EXPECT_EQ(shares, (std::vector<Share>{{0, 4}, {2, 2}}));
}

TEST(Capacity, LimitIsTheSmallerOfTwo) {
  Capacity a(std::vector<PlaceShape>{{.units = 8, .levels = {4}}});
  Capacity b = a;
  a.take(0, {{0, 3}});
  b.take(0, {{1, 2}});
  a.limit(0, b);
  EXPECT_EQ(a.block_free(0, 0), 1);
  EXPECT_EQ(a.block_free(0, 1), 2);
  EXPECT_EQ(a.free(0), 3);
}

TEST(Capacity, TakingAndGivingBalances) {
  random::Stream s(1, random::Domain::kTest, 0);
  Capacity c(std::vector<PlaceShape>{{.units = 70, .levels = {4, 8, 32}}});
  std::vector<std::vector<Share>> held;
  for (int n = 0; n < 2000; ++n) {
    std::vector<Share> shares;
    if (s.below(2) == 0 && c.find(0, 1 + static_cast<std::int64_t>(s.below(40)), shares)) {
      c.take(0, shares);
      held.push_back(shares);
    } else if (!held.empty()) {
      const auto i = s.below(held.size());
      c.give(0, held[i]);
      held.erase(held.begin() + static_cast<std::ptrdiff_t>(i));
    }
    std::int64_t busy = 0;
    for (const auto& job : held)
      for (const Share& share : job) busy += share.units;
    ASSERT_EQ(c.free(0), 70 - busy);
  }
}

TEST(Profile, AgainstAnArray) {
  random::Stream s(2, random::Domain::kTest, 0);
  for (int n = 0; n < 300; ++n) {
    Profile profile({0}, 10);
    std::vector<int> free(400, 10);
    for (int i = 0; i < 12; ++i) {
      const auto from = static_cast<std::int64_t>(s.below(60));
      const auto length = 1 + static_cast<std::int64_t>(s.below(20));
      const int units = 1 + static_cast<int>(s.below(8));
      std::int64_t expected = 0;
      for (; expected < 400; ++expected) {
        bool fits = true;
        for (std::int64_t t = expected; t < std::min<std::int64_t>(400, expected + length); ++t)
          fits = fits && free[static_cast<std::size_t>(t)] >= units;
        if (fits) break;
      }
      ASSERT_EQ(profile.earliest(units, {length}, 1000).us, expected);
      const std::int64_t at = s.below(2) == 0 ? expected : from;
      profile.add({at}, {at + length}, -units);
      for (std::int64_t t = at; t < std::min<std::int64_t>(400, at + length); ++t)
        free[static_cast<std::size_t>(t)] -= units;
      for (std::int64_t t = 0; t < 400; ++t) ASSERT_EQ(profile.at({t}), free[static_cast<std::size_t>(t)]);
    }
  }
}

TEST(Profile, OfManyBlocksAgainstAnArray) {
  // Thousands of steps, so that blocks split, are passed over, shrink and go away.
  random::Stream s(5, random::Domain::kTest, 0);
  constexpr std::int64_t kSpan = 6000;
  Profile profile({0}, 50);
  std::vector<int> free(kSpan, 50);
  for (int i = 0; i < 3000; ++i) {
    const auto length = 1 + static_cast<std::int64_t>(s.below(40));
    const int units = 1 + static_cast<int>(s.below(20));
    const auto at = static_cast<std::int64_t>(s.below(kSpan - 50));
    const int sign = s.below(3) == 0 ? 1 : -1;
    profile.add({at}, {at + length}, sign * units);
    for (std::int64_t t = at; t < at + length; ++t) free[static_cast<std::size_t>(t)] += sign * units;
    if (i % 50 != 0) continue;
    for (std::int64_t t = 0; t < kSpan; ++t) ASSERT_EQ(profile.at({t}), free[static_cast<std::size_t>(t)]);
    std::int64_t first = 0;
    for (std::int64_t run = 0; first + run < kSpan && run < length;) {
      if (free[static_cast<std::size_t>(first + run)] >= 45) {
        ++run;
      } else {
        first += run + 1;
        run = 0;
      }
    }
    ASSERT_EQ(profile.earliest(45, {length}, kSpan).us, first);
    // The array ends where no job is any more: all 50 are free from there on.
    const int wanted = static_cast<int>(s.below(60));
    const auto below = std::find_if(free.begin(), free.end(), [&](int now) { return now < wanted; });
    const bool never = below == free.end() && wanted <= 50;
    ASSERT_EQ(profile.first_below(wanted),
              never ? base::SimTime::max() : base::SimTime{below - free.begin()});
    std::int64_t tail = kSpan;
    while (tail > 0 && free[static_cast<std::size_t>(tail - 1)] >= 45) --tail;
    ASSERT_EQ(profile.earliest(45, {length}, 0).us, tail);  // no gap is looked at
  }
  profile.advance({5000});
  EXPECT_EQ(profile.at({5500}), free[5500]);
  EXPECT_GE(profile.earliest(1, {1}, kSpan).us, 5000);
}

}  // namespace
}  // namespace gigawatt::scheduling
