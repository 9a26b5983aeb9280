#include "gigawatt/waveform/mitigation.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/base/check.h"
#include "gigawatt/base/stop.h"
#include "gigawatt/waveform/taut_string.h"

namespace gigawatt::waveform {
namespace {

/// Steps that a search looks at: enough for 55 Hz over a minute.
constexpr double kSearchStep_s = 0.004;
constexpr int kBisections = 14;
constexpr int kCorrections = 4;
constexpr double kCorrection = 0.002;
constexpr double kSecondsPerHour = 3600;

const power::StorageDevice& device_of(Means means, const power::PowerLibrary& library) {
  const power::StorageDevice* device = library.device(kMeansNames[static_cast<std::size_t>(means)]);
  GW_CHECK(device != nullptr, "no storage device {}", kMeansNames[static_cast<std::size_t>(means)]);
  return *device;
}

bool has_storage(Means m) {
  return m == Means::kRackStorage || m == Means::kSupercapacitor || m == Means::kBattery;
}

/// One mitigation at one size.
StorageUse act(Series& s, Means means, double size, const Ground& ground,
               const power::PowerLibrary& library) {
  if (means == Means::kFloor) raise_to(s, ground.floor_w(size));
  if (means == Means::kRamp) limit_ramp(s, size);
  if (!has_storage(means)) return {};
  const power::StorageDevice& device = device_of(means, library);
  const StorageLimits limits{device.usable, device.efficiency};
  StorageUse use =
      ground.window_s > 0 ? smooth_known(s, size, limits) : smooth_unknown(s, size, ground.before_w, limits);
  use.sold_j = std::max(use.energy_j, use.power_w * device.hours.value);
  use.price_usd = use.sold_j * device.usd_per_j.value;
  return use;
}

/// The range of sizes of a means, from none to as much as can be of use. A ramp's "more" is fewer watts a second.
struct Range {
  double none, most;
  bool logarithmic;
};

Range range_of(Means means, const Series& s, const Ground& ground, const power::PowerLibrary& library) {
  const Extremes e = extremes(s.watts);
  switch (means) {
    case Means::kFloor: return {0, 1, false};
    case Means::kRamp:
      return {(e.most - e.least) / s.dt_s + 1, std::max(1.0, e.most) / kSecondsPerHour, true};
    case Means::kRackStorage: {
      const double all = device_of(means, library).energy_per_accelerator_j * ground.accelerators;
      return {all * 1e-3, all, true};
    }
    default: {
      // To flatten the window altogether.
      const double all = (e.most - e.least) * s.seconds() / device_of(means, library).usable;
      return {std::max(1.0, all * 1e-6), std::max(2.0, all), true};
    }
  }
}

double between(const Range& r, double share) {
  return r.logarithmic ? r.none * std::pow(r.most / r.none, share) : r.none + (r.most - r.none) * share;
}

/// The least size that meets the limit, or the most where none does.
double least_size(const Series& s, Means means, const Ground& ground, const power::PowerLibrary& library,
                  const Limit& limit) {
  Series coarse = s;
  if (s.dt_s < kSearchStep_s)
    coarse = rebin(s, s.seconds(), static_cast<std::size_t>(std::ceil(s.seconds() / kSearchStep_s)));
  const Range range = range_of(means, coarse, ground, library);
  const auto meets = [&](double share) {
    Series tried = coarse;
    act(tried, means, between(range, share), ground, library);
    return holds(limit, tried, ground.window_s);
  };
  if (!meets(1)) return between(range, 1);
  double no = 0, yes = 1;
  for (int i = 0; i < kBisections; ++i) {
    base::heed_stop();
    const double middle = (no + yes) / 2;
    (meets(middle) ? yes : no) = middle;
  }
  // The load's own steps may show a little more than the coarse ones: then a little more is needed.
  for (int i = 0; i < kCorrections; ++i) {
    base::heed_stop();
    Series fine = s;
    act(fine, means, between(range, yes), ground, library);
    if (holds(limit, fine, ground.window_s)) break;
    yes = std::min(1.0, yes + kCorrection);
  }
  return between(range, yes);
}

}  // namespace

void limit_ramp(Series& s, double w_per_s) {
  const double step = w_per_s * s.dt_s;
  for (std::size_t i = 1; i < s.watts.size(); ++i) s.watts[i] = std::max(s.watts[i], s.watts[i - 1] - step);
  for (std::size_t i = s.watts.size() - 1; i > 0; --i)
    s.watts[i - 1] = std::max(s.watts[i - 1], s.watts[i] - step);
}

void raise_to(Series& s, double floor_w) {
  for (double& w : s.watts) w = std::max(w, floor_w);
}

namespace {

/// What a device gives when `y` stands for the load; the series becomes what is drawn with it.
StorageUse give(Series& s, const std::vector<double>& y, const StorageLimits& limits) {
  StorageUse use;
  double charge = 0, least = 0, most = 0, in = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double out = s.watts[i] - y[i];  // negative: taken up
    charge -= out * s.dt_s;
    in += std::max(0.0, -out);
    least = std::min(least, charge);
    most = std::max(most, charge);
    use.power_w = std::max(use.power_w, std::abs(out));
  }
  use.energy_j = (most - least) / limits.usable;
  use.loss_w = (1 - limits.efficiency) * in / static_cast<double>(y.size());
  // What is lost on the way is drawn beside the load, evenly.
  for (std::size_t i = 0; i < y.size(); ++i) s.watts[i] = y[i] + use.loss_w;
  return use;
}

/// Of a device larger than what is used, the rest is kept on either side.
void charge_within(StorageUse& use, double energy_j, double usable) {
  const double used = energy_j > 0 ? std::min(usable, use.energy_j * usable / energy_j) : 0;
  use.low_charge = (1 - used) / 2;
  use.high_charge = use.low_charge + used;
  use.energy_j = energy_j;
}

}  // namespace

