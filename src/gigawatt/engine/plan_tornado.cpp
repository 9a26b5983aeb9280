#include "gigawatt/engine/plan_tornado.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <numeric>

#include <fmt/format.h>

#include "gigawatt/analysis/sample.h"
#include "gigawatt/base/parallel.h"
#include "gigawatt/engine/carried.h"
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
  std::function<std::vector<std::string>(double u)> key{};  ///< of keys of the scenario: what overrides them
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

/// "KEY=LOW..HIGH", the ends numbers with the same kind of unit or none; problems are named.
std::optional<Input> varied(const std::string& text, base::Diagnostics& problems) {
  const auto wrong = [&](const std::string& why) {
    problems.push_back(base::error("bad-range", fmt::format("'{}': {}", text.substr(0, 80), why),
                                   "budget.2027.capex=\"8 GUSD\"..\"12 GUSD\", plan.mfu=0.3..0.45"));
    return std::nullopt;
  };
  const auto equals = text.find('='), dots = text.find("..", equals == std::string::npos ? 0 : equals);
  if (equals == std::string::npos || dots == std::string::npos)
    return wrong("a key, '=' and two ends are wanted");
  struct End {
    double number = 0, factor = 1;
    bool whole = false;  ///< without a point or a unit
    std::string unit;
    units::Dimension dimension;
  };
  const auto end = [](std::string part) -> std::optional<End> {
    std::erase(part, '"');
    part.erase(0,
               part.find_first_not_of(' ') == std::string::npos ? part.size() : part.find_first_not_of(' '));
    End out;
    const char* last = part.data() + part.size();
    const auto [stop, code] = std::from_chars(part.data(), last, out.number);
    if (code != std::errc{}) return std::nullopt;
    out.unit = std::string(stop, last);
    out.unit.erase(0, std::min(out.unit.find_first_not_of(' '), out.unit.size()));
    while (!out.unit.empty() && out.unit.back() == ' ') out.unit.pop_back();
    out.whole = out.unit.empty() && part.find_first_of(".eE") == std::string::npos;
    if (out.unit.empty()) return out;
    const auto unit = units::parse_unit(out.unit);
    if (!unit) return std::nullopt;
    out.factor = unit->factor;
    out.dimension = unit->dimension;
    return out;
  };
  const auto low = end(text.substr(equals + 1, dots - equals - 1)), high = end(text.substr(dots + 2));
  if (!low || !high) return wrong("an end is a number, with a unit where the key has one");
  if (!(low->dimension == high->dimension) || low->unit.empty() != high->unit.empty())
    return wrong("the ends have units of different kinds");
  const double top = high->number * (high->factor / low->factor);
  if (!(low->number < top)) return wrong("the first end must be below the second");
  const std::string key = text.substr(0, equals);
  const bool whole = low->whole && high->whole;  // between two whole numbers are whole numbers
  const auto said = [from = low->number, top, whole, unit = low->unit](double u) {
    const double x = whole ? std::min(top, std::floor(from + u * (top - from + 1))) : between(from, top, u);
    return fmt::format("{}{}{}", x, unit.empty() ? "" : " ", unit);
  };
  Input out{key, "asked for", said};
  out.key = [key, said, text_value = !low->unit.empty()](double u) {
    return std::vector<std::string>{text_value ? fmt::format("{}=\"{}\"", key, said(u))
                                               : fmt::format("{}={}", key, said(u))};
  };
  return out;
}

/// A key alone, over the range that the scenario or the catalogue gives it.
std::optional<Input> carried(const std::string& key, const scenario::ResolvedScenario& scenario,
                             const catalog::Catalog& catalog, base::Diagnostics& problems) {
  const auto found = carried_by_key(carried_ranges(scenario, catalog), scenario, key);
  if (!found) {
    problems.push_back(found.error());
    return std::nullopt;
  }
  const auto said = [range = *found](double u) {
    const double x = carried_number(range, range.key, u);
    return range.unit.empty() ? fmt::format("{}", x) : fmt::format("{} {}", x, range.unit);
  };
  Input out{found->key.path, found->source.empty() ? "the scenario" : found->source, said};
  out.key = [range = *found](double u) {
    std::vector<std::string> keys = {range.key.path + "=" + carried_text(range, range.key, u)};
    for (const auto& with : range.with) keys.push_back(with.path + "=" + carried_text(range, with, u));
    return keys;
  };
  return out;
}

/// The plan made again with inputs elsewhere in their ranges. Several threads may ask at once.
class Again {
 public:
  using Where = std::vector<std::optional<double>>;

