#include <gtest/gtest.h>

#include "gigawatt/base/check.h"
#include "gigawatt/site/node_power.h"
#include "gigawatt/site/overhead.h"

namespace gigawatt::site {
namespace {

const Climate kOhio{{-1.6, 0.1, 4.9, 11.3, 17.2, 22.2, 24.1, 23.3, 19.5, 13.0, 6.5, 1.2}};

// ASHRAE Handbook of Fundamentals 2021, chapter 14, table 6.
const TypicalDay kDay{
    .reference_load = 0.7,
    .no_load_share = 0.4,
    .design_hour_above_month_k = 13.25,
    .below_maximum = {0.88, 0.92, 0.95, 0.98, 1.00, 0.98, 0.91, 0.74, 0.55, 0.38, 0.23, 0.13,
                      0.05, 0.00, 0.00, 0.06, 0.14, 0.24, 0.39, 0.50, 0.59, 0.68, 0.75, 0.82}};

catalog::System system(double accelerators, double node_max_w, double node_idle_w, double network_w) {
  catalog::System s;
  s.accelerators_per_node.value = accelerators;
  s.node_max_w.value = node_max_w;
  s.node_idle_w.value = node_idle_w;
  s.network_w_per_accelerator.value = network_w;
  return s;
}

double per_accelerator_w(const catalog::System& s, double pue) {
  return node_power(s).max_it_w() / s.accelerators_per_node * pue;
}

TEST(NodePower, FollowsTheShareOfTheStepThatComputes) {
  const NodePower p = node_power(system(8, 10200, 1900, 80));
  EXPECT_DOUBLE_EQ(p.idle_it_w(), 1900 + 640);
  EXPECT_DOUBLE_EQ(p.max_it_w(), 10200 + 640);
  EXPECT_DOUBLE_EQ(p.at_it_w(0), p.idle_it_w());
  const LoadLevels levels =
      load_levels(0.76, 0.375, 0.8);  // DGX H100, arXiv 2506.14551; POLCA, arXiv 2308.12908
  EXPECT_NEAR(p.training_it_w(levels, 0.8), 0.76 * 10200 + 640, 1e-9);
  // 8.4 kW is the highest draw measured on that server under training loads.
  EXPECT_NEAR(p.training_it_w(levels, 1) - 640, 8400, 200);
  EXPECT_NEAR(p.training_it_w(levels, 1) - p.training_it_w(levels, 0), 0.375 * 10200, 1e-9);
  EXPECT_DOUBLE_EQ(p.serving_it_w(levels, 0), p.idle_it_w());
  EXPECT_DOUBLE_EQ(p.serving_it_w(levels, 1), p.training_it_w(levels, 1));
}

// Published watts per accelerator at the meter lie between the best and the usual peak overhead of these nodes.
TEST(NodePower, MeetsPublishedWattsAtTheMeter) {
  const auto h100 = system(8, 10200, 1900, 80);            // vendor's maximum
  EXPECT_LT(per_accelerator_w(h100, 1.05), 1427);          // Epoch AI: 100,000-GPU cluster
  EXPECT_GT(per_accelerator_w(h100, 1.30), 1740 * 0.99);   // Epoch AI: Colossus 1
  const auto gb200 = system(4, 132000.0 / 18, 2200, 100);  // 18 trays of 4 in a 132 kW rack
  EXPECT_LT(per_accelerator_w(gb200, 1.2), 2402);          // Epoch AI cluster
  EXPECT_NEAR(per_accelerator_w(gb200, 1.3), 2509, 80);    // Colossus 2, low
  const auto a100 = system(8, 5300, 1500, 40);  // DGX-class A100 server, measured p95 5.04 kW, p99 5.45 kW
  EXPECT_NEAR(per_accelerator_w(a100, 1.18), 830, 30);  // RSC
}

TEST(Overhead, MeetsTheDeclaredYearlyMeanAtReferenceLoad) {
  const Overhead overhead({.pue_mean = 1.2,
                           .pue_peak = 1.35,
                           .conversion_efficiency = 0.99 * 0.97 * 0.985,
                           .water_m3_per_it_j = 1e-10},
                          kOhio, kDay);
  double facility = 0;
  double water = 0;
  for (unsigned m = 0; m < 12; ++m) {
    facility += overhead.month(m, 100e6).facility_w(70e6) / 12;
    water += overhead.month(m, 100e6).water_m3_per_it_j / 12;
  }
  EXPECT_NEAR(facility / 70e6, 1.2, 1e-12);
  EXPECT_NEAR(water, 1e-10, 1e-22);
  EXPECT_GT(overhead.month(6, 100e6).facility_w(70e6), overhead.month(0, 100e6).facility_w(70e6));
  // No month reaches the design hour.
  EXPECT_LT(overhead.month(6, 100e6).facility_w(70e6), 1.35 * 70e6);
}

TEST(Overhead, PueRisesAtLowLoadAndFacilityNeverFallsBelowIt) {
  const Overhead overhead({.pue_mean = 1.3, .pue_peak = 1.4, .conversion_efficiency = 0.95}, kOhio, kDay);
  double previous = 1e9;
  for (double it = 1e6; it <= 100e6; it += 1e6) {
    const double pue = overhead.month(3, 100e6).facility_w(it) / it;
    EXPECT_LT(pue, previous);
    EXPECT_GT(pue, 1);
    previous = pue;
  }
  EXPECT_DOUBLE_EQ(overhead.it_capacity_w(140e6), 100e6);
}

TEST(Overhead, ADeclaredPueBelowTheChainScalesTheChain) {
  const Overhead overhead({.pue_mean = 1.03, .pue_peak = 1.05, .conversion_efficiency = 0.946}, kOhio, kDay);
  double mean = 0;
  for (unsigned m = 0; m < 12; ++m) mean += overhead.month(m, 100).facility_w(70) / 70 / 12;
  EXPECT_NEAR(mean, 1.03, 1e-12);
}

TEST(Overhead, RefusesAPeakBelowTheMean) {
  EXPECT_THROW(Overhead({.pue_mean = 1.3, .pue_peak = 1.2}, kOhio, kDay), base::InternalError);
}

TEST(Overhead, TypicalDaysMakeTheirMonth) {
  Climate climate = kOhio;
  climate.daily_range_k = 10;
  const Overhead overhead(
      {.pue_mean = 1.2, .pue_peak = 1.35, .conversion_efficiency = 0.96, .water_m3_per_it_j = 1e-10}, climate,
      kDay);
  for (unsigned m = 0; m < 12; ++m) {
    const auto month = overhead.month(m, 100e6);
    double cooling = 0, water = 0, dry_bulb = 0;
    for (unsigned h = 0; h < 24; ++h) {
      const auto hour = overhead.hour(m, h, 100e6);
      cooling += hour.cooling_per_it / 24;
      water += hour.water_m3_per_it_j / 24;
      dry_bulb += overhead.dry_bulb_c(m, h) / 24;
      EXPECT_DOUBLE_EQ(hour.conversion_fixed_w, month.conversion_fixed_w);
    }
    EXPECT_NEAR(cooling, month.cooling_per_it, 1e-12);
    EXPECT_NEAR(water, month.water_m3_per_it_j, 1e-22);
    EXPECT_NEAR(dry_bulb, climate.mean_dry_bulb_c[m], 1e-12);
    // Coldest in the hour that ends at five, warmest from one to three in the afternoon, a daily range apart.
    EXPECT_NEAR(overhead.dry_bulb_c(m, 14) - overhead.dry_bulb_c(m, 4), 10, 1e-12);
    EXPECT_GT(overhead.hour(m, 14, 0).cooling_per_it, overhead.hour(m, 4, 0).cooling_per_it);
  }
  // The line through the months holds through the hours: July's afternoon is 5.36 K above its mean.
  const double per_k =
      (overhead.month(6, 0).cooling_per_it - overhead.month(3, 0).cooling_per_it) / (24.1 - 11.3);
  EXPECT_NEAR(overhead.hour(6, 14, 0).cooling_per_it - overhead.month(6, 0).cooling_per_it, per_k * 5.3625,
              1e-6);
}

TEST(Overhead, WithoutADailyRangeEveryHourIsItsMonth) {
  const Overhead overhead({.pue_mean = 1.2, .pue_peak = 1.35}, kOhio, kDay);
  for (unsigned h = 0; h < 24; ++h)
    EXPECT_DOUBLE_EQ(overhead.hour(6, h, 1e6).facility_w(5e5), overhead.month(6, 1e6).facility_w(5e5));
}

}  // namespace
}  // namespace gigawatt::site
