#pragma once
/// The storage recursion of dispatch.h: convex piecewise linear functions, merged by slope.

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "gigawatt/grid/dispatch.h"

namespace gigawatt::grid {

/// Value at `hour`, or the only one.
inline double at(const std::vector<double>& v, std::size_t hour) { return v.size() == 1 ? v[0] : v[hour]; }

/// A corner of an hour's cost over the energy that goes into storage.
struct Corner {
  double stored_mwh, cost_usd, charge_mw, discharge_mw;
};

struct Segment {
  double slope, length;
};

/// A closed interval of duals.
struct Interval {
  double low, high;
};

/// The recursion over one problem with at most one storage and no ramps; `caps` bound the peak's source by period.
class Recursion {
 public:
  explicit Recursion(const Problem& problem);

  struct Run {
    double cost_usd = 0;  ///< without the peak charge
    std::vector<double> stored_mwh, charge_mw, discharge_mw, state_mwh;
    std::vector<double> price_low, price_high;
    std::vector<double> cap_value;  ///< by period: cost per MW less of cap, at least 0
    /// By period (one, where nothing is charged by periods): its cost, the state at its start, and one consistent pair of
    /// duals: the period's cost changes by start_slope per MWh more at its start, and by -end_slope per MWh more that it
    /// hands over at its end.
    std::vector<double> period_usd, period_start_mwh, start_slope, end_slope;
  };

  /// From a given start to a given end (at least, or exactly); nothing where the end cannot be reached.
  std::optional<Run> run(std::span<const double> caps, double start_mwh, double end_mwh, bool exact_end);

  /// Cost alone.
  std::optional<double> cost(std::span<const double> caps, double start_mwh, double end_mwh, bool exact_end);

  /// Cost of the hours from `hour` on over the state at its start, as corners (state, cost); of the last run.
  std::vector<std::pair<double, double>> future(std::size_t hour) const;

  /// Outputs of the sources for a supply in an hour, by merit order.
  void split(std::size_t hour, double supply_mw, std::span<const double> caps,
             std::span<double> source_mw) const;

 private:
  struct Block {
    double cost, limit;
    std::size_t source;
  };
  struct Value {
    std::size_t begin = 0, count = 0;
    double left = 0, base = 0;
  };

  double limit(std::size_t source, std::size_t hour, std::span<const double> caps) const;
  void merit_order(std::size_t hour, std::span<const double> caps) const;
  double supply_cost(double supply_mw) const;
  void hour_curve(std::size_t hour, std::span<const double> caps);
  void plain_corners(double load_mw);
  void hull_corners(double load_mw);
  bool backward(std::span<const double> caps, double end_mwh, bool exact_end);
  bool merge(std::size_t hour);
  double value_at(std::size_t hour, double state_mwh) const;
  double step(std::size_t hour, double kept_mwh) const;
  Interval slopes_of_value(std::size_t hour, double state_mwh) const;
  Interval slopes_of_hour(std::size_t hour, double stored_mwh) const;
  void prices(std::span<const double> caps, Run& run) const;
  std::size_t period_of(std::size_t hour) const {
    return problem_.peaks.empty() ? 0 : static_cast<std::size_t>(problem_.peaks[0].period[hour]);
  }

  const Problem& problem_;
  Storage storage_;
  double keep_ = 1;
  std::size_t hours_;
  mutable std::vector<Block> blocks_;
  std::vector<Corner> corners_, scratch_;
  std::vector<std::size_t> corner_begin_;  ///< by hour; built backwards
  std::vector<std::size_t> corner_count_;
  std::vector<Segment> segments_, merged_;
  std::vector<Value> values_;  ///< V_t, t = 0 to hours
};

}  // namespace gigawatt::grid
