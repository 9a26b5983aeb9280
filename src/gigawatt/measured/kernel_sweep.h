#pragma once
/// Sweeps of kernels: what tables of measured calls compute and move, and how long the calls took (data/power/sweeps.csv.gz,
/// written by tools/power_fit/sweep.py). Published medians and percentiles of kernel power are made of such sweeps; the
/// power law says what each call of a sweep draws, and the statistic follows.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/catalog.h"
#include "gigawatt/measured/kernel_power.h"

namespace gigawatt::measured {

struct SweptCall {
  const catalog::Accelerator* chip = nullptr;
  std::string engine, table, format;
  double rows = 0;  ///< of a product; 0: no product
  double seconds = 0;
  KernelWork work;
};

struct KernelSweeps {
  std::vector<SweptCall> calls;
};

/// Calls of accelerators that the catalogue does not know are left out. `catalog` outlives the sweeps.
tl::expected<KernelSweeps, base::Diagnostics> load_sweeps(const std::filesystem::path& data,
                                                          const catalog::Catalog& catalog);

/// Which calls of a sweep are meant.
struct SweepWish {
  const catalog::Accelerator* chip = nullptr;
  std::string_view engine;               ///< empty: any
  std::vector<std::string_view> tables;  ///< any of them
  std::string_view format;               ///< beginning of the format's name; empty: any
  double least_rows = 0, most_rows = 1e18;
  double least_s = 0, most_s = 1e9;
};

/// The `share` quantile of the power that the law gives to the calls, W; 0 where fewer than three are known.
double swept_power_w(const KernelSweeps& sweeps, const SweepWish& wish, double share,
                     const power::PowerLaws& laws, const std::vector<catalog::Accelerator>& accelerators);

}  // namespace gigawatt::measured
