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

using results::Frame;
using results::Metric;
using results::Series;
using results::Statistic;
using results::SubjectKind;

const Frame::Named& subject_of(const Claim& claim, const Frame& frame) {
  return claim.site_id.valid() ? frame.subject(SubjectKind::kSite, claim.site_id.index())
                               : frame.subject(SubjectKind::kFleet);
}

/// The series in which a capacity is found; that of a site where the claim names one.
std::optional<Series> capacity_series(ClaimQuantity quantity) {
  switch (quantity) {
    case kAcceleratorsTotal:
    case kSiteAccelerators: return Series::kAccelerators;
    case kFacilityPower:
    case kSiteFacilityPower: return Series::kEnergizedFacilityPower;
    case kItPower:
    case kSiteItPower: return Series::kEnergizedItPower;
    default: return std::nullopt;
  }
}

/// What of a site's power at the end of a month comes only after a day in it. A site grows by its phases at most.
double after_day(const fleet::SiteResult& site, std::size_t month, base::SimTime at, base::SimTime end) {
  double later = 0;
  for (const auto& milestone : site.milestones)
    if (milestone.facility_w > 0 && milestone.date > at && milestone.date < end)
      later += milestone.facility_w;
  const auto& series = site.energized_facility_w_end;
  const double before = month > 0 ? series[month - 1] : 0;
  return std::min(later, std::max(0.0, series[month] - before));
}

/// The same of all sites, or of the claim's, in W at the meter or at the racks as the series has it.
double power_after_day(const Claim& claim, Series series, std::size_t month,
                       const fleet::FleetResult& result) {
  const base::SimTime end = month + 1 < result.months.size() ? result.months[month + 1] : result.end;
  double later = 0;
  for (std::size_t s = 0; s < result.sites.size(); ++s) {
    const auto& site = result.sites[s];
    if ((claim.site_id.valid() && claim.site_id.index() != s) ||
        month >= site.energized_facility_w_end.size())
      continue;
    const double facility_w = site.energized_facility_w_end[month];
    const bool it = series == Series::kEnergizedItPower && month < site.energized_it_w_end.size();
    const double share = it && facility_w > 0 ? site.energized_it_w_end[month] / facility_w : 1;
    later += share * after_day(site, month, *claim.at, end);
  }
  return later;
}

std::optional<double> capacity(ClaimQuantity quantity, const Claim& claim, const fleet::FleetResult& result,
                               const Frame& frame) {
  const auto series = capacity_series(quantity);
  const auto month = month_of(result, claim.at.value_or(result.end));
  if (!series || !month) return std::nullopt;
  const results::Record* record = frame.find(subject_of(claim, frame), *series);
  const double value = record && *month < record->count ? frame.raw(*record, Statistic::kNominal, *month) : 0;
  const bool power = *series == Series::kEnergizedFacilityPower || *series == Series::kEnergizedItPower;
  return power && claim.at ? value - power_after_day(claim, *series, *month, result) : value;
}

std::optional<double> capex(ClaimQuantity quantity, const Claim& claim, const fleet::FleetResult& result,
                            const ClaimInputs& inputs) {
  const base::SimTime at = claim.at.value_or(result.end);
  const int year = base::civil(at).year;
  const bool yearly = quantity == kCapexYear;
  const base::SimTime from = yearly ? base::SimTime::from_date(year, 1, 1) : result.start;
  const base::SimTime to = yearly ? base::SimTime::from_date(year + 1, 1, 1) : std::min(at, result.end);
  // A year that the run covers only in part cannot be compared.
  if (from < result.start || to > result.end) return std::nullopt;
  // A site is as dear as all its owners make it; the company spends its own share.
  const auto& spent =
      claim.site_id.valid() ? result.sites[claim.site_id.index()].capex_usd : result.fleet.own_capex_usd;
  double sum = 0;  // of the buckets that begin in [from, to)
  for (std::size_t m = 0; m < spent.size(); ++m)
    if (result.months[m] >= from && result.months[m] < to) sum += spent[m];
  if (claim.site_id.valid()) return sum;
  for (const auto& other : inputs.scenario.other_capex) {
    const auto day = base::SimTime::from_date(static_cast<int>(other.year), 1, 1);
    if (day >= from && day < to) sum += other.capex.si();
  }
  return sum;
}

