#include "gigawatt/reliability/repair_shop.h"

#include <cmath>

#include <gtest/gtest.h>

namespace gigawatt::reliability {
namespace {

/// Mean time in the shop of many arrivals with exponential gaps.
double mean_time(const RepairModel& model, double gap_s, int count) {
  RepairShop shop(model);
  random::Stream arrivals(5, random::Domain::kTest, 1);
  random::Stream repairs(5, random::Domain::kTest, 2);
  double now = 0;
  double sum = 0;
  for (int i = 0; i < count; ++i) {
    now += arrivals.exponential(gap_s);
    sum += shop.leaves_s(now, repairs) - now;
  }
  return sum / count;
}

TEST(RepairShop, OneTechnicianIsTheQueueMG1) {
  // Pollaczek-Khinchine: wait = rho / (1 - rho) * (1 + c^2) / 2 * service.
  RepairModel m{.technicians = 1, .hands_on_mean_s = 3600, .hands_on_sigma = 0.8};
  const double rho = 0.7;
  const double c2 = std::exp(0.8 * 0.8) - 1;
  const double expected = 3600 * (1 + rho / (1 - rho) * (1 + c2) / 2);
  EXPECT_NEAR(mean_time(m, 3600 / rho, 400'000), expected, 0.05 * expected);
}

TEST(RepairShop, EnoughTechniciansLeaveTheWorkAlone) {
  RepairModel m{.technicians = 100, .hands_on_mean_s = 7200, .hands_on_sigma = 0.5};
  EXPECT_NEAR(mean_time(m, 3600, 100'000), 7200, 60);
}

TEST(RepairShop, WithoutStockAPartTakesTheVendorsTime) {
  RepairModel m{
      .technicians = 100, .hands_on_mean_s = 1, .hands_on_sigma = 0, .part_share = 1, .turnaround_s = 1e6};
  EXPECT_NEAR(mean_time(m, 3600, 50'000), 1e6, 2e4);
}

TEST(RepairShop, StockHidesTheVendor) {
  // Parts on order are Poisson with mean 10 (Palm): with 30 of them hardly any repair waits; with 10 about half do.
  RepairModel m{
      .technicians = 1000, .hands_on_mean_s = 1, .hands_on_sigma = 0, .part_share = 1, .turnaround_s = 1e5};
  m.parts = 30;
  EXPECT_LT(mean_time(m, 1e4, 50'000), 20);
  m.parts = 10;
  const double short_stock = mean_time(m, 1e4, 50'000);
  EXPECT_GT(short_stock, 5e3);
  EXPECT_LT(short_stock, 5e4);
}

}  // namespace
}  // namespace gigawatt::reliability
