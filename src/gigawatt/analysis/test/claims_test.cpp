#include "gigawatt/analysis/claims.h"

#include <cmath>

#include <gtest/gtest.h>

namespace gigawatt::analysis {
namespace {

TEST(Claims, ToleranceWidensTheAllowedSideOnly) {
  const auto least = allowed({Relation::kAtLeast, 100, 0, 0.1});
  EXPECT_DOUBLE_EQ(least.low, 90);
  EXPECT_TRUE(std::isinf(least.high));
  const auto most = allowed({Relation::kAtMost, 100, 0, 0.1});
  EXPECT_DOUBLE_EQ(most.high, 110);
  EXPECT_TRUE(std::isinf(-most.low));
  const auto range = allowed({Relation::kRange, 60, 65, 0.02});
  EXPECT_DOUBLE_EQ(range.low, 58.8);
  EXPECT_DOUBLE_EQ(range.high, 66.3);
  const auto negative = allowed({Relation::kEquals, -10, 0, 0.1});
  EXPECT_DOUBLE_EQ(negative.low, -11);
  EXPECT_DOUBLE_EQ(negative.high, -9);
}

TEST(Claims, VerdictFollowsValueAndInterval) {
  const Statement gigawatt{Relation::kAtLeast, 1e9, 0, 0.05};
  EXPECT_EQ(judge(gigawatt, Estimate{1.02e9, 0.9e9, 1.1e9}), Verdict::kConsistent);
  EXPECT_EQ(judge(gigawatt, Estimate{0.96e9, 0.96e9, 0.96e9}), Verdict::kConsistent);
  EXPECT_EQ(judge(gigawatt, Estimate{0.9e9, 0.8e9, 0.96e9}), Verdict::kUndecidable);
  EXPECT_EQ(judge(gigawatt, Estimate{0.9e9, 0.8e9, 0.94e9}), Verdict::kInconsistent);
}

TEST(Claims, EqualityIsMissedOnBothSides) {
  const Statement about{Relation::kApproximately, 100, 0, 0.1};
  EXPECT_EQ(judge(about, Estimate{120, 115, 130}), Verdict::kInconsistent);
  EXPECT_EQ(judge(about, Estimate{120, 105, 130}), Verdict::kUndecidable);
  EXPECT_EQ(judge(about, Estimate{80, 70, 85}), Verdict::kInconsistent);
  EXPECT_EQ(judge(about, Estimate{110, 110, 110}), Verdict::kConsistent);
}

TEST(Claims, WithoutAnEstimateNothingIsDecided) {
  EXPECT_EQ(judge({}, std::nullopt), Verdict::kUndecidable);
  EXPECT_EQ(judge({Relation::kAtMost, 1, 0, 0}, Estimate{std::nan(""), 0, 0}), Verdict::kUndecidable);
}

TEST(Claims, AnIntervalAlwaysHoldsItsValue) {
  EXPECT_EQ(judge({Relation::kAtLeast, 10, 0, 0}, Estimate{5, 11, 12}), Verdict::kUndecidable);
  EXPECT_EQ(judge({Relation::kAtLeast, 10, 0, 0}, Estimate{5, 6, 7}), Verdict::kInconsistent);
}

}  // namespace
}  // namespace gigawatt::analysis
