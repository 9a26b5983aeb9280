// What a scenario spends: rent, partners, budgets that carry over, and the load of what is in no job, by hand.
#include <numeric>
#include <stdexcept>

#include <gtest/gtest.h>

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/catalog/test/shipped.h"
#include "gigawatt/fleet/simulator.h"
#include "gigawatt/scenario/load.h"
#include "gigawatt/site/node_power.h"

namespace gigawatt::fleet {
namespace {

using catalog::test::shipped;

FleetResult run(const std::string& text) {
  const auto s = scenario::load_text(
      "version = 1\nname = \"t\"\nstart = 2025-01-01\nend = 2027-01-01\n" + text, "t.toml", shipped());
  if (!s) throw std::runtime_error(base::render(s.error()));
  return simulate(*s, shipped(), StepTable{});
}

double sum(const Series& x) { return std::accumulate(x.begin(), x.end(), 0.0); }
double total_of(const NamedSeries& book, const std::string& name) {
  for (const auto& [category, series] : book)
    if (category == name) return sum(series);
  return 0;
}

const std::string kSite = R"([[site]]
name = "a"
kind = "existing"
pue = 1.25
peak_overhead = 1.25
electricity_price = "100 USD/MWh"
)";
std::string fleet(const std::string& more) {
  return "[[fleet]]\nsystem = \"h100-sxm\"\naccelerators = 800\ndate = 2025-01-01\nsite = \"a\"\n" + more;
}

TEST(Money, RentedAcceleratorsCostTheirRentAndNothingElse) {
  const auto owned = run(kSite + fleet(""));
  const auto rented = run(kSite + fleet("rent = \"2 USD/h\"\nuntil = 2026-01-01\n"));
  EXPECT_GT(sum(owned.fleet.own_capex_usd), 0);
  EXPECT_EQ(sum(rented.fleet.own_capex_usd), 0);
  EXPECT_NEAR(total_of(rented.fleet.opex_usd, "rent"), 800 * 2 * 365 * 24.0, 1);
  EXPECT_EQ(total_of(rented.fleet.opex_usd, "maintenance"), 0);
  EXPECT_EQ(total_of(rented.fleet.opex_usd, "staff"), 0);
  EXPECT_GT(total_of(rented.fleet.opex_usd, "energy"), 0);
  EXPECT_EQ(rented.fleet.accelerators_end[11], 800);
  EXPECT_EQ(rented.fleet.accelerators_end[12], 0);
  EXPECT_EQ(sum(rented.fleet.depreciation_usd), 0);
}

TEST(Money, AcceleratorsInNoJobDrawTheLoadThatIsGiven) {
  const auto r = run("[failures]\nenabled = false\n[operations]\nidle_load = \"60 %\"\n" + kSite + fleet(""));
  const auto system = shipped().system("h100-sxm");
  const double node_w = site::node_power(**system).max_it_w();
  const double it_j = 0.6 * node_w * 100 * 730 * 86400.0;
  EXPECT_NEAR(r.sites[0].total_it_energy_j, it_j, 1e-6 * it_j);
}

/// 10 MW for 100 million dollars, half of it another's from the start on; the fleet comes for itself.
const std::string kVenture = R"([[site]]
name = "a"
pue = 1.2
peak_overhead = 1.25
grid = "pjm-aep"
construction_cost = "10 USD/W"
system = "h100-sxm"
[[site.partner]]
name = "fund"
share = "50 %"
date = 2024-01-01
assumed = true
reason = "test"
[[site.phase]]
name = "p"
facility_power = "10 MW"
start = 2025-01-01
permit = { lead = "1 months" }
substation = { lead = "3 months" }
shell = { lead = "6 months" }
)";
const std::string kNothingComes =
    "[[delivery]]\nsystem = \"h100-sxm\"\nsite = \"a\"\ndate = 2026-12-31\naccelerators = 8\nprice = \"0 "
    "USD\"\nassumed = "
    "true\nreason = \"test\"\n[prices]\nnetwork_per_accelerator = \"0 USD\"\n";

