#include "gigawatt/planner/plan.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "gigawatt/base/parallel.h"

namespace gigawatt::planner {
namespace {

using solver::kInfinity;

constexpr double kSmall = 1e-6;  ///< MW, k: what the solver leaves of nothing
constexpr double kKept = 1e-9;   ///< relative loss of value that the cheapest plan may have
constexpr double kStep = 1e-4;   ///< relative step to the side of a limit
constexpr double kSlack = 1e-6;  ///< relative distance at which a limit does not bind
constexpr double kPolishTime_s = 10;
constexpr double kOutlineShare = 0.8;    ///< in this share of the time,
constexpr double kOutlineEffort = 0.3;   ///< of it for solutions;
constexpr double kBoundEffort = 0.05;    ///< of two searches side by side, the one for bounds
constexpr double kSolutionEffort = 0.5;  ///< and the one for solutions
constexpr double kDetailShare = 0.1;     ///< of the time, for the rest of the plan, twice,
constexpr double kDetailGap = 2e-4;      ///< to this gap
constexpr double kStartShare =
    0.3;  ///< of the time, for a plan near the relaxation where there is none by an outline,
constexpr double kStartGap = 2e-3;     ///< to this gap
constexpr double kFrontierShare = 10;  ///< of the time for one plan, for all of a frontier

double dot(const std::vector<solver::Term>& terms, const std::vector<double>& x) {
  double sum = 0;
  for (const auto& term : terms) sum += term.coefficient * x[static_cast<std::size_t>(term.column)];
  return sum;
}

/// The linear program around a solution: its whole numbers stay.
class Neighborhood {
 public:
  static tl::expected<Neighborhood, base::Diagnostic> open(const solver::Model& model,
                                                           const Formulation& formulation,
                                                           const std::vector<double>& x) {
    auto session = solver::Session::open(model.relaxed());
    if (!session) return tl::unexpected(session.error());
    Neighborhood out(std::move(*session), model, formulation);
    for (int j = 0; j < model.columns(); ++j)
      if (model.integrality()[static_cast<std::size_t>(j)] != 0) {
        const double whole = std::round(x[static_cast<std::size_t>(j)]);
        out.session_.set_bounds(j, whole, whole);
      }
    return out;
  }

  /// Both slopes at each group of limits that binds.
  std::vector<Marginal> marginals(const std::vector<double>& x) {
    std::vector<double> activity(static_cast<std::size_t>(model_->rows()));
    const auto columns = model_->by_columns();
    for (std::size_t j = 0; j + 1 < columns.start.size(); ++j)
      for (int e = columns.start[j]; e < columns.start[j + 1]; ++e)
        activity[static_cast<std::size_t>(columns.row[static_cast<std::size_t>(e)])] +=
            columns.value[static_cast<std::size_t>(e)] * x[j];
    std::vector<Marginal> out;
    for (const Group& group : formulation_->groups()) {
      const bool asked = group.kind == GroupKind::kBudget || group.kind == GroupKind::kChips ||
                         group.kind == GroupKind::kSupply || group.kind == GroupKind::kLimit ||
                         group.kind == GroupKind::kFinancing || group.kind == GroupKind::kTarget;
      if (!asked) continue;
      bool binds = false;
      for (const int r : group.rows)
        binds = binds || std::abs(bound(group, r) - activity[static_cast<std::size_t>(r)]) <=
                             kSlack * std::max(1.0, std::abs(bound(group, r)));
      if (!binds) continue;
      Marginal m{group.kind, group.subject, group.period, 0, {}};
      m.gain = std::max(0.0, -slope(group, 1).value_or(0));
      if (const auto loss = slope(group, -1)) m.loss = std::max(0.0, -*loss);
      if (m.gain > 0 || !m.loss || *m.loss > 0) out.push_back(m);
    }
    return out;
  }

 private:
  Neighborhood(solver::Session session, const solver::Model& model, const Formulation& formulation)
      : session_(std::move(session)), model_(&model), formulation_(&formulation) {}

