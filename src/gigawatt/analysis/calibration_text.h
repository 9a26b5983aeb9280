#pragma once
/// A calibration as text: the JSON of `gigawatt calibrate --json`, a table for people.

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "gigawatt/analysis/calibrate.h"

namespace gigawatt::analysis {

/// Keys: name, value, stderr, unit, low, high, determined, why.
nlohmann::ordered_json to_json(const FittedParameter& parameter);

/// Keys: rows, parameters[{set, name, value, stderr, unit, low, high, determined, why}], before, after,
/// cross_validated {rows, median_abs_pct, p90_abs_pct, bias_pct}, undetermined[{set, name, why}], sets[{name, kind,
/// rows, quality[...]}], skipped[{id, why}].
nlohmann::ordered_json to_json(const CalibrationReport& report);

/// Errors before and after by set, the fitted constants with their standard errors, what the rows do not
/// determine, and what was skipped and why.
std::string to_text(const CalibrationReport& report);

}  // namespace gigawatt::analysis
