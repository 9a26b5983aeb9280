#include "gigawatt/engine/claim_value.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/site/node_power.h"

namespace gigawatt::engine {
namespace {

using scenario::Claim;
using scenario::ClaimQuantity;
using enum scenario::ClaimQuantity;

constexpr double kSecondsPerMonth = 30.4375 * 86400;

double at_month(const fleet::Series& series, std::size_t month) {
  return month < series.size() ? series[month] : 0;
}

template <typename Pick>
double sum_sites(const fleet::FleetResult& result, Pick pick) {
  double sum = 0;
  for (const auto& site : result.sites) sum += pick(site);
  return sum;
}

/// Spending in the buckets that begin in [from, to).
double spending(const fleet::NamedSeries& books, const fleet::FleetResult& result, base::SimTime from,
                base::SimTime to) {
  double sum = 0;
  for (const auto& [category, series] : books)
    for (std::size_t m = 0; m < series.size(); ++m)
      if (result.months[m] >= from && result.months[m] < to) sum += series[m];
  return sum;
}

std::optional<double> capacity(ClaimQuantity quantity, const Claim& claim, const fleet::FleetResult& result) {
  const auto month = claim.at ? month_of(result, *claim.at) : std::nullopt;
  if (!month) return std::nullopt;
  const std::size_t m = *month;
  const auto* site = claim.site_id.valid() ? &result.sites[claim.site_id.index()] : nullptr;
  switch (quantity) {
    case kAcceleratorsTotal: return at_month(result.fleet.accelerators_end, m);
    case kFacilityPower: return at_month(result.fleet.energized_facility_w_end, m);
    case kItPower: return sum_sites(result, [m](const auto& s) { return at_month(s.energized_it_w_end, m); });
    case kSiteFacilityPower: return at_month(site->energized_facility_w_end, m);
    case kSiteItPower: return at_month(site->energized_it_w_end, m);
    case kSiteAccelerators: return at_month(site->accelerators_end, m);
    default: return std::nullopt;
  }
}

std::optional<double> capex(ClaimQuantity quantity, const Claim& claim, const fleet::FleetResult& result) {
  const base::SimTime at = claim.at.value_or(result.end);
  const int year = base::civil(at).year;
  const bool yearly = quantity == kCapexYear;
  const base::SimTime from = yearly ? base::SimTime::from_date(year, 1, 1) : result.start;
  const base::SimTime to = yearly ? base::SimTime::from_date(year + 1, 1, 1) : std::min(at, result.end);
  // A year that the run covers only in part cannot be compared.
  if (from < result.start || to > result.end) return std::nullopt;
  if (!claim.site_id.valid()) return spending(result.fleet.capex_usd, result, from, to);
  return spending({{"site", result.sites[claim.site_id.index()].capex_usd}}, result, from, to);
}

std::optional<double> of_job(ClaimQuantity quantity, const fleet::JobResult& job) {
  if (quantity == kStepTime) return job.step_time_s > 0 ? std::optional(job.step_time_s) : std::nullopt;
  if (quantity == kMfu) return job.step_time_s > 0 ? std::optional(job.mfu) : std::nullopt;
  if (!job.started) return std::nullopt;
  if (quantity == kGoodput) return job.goodput;
  // A job that still runs has had these; what is about the whole job has no value yet.
  if (quantity == kInterruptions) return static_cast<double>(job.interruptions);
  if (job.status != fleet::JobStatus::kCompleted) return std::nullopt;
  switch (quantity) {
    case kTrainingDays: return (job.end - job.start).to_seconds();
    case kGpuHours: return job.hours.total() * 3600;
    case kEnergy: return job.facility_energy_j;
    case kCo2: return job.co2_kg;
    default: return std::nullopt;
  }
}

double watts_per_accelerator(const catalog::System& system) {
  return site::node_power(system).max_it_w() / system.accelerators_per_node.value;
}

std::optional<double> required_power(const Claim& claim, const ClaimInputs& inputs) {
  const auto system = inputs.catalog.system(inputs.scenario.systems[claim.system_id.index()]);
  const auto& site = inputs.scenario.sites[claim.site_id.index()];
  if (!system || !claim.accelerators) return std::nullopt;
  return *claim.accelerators * watts_per_accelerator(**system) *
         site.peak_overhead.value_or(site.pue.value_or(1));
}

std::optional<base::SimTime> rival_reaches(const std::string& name, double facility_w,
                                           const fleet::FleetResult& result,
                                           const catalog::Catalog& catalog) {
  for (const auto& site : result.sites)
    if (site.name == name) return reaches(site, result, facility_w);
  const auto known = catalog.site(name);
  if (!known) return std::nullopt;
  for (const auto& point : (*known)->capacity)
    if (point.facility_w.value >= facility_w) return base::parse_time(point.date);
  return std::nullopt;
}

std::optional<double> months_ahead(const Claim& claim, const fleet::FleetResult& result,
                                   const ClaimInputs& inputs) {
  const auto mine = reaches(result.sites[claim.site_id.index()], result, claim.value.si);
  if (!mine) return std::nullopt;
  // A rival that never gets there within what is known is behind by at least the rest of the period.
  base::SimTime first = result.end;
  for (const auto& rival : claim.rivals)
    if (const auto theirs = rival_reaches(rival, claim.value.si, result, inputs.catalog))
      first = std::min(first, *theirs);
  return (first - *mine).to_seconds() / kSecondsPerMonth;
}

RelativeBand of_sourced(const catalog::Sourced& number) {
  if (number.value <= 0) return {};
  return {number.low / number.value, number.high / number.value};
}

RelativeBand site_band(const scenario::Site& site, base::SimTime at) {
  RelativeBand band;
  for (const auto& point : site.published)
    if (point.date <= at && point.facility.si() > 0)
      band = {point.facility_low.si() / point.facility.si(), point.facility_high.si() / point.facility.si()};
  return band;
}

RelativeBand budget_band(const scenario::ResolvedScenario& scenario, int year) {
  for (const auto& budget : scenario.budget)
    if (budget.year == year && budget.low && budget.high && budget.capex.si() > 0)
      return {*budget.low / budget.capex, *budget.high / budget.capex};
  return {};
}

RelativeBand operator*(RelativeBand a, RelativeBand b) { return {a.low * b.low, a.high * b.high}; }

}  // namespace

std::optional<std::size_t> month_of(const fleet::FleetResult& result, base::SimTime at) {
  if (result.months.empty() || at < result.start || at > result.end) return std::nullopt;
  const auto after = std::lower_bound(result.months.begin(), result.months.end(), at);
  return after == result.months.begin() ? 0 : static_cast<std::size_t>(after - result.months.begin()) - 1;
}

std::optional<base::SimTime> reaches(const fleet::SiteResult& site, const fleet::FleetResult& result,
                                     double facility_w) {
  // Sums of tranches may miss a round figure by a rounding error.
  const double enough = facility_w * (1 - 1e-9);
  const auto& series = site.energized_facility_w_end;
  for (std::size_t m = 0; m < series.size(); ++m) {
    if (series[m] < enough) continue;
    base::SimTime day = result.months[m];
    const base::SimTime end = m + 1 < result.months.size() ? result.months[m + 1] : result.end;
    for (const auto& milestone : site.milestones)
      if (milestone.facility_w > 0 && milestone.date < end) day = std::max(day, milestone.date);
    return day;
  }
  return std::nullopt;
}

std::optional<double> claim_value(const Claim& claim, const fleet::FleetResult& result,
                                  const ClaimInputs& inputs) {
  switch (claim.quantity) {
    case kCapexYear:
    case kCapexTotal: return capex(claim.quantity, claim, result);
    case kFirstToCapacity: return months_ahead(claim, result, inputs);
    case kRequiredPower: return required_power(claim, inputs);
    case kRatioTo: {
      Claim inner = claim;
      inner.quantity = claim.of;
      const auto value = claim_value(inner, result, inputs);
      const auto fact = inputs.catalog.fact(claim.reference);
      if (!value || !fact || (*fact)->quantity.value.si == 0) return std::nullopt;
      return *value / (*fact)->quantity.value.si;
    }
    case kStepTime:
    case kMfu:
    case kTrainingDays:
    case kGpuHours:
    case kEnergy:
    case kCo2:
    case kInterruptions:
    case kGoodput: return of_job(claim.quantity, result.jobs[claim.job_id.index()]);
    default: return capacity(claim.quantity, claim, result);
  }
}

RelativeBand sourced_band(const Claim& claim, const fleet::FleetResult& result, const ClaimInputs& inputs) {
  switch (claim.quantity) {
    case kStepTime:
    case kTrainingDays:
    case kGpuHours:
    case kEnergy:
    case kCo2:
    case kMfu: {
      const auto& job = result.jobs[claim.job_id.index()];
      if (job.step_time_s <= 0) return {};
      const RelativeBand time = {job.step_time_low_s / job.step_time_s,
                                 job.step_time_high_s / job.step_time_s};
      return claim.quantity == kMfu ? RelativeBand{1 / time.high, 1 / time.low} : time;
    }
    case kSiteFacilityPower:
    case kSiteItPower: return site_band(inputs.scenario.sites[claim.site_id.index()], *claim.at);
    case kCapexYear: return budget_band(inputs.scenario, base::civil(*claim.at).year);
    case kRequiredPower: {
      const auto system = inputs.catalog.system(inputs.scenario.systems[claim.system_id.index()]);
      return system ? of_sourced((*system)->node_max_w) : RelativeBand{};
    }
    case kRatioTo: {
      Claim inner = claim;
      inner.quantity = claim.of;
      const auto fact = inputs.catalog.fact(claim.reference);
      if (!fact) return {};
      const auto& q = (*fact)->quantity;
      return sourced_band(inner, result, inputs) *
             RelativeBand{q.value.si / q.high.si, q.value.si / q.low.si};
    }
    default: return {};
  }
}

}  // namespace gigawatt::engine
