#include "gigawatt/engine/claim_band.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/engine/claim_value.h"
#include "gigawatt/engine/futures.h"

namespace gigawatt::engine {
namespace {

using scenario::Claim;
using enum scenario::ClaimQuantity;

/// Factors by which a value may be too high or too low.
struct Factors {
  double low = 1, high = 1;
  friend Factors operator*(Factors a, Factors b) { return {a.low * b.low, a.high * b.high}; }
};

Factors of_sourced(const catalog::Sourced& number) {
  if (number.value <= 0) return {};
  return {number.low / number.value, number.high / number.value};
}

/// Deviations below and above, of independent causes.
class Quadrature {
 public:
  void add(double below, double above) {
    below_ += below * below;
    above_ += above * above;
  }
  Band around(double value) const { return {value - std::sqrt(below_), value + std::sqrt(above_)}; }

 private:
  double below_ = 0, above_ = 0;
};

/// Accelerators that a source may have counted too high or too low, in [from, to).
struct CountBand {
  double count = 0, below = 0, above = 0;
  void add(double n, std::optional<double> low, std::optional<double> high) {
    count += n;
    below += n * (1 - low.value_or(1));
    above += n * (high.value_or(1) - 1);
  }
};

/// `bought`: without what is rented.
CountBand counted(const scenario::ResolvedScenario& s, base::SimTime from, base::SimTime to,
                  scenario::SiteId site, scenario::SystemId system, bool bought = false) {
  CountBand band;
  const auto wanted = [&](const auto& item) {
    return (!site.valid() || item.site_id == site) && (!system.valid() || item.system_id == system);
  };
  for (const auto& item : s.fleet)
    if (wanted(item) && !(bought && item.rent) && item.date >= from && item.date < to &&
        (!item.until || *item.until >= to))
      band.add(static_cast<double>(item.accelerators), item.low, item.high);
  for (const auto& delivery : s.deliveries)
    for (const auto& part : delivery.schedule)
      if (wanted(delivery) && part.date >= from && part.date < to)
        band.add(static_cast<double>(part.accelerators), delivery.low, delivery.high);
  return band;
}

Factors site_factors(const scenario::Site& site, base::SimTime at) {
  Factors f;
  for (const auto& point : site.published)
    if (point.date <= at && point.facility.si() > 0)
      f = {point.facility_low.si() / point.facility.si(), point.facility_high.si() / point.facility.si()};
  return f;
}

Band count_band(const Claim& claim, double value, base::SimTime at, const ClaimInputs& inputs) {
  const CountBand c = counted(inputs.scenario, base::SimTime{}, at, claim.site_id, {});
  return {value - c.below, value + c.above};
}

/// More owned at the same power are a smaller share, and the reverse.
Band operating_band(const Claim& claim, double value, base::SimTime at, const ClaimInputs& inputs) {
  const CountBand c = counted(inputs.scenario, base::SimTime{}, at, claim.site_id, {});
  if (c.count <= 0) return {value, value};
  return {value / (1 + c.above / c.count), std::min(1.0, value / std::max(1e-9, 1 - c.below / c.count))};
}

/// Sites of phases have published capacities; an existing region is as large as its fleet.
Band power_band(const Claim& claim, double value, base::SimTime at, const fleet::FleetResult& result,
                const ClaimInputs& inputs) {
  Quadrature parts;
  double total = 0, below = 0, above = 0;
  const auto month = month_of(result, at);
  if (!month) return {value, value};
  for (std::size_t i = 0; i < result.sites.size(); ++i) {
    if (claim.site_id.valid() && claim.site_id.index() != i) continue;
    const auto& series = result.sites[i].energized_facility_w_end;
    const double here = *month < series.size() ? series[*month] : 0;
    total += here;
    Factors f = site_factors(inputs.scenario.sites[i], at);
    if (inputs.scenario.sites[i].phases.empty()) {
      const CountBand c =
          counted(inputs.scenario, base::SimTime{}, at, scenario::SiteId(static_cast<std::uint32_t>(i)), {});
      if (c.count > 0) f = {1 - c.below / c.count, 1 + c.above / c.count};
    }
    below += std::pow(here * std::max(0.0, 1 - f.low), 2);
    above += std::pow(here * std::max(0.0, f.high - 1), 2);
  }
  if (total <= 0) return {value, value};
  return {value * (1 - std::sqrt(below) / total), value * (1 + std::sqrt(above) / total)};
}

double usd_per_accelerator(const catalog::System& s, double catalog::Sourced::* end) {
  return (s.node_price_usd.*end) / std::max(1.0, s.accelerators_per_node.value) +
         s.network_usd_per_accelerator.*end;
}

/// Accelerators of a system that came into service within [from, to), by the month ends of the run.
double bought(const fleet::FleetResult& result, const std::string& system, base::SimTime from,
              base::SimTime to) {
  double sum = 0;
  for (const auto& [name, series] : result.fleet.accelerators_by_system_end)
    for (std::size_t m = 0; name == system && m < series.size(); ++m)
      if (result.months[m] >= from && result.months[m] < to)
        sum += std::max(0.0, series[m] - (m > 0 ? series[m - 1] : series[m]));
  return sum;
}

double rented(const scenario::ResolvedScenario& s, scenario::SystemId system, base::SimTime from,
              base::SimTime to) {
  double sum = 0;
  for (const auto& item : s.fleet)
    if (item.rent && item.system_id == system && item.date >= from && item.date < to)
      sum += static_cast<double>(item.accelerators);
  return sum;
}

Band capex_band(const Claim& claim, double value, base::SimTime from, base::SimTime to,
                const fleet::FleetResult& result, const ClaimInputs& inputs) {
  Quadrature parts;
  if (!claim.site_id.valid())
    for (const auto& other : inputs.scenario.other_capex) {
      const auto day = base::SimTime::from_date(static_cast<int>(other.year), 1, 1);
      if (day >= from && day < to)
        parts.add((other.capex - other.low.value_or(other.capex)).si(),
                  (other.high.value_or(other.capex) - other.capex).si());
    }
  double counts_below = 0, counts_above = 0;
  for (std::uint32_t k = 0; k < inputs.scenario.systems.size(); ++k) {
    const auto system = inputs.catalog.system(inputs.scenario.systems[k]);
    if (!system) continue;
    const double each = usd_per_accelerator(**system, &catalog::Sourced::value);
    const double n = std::max(0.0, bought(result, inputs.scenario.systems[k], from, to) -
                                       rented(inputs.scenario, scenario::SystemId(k), from, to));
    const bool given = inputs.scenario.prices.accelerator.contains(inputs.scenario.systems[k]);
    if (!given)
      parts.add(n * (each - usd_per_accelerator(**system, &catalog::Sourced::low)),
                n * (usd_per_accelerator(**system, &catalog::Sourced::high) - each));
    const CountBand c = counted(inputs.scenario, from, to, claim.site_id, scenario::SystemId(k), true);
    counts_below += c.below * each;
    counts_above += c.above * each;
  }
  parts.add(counts_below, counts_above);
  return parts.around(value);
}

/// Of the site's PUE where the catalogue gives it; a PUE of the scenario's own has no band.
Factors pue_factors(const fleet::JobResult& job, const ClaimInputs& inputs) {
  for (const auto& site : inputs.scenario.sites) {
    if (site.name != job.site || !site.pue) continue;
    if (const auto known = inputs.catalog.site(site.catalog); known && (*known)->pue.value == *site.pue)
      return of_sourced((*known)->pue);
    if (const auto kind = inputs.catalog.cooling(site.cooling); kind && (*kind)->pue.value == *site.pue)
      return of_sourced((*kind)->pue);
  }
  return {};
}

Band job_band(const Claim& claim, double value, const fleet::FleetResult& result, const ClaimInputs& inputs,
              bool steps_drawn) {
  const auto& job = result.jobs[claim.job_id.index()];
  if (claim.quantity == kInterruptions) {
    const double chance = kEightyPercent * std::sqrt(std::max(value, 0.0));
    return {value - chance, value + chance};
  }
  if (claim.quantity == kGoodput) {
    if (job.interruptions <= 0) return {value, value};
    const double share = kEightyPercent / std::sqrt(static_cast<double>(job.interruptions));
    return {1 - (1 - value) * (1 + share), 1 - (1 - value) * std::max(0.0, 1 - share)};
  }
  if (job.step_time_s <= 0) return {value, value};
  Factors f;
  if (!steps_drawn) f = {job.step_time_low_s / job.step_time_s, job.step_time_high_s / job.step_time_s};
  if (claim.quantity == kMfu) f = {1 / f.high, 1 / f.low};
  if (claim.quantity == kEnergy || claim.quantity == kCo2) f = f * pue_factors(job, inputs);
  return {value * f.low, value * f.high};
}

/// First date at which a series of published points has this power.
std::optional<base::SimTime> published_date(const std::vector<scenario::CapacityPoint>& points, double watts,
                                            units::Power scenario::CapacityPoint::* which) {
  for (const auto& point : points)
    if ((point.*which).si() >= watts) return point.date;
  return std::nullopt;
}

std::vector<scenario::CapacityPoint> points_of(const std::string& name, const ClaimInputs& inputs) {
  for (const auto& site : inputs.scenario.sites)
    if (site.name == name) return site.published;
  std::vector<scenario::CapacityPoint> points;
  if (const auto known = inputs.catalog.site(name))
    for (const auto& point : (*known)->capacity)
      if (const auto date = base::parse_time(point.date))
        points.push_back({*date, units::Power(point.facility_w.low), units::Power(point.facility_w.value),
                          units::Power(point.facility_w.high), point.facility_w.source});
  return points;
}

/// The site at its earliest against the first rival at its latest, and the reverse.
Band first_band(const Claim& claim, double value, const fleet::FleetResult& result,
                const ClaimInputs& inputs) {
  using Point = scenario::CapacityPoint;
  const double watts = claim.value.si;
  const auto months = [](base::SimTime a, base::SimTime b) {
    return (a - b).to_seconds() / kSecondsPerMonth;
  };
  const auto shift = [&](const std::vector<Point>& points, units::Power Point::* which) {
    const auto central = published_date(points, watts, &Point::facility);
    const auto other = published_date(points, watts, which);
    return central && other ? months(*other, *central) : 0;
  };
  const auto& own = inputs.scenario.sites[claim.site_id.index()].published;
  base::SimTime first = result.end, earliest = result.end, latest = result.end;
  for (const auto& rival : claim.rivals) {
    const auto points = points_of(rival, inputs);
    first = std::min(first, published_date(points, watts, &Point::facility).value_or(result.end));
    earliest = std::min(earliest, published_date(points, watts, &Point::facility_high).value_or(result.end));
    latest = std::min(latest, published_date(points, watts, &Point::facility_low).value_or(result.end));
  }
  Quadrature parts;
  parts.add(std::max(0.0, months(first, earliest)), std::max(0.0, months(latest, first)));
  parts.add(std::max(0.0, shift(own, &Point::facility_low)),
            std::max(0.0, -shift(own, &Point::facility_high)));
  return parts.around(value);
}

Band required_band(const Claim& claim, double value, const ClaimInputs& inputs) {
  Factors f;
  if (const auto system = inputs.catalog.system(inputs.scenario.systems[claim.system_id.index()]))
    f = of_sourced((*system)->node_max_w);
  const auto& site = inputs.scenario.sites[claim.site_id.index()];
  if (const auto known = inputs.catalog.site(site.catalog);
      known && site.peak_overhead && (*known)->peak_overhead.value == *site.peak_overhead)
    f = f * of_sourced((*known)->peak_overhead);
  return {value * f.low, value * f.high};
}

}  // namespace

Band sourced_band(const Claim& claim, double value, const fleet::FleetResult& result,
                  const ClaimInputs& inputs, bool steps_drawn) {
  const base::SimTime at = claim.at.value_or(result.end);
  switch (claim.quantity) {
    case kOperatingShare: return operating_band(claim, value, at, inputs);
    case kAcceleratorsTotal:
    case kAcceleratorsOwned:
    case kSiteAccelerators: return count_band(claim, value, at, inputs);
    case kItPower:
    case kFacilityPower:
    case kSiteItPower:
    case kSiteFacilityPower: return power_band(claim, value, at, result, inputs);
    case kCapexYear: {
      const int year = base::civil(at).year;
      return capex_band(claim, value, base::SimTime::from_date(year, 1, 1),
                        base::SimTime::from_date(year + 1, 1, 1), result, inputs);
    }
    case kCapexTotal: return capex_band(claim, value, result.start, at, result, inputs);
    case kFirstToCapacity: return first_band(claim, value, result, inputs);
    case kRequiredPower: return required_band(claim, value, inputs);
    case kRatioTo: {
      Claim inner = claim;
      inner.quantity = claim.of;
      const auto fact = inputs.catalog.fact(claim.reference);
      if (!fact) return {value, value};
      const auto& q = (*fact)->quantity;
      const Band of = sourced_band(inner, value * q.value.si, result, inputs, steps_drawn);
      return {of.low / q.high.si, of.high / q.low.si};
    }
    default: return job_band(claim, value, result, inputs, steps_drawn);
  }
}

}  // namespace gigawatt::engine
