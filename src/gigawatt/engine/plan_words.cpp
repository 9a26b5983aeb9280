#include "gigawatt/engine/plan_words.h"

#include <algorithm>

#include <fmt/format.h>

#include "gigawatt/units/parse.h"
#include "gigawatt/units/scale.h"

namespace gigawatt::engine {
namespace {

using planner::GroupKind;
using planner::Quantity;

using units::kKilo;
using units::kMusd;
using units::kMw;

std::string money(double musd) { return units::format_quantity(musd * kMusd, "GUSD"); }

std::string amount(Quantity quantity, double value) {
  const double si = value * plan_unit(quantity);
  switch (quantity) {
    case Quantity::kTraining: return fmt::format("{:.4g} FLOP of training", si);
    case Quantity::kTokens: return fmt::format("{:.4g} tokens served", si);
    case Quantity::kAccelerators: return units::format_number(si, 12) + " accelerators";
    case Quantity::kPower: return units::format_quantity(si, "MW") + " at the meter";
    case Quantity::kCost: break;
  }
  return money(value);
}

}  // namespace

double plan_unit(Quantity quantity) {
  switch (quantity) {
    case Quantity::kTraining: return 1e24;
    case Quantity::kTokens: return 1e12;
    case Quantity::kAccelerators: return kKilo;
    case Quantity::kPower: return kMw;
    case Quantity::kCost: break;
  }
  return kMusd;
}

std::string_view plan_name(Quantity quantity) {
  switch (quantity) {
    case Quantity::kTraining: return "training_flop";
    case Quantity::kTokens: return "tokens";
    case Quantity::kAccelerators: return "accelerators";
    case Quantity::kPower: return "power";
    case Quantity::kCost: break;
  }
  return "cost";
}

std::string_view plan_words(Quantity quantity) {
  switch (quantity) {
    case Quantity::kTraining: return "FLOP of training";
    case Quantity::kTokens: return "tokens served";
    case Quantity::kAccelerators: return "accelerators";
    case Quantity::kPower: return "W at the meter";
    case Quantity::kCost: break;
  }
  return "USD";
}

PlanConstraint constraint_words(const PlanAnswer& plan, const planner::Constraint& c, int period) {
  const auto i = static_cast<std::size_t>(c.subject);
  const auto& p = plan.compiled.problem;
  const std::string when = period >= 0 ? p.periods[static_cast<std::size_t>(period)].name : "";
  switch (c.kind) {
    case GroupKind::kBudget: {
      const auto& b = p.years[i];
      const std::string begun =
          b.committed > 0 ? fmt::format(", of which {} go into what has begun", money(b.committed)) : "";
      return {fmt::format("the budget of {}: {}{}", b.name, money(b.capex), begun), "budget", b.name,
              b.capex * kMusd, "USD"};
    }
    case GroupKind::kChips: {
      const auto& o = p.offers[i];
      double most = 0;
      for (const auto& lot : o.lots)
        if (period < 0 || lot.period == period) most = std::max(most, lot.most * kKilo);
      return {fmt::format("the supply of {}: at most {} {}", o.name, units::format_number(most, 9),
                          period < 0 ? "in a period" : "in " + when),
              "chips", when, most, "accelerators"};
    }
    case GroupKind::kSupply: {
      const auto& s = p.sites[i];
      std::string options;
      for (std::size_t k = 0; k < p.supply.size(); ++k)
        if (p.supply[k].site == c.subject)
          options += fmt::format("{}{} from {}", options.empty() ? "; can be had: " : ", ", p.supply[k].name,
                                 plan.compiled.supply[k].empty()
                                     ? "never within the plan"
                                     : base::to_iso_date(plan.compiled.supply[k].front().available));
      const double most = period >= 0 ? s.supply[static_cast<std::size_t>(period)]
                                      : *std::max_element(s.supply.begin(), s.supply.end());
      return {fmt::format("power at '{}'{}: {} given{}", s.name, when.empty() ? "" : " in " + when,
                          units::format_quantity(most * kMw, "MW"), options),
              "supply", when, most * kMw, "W"};
    }
    case GroupKind::kLimit:
      return {fmt::format("the limit '{}': at most {} {}", p.limits[i].name,
                          units::format_number(p.limits[i].maximum, 6),
                          p.limits[i].in_all ? "in all" : "at any time"),
              "limit", "", p.limits[i].maximum, ""};
    case GroupKind::kFinancing:
      return {fmt::format("'{}' pays at most {}", p.financing[i].name, money(p.financing[i].maximum)),
              "financing", "", p.financing[i].maximum * kMusd, "USD"};
    case GroupKind::kRequired:
      return {fmt::format("'{}' is required", p.phases[i].name), "required", "", 0, ""};
    case GroupKind::kOrder: {
      std::string others;
      for (const int q : p.phases[i].after)
        others += (others.empty() ? "'" : ", '") + p.phases[static_cast<std::size_t>(q)].name + "'";
      return {fmt::format("'{}' requires {}", p.phases[i].name, others), "order", "", 0, ""};
    }
    case GroupKind::kRoom: {
      base::SimTime first = base::SimTime::max();
      for (const auto& dates : plan.compiled.phases[i]) first = std::min(first, dates.service);
      const bool never = first >= plan.compiled.end;
      return {fmt::format("'{}' has room for {} at the meter, {}", p.phases[i].name,
                          units::format_quantity(p.phases[i].most * kMw, "MW"),
                          never ? "but not before the scenario's end"
                                : "from " + base::to_iso_date(first) + " at the earliest"),
              "room", "", p.phases[i].most * kMw, "W"};
    }
    case GroupKind::kCandidates: {
      double most = 0;
      for (std::size_t k = 0; k < p.phases.size(); ++k) {
        const auto& dates = plan.compiled.phases[k];
        const bool in_time = std::any_of(dates.begin(), dates.end(),
                                         [&](const auto& d) { return d.energized <= plan.compiled.goal.by; });
        if (p.phases[k].site == c.subject && in_time) most += p.phases[k].most;
      }
      return {fmt::format("the candidates at '{}': at most {} at the meter by {}", p.sites[i].name,
                          units::format_quantity(most * kMw, "MW"), base::to_iso_date(plan.compiled.goal.by)),
              "candidates", "", most * kMw, "W"};
    }
    case GroupKind::kTarget: {
      const auto& t = p.targets[i];
      return {fmt::format("the target: {} by {}", amount(t.quantity, t.amount),
                          base::to_iso_date(plan.compiled.goal.by)),
              "target", "", t.amount * plan_unit(t.quantity), std::string(plan_words(t.quantity))};
    }
    case GroupKind::kStructure: break;
  }
  return {"what a plan is", "structure", "", 0, ""};
}

double constraint_unit(const PlanAnswer& plan, GroupKind kind, int subject) {
  switch (kind) {
    case GroupKind::kBudget:
    case GroupKind::kFinancing: return kMusd;
    case GroupKind::kChips: return kKilo;
    case GroupKind::kSupply:
    case GroupKind::kRoom: return kMw;
    case GroupKind::kTarget:
      return plan_unit(plan.compiled.problem.targets[static_cast<std::size_t>(subject)].quantity);
    default: return 1;
  }
}

}  // namespace gigawatt::engine
