#pragma once
/// `[plan]`: what a planner may choose from, and what it is to reach. A run builds nothing of it.
///
///     [plan]
///     maximize = "training_flop"          # or tokens, accelerators; or minimize = "cost" with [plan.target]
///     by = 2030-01-01
///     mfu = 0.4
///     [[plan.phase]]                      # a candidate: a phase as in [[site.phase]], of any start
///     site = "abilene"
///     name = "building-1"
///     facility_power = "300 MW"           # at most; least_power makes its size free
///     start = 2026-04-01                  # not before
///     shell = { lead = "12 months" }
///     [[plan.supply]]
///     site = "abilene"
///     kind = "grid"
///     power = "600 MW"
///     date = 2027-06-01
///     [[plan.chips]]                      # one step of a vendor's supply curve
///     system = "gb300-nvl72"
///     from = 2026-04-01
///     until = 2028-01-01
///     accelerators = 50000                # a quarter
///     price = "45000 USD"
///
/// Budgets are the scenario's `[[budget]]`. docs/models/planner.md has the program that is made of it.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gigawatt/base/sim_time.h"
#include "gigawatt/config/fields.h"
#include "gigawatt/scenario/site.h"
#include "gigawatt/units/quantity.h"

namespace gigawatt::scenario {

using EnergyPrice = units::Quantity<units::kMoney / units::kEnergy>;
using PowerPrice = units::Quantity<units::kMoney / units::kPower>;

/// From when until when a row was believed; empty: always.
struct PlanKnowledge {
  std::optional<base::SimTime> known, outdated;

