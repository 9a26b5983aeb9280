#pragma once
/// What a planner is asked: periods, options, limits and a goal, as numbers that a program can take.
///
/// Units: MW, thousands of accelerators ("k"), millions of dollars ("MUSD"), hours; a goal's weights are scaled by whoever
/// makes the problem so that a good plan is of the order of 1 to 1e6. Money is by year, because budgets are. A period
/// is named by its first instant: what is "available in period t" is there when t begins, and orders are made then. A
/// period number equal to the number of periods means "not within the horizon".

#include <optional>
#include <string>
#include <vector>

#include "gigawatt/solver/model.h"

namespace gigawatt::planner {

/// So much of a limit.
struct Use {
  int limit = 0;
  double amount = 0;
};

/// One way to build a phase: when it begins and how it is paid.
struct Choice {
  int order = 0;              ///< period in which it begins
  int energized = 0;          ///< first period with its power
  int service = 0;            ///< first period in which accelerators can be installed
  int financing = -1;         ///< -1: own capital
  std::vector<double> capex;  ///< MUSD per MW at the meter, by year
  double others = 0;          ///< MUSD per MW, capital of others
  double cost = 0;  ///< MUSD per MW over the horizon: capital, staff, rent, energy without load; discounted
};

struct PhaseOption {
  std::string name;
  int site = 0;
  double least = 0, most = 0;  ///< MW at the meter
  bool required = false;
  std::vector<int> after;    ///< phases that must have begun by then
  std::vector<int> systems;  ///< that it can hold, one of them
  std::vector<Choice> choices;
  std::vector<Use> uses;  ///< while it is built, at its largest size
};

/// One date at which a supply can be ordered.
struct SupplyOrder {
  int order = 0;
  int available = 0;
  std::vector<double> capex;  ///< MUSD per MW, by year
  double cost = 0;            ///< MUSD per MW, discounted
};

struct SupplyOption {
  std::string name;
  int site = 0;
  double most = 0;                     ///< MW, over all orders
  double unit = 0;                     ///< MW; 0: any amount
  std::optional<double> energy_price;  ///< MUSD per MWh; empty: the site's
  double carbon_price = 0;             ///< what its carbon costs more than the site's, MUSD per MWh
  std::vector<SupplyOrder> orders;
  std::vector<Use> uses;  ///< by unit, or all of `most`

  bool priced() const { return energy_price.has_value() || carbon_price != 0; }
};

/// Accelerators of one kind, by the thousand.
struct System {
  std::string name;
  double it_mw = 0;  ///< largest draw of a thousand
  /// What a thousand that are installed in a period do until the goal's date.
  std::vector<double> training, tokens, count;
};

/// What a step of a supply curve offers in one period.
struct Lot {
  int period = 0;
  double most = 0;   ///< k
  double capex = 0;  ///< MUSD per k
  double cost = 0;   ///< MUSD per k over the horizon: capital and maintenance, discounted
  int year = 0;      ///< index of the year that pays
};

struct Offer {
  std::string name, vendor;
  int system = 0;
  double lot = 0;  ///< k; 0: any amount, else whole lots
  std::vector<Lot> lots;
  std::vector<Use> uses;  ///< by k
};

struct Site {
  std::string name;
  double overhead = 1;  ///< facility over IT power at the largest draw
  std::vector<double>
      mean_load;  ///< by period: mean facility power that goes with the load, over the largest IT
                  ///< draw of what is installed; empty: 1
  double no_load =
      0;  ///< what energized phases draw at any load, over their power at the meter; in the choices' cost
  std::vector<double> supply;  ///< MW at the meter by period without any option; infinite: as much as needed
  std::vector<double> energy_price;  ///< MUSD per MWh by period, of all but priced options
  std::vector<double>
      other_price;           ///< MUSD per MWh that goes with the load, by period: water, carbon; empty: none
  double no_load_price = 0;  ///< MUSD per MWh that does not go with the load, besides energy: carbon

  double load(int period) const {
    return mean_load.empty() ? 1 : mean_load[static_cast<std::size_t>(period)];
  }
  double price(int period) const {
    const auto t = static_cast<std::size_t>(period);
    return energy_price[t] + (other_price.empty() ? 0 : other_price[t]);
  }
};

struct Period {
  std::string name;
  double hours = 0;
  double discount = 1;  ///< of money in it
};

struct Budget {
  std::string name;                  ///< "2027"
  double capex = solver::kInfinity;  ///< MUSD
  double committed = 0;              ///< of it, by what has begun
};

struct Limit {
  std::string name;
  double maximum = 0;
  int from = 0, until = 0;  ///< periods [from, until)
  bool in_all = false;
};

struct Financing {
  std::string name;
  double maximum = solver::kInfinity;  ///< MUSD of others' capital
};

enum class Quantity { kTraining, kTokens, kAccelerators, kPower, kCost };

struct Target {
  Quantity quantity = Quantity::kAccelerators;
  double amount = 0;  ///< at least, in the problem's unit
};

struct Problem {
  std::vector<Period> periods;
  std::vector<Budget> years;
  std::vector<Site> sites;
  std::vector<System> systems;
  std::vector<PhaseOption> phases;
  std::vector<SupplyOption> supply;
  std::vector<Offer> offers;
  std::vector<Limit> limits;
  std::vector<Financing> financing;
  int by = 0;                           ///< last period that counts for power
  Quantity goal = Quantity::kTraining;  ///< maximized; kCost: minimized
  std::vector<Target> targets;
  bool carry_over = false;  ///< what a year leaves of its budget can be spent later
  bool waiting = false;     ///< accelerators may arrive before there is room for them

  int horizon() const { return static_cast<int>(periods.size()); }
};

}  // namespace gigawatt::planner
