#pragma once
/// Fits the constants of kernels and collectives to measured rows: `gigawatt calibrate`.
///
/// Order: one fit over all rows ("pooled"), then one per generation from there, then one per accelerator from its
/// generation's. What the rows of a set do not determine keeps the value it started from, so that a chip with five
/// rows differs from its generation only in what these five rows say, and a chip without any is its generation.
/// Within a kernel fit: 16-bit products with the two constants that all products share (overlap, throttling
/// time); then each other precision's products; then attention; then memory-bound kernels. Where there are no
/// memory-bound rows, their efficiency is taken from the rate at which 16-bit products stream their operands.
/// Collectives are fitted for all rows and per generation: they depend on the scale-up fabric, not on the chip.
///
/// Cross-validation leaves out groups of rows: one (source, N, K) of products, one sequence length of attention,
/// one message size of collectives, so that no shape is predicted from itself at another M.
///
/// Constants of training runs build on these: calibrate_runs.h.

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/analysis/fit.h"
#include "gigawatt/analysis/kernel_rows.h"
#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/fitted_library.h"

namespace gigawatt::analysis {

struct CalibrationOptions {
  FitOptions fit;
  bool cross_validate = true;
  std::string source = "kernel-rows";  ///< written as the source of the constants: a key of data/sources.toml
  /// true: start every chip from its shipped set (a user's own rows); false: from default.toml, through pooled and
  /// generation fits (the shipped sets themselves).
  bool from_shipped = true;
};

/// A reported constant: "h100-sxm-80/gemm.bf16.max_efficiency".
struct CalibratedParameter {
  std::string set;
  FittedParameter parameter;
};

struct CalibrationReport {
  std::vector<catalog::FittedSet> sets;  ///< pooled, generations, accelerators; kernels, network, others
  std::vector<CalibratedParameter> parameters;  ///< all of them, determined or not
  std::vector<CalibratedParameter> undetermined;
  ErrorSummary before;           ///< over every row used, at the start values
  ErrorSummary after;            ///< the same with each row's own chip's or generation's constants
  ErrorSummary cross_validated;  ///< empty without cross-validation
  std::size_t rows = 0;
  std::vector<SkippedKernelRow> skipped;
};

/// `calibration`: folder with kernels/ and network/ (data/calibration). Fails when its files are unreadable.
tl::expected<CalibrationReport, base::Diagnostics> calibrate(const KernelRows& rows,
                                                             const std::filesystem::path& calibration,
                                                             const CalibrationOptions& options = {});

/// Writes sets as one file with [[set]] tables where `out` ends in .toml, else as a folder laid out like
/// data/calibration: <kind>/<name>.toml. Both are read by `catalog::read_own_sets`. Throws
/// std::filesystem::filesystem_error or std::system_error when a file cannot be written.
void write_constants(std::span<const catalog::FittedSet> sets, const std::filesystem::path& out,
                     const std::string& provenance);

}  // namespace gigawatt::analysis
