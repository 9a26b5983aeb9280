// Maximum likelihood and goodness of fit of single laws.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "gigawatt/base/check.h"
#include "gigawatt/base/quantile.h"
#include "gigawatt/base/random.h"
#include "gigawatt/reliability/failure_fit.h"

namespace gigawatt::reliability {
namespace {

/// Largest distance between the sample's distribution and `cdf`; sorts `x`.
template <typename Cdf>
double ks_distance(std::vector<double>& x, const Cdf& cdf) {
  std::sort(x.begin(), x.end());
  const auto n = static_cast<double>(x.size());
  double d = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double f = cdf(x[i]);
    d = std::max({d, f - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - f});
  }
  return d;
}

constexpr std::size_t kLargeSample = 1000;
constexpr double kSurely = 2;  // sqrt(n) D

/// Share of replicas, drawn from the fitted law and fitted anew, whose distance is at least as large.
template <typename Draw, typename Distance>
double bootstrap_p(std::size_t n, double distance, std::uint64_t seed, std::uint64_t entity, int replicas,
                   const Draw& draw, const Distance& distance_of) {
  const double scaled = std::sqrt(static_cast<double>(n)) * distance;
  if (n > kLargeSample && scaled > kSurely) return 0;
  const std::size_t size = std::min(n, kLargeSample);
  const double bar = n > size ? scaled / std::sqrt(static_cast<double>(size)) : distance;
  random::Stream stream(seed, random::Domain::kMonteCarlo, entity);
  std::vector<double> x(size);
  int larger = 0;
  for (int r = 0; r < replicas; ++r) {
    for (double& v : x) v = draw(stream);
    if (distance_of(x) >= bar) ++larger;
  }
  return replicas > 0 ? static_cast<double>(larger) / replicas : 0;
}

double mean_of(std::span<const double> x) {
  return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}

struct Weibull {
  double shape = 1;
  double scale = 1;
  double cdf(double x) const { return -std::expm1(-std::pow(x / scale, shape)); }
};

/// The likelihood's derivative falls in k: a bracket, then bisection refined by Newton's step where it stays inside.
Weibull weibull_mle(std::span<const double> x) {
  const double top = *std::max_element(x.begin(), x.end());
  std::vector<double> logs;
  logs.reserve(x.size());
  double mean_log = 0;
  for (const double v : x) {
    logs.push_back(std::log(v / top));
    mean_log += logs.back();
  }
  mean_log /= static_cast<double>(x.size());
  const auto derivative = [&](double k) {
    double s0 = 0, s1 = 0;
    for (const double l : logs) {
      const double p = std::exp(k * l);
      s0 += p;
      s1 += p * l;
    }
    return s1 / s0 - 1 / k - mean_log;
  };
  double low = 1e-3, high = 1;
  while (derivative(high) < 0 && high < 1e4) high *= 2;
  for (int i = 0; i < 60 && high - low > 1e-10 * high; ++i) {
    const double mid = 0.5 * (low + high);
    (derivative(mid) < 0 ? low : high) = mid;
  }
  const double k = 0.5 * (low + high);
  double sum = 0;
  for (const double v : x) sum += std::pow(v / top, k);
  return {k, top * std::pow(sum / static_cast<double>(x.size()), 1 / k)};
}

struct Lognormal {
  double mean = 0, sigma = 1;
  double cdf(double x) const { return random::normal_cdf((std::log(x) - mean) / sigma); }
};

Lognormal lognormal_mle(std::span<const double> x) {
  double mean = 0;
  for (const double v : x) mean += std::log(v);
  mean /= static_cast<double>(x.size());
  double square = 0;
  for (const double v : x) square += (std::log(v) - mean) * (std::log(v) - mean);
  return {mean, std::sqrt(square / static_cast<double>(x.size()))};
}

/// The same with values of which only a lower bound is known, by expectation and maximization: a censored ln(x) > c has
/// the mean m + s h and the second moment m^2 + s^2 + s h (c + m), h the hazard of the normal law at (c - m) / s.
Lognormal censored_mle(std::span<const double> x, std::span<const double> open) {
  constexpr int kMost = 2000;
  constexpr double kClose = 1e-12;
  std::vector<double> all(x.begin(), x.end());
  all.insert(all.end(), open.begin(), open.end());
  Lognormal l = lognormal_mle(all);
  double sum = 0, square = 0;
  for (const double v : x) {
    sum += std::log(v);
    square += std::log(v) * std::log(v);
  }
  const auto n = static_cast<double>(all.size());
  for (int i = 0; i < kMost && l.sigma > 0; ++i) {
    double s1 = sum, s2 = square;
    for (const double v : open) {
      const double c = std::log(v);
      const double z = (c - l.mean) / l.sigma;
      const double tail = random::normal_cdf(-z);
      // Far in the tail the ratio loses its digits: Mills' expansion.
      const double hazard =
          z > 20 ? z + 1 / z : std::exp(-0.5 * z * z) / std::sqrt(2 * std::numbers::pi) / tail;
      s1 += l.mean + l.sigma * hazard;
      s2 += l.mean * l.mean + l.sigma * l.sigma + l.sigma * hazard * (c + l.mean);
    }
    const Lognormal next{s1 / n, std::sqrt(std::max(0.0, s2 / n - s1 / n * s1 / n))};
    const bool done =
        std::abs(next.mean - l.mean) + std::abs(next.sigma - l.sigma) < kClose * (1 + std::abs(l.mean));
    l = next;
    if (done) break;
  }
  return l;
}

}  // namespace

