#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include <fmt/format.h>

#include "gigawatt/site/internal_text.h"
#include "gigawatt/site/psychrometrics.h"
#include "gigawatt/site/weather.h"

namespace gigawatt::site {
namespace {

constexpr std::array<unsigned, 12> kDaysInMonth = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
constexpr std::array<std::string_view, 8> kHeader = {"LOCATION",
                                                     "DESIGN CONDITIONS",
                                                     "TYPICAL/EXTREME PERIODS",
                                                     "GROUND TEMPERATURES",
                                                     "HOLIDAYS/DAYLIGHT SAVINGS",
                                                     "COMMENTS 1",
                                                     "COMMENTS 2",
                                                     "DATA PERIODS"};

// Places of the fields in a data row, and how many a row needs.
constexpr std::size_t kDryBulbPlace = 6, kDewPointPlace = 7, kHumidityPlace = 8, kPressurePlace = 9,
                      kGhiPlace = 13, kWindPlace = 21;
constexpr std::size_t kFieldsNeeded = 22;
constexpr std::size_t kFieldsOfHeader = 410;  // a hundred data periods

struct Day {
  unsigned month = 1, day = 1;
  friend bool operator==(Day, Day) = default;
};

/// "1/ 1", "12/31", "2/29/2024"; month 0 where it is none of these.
Day parse_day(std::string_view s) {
  double month = 0, day = 0;
  const auto slash = s.find('/');
  if (slash == std::string_view::npos) return {0, 0};
  if (!read_number(s.substr(0, slash), month)) return {0, 0};
  s.remove_prefix(slash + 1);
  if (!read_number(s.substr(0, s.find('/')), day)) return {0, 0};
  if (month < 1 || month > 12 || day < 1 || day > kDaysInMonth[static_cast<std::size_t>(month) - 1])
    return {0, 0};
  return {static_cast<unsigned>(month), static_cast<unsigned>(day)};
}

struct Period {
  Day first, last;
};

class EpwReader {
 public:
  EpwReader(std::string_view text, const std::string& name) : rest_(text), name_(name) {}

  tl::expected<Weather, base::Diagnostics> read() {
    if (read_header()) read_rows();
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    finish();
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    return std::move(out_);
  }

 private:
  bool next_line() {
    if (rest_.empty()) return false;
    const auto end = rest_.find('\n');
    line_ = trim(rest_.substr(0, end));
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    ++line_number_;
    return true;
  }

  /// At most ten problems are listed: a file that is wrong everywhere says the same in every row.
  bool wrong(std::string message, std::string hint = {}) {
    constexpr std::size_t kListed = 10;
    if (problems_.size() < kListed) {
      base::Diagnostic d = base::error("bad-weather", std::move(message), std::move(hint));
      auto source = std::make_shared<base::SourceText>();
      source->name = name_;
      d.span = {source, line_number_, 1, 1};
      problems_.push_back(std::move(d));
    }
    return false;
  }

  /// The first cells of the line, at most `most`.
  std::size_t split(std::size_t most) {
    std::size_t n = 0;
    std::string_view s = line_;
    while (n < most) {
      const auto comma = s.find(',');
      cells_[n++] = s.substr(0, comma);
      if (comma == std::string_view::npos) break;
      s.remove_prefix(comma + 1);
    }
    return n;
  }

  bool read_header() {
    for (std::size_t i = 0; i < kHeader.size(); ++i) {
      if (!next_line()) return wrong(fmt::format("the file ends before its header line '{}'", kHeader[i]));
      if (line_.substr(0, kHeader[i].size()) != kHeader[i])
        return wrong(fmt::format("header line {} is not '{}'", i + 1, kHeader[i]),
                     "an EPW file has eight header lines in a fixed order");
      const std::size_t n = split(kFieldsOfHeader);
      if (i == 0 && !read_location(n)) return false;
      if (i == 4) leap_ = n > 1 && (trim(cells_[1]) == "Yes" || trim(cells_[1]) == "yes");
      if (i == 7 && !read_periods(n)) return false;
    }
    return true;
  }

  bool read_location(std::size_t n) {
    if (n < 10)
      return wrong("LOCATION has fewer than 9 fields",
                   "city, state, country, source, WMO number, latitude, longitude, time zone, elevation");
    out_.place = std::string(trim(cells_[1]));
    double& lat = out_.latitude;
    if (!read_number(cells_[6], lat) || !read_number(cells_[7], out_.longitude) ||
        !read_number(cells_[8], out_.utc_offset_h) || !read_number(cells_[9], out_.elevation_m))
      return wrong("LOCATION: latitude, longitude, time zone and elevation must be numbers");
    if (std::abs(lat) > 90 || std::abs(out_.longitude) > 180 || std::abs(out_.utc_offset_h) > 14 ||
        out_.elevation_m < -1000 || out_.elevation_m > 9999.9)
      return wrong(
          fmt::format("LOCATION is nowhere on Earth: latitude {}, longitude {}, time zone {}, elevation {} m",
                      lat, out_.longitude, out_.utc_offset_h, out_.elevation_m));
    return true;
  }

