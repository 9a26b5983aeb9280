#include "gigawatt/engine/claim_turn.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/fleet/prices.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::engine {
namespace {

using scenario::Claim;
using enum scenario::ClaimQuantity;

std::string shown(double si, std::string_view unit) { return units::format_quantity(si, unit); }
std::string billions(double usd) { return units::format_number(usd / 1e9, 3) + " billion USD"; }
std::string percent(double factor) {
  return fmt::format("{:.0f}% {}", std::abs(factor - 1) * 100, factor > 1 ? "more" : "less");
}
std::string days_between(base::SimTime a, base::SimTime b) {
  const double days = std::abs((b - a).to_days());
  return days < 60 ? fmt::format("{:.0f} days", days) : fmt::format("{:.0f} months", days / 30.4375);
}

/// The end of the allowed values that lies nearest to `x`, on the other side of which the verdict differs.
std::optional<double> nearest_end(double x, analysis::AllowedRange allowed) {
  const bool low = std::isfinite(allowed.low), high = std::isfinite(allowed.high);
  if (!low && !high) return std::nullopt;
  if (!low) return allowed.high;
  if (!high) return allowed.low;
  return std::abs(x - allowed.low) <= std::abs(allowed.high - x) ? allowed.low : allowed.high;
}

/// Phases of a site in the order in which they are energized in the nominal run.
struct Opening {
  std::string path, title;
  base::SimTime date;
  double facility_w = 0, it_w = 0;
};
std::vector<Opening> openings(const scenario::ResolvedScenario& s, std::uint32_t site) {
  const std::array<double, scenario::kBuildStepCount> median{};
  std::vector<Opening> out;
  for (const auto& phase : s.sites[site].phases)
    out.push_back({fmt::format("site.{}.phase.{}", s.sites[site].name, phase.name),
                   phase.title.empty() ? phase.name : phase.title, build_dates(phase, median).energized,
                   phase.facility_power->si(), phase.it_power->si()});
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.date < b.date; });
  return out;
}

std::vector<Opening> all_openings(const scenario::ResolvedScenario& s) {
  std::vector<Opening> out;
  for (std::uint32_t i = 0; i < s.sites.size(); ++i) {
    auto here = openings(s, i);
    out.insert(out.end(), std::make_move_iterator(here.begin()), std::make_move_iterator(here.end()));
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.date < b.date; });
  return out;
}

std::optional<Turn> by_phase(const Claim& claim, double x, double end, base::SimTime at,
                             const ClaimInputs& inputs) {
  const bool it = claim.quantity == kSiteItPower || claim.quantity == kItPower ||
                  (claim.quantity == kRatioTo && (claim.of == kSiteItPower || claim.of == kItPower));
  const auto list = claim.site_id.valid()
                        ? openings(inputs.scenario, static_cast<std::uint32_t>(claim.site_id.index()))
                        : all_openings(inputs.scenario);
  const auto size = [&](const Opening& o) { return it ? o.it_w : o.facility_w; };
  if (x >= end) {
    // One of those before the instant, the latest first: without it the capacity falls short.
    for (auto o = list.rbegin(); o != list.rend(); ++o)
      if (o->date < at && x - size(*o) < end)
        return Turn{o->path, base::to_iso_date(o->date), base::to_iso_date(at),
                    fmt::format("turns if '{}' opens {} later than {}", o->title, days_between(o->date, at),
                                base::to_iso_date(o->date))};
    return std::nullopt;
  }
  double more = x;
  for (const auto& o : list) {
    if (o.date < at) continue;
    more += size(o);
    if (more >= end)
      return Turn{o.path, base::to_iso_date(o.date), base::to_iso_date(at),
                  fmt::format("turns if '{}' opens {} earlier than {}", o.title, days_between(at, o.date),
                              base::to_iso_date(o.date))};
  }
  return std::nullopt;
}

