#include "gigawatt/analysis/sobol_indices.h"

#include <cmath>
#include <functional>
#include <numbers>

#include <gtest/gtest.h>

#include "gigawatt/base/random.h"

namespace gigawatt::analysis {
namespace {

using Function = std::function<double(const std::vector<double>&)>;

SobolSample sampled(const Function& f, std::size_t axes, std::size_t n) {
  SobolSample out;
  out.mixed.resize(axes);
  for (std::size_t k = 0; k < n; ++k) {
    random::Stream draw(7, random::Domain::kMonteCarlo, k);
    std::vector<double> a(axes), b(axes);
    for (double& u : a) u = draw.uniform();
    for (double& u : b) u = draw.uniform();
    out.a.push_back(f(a));
    out.b.push_back(f(b));
    for (std::size_t i = 0; i < axes; ++i) {
      auto mixed = a;
      mixed[i] = b[i];
      out.mixed[i].push_back(f(mixed));
    }
  }
  return out;
}

/// Ishigami and Homma (1990), a = 7, b = 0.1: S = 0.3139, 0.4424, 0; ST = 0.5576, 0.4424, 0.2437.
TEST(SobolIndices, OfIshigamisFunction) {
  const Function f = [](const std::vector<double>& u) {
    const auto x = [&](std::size_t i) { return std::numbers::pi * (2 * u[i] - 1); };
    return std::sin(x(0)) + 7 * std::pow(std::sin(x(1)), 2) + 0.1 * std::pow(x(2), 4) * std::sin(x(0));
  };
  const auto found = sobol_indices(sampled(f, 3, 4096), 1);
  const double first[] = {0.3139, 0.4424, 0}, total[] = {0.5576, 0.4424, 0.2437};
  ASSERT_EQ(found.inputs.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(found.inputs[i].first.value, first[i], 0.04) << i;
    EXPECT_NEAR(found.inputs[i].total.value, total[i], 0.04) << i;
    EXPECT_LE(found.inputs[i].first.low, first[i] + 0.01) << i;
    EXPECT_GE(found.inputs[i].first.high, first[i] - 0.01) << i;
    EXPECT_LE(found.inputs[i].total.low, total[i] + 0.01) << i;
    EXPECT_GE(found.inputs[i].total.high, total[i] - 0.01) << i;
  }
  ASSERT_EQ(found.stages.size(), 3u);
  EXPECT_EQ(found.stages.front().samples, 1024u);
  EXPECT_NEAR(found.mean, 3.5, 0.1);
}

/// f = 2 x + y: V = 4/12 + 1/12, so 0.8 and 0.2, first and total alike; more samples, narrower intervals.
TEST(SobolIndices, OfASumAreItsSharesAndConverge) {
  const Function f = [](const std::vector<double>& u) { return 2 * u[0] + u[1]; };
  const auto few = sobol_indices(sampled(f, 2, 128), 1), many = sobol_indices(sampled(f, 2, 2048), 1);
  EXPECT_NEAR(many.inputs[0].total.value, 0.8, 0.03);
  EXPECT_NEAR(many.inputs[1].first.value, 0.2, 0.04);
  EXPECT_LT(many.widest(), few.widest() / 2);
}

TEST(SobolIndices, OfWhatDoesNotVaryAreNone) {
  const auto found = sobol_indices(sampled([](const auto&) { return 5.0; }, 2, 64), 1);
  EXPECT_TRUE(found.inputs.empty());
  EXPECT_EQ(found.deviation, 0);
}

}  // namespace
}  // namespace gigawatt::analysis
