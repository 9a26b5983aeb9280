#pragma once
/// Whether the load's swings meet a mode of the grid: the check for forced oscillations.
///
/// The site hangs behind a Thevenin source: a stiff voltage E behind the reactance that its short-circuit ratio gives,
/// X = 1 / SCR on the base of the site's peak. At unity power factor the load P (per unit) sees
///
///     V^2 = (E^2 + sqrt(E^4 - 4 X^2 P^2)) / 2,   no solution above P = E^2 / (2 X)
///
/// Behind it machines swing. A mode of frequency w and damping z answers a change of load as a second-order system,
///
///     x'' + 2 z w x' + w^2 x = w^2 u(t)
///
/// u being the load less its mean: x is the power that the mode's machines exchange, equal to the load's share at slow
/// changes and larger by Q = 1 / (2 z) at resonance. For u = A sin(v t) the steady amplitude is
///
///     A / sqrt((1 - (v / w)^2)^2 + (2 z v / w)^2)
///
/// The series drives each mode from rest, step by step with the exact solution for a constant input; the second half of
/// the window is read, where the beginning has died away (a warning says where it has not).

#include <vector>

#include "gigawatt/waveform/series.h"

namespace gigawatt::waveform {

struct SwingMode {
  double hz = 0;
  double damping = 0;  ///< share of the critical
};

struct ModeAnswer {
  SwingMode mode;
  double drive_w = 0;      ///< half of the load's own range
  double amplitude_w = 0;  ///< half of the range of x
  double gain() const { return drive_w > 0 ? amplitude_w / drive_w : 0; }
  bool settled = true;  ///< the beginning has died away in the first half
};

/// The steady gain for a sinusoid.
double steady_gain(const SwingMode& mode, double hz);

ModeAnswer drive(const Series& s, const SwingMode& mode);

/// Voltage at the bus, per unit of the source; 0 where the source cannot carry the load.
double bus_voltage(double load_share, double short_circuit_ratio);

struct BusSwing {
  double low_pu = 1, high_pu = 1;
  double change_pct() const { return 100 * (high_pu - low_pu); }
};

/// Over the series, on the base of its peak.
BusSwing bus_swing(const Series& s, double short_circuit_ratio);

}  // namespace gigawatt::waveform
