#pragma once
/// A validation as JSON (the contract of `gigawatt validate --json`), as CSV of its rows, and as a table for people.

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "gigawatt/analysis/validate.h"

namespace gigawatt::analysis {

/// rows, predicted, skipped, overall, level_a, groups, memory, worst (twenty, with the split of their time), rows_out.
nlohmann::ordered_json to_json(const Validation& validation);

/// id, source, level, measured_s, predicted_s, error_pct, low_s, high_s, one column per term of time, memory.
std::string to_csv(const Validation& validation);

/// The table by source, generation, class, precision, scale and sequence length, and the worst `worst` rows.
std::string to_text(const Validation& validation, std::size_t worst = 20);

}  // namespace gigawatt::analysis
