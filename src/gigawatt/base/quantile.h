#pragma once
/// Quantiles with linear interpolation between order statistics (type 7 of Hyndman and Fan 1996).

#include <span>
#include <vector>

namespace gigawatt::base {

/// Of ascending values, of which there is at least one; q in [0, 1]. Infinite values are allowed.
double quantile(std::span<const double> sorted, double q);

/// Of values in any order; 0 of none.
double quantile_of(std::vector<double> values, double q);

}  // namespace gigawatt::base
