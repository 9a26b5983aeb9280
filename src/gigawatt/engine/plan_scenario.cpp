#include "gigawatt/engine/plan_scenario.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "gigawatt/base/check.h"
#include "gigawatt/config/write_toml.h"
#include "gigawatt/engine/plan_financing.h"
#include "gigawatt/fleet/prices.h"
#include "gigawatt/units/scale.h"

namespace gigawatt::engine {
namespace {

using config::Node;

using units::kKilo;
using units::kMonth_s;
using units::kMusd;
using units::kMw;
constexpr double kAlmost = 1e-6;  ///< accelerators that the solver leaves short of a whole node

Node text_node(std::string value) {
  Node out;
  out.kind = Node::Kind::kString;
  out.text = std::move(value);
  return out;
}
Node date(base::SimTime t) {
  Node out;
  out.kind = Node::Kind::kDate;
  const std::string day = base::to_iso_date(t);
  out.text = base::parse_time(day) == t ? day : base::to_iso_datetime(t);
  return out;
}
Node whole_node(std::int64_t value) {
  Node out;
  out.kind = Node::Kind::kInteger;
  out.integer = value;
  return out;
}
Node number_node(double value) {
  Node out;
  out.kind = Node::Kind::kFloat;
  out.real = value;
  return out;
}

Node* member(Node& table, std::string_view key) {
  for (auto& [name, node] : table.members)
    if (name == key) return &node;
  return nullptr;
}
void drop(Node& table, std::string_view key) {
  std::erase_if(table.members, [&](const Node::Member& m) { return m.key == key; });
}
void set(Node& table, std::string key, Node value) {
  if (Node* found = member(table, key)) {
    *found = std::move(value);
    return;
  }
  table.members.push_back({std::move(key), std::move(value)});
}
Node& list(Node& table, const std::string& key) {
  if (Node* found = member(table, key)) return *found;
  Node empty;
  empty.kind = Node::Kind::kArray;
  table.members.push_back({key, std::move(empty)});
  return table.members.back().node;
}

Node& table(Node& in, const std::string& key) {
  if (Node* found = member(in, key)) return *found;
  in.members.push_back({key, {}});
  return in.members.back().node;
}

/// Tables of a list that TOML may also write as one table in line.
class Writer {
 public:
  Writer(const scenario::PlanInput& input, const PlanProblem& compiled, const planner::Plan& plan,
         const std::vector<PlannedDelivery>& deliveries, const catalog::Catalog& catalog)
      : in_(input),
        c_(compiled),
        plan_(plan),
        deliveries_(deliveries),
        catalog_(catalog),
        root_(input.root) {}

  std::string write() {
    drop(root_, "plan");
    set(root_, "name", text_node(in_.with_candidates.name + "-plan"));
    budgets();
    // Its accelerators are in no job: they draw what the plan counts with.
    set(table(root_, "operations"), "idle_load", text_node(fmt::format("{:.9g} %", 100 * c_.load)));
    for (const auto& built : plan_.phases) phase(built);
    supply();
    for (const auto& d : deliveries_) delivery(d.system, d.site, d.date, d.accelerators, d.row);
    return config::write_toml(root_);
  }

 private:
  /// The plan's budgets, which its run is held against. A plan that keeps them need not wait for them.
  void budgets() {
    const bool carries = in_.table.carry_over.value_or(false);
    if (!carries && in_.table.budgets.empty()) return;
    Node& all = list(root_, "budget");
    for (const scenario::PlanBudget& row : in_.table.budgets) {
      std::erase_if(all.items, [&](Node& budget) {
        const Node* year = member(budget, "year");
        return year != nullptr && year->integer == row.year;
      });
      Node budget;
      set(budget, "year", whole_node(row.year));
      set(budget, "capex", text_node(fmt::format("{:.9g} GUSD", row.capex.si() / 1e9)));
      if (!row.source.empty()) set(budget, "source", text_node(row.source));
      all.items.push_back(std::move(budget));
    }
    for (Node& budget : all.items) {
      drop(budget, "binds");
      Node yes;
      yes.kind = Node::Kind::kBoolean;
      yes.boolean = true;
      if (carries) set(budget, "carry_over", std::move(yes));
    }
  }

