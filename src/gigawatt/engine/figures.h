#pragma once
/// Where each figure of a run is found in a simulated result: the tables of pickers from which a results::Frame is
/// filled.
///
/// A new metric of a site is two lines: its declaration in results/declarations.def (enumerator, name, unit, what it
/// is) and its picker in figures_site.cpp. Store, JSON, page, terminal, comparison of runs and reference values find
/// it by its name. Order matters to JSON: keys come in the order of the tables.

#include <limits>
#include <span>
#include <utility>

#include "gigawatt/engine/site_hours.h"
#include "gigawatt/fleet/result.h"
#include "gigawatt/results/frame.h"

namespace gigawatt::engine {

/// The figure of a subject that has none.
inline constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// One value of a subject. NaN: this subject has none.
template <typename Of>
struct Figure {
  results::Metric metric;
  double (*pick)(const Of&);
  results::Look look;
  /// The band that the physics state for the figure, beside which futures have nothing to say; null: none.
  std::pair<double, double> (*stated)(const Of&) = nullptr;
};

/// One value per month.
template <typename Of>
struct History {
  results::Series series;
  fleet::Series (*pick)(const Of&);
  results::Look look;
};

/// One value per month and category.
template <typename Of>
struct Categories {
  results::Series series;
  const fleet::NamedSeries& (*pick)(const Of&);
  results::Look look;
};

/// Amounts by name of the nominal run.
template <typename Of>
struct Accounts {
  results::Ledger ledger;
  fleet::NamedValues (*pick)(const Of&);
};

template <typename Of>
struct Tables {
  std::span<const Figure<Of>> figures;
  std::span<const History<Of>> histories;
  std::span<const Categories<Of>> categories;
  std::span<const Accounts<Of>> accounts;
};

Tables<fleet::SiteResult> site_tables();
Tables<fleet::JobResult> job_tables();
Tables<fleet::FleetResult> fleet_tables();
Tables<HourTotals> hour_tables();

/// Every figure of a result: the run, the fleet, the sites and the jobs in their order.
results::Frame frame_of(const fleet::FleetResult& result, const std::vector<HourTotals>& hours = {});

inline constexpr double kWattsPerMegawatt = 1e6;
inline constexpr double kJoulesPerMegawattHour = 3.6e9;
inline constexpr double kKilogramsPerTon = 1e3;
inline constexpr double kSecondsPerHour = 3600;
inline constexpr double kMicroseconds = 1e6;  ///< of a date, stored in seconds since 1970

/// A date as a figure: infinite where it never comes.
double date_figure(base::SimTime time, bool reached);
double last_month(const fleet::Series& series);
fleet::NamedValues named_hours(const fleet::AcceleratorHours& hours);

}  // namespace gigawatt::engine
