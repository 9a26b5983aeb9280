#include "gigawatt/waveform/limit.h"

#include <cmath>
#include <memory>
#include <numbers>

#include <gtest/gtest.h>

#include "gigawatt/config/toml.h"

namespace gigawatt::waveform {
namespace {

tl::expected<Limit, base::Diagnostics> limit(const std::string& text) {
  return read_limit(
      *config::parse_toml(std::make_shared<base::SourceText>(base::SourceText{"limit.toml", text})));
}

const std::string kHead = "name = \"x\"\ntitle = \"x\"\ndate = \"2026-01-01\"\nsource = \"x\"\n";

Series swinging(double mean, double amplitude, double hz) {
  Series s{0.01, {}};
  for (int i = 0; i < 6000; ++i)
    s.watts.push_back(mean + amplitude * std::sin(2 * std::numbers::pi * hz * (i + 0.5) * 0.01));
  return s;
}

TEST(Limit, EveryShippedFileReads) {
  const auto limits = load_limits(std::string(GW_SOURCE_DIR) + "/data");
  ASSERT_TRUE(limits) << base::render(limits.error());
  EXPECT_GE(limits->size(), 10u);
  for (const Limit& l : *limits) EXPECT_FALSE(l.version.empty()) << l.name;
}

TEST(Limit, PeakToPeakInABandIsTwiceTheAmplitude) {
  const auto l =
      limit(kHead + "[[band]]\nlow = \"0.1 Hz\"\nhigh = \"55 Hz\"\npower = \"10 MW\"\nwindow = \"5 s\"\n");
  ASSERT_TRUE(l);
  const Verdict below = evaluate(*l, swinging(100e6, 4.9e6, 1), 60);
  EXPECT_TRUE(below.holds());
  EXPECT_NEAR(below.worst()->value, 9.8, 0.05);
  EXPECT_FALSE(evaluate(*l, swinging(100e6, 5.1e6, 1), 60).holds());
  // Slower than the band: ignored.
  EXPECT_TRUE(evaluate(*l, swinging(100e6, 50e6, 0.05), 60).holds());
}

TEST(Limit, ARampIsTheLargestChangeWithinItsWindow) {
  Series s{0.1, {}};
  for (int i = 0; i < 600; ++i) s.watts.push_back(100e6 + 1e6 * i * 0.1);  // 1 MW a second
  const auto l = limit(kHead + "ramp = [{ direction = \"up\", power = \"5 MW\", window = \"15 s\" }]\n");
  ASSERT_TRUE(l);
  const Verdict v = evaluate(*l, s, 0);
  ASSERT_EQ(v.checks.size(), 1u);
  EXPECT_NEAR(v.checks[0].value, 15, 1e-9);
  EXPECT_FALSE(v.holds());
}

TEST(Limit, TheLesserOfAPowerAndAShareCounts) {
  const auto l = limit(kHead + "ramp = [{ power = \"20 MW\", share = 0.05, window = \"60 s\" }]\n");
  EXPECT_NEAR(evaluate(*l, swinging(95e6, 5e6, 0.5), 0).checks[0].bound, 5, 0.01);
  EXPECT_NEAR(evaluate(*l, swinging(900e6, 100e6, 0.5), 0).checks[0].bound, 20, 0.01);
}

TEST(Limit, LoadsBelowItsSizeAreExempt) {
  const auto l = limit(kHead + "at_least = \"75 MW\"\nramp = [{ power = \"1 MW\", window = \"60 s\" }]\n");
  EXPECT_TRUE(evaluate(*l, swinging(50e6, 20e6, 1), 0).holds());
  EXPECT_FALSE(evaluate(*l, swinging(60e6, 20e6, 1), 0).holds());
}

TEST(Limit, OverlappingBandsAreRefusedWithTheirPlace) {
  const auto l = limit(kHead +
                       "[[band]]\nlow = \"0.1 Hz\"\nhigh = \"5 Hz\"\npower = \"10 MW\"\n"
                       "[[band]]\nlow = \"4 Hz\"\nhigh = \"55 Hz\"\npower = \"3 MW\"\n");
  ASSERT_FALSE(l);
  ASSERT_EQ(l.error().size(), 1u);
  EXPECT_EQ(l.error()[0].code, "bands-overlap");
  EXPECT_EQ(l.error()[0].span.line, 9);
  const auto volts =
      limit(kHead + "voltage = [{ low = 0.5, high = 0.9, time = \"1 s\" }, { low = 0.8, high = 1.1 }]\n");
  ASSERT_FALSE(volts);
  EXPECT_EQ(volts.error()[0].code, "bands-overlap");
}

TEST(Limit, MegawattHoursForMegawattsAndMissingBoundsAreRefused) {
  EXPECT_FALSE(limit(kHead + "ramp = [{ power = \"20 MWh\", window = \"60 s\" }]\n"));
  const auto none = limit(kHead + "ramp = [{ window = \"60 s\" }]\n");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error()[0].code, "no-bound");
}

}  // namespace
}  // namespace gigawatt::waveform
