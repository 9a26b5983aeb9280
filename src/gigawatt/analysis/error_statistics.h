#pragma once
/// How far predictions are from measurements, as every accuracy figure of this program is counted.

#include <cstddef>
#include <span>
#include <string_view>

namespace gigawatt::analysis {

/// |predicted / measured - 1| of one row, in percent.
struct SourcedError {
  std::string_view source;
  double abs_pct = 0;
};

/// All 0 for no rows.
struct ErrorStatistics {
  std::size_t rows = 0;
  double macro_median_abs_pct = 0;  ///< mean over the sources of the median over a source's rows
  double median_abs_pct = 0;
  double p90_abs_pct = 0;
  double within_10_pct = 0;  ///< percent of rows
};

ErrorStatistics error_statistics(std::span<const SourcedError> errors);

}  // namespace gigawatt::analysis
