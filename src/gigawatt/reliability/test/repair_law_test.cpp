#include "gigawatt/reliability/repair_law.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "gigawatt/base/check.h"

namespace gigawatt::reliability {
namespace {

using random::Domain;
using random::Stream;

TEST(RepairLaw, CutAtTheLongestItStillHasMeanAndMedian) {
  // Causes of InfiniteHBD, days: mean, median; none took longer than 131.
  for (const auto& [mean, median] : {std::pair{6.48, 0.70}, {5.54, 0.85}, {18.3, 14.6}, {1.43, 0.60}}) {
    const RepairLaw law = repair_law(mean, median, 131);
    EXPECT_NEAR(law.mean(), mean, 1e-6 * mean);
    Stream stream(4, Domain::kRepair, 0);
    std::vector<double> drawn(100000);
    double sum = 0;
    for (double& x : drawn) sum += x = law.draw(stream);
    EXPECT_LE(*std::max_element(drawn.begin(), drawn.end()), 131);
    EXPECT_GT(*std::min_element(drawn.begin(), drawn.end()), 0);
    std::nth_element(drawn.begin(), drawn.begin() + 50000, drawn.end());
    EXPECT_NEAR(drawn[50000] / median, 1, 0.05);
    EXPECT_NEAR(sum / 100000 / mean, 1, 0.03);
  }
}

TEST(RepairLaw, WithoutAnEndItIsTheLognormal) {
  const RepairLaw law = repair_law(5.54, 0.85, 0);
  EXPECT_DOUBLE_EQ(law.median, 0.85);
  EXPECT_DOUBLE_EQ(law.sigma, std::sqrt(2 * std::log(5.54 / 0.85)));
  EXPECT_NEAR(law.mean(), 5.54, 1e-12);
  // Its tail beyond a distant end does not matter.
  EXPECT_NEAR(repair_law(5.54, 0.85, 1e9).sigma, law.sigma, 1e-4);
}

TEST(RepairLaw, WhatNoLawCanHaveIsMetAsCloselyAsItGets) {
  const RepairLaw law =
      repair_law(100, 1, 131);  // half below one day, none above 131: the mean cannot be 100
  EXPECT_GT(law.mean(), 5);
  EXPECT_LT(law.mean(), 66);
  EXPECT_DOUBLE_EQ(repair_law(3, 3, 131).mean(), 3);
  EXPECT_THROW(repair_law(1, 2, 131), base::InternalError);
}

}  // namespace
}  // namespace gigawatt::reliability
