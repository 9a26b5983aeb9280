#pragma once
/// A folder of measured kernels, one Parquet file an operation (the format of ai-dynamo/aiconfigurator), predicted by
/// the fitted laws, and the fit of these laws.
///
/// The error of a group is the median over its rows of |predicted / measured - 1|. A file whose operation is unknown,
/// and rows of a chip that the catalogue lacks, are left out and listed with the reason.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/accelerator.h"
#include "gigawatt/kernels/law_book.h"
#include "gigawatt/power/accelerator.h"

namespace gigawatt::measured {

struct KernelGroup {
  std::string gpu;
  std::string op;
  std::size_t n = 0;
  double median_abs_pct = 0;
  double p90_abs_pct = 0;
  std::optional<double> power_median_abs_pct;
};

struct SkippedKernels {
  std::string op;
  std::string gpu;  ///< "": the whole file
  std::size_t rows = 0;
  std::string why;
};

struct KernelReport {
  std::vector<KernelGroup> groups;  ///< by operation, then GPU
  std::vector<SkippedKernels> skipped;
  double macro_median_abs_pct = 0;  ///< mean over groups of their medians
};

/// Predicts every file of the folder, and with `power_laws` the power of the tables in its sub-folder `power`
/// (kernel_power.h). Fails when there is no Parquet file, or one is unreadable.
tl::expected<KernelReport, base::Diagnostics> validate_kernels(
    const std::filesystem::path& folder, const kernels::LawBook& book,
    const std::vector<catalog::Accelerator>& accelerators, const power::PowerLaws* power_laws = nullptr);

struct LawFit {
  kernels::LawBook book;  ///< fitted to all rows
  KernelReport left_out;  ///< errors on rows whose whole shape was left out of the fit
};

/// Fits the laws of every chip in the folder. `folds` parts of the shapes are left out in turn; 0: none.
tl::expected<LawFit, base::Diagnostics> fit_kernels(const std::filesystem::path& folder,
                                                    const std::vector<catalog::Accelerator>& accelerators,
                                                    int folds);

}  // namespace gigawatt::measured
