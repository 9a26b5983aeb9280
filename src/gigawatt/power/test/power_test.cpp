#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/power/library.h"
#include "gigawatt/power/node.h"

namespace gigawatt::power {
namespace {

const PowerLibrary& library() {
  static const PowerLibrary kLibrary = [] {
    auto loaded = load_power(std::string(GW_SOURCE_DIR) + "/data");
    if (!loaded) ADD_FAILURE() << base::render(loaded.error());
    return loaded.value_or(PowerLibrary{});
  }();
  return kLibrary;
}

const catalog::Catalog& world() {
  static const catalog::Catalog kCatalog = *catalog::Catalog::load(std::string(GW_SOURCE_DIR) + "/data");
  return kCatalog;
}

Activity product(double share, double memory) {
  Activity a;
  a[Arithmetic::kBf16] = share;
  a.memory = memory;
  return a;
}

TEST(AcceleratorPower, LargeProductsReachTheLimitAndIdleKernelsDoNot) {
  const auto& laws = library().accelerators;
  for (const PowerLaw& law : laws.laws) {
    // Measured medians of products of more than 2,048 rows: 691 of 700 W, 985 of 1,000 W, 1,166 of 1,200 W.
    EXPECT_NEAR(steady_share(laws, law, product(0.65, 0.3)), 0.98, 0.02) << law.chip;
    // Lowest power of the product sweeps: 126 of 700 W, 241 of 1,000 W, 222 of 1,200 W.
    EXPECT_NEAR(steady_share(laws, law, Activity{}), 0.21, 0.07) << law.chip;
    EXPECT_LT(law.left_out_median_pct, 15) << law.chip;
  }
}

TEST(AcceleratorPower, GrowsWithEveryRate) {
  const auto& laws = library().accelerators;
  for (const PowerLaw& law : laws.laws)
    for (std::size_t c = 0; c < kArithmetics; ++c) {
      double before = 0;
      for (double x = 0; x <= 1; x += 0.05) {
        Activity a;
        a.compute[c] = x;
        a.memory = 0.1;
        const double share = steady_share(laws, law, a);
        EXPECT_GE(share, before);
        EXPECT_LE(share, laws.ceiling.value);
        before = share;
      }
    }
}

TEST(AcceleratorPower, ChipsWithoutALawTakeThatOfTheirGeneration) {
  const auto& laws = library().accelerators;
  EXPECT_EQ(laws.of(**world().accelerator("h100-sxm-80"), world().accelerators()).chip, "h200-sxm-141");
  EXPECT_EQ(laws.of(**world().accelerator("gb200"), world().accelerators()).chip, "gb200");
}

TEST(AcceleratorPower, ACapIsHeldAndCostsClockAsThePowerLawSays) {
  const auto& laws = library().accelerators;
  const PowerLaw& law = laws.laws.front();
  const ClockLaw clocks{3, 0.8};
  const Activity busy = product(0.6, 0.3);
  const Capped free = under_cap(laws, law, busy, 1, clocks);
  EXPECT_EQ(free.clock, 1);
  const Capped capped = under_cap(laws, law, busy, 0.7, clocks);
  EXPECT_NEAR(capped.share, 0.7, 1e-12);
  EXPECT_NEAR(clocks.power(capped.clock) * (free.share - law.base) + law.base, 0.7, 1e-12);
  EXPECT_LT(under_cap(laws, law, busy, 0.5, clocks).clock, capped.clock);
}

TEST(AcceleratorPower, BelowTheKneeAClockCostsAsMuchAsItSaves) {
  const ClockLaw clocks{3, 0.8};
  EXPECT_DOUBLE_EQ(clocks.power(1), 1);
  EXPECT_NEAR(clocks.power(0.9), 0.729, 1e-12);
  EXPECT_NEAR(clocks.power(0.8), 0.512, 1e-12);
  EXPECT_NEAR(clocks.power(0.4), 0.256, 1e-12);  // half the clock, half the power: no voltage is saved
  for (const double clock : {0.2, 0.5, 0.8, 0.81, 0.95, 1.0})
    EXPECT_NEAR(clocks.clock(clocks.power(clock)), clock, 1e-12);
}

/// Trainings of ml-energy/zeus under power limits: measured power -> clock -> time. Each training has one free number,
/// the share of its time that follows the clock; each chip its base power.
TEST(AcceleratorPower, TrainingsUnderPowerLimitsTakeAsLongAsTheClockLawSays) {
  struct Row {
    double limit = 0, seconds = 0, power = 0;
  };
  std::map<std::string, std::map<std::string, std::vector<Row>>> chips;
  std::ifstream file(std::string(GW_SOURCE_DIR) + "/data/power/caps.csv");
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream cells(line);
    std::string chip, training, limit, seconds, power;
    for (std::string* cell : {&chip, &training, &limit, &seconds, &power}) std::getline(cells, *cell, ',');
    chips[chip][training].push_back({std::stod(limit), std::stod(seconds), std::stod(power)});
  }
  ASSERT_EQ(chips.size(), 4U);
  const ClockLaw law = library().activity.clock_law();
  const auto errors = [&](const std::vector<Row>& rows, double base_w) {
    std::vector<double> slower;
    double top = 0, bottom = 0;
    for (const Row& row : rows) {
      const double dynamic = (row.power - base_w) / (rows.back().power - base_w);
      slower.push_back(1 / law.clock(std::clamp(dynamic, 1e-3, 1.0)) - 1);
      top += slower.back() * (row.seconds / rows.back().seconds - 1);
      bottom += slower.back() * slower.back();
    }
    const double share = bottom > 0 ? std::clamp(top / bottom, 0.0, 1.0) : 0;
    std::vector<double> out;
    for (std::size_t i = 0; i < rows.size(); ++i)
      out.push_back(std::abs(std::log((1 + share * slower[i]) * rows.back().seconds / rows[i].seconds)));
    return out;
  };
  std::vector<double> all;
  for (const auto& [chip, trainings] : chips) {
    double limit = 0, least = std::numeric_limits<double>::infinity();
    for (const auto& [name, rows] : trainings) limit = std::max(limit, rows.back().limit);
    std::vector<double> best;
    for (double base = 0.02; base < 0.42; base += 0.02) {
      std::vector<double> mine;
      for (const auto& [name, rows] : trainings)
        for (const double e : errors(rows, base * limit)) mine.push_back(e);
      if (const double sum = std::accumulate(mine.begin(), mine.end(), 0.0); sum < least)
        least = sum, best = mine;
    }
    all.insert(all.end(), best.begin(), best.end());
  }
  std::sort(all.begin(), all.end());
  EXPECT_LT(all[all.size() / 2], 0.015);
  EXPECT_LT(all[all.size() * 9 / 10], 0.05);
}

TEST(Chain, LossesMakeUpTheDifferenceAndGrowWithTheLoad) {
  for (const Chain& chain : library().chains.chains) {
    const BuiltChain built(library().chains, chain, 50e6);
    double before = 0;
    for (int i = 0; i <= 40; ++i) {
      const Converted c = built.convert(50e6 * i / 40);
      double lost = 0;
      for (const StageLoad& s : c.stages) lost += s.loss_w;
      EXPECT_NEAR(c.input_w, c.it_w + lost, 1e-6);
      EXPECT_EQ(c.input_w, built.input_w(c.it_w));
      EXPECT_GT(c.input_w, before);
      before = c.input_w;
    }
    EXPECT_LT(built.input_w(50e6), 50e6 * 1.12) << chain.name;
  }
}

TEST(Chain, PublishedEfficienciesComeBackAtTheirLoads) {
  for (const Stage& stage : library().chains.stages)
    for (const LoadPoint& p : stage.points) {
      const double out = p.load * 1e6;
      EXPECT_NEAR(out / (out + stage.loss_w(out, 1e6)), p.efficiency.value, 1e-12) << stage.name;
    }
}

TEST(Chain, TwoOfEverythingLosesMoreAtPartLoad) {
  const BuiltChain one(library().chains, *library().chains.chain("ups"), 10e6);
  const BuiltChain two(library().chains, *library().chains.chain("ups-2n"), 10e6);
  EXPECT_GT(two.input_w(1e6), one.input_w(1e6));
}

/// ExaDigiT RAPS as configured for Frontier: 7.31 MW with every node idle, 28.23 MW with every node at its highest.
/// Nodes: one CPU (90 to 280 W), four accelerators (88 to 560 W), memory 74.26 W, four network cards of 20 W, storage
/// 30 W; a quarter of a chassis behind a rectifier (four nodes and a switch of 250 W); 74 racks of 32 rectifiers;
/// 25 distribution units of 8,473.47 W.
TEST(Chain, FrontierAsItsModelHasIt) {
  const auto& chains = library().chains;
  const auto site = [&](double cpu, double accelerator) {
    const Stage& dcdc = *chains.stage("frontier-dcdc");
    const Stage& rectifier = *chains.stage("frontier-rectifier");
    const double node = cpu + 4 * accelerator + 74.26 + 4 * 20 + 30;
    const double carried = 4 * (node + dcdc.loss_w(node, dcdc.unit_w)) + 250;
    return 74 * 32 * (carried + rectifier.loss_w(carried, rectifier.unit_w)) + 25 * 8473.47;
  };
  EXPECT_NEAR(site(90, 88) / 1e6, 7.31, 0.005);
  EXPECT_NEAR(site(280, 560) / 1e6, 28.23, 0.005);
}

TEST(Node, TheBurnedServerDrawsWhatWasMeasured) {
  const auto& system = **world().system("h100-sxm");
  const NodeLaw node = node_law(system, world().accelerator_of(system));
  const double server = node.it_w(700) - node.network_it_w;
  EXPECT_NEAR(server, 8430, 0.01 * 8430);  // arXiv 2506.14551: median of the burn
  EXPECT_LT(server, node.rated_it_w);
  EXPECT_DOUBLE_EQ(node.it_w(node.accelerator_idle_w), node.idle_node_it_w());
}

TEST(Breaker, TripsByHeatAndNotBelowItsRating) {
  const Breaker breaker{.rating_w = 1000, .continuous_share = 0.8, .seconds_at_double = 10};
  EXPECT_LT(trips_at_s(breaker, std::vector<double>(100000, 999), 1), 0);
  EXPECT_NEAR(trips_at_s(breaker, std::vector<double>(1000, 2000), 0.1), 10, 0.11);
  EXPECT_NEAR(trips_at_s(breaker, std::vector<double>(10000, 1000 * std::sqrt(2)), 0.1), 30, 0.11);
}

}  // namespace
}  // namespace gigawatt::power
