#include "gigawatt/engine/claim_report.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "gigawatt/base/quantile.h"
#include "gigawatt/engine/claim_band.h"
#include "gigawatt/engine/futures.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::engine {
namespace {

using analysis::Binding;
using analysis::Verdict;
using scenario::Claim;
using enum scenario::ClaimQuantity;

struct Display {
  std::string_view unit;
  double si_per_unit = 1;
};

Display display(const Claim& claim) {
  switch (claim.quantity) {
    case kItPower:
    case kFacilityPower:
    case kSiteFacilityPower:
    case kSiteItPower:
    case kRequiredPower: return {"MW", 1e6};
    case kCapexYear:
    case kCapexTotal: return {"USD", 1};
    case kStepTime: return {"s", 1};
    case kTrainingDays: return {"d", 86400};
    case kGpuHours: return {"GPU-h", 3600};
    case kEnergy: return {"MWh", 3.6e9};
    case kCo2:
    case kCo2Rated: return {"t", 1e3};
    case kMfu:
    case kOperatingShare:
    case kGoodput: return {"fraction", 1};
    case kFirstToCapacity: return {"months", 1};
    default: return {"", 1};
  }
}

std::string displayed(double si, const Display& d) {
  const double value = si / d.si_per_unit;
  if (d.unit == "USD") return fmt::format("{} billion USD", units::format_number(value / 1e9, 3));
  if (d.unit == "fraction") return fmt::format("{:.1f}%", value * 100);
  if (d.unit == "d") return fmt::format("{} days", units::format_number(value, 3));
  const std::string number = units::format_number(value, 3);
  return d.unit.empty() ? number : fmt::format("{} {}", number, d.unit);
}

/// What a site's last tranche before the instant, or else its next one, waited for longest.
Binding build_binding(const fleet::SiteResult& site, base::SimTime at) {
  const fleet::Milestone* energized = nullptr;
  for (const auto& m : site.milestones)
    if (m.facility_w > 0 && (energized == nullptr || energized->date < at)) energized = &m;
  if (energized == nullptr) return Binding::kTime;
  const fleet::Milestone* last = nullptr;
  for (const auto& m : site.milestones) {
    const bool civil_work = m.step == "permit" || m.step == "substation" || m.step == "shell" ||
                            m.step == "power" || m.step == "cooling";
    if (civil_work && m.phase == energized->phase && (last == nullptr || m.date > last->date)) last = &m;
  }
  if (last == nullptr) return Binding::kPower;
  return last->step == "shell" || last->step == "cooling" ? Binding::kShells
         : last->step == "permit"                         ? Binding::kTime
                                                          : Binding::kPower;
}

Binding limit_named(std::string_view limiting) {
  if (limiting == "power") return Binding::kPower;
  if (limiting == "chips") return Binding::kChips;
  if (limiting == "money") return Binding::kMoney;
  if (limiting == "shells") return Binding::kShells;
  return Binding::kNone;
}

Binding fleet_binding(const fleet::FleetResult& result, std::optional<std::size_t> month) {
  double waiting = 0;
  for (const auto& site : result.sites)
    if (month && *month < site.accelerators_waiting_end.size())
      waiting += site.accelerators_waiting_end[*month];
  return waiting > 0 ? Binding::kPower : Binding::kChips;
}

Binding binding_of(const Claim& claim, scenario::ClaimQuantity quantity, const fleet::FleetResult& result) {
  const base::SimTime at = claim.at.value_or(result.end);
  const auto* site = claim.site_id.valid() ? &result.sites[claim.site_id.index()] : nullptr;
  switch (quantity) {
    case kSiteFacilityPower:
    case kSiteItPower:
    case kFirstToCapacity: return build_binding(*site, at);
    case kSiteAccelerators: return limit_named(site->limiting);
    case kOperatingShare: return Binding::kPower;
    case kAcceleratorsOwned: return Binding::kChips;
    case kAcceleratorsTotal: return fleet_binding(result, month_of(result, at));
    case kCapexYear:
    case kCapexTotal: return Binding::kMoney;
    case kStepTime:
    case kMfu:
    case kTrainingDays:
    case kGpuHours: return Binding::kChips;
    case kInterruptions:
    case kGoodput: return Binding::kTime;
    case kRatioTo: return binding_of(claim, claim.of, result);
    default: return Binding::kPower;
  }
}

std::string_view relation_words(const Claim& claim) {
  switch (claim.relation) {
    case scenario::ClaimRelation::kAtLeast: return "at least ";
    case scenario::ClaimRelation::kAtMost: return "at most ";
    case scenario::ClaimRelation::kApproximately: return "about ";
    default: return "";
  }
}

std::string claimed_text(const Claim& claim, const Display& d) {
  if (claim.upper)
    return fmt::format("{} to {}", displayed(claim.value.si, d), displayed(claim.upper->si, d));
  return fmt::format("{}{}", relation_words(claim), displayed(claim.value.si, d));
}

std::string title_of(const fleet::SiteResult& site, const ClaimInputs& inputs) {
  for (const auto& s : inputs.scenario.sites)
    if (s.name == site.name && !s.title.empty()) return s.title;
  return site.name;
}

std::string why_nothing(const Claim& claim, const fleet::FleetResult& result) {
  if (claim.job_id.valid()) {
    const auto& job = result.jobs[claim.job_id.index()];
    if (!job.started)
      return fmt::format("{} does not start within the run: {}.", job.name, job.status_reason);
    if (job.status != fleet::JobStatus::kCompleted)
      return fmt::format("{} is not finished when the run ends.", job.name);
  }
  if (claim.quantity == kFirstToCapacity)
    return fmt::format("The site does not reach {} within the run.", displayed(claim.value.si, {"MW", 1e6}));
  if (claim.at && *claim.at > result.end)
    return fmt::format("{} lies beyond the end of the run, {}.", base::to_iso_date(*claim.at),
                       base::to_iso_date(result.end));
  return "The run does not cover what the claim is about.";
}

/// Of several futures the value is a median, but the day on which a capacity is reached is the nominal run's.
std::string explain_capacity(const Claim& claim, double value, const Display& d,
                             const fleet::FleetResult& result, const ClaimInputs& inputs, bool futures) {
  const auto& site = result.sites[claim.site_id.index()];
  std::string sentence =
      fmt::format("{} has {} energized on {}, claimed: {}", title_of(site, inputs), displayed(value, d),
                  base::to_iso_date(claim.at.value_or(result.end)), claimed_text(claim, d));
  if (claim.quantity == kSiteFacilityPower) {
    const std::string_view reached = futures ? "without delays it reaches" : "it reaches";
    const std::string_view missed = futures ? "even without delays it does not reach" : "it does not reach";
    if (const auto day = reaches(site, result, claim.value.si))
      sentence +=
          fmt::format("; {} {} on {}", reached, displayed(claim.value.si, d), base::to_iso_date(*day));
    else
      sentence +=
          fmt::format("; {} {} by {}", missed, displayed(claim.value.si, d), base::to_iso_date(result.end));
  }
  return sentence + ".";
}

std::string explain_required(const Claim& claim, double value, const Display& d,
                             const fleet::FleetResult& result, const ClaimInputs& inputs) {
  const double each = value / *claim.accelerators;
  const auto possible = each > 0 ? claim.value.si / each : 0;
  return fmt::format(
      "{} {} accelerators draw {} at the meter of {} ({} W each with network, conversion and cooling); "
      "{} would feed {}.",
      units::format_number(*claim.accelerators, 3), claim.system, displayed(value, d),
      title_of(result.sites[claim.site_id.index()], inputs), units::format_number(each, 3),
      displayed(claim.value.si, d), units::format_number(std::floor(possible), 3));
}

std::string explain_first(const Claim& claim, double months, const fleet::FleetResult& result,
                          const ClaimInputs& inputs) {
  const auto& site = result.sites[claim.site_id.index()];
  const auto day = reaches(site, result, claim.value.si);
  return fmt::format("{} reaches {} on {}, {:.1f} months {} the first of {}.", title_of(site, inputs),
                     displayed(claim.value.si, {"MW", 1e6}), day ? base::to_iso_date(*day) : "no day",
                     std::abs(months), months >= 0 ? "before" : "after", fmt::join(claim.rivals, ", "));
}

std::string explain(const Claim& claim, double value, const fleet::FleetResult& result,
                    const ClaimInputs& inputs, bool futures) {
  const Display d = display(claim);
  switch (claim.quantity) {
    case kSiteFacilityPower:
    case kSiteItPower:
    case kSiteAccelerators: return explain_capacity(claim, value, d, result, inputs, futures);
    case kRequiredPower: return explain_required(claim, value, d, result, inputs);
    case kFirstToCapacity: return explain_first(claim, value, result, inputs);
    case kRatioTo:
      return fmt::format("{:.2f} times {}, claimed: {}.", value, claim.reference, claimed_text(claim, d));
    default: break;
  }
  const std::string subject = claim.job_id.valid() ? result.jobs[claim.job_id.index()].name : "The fleet";
  const std::string when = claim.quantity == kCapexYear ? fmt::format(" in {}", base::civil(*claim.at).year)
                           : claim.at                   ? fmt::format(" on {}", base::to_iso_date(*claim.at))
                                                        : "";
  return fmt::format("{}{}: computed {}, claimed {}.", subject, when, displayed(value, d),
                     claimed_text(claim, d));
}

/// What the run computes for a claim, SI: of several futures their median and quantiles.
struct Computed {
  std::optional<double> nominal;
  std::optional<analysis::Estimate> estimate;
  bool has_interval = false;
};

Computed computed(const Claim& claim, std::size_t index,
                  std::span<const std::vector<std::optional<double>>> futures,
                  const fleet::FleetResult& nominal, const results::Frame& frame, const ClaimInputs& inputs) {
  Computed c;
  c.nominal = claim_value(claim, nominal, frame, inputs);
  std::vector<double> values;
  for (const auto& future : futures)
    if (future[index]) values.push_back(*future[index]);
  double value = 0, low = 0, high = 0;
  if (values.size() > 1) {
    std::sort(values.begin(), values.end());
    value = base::quantile(values, 0.5);
    low = base::quantile(values, 0.1);
    high = base::quantile(values, 0.9);
    c.has_interval = low < high || values.front() == values.back();
  } else if (c.nominal) {
    value = low = high = *c.nominal;
  } else {
    return c;
  }
  const Band band = sourced_band(claim, value, nominal, inputs, values.size() > 1);
  low = value - std::hypot(value - low, std::max(0.0, value - band.low));
  high = value + std::hypot(high - value, std::max(0.0, band.high - value));
  if (claim.quantity != kFirstToCapacity) {  // months, of either sign
    low = std::max(0.0, low);
    high = std::min(scenario::info(claim.quantity).most, high);
  }
  c.has_interval = c.has_interval || low < value || high > value;
  c.estimate = {value, low, high};
  return c;
}

/// Power that a site's phases will have when the last of them is open, though that be after the run.
double planned_power(const Claim& claim, const ClaimInputs& inputs) {
  double sum = 0;
  for (const auto& phase : inputs.scenario.sites[claim.site_id.index()].phases)
    sum += claim.quantity == kSiteItPower ? phase.it_power->si() : phase.facility_power->si();
  return sum;
}

/// A claim without a day about what a site will have: what is planned for later than the run may still make it true.
bool lies_ahead(const Claim& claim, const analysis::Statement& said, double value,
                const ClaimInputs& inputs) {
  const bool power = claim.quantity == kSiteFacilityPower || claim.quantity == kSiteItPower;
  const auto range = analysis::allowed(said);
  return power && !claim.at && value < range.low && planned_power(claim, inputs) >= range.low;
}

analysis::Statement statement(const Claim& claim) {
  // "First" is a claim of being ahead at all; its value is the capacity in question, not a lead.
  if (claim.quantity == kFirstToCapacity) return {analysis::Relation::kAtLeast, 0, 0, 0};
  return {static_cast<analysis::Relation>(claim.relation), claim.value.si, claim.upper ? claim.upper->si : 0,
          claim.tolerance};
}

}  // namespace

