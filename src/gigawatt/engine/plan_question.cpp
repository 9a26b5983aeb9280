#include "gigawatt/engine/plan_question.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/base/words.h"
#include "gigawatt/engine/plan_notes.h"
#include "gigawatt/engine/plan_tornado.h"
#include "gigawatt/engine/plan_words.h"
#include "gigawatt/fleet/simulator.h"
#include "gigawatt/units/parse.h"
#include "gigawatt/units/scale.h"
#include "gigawatt/workload/flops.h"

namespace gigawatt::engine {
namespace {

using planner::Quantity;

using units::kKilo;
using units::kMusd;
constexpr std::int64_t kTargetSequence = 8192;  ///< of a model's training, where a target names one
using units::kMonth_s;

class Planning {
 public:
  Planning(const PlanQuestion& question, const Knowledge& knowledge, const std::filesystem::path& data)
      : q_(question), known_(knowledge), data_(data) {}

  tl::expected<PlanAnswer, base::Diagnostics> answer() {
    auto input = scenario::load_plan(q_.text, q_.name, known_.catalog, q_.overrides, q_.known);
    if (!input) return tl::unexpected(input.error());
    out_.input = std::move(*input);
    goal();
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    auto compiled = plan_problem(out_.input, known_, data_, goal_);
    if (!compiled) return tl::unexpected(compiled.error());
    out_.compiled = std::move(*compiled);
    if (!budgets_hold()) {
      out_.answer.status = solver::Status::kInfeasible;
      return std::move(out_);
    }
    auto best = planner::make_plan(out_.compiled.problem, options());
    if (!best) return tl::unexpected(base::Diagnostics{best.error()});
    out_.answer = std::move(*best);
    if (out_.answer.status == solver::Status::kInfeasible) return explain();
    if (out_.answer.status == solver::Status::kNoSolution) return std::move(out_);
    if (auto failed = follow()) return tl::unexpected(std::move(*failed));
    return std::move(out_);
  }

 private:
  planner::Options options() const {
    return {.time_limit_s = q_.time_limit_s, .relative_gap = q_.relative_gap, .marginals = true, .fixed = {}};
  }

  // ---------------------------------------------------------------------------------------------- the goal

  void goal() {
    const auto& table = out_.input.table;
    goal_.by = q_.by.value_or(table.by.value_or(out_.input.without.end));
    if (goal_.by <= out_.input.without.start || goal_.by > out_.input.without.end)
      problems_.push_back(
          base::error("out-of-range",
                      fmt::format("the goal's date ({}) is not within the scenario ({} to {})",
                                  base::to_iso_date(goal_.by), base::to_iso_date(out_.input.without.start),
                                  base::to_iso_date(out_.input.without.end))));
    std::string maximize = q_.maximize, minimize = q_.minimize;
    if (!maximize.empty() && !minimize.empty())
      problems_.push_back(base::error("given-twice", "both --maximize and --minimize are given", "give one"));
    if (maximize.empty() && minimize.empty()) {
      maximize = table.maximize;
      minimize = table.minimize;
    }
    if (maximize.empty() && minimize.empty())
      problems_.push_back(
          base::error("no-goal", "nothing says what the plan is to reach",
                      "maximize training_flop, tokens or accelerators, or minimize cost with a target"));
    if (!maximize.empty()) goal_.quantity = quantity(maximize, false);
    if (!minimize.empty()) {
      if (minimize != "cost")
        problems_.push_back(
            base::error("unknown-name", fmt::format("'{}' cannot be minimized", minimize), "minimize cost"));
      goal_.quantity = Quantity::kCost;
    }
    targets(table);
    for (const std::string& text : q_.models) {
      const auto colon = text.rfind(':');
      const auto tokens = colon == std::string::npos
                              ? tl::expected<double, std::string>(tl::unexpect, "how many tokens?")
                              : units::parse_count(text.substr(colon + 1));
      if (!tokens)
        problems_.push_back(base::error("bad-model",
                                        fmt::format("the model '{}': {}", text.substr(0, 80), tokens.error()),
                                        "llama3.1-405b:15T"));
      else
        model_flops(text.substr(0, colon), *tokens);
    }
    if (goal_.quantity == Quantity::kCost && goal_.targets.empty() && problems_.empty())
      problems_.push_back(base::error("no-target", "the cheapest plan without a target is to build nothing",
                                      "give --target, such as accelerators=100k or power=\"1 GW\""));
  }

