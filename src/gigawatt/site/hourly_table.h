#pragma once
/// Hourly columns of a CSV file: loads, prices, carbon, output profiles.
///
/// The header names the columns; a unit may follow the name: `price_usd_per_mwh`, `it_mw`, `avg_CI`, `load [MW]`. A unit of
/// another dimension than the wanted one is an error (MWh where MW are due). Values come back in SI.
///
/// Lines before the header (Open-Meteo, NASA POWER) are passed over: it is the first that names all that is due.
///
/// Time. A column `time`, `timestamp`, `datetime`, `date`, `utc` and the like holds ISO 8601 or dates as markets write them
/// (time_stamp.h); one named after UTC is in it. With an offset or Z the hours are
/// absolute: each must follow the one before by the same step, of an hour or a whole part of it (parts are averaged), and a
/// doubled or missing one is an error with its line. Without an offset the times are a local clock. A local clock that
/// observes daylight saving skips one hour in spring and shows one twice in autumn: exactly one such pair, half a year
/// apart and in the right months of either hemisphere, is read as what it is, and noted; everything else is an error.
/// Without a time column, the rows are the hours.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/base/sim_time.h"

namespace gigawatt::site {

/// A column to look for.
struct ColumnWish {
  std::string_view key;                 ///< for messages
  std::vector<std::string_view> names;  ///< accepted names, without unit, lower case, best first
  std::string_view unit;                ///< where the header states none; fixes the dimension
  double min = 0, max = 0;              ///< allowed values, in `unit`
  bool required = true;
  bool alone = false;  ///< may be the only column besides the time, whatever its name
  std::string_view air =
      {};  ///< of the weather: "C", "Pa", "m/s", "W/m2" in place of `unit`, which is "1" then
};

struct HourlyTable {
  std::vector<std::vector<double>> columns;  ///< by wish; empty where an optional one is absent
  std::vector<bool> stated;                  ///< by wish: the header gives a unit
  std::size_t hours = 0;
  bool has_time = false;
  bool absolute = false;  ///< `first` is UTC, else a local standard clock
  base::SimTime first{};
  std::vector<std::string> notes;

  /// A column in a year of `due` hours that begins on 1 January, local standard time. A year is turned to begin there; a
  /// leap year loses 29 February where 8,760 are due. What does not fit is a diagnostic.
  tl::expected<std::vector<double>, base::Diagnostic> aligned(std::size_t column, std::size_t due,
                                                              double utc_offset_h, const std::string& name,
                                                              std::vector<std::string>& notes) const;
};

tl::expected<HourlyTable, base::Diagnostics> read_hourly_table(std::string_view text, const std::string& name,
                                                               std::span<const ColumnWish> wishes);

}  // namespace gigawatt::site