std::vector<std::optional<double>> claim_values(const fleet::FleetResult& result, const results::Frame& frame,
                                                const ClaimInputs& inputs) {
  std::vector<std::optional<double>> values;
  for (const auto& claim : inputs.scenario.claims)
    values.push_back(claim_value(claim, result, frame, inputs));
  return values;
}

std::vector<ClaimResult> judge_claims(const fleet::FleetResult& nominal, const results::Frame& frame,
                                      std::span<const std::vector<std::optional<double>>> futures,
                                      const ClaimInputs& inputs) {
  std::vector<ClaimResult> results;
  for (std::size_t i = 0; i < inputs.scenario.claims.size(); ++i) {
    const Claim& claim = inputs.scenario.claims[i];
    const Display d = display(claim);
    const analysis::Statement said = statement(claim);
    ClaimResult r;
    r.id = claim.id;
    r.unit = d.unit;
    r.claimed = said.value / d.si_per_unit;
    r.upper = said.upper / d.si_per_unit;
    const Computed c = computed(claim, i, futures, nominal, frame, inputs);
    if (c.nominal) r.nominal = *c.nominal / d.si_per_unit;
    r.has_interval = c.has_interval;
    if (c.estimate) {
      const auto& estimate = *c.estimate;
      // What is not modeled could add any amount: falling short of the statement then decides nothing.
      const bool open = claim.lower_bound || lies_ahead(claim, said, estimate.value, inputs);
      const double reach = open ? std::numeric_limits<double>::infinity() : estimate.high;
      r.verdict = analysis::judge(said, analysis::Estimate{estimate.value, estimate.low, reach});
      r.binding = binding_of(claim, claim.quantity, nominal);
      r.explanation = explain(claim, estimate.value, nominal, inputs, !futures.empty());
      if (lies_ahead(claim, said, estimate.value, inputs))
        r.explanation += fmt::format(" No day was named, and later phases bring it to {}.",
                                     displayed(planned_power(claim, inputs), d));
      if (r.turn = turning_input(claim, estimate.value, analysis::allowed(said), nominal, inputs); r.turn)
        r.explanation += fmt::format(" It {}.", r.turn->text);
      if (r.verdict != analysis::Verdict::kConsistent && !claim.note.empty())
        r.explanation += fmt::format(" Note: {}.", claim.note);
      if (claim.lower_bound) r.explanation += " This counts only what the scenario models: a lower bound.";
      r.estimate = {estimate.value / d.si_per_unit, estimate.low / d.si_per_unit,
                    estimate.high / d.si_per_unit};
    } else {
      r.explanation = why_nothing(claim, nominal);
      if (claim.at && *claim.at > nominal.end) r.binding = Binding::kTime;
    }
    results.push_back(std::move(r));
  }
  return results;
}

}  // namespace gigawatt::engine
