#include "gigawatt/site/psychrometrics.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/units/scale.h"

namespace gigawatt::site {
namespace {

using units::kZeroCelsius_K;
constexpr double kWaterToAir = 0.621945;  // molar masses of water over dry air

enum class Over { kWater, kIce };

double saturation(double t_c, Over over) {
  const double t = t_c + kZeroCelsius_K;
  if (over == Over::kIce)
    return std::exp(-5.6745359e3 / t + 6.3925247 +
                    t * (-9.677843e-3 + t * (6.2215701e-7 + t * (2.0747825e-9 - 9.484024e-13 * t))) +
                    4.1635019 * std::log(t));
  return std::exp(-5.8002206e3 / t + 1.3914993 + t * (-4.8640239e-2 + t * (4.1764768e-5 - 1.4452093e-8 * t)) +
                  6.5459673 * std::log(t));
}

double enhancement(double t_c, double pressure_pa, Over over) {
  const double hpa = pressure_pa / 100;
  return over == Over::kIce ? 1 + 1e-4 * (2.2 + hpa * (0.0383 + 6.4e-6 * t_c * t_c))
                            : 1 + 1e-4 * (7.2 + hpa * (0.0320 + 5.9e-6 * t_c * t_c));
}

double saturated_ratio(double t_c, double pressure_pa, Over over, double relative_humidity = 1) {
  const double e = std::min(relative_humidity * enhancement(t_c, pressure_pa, over) * saturation(t_c, over),
                            0.99 * pressure_pa);
  return kWaterToAir * e / (pressure_pa - e);
}

double liquid_enthalpy(double t_c, Over over) {
  return over == Over::kIce ? -333.4 + 2.1 * t_c : 4.186 * t_c;
}

/// What saturation at `t_c` needs more than the air has, kJ/kg, and its slope; it rises with `t_c`, ever steeper.
struct Surplus {
  double value, slope;
};

Surplus surplus(double t_c, double w, double h, double pressure_pa, Over over) {
  const double ws = saturated_ratio(t_c, pressure_pa, over);
  const double t = t_c + kZeroCelsius_K;
  const double latent = over == Over::kIce ? 6140 : 5420;  // d ln p_ws / dt is about latent / t^2, in K
  const double ws_slope = ws * (1 + ws / kWaterToAir) * latent / (t * t);
  const double liquid = liquid_enthalpy(t_c, over);
  return {enthalpy_kj_per_kg(t_c, ws) - (ws - w) * liquid - h,
          1.006 + 1.86 * ws - (ws - w) * (over == Over::kIce ? 2.1 : 4.186) +
              ws_slope * (2501 + 1.86 * t_c - liquid)};
}

}  // namespace

double saturation_pressure_pa(double t_c) { return saturation(t_c, t_c < 0 ? Over::kIce : Over::kWater); }

double humidity_ratio(double t_c, double relative_humidity, double pressure_pa) {
  return saturated_ratio(t_c, pressure_pa, t_c < 0 ? Over::kIce : Over::kWater, relative_humidity);
}

double enthalpy_kj_per_kg(double t_c, double w) { return 1.006 * t_c + w * (2501 + 1.86 * t_c); }

double relative_humidity(double dry_bulb_c, double dew_point_c) {
  return saturation_pressure_pa(dew_point_c) / saturation_pressure_pa(dry_bulb_c);
}

double standard_pressure_pa(double elevation_m) {
  return 101325 * std::pow(1 - 2.25577e-5 * elevation_m, 5.2559);
}

double wet_bulb_c(double dry_bulb_c, double relative_humidity, double pressure_pa) {
  const double w = humidity_ratio(dry_bulb_c, relative_humidity, pressure_pa);
  const double h = enthalpy_kj_per_kg(dry_bulb_c, w);
  const auto iced = [&] { return surplus(0, w, h, pressure_pa, Over::kIce).value > 0; };
  constexpr double kWarm = 25;  // above it no wick is iced, at any humidity and at half an atmosphere
  constexpr double kHumid = 0.5;
  const bool cold =
      dry_bulb_c < 0 || (!(dry_bulb_c > kWarm || (dry_bulb_c > 8 && relative_humidity > kHumid)) && iced());
  const Over over = cold ? Over::kIce : Over::kWater;
  const double highest = cold ? std::min(dry_bulb_c, 0.0) : dry_bulb_c;
  // Newton's steps on a convex rising function come down to the root from above after the first of them.
  double t = highest - (1 - relative_humidity) * std::max(0.0, 4 + 0.35 * dry_bulb_c);
  constexpr double kEnough = 1e-5;
  for (int i = 0; i < 50; ++i) {
    const Surplus s = surplus(t, w, h, pressure_pa, over);
    const double step = s.value / s.slope;
    t = std::min(highest, t - step);
    if (std::abs(step) < kEnough) break;
  }
  return t;
}

}  // namespace gigawatt::site