  Quantity quantity(const std::string& name, bool target) {
    for (const Quantity one :
         {Quantity::kTraining, Quantity::kTokens, Quantity::kAccelerators, Quantity::kPower})
      if (name == plan_name(one) && (target || one != Quantity::kPower)) return one;
    std::vector<std::string> names = {"training_flop", "tokens", "accelerators"};
    if (target) names.emplace_back("power");
    std::string hint = base::did_you_mean(name, names);
    if (hint.empty())
      hint = "known: training_flop, tokens, accelerators" + std::string(target ? ", power, train" : "");
    problems_.push_back(
        base::error("unknown-name",
                    fmt::format("unknown {} '{}'", target ? "target" : "goal", name.substr(0, 60)), hint));
    return Quantity::kAccelerators;
  }

  void target(Quantity quantity, double si) { goal_.targets.push_back({quantity, si / plan_unit(quantity)}); }

  /// FLOP of a training, which is also one of those whose cost is told.
  double model_flops(const std::string& name, double tokens) {
    const auto model = known_.catalog.model(name);
    if (!model) {
      problems_.push_back(base::error("unknown-name", model.error().message()));
      return 0;
    }
    const double flops = workload::flops_per_token(**model, kTargetSequence).model_full * tokens;
    models_.push_back({(*model)->name, tokens, flops, 0});
    return flops;
  }

  void model_target(const std::string& name, double tokens) {
    if (const double flops = model_flops(name, tokens); flops > 0) target(Quantity::kTraining, flops);
  }

  void targets(const scenario::PlanTable& table) {
    if (q_.targets.empty()) {
      const auto& t = table.target;
      if (t.accelerators) target(Quantity::kAccelerators, static_cast<double>(*t.accelerators));
      if (t.power) target(Quantity::kPower, t.power->si());
      if (t.training_flop) target(Quantity::kTraining, t.training_flop->si());
      if (t.tokens) target(Quantity::kTokens, *t.tokens);
      if (!t.model.empty() && t.model_tokens) model_target(t.model, *t.model_tokens);
      return;
    }
    for (const std::string& text : q_.targets) {
      const auto cut = text.find('=');
      const std::string name = text.substr(0, cut);
      const std::string value(cut == std::string::npos
                                  ? std::string_view()
                                  : base::without_quotes(std::string_view(text).substr(cut + 1)));
      const auto wrong = [&](const std::string& why) {
        problems_.push_back(
            base::error("bad-target", fmt::format("the target '{}': {}", text.substr(0, 80), why),
                        "accelerators=100k, power=\"1 GW\", training_flop=1e27, tokens=1e15 or "
                        "train=llama3.1-405b:15T"));
      };
      if (value.empty()) {
        wrong("a name and a value with '=' between them are wanted");
        continue;
      }
      if (name == "train") {
        const auto colon = value.rfind(':');
        const auto tokens = colon == std::string::npos
                                ? tl::expected<double, std::string>(tl::unexpect, "how many tokens?")
                                : units::parse_count(value.substr(colon + 1));
        if (!tokens)
          wrong(tokens.error());
        else
          model_target(value.substr(0, colon), *tokens);
        continue;
      }
      const Quantity what = quantity(name, true);
      if (name != plan_name(what)) continue;
      double si = 0;
      if (what == Quantity::kPower) {
        const auto parsed = units::parse_quantity(value);
        if (!parsed || !parsed->has_unit || parsed->dimension != units::kPower) {
          wrong("a power such as \"1 GW\" is wanted");
          continue;
        }
        si = parsed->si;
      } else {
        const auto parsed = units::parse_count(value);
        if (!parsed) {
          wrong(parsed.error());
          continue;
        }
        si = *parsed;
      }
      if (!(si > 0))
        wrong("it must be above zero");
      else
        target(what, si);
    }
  }

