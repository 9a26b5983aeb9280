#pragma once
// Small problems with everything in them, drawn from a seed: std::mt19937 is the same everywhere.
#include <algorithm>
#include <random>
#include <string>

#include "gigawatt/planner/problem.h"

namespace gigawatt::planner {

inline Problem random_problem(unsigned seed) {
  std::mt19937 random(seed);
  const auto pick = [&](int low, int high) {
    return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1));
  };
  Problem p;
  const int horizon = pick(3, 5);
  const int years = pick(1, 2);
  for (int t = 0; t < horizon; ++t)
    p.periods.push_back({"q" + std::to_string(t), 2190, t % 2 == 0 ? 1.0 : 0.95});
  for (int y = 0; y < years; ++y)
    p.years.push_back({"y" + std::to_string(y), 100.0 * pick(4, 20), 10.0 * pick(0, 2)});
  const int sites = pick(1, 2);
  for (int s = 0; s < sites; ++s) {
    Site site;
    site.name = "s" + std::to_string(s);
    site.overhead = 1.25;
    site.mean_load.assign(static_cast<std::size_t>(horizon), 0.9);
    const double given = pick(0, 2) == 0 ? solver::kInfinity : 10.0 * pick(0, 4);
    for (int t = 0; t < horizon; ++t) {
      site.supply.push_back(t > horizon / 2 ? given : given * 0.5);
      site.energy_price.push_back(1e-5 * pick(2, 9));
    }
    p.sites.push_back(std::move(site));
  }
  const int systems = pick(1, 2);
  for (int c = 0; c < systems; ++c) {
    System system{"c" + std::to_string(c), 1.0 * pick(1, 3), {}, {}, {}};
    const double rate = pick(1, 5);
    for (int t = 0; t < horizon; ++t) {
      system.training.push_back(rate * (horizon - t));
      system.tokens.push_back(0);
      system.count.push_back(1);
    }
    p.systems.push_back(std::move(system));
  }
  p.limits.push_back({"crew", 1.0 * pick(2, 6), 0, horizon, false});
  p.limits.push_back({"turbines", 1.0 * pick(0, 3), 0, pick(1, horizon), true});
  for (int i = 0; i < 2; ++i) {
    PhaseOption phase{
        "p" + std::to_string(i), pick(0, sites - 1), 0, 10.0 * pick(1, 4), pick(0, 7) == 0, {}, {}, {},
        {{0, 1.0 * pick(1, 3)}}};
    phase.least = phase.most;
    if (i == 1 && pick(0, 2) == 0) phase.after = {0};
    for (int c = 0; c < systems; ++c) phase.systems.push_back(c);
    for (int t = 0; t < 2; ++t) {
      Choice choice{t, std::min(horizon, t + pick(1, 2)), 0, -1, {}, 0, 0};
      choice.service = std::min(horizon, choice.energized + pick(0, 1));
      for (int y = 0; y < years; ++y) choice.capex.push_back(1.0 * pick(0, 8));
      choice.cost = 1.0 * pick(5, 12);
      phase.choices.push_back(std::move(choice));
    }
    p.phases.push_back(std::move(phase));
  }
  SupplyOption turbine{"gas", pick(0, sites - 1), 0, 10.0 * pick(1, 2), {}, 0, {}, {{1, 1.0}}};
  turbine.most = 2 * turbine.unit;
  SupplyOrder order{0, pick(1, 2), {}, 1.0 * pick(1, 3)};
  for (int y = 0; y < years; ++y) order.capex.push_back(1.0 * pick(0, 2));
  turbine.orders.push_back(order);
  p.supply.push_back(std::move(turbine));
  for (int o = 0; o < pick(1, 2); ++o) {
    Offer offer{"o" + std::to_string(o), "v", pick(0, systems - 1), 1.0 * pick(2, 6), {}, {}};
    for (int l = 0; l < (o == 0 ? 2 : 1); ++l)
      offer.lots.push_back({std::min(horizon - 1, 1 + l + pick(0, 1)), offer.lot * pick(1, 2),
                            1.0 * pick(10, 40), 1.0 * pick(10, 50), pick(0, years - 1)});
    p.offers.push_back(std::move(offer));
  }
  p.by = horizon - 1;
  p.goal = seed % 3 == 0 ? Quantity::kCost : seed % 3 == 1 ? Quantity::kTraining : Quantity::kAccelerators;
  if (seed % 3 == 0) p.targets.push_back({Quantity::kAccelerators, 1.0 * pick(2, 12)});
  return p;
}

}  // namespace gigawatt::planner
