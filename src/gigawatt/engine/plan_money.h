#pragma once
/// The money of a plan as an analyst reads it: by quarter capital, operation, depreciation, rent, debt, tax and cash; present
/// value, rate of return, levelised cost.
///
/// Everything is the plan's own part: the run of the plan's scenario less the run of what stands and is built in any case
/// (`existing`), accelerators, hours, capital, energy, book value alike. Both runs draw the plan's mean load
/// (`operations.idle_load`), so that energy, too, is what `run` bills; what a run has not is said in `bridge`.
///
///     levelised cost of x = (PV(capital) + PV(operation) - PV(book value at the end)) / PV(x)

#include <optional>
#include <string>
#include <vector>

#include "gigawatt/engine/plan_problem.h"
#include "gigawatt/finance/statement.h"
#include "gigawatt/planner/plan.h"

namespace gigawatt::engine {

/// What is spent in a quarter, and what stands at its end.
struct PlanSpend {
  fleet::NamedValues capex, opex;  ///< by category
  double capex_usd = 0, opex_usd = 0, accelerators = 0, facility_mw = 0;
};

struct PlanQuarter {
  base::SimTime from;
  PlanSpend all;       ///< of the plan's run; operation at prices that rise
  PlanSpend existing;  ///< of what stands or is built in any case
  PlanSpend own;       ///< the rest, without what partners of the sites pay
  double partner_capex_usd = 0;
  finance::CashRow cash;  ///< of the plan's own part
};

/// What a training costs at the levelised cost of a FLOP.
struct PlanModelCost {
  std::string model;
  double tokens = 0, training_flop = 0, usd = 0;
};

struct PlanMoneyAnswer {
  std::vector<PlanQuarter> quarters;
  fleet::NamedValues depreciation;  ///< by class
  finance::Statement statement;
  double discount_rate = 0;
  bool revenue = false;
  double capex_usd = 0, opex_usd = 0, accelerator_hours = 0;
  double existing_capex_usd = 0, existing_opex_usd = 0;
  fleet::NamedValues
      bridge;  ///< from the operation of the plan's run to the plan's: lines that sum to `opex_usd`
  // Levelised; 0 where there is nothing to divide by.
  double usd_per_accelerator_hour = 0, capital_usd_per_accelerator_hour = 0, usd_per_mw_month = 0,
         capex_usd_per_w = 0, usd_per_exaflop = 0, usd_per_million_tokens = 0;
  std::vector<PlanModelCost> models;  ///< of those asked for
};

/// `models`: name, tokens and FLOP of trainings whose cost is asked for.
PlanMoneyAnswer plan_money(const scenario::PlanInput& input, const PlanProblem& compiled,
                           const planner::Plan& plan, const fleet::FleetResult& run,
                           const catalog::Catalog& catalog, std::vector<PlanModelCost> models = {});

}  // namespace gigawatt::engine
