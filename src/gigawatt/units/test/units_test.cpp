#include <cmath>

#include <gtest/gtest.h>

#include "gigawatt/units/parse.h"
#include "gigawatt/units/quantity.h"

namespace gigawatt::units {
namespace {

ParsedQuantity parsed(const char* text) {
  const auto q = parse_quantity(text);
  EXPECT_TRUE(q) << text << ": " << (q ? "" : q.error());
  return q.value_or(ParsedQuantity{});
}

TEST(Quantity, KeepsDimensionsThroughArithmetic) {
  const Energy e = megawatts(2) * hours(3);
  EXPECT_DOUBLE_EQ(in_megawatt_hours(e), 6);
  const Power p = e / hours(1);
  EXPECT_DOUBLE_EQ(in_megawatts(p), 6);
  EXPECT_DOUBLE_EQ(e / megawatt_hours(1.5), 4);
  const double cycles = Quantity<kFrequency>(50) * seconds(2);
  EXPECT_EQ(cycles, 100);
  static_assert(std::is_same_v<decltype(usd(1) / megawatt_hours(1)), Quantity<kMoney / kEnergy>>);
  static_assert(!std::is_same_v<Power, Bandwidth>);
}

TEST(ParseQuantity, ReadsTheFormsOfTheDocumentation) {
  EXPECT_EQ(parsed("1 GW").si, 1e9);
  EXPECT_EQ(parsed("1 GW").dimension, kPower);
  EXPECT_EQ(parsed("1.5GW").si, 1.5e9);
  EXPECT_EQ(parsed("400 Gbit/s").si, 50e9);
  EXPECT_EQ(parsed("400 Gbit/s").dimension, kBandwidth);
  EXPECT_EQ(parsed("60e9 USD").si, 60e9);
  EXPECT_EQ(parsed("60 GUSD").dimension, kMoney);
  EXPECT_DOUBLE_EQ(parsed("31.08 USD/MWh").si, 31.08 / 3.6e9);
  EXPECT_EQ(parsed("80 GiB").si, 80.0 * 1024 * 1024 * 1024);
  EXPECT_DOUBLE_EQ(parsed("5 %").si, 0.05);
  EXPECT_EQ(parsed("989 TFLOP/s").si, 989e12);
  EXPECT_EQ(parsed("989 TFLOPS").dimension, kComputeRate);
  EXPECT_DOUBLE_EQ(parsed("415.5 gCO2/kWh").si, 0.4155 / 3.6e6);
  EXPECT_EQ(parsed("8930 tCO2e").si, 8.93e6);
  EXPECT_DOUBLE_EQ(parsed("14 months").si, 14 * 30.436875 * 86400);
  EXPECT_DOUBLE_EQ(parsed("1 year").si, 12 * parsed("1 month").si);
  EXPECT_EQ(parsed("1/day").si, 1.0 / 86400);
  EXPECT_DOUBLE_EQ(parsed("10.2 MUSD/MW").si, 10.2);
  EXPECT_EQ(parsed(" -3 ms ").si, -3e-3);
  EXPECT_FALSE(parsed("17").has_unit);
}

TEST(ParseQuantity, GroupsDigitsButNeverReadsADecimalComma) {
  EXPECT_EQ(parsed("1_300_000").si, 1.3e6);
  EXPECT_EQ(parsed("1,300,000 USD").si, 1.3e6);
  EXPECT_EQ(parsed("12,345.5 USD").si, 12345.5);
  for (const char* text :
       {"1,5 GW", "1,50 GW", "1,5000 GW", "1,", ",5", "1,,000", "1.5,000 GW", "_1", "1_", "1e3,000"})
    EXPECT_FALSE(parse_quantity(text)) << text;
}

TEST(ParseQuantity, RefusesWithAReason) {
  const auto reason = [](const char* text) {
    const auto q = parse_quantity(text);
    return q ? std::string("accepted") : q.error();
  };
  EXPECT_EQ(reason("GW"), "'GW' does not start with a finite number");
  EXPECT_EQ(reason("inf W"), "'inf W' does not start with a finite number");
  EXPECT_EQ(reason("nan"), "'nan' does not start with a finite number");
  EXPECT_EQ(reason("1e999 W"), "'1e999 W' does not start with a finite number");
  EXPECT_EQ(reason("1e308 GW"), "the value is out of range");
  EXPECT_EQ(reason("1 GX"), "unknown unit 'GX'");
  EXPECT_EQ(reason("1 W/"), "unknown unit ''");
  EXPECT_EQ(reason("1 W/s/s/s/s/s/s/s"), "unknown unit 's'");
  EXPECT_EQ(reason("1 Kimin"), "unknown unit 'Kimin'");
  EXPECT_EQ(reason("1 KiW"), "unknown unit 'KiW'");  // binary prefixes are for data
  EXPECT_EQ(reason("--1"), "'--1' does not start with a finite number");
  EXPECT_EQ(reason(""), "'' does not start with a finite number");
  EXPECT_EQ(reason(("1 " + std::string(1000, 'W')).c_str()), "the unit is too long");
}

TEST(ParseUnit, DistinguishesTheConfusable) {
  EXPECT_EQ(parse_unit("GB/s")->factor, 8 * parse_unit("Gbit/s")->factor);
  EXPECT_FALSE(parse_unit("MW")->dimension == parse_unit("MWh")->dimension);
  EXPECT_FALSE(parse_unit("FLOP")->dimension == parse_unit("FLOP/s")->dimension);
  EXPECT_EQ(parse_unit("ms")->factor, 1e-3);
  EXPECT_EQ(parse_unit("Ms")->factor, 1e6);
  EXPECT_EQ(parse_unit("min")->factor, 60);
  EXPECT_EQ(parse_unit("m3")->dimension, kVolume);
  EXPECT_EQ(parse_unit("")->dimension, kNone);
  EXPECT_EQ(parse_unit("USD/kWh/year")->dimension, kMoney / kEnergy / kTime);
  EXPECT_EQ(parse_unit("MW*h")->factor, parse_unit("MWh")->factor);
}

TEST(ExampleUnits, AreUnitsOfThatDimension) {
  for (const Dimension& d :
       {kTime, kPower, kEnergy, kData, kBandwidth, kComputeRate, kCompute, kMass, kVolume, kMoney / kEnergy,
        kMass / kEnergy, kMoney / kPower, kMoney / kTime, kVolume / kEnergy, kFrequency}) {
    std::string_view list = example_units(d);
    ASSERT_FALSE(list.empty());
    while (!list.empty()) {
      const auto end = list.find(", ");
      const auto unit = parse_unit(list.substr(0, end));
      ASSERT_TRUE(unit) << list;
      EXPECT_EQ(unit->dimension, d) << list;
      list = end == std::string_view::npos ? "" : list.substr(end + 2);
    }
  }
}

TEST(Format, RoundsToSignificantDigitsAndGroupsThousands) {
  EXPECT_EQ(format_quantity(1.02e9, "MW"), "1,020 MW");
  EXPECT_EQ(format_quantity(0.05, "%"), "5%");
  EXPECT_EQ(format_quantity(3, ""), "3");
  EXPECT_EQ(format_quantity(3, "count"), "3");
  EXPECT_EQ(format_number(0), "0");
  EXPECT_EQ(format_number(1234.56), "1,235");
  EXPECT_EQ(format_number(0.00012346), "0.0001235");
  EXPECT_EQ(format_number(999.96), "1,000");
  EXPECT_EQ(format_number(-1234567), "-1,234,567");
  EXPECT_EQ(format_number(-0.5), "-0.5");
  EXPECT_EQ(format_number(1e20), "1.000e+20");
  EXPECT_EQ(format_number(1e-12), "1.000e-12");
  EXPECT_EQ(format_number(std::nan("")), "n/a");
  EXPECT_EQ(format_number(-INFINITY), "-inf");
}

TEST(Format, ReadsBackWithinItsDigits) {
  for (double x = 1e-5; x < 1e14; x *= 3.7) {
    const auto back = parse_quantity(format_quantity(x, "kW"));
    ASSERT_TRUE(back) << format_quantity(x, "kW");
    EXPECT_NEAR(back->si / x, 1, 5.1e-4);
  }
}

}  // namespace
}  // namespace gigawatt::units
