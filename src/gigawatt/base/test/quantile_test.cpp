#include "gigawatt/base/quantile.h"

#include <limits>

#include <gtest/gtest.h>

#include "gigawatt/base/check.h"

namespace gigawatt::base {
namespace {

TEST(Quantile, InterpolatesBetweenOrderStatistics) {
  const std::vector<double> x = {1, 2, 4, 8};
  EXPECT_DOUBLE_EQ(quantile(x, 0), 1);
  EXPECT_DOUBLE_EQ(quantile(x, 0.5), 3);
  EXPECT_DOUBLE_EQ(quantile(x, 0.9), 4 + 0.7 * 4);
  EXPECT_DOUBLE_EQ(quantile(x, 1), 8);
  EXPECT_DOUBLE_EQ(quantile_of({8, 1, 4, 2}, 0.5), 3);
  EXPECT_DOUBLE_EQ(quantile(std::vector<double>{1, 2, 3, 4, 5}, 0.1), 1.4);
  EXPECT_DOUBLE_EQ(quantile(std::vector<double>{7}, 0.9), 7);
}

TEST(Quantile, TakesInfiniteValues) {
  constexpr double kNever = std::numeric_limits<double>::infinity();
  const std::vector<double> x = {1, 2, kNever, kNever};
  EXPECT_DOUBLE_EQ(quantile(x, 1.0 / 3), 2);
  EXPECT_EQ(quantile(x, 0.9), kNever);
}

TEST(Quantile, OfNothingIsZeroOrRefused) {
  EXPECT_EQ(quantile_of({}, 0.5), 0);
  EXPECT_THROW(quantile({}, 0.5), InternalError);
}

}  // namespace
}  // namespace gigawatt::base
