#pragma once
/// Power of measured kernels: what a row computes and moves at its measured time, and what the power law makes of it.
///
/// FLOPs are those of the operation, bytes those that it moves at the least (operands and results once), both from the
/// row's shape; modules of latent attention count their projections with DeepSeek-V3's sizes. They are the features
/// that tools/power_fit fits the law to, in the same words.

#include <filesystem>
#include <optional>
#include <string_view>

#include "gigawatt/catalog/accelerator.h"
#include "gigawatt/kernels/call.h"
#include "gigawatt/measured/kernel_folder.h"
#include "gigawatt/power/accelerator.h"

namespace gigawatt::measured {

/// FLOPs by class of arithmetic, and bytes, of one call.
struct KernelWork {
  std::array<double, power::kArithmetics> flops{};
  double bytes = 0;

  double& operator[](power::Arithmetic a) { return flops[static_cast<std::size_t>(a)]; }
};

/// Nothing where the operation is unknown or its columns are missing.
std::optional<KernelWork> kernel_work(std::string_view operation, const kernels::CallRow& row);

/// The work at a rate: operands that fit into the last-level cache stay there through the repeats of a measurement.
power::Activity activity_of(const KernelWork& work, const catalog::Accelerator& chip, double seconds);

/// Adds the power's errors of every table in `folder` to the report's groups. Fails where a table is unreadable.
tl::expected<void, base::Diagnostics> validate_power(const std::filesystem::path& folder,
                                                     const power::PowerLaws& laws,
                                                     const std::vector<catalog::Accelerator>& accelerators,
                                                     KernelReport& report);

}  // namespace gigawatt::measured
