#pragma once
/// The money of a plan as an analyst reads it: by quarter capital, operation, depreciation, rent, debt, tax and cash; present
/// value, rate of return, levelised cost. Capital, upkeep and rent are those of the scenario's run; energy is the plan's,
/// because a plan has no jobs.
///
///     levelised cost of x = (PV(capital) + PV(operation) - PV(book value at the end)) / PV(x)

#include <optional>
#include <string>
#include <vector>

#include "gigawatt/engine/plan_problem.h"
#include "gigawatt/finance/statement.h"
#include "gigawatt/planner/plan.h"

namespace gigawatt::engine {

struct PlanQuarter {
  base::SimTime from;
  fleet::NamedValues capex, opex;  ///< by category
  double capex_usd = 0, opex_usd = 0;
  double accelerators = 0;  ///< at the end
  double facility_mw = 0;
  finance::CashRow cash;
};

struct PlanMoneyAnswer {
  std::vector<PlanQuarter> quarters;
  fleet::NamedValues depreciation;  ///< by class
  finance::Statement statement;
  double discount_rate = 0;
  bool revenue = false;
  double capex_usd = 0, opex_usd = 0, accelerator_hours = 0;
  // Levelised; 0 where there is nothing to divide by.
  double usd_per_accelerator_hour = 0, capital_usd_per_accelerator_hour = 0, usd_per_mw_month = 0,
         capex_usd_per_w = 0, usd_per_exaflop = 0, usd_per_million_tokens = 0;
};

PlanMoneyAnswer plan_money(const scenario::PlanInput& input, const PlanProblem& compiled,
                           const planner::Plan& plan, const fleet::FleetResult& run,
                           const catalog::Catalog& catalog);

}  // namespace gigawatt::engine
