#include "gigawatt/reliability/failure_fit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "gigawatt/base/random.h"
#include "gigawatt/reliability/reliability_plan.h"

namespace gigawatt::reliability {
namespace {

TEST(Laws, HandComputed) {
  const std::vector<double> x = {1, 2, 3};
  const auto e = fit_exponential(x, 1, 0);
  EXPECT_DOUBLE_EQ(e.rate_per_s.value, 0.5);
  EXPECT_DOUBLE_EQ(e.rate_per_s.standard_error, 0.5 / std::sqrt(3.0));
  EXPECT_NEAR(e.log_likelihood, -3 * std::log(2.0) - 3, 1e-12);
  // KS: 1 - e^-0.5 = 0.393 against 0 at the first value.
  EXPECT_NEAR(e.goodness.distance, 1 - std::exp(-0.5), 1e-12);
  const std::vector<double> y = {std::exp(1.0), std::exp(3.0)};
  const auto l = fit_lognormal(y, 1, 0);
  EXPECT_DOUBLE_EQ(l.log_mean.value, 2);
  EXPECT_DOUBLE_EQ(l.log_sigma.value, 1);
  EXPECT_DOUBLE_EQ(l.median_s, 0.5 * (y[0] + y[1]));
}

TEST(Laws, WeibullMaximizesTheLikelihood) {
  const std::vector<double> x = {0.3, 1.1, 2.4, 0.7, 5.1, 0.2, 1.9};
  const auto w = fit_weibull(x, 1, 0);
  const auto likelihood = [&](double k, double scale) {
    double sum = 0;
    for (const double v : x)
      sum += std::log(k / scale) + (k - 1) * std::log(v / scale) - std::pow(v / scale, k);
    return sum;
  };
  EXPECT_NEAR(w.log_likelihood, likelihood(w.shape.value, w.scale_s.value), 1e-9);
  for (const double dk : {-0.01, 0.01})
    for (const double ds : {-0.01, 0.01})
      EXPECT_GT(w.log_likelihood, likelihood(w.shape.value + dk, w.scale_s.value + ds));
}

TEST(Laws, FindTheParametersThatDrewThem) {
  random::Stream s(7, random::Domain::kTest, 0);
  std::vector<double> weibull(2000), lognormal(2000);
  for (double& v : weibull) v = s.weibull(3600, 0.7);
  for (double& v : lognormal) v = s.lognormal(7200, 1.8);
  const auto w = fit_weibull(weibull, 1, 100);
  EXPECT_NEAR(w.shape.value, 0.7, 4 * w.shape.standard_error);
  EXPECT_NEAR(w.scale_s.value, 3600, 4 * w.scale_s.standard_error);
  EXPECT_GT(w.goodness.p, 0.01);
  const auto wrong = fit_exponential(weibull, 1, 100);
  EXPECT_LT(wrong.goodness.p, 0.01);
  const auto l = fit_lognormal(lognormal, 1, 100);
  EXPECT_NEAR(l.log_mean.value, std::log(7200.0), 4 * l.log_mean.standard_error);
  EXPECT_NEAR(l.log_sigma.value, 1.8, 4 * l.log_sigma.standard_error);
  EXPECT_GT(l.goodness.p, 0.01);
}

TEST(Laws, PValuesAreUniformUnderTheLaw) {
  // 60 samples of the law itself: p below 0.5 about half of the time, hardly ever below 0.01.
  random::Stream s(8, random::Domain::kTest, 0);
  int below_half = 0;
  int tiny = 0;
  std::vector<double> x(40);
  for (int n = 0; n < 60; ++n) {
    for (double& v : x) v = s.exponential(5);
    const double p = fit_exponential(x, static_cast<std::uint64_t>(n), 60).goodness.p;
    below_half += p < 0.5 ? 1 : 0;
    tiny += p < 0.01 ? 1 : 0;
  }
  EXPECT_GE(below_half, 18);
  EXPECT_LE(below_half, 42);
  EXPECT_LE(tiny, 4);
}

FaultSample fleet(double lemon_factor) {
  random::Stream s(9, random::Domain::kTest, 0);
  FaultSample sample;
  sample.causes = {"gpu", "nic"};
  sample.nodes = 100;
  sample.observed_s = 1e6;
  double t = 0;
  for (int i = 0; i < 500; ++i) {
    t += s.exponential(1900);
    const bool lemon = s.uniform() * (9 + lemon_factor) < lemon_factor;
    const auto node = static_cast<std::uint32_t>(lemon ? s.below(10) : 10 + s.below(90));
    sample.faults.push_back({t, t + s.lognormal(3000, 1), node, static_cast<std::uint32_t>(i % 5 == 0)});
  }
  return sample;
}

TEST(Fit, LemonsStandOutAndEqualNodesDoNot) {
  const auto equal = fit_failures(fleet(1), 1).lemons;
  EXPECT_NEAR(equal.fault_share, equal.expected_share, 0.06);
  EXPECT_NEAR(equal.dispersion, 1, 0.4);
  const auto lemons = fit_failures(fleet(6), 1).lemons;
  EXPECT_GT(lemons.fault_share, lemons.highest_by_chance);
  EXPECT_NEAR(lemons.fault_share, 0.4, 0.08);
  EXPECT_DOUBLE_EQ(lemons.node_share, 0.1);
}

TEST(Fit, RatesCausesAndRepairs) {
  const auto f = fit_failures(fleet(1), 1);
  EXPECT_DOUBLE_EQ(f.rate_per_node_s.value, 500 / 1e8);
  ASSERT_EQ(f.causes.size(), 2U);
  EXPECT_EQ(f.causes[0].name, "gpu");
  EXPECT_EQ(f.causes[0].count, 400U);
  EXPECT_EQ(f.causes[1].count, 100U);
  // Garwood's 90% interval of a count of 100: 84.14 to 118.08.
  EXPECT_NEAR(f.causes[1].low * 1e8, 84.14, 0.01);
  EXPECT_NEAR(f.causes[1].high * 1e8, 118.08, 0.01);
  EXPECT_FALSE(f.weibull_better);
  EXPECT_NEAR(f.gap_variation.value, 1, 4 * f.gap_variation.standard_error);
  EXPECT_EQ(f.repair.samples, 500U);
}

TEST(Fit, DownTimeOfOverlappingFaultsCountsOnce) {
  FaultSample sample;
  sample.causes = {"a"};
  sample.nodes = 2;
  sample.observed_s = 100;
  const double open = std::numeric_limits<double>::quiet_NaN();
  sample.faults = {{0, 10, 0, 0}, {5, 20, 0, 0}, {6, 16, 1, 0}, {30, open, 1, 0}};
  EXPECT_DOUBLE_EQ(fit_failures(sample, 1).unavailability, 30.0 / 200);
}

TEST(Plan, BestIntervalBeatsItsNeighbors) {
  for (const double mttf : {600.0, 10'000.0, 1e6}) {
    const RecoveryCosts recovery{60, 300};
    const double best = best_interval_s(1 / mttf, 5, 20, recovery, 1, 1e9);
    const double ettr = ettr_renewal(1 / mttf, {best, 5, 20}, recovery);
    for (const double factor : {0.5, 0.9, 1.1, 2.0})
      EXPECT_GE(ettr, ettr_renewal(1 / mttf, {best * factor, 5, 20}, recovery)) << mttf;
    // Daly's interval is near it where checkpoints are short against the mean time to failure.
    EXPECT_NEAR(best / daly_interval_s(5, mttf), 1, 0.1);
  }
}

TEST(Plan, SparesAgainstASummedPoisson) {
  // Mean 2: P(more than 4) = 1 - e^-2 (1 + 2 + 2 + 4/3 + 2/3).
  EXPECT_NEAR(shortage(0.001, 2000, 4), 1 - std::exp(-2.0) * (1 + 2 + 2 + 4.0 / 3 + 2.0 / 3), 1e-12);
  for (const double mean : {0.01, 2.0, 300.0}) {
    const auto n = spares_needed(mean, 1, 0.01);
    EXPECT_LE(shortage(mean, 1, n), 0.01);
    EXPECT_GT(shortage(mean, 1, n - 1), 0.01);
  }
  EXPECT_EQ(spares_needed(0, 1, 0.01), 0);
}

}  // namespace
}  // namespace gigawatt::reliability
