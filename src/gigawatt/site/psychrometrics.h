#pragma once
/// Moist air at a temperature, a relative humidity and a pressure.
///
/// Saturation vapor pressure over water and ice: Hyland and Wexler 1983, as in the ASHRAE Handbook of Fundamentals
/// 2021, chapter 1, equations 5 and 6. Air at pressure p holds a little more vapor than a vacuum: the enhancement factor
/// of Buck (J. Appl. Meteorol. 20, 1981; manual of the CR-1A, 1996),
///
///     over water  f = 1 + 1e-4 (7.2 + p (0.0320 + 5.9e-6 t^2)),   over ice  f = 1 + 1e-4 (2.2 + p (0.0383 + 6.4e-6 t^2))
///
/// with p in hPa, t in Celsius. Humidity ratio W = 0.621945 e / (p - e) with e = RH f p_ws(t).
///
/// Wet bulb: the thermodynamic one (ASHRAE 2021, chapter 1, equation 33), the temperature t* at which water evaporating
/// into the air, at t*, saturates it adiabatically at the same pressure:
///
///     h(t, W) + (W*(t*, p) - W) h_w(t*) = h(t*, W*(t*, p)),      h = 1.006 t + W (2501 + 1.86 t)  kJ/kg of dry air
///
/// h_w = 4.186 t* for water and -333.4 + 2.1 t* for ice. Between 0 C over water and 0 C over ice the balance jumps by the
/// heat of fusion, so near freezing both may have a solution; the iced one is then taken. No fit in t and RH alone can be
/// right at every pressure: the one of Stull (2011) is 1.5 K high at 83 kPa.
///
/// Against CoolProp 8.0's HumidAir over -30 to 55 C, 1 to 100%, 60 to 106 kPa: 0.016 K at worst, 0.001 K in the median
/// (test/wet_bulb_coolprop.csv, made by tools/tables/wet_bulb.py), outside of the band where two solutions exist.

namespace gigawatt::site {

/// Over water from 0 C up, over ice below; Pa.
double saturation_pressure_pa(double t_c);

/// kg of vapor per kg of dry air; `relative_humidity` 0 to 1.
double humidity_ratio(double t_c, double relative_humidity, double pressure_pa);

double wet_bulb_c(double dry_bulb_c, double relative_humidity, double pressure_pa);

/// Relative humidity of air with this dew point (frost point below 0 C), 0 to 1.
double relative_humidity(double dry_bulb_c, double dew_point_c);

/// kJ per kg of dry air.
double enthalpy_kj_per_kg(double t_c, double humidity_ratio);

/// Standard atmosphere at an elevation (ASHRAE 2021, chapter 1, equation 3).
double standard_pressure_pa(double elevation_m);

}  // namespace gigawatt::site
