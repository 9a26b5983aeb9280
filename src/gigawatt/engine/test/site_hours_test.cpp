#include "gigawatt/engine/site_hours.h"

#include <gtest/gtest.h>

namespace gigawatt::engine {
namespace {

constexpr std::int64_t kHourUs = 3'600'000'000;

TEST(SiteHours, TheMeterSplitsLoadsOverHoursExactly) {
  const auto start = base::SimTime::from_date(2027, 1, 1);
  HourMeter meter(2, start);
  const auto at = [&](double hours) {
    return base::SimTime{start.us + static_cast<std::int64_t>(hours * kHourUs)};
  };
  meter.on({.site = 1, .delta_milliw = 2'000'000}, at(0.5));    // 2 kW from half past
  meter.on({.site = 1, .delta_milliw = -1'000'000}, at(2.25));  // 1 kW on
  meter.finish(at(4));
  const std::vector<double> expected = {1000 * 3600.0, 2000 * 3600.0, (0.25 * 2000 + 0.75 * 1000) * 3600,
                                        1000 * 3600.0};
  ASSERT_EQ(meter.it_j(1).size(), 4u);
  for (std::size_t h = 0; h < 4; ++h) EXPECT_NEAR(meter.it_j(1)[h], expected[h], 1e-6);
  for (const double j : meter.it_j(0)) EXPECT_EQ(j, 0);
}

TEST(SiteHours, TheScenariosSupplyBecomesLimitsByDate) {
  const auto first = base::SimTime::from_date(2027, 1, 1), next = base::SimTime::from_date(2028, 1, 1);
  scenario::Site site;
  EXPECT_TRUE(supply_of(site, {}, first, next, {}).grid);
  EXPECT_FALSE(supply_of(site, {}, first, next, {}).grid->limit_w);
  const auto add = [&](scenario::SupplyKind kind, base::SimTime date, double watts) {
    scenario::Supply& item = site.supply.emplace_back();
    item.kind = kind;
    item.date = date;
    item.power = units::Power(watts);
  };
  add(scenario::SupplyKind::kGrid, base::SimTime::from_date(2026, 1, 1), 1e8);
  add(scenario::SupplyKind::kGrid, base::SimTime::from_date(2027, 7, 1), 5e7);
  add(scenario::SupplyKind::kGas, first, 2e7);
  const auto supply = supply_of(site, {1e-7, 1e-7, 1.5e-7}, first, next, {1e-9, 5e-8});
  ASSERT_EQ(supply.grid->steps.size(), 2u);
  EXPECT_DOUBLE_EQ(supply.grid->steps[0].limit_w, 1e8);
  EXPECT_DOUBLE_EQ(supply.grid->steps[1].limit_w, 1.5e8);
  ASSERT_EQ(supply.generators.size(), 1u);
  EXPECT_DOUBLE_EQ(*supply.generators[0].unit_w, 2e7);
  EXPECT_DOUBLE_EQ(*supply.generators[0].heat_rate, 3);  // as much is burnt as the run says
}

}  // namespace
}  // namespace gigawatt::engine
