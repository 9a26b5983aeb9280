#include "gigawatt/report/page_bounds.h"

#include <gtest/gtest.h>

namespace gigawatt::report {
namespace {

fleet::JobResult job(const std::string& name, const std::string& site, double useful, double lost) {
  fleet::JobResult j;
  j.name = name;
  j.kind = "training";
  j.site = site;
  j.status = useful > 0 ? fleet::JobStatus::kCompleted : fleet::JobStatus::kWaiting;
  j.hours[fleet::HourUse::kUseful] = useful;
  j.hours[fleet::HourUse::kLost] = lost;
  j.cost_usd = 10 * (useful + lost);
  j.facility_energy_j = useful * kMegawattHour;
  return j;
}

fleet::FleetResult four_jobs() {
  fleet::FleetResult r;
  r.jobs = {job("a", "x", 5, 1), job("b", "x", 30, 0), job("c", "x", 0, 0), job("d", "y", 20, 2)};
  return r;
}

TEST(PageBounds, TheLargestJobsKeepTheirOrder) {
  EXPECT_EQ(largest_jobs(four_jobs(), 2), (std::vector<std::size_t>{1, 3}));
  EXPECT_EQ(largest_jobs(four_jobs(), 4).size(), 4u);
}

TEST(PageBounds, WhatIsLeftOutStandsTogetherAndNothingIsLost) {
  const auto r = four_jobs();
  const Json others = other_jobs_json(r, {1});
  ASSERT_EQ(others.size(), 2u);
  EXPECT_EQ(others[0]["site"], "x");
  EXPECT_EQ(others[0]["stands_for"], 2);
  EXPECT_EQ(others[0]["title"], "2 smaller jobs (1 waiting, 1 completed)");
  EXPECT_EQ(others[0]["goodput"], 5.0 / 6);
  double cost = r.jobs[1].cost_usd, energy = 30;
  for (const auto& entry : others) {
    cost += entry["cost_usd"].get<double>();
    energy += entry["energy_mwh"].get<double>();
  }
  EXPECT_DOUBLE_EQ(cost, 580);
  EXPECT_DOUBLE_EQ(energy, 55);
  EXPECT_TRUE(other_jobs_json(r, {0, 1, 2, 3}).empty());
}

TEST(PageBounds, InputsOfTheFirstEntriesOfAListAreShown) {
  EXPECT_TRUE(shows_input("start"));
  EXPECT_TRUE(shows_input("operations.scheduler"));
  EXPECT_TRUE(shows_input("job[199].phase[900].tokens"));
  EXPECT_FALSE(shows_input("job[200].model"));
  EXPECT_TRUE(shows_input("site.phase[300].power"));
}

}  // namespace
}  // namespace gigawatt::report
