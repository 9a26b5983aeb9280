#include "gigawatt/results/write_parquet.h"

#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include "gigawatt/base/check.h"
#include "gigawatt/results/duckdb_session.h"
#include "gigawatt/results/store.h"

namespace gigawatt::results {
namespace {

void copy_and_rename(Session& session, const std::string& select, const std::filesystem::path& path) {
  const std::filesystem::path part = part_beside(path);
  session.execute(
      fmt::format("COPY ({}) TO {} (FORMAT parquet, COMPRESSION zstd)", select, sql_text(part.string())));
  std::error_code problem;
  std::filesystem::rename(part, path, problem);
  if (problem) throw StoreError(fmt::format("{}: {}", path.string(), problem.message()));
}

}  // namespace

std::filesystem::path part_beside(const std::filesystem::path& path) {
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  return fmt::format("{}.{}.{}.part", path.string(), host, ::getpid());
}

void write_parquet(const ParquetTable& table, const std::filesystem::path& path,
                   std::span<const std::string_view> whole) {
  Session session(":memory:");
  std::string columns;
  std::vector<bool> is_whole;
  for (const auto& column : table.columns) {
    GW_CHECK((column.is_text ? column.words.size() : column.numbers.size()) == table.rows,
             "columns of a table have its number of rows");
    is_whole.push_back(std::find(whole.begin(), whole.end(), column.name) != whole.end());
    columns += fmt::format("{}{} {}", columns.empty() ? "" : ", ", sql_name(column.name),
                           column.is_text    ? "VARCHAR"
                           : is_whole.back() ? "BIGINT"
                                             : "DOUBLE");
  }
  session.execute(fmt::format("CREATE TABLE part ({})", columns));
  Appender rows(session, "part");
  for (std::size_t r = 0; r < table.rows; ++r) {
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      const auto& column = table.columns[c];
      if (!column.is_text && is_whole[c])
        rows << static_cast<std::int64_t>(column.numbers[r]);
      else if (!column.is_text)
        rows << column.numbers[r];
      else
        rows << std::string_view(column.dictionary[static_cast<std::size_t>(column.words[r])]);
    }
    rows.end_row();
  }
  rows.close();
  copy_and_rename(session, "SELECT * FROM part", path);
}

void join_parquet(std::span<const std::filesystem::path> parts, const std::filesystem::path& path) {
  GW_CHECK(!parts.empty(), "there is a part to join");
  Session session(":memory:");
  std::string list;
  for (const auto& part : parts) list += (list.empty() ? "" : ", ") + sql_text(part.string());
  copy_and_rename(session, fmt::format("SELECT * FROM read_parquet([{}])", list), path);
}

}  // namespace gigawatt::results
