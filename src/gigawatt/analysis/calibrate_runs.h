#pragma once
/// Fits the training constants of the step model to published or own training runs: `gigawatt calibrate --runs`.
///
/// Residual of a row: log(predicted / measured step time). Rows of a source err alike: one of n weighs
/// 1 / (1 + (n - 1) source_correlation), and `incomplete_weight` of that where it leaves a part of its plan open. All constants are fitted at once, since sets share some of them (training_fit.h says which are free).
///
/// Cross-validation (left_out.h): folds over groups of (model, accelerator), so that no configuration is predicted from
/// its own group; and every source predicted from the others. The 80% bands of predictions come from both, sources
/// weighing alike: their tails are the widest with which bands made from the other sources hold four fifths of a source.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/analysis/error_statistics.h"
#include "gigawatt/analysis/fit.h"
#include "gigawatt/analysis/predict.h"
#include "gigawatt/analysis/runs.h"
#include "gigawatt/analysis/training_fit.h"
#include "gigawatt/catalog/fitted_library.h"

namespace gigawatt::analysis {

struct RunCalibrationOptions {
  FitOptions fit;
  bool cross_validate = true;
  bool leave_sources_out = false;
  /// true: start at the library's constants and free only those of the rows' own chips (a user's own rows); false:
  /// from training_fit.toml, everything (the shipped constants themselves).
  bool from_shipped = true;
  int max_folds = 5;
};

/// One row under constants fitted with and without it. Residuals are log(predicted / measured).
struct RunResidual {
  std::string id;
  std::string source;
  std::string group;  ///< "model on accelerator"
  std::string level;
  std::string regime;           ///< `step::regime_of`
  bool unknown_fabric = false;  ///< what `step::IntervalWidening` names
  bool few_tokens = false;
  bool open_plan = false, open_by_tensor = false;
  double distance = 0;              ///< to the nearest run of another source (evidence.h)
  double fastest = 0, slowest = 0;  ///< log of the choices left open over the predicted one (predict.h)
  bool lone_chip = false;           ///< no other source ran on this chip's set: left out, it is a new chip
  double measured_s = 0;
  double before = 0;  ///< at the start values
  double fitted = 0;
  double group_left_out = std::numeric_limits<double>::quiet_NaN();
  double source_left_out = std::numeric_limits<double>::quiet_NaN();
};

struct RunCalibration {
  std::vector<catalog::FittedSet> sets;   ///< kinds "training", "shared", "host"
  std::vector<step::IntervalBand> bands;  ///< empty without cross-validation
  step::IntervalWidening widening;
  std::vector<FittedParameter> parameters;  ///< "hopper/sustained.bf16", "shared/...", "host/..."
  std::vector<RunResidual> rows;
  std::vector<SkippedRow> skipped;
  double band_coverage_pct = 0;   ///< mean over sources of the share of rows that bands of the others hold
  double least_coverage_pct = 0;  ///< of the source that they hold worst
};

/// Rows without a step time are left out. `knowledge.calibration` gives the kernels; its training constants are the
/// start where `from_shipped`.
tl::expected<RunCalibration, base::Diagnostics> calibrate_runs(const RunTable& table,
                                                               const Knowledge& knowledge,
                                                               const catalog::FittedLibrary& library,
                                                               const RunCalibrationOptions& options = {});

/// Errors as `gigawatt validate` counts them. `complete_only`: of level A rows.
ErrorStatistics errors_of(const std::vector<RunResidual>& rows, double RunResidual::* residual,
                          bool complete_only);

}  // namespace gigawatt::analysis