  bool read_periods(std::size_t n) {
    double count = 0, per_hour = 0;
    if (n < 3 || !read_number(cells_[1], count) || !read_number(cells_[2], per_hour) || count < 1 ||
        count > 100)
      return wrong("DATA PERIODS needs the number of periods and of records an hour");
    if (per_hour < 1 || per_hour > 60 || std::fmod(60, per_hour) != 0)
      return wrong(fmt::format("{} records an hour do not divide it", per_hour),
                   "1, 2, 3, 4, 6, 10, 12, 15, 20, 30 or 60");
    per_hour_ = static_cast<unsigned>(per_hour);
    for (std::size_t p = 0; p < static_cast<std::size_t>(count); ++p) {
      const std::size_t at = 3 + 4 * p;
      if (at + 3 >= n)
        return wrong(fmt::format("DATA PERIODS announces {} periods and describes {}", count, p));
      const Period period{parse_day(cells_[at + 2]), parse_day(cells_[at + 3])};
      if (period.first.month == 0 || period.last.month == 0)
        return wrong(fmt::format("DATA PERIODS: '{}' to '{}' are not days", cells_[at + 2], cells_[at + 3]),
                     "month/day, as 1/1 or 12/31");
      periods_.push_back(period);
    }
    out_.first_month = periods_.front().first.month;
    out_.first_day = periods_.front().first.day;
    return true;
  }

  /// Rows of all periods, each day from hour 1 to 24.
  void read_rows() {
    out_.dry_bulb_c.reserve(8784);
    for (std::size_t p = 0; p < periods_.size(); ++p) {
      Day day = periods_[p].first;
      bool more = true;
      while (more) {
        for (unsigned hour = 1; hour <= 24; ++hour)
          if (!read_hour(day, hour)) return;
        more = !(day == periods_[p].last);
        if (more) day = next_day(day, periods_[p]);
      }
    }
    while (next_line())
      if (!line_.empty()) {
        wrong("there are rows after the last day of DATA PERIODS",
              "the header's dates and the rows must agree");
        return;
      }
  }

  /// The day after; 29 February is in the file where the next row says so, which the header must allow.
  Day next_day(Day day, const Period& period) {
    const unsigned length = day.month == 2 && !february_29(period) ? 28 : kDaysInMonth[day.month - 1];
    if (day.day < length) return {day.month, day.day + 1};
    return day.month == 12 ? Day{1, 1} : Day{day.month + 1, 1};
  }

  bool february_29(const Period& period) const {
    if (period.last == Day{2, 29}) return true;
    std::string_view ahead = rest_.substr(0, rest_.find('\n'));
    const auto year_end = ahead.find(',');
    if (year_end == std::string_view::npos) return false;
    ahead.remove_prefix(year_end + 1);
    const auto month_end = ahead.find(',');
    double month = 0, day = 0;
    return month_end != std::string_view::npos && read_number(ahead.substr(0, month_end), month) &&
           month == 2 &&
           read_number(ahead.substr(month_end + 1, ahead.find(',', month_end + 1) - month_end - 1), day) &&
           day == 29;
  }

  bool read_hour(Day day, unsigned hour) {
    if (day == Day{2, 29} && !leap_) {
      ++line_number_;
      return wrong("a row of 29 February, and the header says that leap years are not observed",
                   "'HOLIDAYS/DAYLIGHT SAVINGS,Yes' observes them");
    }
    double dry = 0, humidity = 0, pressure = 0, ghi = 0, wind = 0;
    for (unsigned k = 0; k < per_hour_; ++k) {
      if (!read_record(day, hour)) return false;
      dry += record_[0];
      humidity += record_[2];
      pressure += record_[3];
      ghi += record_[4];
      wind += record_[5];
    }
    const double n = per_hour_;
    out_.dry_bulb_c.push_back(dry / n);
    out_.relative_humidity.push_back(humidity / n);
    out_.pressure_pa.push_back(pressure / n);
    out_.ghi_w_per_m2.push_back(ghi / n);
    out_.wind_m_per_s.push_back(wind / n);
    return true;
  }