/// In service and waiting for power, of one site or all, without what is rented.
std::optional<double> owned(const Claim& claim, const fleet::FleetResult& result, const ClaimInputs& inputs) {
  const auto month = month_of(result, claim.at.value_or(result.end));
  if (!month) return std::nullopt;
  double in_service = 0, waiting = 0;
  for (std::size_t s = 0; s < result.sites.size(); ++s) {
    if (claim.site_id.valid() && claim.site_id.index() != s) continue;
    const fleet::SiteResult& site = result.sites[s];
    if (*month < site.accelerators_end.size()) in_service += site.accelerators_end[*month];
    if (*month < site.accelerators_waiting_end.size()) waiting += site.accelerators_waiting_end[*month];
  }
  const base::SimTime at = claim.at.value_or(result.end);
  for (const auto& item : inputs.scenario.fleet)
    if (item.rent && (!claim.site_id.valid() || claim.site_id == item.site_id) && item.date <= at &&
        (!item.until || *item.until > at))
      in_service -= static_cast<double>(item.accelerators);
  if (claim.quantity == kAcceleratorsOwned) return in_service + waiting;
  return in_service + waiting > 0 ? std::optional(in_service / (in_service + waiting)) : std::nullopt;
}

/// What a job's claim is read from; whether it speaks of the whole job, which has no value until the job is done.
struct JobFigure {
  Metric metric;
  bool of_whole_job = false;
};

std::optional<JobFigure> job_figure(ClaimQuantity quantity) {
  switch (quantity) {
    case kStepTime: return JobFigure{Metric::kStepTime};
    case kMfu: return JobFigure{Metric::kMfu};
    case kGoodput: return JobFigure{Metric::kGoodput};
    case kInterruptions: return JobFigure{Metric::kInterruptions};
    case kEnergy: return JobFigure{Metric::kEnergy, true};
    case kCo2: return JobFigure{Metric::kCo2, true};
    default: return std::nullopt;
  }
}

/// Accelerator-hours at the rated power, in the carbon of the energy that the job took. Nothing where it took none.
std::optional<double> rated_co2_kg(const fleet::JobResult& job, const ClaimInputs& inputs) {
  const auto system = inputs.catalog.system(job.system);
  if (!system || !(job.facility_energy_j > 0)) return std::nullopt;
  const double rated_j = job.hours.total() * 3600 * inputs.catalog.accelerator_of(**system).tdp_w;
  return rated_j * job.co2_kg / job.facility_energy_j;
}

std::optional<double> of_job(const Claim& claim, const fleet::FleetResult& result, const Frame& frame,
                             const ClaimInputs& inputs) {
  const auto& job = result.jobs[claim.job_id.index()];
  const bool completed = job.status == fleet::JobStatus::kCompleted;
  if (claim.quantity == kCo2Rated) return completed ? rated_co2_kg(job, inputs) : std::nullopt;
  if (claim.quantity == kTrainingDays)
    return completed ? std::optional((job.end - job.start).to_seconds()) : std::nullopt;
  if (claim.quantity == kGpuHours) return completed ? std::optional(job.hours.total() * 3600) : std::nullopt;
  const auto figure = job_figure(claim.quantity);
  if (!figure || (figure->of_whole_job && !completed)) return std::nullopt;
  if (claim.quantity == kInterruptions && !job.started) return std::nullopt;
  const auto* record = frame.find(frame.subject(SubjectKind::kJob, claim.job_id.index()), figure->metric);
  const double value = record ? frame.raw(*record, Statistic::kNominal) : std::nan("");
  return std::isnan(value) ? std::nullopt : std::optional(value);
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

}  // namespace

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

namespace {

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

std::optional<double> claim_value(const Claim& claim, const fleet::FleetResult& result, const Frame& frame,
                                  const ClaimInputs& inputs) {
  switch (claim.quantity) {
    case kCapexYear:
    case kCapexTotal: return capex(claim.quantity, claim, result, inputs);
    case kFirstToCapacity: return months_ahead(claim, result, inputs);
    case kAcceleratorsOwned:
    case kOperatingShare: return owned(claim, result, inputs);
    case kRequiredPower: return required_power(claim, inputs);
    case kRatioTo: {
      Claim inner = claim;
      inner.quantity = claim.of;
      const auto value = claim_value(inner, result, frame, inputs);
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
    case kCo2Rated:
    case kInterruptions:
    case kGoodput: return of_job(claim, result, frame, inputs);
    default: return capacity(claim.quantity, claim, result, frame);
  }
}

}  // namespace gigawatt::engine
