#include "gigawatt/waveform/series.h"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "gigawatt/base/random.h"
#include "gigawatt/waveform/spectrum.h"

namespace gigawatt::waveform {
namespace {

using random::Stream;

Series sinusoid(double hz, double amplitude, double seconds, double dt) {
  Series s{dt, {}};
  for (double t = dt / 2; t < seconds; t += dt)
    s.watts.push_back(100 + amplitude * std::sin(2 * std::numbers::pi * hz * t));
  return s;
}

TEST(Series, ChangesAreThoseOfAllPairs) {
  Stream random(1, random::Domain::kTest, 4);
  for (int round = 0; round < 50; ++round) {
    Series s{0.5, {}};
    for (int i = 0; i < 60; ++i) s.watts.push_back(random.uniform());
    const std::size_t window = 1 + random.below(20);
    double up = 0, down = 0;
    for (std::size_t i = 0; i < s.watts.size(); ++i)
      for (std::size_t j = i + 1; j < s.watts.size() && j <= i + window; ++j) {
        up = std::max(up, s.watts[j] - s.watts[i]);
        down = std::max(down, s.watts[i] - s.watts[j]);
      }
    EXPECT_DOUBLE_EQ(largest_change(s, 0.5 * static_cast<double>(window), 1).by, up);
    EXPECT_DOUBLE_EQ(largest_change(s, 0.5 * static_cast<double>(window), -1).by, down);
    EXPECT_DOUBLE_EQ(largest_range(s, 0.5 * static_cast<double>(window)).by, std::max(up, down));
  }
}

TEST(Series, RebinningKeepsEnergy) {
  Stream random(1, random::Domain::kTest, 5);
  Series s{0.01, {}};
  for (int i = 0; i < 1000; ++i) s.watts.push_back(random.uniform());
  for (const std::size_t bins : {1u, 3u, 64u, 4096u})
    EXPECT_NEAR(extremes(rebin(s, 10, bins).watts).mean, extremes(s.watts).mean, 1e-12);
}

TEST(Series, LagTakesOneTimeConstantAndKeepsTheMean) {
  std::vector<double> step(1000, 1.0);
  lag(step, 0.01, 1.0, 0);
  EXPECT_NEAR(step[99], 1 - std::exp(-0.995), 2e-3);
  std::vector<double> x;
  for (int i = 0; i < 100000; ++i) x.push_back((i / 50) % 2);
  lag(x, 0.001, 0.02, 0.5);
  EXPECT_NEAR(extremes(x).mean, 0.5, 2e-4);
}

TEST(Spectrum, ASinusoidShowsItsAmplitudeAtItsFrequency) {
  for (const double hz : {0.1, 0.5, 3.0, 12.5}) {
    const Series s = sinusoid(hz, 7, 40, 0.001);
    const auto lines = spectrum(s, 40, true, 0.05, 20);
    const auto best =
        *std::max_element(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return a.w < b.w; });
    EXPECT_NEAR(best.hz, hz, 1e-9);
    EXPECT_NEAR(best.w, 7, 0.01);
    EXPECT_NEAR(share_in_band(lines, hz - 0.01, hz + 0.01), 1, 1e-4);
  }
}

TEST(Spectrum, ABandKeepsWhatLiesInItAndDropsTheRest) {
  Series s = sinusoid(0.05, 30, 60, 0.001);
  const Series fast = sinusoid(2, 5, 60, 0.001);
  for (std::size_t i = 0; i < s.watts.size(); ++i) s.watts[i] += fast.watts[i] - 100;
  const Series kept = band(s, 0.5, 55, 0);
  const auto middle = std::vector<double>(kept.watts.begin() + kept.watts.size() / 4,
                                          kept.watts.end() - kept.watts.size() / 4);
  EXPECT_NEAR(extremes(middle).most - extremes(middle).least, 10, 0.2);
  EXPECT_NEAR(extremes(kept.watts).mean, 0, 1e-9);
}

TEST(Spectrum, ThinningKeepsTheLargestLine) {
  const auto lines = spectrum(sinusoid(3, 7, 60, 0.001), 60, true, 0.05, 20);
  const auto few = thinned(lines, 100);
  EXPECT_LE(few.size(), 100u);
  EXPECT_NEAR(
      std::max_element(few.begin(), few.end(), [](const Line& a, const Line& b) { return a.w < b.w; })->w, 7,
      0.01);
}

}  // namespace
}  // namespace gigawatt::waveform
