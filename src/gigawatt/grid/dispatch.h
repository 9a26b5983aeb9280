#pragma once
/// Least-cost dispatch of a site by the hour. Units here: MW, MWh, USD; an hour is one step.
///
///     minimize   sum_t sum_i cost_i(t) g_i(t) + wear d(t) + sum_periods charge max_t in period g_peak(t)
///     subject to sum_i g_i(t) + d(t) - c(t) = load(t)
///                0 <= g_i(t) <= limit_i(t),   |g_i(t) - g_i(t-1)| <= ramp_i
///                s(t+1) = (1 - loss) s(t) + eta_c c(t) - d(t) / eta_d,   0 <= s <= energy,  0 <= c, d <= powers
///
/// Unserved load is a source too (cost: the value of lost load), so that an hour without enough supply has an answer.
/// Export is modelled by its buyer: a source of the export's price and limit in front of a load that is larger by the
/// limit (`add_export`). Standing loss counts from the first hour. The state of charge starts where it is told and ends at
/// or above `end_mwh`; `cyclic` lets the start be chosen, with the end equal to it.
///
/// Method. Without ramps and with at most one storage the hour's cost is a convex, piecewise linear function G_t of the
/// energy that goes into storage (the merit order, seen through the efficiencies; the lower hull where negative prices
/// make charging and discharging at once pay), and
///
///     V_t(s) = min_x G_t(x) + V_{t+1}((1 - loss) s + x)
///
/// is an inf-convolution: the segments of both functions merged by slope, cut to the limits of the state of charge. It is
/// exact and takes about half a microsecond per segment. The charge for the highest draw of a period enters as a cap M per
/// period; the cost is convex in M with the cap's dual values as its slope, and cutting planes find the best M.
///
/// Ramps are left to linear programs over windows that see the future through V_t, and the cost without ramps bounds the
/// answer from below (`bound`). Several storages, or `Method::kProgram`, take the whole year as one linear program.
///
/// Prices. With several optimal bases the marginal cost of a load is an interval: what one more costs, and what one less
/// saves. `price_high` and `price_low` hold the two ends for every hour, exactly, from the recursion's subdifferentials.

#include <cstddef>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"

namespace gigawatt::grid {

inline constexpr double kUnlimited = std::numeric_limits<double>::infinity();

struct Source {
  std::string name;
  std::vector<double> limit_mw;          ///< by hour, or one value
  std::vector<double> cost_usd_per_mwh;  ///< by hour, or one value; may be negative
  double ramp_mw = kUnlimited;           ///< from hour to hour
};

struct Storage {
  std::string name;
  double charge_mw = 0, discharge_mw = 0, energy_mwh = 0;
  double charge_efficiency = 1, discharge_efficiency = 1;
  double standing_loss = 0;     ///< of the state of charge, per hour
  double wear_usd_per_mwh = 0;  ///< of discharged energy
  double start_mwh = 0, end_mwh = 0;
  bool cyclic = false;
};

/// For the highest hour of each period.
struct PeakCharge {
  std::size_t source = 0;
  double usd_per_mw = 0;    ///< per period
  double least_mw = 0;      ///< billed at any draw
  std::vector<int> period;  ///< by hour, ascending from 0
};

struct Problem {
  std::vector<double> load_mw;
  std::vector<Source> sources;
  std::vector<Storage> storages;
  std::vector<PeakCharge> peaks;
  double constant_usd = 0;
};

/// Sells up to `limit_mw` at `price`: a source that stands for the buyer, in front of a larger load. Returns its index.
std::size_t add_export(Problem& problem, double limit_mw, const std::vector<double>& price);

enum class Method { kChoose, kProgram };

struct Dispatch {
  double cost_usd = 0;
  double bound_usd = 0;                        ///< no dispatch costs less
  std::vector<std::vector<double>> source_mw;  ///< by source and hour
  std::vector<std::vector<double>> charge_mw, discharge_mw;
  std::vector<std::vector<double>> state_mwh;  ///< at the start of each hour, and at the end
  std::vector<double> price_low, price_high;   ///< USD per MWh of load; empty where only a bound is known
  std::vector<double> peak_mw;                 ///< of the first peak charge, by period
  std::string method;                          ///< "merit order", "recursion", "windows", "linear program"

  double gap() const;  ///< (cost - bound) / |cost|
};

/// What is wrong with a problem is a diagnostic ("bad-dispatch"); a state of charge that cannot end where it must is one
/// too ("no-dispatch").
tl::expected<Dispatch, base::Diagnostics> dispatch(const Problem& problem, Method method = Method::kChoose);

/// By how much other limits move the cost of a solved problem; nothing where no dispatch exists then. Under ramps the
/// highest draws stay as they are or move as they do without ramps, whichever costs less.
std::vector<std::optional<double>> varied_costs(const Problem& problem, const Dispatch& solved,
                                                std::span<const std::function<void(Problem&)>> changes);

/// Largest violation of a balance, a limit or a storage's recursion, in MW or MWh.
double residual(const Problem& problem, const Dispatch& dispatch);

/// The cost of a dispatch by the problem's own costs.
double cost_of(const Problem& problem, const Dispatch& dispatch);

}  // namespace gigawatt::grid