  bool read_record(Day day, unsigned hour) {
    if (!next_line() || line_.empty())
      return wrong(fmt::format("the rows end before {}/{} hour {}: {} of the hours of DATA PERIODS are there",
                               day.month, day.day, hour, out_.hours()),
                   "a year has 8,760 rows");
    const std::size_t n = split(kFieldsNeeded);
    if (n < kFieldsNeeded) return wrong(fmt::format("a row of {} fields; an EPW row has 35", n));
    double month = 0, d = 0, h = 0;
    if (!read_number(cells_[1], month) || !read_number(cells_[2], d) || !read_number(cells_[3], h))
      return wrong("month, day and hour must be numbers");
    if (month != day.month || d != day.day || h != hour)
      return wrong(fmt::format("{}/{} hour {} follows where {}/{} hour {} is due", month, d, h, day.month,
                               day.day, hour),
                   h == 0 ? "hours run from 1 to 24" : "a row is missing, doubled or out of order");
    return read_values();
  }

  bool read_values() {
    std::array<double, 6> v{};
    constexpr std::array<std::size_t, 6> kPlaces = {kDryBulbPlace,  kDewPointPlace, kHumidityPlace,
                                                    kPressurePlace, kGhiPlace,      kWindPlace};
    for (std::size_t i = 0; i < kPlaces.size(); ++i)
      if (!read_number(cells_[kPlaces[i]], v[i]))
        return wrong(fmt::format("field {} is '{}', not a number", kPlaces[i] + 1, cells_[kPlaces[i]]));
    auto& [dry, dew, humidity, pressure, ghi, wind] = v;
    if (dry >= 99.9) return wrong("the dry bulb is missing (99.9)", "fill the gap; nothing is invented here");
    if (dry <= -70 || dry >= 70) return wrong(fmt::format("a dry bulb of {} C", dry), "between -70 and 70 C");
    const bool no_humidity = humidity >= 999, no_dew = dew >= 99.9;
    if (no_humidity && no_dew)
      return wrong("humidity and dew point are both missing", "one of the two must be there");
    if (!no_humidity && (humidity < 0 || humidity > 110))
      return wrong(fmt::format("a relative humidity of {}%", humidity), "0 to 110%");
    if (!no_dew && dew > dry + 0.5)
      return wrong(fmt::format("a dew point of {} C above the dry bulb of {} C", dew, dry),
                   "air holds no more than at saturation");
    if (no_humidity) {
      humidity = 100 * relative_humidity(dry, std::min(dew, dry));
      ++from_dew_point_;
    }
    if (humidity > 100) {
      humidity = 100;
      ++above_saturation_;
    }
    if (pressure >= 999999) {
      pressure = standard_pressure_pa(out_.elevation_m);
      ++from_elevation_;
    } else if (pressure < 31000 || pressure > 120000) {
      return wrong(fmt::format("a pressure of {} Pa", pressure), "31,000 to 120,000 Pa");
    }
    if (ghi >= 9999) no_ghi_ = true;
    if (wind >= 999) no_wind_ = true;
    record_ = {dry, dew, humidity / 100, pressure, ghi, wind};
    return true;
  }

  void finish() {
    const auto note = [&](std::size_t n, std::string_view what) {
      if (n > 0) out_.notes.push_back(fmt::format("{}: {} in {} rows", name_, what, n));
    };
    note(from_dew_point_, "no relative humidity, taken from the dew point");
    note(above_saturation_, "humidity above 100% read as saturated");
    note(from_elevation_, "no pressure, taken from the elevation");
    if (no_ghi_) out_.ghi_w_per_m2.clear();
    if (no_wind_) out_.wind_m_per_s.clear();
    out_.wet_bulb_c.resize(out_.hours());
    for (std::size_t t = 0; t < out_.hours(); ++t)
      out_.wet_bulb_c[t] =
          site::wet_bulb_c(out_.dry_bulb_c[t], out_.relative_humidity[t], out_.pressure_pa[t]);
  }

  std::string_view rest_, line_;
  const std::string& name_;
  int line_number_ = 0;
  std::array<std::string_view, kFieldsOfHeader> cells_{};
  std::array<double, 6> record_{};
  bool leap_ = false, no_ghi_ = false, no_wind_ = false;
  unsigned per_hour_ = 1;
  std::vector<Period> periods_;
  std::size_t from_dew_point_ = 0, above_saturation_ = 0, from_elevation_ = 0;
  base::Diagnostics problems_;
  Weather out_;
};

}  // namespace

tl::expected<Weather, base::Diagnostics> read_epw(std::string_view text, const std::string& name) {
  return EpwReader(text, name).read();
}

tl::expected<Weather, base::Diagnostics> read_weather(std::string_view text, const std::string& name) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  return text.substr(0, 8) == "LOCATION" ? read_epw(text, name) : read_weather_csv(text, name);
}

}  // namespace gigawatt::site
