#include <cmath>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <numeric>

#include <gtest/gtest.h>

#include "gigawatt/config/csv.h"
#include "gigawatt/config/gzip.h"
#include "gigawatt/grid/site_energy.h"

namespace gigawatt::grid {
namespace {

const std::string kSource = GW_SOURCE_DIR;

const SupplyUnits& units() {
  static const SupplyUnits known = load_units(kSource + "/data/supply/units.toml").value();
  return known;
}

/// The generator of tools/tables/dispatch.py, number by number.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  double uniform(double low, double high) {
    state_ += 0x9E3779B97F4A7C15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    z ^= z >> 31;
    return low + (high - low) * (static_cast<double>(z >> 11) / 9007199254740992.0);
  }

 private:
  std::uint64_t state_;
};

Problem pypsa_site(std::uint64_t seed) {
  Random r(seed);
  const double level = r.uniform(50, 150);
  double v[8];
  constexpr double kRange[8][2] = {{0.5, 1.1}, {0.2, 0.6}, {30, 60},    {0.1, 0.5},
                                   {5, 40},    {1, 6},     {0.85, 1.0}, {0, 8}};
  for (int i = 0; i < 8; ++i) v[i] = r.uniform(kRange[i][0], kRange[i][1]);
  Problem p;
  std::vector<double> price, wind;
  double weather = 0.4, walk = 0;
  for (int t = 0; t < 8760; ++t) {
    weather = std::min(1.0, std::max(0.0, weather + r.uniform(-0.1, 0.1)));
    walk = 0.9 * walk + r.uniform(-12, 12);
    const double day = (12 - std::abs(t % 24 - 12)) / 6.0 - 1;
    p.load_mw.push_back(level * (1 + 0.05 * day + r.uniform(-0.02, 0.02)));
    price.push_back(40 + 15 * day + walk);
    wind.push_back(v[3] * level * weather);
  }
  p.sources = {{"grid", {v[0] * level}, price, kUnlimited},
               {"gas", {v[1] * level}, {v[2]}, kUnlimited},
               {"wind", wind, {0}, kUnlimited},
               {"unserved", {10 * level}, {5000}, kUnlimited}};
  p.storages.push_back({.name = "battery",
                        .charge_mw = v[4],
                        .discharge_mw = v[4],
                        .energy_mwh = v[4] * v[5],
                        .charge_efficiency = v[6],
                        .discharge_efficiency = v[6],
                        .wear_usd_per_mwh = v[7],
                        .cyclic = true});
  return p;
}

TEST(SiteEnergy, ThirtyYearsCostWhatPyPsaFinds) {
  const auto table = config::read_csv(kSource + "/src/gigawatt/grid/test/dispatch_pypsa.csv");
  ASSERT_TRUE(table);
  ASSERT_EQ(table->rows.size(), 30u);
  double worst = 0, seconds = 0;
  for (std::size_t r = 0; r < 30; ++r) {
    const Problem p = pypsa_site(static_cast<std::uint64_t>(std::stoi(table->cell(r, "seed"))));
    const std::clock_t begin = std::clock();
    const auto d = dispatch(p);
    seconds += static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    ASSERT_TRUE(d);
    const double expected = std::stod(table->cell(r, "objective_usd"));
    EXPECT_NEAR(d->cost_usd, expected, 1e-6 * std::abs(expected)) << r;
    EXPECT_LT(residual(p, *d), 1e-6);
    worst = std::max(worst, std::abs(d->cost_usd / expected - 1));
  }
  std::printf("[ PyPSA ] worst difference %.1e; %.0f ms a year\n", worst, 1e3 * seconds / 30);
}

std::string supply_errors(const std::string& text) {
  const auto s = read_supply(text, "s.toml", units());
  return s ? std::string() : base::render(s.error());
}

TEST(SiteEnergy, ReadsASupplyAndNamesWhatIsWrong) {
  EXPECT_EQ(supply_errors("[grid]\nlimit = \"100 MW\"\n"), "");
  EXPECT_NE(supply_errors("[grid]\nlimit = \"100 MWh\"\n").find("s.toml:2"), std::string::npos);
  EXPECT_NE(supply_errors("[[generator]]\nkind = \"gas-turbin\"\nfuel_price = \"4 USD/MMBtu\"\n")
                .find("gas-turbine"),
            std::string::npos);
  EXPECT_NE(supply_errors("[grid]\n[[battery]]\npower = \"5 MW\"\nenergy = \"0 MWh\"\n").find("energy"),
            std::string::npos);
  EXPECT_NE(supply_errors("version = 1\n").find("nothing supplies"), std::string::npos);
  EXPECT_NE(supply_errors("[[generator]]\nkind = \"gas-turbine\"\nspare = 1\nfuel_price = \"4 USD/MMBtu\"\n")
                .find("leave none"),
            std::string::npos);
}

