#include "gigawatt/engine/futures.h"

#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "gigawatt/engine/figures.h"

namespace gigawatt::engine {
namespace {

using results::Interval;
using results::Metric;
using results::SubjectKind;

fleet::FleetResult future(double mw, std::optional<base::SimTime> end, double wait_h = 1) {
  fleet::FleetResult r;
  r.months = {base::SimTime{0}, base::SimTime{1}};
  r.sites.resize(1);
  r.sites[0].energized_facility_w_end = {mw * 1e6, 2e6 * mw};
  r.jobs.resize(1);
  r.jobs[0].started = true;
  r.jobs[0].start = base::SimTime::from_date(2025, 1, 1);
  r.jobs[0].status = end ? fleet::JobStatus::kCompleted : fleet::JobStatus::kRunning;
  if (end) r.jobs[0].end = *end;
  r.jobs[0].interruptions = static_cast<std::int64_t>(mw);
  r.jobs[0].batch.emplace().wait_mean_s = wait_h * 3600;
  return r;
}

/// The interval of a metric of the first subject of a kind, over these futures.
Interval over(const std::vector<fleet::FleetResult>& futures, SubjectKind kind, Metric metric) {
  results::Frame frame = frame_of(futures.front());
  std::vector<std::vector<double>> samples;
  for (const auto& one : futures) samples.push_back(frame_of(one).values());
  frame.summarize(samples);
  return frame.interval(*frame.find(frame.subject(kind), metric));
}

TEST(Futures, StepsAreDrawnFromTheirInterval) {
  const scenario::JobId first(0), second(1);
  const scenario::SystemId system(0);
  fleet::StepTable table;
  fleet::StepEntry step;
  step.step_time_s = 10;
  step.low_s = 9;
  step.high_s = 12;
  step.mfu = 0.4;
  step.breakdown_s = {{"compute", 8}};
  table.add(first, 0, system, step);
  table.add(first, 1, system, step);
  table.add(second, 0, system, step);
  constexpr int kFutures = 4000;
  int below = 0, above = 0, alike = 0;
  for (int i = 0; i < kFutures; ++i) {
    const auto drawn = drawn_steps(table, 7, static_cast<std::uint64_t>(i));
    const auto& one = drawn.steps(first, 0, system).front();
    below += one.step_time_s < 9;
    above += one.step_time_s > 12;
    alike += (one.step_time_s > 10) == (drawn.steps(second, 0, system).front().step_time_s > 10);
    EXPECT_DOUBLE_EQ(drawn.steps(first, 1, system).front().step_time_s, one.step_time_s);
    EXPECT_DOUBLE_EQ(one.mfu * one.step_time_s, 4);
    EXPECT_DOUBLE_EQ(one.breakdown_s[0].second * 10, 8 * one.step_time_s);
    const auto other = drawn_steps(table, 7, static_cast<std::uint64_t>(i ^ 1));
    EXPECT_NE(other.steps(first, 0, system).front().step_time_s > 10, one.step_time_s > 10);
  }
  EXPECT_NEAR(below, 0.1 * kFutures, 100);  // five standard deviations of as many pairs
  EXPECT_NEAR(above, 0.1 * kFutures, 100);
  EXPECT_NEAR(alike, 0.5 * kFutures, 230);
}

TEST(Futures, AStepWithoutAnIntervalIsNotDrawn) {
  fleet::StepTable table;
  fleet::StepEntry step;
  step.step_time_s = 10;
  table.add(scenario::JobId(0), 0, scenario::SystemId(0), step);
  const auto drawn = drawn_steps(table, 7, 1);
  EXPECT_EQ(drawn.steps(scenario::JobId(0), 0, scenario::SystemId(0)).front().step_time_s, 10);
}

const auto kDay = base::SimTime::from_date(2026, 5, 1);

TEST(Futures, EachFigureIsMergedByItself) {
  std::vector<fleet::FleetResult> futures;
  for (int i = 0; i <= 10; ++i) futures.push_back(future(i, kDay));
  const auto power = over(futures, SubjectKind::kSite, Metric::kEnergizedFacilityPower);
  EXPECT_DOUBLE_EQ(power.low, 2);
  EXPECT_DOUBLE_EQ(power.value, 10);
  EXPECT_DOUBLE_EQ(power.high, 18);
  EXPECT_DOUBLE_EQ(power.nominal, 0);
  EXPECT_DOUBLE_EQ(over(futures, SubjectKind::kJob, Metric::kInterruptions).high, 9);
  EXPECT_DOUBLE_EQ(over(futures, SubjectKind::kJob, Metric::kEnd).value, static_cast<double>(kDay.us) / 1e6);
}

TEST(Futures, TheTotalOfTheFleetIsTakenInEachFutureBeforeTheQuantile) {
  // Two sites of which one is large in each future: the fleet always has 11 MW, which no sum of quantiles gives.
  std::vector<fleet::FleetResult> futures;
  for (int i = 0; i <= 10; ++i) {
    futures.push_back(future(i / 2.0, kDay));
    futures.back().sites.push_back(future((11 - i) / 2.0, kDay).sites[0]);
  }
  const auto total = over(futures, SubjectKind::kFleet, Metric::kEnergizedFacilityPower);
  EXPECT_DOUBLE_EQ(total.low, 11);
  EXPECT_DOUBLE_EQ(total.high, 11);
}

TEST(Futures, ADateThatFewReachHasNoUpperEnd) {
  const std::vector<fleet::FleetResult> futures = {future(1, kDay), future(1, kDay), future(1, std::nullopt)};
  const auto end = over(futures, SubjectKind::kJob, Metric::kEnd);
  EXPECT_DOUBLE_EQ(end.low, static_cast<double>(kDay.us) / 1e6);
  EXPECT_TRUE(std::isnan(end.high));
}

TEST(Futures, TheWaitOfABatchVariesWithThem) {
  const std::vector<fleet::FleetResult> futures = {future(1, kDay, 2), future(1, kDay, 4),
                                                   future(1, kDay, 14)};
  const auto wait = over(futures, SubjectKind::kJob, Metric::kWaitMean);
  EXPECT_DOUBLE_EQ(wait.low, 2.4);
  EXPECT_DOUBLE_EQ(wait.value, 4);
  EXPECT_DOUBLE_EQ(wait.high, 12);
}

TEST(Futures, SeedsDiffer) {
  std::set<std::uint64_t> seeds;
  for (std::uint64_t i = 0; i < 100; ++i) seeds.insert(future_seed(1, i));
  EXPECT_EQ(seeds.size(), 100u);
  EXPECT_EQ(future_seed(1, 3), future_seed(1, 3));
  EXPECT_NE(future_seed(1, 3), future_seed(2, 3));
}

}  // namespace
}  // namespace gigawatt::engine