  Node& site(std::size_t index) { return member(root_, "site")->items[index]; }

  void phase(const planner::BuiltPhase& built) {
    const auto i = static_cast<std::size_t>(built.phase);
    const scenario::PlanPhase& row = in_.table.phases[i];
    const auto& option = c_.problem.phases[i];
    const auto& choice = option.choices[static_cast<std::size_t>(built.choice)];
    const base::SimTime order = c_.phases[i][static_cast<std::size_t>(built.choice)].order;
    Node out = in_.root.find("plan")->find("phase")->items[i];
    for (const std::string_view key : scenario::kPlanPhaseKeys) drop(out, key);
    set(out, "start", date(order));
    const std::string system = built.system >= 0 ? c_.systems[static_cast<std::size_t>(built.system)]
                               : !option.systems.empty()
                                   ? c_.systems[static_cast<std::size_t>(option.systems.front())]
                                   : "";
    if (!system.empty()) set(out, "system", text_node(system));
    if (option.least < option.most) {
      drop(out, "it_power");
      set(out, "facility_power", text_node(fmt::format("{:.6f} MW", built.mw)));
    }
    drop(out, "accelerators");
    if (choice.financing >= 0) {
      scenario::Phase terms;
      plan_financing(in_, catalog_, i, choice.financing, terms);
      set(out, "own_share", number_node(*terms.own_share));
      if (terms.rent) {
        set(out, "rent", text_node(fmt::format("{:.9g} USD/kW/month", terms.rent->si() * kKilo * kMonth_s)));
        Node lease;
        set(lease, "term", text_node(fmt::format("{:.12g} s", terms.lease->term->si())));
        set(lease, "purchase", text_node("0 MUSD/MW"));
        set(out, "lease", std::move(lease));
      }
    }
    list(site(in_.candidates[i].site.index()), "phase").items.push_back(std::move(out));
    // Without a delivery of its kind a phase fills itself: one node after the end says that nothing comes.
    const bool comes = std::any_of(deliveries_.begin(), deliveries_.end(), [&](const PlannedDelivery& d) {
      return d.system == system && d.site == row.site;
    });
    if (!comes && !system.empty()) {
      const auto known = catalog_.system(system);
      delivery(system, row.site, in_.with_candidates.end,
               static_cast<std::int64_t>((*known)->accelerators_per_node), {});
    }
  }

  void delivery(const std::string& system, const std::string& where, base::SimTime day, std::int64_t count,
                std::optional<std::size_t> row) {
    Node out;
    set(out, "system", text_node(system));
    set(out, "site", text_node(where));
    set(out, "date", date(day));
    set(out, "accelerators", whole_node(count));
    if (row && in_.table.chips[*row].price)
      set(out, "price", text_node(fmt::format("{:.9g} USD", in_.table.chips[*row].price->si())));
    list(root_, "delivery").items.push_back(std::move(out));
  }

