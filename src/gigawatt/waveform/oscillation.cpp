#include "gigawatt/waveform/oscillation.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "gigawatt/base/check.h"

namespace gigawatt::waveform {

double steady_gain(const SwingMode& mode, double hz) {
  const double r = hz / mode.hz;
  return 1 / std::hypot(1 - r * r, 2 * mode.damping * r);
}

ModeAnswer drive(const Series& s, const SwingMode& mode) {
  GW_CHECK(mode.hz > 0 && mode.damping > 0 && mode.damping < 1, "mode of {} Hz with damping {}", mode.hz,
           mode.damping);
  const Extremes e = extremes(s.watts);
  const double w = 2 * std::numbers::pi * mode.hz, z = mode.damping;
  const double wd = w * std::sqrt(1 - z * z);
  // About the resting point u, position and speed turn and shrink.
  const double shrink = std::exp(-z * w * s.dt_s);
  const double c = std::cos(wd * s.dt_s), sn = std::sin(wd * s.dt_s);
  double x = 0, v = 0;
  double least = 0, most = 0;
  const std::size_t half = s.watts.size() / 2;
  for (std::size_t i = 0; i < s.watts.size(); ++i) {
    const double u = s.watts[i] - e.mean;
    const double d = x - u;
    const double next = shrink * (d * (c + z * w / wd * sn) + v / wd * sn);
    v = shrink * (v * (c - z * w / wd * sn) - d * w * w / wd * sn);
    x = u + next;
    if (i == half) least = most = x;
    if (i >= half) {
      least = std::min(least, x);
      most = std::max(most, x);
    }
  }
  ModeAnswer out{mode, (e.most - e.least) / 2, (most - least) / 2, true};
  constexpr double kDied = 0.02;
  out.settled = std::exp(-z * w * s.seconds() / 2) < kDied;
  return out;
}

double bus_voltage(double load_share, double short_circuit_ratio) {
  const double x = load_share / short_circuit_ratio;
  const double root = 1 - 4 * x * x;
  return root < 0 ? 0 : std::sqrt((1 + std::sqrt(root)) / 2);
}

BusSwing bus_swing(const Series& s, double short_circuit_ratio) {
  const Extremes e = extremes(s.watts);
  return {bus_voltage(1, short_circuit_ratio), bus_voltage(e.least / e.most, short_circuit_ratio)};
}

}  // namespace gigawatt::waveform
