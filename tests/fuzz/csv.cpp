/// Any bytes through the CSV reader; what it accepts survives being written and read again.

#include <string>

#include "fuzz.h"
#include "gigawatt/config/csv.h"

namespace {

std::string write_row(const std::vector<std::string>& cells) {
  std::string row;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) row += ',';
    row += gigawatt::config::csv_cell(cells[i]);
  }
  return row + "\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using gigawatt::fuzz::require;
  const auto table = gigawatt::config::parse_csv(gigawatt::fuzz::as_text(data, size), "fuzz.csv");
  if (!table) {
    require(!gigawatt::base::render(table.error()).empty(), "an error can be shown");
    return 0;
  }
  // One column alone cannot tell an empty cell from an empty line, and a file's first byte-order mark is no text.
  if (table->header.size() < 2 || table->header[0].starts_with("\xEF\xBB\xBF")) return 0;
  std::string text = write_row(table->header);
  for (const auto& row : table->rows) {
    require(row.size() == table->header.size(), "every row has as many cells as the header");
    text += write_row(row);
  }
  const auto again = gigawatt::config::parse_csv(text, "again.csv");
  require(again.has_value(), "what was written can be read");
  require(again->header == table->header && again->rows == table->rows, "what was written is read as it was");
  return 0;
}
