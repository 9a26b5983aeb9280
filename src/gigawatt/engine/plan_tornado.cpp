#include "gigawatt/engine/plan_tornado.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "gigawatt/base/random.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::engine {
namespace {

constexpr int kHalvings = 8;  // of a range: to 0.4% of it

/// An input with its range; u from 0 to 1 over it.
struct Input {
  std::string name, source;
  std::function<std::string(double u)> text;
  std::function<void(scenario::PlanInput&, double u)> set = [](scenario::PlanInput&, double) {};
  std::function<double(double u)> lead_factor = [](double) { return 1.0; };
};

double between(double low, double high, double u) { return low + u * (high - low); }

bool ranges(const catalog::Sourced& x) { return x.low < x.high && x.value > 0; }

/// Sites whose building costs what the catalogue says: a figure that the file gives has no range.
std::vector<bool> catalogue_buildings(const scenario::PlanInput& input) {
  const auto& prices = input.with_candidates.prices;
  const bool given = prices.shell && (prices.power || prices.cooling);
  std::vector<bool> out(input.with_candidates.sites.size(), !given);
  if (const auto* sites = input.root.find("site"))
    for (std::size_t i = 0; i < std::min(out.size(), sites->items.size()); ++i)
      if (sites->items[i].find("construction_cost") != nullptr) out[i] = false;
  for (std::size_t i = 0; i < out.size(); ++i)  // and something is built there
    out[i] = out[i] && std::any_of(input.candidates.begin(), input.candidates.end(),
                                   [&](const auto& c) { return c.site.index() == i; });
  return out;
}

void construction(const scenario::PlanInput& input, const catalog::Catalog& catalog,
                  std::vector<Input>& inputs) {
  const auto& cost = catalog.cost().facility_usd_per_w;
  const std::vector<bool> varies = catalogue_buildings(input);
  if (std::find(varies.begin(), varies.end(), true) == varies.end() || !ranges(cost)) return;
  const auto ratio = [&cost](double u) { return between(cost.low, cost.high, u) / cost.value; };
  Input out{"construction cost", cost.source,
            [ratio](double u) { return fmt::format("{:.0f}%", 100 * ratio(u)); }};
  out.set = [&catalog, ratio, varies](scenario::PlanInput& in, double u) {
    for (std::size_t i = 0; i < in.with_candidates.sites.size(); ++i) {
      if (!varies[i]) continue;
      auto& site = in.with_candidates.sites[i];
      const auto known = catalog.site(site.catalog);
      const double now =
          site.construction_cost ? site.construction_cost->si() : catalog.cost().facility_usd_per_w.value;
      double then = now * ratio(u);
      if (known && ranges((*known)->construction_usd_per_w))
        then = between((*known)->construction_usd_per_w.low, (*known)->construction_usd_per_w.high, u);
      site.construction_cost = scenario::PowerPrice(then);
    }
  };
  inputs.push_back(std::move(out));
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
    if (given || points.empty() || !ranges(points.back().usd)) continue;
    const auto usd = [price = points.back().usd](double u) { return between(price.low, price.high, u); };
    Input one{"price of an accelerator of " + name, points.back().usd.source,
              [usd](double u) { return units::format_quantity(usd(u), "USD"); }};
    one.set = [name, usd](scenario::PlanInput& in, double u) {
      in.with_candidates.prices.accelerator[name] = units::Money(usd(u));
    };
    out.push_back(std::move(one));
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
  Input one{"lead times", "build steps of the catalogue", {}};
  one.lead_factor = [value, low, high](double u) { return between(low, high, u) / value; };
  one.text = [factor = one.lead_factor](double u) { return fmt::format("{:.0f}%", 100 * factor(u)); };
  out.push_back(std::move(one));
}

void budgets(const scenario::PlanInput& input, std::vector<Input>& out) {
  for (std::size_t i = 0; i < input.with_candidates.budget.size(); ++i) {
    const auto& b = input.with_candidates.budget[i];
    if (!b.low || !b.high || !(*b.low < *b.high)) continue;
    const auto usd = [low = b.low->si(), high = b.high->si()](double u) { return between(low, high, u); };
    Input one{fmt::format("budget of {}", b.year), b.source,
              [usd](double u) { return units::format_quantity(usd(u), "GUSD"); }};
    one.set = [i, usd](scenario::PlanInput& in, double u) {
      in.with_candidates.budget[i].capex = units::Money(usd(u));
    };
    out.push_back(std::move(one));
  }
}

/// The plan made again with inputs elsewhere in their ranges.
class Again {
 public:
  Again(const PlanAnswer& plan, const Knowledge& knowledge, const std::filesystem::path& data,
        const planner::Options& options)
      : plan_(plan), knowledge_(knowledge), data_(data), quick_(options) {
    quick_.marginals = false;
    construction(plan.input, knowledge.catalog, inputs_);
    chips(plan.input, knowledge.catalog, plan.compiled.systems, inputs_);
    leads(knowledge.catalog, inputs_);
    budgets(plan.input, inputs_);
  }

  const std::vector<Input>& inputs() const { return inputs_; }

  /// The goal in SI, empty without a plan; `where[i]` is u of input i, empty: as it is.
  std::optional<double> value(const std::vector<std::optional<double>>& where, base::Diagnostics& problems) {
    scenario::PlanInput changed = plan_.input;
    double lead_factor = 1;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (!where[i]) continue;
      inputs_[i].set(changed, *where[i]);
      lead_factor *= inputs_[i].lead_factor(*where[i]);
    }
    const auto compiled = plan_problem(changed, knowledge_, data_, plan_.compiled.goal, lead_factor);
    if (!compiled) {
      problems.insert(problems.end(), compiled.error().begin(), compiled.error().end());
      return std::nullopt;
    }
    const auto best = planner::make_plan(compiled->problem, quick_);
    if (!best) problems.push_back(best.error());
    if (!best || best->x.empty()) return std::nullopt;
    return best->objective * plan_unit(plan_.compiled.goal.quantity);
  }