  // ---------------------------------------------------------------------------------------------- no plan

  /// A budget that what has begun exceeds leaves nothing to plan.
  bool budgets_hold() {
    for (int y = 0; y < static_cast<int>(out_.compiled.problem.years.size()); ++y) {
      const auto& budget = out_.compiled.problem.years[static_cast<std::size_t>(y)];
      if (!(planner::budget_left(out_.compiled.problem, y) < -1e-9 * budget.committed)) continue;
      out_.overspent = constraint_words(out_, {planner::GroupKind::kBudget, y});
      out_.conflict = {*out_.overspent};
      return false;
    }
    return true;
  }

  tl::expected<PlanAnswer, base::Diagnostics> explain() {
    const auto conflict = planner::find_conflict(out_.compiled.problem, q_.time_limit_s);
    if (!conflict) return tl::unexpected(base::Diagnostics{conflict.error()});
    out_.irreducible = conflict->irreducible;
    for (const auto& c : conflict->constraints) out_.conflict.push_back(constraint_words(out_, c));
    const auto near = planner::nearest(out_.compiled.problem, *conflict, options());
    if (!near) return tl::unexpected(base::Diagnostics{near.error()});
    out_.nearest = *near;
    if (*near)
      for (const auto& c : (*near)->holding) out_.holding.push_back(constraint_words(out_, c));
    return std::move(out_);
  }

  // ---------------------------------------------------------------------------------------------- after a plan

  /// One simulation serves the check and a page, unless the scenario has jobs: a plan counts without them.
  std::optional<base::Diagnostics> run(scenario::ResolvedScenario scenario) {
    const bool jobs = !scenario.jobs.empty();
    if (q_.page) {
      auto hourly = prepare_hourly_sites(scenario, known_.catalog, data_, q_.folder ? &*q_.folder : nullptr);
      if (!hourly) return hourly.error();
      RunOptions options;
      options.seed = q_.run_seed;
      Inputs inputs{known_, scenario, std::move(*hourly)};
      auto output = engine::run(inputs, options);
      if (!jobs) out_.run = output.nominal;
      out_.shown = {std::move(inputs), std::move(output)};
    }
    if (out_.run) return std::nullopt;
    fleet::Options options;
    options.seed = q_.run_seed.value_or(scenario.seed);
    scenario.jobs.clear();
    scenario.claims.clear();
    out_.run = fleet::simulate(scenario, known_.catalog, fleet::StepTable{}, options);
    return std::nullopt;
  }

  std::optional<base::Diagnostics> follow() {
    const planner::Plan& plan = out_.answer.plan;
    const auto& catalog = known_.catalog;
    for (auto& note : plan_notes(out_)) out_.compiled.notes.push_back(std::move(note));
    out_.deliveries = planned_deliveries(out_.input, out_.compiled, plan, catalog);
    out_.scenario = plan_scenario(out_.input, out_.compiled, plan, out_.deliveries, catalog);
    auto resolved = scenario::load_text(out_.scenario, "the plan of " + q_.name, catalog, {}, {},
                                        q_.page && q_.folder ? &*q_.folder : nullptr);
    if (!resolved) return resolved.error();
    if (auto failed = run(std::move(*resolved))) return failed;
    out_.check = plan_check(out_.input, out_.compiled, plan, *out_.run, catalog);
    out_.money = plan_money(out_.input, out_.compiled, plan, *out_.run, catalog, models_);
    for (const auto& m : out_.answer.marginals) out_.marginals.push_back(marginal(m));
    slips();
    if (q_.frontier > 0)
      if (auto failed = frontier()) return failed;
    if (q_.robust)
      if (auto failed = robust()) return failed;
    if (q_.tornado) {
      auto swings = plan_tornado(out_, q_, known_, data_, options());
      if (!swings) return swings.error();
      out_.tornado = std::move(*swings);
    }
    if (q_.break_even) {
      auto found = plan_break_even(out_, q_, known_, data_, options(), *q_.break_even);
      if (!found) return found.error();
      out_.break_even = std::move(*found);
    }
    if (q_.sobol > 0) {
      auto found = plan_indices(out_, q_, known_, data_, options());
      if (!found) return found.error();
      out_.sobol = std::move(*found);
    }
    if (q_.known)
      if (auto failed = regret()) return failed;
    return std::nullopt;
  }

