#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "gigawatt/solver/solve.h"

namespace gigawatt::solver {
namespace {

TEST(Solver, SolvesALinearProgramWithDuals) {
  // max 3x + 2y, x + y <= 4, x + 3y <= 8, x <= 3: (3, 1) with 11; one unit of the first row is worth 2.
  Model m;
  const int x = m.add_column(-3, 0, 3), y = m.add_column(-2, 0, kInfinity);
  const int first = m.add_row(-kInfinity, 4, {{x, 1}, {y, 1}});
  m.add_row(-kInfinity, 8, {{x, 1}, {y, 3}});
  const auto s = solve(m);
  ASSERT_TRUE(s);
  EXPECT_EQ(s->status, Status::kOptimal);
  EXPECT_NEAR(s->objective, -11, 1e-9);
  EXPECT_NEAR(s->x[static_cast<std::size_t>(x)], 3, 1e-9);
  EXPECT_NEAR(s->dual[static_cast<std::size_t>(first)], -2, 1e-9);
  EXPECT_NEAR(s->reduced_cost[static_cast<std::size_t>(x)], -1, 1e-9);
}

TEST(Solver, EntriesAtOnePlaceAddUpInAnyOrder) {
  Model m;
  const int x = m.add_column(1, 0, 10), y = m.add_column(1, 0, 10);
  const int low = m.add_row(3, kInfinity), high = m.add_row(4, kInfinity);
  m.add_entry(high, y, 1);
  m.add_entry(low, x, 0.25);
  m.add_entry(high, x, 0);
  m.add_entry(low, x, 0.75);
  const auto a = m.by_columns();
  EXPECT_EQ(a.start, (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(a.value, (std::vector<double>{1, 1}));
  const auto s = solve(m);
  ASSERT_TRUE(s);
  EXPECT_NEAR(s->objective, 7, 1e-9);
}

TEST(Solver, TellsInfeasibleFromUnbounded) {
  Model none;
  const int x = none.add_column(1, 0, 1);
  none.add_row(2, kInfinity, {{x, 1}});
  EXPECT_EQ(solve(none)->status, Status::kInfeasible);
  EXPECT_TRUE(solve(none)->x.empty());
  Model endless;
  const int a = endless.add_column(-1, 0, kInfinity), b = endless.add_column(0, 0, kInfinity);
  endless.add_row(0, kInfinity, {{a, 1}, {b, -1}});
  EXPECT_EQ(solve(endless)->status, Status::kUnbounded);
}

TEST(Solver, RefusesNumbersThatWouldBeMisread) {
  const auto refused = [](double cost, double high, double coefficient) {
    Model m;
    const int x = m.add_column(cost, 0, high);
    m.add_row(0, 1, {{x, coefficient}});
    const auto s = solve(m);
    return s ? std::string() : s.error().message;
  };
  EXPECT_EQ(refused(1, 1, 1), "");
  EXPECT_NE(refused(5e20, 1, 1).find("column 0 has the cost"), std::string::npos);
  EXPECT_NE(refused(1, 5e20, 1).find("column 0 has the bounds"), std::string::npos);
  EXPECT_NE(refused(1, 1, 1e-10).find("coefficient"), std::string::npos);
  EXPECT_NE(refused(std::nan(""), 1, 1).find("cost"), std::string::npos);
}

TEST(Solver, ASessionAnswersBothSidesOfAKink) {
  // Load 10 with 10 units at price 10 and more at 50: one more costs 50, one less saves 10.
  Model m;
  const int cheap = m.add_column(10, 0, 10), dear = m.add_column(50, 0, 100);
  const int load = m.add_row(10, 10, {{cheap, 1}, {dear, 1}});
  auto session = Session::open(m);
  ASSERT_TRUE(session);
  const double at = session->solve()->objective;
  session->set_row(load, 11, 11);
  EXPECT_NEAR(session->solve()->objective - at, 50, 1e-9);
  session->set_row(load, 9, 9);
  EXPECT_NEAR(at - session->solve()->objective, 10, 1e-9);
  session->set_bounds(cheap, 0, 5);
  session->set_cost(dear, 20);
  EXPECT_NEAR(session->solve()->objective, 5 * 10 + 4 * 20, 1e-9);
}

/// The best value of a knapsack, by trying every choice.
double brute_force(const std::vector<double>& value, const std::vector<double>& weight, double room) {
  double best = 0;
  for (unsigned choice = 0; choice < (1u << value.size()); ++choice) {
    double v = 0, w = 0;
    for (std::size_t i = 0; i < value.size(); ++i)
      if (choice >> i & 1u) v += value[i], w += weight[i];
    if (w <= room) best = std::max(best, v);
  }
  return best;
}

TEST(Solver, SolvesKnapsacksAsBruteForceDoes) {
  std::mt19937 random(7);
  std::uniform_int_distribution<int> number(1, 30);
  for (int round = 0; round < 20; ++round) {
    std::vector<double> value(10), weight(10);
    Model m;
    std::vector<Term> terms;
    for (std::size_t i = 0; i < value.size(); ++i) {
      value[i] = number(random);
      weight[i] = number(random);
      terms.push_back({m.add_binary(-value[i]), weight[i]});
    }
    m.add_row(-kInfinity, 60, terms);
    const auto s = solve(m);
    ASSERT_TRUE(s);
    EXPECT_EQ(s->status, Status::kOptimal);
    EXPECT_NEAR(-s->objective, brute_force(value, weight, 60), 1e-6);
    EXPECT_NEAR(s->gap(), 0, 1e-6);
    EXPECT_TRUE(s->dual.empty());
    Options again;
    again.start = s->x;
    EXPECT_NEAR(solve(m, again)->objective, s->objective, 1e-6);
  }
}

TEST(Solver, ATimeLimitOfNothingLeavesNoSolution) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> number(1, 2);
  Model m;
  for (int j = 0; j < 60; ++j) m.add_binary(-number(random));
  for (int i = 0; i < 40; ++i) {
    const int row = m.add_row(-kInfinity, 20);
    for (int j = 0; j < 60; ++j) m.add_entry(row, j, number(random));
  }
  Options hurried;
  hurried.time_limit_s = 0;
  const auto s = solve(m, hurried);
  ASSERT_TRUE(s);
  EXPECT_FALSE(s->status == Status::kOptimal);
}

TEST(Solver, EveryMethodAgrees) {
  Model m;
  for (int j = 0; j < 20; ++j) m.add_column(1 + j % 5, 0, 4);
  for (int i = 0; i < 10; ++i) m.add_row(5, kInfinity, {{i, 1}, {i + 10, 1}});
  Options simplex, interior;
  simplex.method = Method::kSimplex;
  interior.method = Method::kInteriorPoint;
  EXPECT_NEAR(solve(m, simplex)->objective, solve(m, interior)->objective, 1e-6);
  EXPECT_EQ(solver_version().substr(0, 6), "HiGHS ");
}

}  // namespace
}  // namespace gigawatt::solver
