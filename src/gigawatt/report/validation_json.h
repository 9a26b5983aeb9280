#pragma once
/// The shipped validation as the web page shows it: `gigawatt validate --json` with, for each row, what it can be
/// filtered by, the split of its time and the document that it was measured in.

#include <filesystem>

#include <nlohmann/json_fwd.hpp>

#include "gigawatt/engine/inputs.h"

namespace gigawatt::report {

/// `rows`: [{id, source, citation, level, model, kind, accelerator, generation, gpus, precision, measured_s, predicted_s,
/// low_s, high_s, error_pct, time{...}}]. Throws std::runtime_error when the shipped rows cannot be read.
nlohmann::ordered_json shipped_validation(const engine::Knowledge& knowledge,
                                          const std::filesystem::path& data_dir);

}  // namespace gigawatt::report
