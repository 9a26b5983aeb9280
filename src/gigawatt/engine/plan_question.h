#pragma once
/// `gigawatt plan`: a scenario's options become a problem, its best plan a scenario, and that scenario is run.

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/analysis/sobol_indices.h"
#include "gigawatt/base/diagnostic.h"
#include "gigawatt/engine/inputs.h"
#include "gigawatt/engine/plan_check.h"
#include "gigawatt/engine/plan_money.h"
#include "gigawatt/engine/plan_problem.h"
#include "gigawatt/engine/plan_scenario.h"
#include "gigawatt/engine/run.h"
#include "gigawatt/planner/infeasible.h"
#include "gigawatt/planner/plan.h"
#include "gigawatt/planner/robust.h"

namespace gigawatt::engine {

/// What the indices of a plan are of.
enum class PlanFigure : std::uint8_t { kGoal, kCapital, kCost, kAccelerators };
inline constexpr std::string_view kPlanFigures[] = {"goal", "capex_usd", "cost_usd", "accelerators"};

struct PlanQuestion {
  std::string text, name;  ///< of the scenario
  std::vector<std::string> overrides;
  std::string maximize, minimize;  ///< instead of the file's
  std::vector<std::string>
      targets;  ///< "accelerators=100k", "power=1 GW", "training_flop=1e27", "tokens=1e15"
  std::optional<base::SimTime> by;
  double time_limit_s = 60;
  double relative_gap = 1e-3;
  int frontier = 0;                  ///< budgets between half and one and a half of the file's
  bool tornado = false;              ///< the best plan at both ends of each input's range
  std::optional<double> break_even;  ///< a value of the goal, SI: which value of an input brings it there
  int sobol = 0;                     ///< samples of the indices of the inputs
  PlanFigure sobol_of = PlanFigure::kGoal;
  std::vector<std::string>
      vary;  ///< "budget.2027.capex=8 GUSD..12 GUSD": further inputs of tornado, break-even, indices
  std::uint64_t seed = 1;                 ///< of those
  std::optional<std::uint64_t> run_seed;  ///< of the plan's run; empty: the scenario's
  bool page = false;  ///< the plan's run is shown: with its jobs, its claims and the hours of its sites
  std::optional<std::filesystem::path>
      folder;                          ///< of the files that the scenario's sites name; empty: they name none
  std::vector<std::string> models;     ///< "llama3.1-405b:15T": what its training costs on the plan
  bool robust = false;                 ///< with `[[plan.case]]`
  std::optional<base::SimTime> known;  ///< plan with what was known on that day; also the regret
  std::optional<base::SimTime> revise;  ///< day on which that plan is made again with all that is known
};

/// A constraint in the question's words.
struct PlanConstraint {
  std::string words, kind, period;
  double limit = 0;
  std::string unit;
};

/// What one more and one less of a limit are worth, in units of the goal per unit of the limit.
struct PlanMarginal {
  PlanConstraint constraint;
  double one_more = 0;
  std::optional<double> one_less;
};

/// A month more for a step of a phase that is built.
struct PlanSlip {
  std::string site, phase, step;
  double service_days = 0;       ///< by which the phase is later
  double accelerator_hours = 0;  ///< that are missing until the goal's date
  double training_flop = 0;
  double usd = 0;  ///< capital that stands idle: the hours at the levelised cost of capital
};

struct PlanFrontierPoint {
  double factor = 1, budget_usd = 0, capex_usd = 0, cost_usd = 0, objective = 0, bound = 0, gap = 0;
  std::int64_t accelerators = 0;
  std::string status;
};

/// The best plans at both ends of an input's range.
struct PlanSwing {
  std::string input, source;
  std::string low, high;  ///< the input's values, as text
  std::optional<double> at_low, at_high;

  double swing() const { return at_low && at_high ? std::abs(*at_high - *at_low) : 0; }
};

/// Where in its range an input alone brings the plan to a value.
struct PlanBreakEven {
  std::string input, source;
  std::string low, high;
  std::optional<std::string> at;  ///< empty: the value is reached all over the range, or nowhere
  bool always = false;
};

/// Where the variance of a figure of the plan comes from.
struct PlanIndices {
  PlanFigure figure = PlanFigure::kGoal;
  int samples = 0, plans = 0;
  int without_plan = 0;            ///< plans that there were none of; their samples are left out
  analysis::SobolIndices indices;  ///< of the figure, SI; the largest total first, as in `inputs`
  struct Input {
    std::string input, source;
    std::string low, high;
  };
  std::vector<Input> inputs;
};

/// What it cost not to know: values in the goal's unit, in the world as it is known last.
struct PlanRegret {
  base::SimTime known, revise;
  double hindsight = 0;            ///< of the best plan
  double kept = 0;                 ///< of the plan of that day until `revise`, the best from then on
  std::optional<double> happened;  ///< with phases begun as they were
  bool solved = false;
  bool of_cost = false;  ///< the goal is a cost: less is better

  /// How much worse `value` is than hindsight, in the goal's unit; not below zero but for the solver's gap.
  double of(double value) const { return of_cost ? value - hindsight : hindsight - value; }
};

struct PlanAnswer {
  scenario::PlanInput input;
  PlanProblem compiled;
  planner::Answer answer;
  std::optional<PlanConstraint> overspent;  ///< a budget below what has begun
  std::vector<PlanConstraint> conflict;     ///< of an infeasible question
  bool irreducible = true;
  std::optional<planner::Nearest> nearest;
  std::vector<PlanConstraint> holding;  ///< of which more would bring the nearest further
  std::vector<PlannedDelivery> deliveries;
  std::string scenario;
  std::optional<fleet::FleetResult> run;  ///< of the plan's scenario without its jobs
  struct Shown {
    Inputs inputs;
    RunOutput output;
  };
  std::optional<Shown>
      shown;  ///< where a page was asked for: the run as `gigawatt run` makes it of the scenario
  PlanCheck check;
  PlanMoneyAnswer money;
  std::vector<PlanMarginal> marginals;
  std::vector<PlanSlip> slips;
  std::vector<PlanFrontierPoint> frontier;
  std::optional<planner::RobustAnswer> robust;
  std::optional<PlanRegret> regret;
  std::vector<PlanSwing> tornado;  ///< the widest first
  std::vector<PlanBreakEven> break_even;
  std::optional<PlanIndices> sobol;

  bool solved() const { return run.has_value(); }
};

tl::expected<PlanAnswer, base::Diagnostics> answer_plan(const PlanQuestion& question,
                                                        const Knowledge& knowledge,
                                                        const std::filesystem::path& data);

}  // namespace gigawatt::engine
