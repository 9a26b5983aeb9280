#pragma once
/// How far the shipped constants are from measured kernels and collectives: `gigawatt validate --kernels`.

#include <filesystem>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/analysis/fit.h"
#include "gigawatt/analysis/kernel_rows.h"
#include "gigawatt/base/diagnostic.h"

namespace gigawatt::analysis {

/// Errors of given constants on rows, by what a reader asks: kind and precision, chip, message size.
struct KernelGroupError {
  std::string by;     ///< "chip and precision", "collective and size", ...
  std::string value;  ///< "h100-sxm-80 bf16"
  ErrorSummary error;
};
tl::expected<std::vector<KernelGroupError>, base::Diagnostics> kernel_errors(
    const KernelRows& rows, const std::filesystem::path& calibration);

}  // namespace gigawatt::analysis
