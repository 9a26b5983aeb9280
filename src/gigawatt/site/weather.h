#pragma once
/// A site's weather by the hour, from an EPW file or a CSV table.
///
/// EPW (EnergyPlus Weather, auxiliary programs manual, "EnergyPlus Weather File Data Dictionary"): eight header lines, then
/// rows of 35 fields at standard time. Hours run 1 to 24, hour h being the one that ends at h. Codes for "missing": 99.9
/// for temperatures, 999 for humidity and wind, 999999 for pressure, 9999 for radiation. Several data periods follow one
/// another; several records an hour are averaged. A file whose rows do not match its own header (dates, number of rows,
/// a 29 February without the leap-year flag) is refused with the line.
///
/// CSV: one row an hour, columns `dry_bulb_c`, one of `relative_humidity_pct`, `dew_point_c`, `wet_bulb_c`, and optionally
/// `time`, `pressure_pa`, `ghi_w_per_m2`, `wind_m_per_s`.
///
/// What is taken for what is absent, never silently (`notes`): humidity from the dew point, pressure from the elevation. A
/// missing dry bulb, a humidity outside of 0 to 110% or a dew point above the dry bulb is refused.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"

namespace gigawatt::site {

struct Weather {
  std::string place;
  double latitude = 0;
  double longitude = 0;
  double utc_offset_h = 0;
  double elevation_m = 0;
  unsigned first_month = 1, first_day = 1;  ///< of the first hour, local standard time
  std::vector<double> dry_bulb_c;
  std::vector<double> relative_humidity;  ///< 0 to 1
  std::vector<double> pressure_pa;
  std::vector<double> wet_bulb_c;
  std::vector<double> ghi_w_per_m2;  ///< global horizontal; empty where not known
  std::vector<double> wind_m_per_s;  ///< empty where not known
  std::vector<std::string> notes;    ///< what was derived or assumed

  std::size_t hours() const { return dry_bulb_c.size(); }
};

/// By the content: an EPW file begins with "LOCATION,".
tl::expected<Weather, base::Diagnostics> read_weather(std::string_view text, const std::string& name);

tl::expected<Weather, base::Diagnostics> read_epw(std::string_view text, const std::string& name);
tl::expected<Weather, base::Diagnostics> read_weather_csv(std::string_view text, const std::string& name);

}  // namespace gigawatt::site