std::optional<Turn> by_count(const Claim& claim, double x, double end, base::SimTime at,
                             const ClaimInputs& inputs) {
  std::string path, name;
  double most = 0;
  const auto offer = [&](std::string key, const std::string& called, double count) {
    if (count <= most) return;
    most = count;
    path = std::move(key);
    name = called;
  };
  const auto here = [&](scenario::SiteId site) { return !claim.site_id.valid() || claim.site_id == site; };
  for (const auto& item : inputs.scenario.fleet)
    if (item.date < at && here(item.site_id))
      offer(fmt::format("fleet.{}.accelerators", item.name), item.name,
            static_cast<double>(item.accelerators));
  for (const auto& delivery : inputs.scenario.deliveries) {
    double sum = 0;
    for (const auto& part : delivery.schedule)
      if (part.date < at && here(delivery.site_id)) sum += static_cast<double>(part.accelerators);
    offer("delivery." + delivery.name, delivery.name, sum);
  }
  const double wanted = most + end - x;
  if (most <= 0 || wanted < 0) return std::nullopt;
  return Turn{path, units::format_number(most, 15), units::format_number(std::round(wanted), 15),
              fmt::format("turns if '{}' brings {} until then instead of {} ({})", name,
                          units::format_number(std::round(wanted), 15), units::format_number(most, 15),
                          percent(wanted / most))};
}

std::optional<Turn> by_other_capex(double x, double end, int year, const ClaimInputs& inputs) {
  for (const auto& other : inputs.scenario.other_capex) {
    const double wanted = other.capex.si() + end - x;
    if (other.year != year || wanted < 0) continue;
    return Turn{fmt::format("other_capex.{}.capex", year), shown(other.capex.si(), "GUSD"),
                shown(wanted, "GUSD"),
                fmt::format("turns if what the scenario does not build cost {} instead of {}",
                            billions(wanted), billions(other.capex.si()))};
  }
  return std::nullopt;
}

std::optional<Turn> by_money(const Claim& claim, double x, double end, base::SimTime at,
                             const ClaimInputs& inputs) {
  const int year = base::civil(at).year;
  if (auto turn = by_other_capex(x, end, year, inputs); turn && !claim.site_id.valid()) return turn;
  if (x <= 0) return std::nullopt;
  return Turn{"prices", shown(x, "GUSD"), shown(end, "GUSD"),
              fmt::format("turns if everything that is built cost {}", percent(end / x))};
}

std::optional<Turn> by_job(const Claim& claim, double x, double end, const fleet::FleetResult& result,
                           const ClaimInputs& inputs) {
  const auto& job = result.jobs[claim.job_id.index()];
  const double f = end / x;
  if (!(x > 0) || !(f > 0) || !std::isfinite(f)) return std::nullopt;
  const auto step = [&](double factor) {
    const double to = job.step_time_s * factor;
    return Turn{
        "step time of " + job.name, shown(job.step_time_s, "s"), shown(to, "s"),
        fmt::format("turns if a step took {} instead of {}", shown(to, "s"), shown(job.step_time_s, "s"))};
  };
  switch (claim.quantity) {
    case kMfu: return step(1 / f);
    case kStepTime:
    case kTrainingDays:
    case kGpuHours:
    case kEnergy:
    case kCo2Rated: return step(f);
    case kCo2:
      for (const auto& site : inputs.scenario.sites)
        // With supplies that emit on their own no one number says what a joule emits.
        if (site.name == job.site && job.facility_energy_j > 0 &&
            !fleet::any_own(fleet::supply_offers(site, inputs.catalog))) {
          const double now = job.co2_kg / job.facility_energy_j;
          return Turn{fmt::format("site.{}.carbon_intensity", site.name), shown(now, "kg/kWh"),
                      shown(now * f, "kg/kWh"),
                      fmt::format("turns if electricity emitted {} instead of {}", shown(now * f, "kg/kWh"),
                                  shown(now, "kg/kWh"))};
        }
      return step(f);
    case kInterruptions:
      return Turn{"failures.rate_scale", "1", units::format_number(f, 3),
                  fmt::format("turns if things failed {:.2g} times as often", f)};
    case kGoodput:
      if (x < 1 && end < 1)
        return Turn{"failures.rate_scale", "1", units::format_number((1 - end) / (1 - x), 3),
                    fmt::format("turns if stops cost {:.2g} times as much", (1 - end) / (1 - x))};
      return std::nullopt;
    default: return std::nullopt;
  }
}

