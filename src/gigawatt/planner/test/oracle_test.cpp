// Forty random programs as SciPy's milp solved them (tools/tables/planner.py): relaxed and whole.
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "gigawatt/planner/formulation.h"
#include "gigawatt/solver/solve.h"
#include "random_problem.h"

namespace gigawatt::planner {
namespace {

constexpr const char* kTable = GW_SOURCE_DIR "/src/gigawatt/planner/test/scipy_optima.csv";
constexpr unsigned kSeeds = 40;

/// For the tool: one program a file, "c cost low high integer", "r low high", "a row column value".
void write(const std::string& folder, unsigned seed) {
  const Problem problem = random_problem(seed);
  solver::Model m;
  const Formulation formulation(problem, m);
  std::ofstream out(fmt::format("{}/{}.txt", folder, seed));
  for (std::size_t j = 0; j < static_cast<std::size_t>(m.columns()); ++j)
    out << fmt::format("c {:.17g} {:.17g} {:.17g} {}\n", m.cost()[j], m.low()[j], m.high()[j],
                       m.integrality()[j]);
  for (std::size_t r = 0; r < static_cast<std::size_t>(m.rows()); ++r)
    out << fmt::format("r {:.17g} {:.17g}\n", m.row_low()[r], m.row_high()[r]);
  const auto a = m.by_columns();
  for (std::size_t j = 0; j + 1 < a.start.size(); ++j)
    for (int e = a.start[j]; e < a.start[j + 1]; ++e)
      out << fmt::format("a {} {} {:.17g}\n", a.row[static_cast<std::size_t>(e)], j,
                         a.value[static_cast<std::size_t>(e)]);
}

TEST(Oracle, SciPyFindsTheSameOptimaOfTheSamePrograms) {
  if (const char* folder = std::getenv("GIGAWATT_PLANNER_MATRICES")) {
    for (unsigned seed = 1; seed <= kSeeds; ++seed) write(folder, seed);
    return;
  }
  std::ifstream table(kTable);
  std::string line;
  std::getline(table, line);
  int rows = 0, feasible = 0;
  while (std::getline(table, line)) {
    std::replace(line.begin(), line.end(), ',', ' ');
    std::istringstream fields(line);
    unsigned seed = 0;
    std::string relaxed, whole;
    fields >> seed >> relaxed >> whole;
    const Problem problem = random_problem(seed);
    solver::Model m;
    const Formulation formulation(problem, m);
    const auto check = [&](const solver::Model& model, const std::string& expected) {
      const auto found = solver::solve(model, {.relative_gap = 1e-9, .start = {}});
      ASSERT_TRUE(found) << seed;
      if (expected == "infeasible") {
        EXPECT_EQ(found->status, solver::Status::kInfeasible) << seed;
        return;
      }
      ASSERT_EQ(found->status, solver::Status::kOptimal) << seed;
      const double value = std::stod(expected);
      EXPECT_NEAR(found->objective, value, 1e-6 * std::max(1.0, std::abs(value))) << seed;
    };
    check(m.relaxed(), relaxed);
    check(m, whole);
    ++rows;
    feasible += whole != "infeasible";
  }
  EXPECT_EQ(rows, static_cast<int>(kSeeds));
  EXPECT_GT(feasible, 25);
}

}  // namespace
}  // namespace gigawatt::planner
