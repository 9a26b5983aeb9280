#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "fixture.h"
#include "gigawatt/waveform/oscillation.h"
#include "gigawatt/waveform/ride_through.h"

namespace gigawatt::waveform {
namespace {

TEST(Oscillation, ASinusoidMeetsTheClosedForm) {
  for (const SwingMode mode : {SwingMode{0.25, 0.03}, SwingMode{0.6, 0.08}, SwingMode{1.2, 0.05}})
    for (const double hz : {0.1, 0.25, 0.5, 1.1, 1.2, 3.0}) {
      Series s{0.002, {}};
      // Whole periods in either half, and long enough for the slowest mode to settle.
      const double seconds = std::round(400 * hz) / hz;
      for (double t = 0.001; t < seconds; t += 0.002)
        s.watts.push_back(100e6 + 10e6 * std::sin(2 * std::numbers::pi * hz * t));
      const ModeAnswer a = drive(s, mode);
      EXPECT_TRUE(a.settled);
      EXPECT_NEAR(a.gain(), steady_gain(mode, hz), 0.01 * steady_gain(mode, hz)) << mode.hz << " " << hz;
    }
  EXPECT_NEAR(steady_gain({0.5, 0.05}, 0.5), 10, 1e-12);
}

TEST(Oscillation, TheBusVoltageSolvesTheTwoPortExactly) {
  for (const double scr : {2.5, 5.0, 20.0})
    for (const double p : {0.1, 0.5, 1.0}) {
      const double v = bus_voltage(p, scr);
      const double angle = std::asin(p / scr / v);  // P = E V sin(d) / X
      // At unity power factor the source leads by d and E cos(d) = V.
      EXPECT_NEAR(std::cos(angle), v, 1e-12);
    }
  EXPECT_EQ(bus_voltage(1, 1.9), 0);
}

const power::RideThroughDevice& device(std::string_view name) { return *test::world().power.design(name); }

TEST(RideThrough, SuppliesAloneTripWhenTheirCapacitorsAreEmpty) {
  EXPECT_FALSE(ride_through(device("bare"), {{0, 0.5, 0.019}}, 1e8, 1)[0].servers_trip);
  EXPECT_FALSE(ride_through(device("bare"), {{0, 0.5, 0.039}}, 1e8, 0.5)[0].servers_trip);
  EXPECT_FALSE(ride_through(device("bare"), {{0, 0.86, 10}}, 1e8, 1)[0].servers_trip);
  const DipOutcome o = ride_through(device("bare"), {{5, 0.5, 0.1}}, 1e8, 1)[0];
  EXPECT_TRUE(o.servers_trip);
  EXPECT_EQ(o.lost_w, 1e8);
  EXPECT_NEAR(o.lost_from_s, 5.02, 1e-12);
  EXPECT_NEAR(o.back_to_s, 5.1 + device("bare").supply_restart_s, 1e-12);
}

TEST(RideThrough, AUpsKeepsTheServersAndTakesTheLoadOffTheGrid) {
  const auto& d = device("double-conversion");
  const DipOutcome o = ride_through(d, {{0, 0.7, 0.2}}, 1e8, 1)[0];
  EXPECT_FALSE(o.servers_trip);
  EXPECT_TRUE(o.transfers);
  EXPECT_EQ(o.lost_w, 1e8);
  EXPECT_NEAR(o.share_at(0.2 + d.ups_back_s + d.ups_walk_in_s / 2), 0.5, 1e-12);
  EXPECT_EQ(o.share_at(0.2 + d.ups_back_s + d.ups_walk_in_s), 1);
}

// Six dips in 82 s, as on 2024-07-10: the third within a minute keeps the load away.
TEST(RideThrough, CountedTransfersKeepTheLoadOnBatteries) {
  power::RideThroughDevice d = device("double-conversion");
  d.ups_back_s.value = 2;
  d.ups_walk_in_s.value = 1;
  std::vector<Dip> dips;
  for (int i = 0; i < 6; ++i) dips.push_back({16.0 * i, 0.5, 0.06});
  const auto out = ride_through(d, dips, 1.5e9, 1);
  EXPECT_FALSE(out[1].stays_on_battery);
  EXPECT_TRUE(out[2].stays_on_battery);
  EXPECT_EQ(out[5].share_at(3600), 0);
  d.ups_counted.value = 0;
  EXPECT_EQ(ride_through(d, dips, 1.5e9, 1)[5].share_at(3600), 1);
}

TEST(RideThrough, ErcotsPointsTellDesignsApart) {
  const auto limits = load_limits(std::string(GW_SOURCE_DIR) + "/data");
  const Limit& ercot = *std::find_if(limits->begin(), limits->end(),
                                     [](const Limit& l) { return l.name == "ercot-nogrr282"; });
  EXPECT_EQ(check_bands(ercot, device("bare"), 1e8, 1).size(), 5u);
  const auto held = [&](std::string_view name) {
    int n = 0;
    for (const BandCheck& b : check_bands(ercot, device(name), 1e8, 1)) n += b.holds();
    return n;
  };
  // Voltage up to 1.2 is no matter for supplies; every dip below 0.85 trips them, and 0.8 for 2 s does.
  EXPECT_EQ(held("bare"), 1);
  // A UPS that walks in over 20 s is away for longer than the rule allows, whatever the dip.
  EXPECT_EQ(held("double-conversion"), 0);
  EXPECT_EQ(held("rack-battery"), 5);
}

}  // namespace
}  // namespace gigawatt::waveform