  Again(const PlanAnswer& plan, const PlanQuestion& question, const Knowledge& knowledge,
        const std::filesystem::path& data, const planner::Options& options)
      : plan_(plan), q_(question), knowledge_(knowledge), data_(data), quick_(options) {
    quick_.marginals = false;
    construction(plan.input, knowledge.catalog, inputs_);
    chips(plan.input, knowledge.catalog, plan.compiled.systems, inputs_);
    leads(knowledge.catalog, inputs_);
    budgets(plan.input, inputs_);
    for (const std::string& text : q_.vary) {
      auto input = text.find('=') == std::string::npos
                       ? carried(text, plan.input.with_candidates, knowledge.catalog, problems_)
                       : varied(text, problems_);
      if (!input) continue;
      for (const double u : {0.0, 1.0}) {  // a key that the scenario has not, a value that it refuses
        const auto tried = load(input->key(u));
        if (tried) continue;
        problems_.insert(problems_.end(), tried.error().begin(), tried.error().end());
        break;
      }
      inputs_.push_back(std::move(*input));
    }
  }

  const std::vector<Input>& inputs() const { return inputs_; }
  const base::Diagnostics& problems() const { return problems_; }

  /// A figure in SI, empty without a plan; `where[i]` is u of input i, empty: as it is.
  std::optional<double> value(const Where& where, base::Diagnostics& problems,
                              PlanFigure figure = PlanFigure::kGoal) const {
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < inputs_.size(); ++i)
      if (where[i] && inputs_[i].key)
        for (auto& key : inputs_[i].key(*where[i])) keys.push_back(std::move(key));
    scenario::PlanInput changed = plan_.input;
    if (!keys.empty()) {
      auto loaded = load(keys);
      if (!loaded) {
        problems.insert(problems.end(), loaded.error().begin(), loaded.error().end());
        return std::nullopt;
      }
      changed = std::move(*loaded);
    }
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
    return figure_of(*best, figure);
  }

  std::optional<double> at(std::size_t input, double u, base::Diagnostics& problems) const {
    Where where(inputs_.size());
    where[input] = u;
    return value(where, problems);
  }

 private:
  tl::expected<scenario::PlanInput, base::Diagnostics> load(const std::vector<std::string>& keys) const {
    auto overrides = q_.overrides;
    overrides.insert(overrides.end(), keys.begin(), keys.end());
    return scenario::load_plan(q_.text, q_.name, knowledge_.catalog, overrides, q_.known);
  }

  double figure_of(const planner::Answer& best, PlanFigure figure) const {
    double sum = 0;
    switch (figure) {
      case PlanFigure::kGoal: return best.objective * plan_unit(plan_.compiled.goal.quantity);
      case PlanFigure::kCost: return best.cost * plan_unit(planner::Quantity::kCost);
      case PlanFigure::kCapital:
        for (const double musd : best.capex) sum += musd;
        return sum * plan_unit(planner::Quantity::kCost);
      case PlanFigure::kAccelerators:
        for (const auto& d : best.plan.deliveries) sum += d.k;
        return sum * plan_unit(planner::Quantity::kAccelerators);
    }
    return 0;
  }

  const PlanAnswer& plan_;
  const PlanQuestion& q_;
  const Knowledge& knowledge_;
  const std::filesystem::path& data_;
  planner::Options quick_;
  std::vector<Input> inputs_;
  base::Diagnostics problems_;
};

void largest_first(PlanIndices& out) {
  auto& found = out.indices;
  if (found.inputs.empty()) return;
  std::vector<std::size_t> order(out.inputs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return found.inputs[a].total.value > found.inputs[b].total.value;
  });
  const auto sort = [&order](auto& list) {
    auto sorted = list;
    for (std::size_t i = 0; i < order.size(); ++i) sorted[i] = list[order[i]];
    list = std::move(sorted);
  };
  sort(out.inputs);
  sort(found.inputs);
  for (auto& stage : found.stages) {
    sort(stage.first);
    sort(stage.total);
  }
}

}  // namespace

