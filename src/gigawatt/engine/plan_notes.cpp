#include "gigawatt/engine/plan_notes.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gigawatt::engine {
namespace {

/// Empty unless some years of the plan have a budget and others, in which it may spend, have none.
std::string years_without_budget(const PlanProblem& c) {
  const int first = base::civil(c.starts.front()).year;
  std::vector<std::string> open;
  bool some = false;
  for (const auto& year : c.problem.years) {
    if (year.capex < solver::kInfinity)
      some = true;
    else if (std::stoi(year.name) >= first)
      open.push_back(year.name);
  }
  if (!some || open.empty()) return {};
  return fmt::format("{} {} no [[budget]]: what is spent then is not limited", fmt::join(open, ", "),
                     open.size() == 1 ? "has" : "have");
}

/// When what could be used would first be there.
std::string nothing_installed(const PlanProblem& c) {
  constexpr std::size_t kNamed = 3;
  std::vector<std::pair<base::SimTime, std::string>> phases;
  for (std::size_t i = 0; i < c.phases.size(); ++i) {
    base::SimTime first = base::SimTime::max();
    for (const auto& dates : c.phases[i]) first = std::min(first, dates.service);
    phases.emplace_back(first, c.problem.phases[i].name);
  }
  std::sort(phases.begin(), phases.end());
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < std::min(kNamed, phases.size()); ++i)
    parts.push_back(fmt::format("'{}' is in service on {} at the earliest", phases[i].second,
                                base::to_iso_date(phases[i].first)));
  int last = -1;
  for (const auto& offer : c.problem.offers)
    for (const auto& lot : offer.lots) last = std::max(last, lot.period);
  if (last >= 0)
    parts.push_back(fmt::format("the last accelerators on offer are delivered on {}",
                                base::to_iso_date(c.starts[static_cast<std::size_t>(last)])));
  return fmt::format("no accelerator is installed by {}: {}", base::to_iso_date(c.goal.by),
                     fmt::join(parts, ", "));
}

}  // namespace

std::vector<std::string> plan_notes(const PlanAnswer& plan) {
  std::vector<std::string> notes;
  if (auto note = years_without_budget(plan.compiled); !note.empty()) notes.push_back(std::move(note));
  const auto goal = plan.compiled.goal.quantity;
  const bool wants_some = goal != planner::Quantity::kCost && goal != planner::Quantity::kPower;
  if (wants_some && plan.answer.plan.deliveries.empty() && !plan.compiled.phases.empty())
    notes.push_back(nothing_installed(plan.compiled));
  return notes;
}

}  // namespace gigawatt::engine
