#pragma once
/// What can be done against the swings of a load, one after the other from the accelerator to the meter, and how little
/// of each meets a limit. All are seen at the meter.
///
///   floor     dummy work keeps every accelerator above a share of its power limit: P' = max(P, floor). It costs the
///             energy that it adds.
///   ramp      software brings power up before work begins and down after it ends, at most r watt a second: the least
///             series above P whose changes stay below r. It costs the energy that it adds.
///   storage   (rack capacitors, supercapacitors, a battery) gives the difference between the load and a steadier
///             power. Steps repeat, so a controller knows a running job's load ahead and can draw the steadiest power
///             that the energy allows (taut_string.h): the least device that any control can do with. What comes
///             unannounced (a failure, a start) it cannot foresee: then power follows the load with a first-order lag,
///             y' = (P - y) / tau, tau as long as the energy allows. Loss: (1 - efficiency) of what goes in.
///
/// Each has one number that sizes it (a share, watts a second, joules), and more of it never makes a swing larger, so
/// the least that meets a limit is found by bisection.

#include <array>
#include <cstdint>
#include <functional>
#include <string_view>

#include "gigawatt/power/library.h"
#include "gigawatt/waveform/limit.h"
#include "gigawatt/waveform/series.h"

namespace gigawatt::waveform {

/// The least series that is nowhere below the load and nowhere steeper than `w_per_s`.
void limit_ramp(Series& s, double w_per_s);

/// Raises every step to `floor_w`.
void raise_to(Series& s, double floor_w);

struct StorageUse {
  double energy_j = 0;                     ///< of the device, from empty to full
  double sold_j = 0;                       ///< of what is sold with this energy and this power
  double price_usd = 0;                    ///< of that; 0 where no price is known
  double power_w = 0;                      ///< the most that goes in or out
  double low_charge = 0, high_charge = 0;  ///< shares of `energy_j` between which it moves
  double loss_w = 0;                       ///< mean
  double tau_s = 0;                        ///< of the lag; 0: the load was known ahead
};

/// What a device may do.
struct StorageLimits {
  double usable = 1;      ///< share of its energy
  double efficiency = 1;  ///< there and back
};

/// The steadiest power of a periodic load (the window is continued as it is on both sides).
StorageUse smooth_known(Series& s, double energy_j, const StorageLimits& limits);

/// A load that comes unannounced, behind a lag of `tau_s` that begins at `from_w`; the energy is what that takes.
StorageUse smooth_lagged(Series& s, double tau_s, double from_w, const StorageLimits& limits);

/// The same with the longest lag that the energy allows.
StorageUse smooth_unknown(Series& s, double energy_j, double from_w, const StorageLimits& limits);

/// Energy by which a load grew, percent.
double overhead_pct(const Series& before, const Series& after);

/// A means with the number that sizes it.
enum class Means : std::uint8_t { kStagger, kFloor, kRamp, kRackStorage, kSupercapacitor, kBattery, kCount };
inline constexpr std::size_t kMeans = static_cast<std::size_t>(Means::kCount);
inline constexpr std::array<std::string_view, kMeans> kMeansNames = {
    "stagger", "floor", "ramp", "rack-storage", "supercapacitor", "battery"};

struct Mitigation {
  Means means = Means::kFloor;
  double size = -1;  ///< share of the limit, W/s, J; below zero: the least that meets the limit
};

/// What a mitigation acts on besides the series.
struct Ground {
  double accelerators = 0;
  /// Power at the meter with every accelerator at a share of its power limit: what a floor raises to.
  std::function<double(double share)> floor_w;
  double window_s = 0;  ///< whole periods of a load that is known ahead, or 0
  double before_w = 0;  ///< mean at the meter before the window, where the load is not known ahead
};

struct Mitigated {
  Means means = Means::kFloor;
  double size = 0;
  double peak_w = 0, least_w = 0, mean_w = 0;
  double energy_overhead_pct = 0;
  StorageUse storage;  ///< of devices with storage
  bool meets = false;  ///< the limit, afterwards
  double swing_w() const { return peak_w - least_w; }
};

/// Applies one mitigation to a load at the meter. With a size below zero the least is found that meets the limit
/// (`limit` not null); where none does, the most useful size is taken and `meets` is false. Staggering is the caller's:
/// it needs the jobs.
Mitigated apply(Series& facility, Mitigation mitigation, const Ground& ground,
                const power::PowerLibrary& library, const Limit* limit);

}  // namespace gigawatt::waveform
