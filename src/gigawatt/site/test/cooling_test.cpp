#include <cmath>
#include <cstdio>
#include <map>

#include <gtest/gtest.h>

#include "gigawatt/config/gzip.h"
#include "gigawatt/site/plants.h"
#include "gigawatt/site/psychrometrics.h"
#include "gigawatt/site/year.h"

namespace gigawatt::site {
namespace {

const std::string kSources = GW_SOURCE_DIR;

const std::map<std::string, CoolingPlant>& plants() {
  static const auto all = [] {
    std::map<std::string, CoolingPlant> out;
    const auto loaded = load_plants(kSources + "/data/cooling");
    for (const auto& p : loaded.value()) out[p.name] = p;
    return out;
  }();
  return all;
}

const Weather& station(const std::string& name) {
  static std::map<std::string, Weather> known;
  if (!known.contains(name))
    known[name] = *read_weather(
        *config::read_maybe_gzip(kSources + "/data/weather/" + name + ".epw.gz", 64 << 20), name);
  return known[name];
}

const std::vector<std::string> kStations = {"USA_AZ_Phoenix-Sky.Harbor", "USA_GA_Atlanta-Hartsfield-Jackson",
                                            "USA_IL_Chicago.OHare", "USA_TX_Dallas-Fort.Worth",
                                            "USA_VA_Leesburg.Exec"};

Losses flat(double share) {
  return {{"all"}, {true}, [share](double it, std::span<double> loss) { loss[0] = share * it; }};
}

SiteYear year(const std::string& plant, const std::string& place, double load = 0.9, double loss = 0.05) {
  const Weather& w = station(place);
  const std::vector<double> it(w.hours(), load * 100e6);
  return site_year(w, it, 100e6, plants().at(plant), flat(loss));
}

OutdoorAir air(double dry, double rh) { return {dry, wet_bulb_c(dry, rh, 101325), rh, 101325}; }

TEST(Cooling, EveryPlantAtEveryStation) {
  for (const auto& [name, plant] : plants())
    for (const auto& place : kStations) {
      const auto y = year(name, place);
      double water = 0, cut = 0;
      for (std::size_t t = 0; t < y.hours(); ++t) water += y.water_m3[t], cut += y.throttled_w[t];
      std::printf("[ %-20s %-34s ] PUE %.3f, worst %.3f, water %.3f L/kWh, cut %.4f%%\n", name.c_str(),
                  place.c_str(), y.pue_mean(), y.pue_max(), water * 1000 / (y.it_wh() / 1e3),
                  100 * cut / (y.it_wh() + cut));
      EXPECT_GT(y.pue_mean(), 1.05);
      EXPECT_LT(y.pue_mean(), 1.8);
      EXPECT_GE(y.pue_max(), y.pue_mean());
    }
}

TEST(Cooling, EnergyBalancesInEveryHour) {
  const auto y = year("liquid-water-chiller", "USA_TX_Dallas-Fort.Worth");
  for (std::size_t t = 0; t < y.hours(); ++t)
    ASSERT_NEAR(y.facility_w[t],
                y.it_w[t] + y.loss_w[t] + y.chiller_w[t] + y.fan_w[t] + y.pump_w[t] + y.house_w, 1e-3);
}

TEST(Cooling, FansFollowTheCubeOfTheFlow) {
  // A dry cooler alone at half its heat and design distance runs at half flow: an eighth of its power.
  CoolingPlant p = plants().at("liquid-dry");
  p.liquid_share.value = 1;
  p.liquid.min_flow.value = 0;
  const double sink = p.liquid.supply_c - p.liquid.approach_k;
  const auto full = Cooling(p, 100e6).hour(100e6, air(sink, 0.3));
  const auto half = Cooling(p, 100e6).hour(50e6, air(sink, 0.3));
  EXPECT_NEAR(full.fan_w, p.liquid.fan_share * 100e6, 1);
  EXPECT_NEAR(half.fan_w, full.fan_w / 8, 1);
  EXPECT_DOUBLE_EQ(full.capability, 1);
  EXPECT_DOUBLE_EQ(full.chiller_w, 0);
}

TEST(Cooling, BeyondTheWarmestSupplyTheLoadIsCut) {
  CoolingPlant p = plants().at("liquid-dry");
  p.liquid_share.value = 1;
  const double limit = p.liquid.supply_max_c - p.liquid.approach_k;  // carries all of the heat, just
  const Cooling cooling(p, 100e6);
  EXPECT_DOUBLE_EQ(cooling.hour(100e6, air(limit - 0.01, 0.2)).capability, 1);
  const double range = p.liquid.range_k + p.liquid.approach_k;
  EXPECT_NEAR(cooling.hour(100e6, air(limit + 3, 0.2)).capability, 1 - 3 / range, 1e-9);
}

TEST(Cooling, MoreHeatOrWarmerAirNeverTakesLess) {
  for (const auto& [name, plant] : plants()) {
    const Cooling cooling(plant, 100e6);
    double before = 0;
    for (double t = -20; t <= 45; t += 0.5) {
      const auto h = cooling.hour(80e6, air(t, 0.3));
      if (h.capability < 1) break;
      EXPECT_GE(h.power_w(), before * 0.995) << name << " at " << t;
      before = h.power_w();
    }
  }
}

TEST(Cooling, TowersEvaporateTheHeat) {
  // 1 kWh of heat evaporates 1.48 L at most; with 5 cycles the make-up is a quarter more.
  CoolingPlant p = plants().at("evaporative");
  p.liquid_share.value = 1;
  const auto h = Cooling(p, 100e6).hour(100e6, air(31, 0.5));
  const double l_per_kwh = h.water_m3_per_s * 1000 * 3600 / 100e3;
  EXPECT_GT(l_per_kwh, 1.2);
  EXPECT_LT(l_per_kwh, 1.48 * 1.25 * 1.1);
  const auto cold = Cooling(p, 100e6).hour(100e6, air(0, 0.5));
  EXPECT_LT(cold.water_m3_per_s, h.water_m3_per_s);
  const auto closed = Cooling(plants().at("liquid-dry"), 100e6).hour(100e6, air(20, 0.5));
  EXPECT_NEAR(closed.water_m3_per_s * 1000 * 3600 / 100e3, 0.002, 1e-9);
}

TEST(Cooling, NormalsMakeAYearToo) {
  catalog::Site site;
  site.name = "x";
  site.climate.dry_bulb_c = {0, 2, 6, 11, 16, 21, 24, 23, 18, 12, 6, 1};
  site.climate.dew_point_c = {-4, -3, 0, 4, 10, 15, 18, 17, 13, 7, 1, -3};
  site.climate.daily_range_k.value = 10;
  const auto w = weather_of_normals(site, {});
  ASSERT_EQ(w.hours(), 8760u);
  EXPECT_EQ(w.wet_bulb_c.size(), 8760u);
  double july = 0;
  for (std::size_t t = 181 * 24; t < 212 * 24; ++t) july += w.dry_bulb_c[t] / (31 * 24);
  EXPECT_NEAR(july, 24, 1e-9);
}

}  // namespace
}  // namespace gigawatt::site
