#include <algorithm>

#include <fmt/format.h>

#include "gigawatt/scenario/resolver.h"

namespace gigawatt::scenario {
namespace {

constexpr auto index_of(BuildStep step) { return static_cast<std::size_t>(step); }
constexpr std::uint8_t bit(std::size_t step) { return static_cast<std::uint8_t>(1u << step); }

/// The usual order of building (site.h).
constexpr std::array<std::uint8_t, kBuildStepCount> kDefaultAfter = {
    0,
    bit(index_of(BuildStep::kPermit)),
    bit(index_of(BuildStep::kPermit)),
    static_cast<std::uint8_t>(bit(index_of(BuildStep::kSubstation)) | bit(index_of(BuildStep::kShell))),
    bit(index_of(BuildStep::kShell)),
    static_cast<std::uint8_t>(bit(index_of(BuildStep::kPower)) | bit(index_of(BuildStep::kCooling))),
    bit(index_of(BuildStep::kRacks)),
    bit(index_of(BuildStep::kNetwork)),
};

/// Everything that `step` waits for, directly or not.
std::uint8_t ancestors(const std::array<std::uint8_t, kBuildStepCount>& after, std::size_t step) {
  std::uint8_t all = after[step];
  for (std::size_t round = 0; round < kBuildStepCount; ++round)
    for (std::size_t i = 0; i < kBuildStepCount; ++i)
      if (all >> i & 1) all = static_cast<std::uint8_t>(all | after[i]);
  return all;
}

}  // namespace

void Resolver::build_steps(Phase& p, const std::string& path) {
  const auto step_path = [&](std::size_t i) { return fmt::format("{}.{}", path, kBuildStepNames[i]); };
  std::array<std::uint8_t, kBuildStepCount> after = kDefaultAfter;
  std::uint8_t dated = 0;
  const std::vector<std::string> names(kBuildStepNames.begin(), kBuildStepNames.end());
  for (std::size_t i = 0; i < kBuildStepCount; ++i) {
    const StepInput& in = p.steps[i];
    if (in.date && in.lead)
      problems_.error(step_path(i), "date-and-lead",
                      fmt::format("'{}' has both a date and a lead time", step_path(i)), "give one of them");
    if (in.date && in.sigma)
      problems_.error(step_path(i) + ".sigma", "spread-of-date",
                      fmt::format("'{}' is dated and has no spread", step_path(i)),
                      "a spread needs a lead time");
    if (in.forecast && !in.date)
      problems_.error(step_path(i) + ".forecast", "needless-key",
                      fmt::format("'{}' has no date that could be a forecast", step_path(i)),
                      "a lead time is one by itself");
    if (in.date) dated |= bit(i);
    if (in.after.empty()) continue;
    after[i] = 0;
    for (std::size_t k = 0; k < in.after.size(); ++k) {
      const auto found = std::find(names.begin(), names.end(), in.after[k]);
      if (found == names.end()) {
        unknown(fmt::format("{}.after[{}]", step_path(i), k), "build step", in.after[k], names);
      } else {
        after[i] = static_cast<std::uint8_t>(after[i] | bit(static_cast<std::size_t>(found - names.begin())));
      }
    }
  }
  for (std::size_t i = 0; i < kBuildStepCount; ++i)
    if (ancestors(after, i) >> i & 1)
      return problems_.error(step_path(i) + ".after", "cycle",
                             fmt::format("build step '{}' waits for itself", step_path(i)), "");
  // A step of which nothing is said, before a dated one, is over.
  for (std::size_t i = 0; i < kBuildStepCount; ++i) {
    const StepInput& in = p.steps[i];
    ResolvedStep& out = p.resolved[i];
    out.source = in.source;
    out.date = in.date;
    bool precedes_dated = false;
    for (std::size_t k = 0; k < kBuildStepCount; ++k)
      if ((dated >> k & 1) && (ancestors(after, k) >> i & 1)) precedes_dated = true;
    out.modeled = in.date || in.lead || !precedes_dated;
    spread_of_dates(out, i);
    if (in.lead) {
      out.lead_s = in.lead->si();
      out.sigma = in.sigma.value_or(0);
    } else if (out.modeled && !in.date) {
      for (const auto& step : catalog_.facility().build_steps)
        if (step.name == kBuildStepNames[i]) {
          out.lead_s = step.lead.value;
          out.sigma = in.sigma.value_or(step.sigma.value);
          out.source = step.lead.source;
        }
    }
  }
  const auto modeled_after = [&](std::size_t i) {
    std::uint8_t mask = 0;
    for (std::size_t k = 0; k < kBuildStepCount; ++k)
      if ((ancestors(after, i) >> k & 1) && p.resolved[k].modeled) mask |= bit(k);
    return mask;
  };
  std::optional<base::SimTime> first;
  bool startless = false;
  for (std::size_t i = 0; i < kBuildStepCount; ++i) {
    ResolvedStep& out = p.resolved[i];
    if (!out.modeled) continue;
    out.after = modeled_after(i);
    if (out.date) {
      first = std::min(first.value_or(*out.date), *out.date);
      for (std::size_t k = 0; k < kBuildStepCount; ++k)
        if ((out.after >> k & 1) && p.resolved[k].date && *p.resolved[k].date > *out.date)
          problems_.error(step_path(i) + ".date", "out-of-order",
                          fmt::format("'{}' ({}) is done before '{}' ({}), which it waits for", step_path(i),
                                      base::to_iso_date(*out.date), kBuildStepNames[k],
                                      base::to_iso_date(*p.resolved[k].date)));
    } else if (out.after == 0 && !p.start && !startless) {
      startless = true;
      if (problems_.refused(path)) continue;
      problems_.error(
          path, "no-start",
          fmt::format("step '{}' of phase '{}' has no date to count from", kBuildStepNames[i], p.name),
          fmt::format("give the phase a 'start', or '{}' a date", kBuildStepNames[i]));
    }
  }
  if (startless) {
    for (auto& step : p.resolved) step.modeled = false;
    return;
  }
  p.begin = p.start ? *p.start : *first;
  p.as_of = s_.as_of;
  const std::array<double, kBuildStepCount> median{};
  const auto dates = build_dates(p, median);
  p.planned_energized = dates.energized;
  p.planned_service = dates.in_service;
}

}  // namespace gigawatt::scenario
