// Prices and carbon of a month by hand, and the same of runs of the shipped catalogue.
#include "gigawatt/fleet/energy_mix.h"

#include <stdexcept>

#include <gtest/gtest.h>

#include "gigawatt/catalog/test/shipped.h"
#include "gigawatt/fleet/simulator.h"
#include "gigawatt/scenario/load.h"

namespace gigawatt::fleet {
namespace {

using catalog::test::shipped;

const base::SimTime kFirst = base::SimTime::from_date(2026, 4, 1);  // a month of thirty days
const base::SimTime kNext = base::SimTime::from_date(2026, 5, 1);
constexpr EnergyMix kUsual{50, 400};

SupplyOffer offer(double power_w, std::optional<double> usd, std::optional<double> carbon) {
  return {kFirst, kNext, power_w, usd, carbon};
}

EnergyMix mix(const std::vector<SupplyOffer>& offers, double load_w, double fee = 0) {
  return energy_mix(offers, kUsual, fee, kFirst, kNext, load_w);
}

TEST(EnergyMix, TheCheapestCarriesFirst) {
  const std::vector<SupplyOffer> offers{offer(60, {}, {}), offer(40, 30, 500)};
  EXPECT_DOUBLE_EQ(mix(offers, 80).usd_per_j, 40);  // half at 30, half at 50
  EXPECT_DOUBLE_EQ(mix(offers, 80).carbon_kg_per_j, 450);
  EXPECT_DOUBLE_EQ(mix(offers, 40).carbon_kg_per_j, 500);
}

TEST(EnergyMix, OnePriceIsSharedByPower) {
  const std::vector<SupplyOffer> offers{offer(75, {}, {}), offer(25, {}, 800)};
  for (const double load_w : {1.0, 50.0, 100.0}) {
    EXPECT_DOUBLE_EQ(mix(offers, load_w).usd_per_j, 50);
    EXPECT_DOUBLE_EQ(mix(offers, load_w).carbon_kg_per_j, 500);
  }
}

TEST(EnergyMix, AFeeOnCarbonPutsTheCleanerFirst) {
  const std::vector<SupplyOffer> offers{offer(50, 49, 900), offer(50, 50, 0)};
  EXPECT_DOUBLE_EQ(mix(offers, 50).carbon_kg_per_j, 900);
  EXPECT_DOUBLE_EQ(mix(offers, 50, 0.01).carbon_kg_per_j, 0);
}

TEST(EnergyMix, WhatNothingCarriesIsTheSitesOwn) {
  EXPECT_DOUBLE_EQ(mix({offer(20, 10, 0)}, 80).usd_per_j, 40);
  EXPECT_DOUBLE_EQ(mix({offer(20, 10, 0)}, 80).carbon_kg_per_j, 300);
  EXPECT_DOUBLE_EQ(mix({}, 80).usd_per_j, 50);
  EXPECT_DOUBLE_EQ(mix({offer(20, 10, 0)}, 0).usd_per_j, 50);
}

TEST(EnergyMix, APartOfTheMonthCarriesItsShare) {
  SupplyOffer late = offer(40, 30, 0);
  late.from = base::SimTime::from_date(2026, 4, 16);
  EXPECT_DOUBLE_EQ(mix({late}, 40).usd_per_j, 40);
  EXPECT_DOUBLE_EQ(mix({late}, 40).carbon_kg_per_j, 200);
}

/// kg of CO2 a kWh at the meter of a hall that stands idle for two years.
double kg_per_kwh(const std::string& supply) {
  const auto s = scenario::load_text(R"(version = 1
name = "t"
start = 2025-01-01
end = 2027-01-01
[[site]]
name = "a"
peak_overhead = 1.25
pue = 1.1
grid = "pjm-aep"
carbon_intensity = "400 g/kWh"
construction_cost = "10 MUSD/MW"
system = "h100-sxm"
)" + supply + R"(
[[site.phase]]
name = "p"
facility_power = "20 MW"
acceptance = { date = 2025-06-01 }
)",
                                     "t.toml", shipped());
  if (!s) throw std::runtime_error(base::render(s.error()));
  const FleetResult r = simulate(*s, shipped(), StepTable{});
  return r.sites[0].total_co2_kg / (r.sites[0].total_facility_energy_j / 3.6e6);
}

std::string supply(const std::string& more) { return "[[site.supply]]\ndate = 2025-01-01\n" + more; }

TEST(EnergyMix, ARunEmitsWhatFeedsIt) {
  EXPECT_NEAR(kg_per_kwh(""), 0.4, 1e-12);
  EXPECT_NEAR(kg_per_kwh(supply("kind = \"grid\"\npower = \"20 MW\"\n")), 0.4, 1e-12);
  EXPECT_NEAR(kg_per_kwh(supply("kind = \"contract\"\npower = \"20 MW\"\n")), 0.4, 1e-12);
  EXPECT_NEAR(kg_per_kwh(supply("kind = \"nuclear\"\npower = \"20 MW\"\n")), 0, 1e-12);
  const double turbine = (*shipped().generator("gas-turbine"))->kg_per_j * 3.6e6;
  EXPECT_NEAR(kg_per_kwh(supply("kind = \"gas\"\npower = \"20 MW\"\n")), turbine, 1e-12);
  const double block = (*shipped().generator("combined-cycle"))->kg_per_j * 3.6e6;
  EXPECT_LT(block, turbine);
  EXPECT_NEAR(kg_per_kwh(supply("kind = \"gas\"\npower = \"20 MW\"\nof = \"combined-cycle\"\n")), block,
              1e-12);
  EXPECT_NEAR(kg_per_kwh(supply("kind = \"contract\"\npower = \"20 MW\"\ncarbon_intensity = \"0 g/kWh\"\n")),
              0, 1e-12);
}

TEST(EnergyMix, AGeneratorThatNobodyKnowsIsRefused) {
  EXPECT_THROW(kg_per_kwh(supply("kind = \"gas\"\npower = \"20 MW\"\nof = \"combined cycel\"\n")),
               std::runtime_error);
  EXPECT_THROW(kg_per_kwh(supply("kind = \"grid\"\npower = \"20 MW\"\nof = \"gas-turbine\"\n")),
               std::runtime_error);
}

}  // namespace
}  // namespace gigawatt::fleet
