#pragma once
/// Fits one set of constants (of a chip, a generation, or all) to measured kernels or collectives. Private to this
/// module.

#include <map>
#include <string>
#include <vector>

#include "gigawatt/analysis/calibrate.h"
#include "gigawatt/analysis/set_predictors.h"

namespace gigawatt::analysis {

using Rows = std::vector<const KernelRow*>;

/// A set fitted to rows, and their residuals, log(predicted / measured), by row id.
struct Fitted {
  catalog::FittedSet set;
  std::map<std::string, double> before, after;
  std::map<std::string, double> validated;  ///< without the row; empty where it was not asked for
};

/// `start`: where the constants begin; `first`: those that `before` speaks of. `validate`: also with rows left out.
Fitted fit_kernels(const std::string& name, const Rows& rows, const catalog::FittedSet& start,
                   const catalog::FittedSet& first, const CalibrationOptions& options, bool validate);

/// `generation` empty: pooled over all.
Fitted fit_network(const std::string& name, const Rows& rows, const catalog::FittedSet& start,
                   const catalog::FittedSet& first, const FabricTraits& traits, const std::string& generation,
                   const CalibrationOptions& options, bool validate);

}  // namespace gigawatt::analysis
