#pragma once
/// One law for the mean time to failure of jobs of all sizes, fitted to published points.
///
///     rate(n) = node n + job min(n, grows_to)
///
/// of a job on n nodes. The first term is what fails in the infrastructure: every node counts. The second is what stops
/// jobs beyond that (software, mounts, settings, the environment of each node that a job starts on): a job meets it on
/// every node up to a size, from which on another node brings nothing new, because what the nodes share (code, file
/// system, fabric) is already in use. With grows_to = 1 it is a cause of the job as such.
///
/// The fit is least squares of the logarithm of the rate, over all sizes at once: sizes span four orders of magnitude
/// and what is known of each point is its relative error. For a given `grows_to` it has a single minimum, which is
/// found by Gauss-Newton in the logarithms; `grows_to` is scanned, then refined by golden section.

#include <span>
#include <vector>

namespace gigawatt::reliability {

struct SizePoint {
  double nodes = 0;
  double mttf_h = 0;
};

struct SizeLaw {
  double node_per_h = 0;
  double job_per_h = 0;  ///< of a job of one node
  double grows_to = 1;   ///< nodes

  double mttf_h(double nodes) const;
};

struct SizeFit {
  SizeLaw law;
  std::vector<double> residuals;  ///< ln(law / point) of the time to failure, by point
  double rms = 0;
};

/// At least two points with positive nodes and times. `largest_growth`: of `grows_to`; 1 fits the two rates alone.
SizeFit fit_size_law(std::span<const SizePoint> points, double largest_growth);

}  // namespace gigawatt::reliability
