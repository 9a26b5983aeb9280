#pragma once
/// Simulated time: integer microseconds since 1970-01-01T00:00:00Z, so that ties are exact and sums associative.
/// The proleptic Gregorian calendar without leap seconds (every day has 86,400 s).

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gigawatt::base {

/// A span of simulated time.
struct Duration {
  std::int64_t us = 0;

  static Duration seconds(double s);  ///< rounded to the nearest microsecond; must be within +-200,000 years
  double to_seconds() const { return static_cast<double>(us) / 1e6; }
  double to_hours() const { return to_seconds() / 3600.0; }
  double to_days() const { return to_seconds() / 86400.0; }
  friend constexpr auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return {a.us + b.us}; }
  friend constexpr Duration operator-(Duration a, Duration b) { return {a.us - b.us}; }
};

/// A point of simulated time.
struct SimTime {
  std::int64_t us = 0;

  friend constexpr auto operator<=>(SimTime, SimTime) = default;
  friend constexpr SimTime operator+(SimTime t, Duration d) { return {t.us + d.us}; }
  friend constexpr SimTime operator-(SimTime t, Duration d) { return {t.us - d.us}; }
  friend constexpr Duration operator-(SimTime a, SimTime b) { return {a.us - b.us}; }

  static SimTime from_date(int year, unsigned month, unsigned day);
  static constexpr SimTime max() { return {INT64_MAX}; }
};

/// Accepts "2026", "2026-07", "2026-07-15", "2026-Q3", "2026-07-15T06:30:00Z"; the first instant of it.
std::optional<SimTime> parse_time(std::string_view text);

std::string to_iso_date(SimTime t);      ///< "2026-07-15"
std::string to_iso_datetime(SimTime t);  ///< "2026-07-15T06:30:00Z"

/// Civil fields of a point in time.
struct CivilDate {
  int year = 1970;
  unsigned month = 1;
  unsigned day = 1;
};
CivilDate civil(SimTime t);
SimTime start_of_month(SimTime t);
SimTime next_month(SimTime t);    ///< first instant of the following month
double year_fraction(SimTime t);  ///< 2026.5 for mid 2026

}  // namespace gigawatt::base
