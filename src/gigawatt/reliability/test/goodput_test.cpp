#include "gigawatt/reliability/goodput.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace gigawatt::reliability {
namespace {

TEST(Goodput, YoungAndDaly) {
  EXPECT_DOUBLE_EQ(young_interval_s(60, 10800), std::sqrt(2 * 60 * 10800.0));
  // Daly's correction is small where the stall is short, and the interval is the MTTF where it is not.
  EXPECT_NEAR(daly_interval_s(1, 1e6), young_interval_s(1, 1e6), 2);
  EXPECT_DOUBLE_EQ(daly_interval_s(300, 100), 100);
}

TEST(Goodput, DalyIsNearTheOptimumOfTheRenewalForm) {
  for (const double mttf : {600.0, 3600.0, 11000.0, 86400.0}) {
    for (const double stall : {1.0, 10.0, 60.0}) {
      const auto ettr = [&](double d) { return ettr_renewal(1 / mttf, {d, stall, 0}, {60, 300}); };
      const double chosen = ettr(daly_interval_s(stall, mttf));
      double best = 0;
      for (double d = stall; d < mttf * 3; d *= 1.02) best = std::max(best, ettr(d));
      EXPECT_GT(chosen, best * 0.999) << mttf << " " << stall;
    }
  }
}

TEST(Goodput, FirstOrderAndRenewalAgreeForRareFailures) {
  const CheckpointCosts checkpoint{600, 5, 0};
  const RecoveryCosts recovery{60, 300};
  for (const double mttf : {1e5, 1e6, 1e7})
    EXPECT_NEAR(
        ettr_first_order(1 / mttf, checkpoint, recovery) / ettr_renewal(1 / mttf, checkpoint, recovery), 1,
        1e-3);
  EXPECT_DOUBLE_EQ(ettr_renewal(0, checkpoint, recovery), 600 / 605.0);
}

TEST(Goodput, Llama3ReachesNinetyPercent) {
  // arXiv 2407.21783: one interruption per 3.09 h, effective time above 90%. RSC: restart overhead 5 to 20 min.
  const double rate = 1 / (3.09 * 3600);
  EXPECT_GT(ettr_renewal(rate, {daly_interval_s(3, 1 / rate), 3, 60}, {60, 600}), 0.9);
}

TEST(Goodput, FallsWithTheRateAndReachesZero) {
  double previous = 1;
  for (double mttf = 1e6; mttf > 10; mttf /= 2) {
    const double ettr = ettr_renewal(1 / mttf, {600, 10, 0}, {60, 300});
    EXPECT_LT(ettr, previous);
    previous = ettr;
  }
  EXPECT_LT(previous, 1e-6);
  EXPECT_EQ(ettr_first_order(1, {600, 10, 0}, {60, 300}), 0);
}

}  // namespace
}  // namespace gigawatt::reliability
