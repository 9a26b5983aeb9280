// A problem of the flagship's size: ten sites, forty phases, seven years by quarter.
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "gigawatt/planner/formulation.h"
#include "gigawatt/planner/plan.h"
#include "gigawatt/solver/solve.h"

namespace gigawatt::planner {
namespace {

constexpr int kSites = 10, kPhases = 4, kQuarters = 28, kYears = 7;

Problem flagship_size() {
  std::mt19937 random(7);
  const auto pick = [&](int low, int high) {
    return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1));
  };
  Problem p;
  for (int t = 0; t < kQuarters; ++t) p.periods.push_back({fmt::format("q{}", t), 2191.5, 1});
  for (int y = 0; y < kYears; ++y) p.years.push_back({fmt::format("{}", 2026 + y), 1000.0 * pick(20, 50), 0});
  const double rate[] = {1.0, 1.6}, it_mw[] = {2.0, 3.0};
  for (int c = 0; c < 2; ++c) {
    System s{fmt::format("c{}", c), it_mw[c], {}, {}, {}};
    for (int t = 0; t < kQuarters; ++t) {
      s.training.push_back(rate[c] * (kQuarters - t));
      s.tokens.push_back(0);
      s.count.push_back(1);
    }
    p.systems.push_back(s);
  }
  p.limits.push_back({"crew", 9000, 0, kQuarters, false});
  for (int s = 0; s < kSites; ++s) {
    p.sites.push_back({.name = fmt::format("s{}", s),
                       .overhead = 1.3,
                       .mean_load = std::vector<double>(kQuarters, 0.9),
                       .no_load = 0.01,
                       .supply = std::vector<double>(kQuarters, 0.0),
                       .energy_price = std::vector<double>(kQuarters, 5e-5),
                       .other_price = {}});
    for (int i = 0; i < kPhases; ++i) {
      const double mw = 50.0 * pick(3, 10);
      PhaseOption phase{fmt::format("p{}-{}", s, i),
                        s,
                        pick(0, 1) != 0 ? mw / 3 : mw,
                        mw,
                        false,
                        {},
                        {0, 1},
                        {},
                        {{0, mw * 5}}};
      if (i > 0) phase.after = {s * kPhases + i - 1};
      const int lead = pick(6, 11);
      const double cost = pick(90, 140) / 10.0;
      for (int t = 0; t < kQuarters; ++t) {
        Choice choice{t,   std::min(kQuarters, t + lead),    std::min(kQuarters, t + lead + 1),
                      -1,  std::vector<double>(kYears, 0.0), 0,
                      cost};
        for (int x = t; x < std::min(kQuarters, t + lead); ++x)
          choice.capex[static_cast<std::size_t>(x / 4)] += cost / lead;
        phase.choices.push_back(choice);
      }
      p.phases.push_back(phase);
    }
    SupplyOption grid{fmt::format("grid{}", s), s, 300.0 * pick(1, 3), 0, {}, 0, {}, {}};
    for (int t = pick(4, 12); t < kQuarters; ++t)
      grid.orders.push_back({t, t, std::vector<double>(kYears, 0.0), 0.1});
    p.supply.push_back(grid);
    SupplyOption gas{fmt::format("gas{}", s), s, 50.0 * pick(8, 16), 50, {}, 0, {}, {}};
    for (int t = 0; t + 6 < kQuarters; ++t) {
      gas.orders.push_back({t, t + 6, std::vector<double>(kYears, 0.0), 1.1});
      gas.orders.back().capex[static_cast<std::size_t>(std::min(kYears - 1, (t + 3) / 4))] = 1.1;
    }
    p.supply.push_back(gas);
  }
  for (int o = 0; o < 6; ++o) {
    Offer offer{fmt::format("o{}", o), "v", o % 2, 0, {}, {}};
    for (int t = o * 3; t < std::min(kQuarters, o * 3 + 14); ++t)
      offer.lots.push_back({t, 10.0 * pick(6, 10), 60.0 + 15 * (o % 2), 80, t / 4});
    p.offers.push_back(offer);
  }
  p.by = kQuarters - 1;
  p.goal = Quantity::kTraining;
  return p;
}

double seconds_since(std::chrono::steady_clock::time_point t) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - t).count();
}

TEST(Size, TheFlagshipsProgramIsMadeAndRelaxedAtOnce) {
  const Problem problem = flagship_size();
  auto began = std::chrono::steady_clock::now();
  solver::Model model;
  const Formulation formulation(problem, model);
  const double formulated_s = seconds_since(began);
  EXPECT_GT(model.columns(), 3000);
  if (const char* file = std::getenv("GIGAWATT_PLANNER_FLAGSHIP")) {  // for tools/measure
    std::ofstream out(file);
    for (std::size_t j = 0; j < static_cast<std::size_t>(model.columns()); ++j)
      out << fmt::format("c {:.17g} {:.17g} {:.17g} {}\n", model.cost()[j], model.low()[j], model.high()[j],
                         model.integrality()[j]);
    for (std::size_t r = 0; r < static_cast<std::size_t>(model.rows()); ++r)
      out << fmt::format("r {:.17g} {:.17g}\n", model.row_low()[r], model.row_high()[r]);
    const auto a = model.by_columns();
    for (std::size_t j = 0; j + 1 < a.start.size(); ++j)
      for (int e = a.start[j]; e < a.start[j + 1]; ++e)
        out << fmt::format("a {} {} {:.17g}\n", a.row[static_cast<std::size_t>(e)], j,
                           a.value[static_cast<std::size_t>(e)]);
  }
  began = std::chrono::steady_clock::now();
  const auto relaxed = solver::solve(model.relaxed());
  const double relaxed_s = seconds_since(began);
  ASSERT_TRUE(relaxed);
  EXPECT_EQ(relaxed->status, solver::Status::kOptimal);
  RecordProperty("formulated_s", fmt::format("{:.4f}", formulated_s));
  RecordProperty("relaxed_s", fmt::format("{:.4f}", relaxed_s));
  std::printf("%d columns, %d rows, %zu entries: made in %.4f s, relaxed in %.3f s\n", model.columns(),
              model.rows(), model.entries(), formulated_s, relaxed_s);
}

/// The gap of docs/models/planner.md; asked for by hand, since a minute of two processors is long for a test.
TEST(Size, TheFlagshipsGapWithinItsTimeLimit) {
  const char* limit = std::getenv("GIGAWATT_PLANNER_SECONDS");
  if (limit == nullptr) GTEST_SKIP() << "GIGAWATT_PLANNER_SECONDS=60 measures it";
  Options options;
  options.time_limit_s = std::atof(limit);
  options.relative_gap = 0.01;
  options.marginals = false;
  const auto began = std::chrono::steady_clock::now();
  const auto answer = make_plan(flagship_size(), options);
  ASSERT_TRUE(answer);
  std::printf("gap %.2f%% after %.1f s\n", 100 * answer->gap, seconds_since(began));
  EXPECT_LE(answer->gap, 0.03);
}

}  // namespace
}  // namespace gigawatt::planner
