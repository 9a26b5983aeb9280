// Warnings about plans whose parts do not fit each other, by hand from the shipped catalogue.
#include <algorithm>
#include <stdexcept>

#include <gtest/gtest.h>

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/catalog/test/shipped.h"
#include "gigawatt/fleet/simulator.h"
#include "gigawatt/scenario/load.h"

namespace gigawatt::fleet {
namespace {

using catalog::test::shipped;

/// 20 MW at the meter at 1.25 in the design hour: 16 MW of IT for 11,760 H100 at 10.2 kW a node of eight and 80 W of
/// network each, less what does not fill a node.
FleetResult ran(const std::string& phase, const std::string& more) {
  const auto s = scenario::load_text(R"(version = 1
name = "t"
start = 2025-01-01
end = 2027-01-01
[[site]]
name = "a"
peak_overhead = 1.25
pue = 1.1
grid = "pjm-aep"
construction_cost = "10 MUSD/MW"
system = "h100-sxm"
[[site.phase]]
name = "p"
facility_power = "20 MW"
acceptance = { date = 2025-06-01 }
)" + phase + more,
                                     "t.toml", shipped());
  if (!s) throw std::runtime_error(base::render(s.error()));
  return simulate(*s, shipped(), StepTable{});
}

std::string said(const std::string& phase, const std::string& more) {
  std::string all;
  for (const auto& w : ran(phase, more).warnings) all += w + "\n";
  return all;
}

#define EXPECT_SAID(text, expected)                                                                       \
  do {                                                                                                    \
    const std::string what_was_said = (text);                                                             \
    EXPECT_NE(what_was_said.find(expected), std::string::npos) << "wanted: " << (expected) << "\nsaid:\n" \
                                                               << what_was_said;                          \
  } while (false)

TEST(Doubts, APlanThatFitsRaisesNone) { EXPECT_EQ(said("", ""), ""); }

TEST(Doubts, AcceleratorsWithoutPower) {
  const std::string text = said("accelerators = 720000\n", "");
  EXPECT_SAID(text, "site 'a': 720,000 accelerators are bought, its power runs 1");
  EXPECT_SAID(text, " B USD stand without power");
  // The same by a delivery.
  EXPECT_SAID(
      said("",
           "[[delivery]]\nsystem = \"h100-sxm\"\nsite = \"a\"\ndate = 2025-06-01\naccelerators = 49000000\n"),
      "49,000,000 accelerators are bought");
  EXPECT_EQ(said("accelerators = 11000\n", ""), "");
}

TEST(Doubts, APhasesAcceleratorsBesideDeliveries) {
  const std::string delivery =
      "[[delivery]]\nsystem = \"h100-sxm\"\nsite = \"a\"\ndate = 2025-06-01\naccelerators = 11000\n";
  EXPECT_SAID(said("accelerators = 8000\n", delivery),
              "site 'a': deliveries say how many h100-sxm come, not the 8000 accelerators of phase 'p'");
  EXPECT_EQ(said("", delivery), "");
}

TEST(Doubts, PowerWithoutAccelerators) {
  EXPECT_SAID(said("accelerators = 72\n", ""),
              "site 'a': 16 MW of IT power stand ready, its 72 accelerators draw 0.0");
}

TEST(Doubts, PhasesWithoutSupply) {
  const std::string text =
      said("", "[[site.supply]]\nkind = \"grid\"\ndate = 2025-01-01\npower = \"10 MW\"\n");
  // 10 of 20 MW, at 10 USD/W.
  EXPECT_SAID(text,
              "phases of 20 MW are built, the supply gives 10 MW at most: 100 M USD of building and plant");
  EXPECT_SAID(text, "accelerators are bought, its power runs");
}

TEST(Doubts, ABatteryThatNothingDispatches) {
  EXPECT_SAID(
      said("",
           "[[site.supply]]\nkind = \"grid\"\ndate = 2025-01-01\npower = \"20 MW\"\n[[site.supply]]\nkind = "
           "\"battery\"\ndate = 2025-01-01\npower = \"500 MW\"\nenergy = \"2 GWh\"\n"),
      "batteries of 2,000 MWh cost");
}

TEST(Doubts, ABudgetThatIsNotKept) {
  const std::string budget = "[[budget]]\nyear = 2025\nsource = \"x\"\ncapex = ";
  EXPECT_SAID(said("", budget + "\"0.01 GUSD\"\n"),
              "are spent on what the scenario builds, the budget allows 10 M USD");
  EXPECT_EQ(said("", budget + "\"1 GUSD\"\n"), "");
}

TEST(Doubts, PartnersPayTheirShareFromTheirDayOn) {
  // Building and plant of 200 M USD from 2025-01-01 to 2025-06-01; a partner has half of it for the second half.
  const std::string partner =
      "start = 2025-01-01\n[[site.partner]]\nname = \"fund\"\nshare = \"50%\"\ndate = 2025-03-17T12:00:00Z\n";
  double paid = 0;
  for (const double x : ran(partner, "").fleet.partner_capex_usd) paid += x;
  EXPECT_NEAR(paid, 200e6 * 0.5 * 0.5, 1e6);
}

}  // namespace
}  // namespace gigawatt::fleet
