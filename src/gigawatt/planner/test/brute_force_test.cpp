// Small random problems, solved by trying every plan: phases, systems, units and whole lots are enumerated, and what a
// plan does is added up by hand from the problem, not from the program.
#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

#include <gtest/gtest.h>

#include "gigawatt/planner/plan.h"
#include "random_problem.h"

namespace gigawatt::planner {
namespace {

constexpr double kTolerance = 1e-9;

std::size_t slot(int i) { return static_cast<std::size_t>(i); }

/// Everything that is whole in a plan.
struct Trial {
  std::vector<int> choice;                          ///< by phase; -1: not built
  std::vector<int> system;                          ///< by phase, position in its list
  std::vector<std::vector<int>> units;              ///< by supply and order
  std::vector<std::vector<std::vector<int>>> lots;  ///< by offer, lot, phase
};

double use_of(const std::vector<Use>& uses, int limit) {
  double sum = 0;
  for (const Use& use : uses)
    if (use.limit == limit) sum += use.amount;
  return sum;
}

/// What the plan is worth; empty: it breaks something.
std::optional<double> worth(const Problem& p, const Trial& t) {
  const int horizon = p.horizon();
  std::vector<double> capex(p.years.size());
  double cost = 0, goal = 0;
  std::vector<std::vector<double>> installed(p.phases.size(), std::vector<double>(slot(horizon)));
  for (int i = 0; i < static_cast<int>(p.phases.size()); ++i) {
    const PhaseOption& phase = p.phases[slot(i)];
    const int a = t.choice[slot(i)];
    if (a < 0 && phase.required) return {};
    for (const int q : phase.after)
      if (a >= 0 && (t.choice[slot(q)] < 0 ||
                     p.phases[slot(q)].choices[slot(t.choice[slot(q)])].order > phase.choices[slot(a)].order))
        return {};
    if (a < 0) continue;
    for (std::size_t y = 0; y < capex.size(); ++y) capex[y] += phase.most * phase.choices[slot(a)].capex[y];
    cost += phase.most * phase.choices[slot(a)].cost;
  }
  for (int k = 0; k < static_cast<int>(p.supply.size()); ++k) {
    double all = 0;
    for (int o = 0; o < static_cast<int>(p.supply[slot(k)].orders.size()); ++o) {
      const double mw = p.supply[slot(k)].unit * t.units[slot(k)][slot(o)];
      all += mw;
      for (std::size_t y = 0; y < capex.size(); ++y)
        capex[y] += mw * p.supply[slot(k)].orders[slot(o)].capex[y];
      cost += mw * p.supply[slot(k)].orders[slot(o)].cost;
    }
    if (all > p.supply[slot(k)].most + kTolerance) return {};
  }
  for (int o = 0; o < static_cast<int>(p.offers.size()); ++o)
    for (int l = 0; l < static_cast<int>(p.offers[slot(o)].lots.size()); ++l) {
      const Offer& offer = p.offers[slot(o)];
      const Lot& lot = offer.lots[slot(l)];
      double sum = 0;
      for (int i = 0; i < static_cast<int>(p.phases.size()); ++i) {
        const double k = offer.lot * t.lots[slot(o)][slot(l)][slot(i)];
        if (k == 0) continue;
        if (t.choice[slot(i)] < 0 || p.phases[slot(i)].systems[slot(t.system[slot(i)])] != offer.system)
          return {};
        sum += k;
        capex[slot(lot.year)] += k * lot.capex;
        cost += k * lot.cost;
        const System& system = p.systems[slot(offer.system)];
        goal += k * (p.goal == Quantity::kTraining ? system.training : system.count)[slot(lot.period)];
        for (int x = lot.period; x < horizon; ++x) installed[slot(i)][slot(x)] += k * system.it_mw;
      }
      if (sum > lot.most + kTolerance) return {};
    }
  for (int x = 0; x < horizon; ++x) {
    std::vector<double> load(p.sites.size());
    for (int i = 0; i < static_cast<int>(p.phases.size()); ++i) {
      const PhaseOption& phase = p.phases[slot(i)];
      const Site& site = p.sites[slot(phase.site)];
      const bool serves = t.choice[slot(i)] >= 0 && phase.choices[slot(t.choice[slot(i)])].service <= x;
      if (installed[slot(i)][slot(x)] > (serves ? phase.most / site.overhead : 0) + kTolerance) return {};
      load[slot(phase.site)] += installed[slot(i)][slot(x)];
      cost += installed[slot(i)][slot(x)] * site.load(x) * site.price(x) * p.periods[slot(x)].hours *
              p.periods[slot(x)].discount;
    }
    for (int s = 0; s < static_cast<int>(p.sites.size()); ++s) {
      double supply = p.sites[slot(s)].supply[slot(x)];
      for (int k = 0; k < static_cast<int>(p.supply.size()); ++k)
        for (int o = 0; p.supply[slot(k)].site == s && o < static_cast<int>(p.supply[slot(k)].orders.size());
             ++o)
          if (p.supply[slot(k)].orders[slot(o)].available <= x)
            supply += p.supply[slot(k)].unit * t.units[slot(k)][slot(o)];
      if (load[slot(s)] * p.sites[slot(s)].overhead > supply + kTolerance) return {};
    }
  }
  for (int n = 0; n < static_cast<int>(p.limits.size()); ++n) {
    const Limit& limit = p.limits[slot(n)];
    for (int x = limit.from; x < limit.until; ++x) {
      double sum = 0;
      const auto counts = [&](int order, int end) {
        return limit.in_all ? order >= limit.from && order < limit.until : order <= x && x < end;
      };
      for (int i = 0; i < static_cast<int>(p.phases.size()); ++i)
        if (const int a = t.choice[slot(i)]; a >= 0)
          if (const Choice& c = p.phases[slot(i)].choices[slot(a)]; counts(c.order, c.energized))
            sum += use_of(p.phases[slot(i)].uses, n);
      for (int k = 0; k < static_cast<int>(p.supply.size()); ++k)
        for (int o = 0; o < static_cast<int>(p.supply[slot(k)].orders.size()); ++o)
          if (counts(p.supply[slot(k)].orders[slot(o)].order, p.supply[slot(k)].orders[slot(o)].available))
            sum += use_of(p.supply[slot(k)].uses, n) * t.units[slot(k)][slot(o)];
      if (sum > limit.maximum + kTolerance) return {};
    }
  }
  for (std::size_t y = 0; y < capex.size(); ++y)
    if (capex[y] > p.years[y].capex - p.years[y].committed + kTolerance) return {};
  for (const Target& target : p.targets) {
    double count = 0;
    for (int o = 0; o < static_cast<int>(p.offers.size()); ++o)
      for (int l = 0; l < static_cast<int>(p.offers[slot(o)].lots.size()); ++l)
        for (const int lots : t.lots[slot(o)][slot(l)])
          count +=
              lots * p.offers[slot(o)].lot *
              p.systems[slot(p.offers[slot(o)].system)].count[slot(p.offers[slot(o)].lots[slot(l)].period)];
    if (count < target.amount - kTolerance) return {};
  }
  return p.goal == Quantity::kCost ? cost : goal;
}

/// All values of some counters below their limits.
void enumerate(std::vector<std::pair<int*, std::pair<int, int>>>& counters, std::size_t i,
               const std::function<void()>& visit) {
  if (i == counters.size()) return visit();
  for (int v = counters[i].second.first; v < counters[i].second.second; ++v) {
    *counters[i].first = v;
    enumerate(counters, i + 1, visit);
  }
}

std::optional<double> best_by_trying(const Problem& p) {
  Trial t;
  std::vector<std::pair<int*, std::pair<int, int>>> counters;
  t.choice.resize(p.phases.size());
  t.system.resize(p.phases.size());
  for (const auto& k : p.supply) t.units.emplace_back(k.orders.size());
  for (const auto& o : p.offers) t.lots.emplace_back(o.lots.size(), std::vector<int>(p.phases.size()));
  for (std::size_t i = 0; i < p.phases.size(); ++i) {
    counters.push_back({&t.choice[i], {-1, static_cast<int>(p.phases[i].choices.size())}});
    counters.push_back({&t.system[i], {0, static_cast<int>(p.phases[i].systems.size())}});
  }
  for (std::size_t k = 0; k < p.supply.size(); ++k)
    for (int& n : t.units[k])
      counters.push_back({&n, {0, static_cast<int>(p.supply[k].most / p.supply[k].unit + 1e-9) + 1}});
  for (std::size_t o = 0; o < p.offers.size(); ++o)
    for (std::size_t l = 0; l < p.offers[o].lots.size(); ++l)
      for (int& n : t.lots[o][l])
        counters.push_back(
            {&n, {0, static_cast<int>(p.offers[o].lots[l].most / p.offers[o].lot + 1e-9) + 1}});
  std::optional<double> best;
  enumerate(counters, 0, [&] {
    const auto value = worth(p, t);
    if (value && (!best || (p.goal == Quantity::kCost ? *value < *best : *value > *best))) best = value;
  });
  return best;
}

TEST(BruteForce, TwoHundredRandomProblemsHaveTheValueOfTheBestPlanTried) {
  int solved = 0, impossible = 0, something = 0;
  for (unsigned seed = 1; seed <= 200; ++seed) {
    Problem problem = random_problem(seed);
    for (Site& site : problem.sites)  // summers, and water
      for (std::size_t t = 0; t < site.mean_load.size(); ++t) {
        if (t % 2 == 1) site.mean_load[t] *= 1.1;
        site.other_price.push_back(1e-6 * static_cast<double>(t));
      }
    const auto expected = best_by_trying(problem);
    const auto found =
        make_plan(problem, {.time_limit_s = 30, .relative_gap = 1e-9, .marginals = false, .fixed = {}});
    ASSERT_TRUE(found) << seed << ": " << found.error().message;
    if (!expected) {
      EXPECT_EQ(found->status, solver::Status::kInfeasible) << seed;
      ++impossible;
      continue;
    }
    ASSERT_EQ(found->status, solver::Status::kOptimal) << seed;
    const double near = 1e-6 * std::max(1.0, std::abs(*expected));
    EXPECT_NEAR(found->objective, *expected, near) << seed;
    const auto outlined = make_plan(
        problem,
        {.time_limit_s = 30, .relative_gap = 1e-9, .marginals = false, .fixed = {}, .many_choices = 0});
    ASSERT_TRUE(outlined) << seed << ": " << outlined.error().message;
    EXPECT_NEAR(outlined->objective, *expected, near) << seed << ", by its outline";
    // An outline is easier than the plan: its best value is no worse.
    solver::Model rough;
    const Formulation outline(problem, rough, 1, nullptr, 0, Formulation::Detail::kOutline);
    const auto best = solver::solve(rough, {.relative_gap = 1e-9, .start = {}});
    ASSERT_TRUE(best && best->solved()) << seed;
    EXPECT_LE(best->objective, (problem.goal == Quantity::kCost ? 1 : -1) * *expected + near) << seed;
    ++solved;
    something += std::abs(*expected) > 1e-6;
  }
  EXPECT_GT(solved, 120);
  EXPECT_GT(something, 80);
  EXPECT_GT(impossible, 5);
}

}  // namespace
}  // namespace gigawatt::planner