PlanSwings plan_tornado(const PlanAnswer& plan, const PlanQuestion& question, const Knowledge& knowledge,
                        const std::filesystem::path& data, const planner::Options& options) {
  const Again again(plan, question, knowledge, data, options);
  if (base::has_errors(again.problems())) return tl::unexpected(again.problems());
  const std::size_t inputs = again.inputs().size();
  std::vector<base::Diagnostics> problems(2 * inputs);
  std::vector<std::optional<double>> values(2 * inputs);
  base::parallel_for(2 * inputs,
                     [&](std::size_t n) { values[n] = again.at(n / 2, n % 2 == 0 ? 0 : 1, problems[n]); });
  for (const auto& p : problems)
    if (base::has_errors(p)) return tl::unexpected(p);
  std::vector<PlanSwing> out;
  for (std::size_t i = 0; i < inputs; ++i) {
    const Input& input = again.inputs()[i];
    out.push_back({input.name, input.source, input.text(0), input.text(1), values[2 * i], values[2 * i + 1]});
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const PlanSwing& a, const PlanSwing& b) { return a.swing() > b.swing(); });
  return out;
}

tl::expected<std::vector<PlanBreakEven>, base::Diagnostics> plan_break_even(
    const PlanAnswer& plan, const PlanQuestion& question, const Knowledge& knowledge,
    const std::filesystem::path& data, const planner::Options& options, double value) {
  const Again again(plan, question, knowledge, data, options);
  if (base::has_errors(again.problems())) return tl::unexpected(again.problems());
  const bool cost = plan.compiled.goal.quantity == planner::Quantity::kCost;
  std::vector<base::Diagnostics> problems(again.inputs().size());
  std::vector<PlanBreakEven> out(again.inputs().size());
  base::parallel_for(out.size(), [&](std::size_t i) {
    // Without a plan nothing is reached: the worst of both goals.
    const auto reached = [&](double u) {
      const auto found = again.at(i, u, problems[i]);
      return found && (cost ? *found <= value : *found >= value);
    };
    const Input& input = again.inputs()[i];
    out[i] = {input.name, input.source, input.text(0), input.text(1), {}, false};
    const bool low = reached(0), high = reached(1);
    out[i].always = low && high;
    if (low == high) return;
    double yes = low ? 0 : 1, no = low ? 1 : 0;
    for (int k = 0; k < kHalvings && problems[i].empty(); ++k) {
      const double middle = (yes + no) / 2;
      (reached(middle) ? yes : no) = middle;
    }
    out[i].at = input.text(yes);
  });
  for (const auto& p : problems)
    if (base::has_errors(p)) return tl::unexpected(p);
  return out;
}

tl::expected<PlanIndices, base::Diagnostics> plan_indices(const PlanAnswer& plan,
                                                          const PlanQuestion& question,
                                                          const Knowledge& knowledge,
                                                          const std::filesystem::path& data,
                                                          const planner::Options& options) {
  const Again again(plan, question, knowledge, data, options);
  if (base::has_errors(again.problems())) return tl::unexpected(again.problems());
  const std::size_t inputs = again.inputs().size();
  const auto samples = static_cast<std::size_t>(question.sobol);
  PlanIndices out;
  out.figure = question.sobol_of;
  out.samples = question.sobol;
  for (const Input& input : again.inputs())
    out.inputs.push_back({input.name, input.source, input.text(0), input.text(1)});
  const auto points =
      analysis::unit_points(analysis::SampleMethod::kSaltelli, samples, inputs, question.seed);
  std::vector<base::Diagnostics> problems(points.size());
  std::vector<std::optional<double>> values(points.size());
  base::parallel_for(points.size(), [&](std::size_t n) {
    values[n] = again.value(Again::Where(points[n].begin(), points[n].end()), problems[n], out.figure);
  });
  for (const auto& p : problems)
    if (base::has_errors(p)) return tl::unexpected(p);
  out.plans = static_cast<int>(points.size());
  out.without_plan = static_cast<int>(
      std::count_if(values.begin(), values.end(), [](const auto& v) { return !v.has_value(); }));
  analysis::SobolSample sample;
  sample.mixed.resize(inputs);
  for (std::size_t k = 0; k < samples; ++k) {
    const auto row = values.begin() + static_cast<std::ptrdiff_t>(k * (inputs + 2));
    const auto end = row + static_cast<std::ptrdiff_t>(inputs + 2);
    if (std::any_of(row, end, [](const auto& v) { return !v.has_value(); })) continue;
    sample.a.push_back(*row[0]);
    sample.b.push_back(*row[1]);
    for (std::size_t i = 0; i < inputs; ++i)
      sample.mixed[i].push_back(*row[static_cast<std::ptrdiff_t>(2 + i)]);
  }
  out.indices = analysis::sobol_indices(sample, question.seed);
  largest_first(out);
  return out;
}

}  // namespace gigawatt::engine
