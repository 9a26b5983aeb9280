#include "gigawatt/reliability/bursts.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "gigawatt/reliability/failure_model.h"

namespace gigawatt::reliability {
namespace {

constexpr double kOneDay = 86400;

FailureModel hourly(double per_hour) {
  FailureClass c;
  c.name = "node";
  c.scope = FailureScope::kNode;
  c.scale_s = 3600 / per_hour;
  return FailureModel({c}, 8);
}

TEST(Bursts, TheFactorHasMeanOneAndGapsTheirVariation) {
  for (const double wanted : {1.3, 1.8, 3.0}) {
    const BurstModel m = burst_model(wanted, 5 * kOneDay);
    EXPECT_NEAR(kBurstShare * m.burst_factor + (1 - kBurstShare) * m.calm_factor, 1, 1e-9);
    const double c2 = 2 * (kBurstShare / m.burst_factor + (1 - kBurstShare) / m.calm_factor) - 1;
    EXPECT_NEAR(std::sqrt(c2), wanted, 1e-6);
    EXPECT_DOUBLE_EQ(m.calm_mean_s, 9 * m.burst_mean_s);
  }
  EXPECT_FALSE(burst_model(1, kOneDay).any());
  EXPECT_FALSE(burst_model(2, 0).any());
}

TEST(Bursts, DrawnGapsHaveTheVariationAndTheRate) {
  // Ten failures an hour, bursts of days: the limit in which the formula holds.
  const FailureModel model = hourly(1);
  const double horizon = 5'000 * kOneDay;  // a thousand bursts
  const BurstPath path(burst_model(1.8, kOneDay / 2), horizon, random::Stream(7, random::Domain::kTest, 1));
  random::Stream stream(7, random::Domain::kTest, 2);
  double t = 0;
  double sum = 0;
  double squares = 0;
  double count = 0;
  while (t < horizon) {
    const double gap = next_under(model, {.nodes = 10, .jobs = 1}, path, t, stream).delay_s;
    t += gap;
    sum += gap;
    squares += gap * gap;
    ++count;
  }
  const double mean = sum / count;
  EXPECT_NEAR(mean, 360, 40);
  EXPECT_NEAR(std::sqrt(squares / count - mean * mean) / mean, 1.8, 0.12);
}

TEST(Bursts, AConstantPathIsThePoissonProcess) {
  const FailureModel model = hourly(2);
  random::Stream a(3, random::Domain::kTest, 1);
  random::Stream b(3, random::Domain::kTest, 1);
  const Cohort all{50, 0};
  for (int i = 0; i < 100; ++i) {
    const auto x = model.next({&all, 1}, 1, a);
    const auto y = next_under(model, {.nodes = 50, .jobs = 1}, BurstPath{}, 1e6 * i, b);
    EXPECT_NEAR(x.delay_s, y.delay_s, 1e-6 * x.delay_s + 1e-6 * i);  // y is a difference of instants
    EXPECT_EQ(x.cause, y.cause);
  }
}

TEST(Bursts, FreshNodesFailAsTheirIntegralSays) {
  // Expected number of failures in a window: integral of (n + e exp(-t/d)) r.
  const FailureModel model = hourly(0.01);
  const double decay = 30 * kOneDay;
  const double window = 45 * kOneDay;
  const double expected = 0.01 / 3600 * (20 * window + 60 * decay * (1 - std::exp(-window / decay)));
  double count = 0;
  constexpr int kRuns = 400;
  for (int run = 0; run < kRuns; ++run) {
    random::Stream stream(11, random::Domain::kTest, static_cast<std::uint64_t>(run));
    for (double t = 0;;) {
      t += next_under(model, {.nodes = 20, .excess = 60 * std::exp(-t / decay), .decay_s = decay, .jobs = 1},
                      BurstPath{}, t, stream)
               .delay_s;
      if (t > window) break;
      ++count;
    }
  }
  EXPECT_NEAR(count / kRuns, expected, 4 * std::sqrt(expected / kRuns));
}

TEST(Domains, RatesCountWholeDomainsAndStopRatesLeaveSlowdownsOut) {
  FailureClass rack;
  rack.name = "rack";
  rack.scope = FailureScope::kDomain;
  rack.domain_nodes = 4;
  rack.scale_s = 1000;
  FailureClass site = rack;
  site.name = "site";
  site.domain_nodes = 1000;
  site.scale_s = 5000;
  FailureClass flap;
  flap.name = "flap";
  flap.scope = FailureScope::kNode;
  flap.scale_s = 10;
  flap.slowdown = 0.5;
  flap.removes_node = false;
  const FailureModel model({rack, site, flap}, 8);
  EXPECT_TRUE(model.domains());
  EXPECT_DOUBLE_EQ(model.domain_rate(400), 100 / 1000.0 + 1 / 5000.0);
  EXPECT_DOUBLE_EQ(model.domain_rate(2), 1 / 1000.0 + 1 / 5000.0);  // within one rack
  EXPECT_DOUBLE_EQ(model.stop_rate(400, 400), model.domain_rate(400));
  random::Stream stream(1, random::Domain::kTest, 3);
  int sites = 0;
  for (int i = 0; i < 100'000; ++i) sites += model.pick_domain(400, stream) == 1 ? 1 : 0;
  EXPECT_NEAR(sites, 100'000 * 0.0002 / 0.1002, 60);
}

}  // namespace
}  // namespace gigawatt::reliability
