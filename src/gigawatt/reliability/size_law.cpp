#include "gigawatt/reliability/size_law.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/base/check.h"

namespace gigawatt::reliability {
namespace {

double error_of(const SizeLaw& law, std::span<const SizePoint> points) {
  double sum = 0;
  for (const SizePoint& p : points) {
    const double r = std::log(law.mttf_h(p.nodes) / p.mttf_h);
    sum += r * r;
  }
  return sum;
}

/// The two rates for a given growth: Gauss-Newton on their logarithms with halved steps where one goes too far.
SizeLaw rates_for(double grows_to, std::span<const SizePoint> points) {
  const auto [least, most] = std::minmax_element(
      points.begin(), points.end(), [](const SizePoint& a, const SizePoint& b) { return a.nodes < b.nodes; });
  SizeLaw law{0.5 / (most->mttf_h * most->nodes), 0.5 / (least->mttf_h * std::min(least->nodes, grows_to)),
              grows_to};
  double error = error_of(law, points);
  for (int i = 0; i < 200; ++i) {
    // The logarithm of the rate changes by its share of the rate.
    double aa = 1e-12, ab = 0, bb = 1e-12, ar = 0, br = 0;
    for (const SizePoint& p : points) {
      const double rate = 1 / law.mttf_h(p.nodes);
      const double a = law.node_per_h * p.nodes / rate;
      const double b = 1 - a;
      const double r = std::log(rate * p.mttf_h);
      aa += a * a, ab += a * b, bb += b * b, ar += a * r, br += b * r;
    }
    const double det = aa * bb - ab * ab;
    if (!(det > 0)) break;
    double da = -(bb * ar - ab * br) / det;
    double db = -(aa * br - ab * ar) / det;
    SizeLaw next = law;
    double reached = error;
    for (int half = 0; half < 40; ++half, da *= 0.5, db *= 0.5) {
      next = {law.node_per_h * std::exp(std::clamp(da, -5.0, 5.0)),
              law.job_per_h * std::exp(std::clamp(db, -5.0, 5.0)), grows_to};
      reached = error_of(next, points);
      if (reached < error) break;
    }
    if (!(reached < error)) break;
    const bool done = error - reached < 1e-15 * (1 + error);
    law = next;
    error = reached;
    if (done) break;
  }
  return law;
}

}  // namespace

double SizeLaw::mttf_h(double nodes) const {
  return 1 / (node_per_h * nodes + job_per_h * std::min(nodes, grows_to));
}

SizeFit fit_size_law(std::span<const SizePoint> points, double largest_growth) {
  GW_CHECK(points.size() >= 2 && largest_growth >= 1, "{} points, growth to {}", points.size(),
           largest_growth);
  for (const SizePoint& p : points)
    GW_CHECK(p.nodes > 0 && p.mttf_h > 0, "{} nodes fail every {} h", p.nodes, p.mttf_h);
  const auto error_at = [&](double log_growth) {
    return error_of(rates_for(std::exp(log_growth), points), points);
  };
  constexpr int kSteps = 256;
  const double step = std::log(largest_growth) / kSteps;
  double best = 0;
  double least = error_at(0);
  for (int i = 1; i <= kSteps && step > 0; ++i) {
    const double error = error_at(step * i);
    if (error < least) {
      least = error;
      best = step * i;
    }
  }
  double low = std::max(0.0, best - step);
  double high = std::min(std::log(largest_growth), best + step);
  const double ratio = 0.5 * (std::sqrt(5.0) - 1);
  while (high - low > 1e-7) {
    const double a = high - ratio * (high - low);
    const double b = low + ratio * (high - low);
    if (error_at(a) <= error_at(b))
      high = b;
    else
      low = a;
  }
  SizeFit fit;
  fit.law = rates_for(std::exp(0.5 * (low + high)), points);
  for (const SizePoint& p : points) fit.residuals.push_back(std::log(fit.law.mttf_h(p.nodes) / p.mttf_h));
  fit.rms = std::sqrt(error_of(fit.law, points) / static_cast<double>(points.size()));
  return fit;
}

}  // namespace gigawatt::reliability