  void supply() {
    for (std::size_t s = 0; s < in_.with_candidates.sites.size(); ++s) {
      const scenario::Site& known = in_.with_candidates.sites[s];
      std::vector<Node> items;
      for (const auto& ordered : plan_.supply) {
        const auto k = static_cast<std::size_t>(ordered.supply);
        const scenario::PlanSupply& row = in_.table.supply[k];
        if (row.site != known.name) continue;
        const auto& dates = c_.supply[k][static_cast<std::size_t>(ordered.order)];
        Node out;
        set(out, "kind",
            text_node(std::string(scenario::kSupplyKindNames[static_cast<std::size_t>(row.kind)])));
        set(out, "name", text_node(row.name));
        set(out, "date", date(dates.available));
        set(out, "power", text_node(fmt::format("{:.6f} MW", ordered.mw)));
        set(out, "ordered", date(dates.order));
        set(out, "cost",
            text_node(fmt::format("{:.9g} MUSD", c_.supply_usd_per_w[k] * ordered.mw * kMw / kMusd)));
        if (c_.problem.supply[k].energy_price)
          set(out, "price",
              text_node(fmt::format("{:.9g} USD/MWh", *c_.problem.supply[k].energy_price * kMusd)));
        if (row.kind == scenario::SupplyKind::kGas && c_.supply_carbon_kg_per_j[k])
          set(out, "carbon_intensity",
              text_node(fmt::format("{:.9g} kg/kWh", *c_.supply_carbon_kg_per_j[k] * 3.6e6)));
        if (!row.source.empty()) set(out, "source", text_node(row.source));
        items.push_back(std::move(out));
      }
      if (items.empty()) continue;
      Node& target = list(site(s), "supply");
      if (target.items.empty())  // what the catalogue would have filled in
        for (const auto& item : known.supply) {
          Node out;
          set(out, "kind",
              text_node(std::string(scenario::kSupplyKindNames[static_cast<std::size_t>(item.kind)])));
          if (!item.name.empty()) set(out, "name", text_node(item.name));
          set(out, "date", date(item.date));
          set(out, "power", text_node(fmt::format("{:.9g} MW", item.power.si() / kMw)));
          if (item.energy.si() > 0)
            set(out, "energy", text_node(fmt::format("{:.9g} MWh", item.energy.si() / 3.6e9)));
          if (item.of) set(out, "of", text_node(*item.of));
          if (!item.source.empty()) set(out, "source", text_node(item.source));
          target.items.push_back(std::move(out));
        }
      for (Node& item : items) target.items.push_back(std::move(item));
    }
  }

  const scenario::PlanInput& in_;
  const PlanProblem& c_;
  const planner::Plan& plan_;
  const std::vector<PlannedDelivery>& deliveries_;
  const catalog::Catalog& catalog_;
  Node root_;
};

}  // namespace

std::vector<PlannedDelivery> planned_deliveries(const scenario::PlanInput& input, const PlanProblem& compiled,
                                                const planner::Plan& plan, const catalog::Catalog& catalog) {
  std::map<std::tuple<base::SimTime, std::size_t, int>, double> thousands;  // by day, row, site
  for (const auto& d : plan.deliveries) {
    const auto& lot =
        compiled.problem.offers[static_cast<std::size_t>(d.offer)].lots[static_cast<std::size_t>(d.lot)];
    thousands[{compiled.starts[static_cast<std::size_t>(lot.period)],
               compiled.offer_row[static_cast<std::size_t>(d.offer)],
               compiled.problem.phases[static_cast<std::size_t>(d.phase)].site}] += d.k;
  }
  std::vector<PlannedDelivery> out;
  for (const auto& [key, k] : thousands) {
    const auto& [day, row, site] = key;
    const scenario::PlanChips& chips = input.table.chips[row];
    const catalog::System& system = **catalog.system(chips.system);
    const double n = system.accelerators_per_node;
    // Whole nodes: no more than a budget allows, or no less than a target asks.
    const bool up = compiled.goal.quantity == planner::Quantity::kCost;
    const double nodes = up ? std::ceil((k - kAlmost) * kKilo / n) : std::floor((k + kAlmost) * kKilo / n);
    if (nodes < 1) continue;
    const double usd = fleet::node_price(input.with_candidates, catalog, system, day,
                                         chips.price ? std::optional(chips.price->si()) : std::nullopt)
                           .total();
    out.push_back({day, row, system.name,
                   chips.vendor.empty() ? catalog.accelerator_of(system).vendor : chips.vendor,
                   input.with_candidates.sites[static_cast<std::size_t>(site)].name,
                   static_cast<std::int64_t>(nodes * n), nodes * usd});
  }
  return out;
}

std::string plan_scenario(const scenario::PlanInput& input, const PlanProblem& compiled,
                          const planner::Plan& plan, const std::vector<PlannedDelivery>& deliveries,
                          const catalog::Catalog& catalog) {
  return Writer(input, compiled, plan, deliveries, catalog).write();
}

}  // namespace gigawatt::engine
