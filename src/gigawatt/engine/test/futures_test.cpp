#include "gigawatt/engine/futures.h"

#include <set>

#include <gtest/gtest.h>

namespace gigawatt::engine {
namespace {

fleet::FleetResult future(double mw, std::optional<base::SimTime> end) {
  fleet::FleetResult r;
  r.sites.resize(1);
  r.sites[0].energized_facility_w_end = {mw, 2 * mw};
  r.jobs.resize(1);
  r.jobs[0].started = true;
  r.jobs[0].start = base::SimTime::from_date(2025, 1, 1);
  r.jobs[0].status = end ? fleet::JobStatus::kCompleted : fleet::JobStatus::kRunning;
  if (end) r.jobs[0].end = *end;
  r.jobs[0].interruptions = static_cast<std::int64_t>(mw);
  r.fleet.accelerators_end = {mw};
  return r;
}

TEST(Futures, MergesEachFigureByItself) {
  std::vector<std::vector<double>> samples;
  const auto day = base::SimTime::from_date(2026, 5, 1);
  for (int i = 0; i <= 10; ++i) samples.push_back(sample(future(i, day)));
  const Bands bands = merge(future(0, day), samples);
  EXPECT_DOUBLE_EQ(bands.low.sites[0].energized_facility_w_end[0], 1);
  EXPECT_DOUBLE_EQ(bands.median.sites[0].energized_facility_w_end[1], 10);
  EXPECT_DOUBLE_EQ(bands.high.fleet.accelerators_end[0], 9);
  EXPECT_EQ(bands.high.jobs[0].interruptions, 9);
  EXPECT_EQ(bands.median.jobs[0].end, day);
}

TEST(Futures, ADateThatFewReachIsNeverInTheHighBand) {
  const auto day = base::SimTime::from_date(2026, 5, 1);
  const std::vector<std::vector<double>> samples = {sample(future(1, day)), sample(future(1, day)),
                                                    sample(future(1, std::nullopt))};
  const Bands bands = merge(future(1, day), samples);
  EXPECT_EQ(bands.low.jobs[0].end, day);
  EXPECT_EQ(bands.median.jobs[0].end, day);
  EXPECT_EQ(bands.high.jobs[0].end, base::SimTime::max());
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
