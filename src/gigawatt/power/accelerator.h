#pragma once
/// Power of one accelerator by what it does, and what a power cap does to its clocks.
///
/// A kernel that computes F_c FLOP/s in arithmetic of class c and moves B byte/s draws, as a share of the power limit,
///
///     demand = base + (sum_c k_c F_c / F_peak)^0.6 + m (B / B_peak)^0.5
///     P / limit = (demand^-8 + ceiling^-8)^(-1/8)
///
/// F_peak: the dense BF16 peak of the data sheet; B_peak: its memory bandwidth; m: `memory` where the operands come
/// from memory and `cache` where they stay in the last-level cache. Power is concave in either rate because voltage
/// and clocks are at their highest long before the units are full, and it ends at the limit, which the board's
/// controller holds by lowering clocks. `base` is a chip with its clocks up and a kernel resident; an idle chip draws
/// less (catalog::Accelerator::idle_w).
///
/// The constants are fitted on 72,500 kernel calls with measured power (tools/power_fit, data/power/accelerators.toml).
/// A measurement that repeats a kernel for too short a time shows only a part of the rise; per kind of table
///
///     shown = base + (P - base) / (1 + (settle / t)^rise)
///
/// for calls of t seconds. Only `shown_share` has it; the product's own figures are the steady ones.
///
/// Cap. Dynamic power is clock times voltage squared. The voltage falls with the clock down to a knee and is at its lowest
/// below it, so as a share of what the work draws without a cap
///
///     (P - base) / (demand - base) = clock^a              clock >= knee
///                                  = knee^(a-1) clock     below
///
/// and a cap runs the work at the clock at which P is the cap, as a share of the clock that it has without. That stretches
/// what waits for the compute units by 1 / clock; what waits for memory or for others keeps its time. a and the knee
/// are fitted on 126 trainings under power limits on four chips (tools/power_fit/caps.py, data/power/caps.csv).

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/catalog/accelerator.h"

namespace gigawatt::power {

enum class Arithmetic : std::uint8_t { kBf16, kFp8, kFp4, kAttention16, kAttention8, kCount };
inline constexpr std::size_t kArithmetics = static_cast<std::size_t>(Arithmetic::kCount);

/// The class in which a format computes; formats of 16 bits and more count as BF16.
Arithmetic arithmetic_of(catalog::Precision precision);

/// What a kernel does, as shares of the chip's BF16 peak and memory bandwidth.
struct Activity {
  std::array<double, kArithmetics> compute{};
  double memory = 0;  ///< bytes per second over the memory bandwidth
  double cached = 0;  ///< share of those bytes that stays in the last-level cache

  double& operator[](Arithmetic a) { return compute[static_cast<std::size_t>(a)]; }
};

/// Seconds that a kind of measured table needs to show the steady power.
struct Settle {
  std::string kernels;
  catalog::Sourced time_s;
};

/// Fitted on one chip.
struct PowerLaw {
  std::string chip;
  std::string source;
  std::int64_t rows = 0;
  double left_out_median_pct = 0;  ///< median error on the shapes that the fit did not see
  catalog::Sourced base, memory, cache, rise;
  std::array<catalog::Sourced, kArithmetics> compute;
  std::vector<Settle> settle;
};

/// All laws, and what they have in common.
struct PowerLaws {
  catalog::Sourced compute_exponent, memory_exponent, sharpness, ceiling;
  std::vector<PowerLaw> laws;

  /// The chip's own law; else that of the same generation; else of the law whose limit is nearest.
  const PowerLaw& of(const catalog::Accelerator& chip, const std::vector<catalog::Accelerator>& all) const;
};

void fields(config::FieldVisitor& v, Settle& x);
void fields(config::FieldVisitor& v, PowerLaw& x);
void fields(config::FieldVisitor& v, PowerLaws& x);

/// Steady power over the power limit, before the ceiling cuts it.
double demand_share(const PowerLaws& laws, const PowerLaw& law, const Activity& activity);
/// Steady power over the power limit.
double steady_share(const PowerLaws& laws, const PowerLaw& law, const Activity& activity);
/// What a table of the kind `kernels` shows for calls of `seconds`; a kind that no fit knows shows the steady power.
double shown_share(const PowerLaws& laws, const PowerLaw& law, const Activity& activity,
                   std::string_view kernels, double seconds);

struct Capped {
  double share = 0;  ///< power over the chip's own limit
  double clock = 1;  ///< of the clock without the cap
};

/// How dynamic power follows the clock.
struct ClockLaw {
  double exponent = 1;  ///< a above
  double knee = 0;      ///< clock below which the voltage does not fall any more

  /// Share of the dynamic power at a clock (both of those without a cap), and the clock at a share.
  double power(double clock) const;
  double clock(double power) const;
};

/// The activity under a cap (a share of the chip's limit; at most 1).
Capped under_cap(const PowerLaws& laws, const PowerLaw& law, const Activity& activity, double cap,
                 const ClockLaw& clock_law);

}  // namespace gigawatt::power
