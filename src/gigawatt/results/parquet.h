#pragma once
/// A Parquet file as columns in memory: numbers as doubles (NaN where null), everything else as text.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"

namespace gigawatt::results {

struct ParquetColumn {
  std::string name;
  bool is_text = false;
  std::vector<double> numbers;          ///< of a numeric column
  std::vector<std::int32_t> words;      ///< of a text column: index into `dictionary`
  std::vector<std::string> dictionary;  ///< distinct texts; null is ""
};

struct ParquetTable {
  std::vector<ParquetColumn> columns;
  std::size_t rows = 0;
  const ParquetColumn* column(std::string_view name) const;
};

/// Reads the whole file. An unreadable one, or one that is no Parquet, is a diagnostic that names it.
tl::expected<ParquetTable, base::Diagnostic> read_parquet(const std::filesystem::path& path);

}  // namespace gigawatt::results
