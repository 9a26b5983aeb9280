// Failures drawn by month against the same fleet with single failures.
#include "gigawatt/fleet/repairs_by_month.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "gigawatt/reliability/repair_law.h"
#include "make_model.h"

namespace gigawatt::fleet {
namespace {

using test::kDay;
using test::Maker;

reliability::FailureModel heavy_tailed(double mttf_days) {
  const auto law = reliability::repair_law(5.54, 0.85, 131);
  reliability::FailureClass c;
  c.name = "gpu";
  c.scope = reliability::FailureScope::kNode;
  c.scale_s = mttf_days * kDay;
  c.detection_s = 120;
  c.restart_s = 600;
  c.repair_median_s = law.median * kDay;
  c.repair_sigma = law.sigma;
  c.repair_longest_s = law.longest * kDay;
  return {{c}, 8};
}

base::SimTime day(double days) { return base::SimTime{0} + base::Duration::seconds(days * kDay); }

TEST(RepairsByMonth, InTheLongRunRateTimesMeanRepairIsAway) {
  const RepairsByMonth law(heavy_tailed(100));
  const std::vector<InService> since = {{day(0), 1000}};
  EXPECT_NEAR(law.left_over(since, day(200), day(230)) + 1000 * law.of_a_node(30 * kDay), 1000.0 / 100 * 5.54,
              1e-6);
}

TEST(RepairsByMonth, SpansMayBeCut) {
  const RepairsByMonth law(heavy_tailed(100));
  const std::vector<InService> whole = {{day(0), 500}}, cut = {{day(0), 500}, {day(7), 500}};
  EXPECT_NEAR(law.left_over(cut, day(10), day(30)), law.left_over(whole, day(10), day(30)), 1e-9);
  EXPECT_NEAR((10 * 500 * law.of_a_node(10 * kDay) +
               20 * (law.left_over(whole, day(10), day(30)) + 500 * law.of_a_node(20 * kDay))) /
                  30,
              500 * law.of_a_node(30 * kDay), 1e-9);
}

TEST(RepairsByMonth, AreThoseOfSingleRepairs) {
  // Failures of 500 nodes in the first 10 days, 250 in the next 10: who is in repair in the 30 days after.
  const auto failures = heavy_tailed(100);
  const RepairsByMonth law(failures);
  random::Stream stream(1, random::Domain::kTest, 5);
  double node_s = 0;
  constexpr int kDraws = 200'000;
  for (int i = 0; i < kDraws; ++i) {
    const bool first = stream.uniform() < 2.0 / 3;
    const double at = kDay * (10 * stream.uniform() + (first ? 0 : 10));
    const double back = at + failures.repair_s(0, stream);
    node_s += std::max(0.0, std::min(back, 50 * kDay) - 20 * kDay);
  }
  const double expected = node_s / kDraws * (500 * 10 + 250 * 10) / 100 / (30 * kDay);
  EXPECT_NEAR(law.left_over({{day(0), 500}, {day(10), 250}}, day(20), day(50)), expected, 0.01 * expected);
}

TEST(RepairsByMonth, LeaveTheirMeanAsFarAsSingleRepairs) {
  // 1,000 nodes in their steady state, seen for 30 days: the highest and lowest number in repair against the mean.
  constexpr double kSpan = 30 * kDay, kBefore = 200 * kDay, kRate = 1000 / (100 * kDay);
  const auto failures = heavy_tailed(100);
  random::Stream stream(1, random::Domain::kTest, 6);
  double above = 0, below = 0;
  constexpr int kPaths = 400;
  for (int i = 0; i < kPaths; ++i) {
    std::vector<std::pair<double, int>> changes;
    int level = 0;
    for (double at = -kBefore; (at += stream.exponential(1 / kRate)) < kSpan;) {
      const double back = at + failures.repair_s(0, stream);
      if (back < 0) continue;
      if (at < 0)
        ++level;
      else
        changes.emplace_back(at, 1);
      if (back < kSpan) changes.emplace_back(back, -1);
    }
    std::sort(changes.begin(), changes.end());
    int highest = level, lowest = level;
    double mean = 0, since = 0;
    for (const auto& [at, step] : changes) {
      mean += level * (at - since) / kSpan;
      since = at;
      level += step;
      highest = std::max(highest, level);
      lowest = std::min(lowest, level);
    }
    mean += level * (kSpan - since) / kSpan;
    above += (highest - mean) / kPaths;
    below += (mean - lowest) / kPaths;
  }
  RepairsByMonth law(failures);
  double drawn_above = 0, drawn_below = 0, above_first = 0;
  constexpr int kDraws = 4000;
  for (int i = 0; i < kDraws; ++i) {
    const Excursion one = law.excursion(55.4, 1000, kSpan, stream);
    drawn_above += one.above / kDraws;
    drawn_below += one.below / kDraws;
    above_first += one.above_first ? 1.0 / kDraws : 0;
  }
  EXPECT_NEAR(drawn_above, above, 0.08 * above);
  EXPECT_NEAR(drawn_below, below, 0.08 * below);
  EXPECT_NEAR(above_first, 0.5, 0.05);
}

TEST(RepairsByMonth, PoolsWithFewFailuresKeepThem) {
  const auto events = [](double fewest) {
    Maker fleet(400, 365, 1);
    fleet.model.kinds[0].failures = heavy_tailed(60);  // 203 in a month
    fleet.model.failures_by_month = true;
    fleet.model.fewest_by_month = fewest;
    const FleetResult r = fleet.run();
    EXPECT_EQ(r.failures_by_month, fewest < 203);
    return r.events;
  };
  EXPECT_LT(events(100), 200u);
  EXPECT_GT(events(300), 2000u);
}

struct Seen {
  double down_h = 0, failures = 0, useful_h = 0;
  double events = 0;
};

struct Moments {
  double mean = 0, sigma = 0;
};

Moments moments(const std::vector<Seen>& all, double Seen::* what) {
  Moments m;
  for (const Seen& one : all) m.mean += one.*what / static_cast<double>(all.size());
  for (const Seen& one : all) m.sigma += (one.*what - m.mean) * (one.*what - m.mean);
  m.sigma = std::sqrt(m.sigma / static_cast<double>(all.size() - 1));
  return m;
}

/// Of 400 nodes 100 serve, 60 train for some months, others come half way; 60 futures.
std::vector<Seen> futures(bool by_month) {
  std::vector<Seen> all;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Maker fleet(400, 365, seed);
    fleet.model.kinds[0].failures = heavy_tailed(60);
    fleet.model.failures_by_month = by_month;
    fleet.deliver(200, 150);
    fleet.serve({{fleet.model.start, 800}});
    fleet.train({.nodes = 60, .useful_s = 100 * kDay});
    const FleetResult r = fleet.run();
    Seen seen;
    seen.down_h = r.hours[HourUse::kDown];
    seen.useful_h = r.jobs[1].hours[HourUse::kUseful];
    for (std::size_t m = 0; m < r.fleet.failures.size(); ++m) seen.failures += r.fleet.failures[m];
    seen.events = static_cast<double>(r.events);
    all.push_back(seen);
  }
  return all;
}

TEST(RepairsByMonth, FuturesHaveTheMeanAndSpreadOfThoseWithSingleFailures) {
  const auto single = futures(false), monthly = futures(true);
  for (const auto what : {&Seen::down_h, &Seen::failures}) {
    const Moments a = moments(single, what), b = moments(monthly, what);
    const double of_mean = std::hypot(a.sigma, b.sigma) / std::sqrt(60.0);
    EXPECT_NEAR(b.mean, a.mean, 3 * of_mean);
    EXPECT_NEAR(b.sigma / a.sigma, 1, 0.4);
  }
  EXPECT_LT(moments(monthly, &Seen::events).mean, 0.1 * moments(single, &Seen::events).mean);
}

}  // namespace
}  // namespace gigawatt::fleet
