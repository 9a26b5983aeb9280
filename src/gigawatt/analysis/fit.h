#pragma once
/// Bounded robust least squares over named parameters: the one fitting machine behind `gigawatt calibrate`.
///
/// A model is a function from parameters to residuals (for times: log(predicted / measured), so that a residual
/// of 0.08 is an 8% error). Minimized is  sum_i w_i rho(r_i) + sum_j ((x_j - start_j) / prior_width_j)^2,
/// rho(r) = 2 d^2 (sqrt(1 + (r/d)^2) - 1)   (pseudo-Huber: square near 0, linear beyond d, so that a wrong row
/// cannot bend the fit). Parameters with a positive lower bound and more than a decade of range are searched in
/// the logarithm; u in [0, 1] is a parameter's place between its bounds on that scale.
/// Neither way of searching (`FitMethod`) draws random numbers: a fit is repeatable.
///
/// Standard errors: Jacobian J = dr/du by central differences at the optimum, covariance of u
/// (J^T W J / s^2 + 12 I)^-1 with s the robust scale of the residuals and 12 = 1/variance of a uniform
/// distribution over the bounds (what is known without rows).
///
/// Which parameters are free: with few rows not all can be. A pivoted QR of J (with the same prior) orders them
/// by what the rows say; the first rows/2 are kept. After the fit, a parameter whose standard error is above
/// `undetermined_above` of its range, or that no row depends on, goes back to its start value, and the others are
/// fitted again. A parameter at a bound keeps the bound's value, and says so.

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
  double prior_width =
      0;  ///< in the parameter's own unit (logarithm's, if searched so); 0: none. Center: `start`
  bool fixed = false;  ///< keep at `start`
};

/// Whether it is searched by its logarithm: a positive one whose range spans more than a decade.
inline bool logarithmic(const FitParameter& p) { return p.low > 0 && p.high / p.low > 10; }

/// Writes one residual per row into `out` (size fixed for one problem). Must be pure; not-finite is a huge error.
using ResidualFunction = std::function<void(std::span<const double> parameters, std::span<double> out)>;

struct FitProblem {
  std::vector<FitParameter> parameters;
  std::size_t rows = 0;
  ResidualFunction residuals;
  std::vector<double> weights;  ///< per row; empty: all 1
  std::vector<std::string>
      groups;  ///< per row, for k-fold (rows of one group stay together); empty: each its own
};

enum class FitMethod {
  kSubplex,       ///< NLopt's SBPLX with restarts, derivative-free: residuals of tile models have steps
  kLeastSquares,  ///< Levenberg-Marquardt (least_squares.h): many parameters, smooth residuals
};

struct FitOptions {
  FitMethod method = FitMethod::kSubplex;
  double huber = 0.1;  ///< d above
  int max_evaluations = 6000;
  double relative_tolerance = 1e-6;
  int folds = 5;                    ///< for `cross_validate`
  double undetermined_above = 0.2;  ///< standard error over the range (0.29: rows say nothing)
};

struct FittedParameter {
  std::string name;
  double value = 0;
  double standard_error = 0;  ///< 0 when undetermined
  std::string unit;
  double low = 0;
  double high = 0;
  std::string meaning;
  bool determined = true;
  std::string why;  ///< "", "no row depends on it", "too few rows", "too uncertain", "fixed", "at its bound"
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

/// Fold of every row: groups are dealt to folds in turn, in the order of a hash of their name, so that folds are
/// balanced and repeatable. Folds = min(folds, groups).
std::vector<std::size_t> folds_of(const FitProblem& problem, int folds);

/// Residual of every row as predicted by a fit to the other folds. With one group there is nothing to learn
/// from, and the residuals at the start values are returned.
std::vector<double> cross_validate(const FitProblem& problem, const FitOptions& options = {});

ErrorSummary summarize(std::span<const double> residuals);

}  // namespace gigawatt::analysis
