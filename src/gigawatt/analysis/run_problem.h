#pragma once
/// The fit of training constants as a `FitProblem`: from parameter values to a calibration to residuals of rows.

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "gigawatt/analysis/fit.h"
#include "gigawatt/analysis/predict.h"
#include "gigawatt/analysis/training_fit.h"

namespace gigawatt::analysis {

class RunProblem {
 public:
  /// `start`: the calibration whose kernels are used, and whose training constants are the start where
  /// `from_shipped`; `rows` resolved, with measured times. Both must outlive this.
  RunProblem(const TrainingFit& fit, const step::Calibration& start, std::vector<ResolvedRun> rows,
             bool from_shipped);

  /// Weights, parameters, and residuals that call back into this object.
  FitProblem problem() const;

  /// The calibration under these parameter values.
  step::Calibration calibration(std::span<const double> x) const;

  /// The value of every constant of a set under these parameter values, in the order of `TrainingFit::chip`.
  std::vector<double> set_values(std::size_t set, std::span<const double> x) const;

  /// The parameter that gives a set's constant its value, or its ratio to the constant of the set that it is like.
  std::size_t parameter_of(std::size_t set, std::size_t constant) const {
    return origin_[set][constant].parameter;
  }

  std::size_t set_of(const catalog::Accelerator& accelerator) const;
  const std::vector<ResolvedRun>& rows() const { return rows_; }
  const std::vector<FitParameter>& parameters() const { return parameters_; }

  static constexpr std::size_t npos = static_cast<std::size_t>(-1);

 private:
  /// value = parameter, or parameter * the parent set's value
  struct Origin {
    std::size_t parameter = npos;
    std::size_t parent = npos;
  };

  std::size_t add(const FitConstant& c, const std::string& owner, double start, bool free);
  bool tied_to_free(const FitSet& set, const FitConstant& c) const;
  void add_sets(bool from_shipped);
  double start_of(std::size_t set, std::size_t constant, bool from_shipped) const;

  const TrainingFit& fit_;
  const step::Calibration& start_;
  mutable std::vector<ResolvedRun> rows_;  ///< each row's own host time is set before it is predicted
  std::vector<FitParameter> parameters_;
  std::vector<std::vector<Origin>> origin_;  ///< [set][constant]
  std::vector<std::size_t> shared_;          ///< [TrainingFit::shared] -> parameter
  std::vector<std::size_t> host_;            ///< [TrainingFit::host] -> parameter
  std::vector<std::size_t> chip_set_;        ///< [Calibration::chips] -> set
  std::vector<std::size_t> row_host_;        ///< [row] -> index into host_, or npos
};

}  // namespace gigawatt::analysis
