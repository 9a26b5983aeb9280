#pragma once
/// Residuals of rows under constants that were fitted without them, from one linearization.
///
/// At the optimum x* of all rows the residuals are r(x) ~ r(x*) + J (x - x*) in the coordinates of the search. Each fold
/// is left out in turn and the same robust cost (fit.h) is minimized over the linear model by reweighted normal
/// equations, bounds held by an active set. Twenty or thirty folds then cost one Jacobian, not twenty fits; against full
/// fits of single sources the median error moved by at most a fifth of itself (docs/models/calibration.md).

#include <cstddef>
#include <memory>
#include <vector>

#include "gigawatt/analysis/fit.h"

namespace gigawatt::analysis {

/// What the folds share.
class LeftOut {
 public:
  /// `optimum`: of a fit to all rows of `problem`; only what it calls determined is free. One Jacobian.
  LeftOut(const FitProblem& problem, const FitResult& optimum, double huber);
  ~LeftOut();

  /// Residual of every row as the rows of the other folds predict it.
  std::vector<double> residuals(const std::vector<std::size_t>& fold_of) const;

 private:
  struct Linear;
  std::unique_ptr<Linear> linear_;
};

}  // namespace gigawatt::analysis
