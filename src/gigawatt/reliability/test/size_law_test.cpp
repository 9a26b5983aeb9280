#include "gigawatt/reliability/size_law.h"

#include <gtest/gtest.h>

#include <cmath>

#include "gigawatt/base/check.h"

namespace gigawatt::reliability {
namespace {

// arXiv 2410.21680: measured at 8 and 1,024 GPUs, projected at 16,384 and 131,072.
constexpr SizePoint kRsc[] = {{1, 47.7 * 24}, {128, 7.9}, {2048, 1.8}, {16384, 0.23}};

TEST(SizeLaw, FindsTheLawThatMadeThePoints) {
  const SizeLaw truth{2e-4, 7e-4, 300};
  std::vector<SizePoint> points;
  for (const double n : {1.0, 10.0, 100.0, 200.0, 1000.0, 5000.0, 30000.0})
    points.push_back({n, truth.mttf_h(n)});
  const SizeFit fit = fit_size_law(points, 30000);
  EXPECT_NEAR(fit.law.node_per_h / truth.node_per_h, 1, 1e-4);
  EXPECT_NEAR(fit.law.job_per_h / truth.job_per_h, 1, 1e-4);
  EXPECT_NEAR(fit.law.grows_to / truth.grows_to, 1, 1e-4);
  EXPECT_LT(fit.rms, 1e-6);
}

TEST(SizeLaw, OneLawMeetsAllSizesOfRscWithinATenth) {
  const SizeFit fit = fit_size_law(kRsc, 16384);
  // The profile rsc-1 holds these.
  EXPECT_NEAR(fit.law.node_per_h / 8, 3.083e-5, 0.002e-5);
  EXPECT_NEAR(fit.law.job_per_h, 6.777e-4, 0.003e-4);
  EXPECT_NEAR(8 * fit.law.grows_to, 1024, 4);
  EXPECT_NEAR(fit.rms, 0.06, 0.005);
  for (const double r : fit.residuals) EXPECT_LT(std::abs(r), 0.08);
}

TEST(SizeLaw, ACauseThatDoesNotGrowCannotMeetThem) {
  // Whatever the two rates: 1,024 GPUs stay more than twice too good.
  const SizeFit fit = fit_size_law(kRsc, 1);
  EXPECT_EQ(fit.law.grows_to, 1);
  EXPECT_GT(fit.residuals[1], std::log(2.0));
  EXPECT_GT(fit.rms, 0.5);
}

TEST(SizeLaw, IsAMinimum) {
  const SizeFit fit = fit_size_law(kRsc, 16384);
  const auto error = [](const SizeLaw& law) {
    double sum = 0;
    for (const auto& p : kRsc) sum += std::pow(std::log(law.mttf_h(p.nodes) / p.mttf_h), 2);
    return sum;
  };
  const double least = error(fit.law);
  for (const double f : {0.97, 1.03}) {
    EXPECT_GT(error({fit.law.node_per_h * f, fit.law.job_per_h, fit.law.grows_to}), least);
    EXPECT_GT(error({fit.law.node_per_h, fit.law.job_per_h * f, fit.law.grows_to}), least);
    EXPECT_GT(error({fit.law.node_per_h, fit.law.job_per_h, fit.law.grows_to * f}), least);
  }
  EXPECT_THROW(fit_size_law({kRsc, 1}, 10), base::InternalError);
}

}  // namespace
}  // namespace gigawatt::reliability