EnergyInputs hours_of_day(double load_mw, std::vector<double> price) {
  EnergyInputs in;
  in.load_mw.assign(24, load_mw);
  in.price_usd_per_mwh = std::move(price);
  in.carbon_t_per_mwh = {0.4};
  in.fuel_t_per_mwh_heat = 0.18;
  in.first = base::SimTime::from_date(2026, 1, 1);
  return in;
}

/// Two sources of a kind have names of their own, one name for two is refused, and gas without a price has the kind's.
TEST(SiteEnergy, SourcesAreToldApartByName) {
  const std::string wind = "[[contract]]\nkind = \"wind\"\npower = \"10 MW\"\nprice = \"45 USD/MWh\"\n";
  const auto two = read_supply(
      "[grid]\nlimit = \"60 MW\"\n[[generator]]\nkind = \"gas-turbine\"\n" + wind + wind, "s", units());
  ASSERT_TRUE(two) << base::render(two.error());
  EXPECT_EQ(two->contracts[0].name, "wind");
  EXPECT_EQ(two->contracts[1].name, "wind-2");
  EXPECT_EQ(two->generators[0].fuel_usd_per_j, find(units().fuels, "natural-gas")->price_usd_per_j);
  EXPECT_NE(supply_errors(wind + "name = \"west\"\n" + wind + "name = \"west\"\n").find("named 'west'"),
            std::string::npos);
}

TEST(SiteEnergy, TheBillIsTheSumOfItsLines) {
  const auto s = read_supply(
      "[grid]\nlimit = \"60 MW\"\nprice_adder = \"5 USD/MWh\"\ndemand_charge = \"10 USD/kW/month\"\n"
      "[[generator]]\nkind = \"reciprocating\"\nunits = 4\nspare = 1\nfuel_price = \"4 USD/MMBtu\"\n"
      "[[battery]]\npower = \"10 MW\"\nenergy = \"40 MWh\"\n",
      "s", units());
  ASSERT_TRUE(s) << base::render(s.error());
  const auto y = energy_year(*s, units(), hours_of_day(100, {30}));
  ASSERT_TRUE(y) << base::render(y.error());
  double sum = 0;
  for (const auto& [line, usd] : y->bill_usd) sum += usd;
  EXPECT_NEAR(sum, y->cost_usd, 1e-9 * y->cost_usd);
  EXPECT_LT(residual(y->problem, y->dispatch), 1e-6);
  EXPECT_NEAR(y->grid_mwh + y->gas_mwh + y->unserved_mwh + y->battery_discharge_mwh - y->battery_charge_mwh,
              2400, 1e-6);
  EXPECT_NEAR(y->gas_mwh, 24 * 54,
              1e-6);  // three of four units, dearer than the grid but for its demand charge
  EXPECT_GT(y->co2_location_t, 0.4 * y->grid_mwh);
  EXPECT_NEAR(y->grid_highest_mw[0], 46, 0.01);  // the battery only makes good its standing loss
}

TEST(SiteEnergy, AContractThroughTheGridEmitsWhatTheRegionDoes) {
  Supply supply;
  supply.grid.emplace();
  ContractSupply contract;
  contract.name = contract.kind = "nuclear";
  contract.power_w = 60e6;
  contract.carbon_kg_per_j = 0.4 / 3.6e6;
  supply.contracts.push_back(contract);
  EnergyInputs in;
  in.load_mw.assign(24, 100);
  in.price_usd_per_mwh = {200};
  in.carbon_t_per_mwh = {0.5};
  in.marginal = false;
  const auto year = energy_year(supply, units(), in);
  ASSERT_TRUE(year);
  EXPECT_NEAR(year->co2_location_t, 24 * (40 * 0.5 + 60 * 0.4), 1e-9);
  EXPECT_NEAR(year->co2_market_t, 24 * 40 * 0.5, 1e-9);
}

TEST(SiteEnergy, AnIslandWithoutEnoughSaysWhenAndHowMuch) {
  const auto s = read_supply(
      "[[generator]]\nkind = \"reciprocating\"\nunits = 3\nfuel_price = \"4 USD/MMBtu\"\n", "s", units());
  auto in = hours_of_day(50, {0});
  in.load_mw[5] = 70;
  const auto y = energy_year(*s, units(), in);
  ASSERT_TRUE(y);
  EXPECT_NEAR(y->unserved_mwh, 16, 1e-6);  // 3 units of 18 MW
  EXPECT_EQ(y->unserved_hours, 1);
  EXPECT_EQ(y->unserved_first_hour, 5);
  EXPECT_NEAR(y->unserved_worst_mw, 16, 1e-6);
}

