#pragma once
/// Solving a problem: the plan, how good it is proven to be, and what one more or one less of each limit is worth.
///
/// Of the plans with the best value found, the cheapest one is taken: with the same phases, orders and systems, a linear
/// program minimizes the cost at that value. So nothing is bought that does nothing.
///
/// Where there are many choices, the best outline (formulation.h) is looked for first: its bound is one of the plan, and its
/// dates leave a small program. The bound told is the better of the outline's and the plan's own.
///
/// The worth of a limit has two sides, because the value as a function of a limit has kinks: a plan may gain nothing from
/// one more and lose much with one less. Both are slopes with the plan's phases, orders and systems as they are.

#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/planner/formulation.h"
#include "gigawatt/planner/problem.h"
#include "gigawatt/solver/solve.h"

namespace gigawatt::planner {

struct BuiltPhase {
  int phase = 0, choice = 0;
  double mw = 0;    ///< at the meter
  int system = -1;  ///< that it holds; -1: none
};
struct OrderedSupply {
  int supply = 0, order = 0;
  double mw = 0;
};
struct Delivery {
  int offer = 0, lot = 0, phase = 0;
  double k = 0;
};

struct Plan {
  std::vector<BuiltPhase> phases;
  std::vector<OrderedSupply> supply;
  std::vector<Delivery> deliveries;
};

/// One-sided slopes of the goal (a cost: of its fall) by a limit.
struct Marginal {
  GroupKind kind = GroupKind::kBudget;
  int subject = 0, period = -1;
  double gain = 0;             ///< from one more
  std::optional<double> loss;  ///< by one less; empty: then there is no plan
};

struct Answer {
  solver::Status status = solver::Status::kNoSolution;
  double objective = 0;  ///< of the goal, in the problem's unit
  double bound = 0;      ///< no plan is better
  double gap = 0;        ///< |bound - objective| / |objective|
  Plan plan;
  std::vector<double> x;
  std::vector<double> capex;  ///< MUSD by year, without what is committed
  double cost = 0;            ///< MUSD, discounted
  std::vector<Marginal> marginals;
  int columns = 0, rows = 0;
  std::size_t entries = 0;
  std::int64_t nodes = 0;
};

/// A decision that is no longer free: phase `phase` begins by choice `choice`, or (-1) not before period `until`.
struct Fixed {
  int phase = 0, choice = -1, until = 0;
};

struct Options {
  double time_limit_s = 60;
  double relative_gap = 1e-4;
  bool marginals = true;
  std::vector<Fixed> fixed;
  int many_choices = 200;  ///< whole columns from which the outline is solved first
};

/// kInfeasible and kNoSolution are answers, too; what the solver cannot do is a diagnostic.
tl::expected<Answer, base::Diagnostic> make_plan(const Problem& problem, const Options& options = {});

/// The plan in the columns of a solution.
Plan read_plan(const Formulation& formulation, const std::vector<double>& x);

/// What a year's budget times a factor leaves for the plan, with the years before where they carry over.
double budget_left(const Problem& problem, int year, double factor = 1);

/// Best plans for budgets times each factor (ascending), together in at most ten times the time of one.
struct FrontierPoint {
  double factor = 1;
  Answer answer;
};
tl::expected<std::vector<FrontierPoint>, base::Diagnostic> frontier(const Problem& problem,
                                                                    const std::vector<double>& factors,
                                                                    const Options& options);

}  // namespace gigawatt::planner
