#include <cmath>
#include <cstdio>
#include <ctime>
#include <functional>
#include <numbers>
#include <random>

#include <gtest/gtest.h>

#include "gigawatt/grid/dispatch.h"

namespace gigawatt::grid {
namespace {

double cpu_s() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

struct Kind {
  std::size_t hours = 300;
  bool storage = true, loss = false, wear = false, negative = false, cyclic = false, peak = false,
       months = false, ramp = false, exports = false;
};

/// A random site: grid, gas, wind, solar, shedding; odd loads and prices.
Problem random_problem(unsigned seed, const Kind& kind) {
  std::mt19937 random(seed);
  const auto uniform = [&](double a, double b) {
    return std::uniform_real_distribution<double>(a, b)(random);
  };
  Problem p;
  const double level = uniform(50, 150);
  std::vector<double> price, wind, solar;
  double weather = 0.4, walk = 0;
  for (std::size_t t = 0; t < kind.hours; ++t) {
    weather = std::clamp(weather + uniform(-0.1, 0.1), 0.0, 1.0);
    walk = 0.9 * walk + uniform(-12, 12);
    const double day = std::sin(2 * M_PI * static_cast<double>(t % 24) / 24 - 2);
    p.load_mw.push_back(level * (1 + 0.05 * day + uniform(-0.02, 0.02)));
    price.push_back(std::round(100 * ((kind.negative ? 5 : 40) + 15 * day + walk)) / 100);
    if (!kind.negative) price.back() = std::max(1.0, price.back());
    wind.push_back(30 * weather);
    solar.push_back(std::max(0.0, 40 * day));
  }
  p.sources.push_back({"grid", {uniform(0.5, 1.1) * level}, price, kUnlimited});
  p.sources.push_back(
      {"gas", {uniform(0.2, 0.6) * level}, {uniform(30, 60)}, kind.ramp ? uniform(2, 8) : kUnlimited});
  p.sources.push_back({"wind", wind, {0}, kUnlimited});
  p.sources.push_back({"solar", solar, {uniform(0, 5)}, kUnlimited});
  p.sources.push_back({"unserved", p.load_mw, {5000}, kUnlimited});
  if (kind.storage) {
    Storage s;
    s.name = "battery";
    s.charge_mw = uniform(5, 40);
    s.discharge_mw = uniform(5, 40);
    s.energy_mwh = uniform(20, 160);
    s.charge_efficiency = uniform(0.85, 1);
    s.discharge_efficiency = uniform(0.85, 1);
    s.standing_loss = kind.loss ? uniform(0, 0.01) : 0;
    s.wear_usd_per_mwh = kind.wear ? uniform(0, 8) : 0;
    s.start_mwh = s.end_mwh = s.energy_mwh / 2;
    s.cyclic = kind.cyclic;
    p.storages.push_back(s);
  }
  if (kind.exports) add_export(p, uniform(5, 30), price);
  if (kind.peak) {
    PeakCharge peak;
    peak.usd_per_mw = uniform(50, 4000);
    for (std::size_t t = 0; t < kind.hours; ++t)
      peak.period.push_back(kind.months ? static_cast<int>(t / 50) : 0);
    p.peaks.push_back(peak);
  }
  return p;
}

void expect_equal_to_the_program(const Kind& kind, unsigned rounds, const char* what) {
  double worst = 0;
  for (unsigned seed = 1; seed <= rounds; ++seed) {
    const Problem p = random_problem(seed, kind);
    const auto fast = dispatch(p), full = dispatch(p, Method::kProgram);
    ASSERT_TRUE(fast && full) << what << seed
                              << (fast ? base::render(full.error()) : base::render(fast.error()));
    EXPECT_NE(fast->method, "linear program");
    EXPECT_LT(residual(p, *fast), 1e-6) << what << seed;
    EXPECT_NEAR(cost_of(p, *fast), fast->cost_usd, 1e-6 * std::abs(fast->cost_usd)) << what << seed;
    worst = std::max(worst, std::abs(fast->cost_usd - full->cost_usd) / std::abs(full->cost_usd));
    EXPECT_NEAR(fast->cost_usd, full->cost_usd, 1e-6 * std::abs(full->cost_usd))
        << what << seed << " gap " << fast->gap();
    EXPECT_LE(fast->bound_usd, full->cost_usd + 1e-6 * std::abs(full->cost_usd));
  }
  std::printf("[ %-12s ] worst difference to the linear program %.1e\n", what, worst);
}

TEST(Dispatch, MeritOrderWithoutStorage) { expect_equal_to_the_program({.storage = false}, 10, "plain"); }
TEST(Dispatch, Battery) { expect_equal_to_the_program({}, 30, "battery"); }
TEST(Dispatch, BatteryWithLossesAndWear) {
  expect_equal_to_the_program({.loss = true, .wear = true}, 30, "losses");
}
TEST(Dispatch, NegativePricesMayBurnEnergy) {
  expect_equal_to_the_program({.loss = true, .wear = true, .negative = true}, 30, "negative");
}
TEST(Dispatch, CyclicStorage) { expect_equal_to_the_program({.loss = true, .cyclic = true}, 20, "cyclic"); }
TEST(Dispatch, ChargeForTheHighestHour) { expect_equal_to_the_program({.peak = true}, 20, "peak"); }
TEST(Dispatch, ChargeForTheHighestHourOfEachPeriod) {
  expect_equal_to_the_program({.wear = true, .peak = true, .months = true}, 10, "periods");
}
TEST(Dispatch, Export) {
  expect_equal_to_the_program({.loss = true, .negative = true, .exports = true}, 20, "export");
}

TEST(Dispatch, RampsComeWithinAFewTenThousandths) {
  double worst = 0;
  for (unsigned seed = 1; seed <= 10; ++seed) {
    const Problem p = random_problem(seed, {.hours = 700, .peak = true, .ramp = true});
    const auto fast = dispatch(p), full = dispatch(p, Method::kProgram);
    ASSERT_TRUE(fast && full);
    EXPECT_LT(residual(p, *fast), 1e-6);
    EXPECT_GE(fast->cost_usd, full->cost_usd * (1 - 1e-7));
    EXPECT_LE(fast->bound_usd, full->cost_usd * (1 + 1e-7));
    worst = std::max(worst, fast->cost_usd / full->cost_usd - 1);
  }
  std::printf("[ ramps ] %.4f%% above the linear program at worst\n", 100 * worst);
  EXPECT_LT(worst, 5e-4);
}

TEST(Dispatch, PricesAreBothSidesOfTheCostOfLoad) {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    const Problem p = random_problem(seed, {.hours = 60, .loss = seed % 2 == 0, .wear = true});
    const auto d = dispatch(p);
    ASSERT_TRUE(d);
    for (std::size_t t = 0; t < 60; t += 7) {
      const auto moved = [&](double by) {
        Problem q = p;
        q.load_mw[t] += by;
        return (dispatch(q)->cost_usd - d->cost_usd) / by;
      };
      EXPECT_NEAR(d->price_high[t], moved(1e-3), 1e-4 * (1 + std::abs(d->price_high[t]))) << seed << " " << t;
      EXPECT_NEAR(d->price_low[t], moved(-1e-3), 1e-4 * (1 + std::abs(d->price_low[t]))) << seed << " " << t;
    }
  }
}

TEST(Dispatch, AKinkHasTwoPrices) {
  Problem p;
  p.load_mw = {10};
  p.sources = {{"cheap", {10}, {10}, kUnlimited}, {"dear", {100}, {50}, kUnlimited}};
  const auto d = dispatch(p);
  EXPECT_DOUBLE_EQ(d->price_low[0], 10);
  EXPECT_DOUBLE_EQ(d->price_high[0], 50);
}

/// A battery that starts and ends half full under a charge for each month's highest hour: under caps that are too low it could
/// not end where it must, which is no reason to stop looking. It is worth its charge, and the bound says so.
TEST(Dispatch, ABatteryOfAFixedStartShavesPeaks) {
  Problem p;
  constexpr std::size_t kHours = 8760;
  for (std::size_t t = 0; t < kHours; ++t)
    p.load_mw.push_back(100 + 20 * std::sin(2 * std::numbers::pi * (static_cast<double>(t % 24) - 9) / 24));
  p.sources.push_back({"grid", {200}, {50}, kUnlimited});
  p.sources.push_back({"unserved", p.load_mw, {10000}, kUnlimited});
  PeakCharge peak{.source = 0, .usd_per_mw = 7450, .least_mw = 0, .period = {}};
  for (std::size_t t = 0; t < kHours; ++t) peak.period.push_back(static_cast<int>(t / 730));
  p.peaks.push_back(peak);
  const double without = dispatch(p)->cost_usd;
  p.storages.push_back({.name = "battery",
                        .charge_mw = 20,
                        .discharge_mw = 20,
                        .energy_mwh = 40,
                        .charge_efficiency = 0.93,
                        .discharge_efficiency = 0.93,
                        .standing_loss = 1e-5,
                        .wear_usd_per_mwh = 5,
                        .start_mwh = 20,
                        .end_mwh = 20,
                        .cyclic = false});
  const auto with = dispatch(p);
  ASSERT_TRUE(with.has_value());
  EXPECT_LT(with->gap(), 1e-7);
  EXPECT_LT(with->cost_usd, without - 12 * 7450 * 5);
  EXPECT_LT(residual(p, *with), 1e-6);
}

TEST(Dispatch, StandingLossCountsInTheFirstHour) {
  Problem p;
  p.load_mw = {10, 10};
  p.sources = {{"grid", {100}, {50}, kUnlimited}};
  Storage s{.name = "b",
            .charge_mw = 0,
            .discharge_mw = 10,
            .energy_mwh = 10,
            .standing_loss = 0.1,
            .start_mwh = 10};
  p.storages.push_back(s);
  const auto d = dispatch(p);
  EXPECT_NEAR(d->cost_usd, (20 - 9) * 50, 1e-9);  // ten stored, nine left after an hour
}

TEST(Dispatch, RefusesWhatMakesNoSense) {
  Problem p = random_problem(1, {.hours = 24});
  p.storages[0].energy_mwh = 0;
  EXPECT_NE(base::render(dispatch(p).error()).find("a battery of 0 MWh"), std::string::npos);
  p = random_problem(1, {.hours = 24});
  p.storages[0].end_mwh = p.storages[0].energy_mwh;
  p.storages[0].start_mwh = 0;
  p.storages[0].charge_mw = 0.01;
  EXPECT_NE(base::render(dispatch(p).error()).find("cannot reach"), std::string::npos);
  p.load_mw[3] = -1;
  EXPECT_FALSE(dispatch(p));
}

TEST(Dispatch, OneMoreIsWorthLessThanOneLessCosts) {
  for (unsigned seed = 1; seed <= 4; ++seed) {
    const Problem p = random_problem(
        seed, {.hours = 700, .wear = true, .peak = true, .months = true, .ramp = seed % 2 == 0});
    const auto d = dispatch(p);
    ASSERT_TRUE(d);
    std::vector<std::function<void(Problem&)>> changes;
    for (const double mw : {1.0, -1.0})
      changes.emplace_back([mw](Problem& q) { q.sources[1].limit_mw[0] += mw; });
    const auto moved = varied_costs(p, *d, changes);
    ASSERT_TRUE(moved[0] && moved[1]);
    EXPECT_LE(*moved[0], 1e-6 * d->cost_usd) << seed;
    EXPECT_GE(*moved[1], -1e-6 * d->cost_usd) << seed;
    EXPECT_LE(-*moved[0], *moved[1] + 2e-5 * d->cost_usd) << seed << ": the cost is convex in a limit";
    Problem less = p;
    less.sources[1].limit_mw[0] -= 1;
    EXPECT_NEAR(dispatch(less, Method::kProgram)->cost_usd - dispatch(p, Method::kProgram)->cost_usd,
                *moved[1], 3e-5 * d->cost_usd)
        << seed;
  }
}

TEST(Dispatch, AYear) {
  const Problem plain = random_problem(5, {.hours = 8760, .wear = true});
  double begin = cpu_s();
  ASSERT_TRUE(dispatch(plain));
  std::printf("[ year ] plain %.0f ms\n", 1e3 * (cpu_s() - begin));
  const Problem peak = random_problem(5, {.hours = 8760, .wear = true, .peak = true});
  begin = cpu_s();
  ASSERT_TRUE(dispatch(peak));
  std::printf("[ year ] with a demand charge %.0f ms\n", 1e3 * (cpu_s() - begin));
  const Problem both = random_problem(5, {.hours = 8760, .wear = true, .peak = true, .ramp = true});
  begin = cpu_s();
  const auto d = dispatch(both);
  ASSERT_TRUE(d);
  std::printf("[ year ] with ramps too %.0f ms, %s, gap %.5f%%\n", 1e3 * (cpu_s() - begin), d->method.c_str(),
              100 * d->gap());
  const Problem months = random_problem(5, {.hours = 8760, .wear = true, .peak = true, .months = true});
  EXPECT_EQ(months.peaks[0].period.back(), 175);
  begin = cpu_s();
  const auto by_month = dispatch(months);
  ASSERT_TRUE(by_month);
  std::printf("[ year ] with a charge for each of 176 periods %.0f ms, gap %.1e\n", 1e3 * (cpu_s() - begin),
              by_month->gap());
  EXPECT_LT(by_month->gap(), 1e-7);
}

}  // namespace
}  // namespace gigawatt::grid
