#include "gigawatt/analysis/least_squares.h"

#include <cmath>

#include <gtest/gtest.h>

namespace gigawatt::analysis {
namespace {

TEST(LeastSquares, FindsTheBottomOfACurvedValley) {
  // Rosenbrock's function in residuals, its minimum moved to (0.6, 0.36).
  const auto u = least_squares(
      [](std::span<const double> x, std::span<double> out) {
        out[0] = 10 * (x[1] - x[0] * x[0]);
        out[1] = 0.6 - x[0];
      },
      2, {0.1, 0.9});
  EXPECT_NEAR(u[0], 0.6, 1e-4);
  EXPECT_NEAR(u[1], 0.36, 1e-4);
}

TEST(LeastSquares, StopsAtABoundWhereTheBottomIsOutside) {
  const auto u = least_squares(
      [](std::span<const double> x, std::span<double> out) {
        out[0] = x[0] - 1.7;
        out[1] = x[1] + 0.4;
      },
      2, {0.5, 0.5});
  EXPECT_NEAR(u[0], 1, 1e-3);
  EXPECT_NEAR(u[1], 0, 1e-3);
}

TEST(LeastSquares, FewerTermsThanUnknownsLeaveTheStart) {
  const auto u = least_squares([](std::span<const double>, std::span<double>) {}, 1, {0.2, 0.7});
  EXPECT_EQ(u, (std::vector<double>{0.2, 0.7}));
}

}  // namespace
}  // namespace gigawatt::analysis
