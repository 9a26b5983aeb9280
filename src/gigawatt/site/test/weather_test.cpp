#include <cmath>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "gigawatt/config/csv.h"
#include "gigawatt/config/gzip.h"
#include "gigawatt/site/hourly_table.h"
#include "gigawatt/site/psychrometrics.h"
#include "gigawatt/site/weather.h"

namespace gigawatt::site {
namespace {

const std::string kRoot = GW_SOURCE_DIR;

std::string phoenix() {
  return *config::read_maybe_gzip(kRoot + "/data/weather/USA_AZ_Phoenix-Sky.Harbor.epw.gz", 64 << 20);
}

TEST(Psychrometrics, AgreesWithCoolPropWithinFiveHundredthsOfAKelvin) {
  const auto table = config::read_csv(kRoot + "/src/gigawatt/site/test/wet_bulb_coolprop.csv");
  ASSERT_TRUE(table);
  double worst = 0;
  for (std::size_t r = 0; r < table->rows.size(); ++r) {
    const auto x = [&](const char* name) { return std::stod(table->cell(r, name)); };
    const double wet = wet_bulb_c(x("dry_bulb_c"), x("relative_humidity"), x("pressure_pa"));
    worst = std::max(worst, std::abs(wet - x("wet_bulb_c")));
  }
  EXPECT_EQ(table->rows.size(), 1000u);
  EXPECT_LT(worst, 0.02);
}

TEST(Psychrometrics, IsWhatTheHandbookPrints) {
  EXPECT_NEAR(saturation_pressure_pa(20), 2338.8, 1);  // ASHRAE 2021, chapter 1, table 3
  EXPECT_NEAR(saturation_pressure_pa(-10), 259.87, 0.2);
  EXPECT_NEAR(humidity_ratio(25, 1, 101325), 0.020170, 3e-5);  // table 2
  EXPECT_NEAR(standard_pressure_pa(1500), 84556, 5);           // table 1
  EXPECT_NEAR(wet_bulb_c(30, 1, 101325), 30, 1e-3);
  EXPECT_LT(wet_bulb_c(35, 0.3, 83000), wet_bulb_c(35, 0.3, 101325));
  EXPECT_NEAR(relative_humidity(20, 20), 1, 1e-12);
}

TEST(Weather, ReadsAYearOfEpw) {
  const auto w = read_weather(phoenix(), "phoenix.epw");
  ASSERT_TRUE(w);
  EXPECT_EQ(w->hours(), 8760u);
  EXPECT_EQ(w->place, "Phoenix-Sky.Harbor.Intl.AP");
  EXPECT_DOUBLE_EQ(w->utc_offset_h, -7);
  EXPECT_DOUBLE_EQ(w->dry_bulb_c[0], 8.3);
  EXPECT_DOUBLE_EQ(w->relative_humidity[0], 0.33);
  EXPECT_DOUBLE_EQ(w->pressure_pa[0], 97058);
  EXPECT_TRUE(w->notes.empty());
  for (std::size_t t = 0; t < w->hours(); ++t) ASSERT_LE(w->wet_bulb_c[t], w->dry_bulb_c[t] + 1e-9);
}

/// The error of a text after replacing `from` by `to` once.
std::string fault(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  const auto w = read_weather(text, "x.epw");
  return w ? "" : base::render(w.error());
}

TEST(Weather, RefusesWhatIsInconsistent) {
  const std::string text = phoenix();
  const std::string row = "2021,1,1,2,0,";
  EXPECT_NE(
      fault(text, row, "2021,1,1,3,0,").find("x.epw:10:1: error: 1/1 hour 3 follows where 1/1 hour 2 is due"),
      std::string::npos);
  EXPECT_NE(fault(text, ",8.30,-6.10,33,", ",99.9,-6.10,33,").find("the dry bulb is missing"),
            std::string::npos);
  EXPECT_NE(fault(text, ",8.30,-6.10,33,", ",8.30,-6.10,130,").find("a relative humidity of 130%"),
            std::string::npos);
  EXPECT_NE(fault(text, ",8.30,-6.10,33,", ",8.30,12.10,33,").find("a dew point of 12.1 C above"),
            std::string::npos);
  EXPECT_NE(fault(text, "12/31", "12/30").find("rows after the last day"), std::string::npos);
  EXPECT_NE(fault(text, "DATA PERIODS", "DATA PERIOD").find("header line 8"), std::string::npos);
  EXPECT_NE(fault(text, ",33.42800,", ",133.42800,").find("nowhere on Earth"), std::string::npos);
  const auto cut = text.substr(0, text.size() / 2);
  EXPECT_NE(base::render(read_weather(cut, "x.epw").error()).find("error"), std::string::npos);
}

TEST(Weather, DerivesHumidityAndPressureAndSaysSo) {
  std::string text = phoenix();
  const std::string from = ",8.30,-6.10,33,97058,", to = ",8.30,-6.10,999,999999,";
  text.replace(text.find(from), from.size(), to);
  const auto w = read_weather(text, "x.epw");
  ASSERT_TRUE(w);
  EXPECT_EQ(w->notes.size(), 2u);
  EXPECT_NEAR(w->relative_humidity[0], relative_humidity(8.3, -6.1), 1e-12);
  EXPECT_NEAR(w->pressure_pa[0], standard_pressure_pa(337.4), 1e-9);
}

std::string small_epw(const std::string& periods, const std::string& leap,
                      const std::vector<std::string>& days, int per_hour = 1) {
  std::string text =
      "LOCATION,A,B,C,D,1,10,20,1,100\nDESIGN CONDITIONS,0\nTYPICAL/EXTREME PERIODS,0\nGROUND "
      "TEMPERATURES,0\n"
      "HOLIDAYS/DAYLIGHT SAVINGS," +
      leap + ",0,0,0\nCOMMENTS 1,\nCOMMENTS 2,\nDATA PERIODS," + periods + "\n";
  for (const auto& day : days)
    for (int h = 1; h <= 24; ++h)
      for (int k = 1; k <= per_hour; ++k)
        text += "2020," + day + "," + std::to_string(h) + "," + std::to_string(60 * k / per_hour) + ",?," +
                std::to_string(10 + k) + ",5,60,100000,0,0,0,0,0,0,0,0,0,0,180,3,0,0,0,0,0,0,0,0,0,0,0,0,0\n";
  return text;
}

TEST(Weather, ReadsPeriodsLeapDaysAndPartsOfAnHour) {
  EXPECT_EQ(read_weather(small_epw("1,1,D,Sunday,2/28,3/ 1", "Yes", {"2,28", "2,29", "3,1"}), "x")->hours(),
            72u);
  EXPECT_EQ(read_weather(small_epw("1,1,D,Sunday,2/28,3/1", "No", {"2,28", "3,1"}), "x")->hours(), 48u);
  EXPECT_FALSE(read_weather(small_epw("1,1,D,Sunday,2/28,3/1", "No", {"2,28", "2,29", "3,1"}), "x"));
  EXPECT_EQ(read_weather(small_epw("2,1,A,Sunday,1/1,1/1,B,Monday,7/1,7/2", "No", {"1,1", "7,1", "7,2"}), "x")
                ->hours(),
            72u);
  const auto quarter = read_weather(small_epw("1,4,D,Sunday,1/1,1/1", "No", {"1,1"}, 4), "x");
  ASSERT_TRUE(quarter) << base::render(quarter.error());
  EXPECT_DOUBLE_EQ(quarter->dry_bulb_c[3], 12.5);
}

const std::vector<ColumnWish> kPrice = {
    {.key = "price", .names = {"price", "lmp"}, .unit = "USD/MWh", .min = -1e4, .max = 1e5, .alone = true}};

std::string stamp(int hour_of_year, int year = 2025) {
  const auto t = base::SimTime::from_date(year, 1, 1) + base::Duration{hour_of_year * 3'600'000'000LL};
  return base::to_iso_datetime(t).substr(0, 16);
}

/// A year of hours on a local clock: jumps at the hours of the year given, -1 for none.
std::string local_year(int spring, int autumn) {
  std::string text = "time,price_usd_per_mwh\n";
  int clock = 0;
  for (int h = 0; h < 8760; ++h, ++clock) {
    if (h == spring) ++clock;
    if (h == autumn) --clock;
    text += stamp(clock) + "," + std::to_string(h % 24 - 5) + "\n";
  }
  return text;
}

TEST(HourlyTable, ReadsAClockWithDaylightSavingAndSaysSo) {
  const auto t = read_hourly_table(local_year(1634, 7345), "p.csv", kPrice);  // 10 March and 2 November
  ASSERT_TRUE(t) << base::render(t.error());
  EXPECT_EQ(t->hours, 8760u);
  EXPECT_EQ(t->notes.size(), 1u);
  std::vector<std::string> notes;
  const auto year = t->aligned(0, 8760, -6, "p.csv", notes);
  ASSERT_TRUE(year);
  EXPECT_DOUBLE_EQ((*year)[0], -5.0 / 3.6e9);  // negative prices are legal
}

TEST(HourlyTable, RefusesALoneGapOrDouble) {
  EXPECT_NE(base::render(read_hourly_table(local_year(1634, -1), "p.csv", kPrice).error())
                .find("an hour is missing"),
            std::string::npos);
  EXPECT_NE(base::render(read_hourly_table(local_year(-1, 7345), "p.csv", kPrice).error())
                .find("an hour is doubled"),
            std::string::npos);
  std::string text = "time,price\n2025-03-09T06:00Z,1\n2025-03-09T08:00Z,1\n2025-03-09T09:00Z,1\n";
  EXPECT_NE(base::render(read_hourly_table(text, "p.csv", kPrice).error()).find("p.csv:3"),
            std::string::npos);
}

TEST(HourlyTable, TurnsAnAbsoluteYearToTheLocalOne) {
  std::string text = "timestamp,avg_CI\n";
  for (int h = 0; h < 8760; ++h) text += stamp(h) + "+00:00," + std::to_string(h) + "\n";
  const std::vector<ColumnWish> wish = {
      {.key = "carbon", .names = {"avg_ci"}, .unit = "g/kWh", .min = 0, .max = 1e4}};
  const auto t = read_hourly_table(text, "c.csv", wish);
  ASSERT_TRUE(t);
  std::vector<std::string> notes;
  const auto year = t->aligned(0, 8760, -6, "c.csv", notes);
  EXPECT_NEAR((*year)[0] * 3.6e9, 6, 1e-9);  // midnight in Texas is six o'clock UTC
  EXPECT_EQ(notes.size(), 1u);
  EXPECT_FALSE(t->aligned(0, 100, -6, "c.csv", notes));
}

/// Prices and weather as markets and services write them.
TEST(HourlyTable, ReadsWhatOthersWrite) {
  const std::vector<ColumnWish> price = {
      {.key = "price",
       .names = {"price", "lbmp", "settlement_point_price", "total_lmp_da"},
       .unit = "USD/MWh",
       .min = -1e4,
       .max = 1e5,
       .alone = true}};
  const auto read = [&](const std::string& text) {
    auto t = read_hourly_table(text, "p.csv", price);
    EXPECT_TRUE(t) << (t ? "" : base::render(t.error()));
    return t.value_or(HourlyTable{});
  };
  const auto first = base::SimTime::from_date(2025, 1, 30) + base::Duration::seconds(23 * 3600);
  const auto pjm = read(
      "datetime_beginning_utc,pnode_name,total_lmp_da\n1/30/2025 11:00:00 PM,HUB,30\n1/31/2025 12:00:00 "
      "AM,HUB,31\n");
  EXPECT_TRUE(pjm.absolute);
  EXPECT_EQ(pjm.first, first);
  const auto nyiso =
      read("Time Stamp,Name,LBMP ($/MWHr)\n01/30/2025 23:00,N.Y.C.,40.5\n01/31/2025 00:00,N.Y.C.,36\n");
  EXPECT_FALSE(nyiso.absolute);
  EXPECT_EQ(nyiso.first, first);
  EXPECT_DOUBLE_EQ(nyiso.columns[0][0], 40.5 / 3.6e9);
  EXPECT_EQ(read("date,price\n30/1/2025 23:00,1\n31/1/2025 0:00,1\n").first, first);
  EXPECT_EQ(read("MTU (CET/CEST),price\n30.01.2025 23:00 - 31.01.2025 00:00,1\n31.01.2025 00:00 - 31.01.2025 "
                 "01:00,1\n")
                .first,
            first);
  const auto open = read_hourly_table("date,price\n2/1/2025 0:00,1\n2/1/2025 1:00,1\n", "p.csv", price);
  ASSERT_FALSE(open);
  EXPECT_NE(base::render(open.error()).find("which of the two is the month"), std::string::npos);
  const auto bad = read_hourly_table("date,price\n2025-01-01 00:00,1\n2025-01-01 01:00,x\n", "p.csv", price);
  EXPECT_NE(base::render(bad.error()).find("p.csv:3:18"), std::string::npos) << base::render(bad.error());
}

TEST(HourlyTable, CatchesEnergyForPowerAndOtherFaults) {
  const std::vector<ColumnWish> load = {
      {.key = "IT load", .names = {"it", "load"}, .unit = "MW", .min = 0, .max = 1e5, .alone = true}};
  const auto message = [&](const std::string& text) {
    const auto t = read_hourly_table(text, "l.csv", load);
    return t ? std::string() : base::render(t.error());
  };
  EXPECT_EQ(message("it_mw\n100\n"), "");
  EXPECT_EQ(message("load [kW]\n100\n"), "");
  EXPECT_NE(message("it_mwh\n100\n").find("not in the dimension"), std::string::npos);
  EXPECT_NE(message("a,b\n1,2\n").find("no column holds the IT load; there are 'a', 'b'"), std::string::npos);
  EXPECT_NE(message("it_mw\n\n-5\n").find("a IT load of -5 MW"), std::string::npos);
  EXPECT_NE(message("it_mw\nnan\n").find("not a number"), std::string::npos);
  EXPECT_NE(message("").find("empty"), std::string::npos);
  EXPECT_NE(message("time,it_mw\n2025-13-01,1\n").find("is no time"), std::string::npos);
  const auto kw = read_hourly_table("load [kW]\n100\n", "l.csv", load);
  EXPECT_DOUBLE_EQ(kw->columns[0][0], 1e5);
}

/// Open-Meteo's file with its two lines before the header, and American units.
TEST(Weather, ReadsUnitsOfOthers) {
  const auto meteo = read_weather(
      "latitude,longitude,elevation\n52.5,13.4,38\n\n"
      "time,temperature_2m (°C),relative_humidity_2m (%),surface_pressure (hPa),wind_speed_10m (km/h),rain "
      "(mm)\n"
      "2025-01-01T00:00,1.8,87,1013.2,36,0\n2025-01-01T01:00,2,88,1013.0,36,0\n",
      "m.csv");
  ASSERT_TRUE(meteo) << base::render(meteo.error());
  EXPECT_DOUBLE_EQ(meteo->dry_bulb_c[0], 1.8);
  EXPECT_NEAR(meteo->relative_humidity[0], 0.87, 1e-12);
  EXPECT_NEAR(meteo->pressure_pa[0], 101320, 1e-6);
  EXPECT_NEAR(meteo->wind_m_per_s[0], 10, 1e-12);
  EXPECT_NE(meteo->notes.back().find("'rain (mm)'"), std::string::npos) << meteo->notes.back();
  const auto american = read_weather("dry_bulb_f,dew_point [F]\n86,68\n", "f.csv");
  ASSERT_TRUE(american) << base::render(american.error());
  EXPECT_NEAR(american->dry_bulb_c[0], 30, 1e-12);
  EXPECT_NEAR(american->relative_humidity[0], relative_humidity(30, 20), 1e-9);
  EXPECT_FALSE(read_weather("dry_bulb [hPa],rh\n30,50\n", "w.csv"));
}

TEST(Weather, AHumidityIsNeverAMistakenShare) {
  std::string share = "dry_bulb,rh\n", percent = "dry_bulb,rh [%]\n";
  for (int h = 0; h < 24; ++h) share += "20,0.65\n", percent += "20,0.65\n";
  const auto read = read_weather(share, "w.csv");
  ASSERT_TRUE(read);
  EXPECT_NEAR(read->relative_humidity[0], 0.65, 1e-12);
  EXPECT_NE(fmt::format("{}", fmt::join(read->notes, " ")).find("share of 1"), std::string::npos);
  EXPECT_FALSE(read_weather(percent, "w.csv"));
}

TEST(Weather, ReadsCsv) {
  const auto w =
      read_weather("dry_bulb_c,relative_humidity_pct,pressure_pa\n30,50,101325\n20,100,101325\n", "w.csv");
  ASSERT_TRUE(w) << base::render(w.error());
  EXPECT_NEAR(w->wet_bulb_c[0], 21.99, 0.05);
  EXPECT_NEAR(w->wet_bulb_c[1], 20, 1e-3);
  EXPECT_FALSE(read_weather("dry_bulb_c\n30\n", "w.csv"));
  EXPECT_FALSE(read_weather("dry_bulb_c,dew_point_c\n30,31\n", "w.csv"));
}

}  // namespace
}  // namespace gigawatt::site
