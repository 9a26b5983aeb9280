#pragma once
/// CSV with a header line (RFC 4180 quoting, through libcsv) as a table of text cells.

#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"

namespace gigawatt::config {

class CsvTable {
 public:
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  ///< each padded to the header's length

  /// Column of a name, or -1.
  int column(std::string_view name) const;
  /// Cell of row and column name; "" where the column is missing.
  const std::string& cell(std::size_t row, std::string_view name) const;
};

/// A row with more cells than the header, no header, a duplicate column, bad UTF-8 or an open quote is an error with its line.
tl::expected<CsvTable, base::Diagnostic> parse_csv(std::string_view text, const std::string& name);
tl::expected<CsvTable, base::Diagnostic> read_csv(const std::filesystem::path& path);

/// A cell as CSV: quoted only where needed.
std::string csv_cell(std::string_view text);

}  // namespace gigawatt::config