ExponentialFit fit_exponential(std::span<const double> x, std::uint64_t seed, int replicas) {
  GW_CHECK(x.size() >= 2, "{} values", x.size());
  const auto n = static_cast<double>(x.size());
  const double mean = mean_of(x);
  std::vector<double> sorted(x.begin(), x.end());
  const auto distance = [](std::vector<double>& v) {
    const double m = mean_of(v);
    return ks_distance(v, [m](double t) { return -std::expm1(-t / m); });
  };
  ExponentialFit f;
  f.rate_per_s = {1 / mean, 1 / mean / std::sqrt(n)};
  f.goodness.distance = distance(sorted);
  f.goodness.p = bootstrap_p(
      x.size(), f.goodness.distance, seed, 1, replicas,
      [mean](random::Stream& s) { return s.exponential(mean); }, distance);
  f.log_likelihood = -n * std::log(mean) - n;
  return f;
}

WeibullFit fit_weibull(std::span<const double> x, std::uint64_t seed, int replicas) {
  GW_CHECK(x.size() >= 2, "{} values", x.size());
  const auto n = static_cast<double>(x.size());
  const Weibull w = weibull_mle(x);
  std::vector<double> sorted(x.begin(), x.end());
  const auto distance = [](std::vector<double>& v) {
    const Weibull fitted = weibull_mle(v);
    return ks_distance(v, [&](double t) { return fitted.cdf(t); });
  };
  WeibullFit f;
  f.shape = {w.shape, 0.7797 * w.shape / std::sqrt(n)};
  f.scale_s = {w.scale, 1.0529 * w.scale / (w.shape * std::sqrt(n))};
  f.goodness.distance = distance(sorted);
  f.goodness.p = bootstrap_p(
      x.size(), f.goodness.distance, seed, 2, replicas,
      [&](random::Stream& s) { return s.weibull(w.scale, w.shape); }, distance);
  for (const double v : x)
    f.log_likelihood +=
        std::log(w.shape / w.scale) + (w.shape - 1) * std::log(v / w.scale) - std::pow(v / w.scale, w.shape);
  return f;
}

LognormalFit fit_lognormal(std::span<const double> x, std::uint64_t seed, int replicas,
                           std::span<const double> open) {
  GW_CHECK(x.size() >= 2, "{} values", x.size());
  const auto n = static_cast<double>(x.size());
  const Lognormal l = open.empty() ? lognormal_mle(x) : censored_mle(x, open);
  std::vector<double> sorted(x.begin(), x.end());
  const auto distance = [](std::vector<double>& v) {
    const Lognormal fitted = lognormal_mle(v);
    if (!(fitted.sigma > 0)) return 1.0;
    return ks_distance(v, [&](double t) { return fitted.cdf(t); });
  };
  LognormalFit f;
  f.samples = x.size();
  f.open = open.size();
  f.law = true;
  f.log_mean = {l.mean, l.sigma / std::sqrt(n)};
  f.log_sigma = {l.sigma, l.sigma / std::sqrt(2 * n)};
  // The distance is that of the repairs that were over; those that were not have no place in it.
  f.goodness.distance =
      open.empty() ? distance(sorted) : ks_distance(sorted, [&](double t) { return l.cdf(t); });
  f.goodness.p = bootstrap_p(
      x.size(), f.goodness.distance, seed, 3, replicas,
      [&](random::Stream& s) { return s.lognormal(std::exp(l.mean), l.sigma); }, distance);
  std::sort(sorted.begin(), sorted.end());
  f.median_s = base::quantile(sorted, 0.5);
  f.p95_s = base::quantile(sorted, 0.95);
  f.mean_s = mean_of(x);
  return f;
}

}  // namespace gigawatt::reliability
