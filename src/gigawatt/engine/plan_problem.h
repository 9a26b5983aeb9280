#pragma once
/// A scenario's `[plan]` as a planner's problem. Dates, powers and prices come from the same functions that a run uses
/// (scenario::build_dates, fleet/prices.h, finance::MoneyBook), so that a plan costs and yields what its run says.
///
/// What is simplified: energy counts at a mean load (`plan.load` of the largest draw) with the run's overhead of each month; staff and
/// maintenance run evenly from the day of service; decisions are made on the first day of a period.

#include <filesystem>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/engine/inputs.h"
#include "gigawatt/finance/money.h"
#include "gigawatt/fleet/result.h"
#include "gigawatt/planner/problem.h"
#include "gigawatt/scenario/plan_load.h"

namespace gigawatt::engine {

/// What one unit of the problem is, in SI (FLOP, tokens, accelerators, W, USD).
double plan_unit(planner::Quantity quantity);
std::string_view plan_name(planner::Quantity quantity);   ///< "training_flop"
std::string_view plan_words(planner::Quantity quantity);  ///< "FLOP of training"

struct PlanGoal {
  planner::Quantity quantity = planner::Quantity::kTraining;
  base::SimTime by;
  std::vector<planner::Target> targets;  ///< in the problem's unit
};

struct PlanProblem {
  planner::Problem problem;
  PlanGoal goal;
  std::vector<base::SimTime> starts;  ///< of the periods
  base::SimTime end;
  finance::Months months;  ///< of the scenario
  /// Dates of a phase by its choices, and what they cost in each month, USD per W at the meter.
  struct Dates {
    base::SimTime order, energized, service;
    std::vector<double> usd_per_w;
  };
  std::vector<std::vector<Dates>> phases;
  struct OrderDates {
    base::SimTime order, available;
    std::vector<double> usd_per_w;  ///< by month
  };
  std::vector<std::vector<OrderDates>> supply;
  std::vector<double> supply_usd_per_w;                       ///< investment by option
  std::vector<std::optional<double>> supply_carbon_kg_per_j;  ///< by option; empty: the site's
  std::vector<std::string> systems;                           ///< canonical names
  std::vector<std::size_t> offer_row;                         ///< entry of `plan.chips` of an offer
  std::vector<double> training_flops;                         ///< useful FLOP/s of one accelerator, by system
  fleet::FleetResult base;                                    ///< what the file builds in any case
  double load = 0;                                            ///< mean over largest draw of accelerators
  std::vector<std::string> notes;
};

/// `lead_factor` stretches all lead times.
tl::expected<PlanProblem, base::Diagnostics> plan_problem(const scenario::PlanInput& input,
                                                          const Knowledge& knowledge,
                                                          const std::filesystem::path& data,
                                                          const PlanGoal& goal, double lead_factor = 1);

}  // namespace gigawatt::engine
