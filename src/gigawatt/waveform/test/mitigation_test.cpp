#include "gigawatt/waveform/mitigation.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <gtest/gtest.h>

#include "fixture.h"

namespace gigawatt::waveform {
namespace {

/// A square wave between two powers, high for `share` of its period.
Series square(double low, double high, double period, double share, double seconds = 60, double dt = 0.004) {
  Series s{dt, {}};
  for (int i = 0; i < static_cast<int>(seconds / dt); ++i)
    s.watts.push_back(std::fmod((i + 0.5) * dt, period) < share * period ? high : low);
  return s;
}

Limit band_limit(double watts) {
  Limit l;
  l.bands.push_back({.low_hz = 0.1, .high_hz = 55, .power_w = watts, .window_s = 5});
  return l;
}

const Ground kGround = {
    .accelerators = 65536, .floor_w = [](double share) { return share * 77e6; }, .window_s = 60};

TEST(Mitigation, AFloorFillsTheValleysAndPaysForThem) {
  Series s = square(40e6, 80e6, 4, 0.75);
  const Mitigated m = apply(s, {Means::kFloor, 0.9}, kGround, test::world().power, nullptr);
  EXPECT_DOUBLE_EQ(m.least_w, 0.9 * 70e6 * 1.1);
  EXPECT_DOUBLE_EQ(m.peak_w, 80e6);
  EXPECT_NEAR(m.energy_overhead_pct, 100 * 0.25 * (69.3 - 40) / 70, 1e-9);
}

TEST(Mitigation, ARampIsTheLeastSeriesAboveTheLoadThatIsNowhereSteeper) {
  const Series load = square(40e6, 80e6, 20, 0.5);
  Series s = load;
  limit_ramp(s, 10e6);
  for (std::size_t i = 0; i < s.watts.size(); ++i) {
    EXPECT_GE(s.watts[i], load.watts[i]);
    if (i > 0) {
      EXPECT_LE(std::abs(s.watts[i] - s.watts[i - 1]), 10e6 * s.dt_s + 1e-3);
    }
  }
  EXPECT_NEAR(extremes(s.watts).least, 40e6, 1e3);
}

// A square wave of amplitude A (peak to peak) and period T, half high: the integral of P - mean ranges over A T / 4.
TEST(Mitigation, FlatteningASquareWaveTakesAQuarterOfItsAmplitudeTimesItsPeriod) {
  const double energy = 40e6 * 2 / 4 / 0.8;
  Series s = square(40e6, 80e6, 2, 0.5);
  const StorageUse use = smooth_known(s, energy * 1.001, {0.8, 0.9});
  EXPECT_NEAR(use.power_w, 20e6, 1e5);
  EXPECT_NEAR(use.loss_w, 0.1 * 20e6 / 2, 1e5);
  EXPECT_LT(extremes(s.watts).most - extremes(s.watts).least, 1e4);
  Series lagged = square(40e6, 80e6, 2, 0.5);
  EXPECT_NEAR(smooth_lagged(lagged, 1e4, 60e6, {0.8, 0.9}).energy_j, energy, 0.02 * energy);
}

TEST(Mitigation, StorageStaysBetweenItsEndsAndConservesEnergy) {
  for (const double energy : {1e5, 1e6, 5e6, 2e7})
    for (const double window : {60.0, 0.0}) {
      const Series load = square(40e6, 80e6, 3, 0.7);
      Ground ground = kGround;
      ground.window_s = window;
      ground.before_w = extremes(load.watts).mean;
      Series s = load;
      const Mitigated m = apply(s, {Means::kBattery, energy}, ground, test::world().power, nullptr);
      EXPECT_LE((m.storage.high_charge - m.storage.low_charge) * energy, 0.8 * energy * (1 + 1e-6));
      EXPECT_GE(m.storage.low_charge, 0.1 - 1e-9);
      EXPECT_LE(m.storage.high_charge, 0.9 + 1e-9);
      // What the grid gives is the load, the loss, and at the most what the store holds more than before.
      EXPECT_NEAR(m.mean_w - m.storage.loss_w, extremes(load.watts).mean, 0.8 * energy / 60 + 1);
    }
}

// The steadiest power of a square wave that swings by s instead of A takes (A - s) T / 4 of usable energy.
TEST(Mitigation, TheSmallestBatteryIsThatOfTheClosedForm) {
  const double amplitude = 40e6, period = 2, allowed = 10e6;
  Series s = square(40e6, 40e6 + amplitude, period, 0.5);
  Limit limit;
  limit.dynamic_range_w = allowed;
  const Mitigated m = apply(s, {Means::kBattery, -1}, kGround, test::world().power, &limit);
  ASSERT_TRUE(m.meets);
  const double energy = (amplitude - allowed) * period / 4 / test::world().power.device("battery")->usable;
  EXPECT_NEAR(m.storage.energy_j, energy, 0.01 * energy);
  EXPECT_NEAR(m.swing_w(), allowed, 0.01 * allowed);
  // Batteries are sold by the hour: one with the power of the swing holds far more than moves.
  EXPECT_NEAR(m.storage.sold_j, m.storage.power_w * 7200, 1);
  EXPECT_GT(m.storage.power_w, (amplitude - allowed) / 2 * 0.99);
  Series less = square(40e6, 40e6 + amplitude, period, 0.5);
  EXPECT_FALSE(
      apply(less, {Means::kBattery, m.storage.energy_j * 0.98}, kGround, test::world().power, &limit).meets);
}

TEST(Mitigation, TheLowestFloorIsWhereTheSwingFits) {
  Series s = square(40e6, 80e6, 2, 0.5);
  const Limit limit = band_limit(10e6);
  const Mitigated m = apply(s, {Means::kFloor, -1}, kGround, test::world().power, &limit);
  ASSERT_TRUE(m.meets);
  // Band-limited peaks overshoot the swing a little, so the floor stands a little above 70 MW.
  EXPECT_GT(m.least_w, 69.5e6);
  EXPECT_LT(m.least_w, 73e6);
}

TEST(Mitigation, MoreIsNeverWorse) {
  for (const Means means : {Means::kFloor, Means::kRackStorage, Means::kSupercapacitor, Means::kBattery}) {
    double before = 1e18;
    for (const double share : {0.1, 0.3, 0.5, 0.8, 1.0}) {
      Series s = square(40e6, 80e6, 2, 0.6);
      const double size = means == Means::kFloor ? share : share * 65.0 * 65536;
      const Mitigated m = apply(s, {means, size}, kGround, test::world().power, nullptr);
      EXPECT_LE(m.swing_w(), before * (1 + 1e-9));
      before = m.swing_w();
    }
  }
}

// NVIDIA's figure of the GB300's shelf: 65 J a GPU lower the peak demand of training by 30%, here of a swing by three
// quarters at a few hertz, where 900 W of an accelerator come and go.
TEST(Mitigation, OfASwingOfAFewHertzRackStorageTakesAThirdOff) {
  Series s = square(20e6, 80e6, 0.4, 0.5);
  const double before = extremes(s.watts).most;
  const Mitigated m = apply(s, {Means::kRackStorage, 65.0 * 65536}, kGround, test::world().power, nullptr);
  EXPECT_GT(1 - m.peak_w / before, 0.25);
}

}  // namespace
}  // namespace gigawatt::waveform