  PlanMarginal marginal(const planner::Marginal& m) const {
    PlanMarginal out{constraint_words(out_, {m.kind, m.subject}, m.period), 0, {}};
    const double per = plan_unit(out_.compiled.goal.quantity) / constraint_unit(out_, m.kind, m.subject);
    out.one_more = m.gain * per;
    if (m.loss) out.one_less = *m.loss * per;
    return out;
  }

  /// Each step of each built phase a month longer: by how much the phase is later, and what waits for it.
  void slips() {
    const auto& compiled = out_.compiled;
    for (const auto& b : out_.answer.plan.phases) {
      const auto i = static_cast<std::size_t>(b.phase);
      const auto& place = out_.input.candidates[i];
      const auto& site = out_.input.with_candidates.sites[place.site.index()];
      scenario::Phase phase = site.phases[place.phase];
      phase.begin = compiled.phases[i][static_cast<std::size_t>(b.choice)].order;
      const std::array<double, scenario::kBuildStepCount> median{};
      const base::SimTime planned = scenario::build_dates(phase, median).in_service;
      for (std::size_t step = 0; step < scenario::kBuildStepCount; ++step) {
        if (!phase.resolved[step].modeled) continue;
        scenario::Phase late = phase;
        if (late.resolved[step].date)
          late.resolved[step].date = *late.resolved[step].date + base::Duration::seconds(kMonth_s);
        else
          late.resolved[step].lead_s += kMonth_s;
        const base::SimTime service = scenario::build_dates(late, median).in_service;
        PlanSlip slip{site.name,
                      phase.name,
                      std::string(scenario::kBuildStepNames[step]),
                      (service - planned).to_days(),
                      0,
                      0,
                      0};
        for (const auto& d : out_.answer.plan.deliveries) {
          if (d.phase != b.phase) continue;
          const auto& offer = compiled.problem.offers[static_cast<std::size_t>(d.offer)];
          const base::SimTime day =
              compiled.starts[static_cast<std::size_t>(offer.lots[static_cast<std::size_t>(d.lot)].period)];
          const base::SimTime to = std::min(service, compiled.goal.by);
          if (to <= day) continue;
          const double hours = (to - day).to_hours() * d.k * kKilo;
          slip.accelerator_hours += hours;
          slip.training_flop +=
              hours * 3600 * compiled.training_flops[static_cast<std::size_t>(offer.system)];
        }
        slip.usd = slip.accelerator_hours * out_.money.capital_usd_per_accelerator_hour;
        out_.slips.push_back(std::move(slip));
      }
    }
  }

  std::optional<base::Diagnostics> frontier() {
    std::vector<double> factors;
    for (int i = 0; i < q_.frontier; ++i)
      factors.push_back(q_.frontier == 1 ? 1 : 0.5 + static_cast<double>(i) / (q_.frontier - 1));
    const auto points = planner::frontier(out_.compiled.problem, factors, options());
    if (!points) return base::Diagnostics{points.error()};
    const double unit = plan_unit(goal_.quantity);
    for (const auto& point : *points) {
      PlanFrontierPoint out;
      out.factor = point.factor;
      out.status = std::string(solver::to_string(point.answer.status));
      for (const auto& year : out_.compiled.problem.years)
        if (year.capex < solver::kInfinity) out.budget_usd += point.factor * year.capex * kMusd;
      if (!point.answer.x.empty()) {
        out.objective = point.answer.objective * unit;
        out.bound = point.answer.bound * unit;
        out.gap = point.answer.gap;
        out.cost_usd = point.answer.cost * kMusd;
        for (const double musd : point.answer.capex) out.capex_usd += musd * kMusd;
        double k = 0;
        for (const auto& d : point.answer.plan.deliveries) k += d.k;
        out.accelerators = std::llround(k * kKilo);
      }
      out_.frontier.push_back(std::move(out));
    }
    return std::nullopt;
  }

