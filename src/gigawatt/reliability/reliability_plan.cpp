#include "gigawatt/reliability/reliability_plan.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/base/check.h"

namespace gigawatt::reliability {
namespace {

constexpr std::int64_t kMostSpares = 100'000'000;

}  // namespace

double best_interval_s(double rate_per_s, double stall_s, double lag_s, const RecoveryCosts& recovery,
                       double shortest_s, double longest_s) {
  GW_CHECK(shortest_s > 0 && longest_s >= shortest_s, "an interval between {} s and {} s", shortest_s,
           longest_s);
  if (!(rate_per_s > 0)) return longest_s;
  const auto ettr = [&](double log_interval) {
    return ettr_renewal(rate_per_s, {std::exp(log_interval), stall_s, lag_s}, recovery);
  };
  const double ratio = 0.5 * (std::sqrt(5.0) - 1);
  double low = std::log(shortest_s);
  double high = std::log(longest_s);
  double a = high - ratio * (high - low);
  double b = low + ratio * (high - low);
  double at_a = ettr(a);
  double at_b = ettr(b);
  while (high - low > 1e-6) {
    if (at_a >= at_b) {
      high = b;
      b = a;
      at_b = at_a;
      a = high - ratio * (high - low);
      at_a = ettr(a);
    } else {
      low = a;
      a = b;
      at_a = at_b;
      b = low + ratio * (high - low);
      at_b = ettr(b);
    }
  }
  return std::exp(0.5 * (low + high));
}

double shortage(double node_rate_per_s, double repair_mean_s, std::int64_t spares) {
  const double mean = node_rate_per_s * repair_mean_s;
  if (!(mean > 0)) return 0;
  if (spares < 0) return 1;
  const auto term = [&](double k) { return std::exp(k * std::log(mean) - mean - std::lgamma(k + 1)); };
  // The smaller side is summed, so that neither a tail nor its complement is lost in rounding.
  double sum = 0;
  if (static_cast<double>(spares) < mean) {
    for (auto k = static_cast<double>(spares); k >= 0; --k) {
      const double t = term(k);
      sum += t;
      if (t < 1e-17 * sum) break;
    }
    return std::clamp(1 - sum, 0.0, 1.0);
  }
  for (auto k = static_cast<double>(spares) + 1;; ++k) {
    const double t = term(k);
    sum += t;
    if (t <= 1e-17 * sum) break;
  }
  return std::min(sum, 1.0);
}

std::int64_t spares_needed(double node_rate_per_s, double repair_mean_s, double accepted) {
  GW_CHECK(accepted > 0 && accepted < 1, "an accepted shortage of {}", accepted);
  std::int64_t low = -1;
  std::int64_t high = 1;
  while (shortage(node_rate_per_s, repair_mean_s, high) > accepted && high < kMostSpares) {
    low = high;
    high *= 2;
  }
  if (shortage(node_rate_per_s, repair_mean_s, 0) <= accepted) return 0;
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (shortage(node_rate_per_s, repair_mean_s, middle) > accepted ? low : high) = middle;
  }
  return high;
}

}  // namespace gigawatt::reliability