std::optional<Turn> by_rival(const Claim& claim, double months, const fleet::FleetResult& result,
                             const ClaimInputs& inputs) {
  const auto mine = reaches(result.sites[claim.site_id.index()], result, claim.value.si);
  if (!mine) return std::nullopt;
  std::vector<std::pair<base::SimTime, std::string>> dates;
  for (const auto& rival : claim.rivals)
    if (const auto date = rival_reaches(rival, claim.value.si, result, inputs.catalog))
      dates.emplace_back(*date, rival);
  if (dates.empty()) return std::nullopt;
  std::sort(dates.begin(), dates.end());
  const auto day = base::to_iso_date(*mine);
  if (months >= 0)
    return Turn{dates.front().second, base::to_iso_date(dates.front().first), day,
                fmt::format("turns if {} is there before {} instead of {}", dates.front().second, day,
                            base::to_iso_date(dates.front().first))};
  const auto ahead =
      std::count_if(dates.begin(), dates.end(), [&](const auto& d) { return d.first < *mine; });
  return Turn{
      "site." + inputs.scenario.sites[claim.site_id.index()].name, day,
      base::to_iso_date(dates.front().first),
      fmt::format("turns if it had {} by {} instead of {}: {} {} before it", shown(claim.value.si, "MW"),
                  base::to_iso_date(dates.front().first), day, ahead, ahead == 1 ? "site is" : "sites are")};
}

std::optional<Turn> by_node_power(const Claim& claim, double x, double end, const ClaimInputs& inputs) {
  const auto system = inputs.catalog.system(inputs.scenario.systems[claim.system_id.index()]);
  if (!system || !(x > 0)) return std::nullopt;
  const double each = x / claim.accelerators.value_or(1);
  return Turn{"node_max_power of " + (*system)->name, shown(each, "W"), shown(each * end / x, "W"),
              fmt::format("turns if one accelerator took {} at the meter instead of {}",
                          shown(each * end / x, "W"), shown(each, "W"))};
}

/// With as many in service, another number that waits for power.
std::optional<Turn> by_waiting(const Claim& claim, double end, base::SimTime at,
                               const fleet::FleetResult& result) {
  const auto month = month_of(result, at);
  if (!month || !(end > 0)) return std::nullopt;
  double in_service = 0, waiting = 0;
  for (std::size_t s = 0; s < result.sites.size(); ++s) {
    if (claim.site_id.valid() && claim.site_id.index() != s) continue;
    const fleet::SiteResult& site = result.sites[s];
    if (*month < site.accelerators_end.size()) in_service += site.accelerators_end[*month];
    if (*month < site.accelerators_waiting_end.size()) waiting += site.accelerators_waiting_end[*month];
  }
  const double wanted = std::round(in_service / end - in_service);
  if (wanted < 0) return std::nullopt;
  const auto count = [](double x) { return units::format_number(x, 15); };
  return Turn{
      "accelerators that wait for power", count(waiting), count(wanted),
      fmt::format("turns if {} accelerators waited for power instead of {}", count(wanted), count(waiting))};
}

}  // namespace

std::optional<Turn> turning_input(const Claim& claim, double value, analysis::AllowedRange allowed,
                                  const fleet::FleetResult& result, const ClaimInputs& inputs) {
  if (claim.quantity == kFirstToCapacity) return by_rival(claim, value, result, inputs);
  const auto end = nearest_end(value, allowed);
  if (!end || !std::isfinite(value)) return std::nullopt;
  const base::SimTime at = claim.at.value_or(result.end);
  if (claim.quantity == kRatioTo) {
    const auto fact = inputs.catalog.fact(claim.reference);
    if (!fact || !((*fact)->quantity.value.si > 0) || !(*end > 0)) return std::nullopt;
    const double of = (*fact)->quantity.value.si, turned = of * value / *end;
    if (turned >= (*fact)->quantity.low.si && turned <= (*fact)->quantity.high.si)
      return Turn{"fact " + claim.reference, units::format_number(of, 4), units::format_number(turned, 4),
                  fmt::format("turns if the {} were {}", claim.reference, percent(turned / of))};
    Claim inner = claim;
    inner.quantity = claim.of;
    return turning_input(inner, value * of, {allowed.low * of, allowed.high * of}, result, inputs);
  }
  switch (claim.quantity) {
    case kSiteFacilityPower:
    case kSiteItPower:
      return inputs.scenario.sites[claim.site_id.index()].phases.empty()
                 ? by_count(claim, value, *end, at, inputs)
                 : by_phase(claim, value, *end, at, inputs);
    case kAcceleratorsTotal:
    case kAcceleratorsOwned:
    case kSiteAccelerators: return by_count(claim, value, *end, at, inputs);
    case kCapexYear:
    case kCapexTotal: return by_money(claim, value, *end, at, inputs);
    case kRequiredPower: return by_node_power(claim, value, *end, inputs);
    case kItPower:
    case kFacilityPower: return by_phase(claim, value, *end, at, inputs);
    case kOperatingShare: return by_waiting(claim, *end, at, result);
    default: return by_job(claim, value, *end, result, inputs);
  }
}

}  // namespace gigawatt::engine