  std::optional<base::Diagnostics> robust() {
    const auto& table = out_.input.table;
    if (table.cases.empty())
      return base::Diagnostics{
          base::error("no-cases", "a robust plan needs cases of how long building takes",
                      "give [[plan.case]] with lead_factor and probability, and plan.decide")};
    std::vector<planner::Case> cases;
    for (const auto& one : table.cases) {
      auto compiled = plan_problem(out_.input, known_, data_, goal_, one.lead_factor);
      if (!compiled) return compiled.error();
      compiled->problem.waiting = true;
      cases.push_back({one.name, one.probability, std::move(compiled->problem)});
    }
    const auto& starts = out_.compiled.starts;
    const auto decide =
        static_cast<int>(std::lower_bound(starts.begin(), starts.end(), *table.decide) - starts.begin());
    auto found = planner::robust_plan(cases, decide, options());
    if (!found) return base::Diagnostics{found.error()};
    out_.robust = std::move(*found);
    return std::nullopt;
  }

  /// The plan of a day in the world as it is known last.
  std::optional<base::Diagnostics> regret() {
    const auto world = scenario::load_plan(q_.text, q_.name, known_.catalog, q_.overrides);
    if (!world) return world.error();
    const auto compiled = plan_problem(*world, known_, data_, goal_);
    if (!compiled) return compiled.error();
    const auto& starts = compiled->starts;
    const base::SimTime revise = q_.revise.value_or(out_.input.table.decide.value_or(compiled->end));
    const auto until =
        static_cast<int>(std::lower_bound(starts.begin(), starts.end(), revise) - starts.begin());
    std::vector<planner::Fixed> kept, happened;
    bool any = false;
    for (std::size_t i = 0; i < world->table.phases.size(); ++i) {
      const auto& row = world->table.phases[i];
      planner::Fixed mine{static_cast<int>(i), -1, until},
          real{static_cast<int>(i), -1, compiled->problem.horizon()};
      const auto choice_on = [&](base::SimTime day) {
        int best = -1;
        for (std::size_t a = 0; a < compiled->phases[i].size(); ++a)
          if (compiled->phases[i][a].order <= day || best < 0) best = static_cast<int>(a);
        return best;
      };
      for (const auto& built : out_.answer.plan.phases) {
        const auto b = static_cast<std::size_t>(built.phase);
        const base::SimTime order = out_.compiled.phases[b][static_cast<std::size_t>(built.choice)].order;
        if (out_.input.table.phases[b].name == row.name && order < revise) mine.choice = choice_on(order);
      }
      if (row.begun) {
        real.choice = choice_on(*row.begun);
        any = true;
      }
      kept.push_back(mine);
      happened.push_back(real);
    }
    planner::Options quick = options();
    quick.marginals = false;
    const double unit = plan_unit(goal_.quantity);
    PlanRegret out{*q_.known, revise, 0, 0, {}, true, goal_.quantity == planner::Quantity::kCost};
    const auto value = [&](const std::vector<planner::Fixed>& fixed) -> std::optional<double> {
      quick.fixed = fixed;
      const auto best = planner::make_plan(compiled->problem, quick);
      if (!best || best->x.empty()) return std::nullopt;
      return best->objective * unit;
    };
    const auto best = value({}), mine = value(kept);
    out.solved = best && mine;
    out.hindsight = best.value_or(0);
    out.kept = mine.value_or(0);
    if (any) out.happened = value(happened);
    out_.regret = out;
    return std::nullopt;
  }

  const PlanQuestion& q_;
  const Knowledge& known_;
  std::filesystem::path data_;
  PlanAnswer out_;
  PlanGoal goal_;
  std::vector<PlanModelCost> models_;
  base::Diagnostics problems_;
};

}  // namespace

tl::expected<PlanAnswer, base::Diagnostics> answer_plan(const PlanQuestion& question,
                                                        const Knowledge& knowledge,
                                                        const std::filesystem::path& data) {
  return Planning(question, knowledge, data).answer();
}

}  // namespace gigawatt::engine
