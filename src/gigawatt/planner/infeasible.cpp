#include "gigawatt/planner/infeasible.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace gigawatt::planner {
namespace {

using solver::kInfinity;

/// In the order in which they are left out.
constexpr std::array kOrder = {GroupKind::kOrder, GroupKind::kFinancing,  GroupKind::kLimit,
                               GroupKind::kRoom,  GroupKind::kCandidates, GroupKind::kSupply,
                               GroupKind::kChips, GroupKind::kRequired,   GroupKind::kBudget,
                               GroupKind::kTarget};

class Filter {
 public:
  static tl::expected<Filter, base::Diagnostic> open(const Formulation& formulation,
                                                     const solver::Model& model) {
    auto session = solver::Session::open(model);
    if (!session) return tl::unexpected(session.error());
    Filter out(std::move(*session), formulation, model);
    for (int j = 0; j < model.columns(); ++j) out.session_.set_cost(j, 0);
    return out;
  }

  /// Whether no plan exists; empty: not known in time.
  tl::expected<std::optional<bool>, base::Diagnostic> infeasible(double time_limit_s) {
    const auto found = session_.solve({.time_limit_s = time_limit_s, .relative_gap = 1, .start = {}});
    if (!found) return tl::unexpected(found.error());
    if (found->status == solver::Status::kNoSolution) return std::optional<bool>{};
    return std::optional(found->status == solver::Status::kInfeasible);
  }

  void hold(const Constraint& c, bool held) {
    for (const Group& group : formulation_->groups())
      if (group.kind == c.kind && group.subject == c.subject)
        for (const int r : group.rows) {
          const auto i = static_cast<std::size_t>(r);
          session_.set_row(r, held ? model_->row_low()[i] : -kInfinity,
                           held ? model_->row_high()[i] : kInfinity);
        }
  }

 private:
  Filter(solver::Session session, const Formulation& formulation, const solver::Model& model)
      : session_(std::move(session)), formulation_(&formulation), model_(&model) {}
  solver::Session session_;
  const Formulation* formulation_;
  const solver::Model* model_;
};

std::vector<Constraint> constraints_of(const Formulation& formulation) {
  std::vector<Constraint> out;
  for (const GroupKind kind : kOrder)
    for (const Group& group : formulation.groups())
      if (group.kind == kind && std::none_of(out.begin(), out.end(), [&](const Constraint& c) {
            return c.kind == kind && c.subject == group.subject;
          }))
        out.push_back({kind, group.subject});
  return out;
}

}  // namespace

tl::expected<Conflict, base::Diagnostic> find_conflict(const Problem& problem, double time_limit_s) {
  solver::Model model;
  const Formulation formulation(problem, model);
  const auto began = std::chrono::steady_clock::now();
  const auto left_s = [&] {
    return time_limit_s - std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  };
  // The relaxation is enough where it is infeasible itself, and far quicker.
  const solver::Model relaxed = model.relaxed();
  auto filter = Filter::open(formulation, relaxed);
  if (!filter) return tl::unexpected(filter.error());
  auto known = filter->infeasible(time_limit_s);
  if (!known) return tl::unexpected(known.error());
  if (!known->value_or(false)) {
    filter = Filter::open(formulation, model);
    if (!filter) return tl::unexpected(filter.error());
  }
  Conflict out;
  for (const Constraint& c : constraints_of(formulation)) {
    filter->hold(c, false);
    known = left_s() > 0 ? filter->infeasible(left_s()) : std::optional<bool>{};
    if (!known) return tl::unexpected(known.error());
    if (known->value_or(false)) continue;
    if (!*known) out.irreducible = false;
    filter->hold(c, true);
    out.constraints.push_back(c);
  }
  std::reverse(out.constraints.begin(), out.constraints.end());
  return out;
}

namespace {

std::vector<Constraint> holding(const std::vector<Marginal>& marginals) {
  std::vector<Constraint> out;
  for (const auto& m : marginals)
    if (m.gain > 0 && std::none_of(out.begin(), out.end(), [&](const Constraint& c) {
          return c.kind == m.kind && c.subject == m.subject;
        }))
      out.push_back({m.kind, m.subject});
  return out;
}

}  // namespace

tl::expected<std::optional<Nearest>, base::Diagnostic> nearest(const Problem& problem,
                                                               const Conflict& conflict,
                                                               const Options& options) {
  for (const bool keep_others : {true, false})
    for (const Constraint& c : conflict.constraints) {
      if (c.kind != GroupKind::kTarget) continue;
      Problem easier = problem;
      const Target asked = problem.targets[static_cast<std::size_t>(c.subject)];
      easier.goal = asked.quantity;
      easier.targets.clear();
      for (int n = 0; keep_others && n < static_cast<int>(problem.targets.size()); ++n)
        if (n != c.subject) easier.targets.push_back(problem.targets[static_cast<std::size_t>(n)]);
      if (asked.quantity == Quantity::kPower) easier.targets.push_back({Quantity::kPower, 0});
      Options quick = options;
      quick.marginals = true;
      const auto best = make_plan(easier, quick);
      if (!best) return tl::unexpected(best.error());
      if (best->status == solver::Status::kOptimal || best->status == solver::Status::kFeasible)
        return std::optional(Nearest{asked, best->objective, holding(best->marginals)});
    }
  return std::optional<Nearest>{};
}

}  // namespace gigawatt::planner
