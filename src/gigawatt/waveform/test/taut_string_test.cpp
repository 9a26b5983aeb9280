#include "gigawatt/waveform/taut_string.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "gigawatt/base/random.h"

namespace gigawatt::waveform {
namespace {

using random::Stream;

/// The least sum of squares in a tube, by projecting single energies until nothing moves: slow and plain.
std::vector<double> by_relaxation(const std::vector<double>& watts, double half) {
  const std::size_t n = watts.size();
  std::vector<double> taken(n + 1, 0.0);
  std::partial_sum(watts.begin(), watts.end(), taken.begin() + 1);
  std::vector<double> s = taken;
  for (int round = 0; round < 20000; ++round) {
    double moved = 0;
    for (std::size_t i = 1; i < n; ++i) {
      const double to = std::clamp((s[i - 1] + s[i + 1]) / 2, taken[i] - half, taken[i] + half);
      moved = std::max(moved, std::abs(to - s[i]));
      s[i] = to;
    }
    if (moved < 1e-13) break;
  }
  std::vector<double> out(n);
  for (std::size_t i = 0; i < n; ++i) out[i] = s[i + 1] - s[i];
  return out;
}

TEST(TautString, IsTheShortestCurveInTheTube) {
  Stream random(1, random::Domain::kTest, 6);
  for (int round = 0; round < 300; ++round) {
    std::vector<double> watts(2 + random.below(30));
    for (double& w : watts) w = random.uniform();
    const double energy = 2 * random.uniform();
    const auto taut = taut_string(watts, 1, energy);
    const auto expected = by_relaxation(watts, energy / 2);
    for (std::size_t i = 0; i < watts.size(); ++i)
      EXPECT_NEAR(taut[i], expected[i], 1e-6) << round << " " << i;
  }
}

TEST(TautString, NoEnergyLeavesTheLoadAndMuchFlattensIt) {
  const std::vector<double> watts = {1, 5, 2, 8, 3};
  EXPECT_EQ(taut_string(watts, 0.1, 0), watts);
  for (const double w : taut_string(watts, 0.1, 100)) EXPECT_NEAR(w, 19.0 / 5, 1e-12);
}

}  // namespace
}  // namespace gigawatt::waveform
