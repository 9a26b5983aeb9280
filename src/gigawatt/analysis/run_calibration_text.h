#pragma once
/// A fit to training runs as text: JSON, a table for people, rows with their residuals as CSV.

#include <filesystem>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "gigawatt/analysis/calibrate_runs.h"

namespace gigawatt::analysis {

/// Keys: rows, before, fitted, group_left_out, source_left_out
/// {level_a{...}, all{...}} where computed, parameters[...], bands[...], band_coverage_pct, skipped[{id, why}].
nlohmann::ordered_json to_json(const RunCalibration& calibration);

std::string to_text(const RunCalibration& calibration);

/// One line per row: id, source, group, level, regime, measured_s, and its errors in percent under constants fitted
/// with the row, without its group, without its source (blank: not computed).
std::string residuals_csv(const RunCalibration& calibration);

/// data/calibration/intervals.toml.
std::string bands_toml(const RunCalibration& calibration, const std::string& provenance);

}  // namespace gigawatt::analysis
