#pragma once
/// Many simulated futures of one scenario, merged figure by figure.
///
/// A future differs from the nominal run in its seed and in that lead times are drawn. Figures are walked in one
/// fixed order (`visit_figures`), so a future is a plain list of numbers and the merge does not depend on which
/// thread simulated what. Quantiles interpolate linearly between order statistics (type 7 of Hyndman and Fan 1996).

#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

#include "gigawatt/fleet/result.h"

namespace gigawatt::engine {

/// 10th, 50th and 90th percentile of each figure, in the shape of a result. A date that a future does not reach
/// is SimTime::max().
struct Bands {
  fleet::FleetResult low;
  fleet::FleetResult median;
  fleet::FleetResult high;
};

/// Seed of future `index` (from 0) of a run.
std::uint64_t future_seed(std::uint64_t seed, std::uint64_t index);

std::vector<double> sample(const fleet::FleetResult& result);

/// `shape` is any of the futures; the samples are theirs, in any number above zero.
Bands merge(const fleet::FleetResult& shape, std::span<const std::vector<double>> samples);

namespace detail {

/// A date as microseconds, infinite where it never comes.
template <typename Time, typename Visit>
void visit_date(Time& time, bool reached, Visit& visit) {
  double us = reached ? static_cast<double>(time.us) : std::numeric_limits<double>::infinity();
  visit(us);
  if constexpr (!std::is_const_v<Time>)
    time = us < 9e18 ? base::SimTime{static_cast<std::int64_t>(us)} : base::SimTime::max();
}

template <typename Series, typename Visit>
void visit_series(Series& series, Visit& visit) {
  for (auto& value : series) visit(value);
}

template <typename Named, typename Visit>
void visit_named(Named& named, Visit& visit) {
  for (auto& [name, series] : named) visit_series(series, visit);
}

}  // namespace detail

/// Calls `visit(double)` for each figure that varies between futures, in a fixed order.
template <typename Result, typename Visit>
void visit_figures(Result& r, Visit&& visit) {
  using detail::visit_named;
  using detail::visit_series;
  for (auto& site : r.sites) {
    for (auto* series : {&site.energized_facility_w_end, &site.energized_it_w_end, &site.load_it_w_mean,
                         &site.load_facility_w_mean, &site.accelerators_end})
      visit_series(*series, visit);
    for (auto* total : {&site.total_it_energy_j, &site.total_facility_energy_j, &site.total_water_m3,
                        &site.total_co2_kg, &site.total_capex_usd, &site.total_opex_usd, &site.pue})
      visit(*total);
    detail::visit_date(site.first_power, site.has_power, visit);
  }
  for (auto& job : r.jobs) {
    detail::visit_date(job.start, job.started, visit);
    detail::visit_date(job.end, job.status == fleet::JobStatus::kCompleted, visit);
    for (auto* figure : {&job.goodput, &job.tokens_done, &job.cost_usd, &job.facility_energy_j, &job.co2_kg})
      visit(*figure);
    for (auto& hours : job.hours.hours) visit(hours);
    double interruptions = static_cast<double>(job.interruptions);
    visit(interruptions);
    if constexpr (!std::is_const_v<Result>)
      job.interruptions = static_cast<std::int64_t>(interruptions + 0.5);
  }
  auto& fleet = r.fleet;
  visit_named(fleet.accelerators_by_generation_end, visit);
  visit_named(fleet.capex_usd, visit);
  visit_named(fleet.opex_usd, visit);
  for (auto* series : {&fleet.accelerators_end, &fleet.energized_facility_w_end, &fleet.load_it_w_mean,
                       &fleet.load_facility_w_mean, &fleet.facility_energy_j, &fleet.water_m3, &fleet.co2_kg,
                       &fleet.utilization, &fleet.goodput, &fleet.failures, &fleet.capex_cumulative_usd_end,
                       &fleet.opex_cumulative_usd_end})
    visit_series(*series, visit);
}

}  // namespace gigawatt::engine
