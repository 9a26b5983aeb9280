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
  return {{.key = "dry bulb",
           .names = {"dry_bulb_c", "dry_bulb", "temperature_c", "temp_air"},
           .unit = "1",
           .min = -70,
           .max = 70},
          {.key = "relative humidity",
           .names = {"relative_humidity", "rh", "humidity"},
           .unit = "%",
           .min = 0,
           .max = 110,
           .required = false},
          {.key = "dew point",
           .names = {"dew_point_c", "dew_point", "temp_dew"},
           .unit = "1",
           .min = -90,
           .max = 70,
           .required = false},
          {.key = "wet bulb",
           .names = {"wet_bulb_c", "wet_bulb"},
           .unit = "1",
           .min = -90,
           .max = 70,
           .required = false},
          {.key = "pressure",
           .names = {"pressure_pa", "pressure"},
           .unit = "1",
           .min = 31000,
           .max = 120000,
           .required = false},
          {.key = "horizontal radiation",
           .names = {"ghi_w_per_m2", "ghi"},
           .unit = "1",
           .min = 0,
           .max = 1600,
           .required = false},
          {.key = "wind speed",
           .names = {"wind_m_per_s", "wind_speed"},
           .unit = "1",
           .min = 0,
           .max = 120,
           .required = false}};
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