StorageUse smooth_known(Series& s, double energy_j, const StorageLimits& limits) {
  const std::size_t n = s.watts.size();
  std::vector<double> thrice;
  thrice.reserve(3 * n);
  for (int i = 0; i < 3; ++i) thrice.insert(thrice.end(), s.watts.begin(), s.watts.end());
  const auto steady = taut_string(thrice, s.dt_s, energy_j * limits.usable);
  const auto begin = steady.begin() + static_cast<std::ptrdiff_t>(n);
  StorageUse use = give(s, {begin, begin + static_cast<std::ptrdiff_t>(n)}, limits);
  charge_within(use, energy_j, limits.usable);
  return use;
}

StorageUse smooth_lagged(Series& s, double tau_s, double from_w, const StorageLimits& limits) {
  std::vector<double> y = s.watts;
  lag(y, s.dt_s, tau_s, from_w);
  StorageUse use = give(s, y, limits);
  use.tau_s = tau_s;
  return use;
}

StorageUse smooth_unknown(Series& s, double energy_j, double from_w, const StorageLimits& limits) {
  double low = s.dt_s * 1e-3, high = s.seconds() * 1e3;
  const auto needs = [&](double tau) {
    Series tried = s;
    return smooth_lagged(tried, tau, from_w, limits).energy_j;
  };
  if (needs(high) > energy_j) {
    for (int i = 0; i < kBisections; ++i) {
      base::heed_stop();
      const double middle = std::sqrt(low * high);
      (needs(middle) <= energy_j ? low : high) = middle;
    }
  } else {
    low = high;
  }
  StorageUse use = smooth_lagged(s, low, from_w, limits);
  charge_within(use, energy_j, limits.usable);
  return use;
}

double overhead_pct(const Series& before, const Series& after) {
  return 100 * (extremes(after.watts).mean / extremes(before.watts).mean - 1);
}

Mitigated apply(Series& facility, Mitigation mitigation, const Ground& ground,
                const power::PowerLibrary& library, const Limit* limit) {
  const Series before = facility;
  Mitigated out;
  out.means = mitigation.means;
  out.size = mitigation.size;
  if (out.size < 0 && mitigation.means != Means::kStagger) {
    if (limit != nullptr)
      out.size = least_size(facility, mitigation.means, ground, library, *limit);
    else
      out.size = between(range_of(mitigation.means, facility, ground, library), 0.5);
  }
  out.storage = act(facility, mitigation.means, out.size, ground, library);
  const Extremes e = extremes(facility.watts);
  out.peak_w = e.most;
  out.least_w = e.least;
  out.mean_w = e.mean;
  out.energy_overhead_pct = overhead_pct(before, facility);
  out.meets = limit == nullptr || holds(*limit, facility, ground.window_s);
  return out;
}

}  // namespace gigawatt::waveform
