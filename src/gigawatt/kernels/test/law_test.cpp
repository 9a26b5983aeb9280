#include "gigawatt/kernels/law.h"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace gigawatt::kernels {
namespace {

Terms terms(double launch, double read, double compute) {
  Terms t;
  t.add("launch", launch);
  t.add("read", read);
  t.add("compute", compute);
  return t;
}

TEST(Law, AddsTermsUnderTheFirstNormAndTakesTheRootUnderTheSecond) {
  Law law;
  law.slowness = {1, 2, 0.5};
  EXPECT_DOUBLE_EQ(law.seconds(terms(1, 3, 4)), 1 + 6 + 2);
  law.exponent = 2;
  EXPECT_DOUBLE_EQ(law.seconds(terms(1, 3, 4)), std::sqrt(1.0 + 36 + 4));
}

TEST(Law, FitFindsTheConstantsThatMadeTheTimes) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> decades(-6, -2);
  for (const double exponent : {1.0, 1.5, 2.0, 3.0}) {
    Law truth;
    truth.exponent = exponent;
    truth.slowness = {3, 1.25, 1.6};
    std::vector<Terms> calls;
    std::vector<double> seconds;
    for (int i = 0; i < 300; ++i) {
      calls.push_back(terms(1e-6, std::pow(10, decades(random)), std::pow(10, decades(random))));
      seconds.push_back(truth.seconds(calls.back()));
    }
    const Law law = fit_law(calls, seconds);
    EXPECT_EQ(law.exponent, exponent);
    for (int i = 0; i < 3; ++i)
      EXPECT_NEAR(law.slowness[i] / truth.slowness[i], 1, 0.01) << exponent << " " << i;
    EXPECT_LT(law.median_error_pct, 0.1);
  }
}

TEST(Law, NeverGivesANegativeConstant) {
  // Times that fall as the second term grows: the best non-negative answer leaves it out.
  std::vector<Terms> calls;
  std::vector<double> seconds;
  for (int i = 1; i <= 40; ++i) {
    calls.push_back(terms(1e-6, i * 1e-6, 0));
    seconds.push_back(1e-4 - i * 1e-6);
  }
  const Law law = fit_law(calls, seconds);
  EXPECT_GT(law.slowness[0], 0);
  EXPECT_GE(law.slowness[1], 0);
  EXPECT_EQ(law.slowness[2], 0);
}

TEST(Terms, CountsWhatIsNoNumberAsAbsent) {
  Terms t;
  t.add("bad", std::nan(""));
  t.add("negative", -1);
  EXPECT_EQ(t.list[0].seconds, 0);
  EXPECT_EQ(t.list[1].seconds, 0);
}

}  // namespace
}  // namespace gigawatt::kernels
