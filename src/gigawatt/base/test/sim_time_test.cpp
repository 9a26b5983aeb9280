#include "gigawatt/base/sim_time.h"

#include <gtest/gtest.h>

#include "gigawatt/base/check.h"

namespace gigawatt::base {
namespace {

constexpr std::int64_t kUsPerDay = 86'400'000'000;

TEST(SimTime, CountsDaysFromTheEpochAsTheGregorianCalendarDoes) {
  EXPECT_EQ(SimTime::from_date(1970, 1, 1).us, 0);
  EXPECT_EQ(SimTime::from_date(2000, 3, 1).us, 11017 * kUsPerDay);  // 30 years with 7 leap days, and 60 days
  EXPECT_EQ(SimTime::from_date(1969, 12, 31).us, -kUsPerDay);
  EXPECT_EQ((SimTime::from_date(2024, 3, 1) - SimTime::from_date(2024, 2, 1)).to_days(), 29);
  EXPECT_EQ((SimTime::from_date(2100, 3, 1) - SimTime::from_date(2100, 2, 1)).to_days(), 28);
}

TEST(ParseTime, AcceptsEveryDocumentedForm) {
  EXPECT_EQ(parse_time("2026"), SimTime::from_date(2026, 1, 1));
  EXPECT_EQ(parse_time("2026-07"), SimTime::from_date(2026, 7, 1));
  EXPECT_EQ(parse_time("2026-07-15"), SimTime::from_date(2026, 7, 15));
  EXPECT_EQ(parse_time("2026-Q1"), SimTime::from_date(2026, 1, 1));
  EXPECT_EQ(parse_time("2026-q4"), SimTime::from_date(2026, 10, 1));
  EXPECT_EQ(parse_time("2026-07-15T06:30:01Z")->us,
            SimTime::from_date(2026, 7, 15).us + (6 * 3600 + 30 * 60 + 1) * 1'000'000LL);
  EXPECT_EQ(parse_time("2024-02-29"), SimTime::from_date(2024, 2, 29));
}

TEST(ParseTime, RefusesEverythingElse) {
  for (const char* text : {"",
                           "26",
                           "2026-",
                           "2026-13",
                           "2026-00",
                           "2026-7",
                           "2026-02-29",
                           "2026-04-31",
                           "2026-Q5",
                           "2026-Q0",
                           "2026-Q1x",
                           "2026-07-15T",
                           "2026-07-15T24:00",
                           "2026-07-15T10:60",
                           "2026-07-15T10:00:60",
                           "2026-07-15Z",
                           "1899",
                           "2201",
                           "-026",
                           "+026",
                           "2026-07-15T06:30:00+02:00",
                           "2026 07",
                           "yesterday"})
    EXPECT_FALSE(parse_time(text)) << text;
}

TEST(SimTime, PrintsAndReadsBackAnyInstantOfTheSupportedYears) {
  for (std::int64_t us = SimTime::from_date(1900, 1, 1).us; us < SimTime::from_date(2200, 1, 1).us;
       us += 37 * kUsPerDay + 12'345'000'000) {
    const SimTime t{us};
    ASSERT_EQ(parse_time(to_iso_datetime(t)), t) << to_iso_datetime(t);
    const auto c = civil(t);
    ASSERT_LE(SimTime::from_date(c.year, c.month, c.day), t);
    ASSERT_LT(t - SimTime::from_date(c.year, c.month, c.day), Duration{kUsPerDay});
  }
}

TEST(SimTime, FloorsInstantsBeforeTheEpochToTheirDay) {
  EXPECT_EQ(to_iso_datetime(SimTime{-1'000'000}), "1969-12-31T23:59:59Z");
  EXPECT_EQ(to_iso_date(SimTime{-kUsPerDay}), "1969-12-31");
  EXPECT_EQ(to_iso_date(SimTime{-kUsPerDay - 1}), "1969-12-30");
}

TEST(SimTime, WalksMonths) {
  const SimTime t = *parse_time("2026-12-31T23:59:59Z");
  EXPECT_EQ(start_of_month(t), SimTime::from_date(2026, 12, 1));
  EXPECT_EQ(next_month(t), SimTime::from_date(2027, 1, 1));
  EXPECT_EQ(next_month(SimTime::from_date(2024, 2, 29)), SimTime::from_date(2024, 3, 1));
}

TEST(SimTime, GivesFractionsOfTheYearItIsIn) {
  EXPECT_DOUBLE_EQ(year_fraction(SimTime::from_date(2026, 1, 1)), 2026.0);
  EXPECT_DOUBLE_EQ(year_fraction(SimTime::from_date(2024, 7, 2)), 2024.5);  // day 183 of 366
}

TEST(Duration, ConvertsExactlyAndRefusesWhatDoesNotFit) {
  EXPECT_EQ(Duration::seconds(0.3).us, 300'000);
  EXPECT_EQ(Duration::seconds(0.3).to_seconds(), 0.3);  // one correctly rounded division
  EXPECT_EQ(Duration::seconds(-1e-6).us, -1);
  EXPECT_EQ(Duration::seconds(3600).to_hours(), 1);
  EXPECT_THROW(Duration::seconds(1e13), InternalError);
  EXPECT_THROW(Duration::seconds(std::numeric_limits<double>::quiet_NaN()), InternalError);
}

}  // namespace
}  // namespace gigawatt::base
