#include "gigawatt/power/accelerator.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/base/check.h"
#include "gigawatt/config/fields.h"

namespace gigawatt::power {
namespace {

constexpr std::array<std::string_view, kArithmetics> kArithmeticKeys = {"bf16", "fp8", "fp4", "attention16",
                                                                        "attention8"};

/// min(demand, ceiling) with a rounded corner.
double below_ceiling(const PowerLaws& laws, double demand) {
  const double n = laws.sharpness;
  return std::pow(std::pow(demand, -n) + std::pow(laws.ceiling.value, -n), -1 / n);
}

}  // namespace

Arithmetic arithmetic_of(catalog::Precision precision) {
  switch (precision) {
    case catalog::Precision::kFp8:
    case catalog::Precision::kMxfp8:
    case catalog::Precision::kInt8: return Arithmetic::kFp8;
    case catalog::Precision::kNvfp4: return Arithmetic::kFp4;
    default: return Arithmetic::kBf16;
  }
}

const PowerLaw& PowerLaws::of(const catalog::Accelerator& chip,
                              const std::vector<catalog::Accelerator>& all) const {
  GW_CHECK(!laws.empty(), "no power law");
  for (const PowerLaw& law : laws)
    if (law.chip == chip.name) return law;
  const PowerLaw* nearest = nullptr;
  double distance = 0;
  for (const PowerLaw& law : laws) {
    const auto other = std::find_if(all.begin(), all.end(),
                                    [&](const catalog::Accelerator& a) { return a.name == law.chip; });
    if (other == all.end()) continue;
    // A chip of the same generation goes before any other, whatever its limit.
    const double far = std::abs(std::log(std::max(1.0, chip.tdp_w.value) / other->tdp_w.value)) +
                       (other->generation == chip.generation ? 0 : 100);
    if (nearest == nullptr || far < distance) {
      nearest = &law;
      distance = far;
    }
  }
  GW_CHECK(nearest != nullptr, "no power law names a chip of the catalogue");
  return *nearest;
}

double demand_share(const PowerLaws& laws, const PowerLaw& law, const Activity& activity) {
  double compute = 0;
  for (std::size_t c = 0; c < kArithmetics; ++c) compute += law.compute[c] * activity.compute[c];
  const double memory = law.memory + (law.cache - law.memory) * activity.cached;
  return law.base + std::pow(std::max(0.0, compute), laws.compute_exponent.value) +
         memory * std::pow(std::max(0.0, activity.memory), laws.memory_exponent.value);
}

double steady_share(const PowerLaws& laws, const PowerLaw& law, const Activity& activity) {
  return below_ceiling(laws, demand_share(laws, law, activity));
}

double shown_share(const PowerLaws& laws, const PowerLaw& law, const Activity& activity,
                   std::string_view kernels, double seconds) {
  const double steady = steady_share(laws, law, activity);
  for (const Settle& s : law.settle)
    if (s.kernels == kernels)
      return law.base + (steady - law.base) / (1 + std::pow(s.time_s / seconds, law.rise.value));
  return steady;
}

double ClockLaw::power(double clock) const {
  return clock >= knee ? std::pow(clock, exponent) : std::pow(knee, exponent - 1) * clock;
}

double ClockLaw::clock(double power) const {
  return power >= std::pow(knee, exponent) ? std::pow(power, 1 / exponent)
                                           : power / std::pow(knee, exponent - 1);
}

Capped under_cap(const PowerLaws& laws, const PowerLaw& law, const Activity& activity, double cap,
                 const ClockLaw& clock_law) {
  const double share = steady_share(laws, law, activity);
  if (share <= cap) return {share, 1};
  // Below the base no clock helps: the board runs at the lowest that it has.
  constexpr double kLowestClock = 0.1;
  const double dynamic = std::max(0.0, cap - law.base) / (share - law.base);
  const double clock = std::max(kLowestClock, clock_law.clock(dynamic));
  return {law.base + (share - law.base) * clock_law.power(clock), clock};
}

void fields(config::FieldVisitor& v, Settle& x) {
  v(x.kernels, {.key = "kernels", .doc = "Kind of measured table.", .required = true});
  sourced(v, x.time_s,
          {.key = "time", .doc = "Until the steady power shows.", .unit = "us", .min = 0, .required = true});
}

void fields(config::FieldVisitor& v, PowerLaw& x) {
  v(x.chip, {.key = "chip", .doc = "Accelerator of the catalogue.", .required = true});
  v(x.source, {.key = "source", .doc = "Key of sources.toml.", .required = true});
  v(x.rows, {.key = "rows", .doc = "Measured calls.", .min = 0});
  v(x.left_out_median_pct,
    {.key = "left_out_median_pct", .doc = "Median error on shapes left out, percent.", .min = 0});
  sourced(v, x.base,
          {.key = "base", .doc = "Clocks up, nothing to do.", .min = 0, .max = 1, .required = true});
  sourced(v, x.memory, {.key = "memory", .doc = "At full memory bandwidth.", .min = 0, .required = true});
  sourced(v, x.cache, {.key = "cache", .doc = "The same from the cache.", .min = 0, .required = true});
  sourced(v, x.rise, {.key = "rise", .doc = "Exponent of what short measurements show.", .min = 0});
  for (std::size_t c = 0; c < kArithmetics; ++c)
    sourced(v, x.compute[c],
            {.key = kArithmeticKeys[c], .doc = "Weight of this arithmetic.", .min = 0, .required = true});
  v(x.settle, {.key = "settle", .doc = "How long measurements need."});
}

void fields(config::FieldVisitor& v, PowerLaws& x) {
  sourced(v, x.compute_exponent,
          {.key = "compute_exponent", .doc = "Of the compute rate.", .min = 0.1, .max = 2, .required = true});
  sourced(v, x.memory_exponent,
          {.key = "memory_exponent", .doc = "Of the memory rate.", .min = 0.1, .max = 2, .required = true});
  sourced(v, x.sharpness,
          {.key = "sharpness", .doc = "Of the corner at the limit.", .min = 1, .required = true});
  sourced(v, x.ceiling,
          {.key = "ceiling",
           .doc = "What the board's controller holds.",
           .min = 0.5,
           .max = 1.2,
           .required = true});
  v(x.laws, {.key = "law", .doc = "One chip each.", .required = true});
}

}  // namespace gigawatt::power