  std::optional<double> at(std::size_t input, double u, base::Diagnostics& problems) {
    std::vector<std::optional<double>> where(inputs_.size());
    where[input] = u;
    return value(where, problems);
  }

 private:
  const PlanAnswer& plan_;
  const Knowledge& knowledge_;
  const std::filesystem::path& data_;
  planner::Options quick_;
  std::vector<Input> inputs_;
};

/// Jansen's estimators; `a`, `b` and `mixed[i]` are values of the same samples.
void estimate(const std::vector<double>& a, const std::vector<double>& b,
              const std::vector<std::vector<double>>& mixed, PlanIndices& out) {
  const auto n = static_cast<double>(a.size());
  double sum = 0, squares = 0;
  for (const auto* list : {&a, &b})
    for (const double x : *list) sum += x;
  out.mean = sum / (2 * n);
  for (const auto* list : {&a, &b})
    for (const double x : *list) squares += (x - out.mean) * (x - out.mean);
  const double variance = squares / (2 * n - 1);
  out.deviation = std::sqrt(variance);
  for (std::size_t i = 0; i < mixed.size(); ++i) {
    double first = 0, total = 0;
    for (std::size_t k = 0; k < a.size(); ++k) {
      first += (b[k] - mixed[i][k]) * (b[k] - mixed[i][k]);
      total += (a[k] - mixed[i][k]) * (a[k] - mixed[i][k]);
    }
    if (variance <= 0) continue;
    out.inputs[i].first = 1 - first / (2 * n) / variance;
    out.inputs[i].total = total / (2 * n) / variance;
  }
}

}  // namespace

PlanSwings plan_tornado(const PlanAnswer& plan, const Knowledge& knowledge, const std::filesystem::path& data,
                        const planner::Options& options) {
  Again again(plan, knowledge, data, options);
  base::Diagnostics problems;
  std::vector<PlanSwing> out;
  for (std::size_t i = 0; i < again.inputs().size(); ++i) {
    const Input& input = again.inputs()[i];
    out.push_back({input.name, input.source, input.text(0), input.text(1), again.at(i, 0, problems),
                   again.at(i, 1, problems)});
    if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const PlanSwing& a, const PlanSwing& b) { return a.swing() > b.swing(); });
  return out;
}

tl::expected<std::vector<PlanBreakEven>, base::Diagnostics> plan_break_even(const PlanAnswer& plan,
                                                                            const Knowledge& knowledge,
                                                                            const std::filesystem::path& data,
                                                                            const planner::Options& options,
                                                                            double value) {
  Again again(plan, knowledge, data, options);
  base::Diagnostics problems;
  // Without a plan nothing is reached: the worst of both goals.
  const bool cost = plan.compiled.goal.quantity == planner::Quantity::kCost;
  const auto reached = [&](std::size_t i, double u) {
    const auto found = again.at(i, u, problems);
    return found && (cost ? *found <= value : *found >= value);
  };
  std::vector<PlanBreakEven> out;
  for (std::size_t i = 0; i < again.inputs().size(); ++i) {
    const Input& input = again.inputs()[i];
    PlanBreakEven row{input.name, input.source, input.text(0), input.text(1), {}, false};
    const bool low = reached(i, 0), high = reached(i, 1);
    row.always = low && high;
    if (low != high) {
      double yes = low ? 0 : 1, no = low ? 1 : 0;
      for (int k = 0; k < kHalvings && problems.empty(); ++k) {
        const double middle = (yes + no) / 2;
        (reached(i, middle) ? yes : no) = middle;
      }
      row.at = input.text(yes);
    }
    if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
    out.push_back(std::move(row));
  }
  return out;
}

tl::expected<PlanIndices, base::Diagnostics> plan_indices(const PlanAnswer& plan, const Knowledge& knowledge,
                                                          const std::filesystem::path& data,
                                                          const planner::Options& options, int samples,
                                                          std::uint64_t seed) {
  Again again(plan, knowledge, data, options);
  base::Diagnostics problems;
  const std::size_t inputs = again.inputs().size();
  PlanIndices out;
  out.samples = samples;
  for (const Input& input : again.inputs())
    out.inputs.push_back({input.name, input.source, input.text(0), input.text(1), {}, {}});
  std::vector<double> a, b;
  std::vector<std::vector<double>> mixed(inputs);
  const auto solve = [&](const std::vector<std::optional<double>>& where, std::vector<double>& into) {
    const auto found = again.value(where, problems);
    ++out.plans;
    if (found)
      into.push_back(*found);
    else
      ++out.without_plan;
  };
  for (int k = 0; k < samples && !base::has_errors(problems); ++k) {
    random::Stream draw(seed, random::Domain::kMonteCarlo, static_cast<std::uint64_t>(k));
    std::vector<std::optional<double>> first(inputs), second(inputs);
    for (auto& u : first) u = draw.uniform();
    for (auto& u : second) u = draw.uniform();
    solve(first, a);
    solve(second, b);
    for (std::size_t i = 0; i < inputs; ++i) {
      auto where = first;
      where[i] = second[i];
      solve(where, mixed[i]);
    }
  }
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
  if (out.without_plan == 0 && samples > 1) estimate(a, b, mixed, out);
  std::stable_sort(out.inputs.begin(), out.inputs.end(),
                   [](const auto& x, const auto& y) { return x.total.value_or(0) > y.total.value_or(0); });
  return out;
}

}  // namespace gigawatt::engine
