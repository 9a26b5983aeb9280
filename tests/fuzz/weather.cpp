/// Any bytes as a file of weather or of hourly prices: hours that can be true, or diagnostics that can be shown.

#include <array>
#include <cmath>
#include <string>

#include "fuzz.h"
#include "gigawatt/site/hourly_table.h"
#include "gigawatt/site/weather.h"

namespace {

using namespace gigawatt;
using fuzz::require;

void weather(std::string_view text) {
  const auto read = site::read_weather(text, "fuzz.epw");
  if (!read) return require(!base::render(read.error()).empty(), "an error can be shown");
  require(read->relative_humidity.size() == read->hours() && read->wet_bulb_c.size() == read->hours() &&
              read->pressure_pa.size() == read->hours(),
          "each hour has its air");
  for (std::size_t t = 0; t < read->hours(); ++t) {
    require(std::isfinite(read->dry_bulb_c[t]) && std::isfinite(read->wet_bulb_c[t]),
            "temperatures are numbers");
    require(read->relative_humidity[t] >= 0 && read->relative_humidity[t] <= 1, "air is at most saturated");
    require(read->pressure_pa[t] > 0, "air has a pressure");
  }
}

void prices(std::string_view text) {
  const std::array wish = {site::ColumnWish{.key = "price",
                                            .names = {"price", "lmp", "lbmp"},
                                            .unit = "USD/MWh",
                                            .min = -1e5,
                                            .max = 1e6,
                                            .alone = true}};
  const auto table = site::read_hourly_table(text, "fuzz.csv", wish);
  if (!table) return require(!base::render(table.error()).empty(), "an error can be shown");
  require(table->columns.size() == 1 && table->columns[0].size() == table->hours, "one price an hour");
  for (const double x : table->columns[0]) require(std::isfinite(x), "a price is a number");
  std::vector<std::string> notes;
  const auto year = table->aligned(0, table->hours, -6, "fuzz.csv", notes);
  require(year.has_value() && year->size() == table->hours, "as many hours as there are fit");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::as_text(data, size);
  weather(text);
  prices(text);
  return 0;
}
