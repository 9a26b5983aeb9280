#pragma once
/// Order statistics of errors without interpolation: an error that was made. Private to this module.

#include <algorithm>
#include <cstddef>
#include <vector>

namespace gigawatt::measured {

/// The value with `share` of the others below it, of at least one.
inline double at_share(std::vector<double> values, double share) {
  const auto i = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5);
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(i), values.end());
  return values[i];
}

/// The middle value, of two the greater; of at least one.
inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace gigawatt::measured
