#include "gigawatt/engine/plan_tornado.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "gigawatt/units/parse.h"

namespace gigawatt::engine {
namespace {

/// One input at an end of its range.
struct End {
  std::string text;
  std::function<void(scenario::PlanInput&)> set = [](scenario::PlanInput&) {};
  double lead_factor = 1;
};
struct Input {
  std::string name, source;
  End low, high;
};

bool ranges(const catalog::Sourced& x) { return x.low < x.high && x.value > 0; }

Input construction(const catalog::Catalog& catalog) {
  const auto& cost = catalog.cost().facility_usd_per_w;
  Input out{"construction cost", cost.source, {}, {}};
  const auto at = [&](bool high) {
    const double ratio = (high ? cost.high : cost.low) / cost.value;
    End end{fmt::format("{:.0f}%", 100 * ratio), {}, 1};
    end.set = [&catalog, high, ratio](scenario::PlanInput& in) {
      for (auto& site : in.with_candidates.sites) {
        const auto known = catalog.site(site.catalog);
        const double now =
            site.construction_cost ? site.construction_cost->si() : catalog.cost().facility_usd_per_w.value;
        double then = now * ratio;
        if (known && ranges((*known)->construction_usd_per_w))
          then = high ? (*known)->construction_usd_per_w.high : (*known)->construction_usd_per_w.low;
        site.construction_cost = scenario::PowerPrice(then);
      }
    };
    return end;
  };
  out.low = at(false);
  out.high = at(true);
  return out;
}

void chips(const scenario::PlanInput& input, const catalog::Catalog& catalog,
           const std::vector<std::string>& systems, std::vector<Input>& out) {
  for (const auto& name : systems) {
    const catalog::System& system = **catalog.system(name);
    const bool given = input.with_candidates.prices.accelerator.contains(name) ||
                       std::all_of(input.table.chips.begin(), input.table.chips.end(), [&](const auto& row) {
                         const auto known = catalog.system(row.system);
                         return row.price || !known || (*known)->name != name;
                       });
    const auto& points = catalog.accelerator_of(system).price;
    if (!given && !points.empty() && ranges(points.back().usd)) {
      const auto at = [&](double usd) {
        return End{units::format_quantity(usd, "USD"),
                   [name, usd](scenario::PlanInput& in) {
                     in.with_candidates.prices.accelerator[name] = units::Money(usd);
                   },
                   1};
      };
      out.push_back({"price of an accelerator of " + name, points.back().usd.source,
                     at(points.back().usd.low), at(points.back().usd.high)});
    }
  }
}

void leads(const catalog::Catalog& catalog, std::vector<Input>& out) {
  double value = 0, low = 0, high = 0;
  for (const auto& step : catalog.facility().build_steps) {
    value += step.lead.value;
    low += step.lead.low;
    high += step.lead.high;
  }
  if (!(value > 0) || !(low < high)) return;
  const auto at = [](double factor) {
    return End{fmt::format("{:.0f}%", 100 * factor), [](scenario::PlanInput&) {}, factor};
  };
  out.push_back({"lead times", "build steps of the catalogue", at(low / value), at(high / value)});
}

void budgets(const scenario::PlanInput& input, std::vector<Input>& out) {
  for (std::size_t i = 0; i < input.with_candidates.budget.size(); ++i) {
    const auto& b = input.with_candidates.budget[i];
    if (!b.low || !b.high || !(*b.low < *b.high)) continue;
    const auto at = [i](units::Money money) {
      return End{units::format_quantity(money.si(), "GUSD"),
                 [i, money](scenario::PlanInput& in) { in.with_candidates.budget[i].capex = money; }, 1};
    };
    out.push_back({fmt::format("budget of {}", b.year), b.source, at(*b.low), at(*b.high)});
  }
}

}  // namespace

tl::expected<std::vector<PlanSwing>, base::Diagnostics> plan_tornado(const PlanAnswer& plan,
                                                                     const Knowledge& knowledge,
                                                                     const std::filesystem::path& data,
                                                                     const planner::Options& options) {
  const auto& catalog = knowledge.catalog;
  std::vector<Input> inputs{construction(catalog)};
  chips(plan.input, catalog, plan.compiled.systems, inputs);
  leads(catalog, inputs);
  budgets(plan.input, inputs);
  planner::Options quick = options;
  quick.marginals = false;
  std::vector<PlanSwing> out;
  for (const Input& input : inputs) {
    PlanSwing swing{input.name, input.source, input.low.text, input.high.text, {}, {}};
    for (const bool high : {false, true}) {
      const End& end = high ? input.high : input.low;
      scenario::PlanInput changed = plan.input;
      end.set(changed);
      const auto compiled = plan_problem(changed, knowledge, data, plan.compiled.goal, end.lead_factor);
      if (!compiled) return tl::unexpected(compiled.error());
      const auto best = planner::make_plan(compiled->problem, quick);
      if (!best) return tl::unexpected(base::Diagnostics{best.error()});
      if (!best->x.empty())
        (high ? swing.at_high : swing.at_low) = best->objective * plan_unit(plan.compiled.goal.quantity);
    }
    out.push_back(std::move(swing));
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const PlanSwing& a, const PlanSwing& b) { return a.swing() > b.swing(); });
  return out;
}

}  // namespace gigawatt::engine
