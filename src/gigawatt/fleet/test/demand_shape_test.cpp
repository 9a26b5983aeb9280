#include "gigawatt/fleet/demand_shape.h"

#include <gtest/gtest.h>

namespace gigawatt::fleet {
namespace {

base::SimTime at(std::string_view text) { return *base::parse_time(text); }

TEST(DemandShape, IsOneWithoutAShape) {
  EXPECT_DOUBLE_EQ(demand_factor({}, at("2026-03-07T04:00:00Z")), 1);
  EXPECT_FALSE(scenario::DemandShape{}.moves());
}

TEST(DemandShape, PeaksInTheRegionsHoursAndRestsAtWeekends) {
  scenario::DemandShape s;
  s.swing = 1.5;
  s.weekend = 0.5;
  s.regions = {{"one", 1, 18}};
  // A week of 5 + 2 * 0.5 = 6 weekday equivalents: 7/6 of the mean on weekdays, half of that on Saturday.
  EXPECT_NEAR(demand_factor(s, at("2026-03-04T18:00:00Z")), 1.5 * 7 / 6, 1e-12);  // Wednesday
  EXPECT_NEAR(demand_factor(s, at("2026-03-04T06:00:00Z")), 0.5 * 7 / 6, 1e-12);
  EXPECT_NEAR(demand_factor(s, at("2026-03-07T18:00:00Z")), 1.5 * 7 / 12, 1e-12);  // Saturday
  EXPECT_NEAR(peak_demand_factor(s), 1.5 * 7 / 6, 1e-12);
}

TEST(DemandShape, OppositeRegionsLevelEachOther) {
  scenario::DemandShape s;
  s.swing = 1.8;
  s.regions = {{"east", 0.5, 0}, {"west", 0.5, 12}};
  for (int hour = 0; hour < 24; ++hour)
    EXPECT_NEAR(demand_factor(s, {hour * 3'600'000'000LL}), 1, 1e-12) << hour;
}

TEST(DemandShape, MeanOverAWeekIsOne) {
  scenario::DemandShape s;
  s.swing = 1.7;
  s.weekend = 0.8;
  s.regions = {{"a", 0.6, 3}, {"b", 0.4, 14.5}};
  double sum = 0;
  for (std::int64_t hour = 0; hour < 168; ++hour)
    sum += demand_factor(s, at("2026-03-02") + base::Duration{hour * 3'600'000'000});
  EXPECT_NEAR(sum / 168, 1, 1e-12);
}

TEST(DemandShape, UsersAskForTokensAndAnOpenReleaseTakesSomeAway) {
  scenario::Job job;
  job.output_tokens = 500;
  job.user = scenario::UserHabits{2, 3};
  job.kept_when_open = 0.4;
  scenario::DemandPoint point;
  point.users = 1e6;
  EXPECT_DOUBLE_EQ(demanded(job, point), 3e9);
  job.release = scenario::Release::kOpen;
  EXPECT_DOUBLE_EQ(demanded(job, point), 1.2e9);
}

}  // namespace
}  // namespace gigawatt::fleet
