#include "gigawatt/reliability/incidents.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace gigawatt::reliability {
namespace {

constexpr double kOpen = std::numeric_limits<double>::quiet_NaN();

TEST(Incidents, RepeatsAndFaultsWithinAFaultAreOne) {
  // Node 0: a fault with one inside it that ends later; node 1: five lines of one cause in a chain, one of another.
  const std::vector<FaultRecord> lines = {{0, 100, 0, 0},     {10, kOpen, 1, 0},  {50, 300, 0, 1},
                                          {60, kOpen, 1, 0},  {110, kOpen, 1, 0}, {160, kOpen, 1, 0},
                                          {210, kOpen, 1, 0}, {220, kOpen, 1, 1}};
  const auto found = find_incidents(lines, false, true, 60);
  ASSERT_EQ(found.faults.size(), 3U);
  EXPECT_EQ(found.within, 1U);
  EXPECT_EQ(found.repeats, 4U);
  EXPECT_DOUBLE_EQ(found.faults[0].end_s, 300);
  EXPECT_EQ(found.open, 0U);  // the log knows no ends
  EXPECT_EQ(find_incidents(lines, false, false, 60).faults.size(), lines.size());
  // A line at the instant of the end is a new fault.
  EXPECT_EQ(find_incidents({{0, 100, 0, 0}, {100, 200, 0, 0}}, true, true, 60).faults.size(), 2U);
}

TEST(Incidents, AnOpenRepairIsOneThatNothingFollows) {
  const auto found =
      find_incidents({{0, kOpen, 0, 0}, {1000, 2000, 0, 0}, {3000, kOpen, 1, 0}}, true, true, 60);
  ASSERT_EQ(found.faults.size(), 3U);
  EXPECT_FALSE(found.faults[0].open);  // the node failed again: it had come back
  EXPECT_TRUE(found.faults[2].open);
  EXPECT_EQ(found.unknown, 1U);
  EXPECT_EQ(found.open, 1U);
}

TEST(Incidents, OpenRepairsHoldTheirNodesAndBoundTheLaw) {
  FaultSample sample;
  sample.causes = {"a"};
  sample.nodes = 4;
  sample.observed_s = 1000;
  sample.until_s = 1000;
  sample.faults = {{0, 10, 0, 0}, {100, 140, 1, 0}, {300, 320, 2, 0}, {500, kOpen, 3, 0, true}};
  const auto f = fit_failures(sample, 1);
  EXPECT_DOUBLE_EQ(f.unavailability, (10 + 40 + 20 + 500) / 4000.0);
  EXPECT_EQ(f.repair.open, 1U);
  EXPECT_DOUBLE_EQ(f.repair.mean_s, 570.0 / 4);
  // The censored likelihood is largest at the fit.
  const auto likelihood = [&](double mean, double sigma) {
    double sum = 0;
    for (const double x : {10.0, 40.0, 20.0})
      sum += -0.5 * std::pow((std::log(x) - mean) / sigma, 2) - std::log(sigma);
    return sum + std::log(0.5 * std::erfc((std::log(500.0) - mean) / sigma / std::sqrt(2.0)));
  };
  const double mean = f.repair.log_mean.value, sigma = f.repair.log_sigma.value;
  for (const double d : {-1e-3, 1e-3}) {
    EXPECT_GT(likelihood(mean, sigma), likelihood(mean + d, sigma));
    EXPECT_GT(likelihood(mean, sigma), likelihood(mean, sigma + d));
  }
}

TEST(Incidents, DegenerateDataGiveNoLaw) {
  FaultSample sample;
  sample.causes = {"a"};
  sample.nodes = 20;
  sample.observed_s = 1100;
  sample.until_s = 1100;
  for (std::uint32_t i = 0; i < 12; ++i)
    sample.faults.push_back({i < 6 ? 0.0 : 1000.0, i < 6 ? 100.0 : 1100.0, i, 0});
  const auto two_instants = fit_failures(sample, 1);
  EXPECT_FALSE(two_instants.exponential.has_value());
  EXPECT_FALSE(two_instants.weibull.has_value());
  EXPECT_FALSE(two_instants.repair.law);
  EXPECT_DOUBLE_EQ(two_instants.repair.mean_s, 100);
  for (std::uint32_t i = 0; i < 12; ++i) sample.faults[i].start_s = sample.faults[i].end_s = 90.0 * i;
  const auto periodic = fit_failures(sample, 1);
  EXPECT_TRUE(periodic.exponential.has_value());
  EXPECT_FALSE(periodic.weibull.has_value());
  EXPECT_EQ(periodic.repairs_no_length, 12U);
  EXPECT_TRUE(std::isfinite(periodic.gap_variation.standard_error));
}

}  // namespace
}  // namespace gigawatt::reliability
