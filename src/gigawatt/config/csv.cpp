#include "gigawatt/config/csv.h"

#include <csv.h>

#include <fmt/format.h>

#include "gigawatt/config/toml.h"

namespace gigawatt::config {
namespace {

constexpr std::size_t kMaxCsvBytes = 512u << 20;

struct Collector {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> current;
};

void on_cell(void* data, std::size_t size, void* user) {
  static_cast<Collector*>(user)->current.emplace_back(static_cast<const char*>(data), size);
}
void on_row(int, void* user) {
  auto* collector = static_cast<Collector*>(user);
  collector->rows.push_back(std::move(collector->current));
  collector->current.clear();
}

tl::unexpected<base::Diagnostic> fail(const std::string& name, std::size_t row, std::string message) {
  base::Diagnostic d = base::error("bad-csv", row > 0 ? fmt::format("record {}: {}", row, message) : message);
  d.span.source = std::make_shared<base::SourceText>(base::SourceText{name, {}});
  return tl::unexpected(std::move(d));
}

}  // namespace

int CsvTable::column(std::string_view name) const {
  for (std::size_t i = 0; i < header.size(); ++i)
    if (header[i] == name) return static_cast<int>(i);
  return -1;
}

const std::string& CsvTable::cell(std::size_t row, std::string_view name) const {
  static const std::string empty;
  const int i = column(name);
  return i < 0 ? empty : rows[row][static_cast<std::size_t>(i)];
}

tl::expected<CsvTable, base::Diagnostic> parse_csv(std::string_view text, const std::string& name) {
  if (text.size() >= 3 && text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  if (first_invalid_utf8(text) != std::string_view::npos) return fail(name, 0, "the file is not valid UTF-8");
  csv_parser parser;
  if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) return fail(name, 0, "no memory for the parser");
  Collector collector;
  const bool parsed =
      csv_parse(&parser, text.data(), text.size(), on_cell, on_row, &collector) == text.size();
  const bool finished = parsed && csv_fini(&parser, on_cell, on_row, &collector) == 0;
  csv_free(&parser);
  if (!finished)
    return fail(name, collector.rows.size() + 1, "a quote is not closed or stands inside an unquoted cell");
  if (collector.rows.empty()) return fail(name, 0, "the file has no header line");

  CsvTable table;
  table.header = std::move(collector.rows.front());
  for (std::size_t i = 0; i < table.header.size(); ++i)
    if (table.column(table.header[i]) != static_cast<int>(i))
      return fail(name, 1, fmt::format("column '{}' appears twice", table.header[i]));
  for (std::size_t i = 1; i < collector.rows.size(); ++i) {
    auto& row = collector.rows[i];
    if (row.size() > table.header.size())
      return fail(name, i + 1,
                  fmt::format("{} cells, but the header has {}", row.size(), table.header.size()));
    row.resize(table.header.size());
    table.rows.push_back(std::move(row));
  }
  return table;
}

tl::expected<CsvTable, base::Diagnostic> read_csv(const std::filesystem::path& path) {
  const auto text = read_text_file(path, kMaxCsvBytes);
  if (!text) return tl::unexpected(text.error());
  return parse_csv(*text, path.string());
}

std::string csv_cell(std::string_view text) {
  // Readers trim blanks around an unquoted cell.
  const bool padded = !text.empty() && (text.front() == ' ' || text.front() == '\t' || text.back() == ' ' ||
                                        text.back() == '\t');
  if (!padded && text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

}  // namespace gigawatt::config
