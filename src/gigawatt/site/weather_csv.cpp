#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "gigawatt/site/hourly_table.h"
#include "gigawatt/site/psychrometrics.h"
#include "gigawatt/site/weather.h"

namespace gigawatt::site {
namespace {

constexpr double kSeaLevelPa = 101325;

enum Column : std::size_t { kDryBulb, kHumidity, kDewPoint, kWetBulb, kPressure, kGhi, kWind };

std::vector<ColumnWish> wishes() {
  const auto air = [](std::string_view key, std::vector<std::string_view> names, std::string_view unit,
                      double min, double max, bool required) {
    return ColumnWish{.key = key,
                      .names = std::move(names),
                      .unit = "1",
                      .min = min,
                      .max = max,
                      .required = required,
                      .air = unit};
  };
  return {
      air("dry bulb",
          {"dry_bulb", "temperature", "temp_air", "air_temperature", "temperature_2m", "t2m", "tmpf", "tmp"},
          "C", -70, 70, true),
      {.key = "relative humidity",
       .names = {"relative_humidity", "rh", "humidity", "relative_humidity_2m", "rh2m", "relh"},
       .unit = "%",
       .min = 0,
       .max = 110,
       .required = false},
      air("dew point", {"dew_point", "temp_dew", "dewpoint", "dew_point_2m", "dewpoint_2m", "t2mdew", "dwpf"},
          "C", -90, 70, false),
      air("wet bulb", {"wet_bulb", "wet_bulb_temperature_2m", "t2mwet"}, "C", -90, 70, false),
      air("pressure", {"pressure", "surface_pressure", "station_pressure", "atmospheric_pressure"}, "Pa",
          31000, 120000, false),
      air("horizontal radiation", {"ghi_w_per_m2", "ghi", "shortwave_radiation"}, "W/m2", 0, 1600, false),
      air("wind speed", {"wind_m_per_s", "wind_speed", "wind_speed_10m", "ws10m"}, "m/s", 0, 120, false)};
}

/// Air of a day or more that is never above 1% is none: a humidity without a unit is a share of 1 then.
std::optional<base::Diagnostic> read_fractions(HourlyTable& table, const std::string& name,
                                               std::vector<std::string>& notes) {
  auto& humidity = table.columns[kHumidity];
  constexpr std::size_t kDay = 24;
  if (humidity.size() < kDay || *std::max_element(humidity.begin(), humidity.end()) > 0.01)
    return std::nullopt;
  if (table.stated[kHumidity])
    return base::error("bad-weather", name + ": the humidity is never above 1%", "is it a share of 1?");
  for (double& x : humidity) x *= 100;
  notes.push_back(name + ": the humidity is never above 1 and is read as a share of 1");
  return std::nullopt;
}

}  // namespace

tl::expected<Weather, base::Diagnostics> read_weather_csv(std::string_view text, const std::string& name) {
  const auto wanted = wishes();
  auto table = read_hourly_table(text, name, wanted);
  if (!table) return tl::unexpected(table.error());
  Weather out;
  out.place = name;
  out.notes = table->notes;
  auto& c = table->columns;
  if (table->has_time) {
    const auto day = base::civil(table->first);
    out.first_month = day.month;
    out.first_day = day.day;
  }
  if (c[kHumidity].empty() && c[kDewPoint].empty() && c[kWetBulb].empty())
    return tl::unexpected(
        base::Diagnostics{base::error("bad-weather", name + ": no humidity of the air",
                                      "one of the columns relative_humidity_pct, dew_point_c, wet_bulb_c")});
  if (const auto wrong = read_fractions(*table, name, out.notes))
    return tl::unexpected(base::Diagnostics{*wrong});
  out.dry_bulb_c = c[kDryBulb];
  out.pressure_pa = c[kPressure];
  if (out.pressure_pa.empty()) {
    out.pressure_pa.assign(out.hours(), kSeaLevelPa);
    out.notes.push_back(name + ": no pressure, taken as that of sea level");
  }
  base::Diagnostics problems;
  for (std::size_t t = 0; t < out.hours() && problems.size() < 10; ++t) {
    const double dry = out.dry_bulb_c[t];
    const double dew = c[kDewPoint].empty() ? dry : c[kDewPoint][t];
    const double wet = c[kWetBulb].empty() ? dry : c[kWetBulb][t];
    if (dew > dry + 0.5 || wet > dry + 0.5)
      problems.push_back(base::error(
          "bad-weather",
          fmt::format("{}: hour {}: a dew point or wet bulb above the dry bulb of {} C", name, t + 1, dry)));
    const double rh =
        !c[kHumidity].empty() ? std::min(1.0, c[kHumidity][t]) : relative_humidity(dry, std::min(dew, dry));
    out.relative_humidity.push_back(rh);
    out.wet_bulb_c.push_back(!c[kWetBulb].empty() ? wet : site::wet_bulb_c(dry, rh, out.pressure_pa[t]));
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  out.ghi_w_per_m2 = c[kGhi];
  out.wind_m_per_s = c[kWind];
  return out;
}

}  // namespace gigawatt::site