  double bound(const Group& group, int row) const {
    const auto r = static_cast<std::size_t>(row);
    return group.kind == GroupKind::kTarget ? model_->row_low()[r] : model_->row_high()[r];
  }

  /// Change of the program's objective by one more of the group's limit, a little to one side of it: there the dual is
  /// the slope, whatever the order of columns.
  std::optional<double> slope(const Group& group, int side) {
    const auto shift = [&](double sign) {
      for (const int r : group.rows) {
        const double at = bound(group, r);
        const double to = at + sign * kStep * std::max(1.0, std::abs(at));
        if (group.kind == GroupKind::kTarget)
          session_.set_row(r, to, kInfinity);
        else
          session_.set_row(r, -kInfinity, to);
      }
    };
    shift(side);
    const auto found = session_.solve({.time_limit_s = kPolishTime_s, .start = {}});
    shift(0);
    if (!found || found->status != solver::Status::kOptimal) return std::nullopt;
    double sum = 0;
    for (const int r : group.rows) sum += found->dual[static_cast<std::size_t>(r)];
    return sum;
  }

  solver::Session session_;
  const solver::Model* model_;
  const Formulation* formulation_;
};

/// The cheapest plan with the same phases and the same value; empty where none is found in time.
std::optional<std::vector<double>> cheapest(const Formulation& formulation, const solver::Model& model,
                                            const std::vector<double>& x, double value) {
  auto session = solver::Session::open(model);
  if (!session) return std::nullopt;
  const Problem& problem = formulation.problem();
  const Plan plan = read_plan(formulation, x);
  const auto fix = [&](int column, double value_of_column) {
    if (column >= 0) session->set_bounds(column, value_of_column, value_of_column);
  };
  for (int p = 0; p < static_cast<int>(problem.phases.size()); ++p) {
    const auto kept = std::find_if(plan.phases.begin(), plan.phases.end(),
                                   [p](const BuiltPhase& b) { return b.phase == p; });
    const PhaseOption& phase = problem.phases[static_cast<std::size_t>(p)];
    for (int a = 0; a < static_cast<int>(phase.choices.size()); ++a)
      fix(formulation.build(p, a), kept != plan.phases.end() && kept->choice == a ? 1 : 0);
    for (const int c : phase.systems)
      if (const int z = formulation.holds(p, c); z >= 0)
        fix(z, kept != plan.phases.end() ? std::round(x[static_cast<std::size_t>(z)]) : 0);
  }
  std::vector<double> cost(static_cast<std::size_t>(model.columns()));
  for (const auto& term : formulation.cost_terms())
    cost[static_cast<std::size_t>(term.column)] += term.coefficient;
  for (int j = 0; j < model.columns(); ++j)
    if (cost[static_cast<std::size_t>(j)] != model.cost()[static_cast<std::size_t>(j)])
      session->set_cost(j, cost[static_cast<std::size_t>(j)]);
  session->set_row(formulation.goal_row(), value - kKept * std::abs(value), kInfinity);
  const auto found = session->solve({.time_limit_s = kPolishTime_s, .start = {}});
  if (!found || !found->solved()) return std::nullopt;
  return found->x;
}

bool within(double objective, double bound, double gap) {
  return objective - bound <= gap * std::abs(objective);
}

double value_of(const Problem& problem, double program) {
  return problem.goal == Quantity::kCost ? program : -program;
}

/// Reads what the program says, makes it cheap, and weighs its limits.
tl::expected<Answer, base::Diagnostic> finish(const Formulation& formulation, const solver::Model& model,
                                              const solver::Solution& solution, const Options& options) {
  const Problem& problem = formulation.problem();
  Answer out;
  out.status = solution.status;
  out.columns = model.columns();
  out.rows = model.rows();
  out.entries = model.entries();
  out.nodes = solution.nodes;
  if (!solution.solved()) return out;
  out.objective = value_of(problem, solution.objective);
  out.bound = value_of(problem, solution.bound);
  out.gap = solution.gap();
  out.x = solution.x;
  if (problem.goal != Quantity::kCost)
    if (auto cheap = cheapest(formulation, model, out.x, out.objective)) out.x = std::move(*cheap);
  out.plan = read_plan(formulation, out.x);
  out.capex = formulation.capex(out.x);
  out.cost = dot(formulation.cost_terms(), out.x);
  if (!options.marginals) return out;
  auto near = Neighborhood::open(model, formulation, out.x);
  if (!near) return tl::unexpected(near.error());
  out.marginals = near->marginals(out.x);
  return out;
}

}  // namespace

Plan read_plan(const Formulation& formulation, const std::vector<double>& x) {
  const Problem& problem = formulation.problem();
  Plan out;
  for (const auto& d : formulation.deliveries())
    if (const double k = formulation.delivered(d, x); k > kSmall)
      out.deliveries.push_back({d.offer, d.lot, d.phase, k});
  const bool power = std::any_of(problem.targets.begin(), problem.targets.end(),
                                 [](const Target& t) { return t.quantity == Quantity::kPower; });
  const auto phases = static_cast<int>(problem.phases.size());
  std::vector<bool> wanted(problem.phases.size());
  for (int p = 0; p < phases; ++p)
    wanted[static_cast<std::size_t>(p)] = power || problem.phases[static_cast<std::size_t>(p)].required ||
                                          std::any_of(out.deliveries.begin(), out.deliveries.end(),
                                                      [p](const Delivery& d) { return d.phase == p; });
  for (int round = 0; round < phases; ++round)  // what a wanted phase requires is wanted
    for (int q = 0; q < phases; ++q)
      if (wanted[static_cast<std::size_t>(q)])
        for (const int p : problem.phases[static_cast<std::size_t>(q)].after)
          wanted[static_cast<std::size_t>(p)] = true;
  for (int p = 0; p < phases; ++p) {
    const PhaseOption& phase = problem.phases[static_cast<std::size_t>(p)];
    for (int a = 0; wanted[static_cast<std::size_t>(p)] && a < static_cast<int>(phase.choices.size()); ++a)
      if (const double mw = formulation.built(p, a, x); mw > kSmall) {
        int system = -1;
        for (const Delivery& d : out.deliveries)
          if (d.phase == p) system = problem.offers[static_cast<std::size_t>(d.offer)].system;
        out.phases.push_back({p, a, mw, system});
      }
  }
  for (int k = 0; k < static_cast<int>(problem.supply.size()); ++k)
    for (int o = 0; o < static_cast<int>(problem.supply[static_cast<std::size_t>(k)].orders.size()); ++o)
      if (const double mw = formulation.ordered(k, o, x); mw > kSmall) out.supply.push_back({k, o, mw});
  return out;
}

namespace {

/// Sets what is decided.
void hold(const Formulation& formulation, const std::vector<Fixed>& fixed, solver::Session& session) {
  for (const Fixed& f : fixed) {
    const PhaseOption& phase = formulation.problem().phases[static_cast<std::size_t>(f.phase)];
    for (int t = 0; t < formulation.problem().horizon(); ++t) {
      const int column = formulation.begun(f.phase, t);
      if (column < 0) continue;
      if (f.choice >= 0) {
        const double is = t >= phase.choices[static_cast<std::size_t>(f.choice)].order ? 1 : 0;
        session.set_bounds(column, is, is);
      } else if (t < f.until) {
        session.set_bounds(column, 0, 0);
      }
    }
  }
}

/// A plan near the relaxation: what that leaves at nothing stays so, what it begins as a whole is begun, and the few phases
/// in between are searched. A good start of the whole search where there are many phases; empty where none is found in time.
std::vector<double> near_relaxation(const Formulation& formulation, const solver::Model& model,
                                    const Options& options) {
  auto program = solver::Session::open(model.relaxed());
  auto session = solver::Session::open(model);
  if (!program || !session) return {};
  hold(formulation, options.fixed, *program);
  hold(formulation, options.fixed, *session);
  const auto ideal = program->solve({.time_limit_s = options.time_limit_s, .start = {}});
  if (!ideal || ideal->status != solver::Status::kOptimal) return {};
  for (int j = 0; j < model.columns(); ++j) {
    const auto i = static_cast<std::size_t>(j);
    if (model.integrality()[i] == 0 || model.high()[i] > 1) continue;
    if (ideal->x[i] < kSmall) session->set_bounds(j, 0, 0);
    if (ideal->x[i] > 1 - kSmall) session->set_bounds(j, 1, 1);
  }
  const auto found = session->solve({.time_limit_s = kStartShare * options.time_limit_s,
                                     .relative_gap = std::max(options.relative_gap / 2, kStartGap),
                                     .start = {}});
  return found && found->solved() ? found->x : std::vector<double>{};
}

/// What an outline proves, and the plan made of it.
struct Outlined {
  double bound = -kInfinity;  ///< no plan is below it
  std::optional<solver::Solution> plan;
};

/// Lets each phase begin at most `slack` periods before or after the outline's date; one that it leaves out, not at all.
void keep_near(const Formulation& formulation, const Formulation& outline, const std::vector<double>& x,
               int slack, solver::Session& session) {
  const int horizon = formulation.problem().horizon();
  for (int p = 0; p < static_cast<int>(formulation.problem().phases.size()); ++p) {
    int begins = 2 * horizon;
    for (int t = horizon - 1; t >= 0; --t)
      if (const int column = outline.begun(p, t); column >= 0 && x[static_cast<std::size_t>(column)] > 0.5)
        begins = t;
    for (int t = 0; t < horizon; ++t)
      if (const int column = formulation.begun(p, t); column >= 0) {
        if (t < begins - slack) session.set_bounds(column, 0, 0);
        if (t >= begins + slack) session.set_bounds(column, 1, 1);
      }
  }
}

/// The best outline and its bound: one search that looks for bounds and, where there is a second processor, one that looks
/// for solutions; each with its own copy, so neither waits for the other.
std::optional<solver::Solution> best_outline(const Formulation& outline, const solver::Model& model,
                                             const Options& options) {
  std::vector<double> efforts{kOutlineEffort};
  if (base::available_threads() > 1) efforts = {kBoundEffort, kSolutionEffort};
  std::vector<std::optional<solver::Solution>> found(efforts.size());
  base::parallel_for(efforts.size(), [&](std::size_t i) {
    auto session = solver::Session::open(model);
    if (!session) return;
    hold(outline, options.fixed, *session);
    auto solution = session->solve({.time_limit_s = kOutlineShare * options.time_limit_s,
                                    .relative_gap = options.relative_gap,
                                    .heuristic_effort = efforts[i],
                                    .start = {}});
    if (solution && solution->solved()) found[i] = std::move(*solution);
  });
  std::optional<solver::Solution> best;
  double bound = -kInfinity;
  for (auto& one : found) {
    if (!one) continue;
    bound = std::max(bound, one->bound);
    if (!best || one->objective < best->objective) best = std::move(one);
  }
  if (best) best->bound = bound;
  return best;
}

/// The best outline says when phases begin; with that decided, and then nearly, smaller programs find systems, units and lots.
Outlined by_outline(const Formulation& formulation, const solver::Model& model, const Options& options) {
  Outlined out;
  solver::Model rough;
  const Formulation outline(formulation.problem(), rough, 1, nullptr, 0, Formulation::Detail::kOutline);
  const auto found = best_outline(outline, rough, options);
  if (!found) return out;
  out.bound = found->bound;
  for (const int slack : {0, 1}) {
    if (out.plan && within(out.plan->objective, out.bound, options.relative_gap)) break;
    auto whole = solver::Session::open(model);
    if (!whole) return out;
    hold(formulation, options.fixed, *whole);
    keep_near(formulation, outline, found->x, slack, *whole);
    auto plan = whole->solve({.time_limit_s = kDetailShare * options.time_limit_s,
                              .relative_gap = std::max(options.relative_gap, kDetailGap),
                              .heuristic_effort = kOutlineEffort,
                              .start = out.plan ? out.plan->x : std::vector<double>{}});
    if (plan && plan->solved() && (!out.plan || plan->objective < out.plan->objective))
      out.plan = std::move(*plan);
  }
  return out;
}

}  // namespace

tl::expected<Answer, base::Diagnostic> make_plan(const Problem& problem, const Options& options) {
  solver::Model model;
  const Formulation formulation(problem, model);
  const auto began = std::chrono::steady_clock::now();
  const auto whole = std::count(model.integrality().begin(), model.integrality().end(), 1);
  Outlined outlined;
  std::vector<double> start;
  if (whole > options.many_choices && options.time_limit_s > 0) {
    outlined = by_outline(formulation, model, options);
    start = outlined.plan ? outlined.plan->x : near_relaxation(formulation, model, options);
  }
  tl::expected<solver::Solution, base::Diagnostic> solution;
  const bool good = outlined.plan && within(outlined.plan->objective, outlined.bound, options.relative_gap);
  if (good) {
    solution = std::move(*outlined.plan);
  } else {
    auto session = solver::Session::open(model);
    if (!session) return tl::unexpected(session.error());
    hold(formulation, options.fixed, *session);
    const double spent_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    solution = session->solve({.time_limit_s = std::max(0.0, options.time_limit_s - spent_s),
                               .relative_gap = options.relative_gap,
                               .start = std::move(start)});
    if (!solution) return tl::unexpected(solution.error());
  }
  if (solution->solved()) {
    if (!good) outlined.bound = std::max(outlined.bound, solution->bound);
    solution->bound = std::min(outlined.bound, solution->objective);
    if (within(solution->objective, solution->bound, options.relative_gap))
      solution->status = solver::Status::kOptimal;
  }
  return finish(formulation, model, *solution, options);
}

double budget_left(const Problem& problem, int year, double factor) {
  double left = 0;
  for (int y = problem.carry_over ? 0 : year; y <= year; ++y)
    left += factor * problem.years[static_cast<std::size_t>(y)].capex -
            problem.years[static_cast<std::size_t>(y)].committed;
  return left;
}

tl::expected<std::vector<FrontierPoint>, base::Diagnostic> frontier(const Problem& problem,
                                                                    const std::vector<double>& factors,
                                                                    const Options& options) {
  Options each = options;
  each.marginals = false;
  each.time_limit_s = std::min(options.time_limit_s,
                               kFrontierShare * options.time_limit_s / static_cast<double>(factors.size()));
  const bool cost = problem.goal == Quantity::kCost;
  std::vector<FrontierPoint> out;
  for (const double factor : factors) {
    Problem scaled = problem;
    for (Budget& budget : scaled.years) budget.capex *= factor;
    auto answer = make_plan(scaled, each);
    if (!answer) return tl::unexpected(answer.error());
    FrontierPoint point{factor, std::move(*answer)};
    // What a smaller budget buys a larger one buys, too, even where the search stopped before it saw that.
    if (!out.empty() && !out.back().answer.x.empty() && out.back().factor <= factor) {
      const Answer& before = out.back().answer;
      const bool better = point.answer.x.empty() || (cost ? before.objective < point.answer.objective
                                                          : before.objective > point.answer.objective);
      if (better) {
        const double bound = point.answer.x.empty() ? before.bound : point.answer.bound;
        point.answer = before;
        point.answer.bound = bound;
        point.answer.gap =
            before.objective == 0 ? 0 : std::abs(bound - before.objective) / std::abs(before.objective);
      }
    }
    out.push_back(std::move(point));
  }
  return out;
}

}  // namespace gigawatt::planner
