#include "gigawatt/base/random.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <set>
#include <vector>

#include <Random123/philox.h>
#include <gtest/gtest.h>

#include "gigawatt/base/check.h"

namespace gigawatt::random {
namespace {

constexpr int kDraws = 200'000;

struct Moments {
  double mean = 0;
  double variance = 0;
};

Moments moments(const std::function<double()>& draw) {
  double sum = 0, squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = draw();
    sum += x;
    squares += x * x;
  }
  const double mean = sum / kDraws;
  return {mean, squares / kDraws - mean * mean};
}

TEST(Stream, UsesPhiloxAsPublished) {
  // Known answer of the Random123 distribution's kat_vectors: philox4x32-10, counter and key zero.
  const r123::Philox4x32::ctr_type zero = {{0, 0, 0, 0}};
  const r123::Philox4x32::key_type key = {{0, 0}};
  const auto out = r123::Philox4x32{}(zero, key);
  EXPECT_EQ(out[0], 0x6627e8d5u);
  EXPECT_EQ(out[1], 0xe169c58du);
  EXPECT_EQ(out[2], 0xbc57ac4cu);
  EXPECT_EQ(out[3], 0x9b00dbd8u);
}

TEST(Stream, IsTheSameForTheSameNameAndAnotherForAnyOther) {
  Stream a(7, Domain::kTest, 3), b(7, Domain::kTest, 3);
  std::set<std::uint64_t> first;
  for (int i = 0; i < 100; ++i) ASSERT_EQ(a.bits(), b.bits());
  for (const std::uint64_t seed : {7u, 8u})
    for (const auto domain : {Domain::kTest, Domain::kFailure, Domain::kJob})
      for (const std::uint64_t entity : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 32})
        first.insert(Stream(seed, domain, entity).bits());
  EXPECT_EQ(first.size(), 18u);
  EXPECT_NE(Stream(std::uint64_t{1} << 32, Domain::kTest, 0).bits(), Stream(0, Domain::kTest, 0).bits());
}

TEST(Stream, ContinuesFromASavedStateAtAnyPosition) {
  for (int skipped : {0, 1, 2, 3, 17}) {
    Stream original(11, Domain::kTest, 5);
    for (int i = 0; i < skipped; ++i) original.bits();
    Stream restored(11, Domain::kTest, 5);
    restored.restore(original.state());
    for (int i = 0; i < 10; ++i) ASSERT_EQ(original.bits(), restored.bits()) << skipped;
  }
}

TEST(Stream, StaysTheSameAcrossReleases) {
  Stream s(1, Domain::kFailure, 42);
  const std::vector<std::uint64_t> got = {s.bits(), s.bits(), s.bits()};
  Stream again(1, Domain::kFailure, 42);
  const double u = again.uniform();
  EXPECT_EQ(u, (static_cast<double>(got[0] >> 12) + 0.5) * 0x1p-52);
  EXPECT_EQ(
      got, (std::vector<std::uint64_t>{0x5e5d2730c32c52aeULL, 0x8c2835284ccb1563ULL, 0x694b493eb317f01fULL}));
}

TEST(Stream, UniformHasItsMomentsAndNeverTouchesTheEnds) {
  Stream s(1, Domain::kTest, 0);
  double low = 1, high = 0;
  const auto m = moments([&] {
    const double u = s.uniform();
    low = std::min(low, u);
    high = std::max(high, u);
    return u;
  });
  EXPECT_NEAR(m.mean, 0.5, 0.003);
  EXPECT_NEAR(m.variance, 1.0 / 12, 0.001);
  EXPECT_GT(low, 0);
  EXPECT_LT(high, 1);
}

TEST(Stream, DistributionsHaveTheirMeanAndVariance) {
  Stream s(2, Domain::kTest, 1);
  const auto exponential = moments([&] { return s.exponential(3); });
  EXPECT_NEAR(exponential.mean, 3, 0.03);
  EXPECT_NEAR(exponential.variance, 9, 0.3);
  const auto normal = moments([&] { return s.normal(-1, 2); });
  EXPECT_NEAR(normal.mean, -1, 0.02);
  EXPECT_NEAR(normal.variance, 4, 0.06);
  const double sigma = 0.5;
  const auto lognormal = moments([&] { return s.lognormal(2, sigma); });
  EXPECT_NEAR(lognormal.mean, 2 * std::exp(sigma * sigma / 2), 0.02);
  EXPECT_NEAR(lognormal.variance, 4 * (std::exp(sigma * sigma) - 1) * std::exp(sigma * sigma), 0.06);
  const double shape = 0.7;
  const auto weibull = moments([&] { return s.weibull(1, shape); });
  EXPECT_NEAR(weibull.mean, std::tgamma(1 + 1 / shape), 0.02);
  EXPECT_NEAR(weibull.variance, std::tgamma(1 + 2 / shape) - std::pow(std::tgamma(1 + 1 / shape), 2), 0.2);
}

TEST(Stream, PoissonHasMeanEqualToVarianceAtEverySize) {
  for (const double mean : {0.05, 0.7, 12.0, 33.0, 250.0, 5000.0}) {
    Stream s(3, Domain::kTest, static_cast<std::uint64_t>(mean * 100));
    const auto m = moments([&] { return static_cast<double>(s.poisson(mean)); });
    const double error = 5 * std::sqrt(mean / kDraws);
    EXPECT_NEAR(m.mean, mean, error + 1e-3 * mean * (mean > 1000 ? 1 : 0)) << mean;
    EXPECT_NEAR(m.variance / mean, 1, 0.03) << mean;
  }
  EXPECT_EQ(Stream(1, Domain::kTest, 0).poisson(0), 0u);
  EXPECT_THROW(Stream(1, Domain::kTest, 0).poisson(-1), base::InternalError);
}

TEST(Stream, BelowIsUnbiasedForNumbersThatDoNotDivideTheRange) {
  Stream s(4, Domain::kTest, 2);
  std::vector<int> counts(7);
  for (int i = 0; i < 70'000; ++i) ++counts[s.below(7)];
  for (const int n : counts) EXPECT_NEAR(n, 10'000, 500);
  const std::uint64_t huge = (std::uint64_t{3} << 62);  // a plain remainder would favor the low third
  int low = 0;
  for (int i = 0; i < 30'000; ++i) low += s.below(huge) < (std::uint64_t{1} << 62);
  EXPECT_NEAR(low, 10'000, 500);
  EXPECT_EQ(s.below(1), 0u);
  EXPECT_THROW(s.below(0), base::InternalError);
}

TEST(NormalQuantile, MatchesTabulatedValuesAndInvertsTheDistributionFunction) {
  EXPECT_EQ(normal_quantile(0.5), 0);
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-14);
  EXPECT_NEAR(normal_quantile(0.9), 1.2815515655446004, 1e-14);
  EXPECT_NEAR(normal_quantile(1e-10), -6.361340902404056, 1e-12);
  for (const double p : {1e-300, 1e-20, 1e-5, 0.01, 0.074, 0.076, 0.3, 0.7, 0.99, 0.999999})
    EXPECT_NEAR(0.5 * std::erfc(-normal_quantile(p) / std::sqrt(2.0)) / p, 1, 1e-11) << p;
  EXPECT_THROW(normal_quantile(0), base::InternalError);
  EXPECT_THROW(normal_quantile(1), base::InternalError);
}

}  // namespace
}  // namespace gigawatt::random
