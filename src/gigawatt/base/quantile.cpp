#include "gigawatt/base/quantile.h"

#include <algorithm>

#include "gigawatt/base/check.h"

namespace gigawatt::base {

double quantile(std::span<const double> sorted, double q) {
  GW_CHECK(!sorted.empty() && q >= 0 && q <= 1, "quantile {} of {} values", q, sorted.size());
  const double place = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const double weight = place - static_cast<double>(below);
  // Infinite values must not meet a weight of zero.
  if (weight <= 0 || sorted[below] == sorted[below + 1]) return sorted[below];
  return sorted[below] + weight * (sorted[below + 1] - sorted[below]);
}

double quantile_of(std::vector<double> values, double q) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return quantile(values, q);
}

}  // namespace gigawatt::base
