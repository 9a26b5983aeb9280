// Plans whose values were worked out by hand: kinks, conflicts, frontiers, waiting.
#include "gigawatt/planner/plan.h"

#include <gtest/gtest.h>

#include "gigawatt/planner/infeasible.h"
#include "gigawatt/planner/robust.h"

namespace gigawatt::planner {
namespace {

/// One site, `phases` phases of 100 MW at 1 MUSD/MW, chips at 20 MUSD a thousand that draw 8 MW; overhead 1.25.
Problem one_site(int phases, double budget, double chips) {
  Problem p;
  for (int t = 0; t < 3; ++t) p.periods.push_back({"q" + std::to_string(t), 2190, 1});
  p.years.push_back({"2026", budget, 0});
  p.sites.push_back({.name = "s",
                     .overhead = 1.25,
                     .mean_load = {},
                     .supply = std::vector<double>(3, solver::kInfinity),
                     .energy_price = std::vector<double>(3, 1e-5),
                     .other_price = {}});
  p.systems.push_back({"c", 8, {3, 2, 1}, {0, 0, 0}, {1, 1, 1}});
  for (int i = 0; i < phases; ++i) {
    PhaseOption phase{"p" + std::to_string(i), 0, 100, 100, false, {}, {0}, {}, {}};
    phase.choices.push_back({0, 1, 1, -1, {1}, 0, 1});
    p.phases.push_back(phase);
  }
  Offer offer{"o", "v", 0, 0, {}, {}};
  for (int t = 0; t < 3; ++t) offer.lots.push_back({t, chips, 20, 20, 0});
  p.offers.push_back(offer);
  p.by = 2;
  p.goal = Quantity::kAccelerators;
  return p;
}

const Marginal* find(const Answer& a, GroupKind kind, int period = -1) {
  for (const Marginal& m : a.marginals)
    if (m.kind == kind && m.period == period) return &m;
  return nullptr;
}

TEST(Plan, ChipsFillThePhaseThatTheBudgetBuys) {
  // 100 for the building and 20 a thousand; 100 MW at the meter are 80 MW of IT, 10 thousand.
  const auto a = make_plan(one_site(1, 1000, 100), {.marginals = true, .fixed = {}});
  ASSERT_TRUE(a);
  EXPECT_NEAR(a->objective, 10, 1e-6);
  EXPECT_NEAR(a->capex[0], 300, 1e-6);
  ASSERT_EQ(a->plan.phases.size(), 1u);
  EXPECT_EQ(a->plan.phases[0].system, 0);
}

TEST(Plan, AtAKinkBothSidesAreTold) {
  // A budget of 200 buys exactly the 5 thousand chips of both quarters with room: one more dollar buys nothing, one
  // less costs a twentieth of a thousand; one more chip cannot be paid, one less is missing.
  const auto a = make_plan(one_site(1, 200, 2.5), {.marginals = true, .fixed = {}});
  ASSERT_TRUE(a);
  EXPECT_NEAR(a->objective, 5, 1e-6);
  const Marginal* budget = find(*a, GroupKind::kBudget);
  ASSERT_NE(budget, nullptr);
  EXPECT_NEAR(budget->gain, 0, 1e-9);
  ASSERT_TRUE(budget->loss);
  EXPECT_NEAR(*budget->loss, 1.0 / 20, 1e-9);
  const Marginal* chips = find(*a, GroupKind::kChips, 1);
  ASSERT_NE(chips, nullptr);
  EXPECT_NEAR(chips->gain, 0, 1e-9);
  ASSERT_TRUE(chips->loss);
  EXPECT_NEAR(*chips->loss, 1, 1e-9);
}

TEST(Plan, SlopesDoNotDependOnTheOrderOfOptions) {
  Problem p = one_site(2, 420, 2.5);
  p.offers.push_back(p.offers.front());
  p.offers.back().lots.erase(p.offers.back().lots.begin());
  for (Lot& lot : p.offers.back().lots) lot.capex = lot.cost = 50;
  Problem turned = p;
  std::swap(turned.offers[0], turned.offers[1]);
  const auto a = make_plan(p), b = make_plan(turned);
  ASSERT_TRUE(a && b);
  EXPECT_NEAR(a->objective, b->objective, 1e-9);
  const Marginal *one = find(*a, GroupKind::kBudget), *other = find(*b, GroupKind::kBudget);
  ASSERT_TRUE(one && other && one->loss && other->loss);
  EXPECT_NEAR(one->gain, other->gain, 1e-9);
  EXPECT_NEAR(*one->loss, *other->loss, 1e-9);
}

TEST(Plan, WhatDoesNothingIsNotBought) {
  // Two phases are affordable, chips fill half of one.
  const auto a = make_plan(one_site(2, 1000, 2.5), {.marginals = false, .fixed = {}});
  ASSERT_TRUE(a);
  EXPECT_NEAR(a->objective, 5, 1e-6);
  EXPECT_EQ(a->plan.phases.size(), 1u);
  EXPECT_NEAR(a->capex[0], 200, 1e-6);
}

TEST(Plan, CheapestPlanForATarget) {
  Problem p = one_site(2, 1000, 20);
  p.goal = Quantity::kCost;
  p.targets.push_back({Quantity::kAccelerators, 12});
  const auto a = make_plan(p);
  ASSERT_TRUE(a);
  // Two buildings, 12 thousand chips as late as can be: their energy in the last quarter alone.
  EXPECT_NEAR(a->objective, 200 + 12 * 20 + 12 * 8 * 2190 * 1e-5, 1e-6);
}

TEST(Infeasible, ConflictNamesWhatCannotHoldTogetherAndNothingElse) {
  Problem p = one_site(2, 250, 100);
  p.goal = Quantity::kCost;
  p.limits.push_back({"crew", 10, 0, 3, false});  // harmless
  p.targets.push_back({Quantity::kAccelerators, 10});
  ASSERT_EQ(make_plan(p)->status, solver::Status::kInfeasible);
  const auto c = find_conflict(p);
  ASSERT_TRUE(c);
  EXPECT_TRUE(c->irreducible);
  std::vector<GroupKind> kinds;
  for (const auto& one : c->constraints) kinds.push_back(one.kind);
  // Without room there were no building to pay: 10 thousand alone cost 200.
  EXPECT_NE(std::find(kinds.begin(), kinds.end(), GroupKind::kTarget), kinds.end());
  EXPECT_NE(std::find(kinds.begin(), kinds.end(), GroupKind::kBudget), kinds.end());
  EXPECT_EQ(std::find(kinds.begin(), kinds.end(), GroupKind::kLimit), kinds.end());
  EXPECT_EQ(std::find(kinds.begin(), kinds.end(), GroupKind::kChips), kinds.end());
  const auto near = nearest(p, *c, {});
  ASSERT_TRUE(near && *near);
  EXPECT_NEAR((*near)->reachable, 7.5, 1e-4);  // (250 - 100) / 20
}

TEST(Infeasible, EachConstraintOfAConflictIsNeeded) {
  Problem p = one_site(1, 1000, 1);
  p.goal = Quantity::kCost;
  p.targets.push_back({Quantity::kAccelerators, 3});  // two quarters with room, 1 thousand each
  const auto c = find_conflict(p);
  ASSERT_TRUE(c);
  for (const auto& one : c->constraints) {
    Problem easier = p;
    if (one.kind == GroupKind::kTarget) easier.targets.clear();
    if (one.kind == GroupKind::kChips) easier.offers[0].lots[1].most = 100;
    if (one.kind == GroupKind::kRoom) easier.phases[0].choices[0].service = 0;
    EXPECT_EQ(make_plan(easier)->status, solver::Status::kOptimal) << static_cast<int>(one.kind);
  }
  EXPECT_GE(c->constraints.size(), 2u);
}

TEST(Frontier, MoreMoneyNeverBuysLess) {
  const auto points = frontier(one_site(3, 300, 100), {0.2, 0.5, 1, 1.5, 3}, {});
  ASSERT_TRUE(points);
  const double expected[] = {0, 2.5, 10, 12.5, 30};  // 60: no building; 150; 300; 450: two; 900: three
  for (std::size_t i = 0; i < points->size(); ++i)
    EXPECT_NEAR((*points)[i].answer.objective, expected[i], 1e-3) << i;
}

TEST(Robust, WaitingIsWorthWhatItAvoids) {
  // Now or in q1 nothing is urgent: `big` (20 thousand) comes only in the fast case, `small` (10) always. Only one can be
  // paid. Ordered in q1 knowing the case: 20 or 10, 15 on average; decided now: 10 either way.
  const auto make = [](bool fast) {
    Problem p = one_site(2, 700, 100);
    p.years[0].capex = 300 + 400;
    p.phases[0].name = "big";
    p.phases[0].least = p.phases[0].most = 200;
    p.phases[0].choices = {{1, fast ? 2 : 3, fast ? 2 : 3, -1, {1.5}, 0, 1}};
    p.phases[1].name = "small";
    p.phases[1].choices = {{1, 2, 2, -1, {5}, 0, 1}};  // 500 and 300 do not go together
    p.waiting = true;
    for (Lot& lot : p.offers[0].lots) lot.capex = 20;
    p.offers[0].lots.erase(p.offers[0].lots.begin(), p.offers[0].lots.begin() + 2);  // all arrive in q2
    return p;
  };
  const std::vector<Case> cases = {{"fast", 0.5, make(true)}, {"slow", 0.5, make(false)}};
  const auto r = robust_plan(cases, 1, {});
  ASSERT_TRUE(r);
  ASSERT_TRUE(r->all_solved);
  EXPECT_NEAR(r->two_stage, 15, 1e-6);
  EXPECT_NEAR(r->now, 10, 1e-6);
  EXPECT_NEAR(r->knowing, 15, 1e-6);
  EXPECT_NEAR(r->value_of_waiting(), 5, 1e-6);
  const auto late = robust_plan(cases, 2, {});  // the case is known too late
  ASSERT_TRUE(late);
  EXPECT_NEAR(late->two_stage, 10, 1e-6);
}

TEST(Plan, ATimeLimitOfZeroHasAnAnswer) {
  const auto a = make_plan(one_site(3, 600, 100), {.time_limit_s = 0, .marginals = false, .fixed = {}});
  ASSERT_TRUE(a);
  EXPECT_TRUE(a->status == solver::Status::kNoSolution || a->status == solver::Status::kFeasible ||
              a->status == solver::Status::kOptimal);
  if (a->status == solver::Status::kNoSolution) {
    EXPECT_TRUE(a->plan.phases.empty());
  }
}

}  // namespace
}  // namespace gigawatt::planner
