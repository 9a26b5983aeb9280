#include <algorithm>
#include <cmath>
#include <limits>

#include "gigawatt/base/check.h"
#include "gigawatt/scenario/as_of.h"
#include "gigawatt/scenario/site.h"

namespace gigawatt::scenario {
namespace {

constexpr double kLongestLead = 1000 * 365.2425 * 86400;  // s; a far tail must not leave the calendar

constexpr bool energizes(std::size_t step) { return step <= static_cast<std::size_t>(BuildStep::kCooling); }

}  // namespace

BuildDates build_dates(const Phase& phase, std::span<const double, kBuildStepCount> deviates) {
  BuildDates out;
  unsigned pending = 0;
  for (std::size_t i = 0; i < kBuildStepCount; ++i)
    if (phase.resolved[i].modeled) pending |= 1u << i;
  std::optional<base::SimTime> energized, in_service;
  // Each round settles at least one step; resolution has refused cycles.
  for (std::size_t round = 0; round < kBuildStepCount && pending != 0; ++round)
    for (std::size_t i = 0; i < kBuildStepCount; ++i) {
      const ResolvedStep& step = phase.resolved[i];
      if ((pending >> i & 1u) == 0 || (step.after & pending) != 0) continue;
      base::SimTime ready = phase.begin;
      for (std::size_t k = 0; k < kBuildStepCount; ++k)
        if (step.after >> k & 1) ready = std::max(ready, out.done[k]);
      // What was observed waits for nothing any more.
      const bool history = step.date && phase.as_of && *step.date <= *phase.as_of;
      out.done[i] = history ? *step.date
                    : step.date
                        ? std::max(drawn_date(*step.date, phase.as_of, step.sigma, deviates[i]), ready)
                        : ready + base::Duration::seconds(std::min(
                                      kLongestLead, drawn_lead(step, ready, phase.as_of, deviates[i])));
      if (energizes(i)) energized = std::max(energized.value_or(out.done[i]), out.done[i]);
      in_service = std::max(in_service.value_or(out.done[i]), out.done[i]);
      pending &= ~(1u << i);
    }
  GW_CHECK(pending == 0 && in_service, "phase '{}' has no order of building", phase.name);
  out.in_service = *in_service;
  out.energized = energized.value_or(out.in_service);
  return out;
}

units::Power supply_limit(const Site& site, base::SimTime t) {
  if (site.supply.empty()) return units::Power(std::numeric_limits<double>::infinity());
  units::Power sum;
  for (const auto& supply : site.supply)
    if (supply.kind != SupplyKind::kBattery && supply.date <= t && (!supply.until || t < *supply.until))
      sum += supply.power;
  return sum;
}

}  // namespace gigawatt::scenario
