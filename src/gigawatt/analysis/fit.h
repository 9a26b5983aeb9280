#pragma once
/// Bounded robust least squares over named parameters: the one fitting machine behind `gigawatt calibrate`.
///
/// A model is a function from parameters to residuals (for times: log(predicted / measured), so that a residual
/// of 0.08 is an 8% error). Minimised is  sum_i w_i rho(r_i) + sum_j ((x_j - prior_j) / prior_width_j)^2,
/// rho(r) = d^2 (sqrt(1 + (r/d)^2) - 1) * 2   (pseudo-Huber: square near 0, linear beyond d, so that a wrong row
/// cannot bend the fit). Parameters whose bounds span more than a decade are searched in the logarithm.
/// Derivative-free (NLopt SBPLX from the start values, then BOBYQA), because residuals of tile models have
/// steps; repeatable: no random numbers.
///
/// Standard errors: from the Jacobian J by central differences at the optimum, covariance s^2 (J^T W J)^-1 with
/// s^2 the robust residual variance. A parameter whose column of J vanishes, whose bound is active, or whose
/// standard error exceeds half of its range is reported as undetermined, and keeps its start value when
/// `FitOptions::keep_undetermined` holds.

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace gigawatt::analysis {

struct FitParameter {
  std::string name;
  double start = 0;
  double low = 0;
  double high = 0;
  std::string unit;
  std::string meaning;
  double prior_width = 0;  ///< in the parameter's own unit; 0: no prior. The prior's centre is `start`.
  bool fixed = false;      ///< keep at `start`
};

/// Writes one residual per row into `out` (size fixed for one problem). Must be pure; not-finite is a huge error.
using ResidualFunction = std::function<void(std::span<const double> parameters, std::span<double> out)>;

struct FitProblem {
  std::vector<FitParameter> parameters;
  std::size_t rows = 0;
  ResidualFunction residuals;
  std::vector<double> weights;      ///< per row; empty: all 1
  std::vector<std::string> groups;  ///< per row, for k-fold (rows of one group stay together); empty: each its own
};

struct FitOptions {
  double huber = 0.15;              ///< d above
  int max_evaluations = 4000;
  double relative_tolerance = 1e-6;
  int folds = 5;                    ///< for `cross_validate`
  bool keep_undetermined = true;
};

struct FittedParameter {
  std::string name;
  double value = 0;
  double standard_error = 0;///< 0 when undetermined
  std::string unit;
  double low = 0;
  double high = 0;
  std::string meaning;
  bool determined = true;
  std::string why;         ///< why not determined: "no row depends on it", "at its bound", "too uncertain"
};

/// Error statistics over |exp(r) - 1|, in percent.
struct ErrorSummary {
  std::size_t rows = 0;
  double median_pct = 0;
  double mean_pct = 0;
  double p90_pct = 0;
  double bias_pct = 0;  ///< median of exp(r) - 1: positive when predictions are too slow
};

struct FitResult {
  std::vector<FittedParameter> parameters;
  ErrorSummary before;  ///< at the start values
  ErrorSummary after;
  double cost = 0;
  int evaluations = 0;
  std::vector<double> residuals;  ///< at the optimum

  std::vector<double> values() const;
};

/// Fits; throws std::invalid_argument when sizes disagree or a bound is empty (the caller's fault).
FitResult fit(const FitProblem& problem, const FitOptions& options = {});

/// Residual of every row predicted by a fit to the other folds. Groups are dealt to folds by a hash of their
/// name, so that adding rows does not reshuffle the others. Folds = min(options.folds, number of groups);
/// with one group the residuals at the start values are returned.
std::vector<double> cross_validate(const FitProblem& problem, const FitOptions& options = {});

ErrorSummary summarise(std::span<const double> residuals);

}  // namespace gigawatt::analysis