  bool holds(base::SimTime day) const { return (!known || *known <= day) && (!outdated || day < *outdated); }
};

/// A phase that may be built. Its dates follow from the start that is chosen.
struct PlanPhase : Phase, PlanKnowledge {
  std::string site;
  std::optional<units::Power> least_power;  ///< at the meter; empty: `facility_power` or nothing
  std::optional<base::SimTime> latest;      ///< start
  bool required = false;
  std::optional<base::SimTime> begun;  ///< when it began in the world, for regret
  std::vector<std::string> after;      ///< phases that must have begun
  std::vector<std::string> systems;    ///< that it can hold, one of them; empty: any that is offered
  std::vector<std::string> financing;  ///< kinds that it can have; empty: own capital
  std::map<std::string, double> uses;  ///< of limits, while it is built at its largest size
};

struct PlanSupply : PlanKnowledge {
  std::string name, site;
  SupplyKind kind = SupplyKind::kGrid;
  std::string unit_kind;              ///< of data/supply/units.toml: size, investment, fuel
  std::optional<units::Power> power;  ///< at most, in all
  std::optional<units::Power> unit;   ///< bought in units of this; empty: any amount
  std::optional<base::SimTime> date;  ///< not before
  std::optional<units::Time> lead;    ///< from order to power
  std::optional<PowerPrice> investment;
  std::optional<EnergyPrice> price;    ///< of its energy with all running costs
  std::map<std::string, double> uses;  ///< of limits, by unit (without units: by all of its power)
  std::string source;
  bool assumed = false;
  std::string reason;
};

/// One step of the supply curve: so many accelerators a quarter at a price.
struct PlanChips : PlanKnowledge {
  std::string system, vendor;
  std::optional<base::SimTime> from, until;
  std::int64_t accelerators = 0;  ///< a quarter
  std::optional<units::Money> price;
  std::optional<units::Quantity<units::kComputeRate>> training;  ///< of one accelerator, useful FLOP/s
  std::optional<double> tokens_per_s;                            ///< served by one accelerator
  std::map<std::string, double> uses;                            ///< of limits, by a thousand accelerators
  std::string source;
  bool assumed = false;
  std::string reason;
};

/// What options use together: crews, turbines, packages of a foundry.
struct PlanLimit : PlanKnowledge {
  std::string name;
  double maximum = 0;
  std::optional<base::SimTime> from, until;
  bool in_all = false;  ///< summed over the time; else at any time
  std::string source;
};

/// How the buildings of a phase are paid for.
struct PlanFinancing {
  std::string name;
  double own_share = 0;        ///< of the construction cost
  std::optional<double> rate;  ///< a year, that the owner of the rest asks
  std::optional<units::Time> term;
  std::optional<units::Money> maximum;  ///< capital of others, in all
  std::optional<double> control;        ///< share of the votes that stays ours; for the record
  std::string source;
};

/// What was thought to be there to spend in a year, instead of the scenario's.
struct PlanBudget : PlanKnowledge {
  std::int64_t year = 0;
  units::Money capex;
  std::string source;
};

struct PlanTarget {
  std::optional<std::int64_t> accelerators;
  std::optional<units::Power> power;  ///< at the meter, in service
  std::optional<units::Quantity<units::kCompute>> training_flop;
  std::optional<double> tokens;
  std::string model;  ///< to be trained on `model_tokens`
  std::optional<double> model_tokens;
};

/// One case of how long building takes.
struct PlanCase {
  std::string name;
  double lead_factor = 1;
  double probability = 0;
};

/// The cash of an owner.
struct PlanMoney {
  std::optional<units::Quantity<units::kMoney / units::kTime>> revenue;  ///< of a sold accelerator
  std::optional<double> sold;                                            ///< share of accelerator-hours
  std::optional<double> revenue_trend;                                   ///< a year
  std::optional<double> escalation;                                      ///< of running costs, a year
  std::optional<double> debt_share;                                      ///< of capital
  std::optional<double> debt_rate;
  std::optional<units::Time> debt_term;
  std::optional<double> tax_rate;
};

struct PlanTable {
  std::string maximize, minimize;
  std::optional<base::SimTime> by;
  std::optional<base::SimTime> begin;  ///< no order before; empty: the scenario's start
  std::string step;                    ///< "month", "quarter" (if empty), "year"
  std::optional<double> mfu;           ///< of the dense 16-bit peak, for training_flop
  std::string serve_model;             ///< whose tokens count; its plan is searched for each system
  std::optional<double> load;          ///< mean over largest draw; empty: the catalogue's
  std::optional<double> discount_rate;
  std::optional<bool> carry_over;       ///< of what a year leaves of its budget
  std::optional<base::SimTime> decide;  ///< robust: orders before are made now, later ones knowing the case
  PlanTarget target;
  PlanMoney money;
  std::vector<PlanPhase> phases;
  std::vector<PlanSupply> supply;
  std::vector<PlanChips> chips;
  std::vector<PlanLimit> limits;
  std::vector<PlanFinancing> financing;
  std::vector<PlanCase> cases;
  std::vector<PlanBudget> budgets;

  bool given() const { return !phases.empty() || !chips.empty() || !supply.empty(); }
};

void fields(config::FieldVisitor& v, PlanPhase& x);
void fields(config::FieldVisitor& v, PlanSupply& x);
void fields(config::FieldVisitor& v, PlanChips& x);
void fields(config::FieldVisitor& v, PlanLimit& x);
void fields(config::FieldVisitor& v, PlanFinancing& x);
void fields(config::FieldVisitor& v, PlanTarget& x);
void fields(config::FieldVisitor& v, PlanCase& x);
void fields(config::FieldVisitor& v, PlanBudget& x);
void fields(config::FieldVisitor& v, PlanMoney& x);
void fields(config::FieldVisitor& v, PlanTable& x);

/// The keys of a candidate that a `[[site.phase]]` does not have.
inline constexpr std::string_view kPlanPhaseKeys[] = {"site",     "least_power", "latest",    "required",
                                                      "requires", "systems",     "financing", "uses",
                                                      "known",    "outdated",    "begun"};

}  // namespace gigawatt::scenario
