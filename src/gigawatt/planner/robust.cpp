#include "gigawatt/planner/robust.h"

#include <memory>

namespace gigawatt::planner {
namespace {

/// All cases in one program.
struct Joined {
  solver::Model model;
  std::vector<std::unique_ptr<Formulation>> cases;
};

Joined join(const std::vector<Case>& cases, int decide) {
  Joined out;
  for (const Case& c : cases)
    out.cases.push_back(std::make_unique<Formulation>(
        c.problem, out.model, c.probability, out.cases.empty() ? nullptr : out.cases.front().get(), decide));
  return out;
}

double value(const Formulation& formulation, const std::vector<double>& x) {
  double sum = 0;
  for (const auto& term : formulation.quantity(formulation.problem().goal))
    sum += term.coefficient * x[static_cast<std::size_t>(term.column)];
  return sum;
}

}  // namespace

tl::expected<RobustAnswer, base::Diagnostic> robust_plan(const std::vector<Case>& cases, int decide,
                                                         const Options& options) {
  const solver::Options limits{
      .time_limit_s = options.time_limit_s, .relative_gap = options.relative_gap, .start = {}};
  const bool cost = cases.front().problem.goal == Quantity::kCost;
  const double sign = cost ? 1 : -1;
  const Joined joined = join(cases, decide);
  const auto solved = solver::solve(joined.model, limits);
  if (!solved) return tl::unexpected(solved.error());
  RobustAnswer out;
  out.status = solved->status;
  if (!solved->solved()) return out;
  out.two_stage = sign * solved->objective;
  out.bound = sign * solved->bound;
  out.gap = solved->gap();
  for (const auto& one : joined.cases) {
    out.plans.push_back(read_plan(*one, solved->x));
    out.values.push_back(value(*one, solved->x));
  }
  const Joined committed = join(cases, cases.front().problem.horizon());
  const auto all_now = solver::solve(committed.model, limits);
  if (!all_now) return tl::unexpected(all_now.error());
  out.all_solved = all_now->solved();
  out.now = all_now->solved() ? sign * all_now->objective : 0;
  Options alone = options;
  alone.marginals = false;
  for (const Case& c : cases) {
    const auto best = make_plan(c.problem, alone);
    if (!best) return tl::unexpected(best.error());
    out.all_solved = out.all_solved && !best->x.empty();
    out.knowing += c.probability * best->objective;
  }
  return out;
}

}  // namespace gigawatt::planner