TEST(SiteEnergy, OneMegawattMoreIsNotOneLess) {
  // 60 MW of grid at 30 + 5, the rest by gas at 2.35 4/0.29307 + 7.5: more of either is worth the difference, or nothing.
  const auto s = read_supply(
      "[grid]\nlimit = \"60 MW\"\n[[generator]]\nkind = \"reciprocating\"\nunits = 1\nunit_power = \"40 "
      "MW\"\n"
      "fuel_price = \"4 USD/MMBtu\"\n",
      "s", units());
  const auto y = energy_year(*s, units(), hours_of_day(100, {30}));
  const double gas = 4 * 2.35 * 3.412142 + 7.5;
  ASSERT_EQ(y->marginals.size(), 2u);
  EXPECT_NEAR(y->marginals[0].one_more_usd, 24 * (gas - 30), 0.1);
  EXPECT_NEAR(y->marginals[0].one_less_usd, 24 * (10000 - 30), 0.1);
  EXPECT_NEAR(y->marginals[1].one_more_usd, 0, 1e-6);
  EXPECT_NEAR(y->marginals[1].one_less_usd, 24 * (10000 - gas), 0.1);
}

TEST(SiteEnergy, CallsPauseCapAndShift) {
  const auto first = base::SimTime::from_date(2026, 1, 1);
  const std::vector<double> it(24, 80.0);
  const auto at_six = base::SimTime{first.us + 6 * 3'600'000'000LL};
  const auto paused = apply_calls({{CallKind::kPause, at_six, 7200, 0}}, it, 100, first);
  EXPECT_DOUBLE_EQ(paused.lost_wh, 160);
  EXPECT_DOUBLE_EQ(paused.it_w[6], 0);
  const auto capped = apply_calls({{CallKind::kCap, at_six, 7200, 0.5}}, it, 100, first);
  EXPECT_DOUBLE_EQ(capped.lost_wh, 60);
  const auto shifted = apply_calls({{CallKind::kShift, at_six, 7200, 0.5}}, it, 100, first);
  EXPECT_DOUBLE_EQ(std::accumulate(shifted.it_w.begin(), shifted.it_w.end(), 0.0), 24 * 80);
  EXPECT_DOUBLE_EQ(shifted.it_w[8], 100);
  EXPECT_DOUBLE_EQ(shifted.shifted_wh, 60);
}

TEST(SiteEnergy, ProfilesStayWithinTheRating) {
  site::Weather w;
  w.dry_bulb_c = {0, 25, 40};
  w.ghi_w_per_m2 = {0, 500, 1000};
  w.wind_m_per_s = {1, 6, 30};
  EXPECT_DOUBLE_EQ(solar_profile(w, units().renewables)[0], 0);
  EXPECT_DOUBLE_EQ(solar_profile(w, units().renewables)[2], 1);  // more modules than inverters
  EXPECT_DOUBLE_EQ(wind_profile(w, units().renewables)[0], 0);
  EXPECT_DOUBLE_EQ(wind_profile(w, units().renewables)[2], 0);
  EXPECT_GT(wind_profile(w, units().renewables)[1], 0.2);
}

/// Output over rating of fleets as published for the region (Utility-Scale Solar and Land-Based Wind Market Report, 2024).
TEST(SiteEnergy, SunAndWindYieldWhatFleetsDo) {
  const auto share = [](const std::string& station, bool sun) {
    const std::string file = kSource + "/data/weather/" + station + ".epw.gz";
    const auto weather = site::read_weather(*config::read_maybe_gzip(file, 64 << 20), station);
    const auto hours =
        sun ? solar_profile(*weather, units().renewables) : wind_profile(*weather, units().renewables);
    return std::accumulate(hours.begin(), hours.end(), 0.0) / static_cast<double>(hours.size());
  };
  EXPECT_NEAR(share("USA_AZ_Phoenix-Sky.Harbor", true), 0.28, 0.02);
  EXPECT_NEAR(share("USA_TX_Dallas-Fort.Worth", true), 0.245, 0.015);
  EXPECT_NEAR(share("USA_IL_Chicago.OHare", true), 0.21, 0.02);
  EXPECT_NEAR(share("USA_TX_Dallas-Fort.Worth", false), 0.35, 0.05);
  EXPECT_NEAR(share("USA_IL_Chicago.OHare", false), 0.33, 0.05);
}

}  // namespace
}  // namespace gigawatt::grid
