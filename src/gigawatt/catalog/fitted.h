#pragma once
/// Fitted constants as files: data/calibration/{kernels,network}/<name>.toml, written by `gigawatt calibrate`.
///
///     name = "h100-sxm-80"
///     kind = "kernels"
///     basis = "measured"
///     rows = 288
///     source = "kernel-rows"           # key of data/sources.toml
///     row_sources = ["..."]            # the rows' own sources
///     [[parameter]]
///     name = "gemm.bf16.max_efficiency"
///     value = 0.83
///     standard_error = 0.01
///     unit = "1"
///     low = 0.2
///     high = 1.0
///     determined = true
///     meaning = "..."
///
/// A set answers for one chip, one generation, or everything ("default"); where a chip has none, its
/// generation's is used, then the default (fitted_library.h).

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"

namespace gigawatt::catalog {

struct FittedConstant {
  std::string name;
  double value = 0;
  double standard_error = 0;  ///< 0: not fitted
  std::string unit;
  double low = 0;
  double high = 0;
  bool determined = false;  ///< false: the rows say nothing about it; `basis` says where the value is from
  std::string basis;        ///< source of a value that is not fitted, or why it is not
  std::string meaning;
};

/// Errors of the fitted model on its own rows and on rows left out (k-fold by group), percent.
struct FittedQuality {
  std::string what;  ///< "gemm bf16"
  std::int64_t rows = 0;
  double before_median_pct = 0;
  double median_pct = 0;
  double p90_pct = 0;
  double cross_validated_median_pct = 0;
};

struct FittedSet {
  std::string name;
  std::string kind;   ///< "kernels", "network", "training", "shared" or "host"
  std::string basis;  ///< "measured", or why there are no measurements
  std::int64_t rows = 0;
  std::string source;                    ///< key of data/sources.toml: the table of rows, or of start values
  std::vector<std::string> row_sources;  ///< where the rows were published
  std::vector<std::string> tags;         ///< capabilities, see the file's own comment
  std::vector<FittedConstant> parameters;
  std::vector<FittedQuality> quality;

  const FittedConstant* find(std::string_view parameter) const;
};

/// A file with several sets.
struct FittedFile {
  std::vector<FittedSet> sets;
};

tl::expected<FittedSet, base::Diagnostics> read_fitted(const std::filesystem::path& path);

/// The sets of a file: one at the top, or several as [[set]] tables.
tl::expected<std::vector<FittedSet>, base::Diagnostics> read_fitted_file(const std::filesystem::path& path);

/// TOML text that `read_fitted` reads back to the same values (numbers with 6 significant digits).
std::string write_fitted(const FittedSet& set, std::string_view header_comment);

/// The same for several sets in one file.
std::string write_fitted(std::span<const FittedSet> sets, std::string_view header_comment);

}  // namespace gigawatt::catalog