TEST(Money, WhatPartnersPayIsNotTheOwners) {
  const auto r = run(kVenture + kNothingComes);
  const double land = 10e6 * shipped().cost().land_usd_per_w;
  const double all = 100e6 + land;
  double booked = 0;
  for (const auto& [category, series] : r.fleet.capex_usd) booked += sum(series);
  EXPECT_NEAR(booked, all, 1e-6 * all);
  EXPECT_NEAR(sum(r.fleet.own_capex_usd), all / 2, 1e-6 * all);
  EXPECT_NEAR(sum(r.fleet.partner_capex_usd), all / 2, 1e-6 * all);
}

/// 10 MW that somebody else builds.
std::string leased(const std::string& more) {
  std::string text = kVenture;
  text.erase(text.find("[[site.partner]]"), text.find("[[site.phase]]") - text.find("[[site.partner]]"));
  return text + "own_share = \"0 %\"\nrent = \"100 USD/kW/month\"\n" + more + kNothingComes;
}
constexpr double kMonths_s = 365.2425 / 12 * 86400;  // the unit month

/// Rent by month, as a bill: 100 dollars for each of 10,000 kW.
double months_of_rent(const FleetResult& r, std::size_t from, std::size_t to) {
  double usd = 0;
  for (const auto& [category, series] : r.fleet.opex_usd)
    if (category == "rent")
      usd += std::accumulate(series.begin() + static_cast<std::ptrdiff_t>(from),
                             series.begin() + static_cast<std::ptrdiff_t>(to), 0.0);
  return usd / (100 * 10'000);
}

TEST(Money, RentIsPaidWhenTheLeaseSaysSo) {
  const auto usual = run(leased(""));
  EXPECT_EQ(months_of_rent(usual, 0, 12), 0);  // energized at the end of January 2026
  EXPECT_NEAR(months_of_rent(usual, 14, 24), 306 * 86400 / kMonths_s, 1e-6);
  // The tenant takes the shell over in March, long before there is power.
  const auto early = run(leased("lease = { from = 2025-03-01 }\n"));
  EXPECT_EQ(months_of_rent(early, 0, 2), 0);
  EXPECT_NEAR(months_of_rent(early, 2, 24), (730 - 59) * 86400 / kMonths_s, 1e-6);
  // Half a year without rent.
  const auto late = run(leased("lease = { from = 2026-07-01 }\n"));
  EXPECT_EQ(months_of_rent(late, 0, 18), 0);
  EXPECT_NEAR(months_of_rent(late, 18, 24), 184 * 86400 / kMonths_s, 1e-6);
  // The second year costs a twentieth more: 365.25 days at the first rent, the rest at the second.
  const auto rising = run(leased("lease = { from = 2025-03-01, escalation = \"5 %\" }\n"));
  EXPECT_NEAR(months_of_rent(rising, 0, 24), (365.25 + 1.05 * (730 - 59 - 365.25)) * 86400 / kMonths_s, 1e-6);
}

TEST(Money, AtTheEndOfALeaseItIsBought) {
  const auto r = run(leased("lease = { from = 2025-03-01, term = \"365 days\", purchase = \"2 USD/W\" }\n"));
  EXPECT_NEAR(months_of_rent(r, 0, 24), 365 * 86400 / kMonths_s, 1e-6);
  EXPECT_EQ(months_of_rent(r, 14, 24), 0);
  EXPECT_NEAR(sum(r.fleet.own_capex_usd), 20e6, 1);
  const auto in_march_2026 = [&](const NamedSeries& book) {
    double usd = 0;
    for (const auto& [category, series] : book) usd += series[14];
    return usd;
  };
  EXPECT_NEAR(in_march_2026(r.fleet.capex_usd), 20e6, 1);
  // Ten months of 15 (plant) to 25 years (building).
  EXPECT_GT(sum(r.fleet.depreciation_usd), 20e6 / 25 * 9.9 / 12);
  EXPECT_LT(sum(r.fleet.depreciation_usd), 20e6 / 15 * 10.1 / 12);
  const auto bargain =
      run(leased("lease = { from = 2025-03-01, term = \"365 days\", purchase = \"0 USD/W\" }\n"));
  EXPECT_EQ(sum(bargain.fleet.own_capex_usd), 0);
  EXPECT_EQ(months_of_rent(bargain, 14, 24), 0);
}

TEST(Money, APartnerIsPaidForItsShare) {
  std::string text = kVenture;
  text.replace(text.find("share = \"50 %\"\n"), 15, "share = \"50 %\"\nrent = \"100 USD/kW/month\"\n");
  const auto r = run(text + kNothingComes);
  EXPECT_NEAR(months_of_rent(r, 14, 24), 0.5 * 306 * 86400 / kMonths_s, 1e-6);
  EXPECT_NEAR(sum(r.fleet.own_capex_usd), sum(r.fleet.partner_capex_usd), 1);
}

TEST(Money, LeasesThatSayNothingAreRefused) {
  const auto refused = [](const std::string& text) {
    const auto s = scenario::load_text(
        "version = 1\nname = \"t\"\nstart = 2025-01-01\nend = 2027-01-01\n" + text, "t.toml", shipped());
    return s ? std::string() : base::render(s.error());
  };
  EXPECT_NE(refused(leased("lease = { term = \"5 years\" }\n")).find("nothing says what then"),
            std::string::npos);
  EXPECT_NE(refused(leased("lease = { purchase = \"1 USD/W\" }\n")).find("end of a term"), std::string::npos);
  EXPECT_NE(refused(kVenture + "lease = { from = 2026-01-01 }\n" + kNothingComes).find("times a rent"),
            std::string::npos);
}

TEST(Money, ABudgetIsHeldAgainstTheOwnersCapitalAndMayCarryOver) {
  const auto said = [](const std::string& more) {
    std::string all;
    for (const auto& w : run(kVenture + more + kNothingComes).warnings) all += w + "\n";
    return all.find("the budget allows") != std::string::npos;
  };
  const auto year = [](int y, int musd, const std::string& more) {
    return "[[budget]]\nyear = " + std::to_string(y) + "\ncapex = \"" + std::to_string(musd) +
           " MUSD\"\nassumed = true\nreason = \"test\"\n" + more;
  };
  EXPECT_FALSE(said(year(2025, 60, "")));  // half of 100 and land
  EXPECT_TRUE(said(year(2025, 40, "")));
  EXPECT_FALSE(said(year(2024, 30, "") + year(2025, 30, "carry_over = true\n")));
  EXPECT_TRUE(said(year(2024, 30, "") + year(2025, 30, "")));
}

/// 800 H100 at 10,000 dollars and what else a node costs: a budget that binds pays for half of them.
TEST(Money, ABudgetThatBindsLeavesPartnersMoneyAside) {
  const std::string chips =
      "[[delivery]]\nsystem = \"h100-sxm\"\nsite = \"a\"\ndate = 2025-11-01\naccelerators = 800\nprice = "
      "\"10000 USD\"\nassumed = true\nreason = \"test\"\n";
  const auto in_2025 = [](const Series& x) { return std::accumulate(x.begin(), x.begin() + 12, 0.0); };
  const auto bought = [&](const FleetResult& r) {
    for (const auto& [category, series] : r.fleet.capex_usd)
      if (category == "accelerators") return in_2025(series);
    return 0.0;
  };
  const auto free_run = run(kVenture + chips);
  const double building = (100e6 + 10e6 * shipped().cost().land_usd_per_w) / 2;
  const double nodes = sum(free_run.fleet.own_capex_usd) - building;
  const double building_2025 = in_2025(free_run.fleet.own_capex_usd) - nodes;
  const auto with = [&](double usd) {
    return run(kVenture + chips + "[[budget]]\nyear = 2025\nbinds = true\ncapex = \"" +
               std::to_string(usd / 1e6) + " MUSD\"\nassumed = true\nreason = \"test\"\n");
  };
  EXPECT_NEAR(bought(with(building_2025 + nodes * 1.001)), 8e6, 1);
  const auto half = with(building_2025 + nodes * 0.501);
  EXPECT_NEAR(bought(half), 4e6, 1);
  EXPECT_NEAR(total_of(half.fleet.capex_usd, "accelerators"), 8e6, 1);
}

}  // namespace
}  // namespace gigawatt::fleet
