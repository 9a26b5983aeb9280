#include "gigawatt/config/csv.h"

#include <algorithm>
#include <functional>
#include <utility>

#include <csv.h>

#include <fmt/format.h>

#include "gigawatt/config/csv_records.h"
#include "gigawatt/config/toml.h"

namespace gigawatt::config {
namespace {

constexpr std::size_t kMaxCsvBytes = 512u << 20;

/// Takes records as libcsv finds them; the strings of a record are used again for the next.
struct Collector {
  const std::function<void(CsvTable&)>& visit;
  CsvTable one;
  std::vector<std::string> current;
  std::size_t cells = 0;    // of the record that is being read
  std::size_t records = 0;  // with the header
  std::size_t wrong = 0;    // the first that is wrong; 0: none
  std::string why;

  void refuse(std::string message) {
    if (wrong == 0) why = std::move(message);
    if (wrong == 0) wrong = records;
  }
  void header() {
    one.header.assign(current.begin(), current.begin() + static_cast<std::ptrdiff_t>(cells));
    one.rows.resize(1);
    for (std::size_t i = 0; i < one.header.size(); ++i)
      if (one.column(one.header[i]) != static_cast<int>(i))
        refuse(fmt::format("column '{}' appears twice", one.header[i]));
  }
  void end_record() {
    ++records;
    if (records == 1)
      header();
    else if (cells > one.header.size())
      refuse(fmt::format("{} cells, but the header has {}", cells, one.header.size()));
    if (records > 1 && wrong == 0) {
      current.resize(std::max(current.size(), one.header.size()));
      for (std::size_t i = cells; i < one.header.size(); ++i) current[i].clear();
      current.resize(one.header.size());
      std::swap(one.rows.front(), current);
      visit(one);
    }
    cells = 0;
  }
};

void on_cell(void* data, std::size_t size, void* user) {
  auto& c = *static_cast<Collector*>(user);
  if (c.cells == c.current.size()) c.current.emplace_back();
  c.current[c.cells++].assign(static_cast<const char*>(data), size);
}
void on_row(int, void* user) { static_cast<Collector*>(user)->end_record(); }

tl::unexpected<base::Diagnostic> fail(const std::string& name, std::size_t row, std::string message) {
  base::Diagnostic d = base::error("bad-csv", row > 0 ? fmt::format("record {}: {}", row, message) : message);
  d.span.source = std::make_shared<base::SourceText>(base::SourceText{name, {}});
  return tl::unexpected(std::move(d));
}

/// Calls `visit` with each record below the header, which it may take. The header, as a table without rows, or what is
/// wrong with the file.
tl::expected<CsvTable, base::Diagnostic> records_of(std::string_view text, const std::string& name,
                                                    const std::function<void(CsvTable&)>& visit) {
  if (text.size() >= 3 && text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  if (first_invalid_utf8(text) != std::string_view::npos) return fail(name, 0, "the file is not valid UTF-8");
  csv_parser parser;
  if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) return fail(name, 0, "no memory for the parser");
  Collector collector{visit, {}, {}, 0, 0, 0, {}};
  const bool parsed =
      csv_parse(&parser, text.data(), text.size(), on_cell, on_row, &collector) == text.size();
  const bool finished = parsed && csv_fini(&parser, on_cell, on_row, &collector) == 0;
  csv_free(&parser);
  if (!finished)
    return fail(name, collector.records + 1, "a quote is not closed or stands inside an unquoted cell");
  if (collector.records == 0) return fail(name, 0, "the file has no header line");
  if (collector.wrong > 0) return fail(name, collector.wrong, collector.why);
  collector.one.rows.clear();
  return std::move(collector.one);
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

tl::expected<void, base::Diagnostic> each_csv_record(std::string_view text, const std::string& name,
                                                     const std::function<void(const CsvTable& one)>& visit) {
  const auto found = records_of(text, name, [&](CsvTable& one) { visit(one); });
  if (!found) return tl::unexpected(found.error());
  return {};
}

tl::expected<CsvTable, base::Diagnostic> parse_csv(std::string_view text, const std::string& name) {
  std::vector<std::vector<std::string>> rows;
  auto table = records_of(text, name, [&](CsvTable& one) { rows.push_back(std::move(one.rows.front())); });
  if (table) table->rows = std::move(rows);
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
