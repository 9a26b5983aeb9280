#pragma once
/// Least squares over the unit box for smooth residuals: Levenberg-Marquardt (Eigen's port of MINPACK's lmder).
/// Bounds by the substitution u = (1 + sin z) / 2, so that a solution may lie on a bound.

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace gigawatt::analysis {

/// Writes `terms` residuals at u into `out`.
using BoxResiduals = std::function<void(std::span<const double> u, std::span<double> out)>;

struct LeastSquaresOptions {
  int max_iterations = 60;  ///< Jacobians
  double relative_tolerance = 1e-6;
};

/// The place of the least sum of squares, from `u` (each in [0, 1]); the best so far where the caller's StopScope
/// (base/stop.h) is asked to stop.
std::vector<double> least_squares(const BoxResiduals& residuals, std::size_t terms, std::vector<double> u,
                                  const LeastSquaresOptions& options = {});

}  // namespace gigawatt::analysis
