#pragma once
/// What figures are divided by to be shown, and multiplied by when they were typed: values inside are SI and US dollars.

namespace gigawatt::units {

inline constexpr double kNano = 1e-9;
inline constexpr double kMicro = 1e-6;
inline constexpr double kKilo = 1e3;
inline constexpr double kMega = 1e6;
inline constexpr double kGiga = 1e9;

inline constexpr double kMw = kMega;    ///< a megawatt in watts
inline constexpr double kMusd = kMega;  ///< a million US dollars

inline constexpr double kHour_s = 3600;
inline constexpr double kDay_s = 86'400;
inline constexpr double kYear_s = 365.2425 * kDay_s;  ///< the Gregorian mean, as the unit "year"
inline constexpr double kMonth_s = kYear_s / 12;      ///< as the unit "month"

inline constexpr double kZeroCelsius_K = 273.15;

}  // namespace gigawatt::units
