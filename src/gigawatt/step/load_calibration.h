#pragma once
/// Reads data/calibration into a `Calibration`: kernels/ and network/ by chip or generation, training/ by chip or
/// generation, shared.toml, intervals.toml. Chips without rows of their own get their generation's constants and
/// lastly those of default.toml, so that every accelerator of the catalogue can be predicted.

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/accelerator.h"
#include "gigawatt/catalog/fitted_library.h"
#include "gigawatt/step/calibration.h"

namespace gigawatt::step {

tl::expected<Calibration, base::Diagnostics> load_calibration(
    const catalog::FittedLibrary& library, std::span<const catalog::Accelerator> accelerators);

/// Constants of one chip fitted to training runs ("sustained.bf16", "scaleup_training", ...) and those that all
/// chips share ("jitter_per_doubling", ...), by name: for fitting and for files.
std::span<const std::string> training_parameter_names();
double& training_parameter(ChipCalibration& chip, std::size_t index);
std::span<const std::string> shared_parameter_names();
double& shared_parameter(SharedCalibration& shared, std::size_t index);

}  // namespace gigawatt::step
