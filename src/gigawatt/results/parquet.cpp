#include "gigawatt/results/parquet.h"

#include <cmath>
#include <unordered_map>

#include <fmt/format.h>

#include "gigawatt/results/duckdb_session.h"
#include "gigawatt/results/store.h"

namespace gigawatt::results {
namespace {

bool is_number(std::string_view type) {
  for (std::string_view word : {"INT", "DOUBLE", "FLOAT", "DECIMAL", "BOOLEAN"})
    if (type.find(word) != std::string_view::npos) return true;
  return false;
}

/// A result whose chunks are read in order.
struct Stream {
  duckdb_result result{};
  ~Stream() { duckdb().destroy_result(&result); }
};

class Words {
 public:
  explicit Words(ParquetColumn& column) : column_(column) {}
  void add(std::string_view text) {
    const auto [at, is_new] =
        index_.try_emplace(std::string(text), static_cast<std::int32_t>(column_.dictionary.size()));
    if (is_new) column_.dictionary.emplace_back(text);
    column_.words.push_back(at->second);
  }

 private:
  ParquetColumn& column_;
  std::unordered_map<std::string, std::int32_t> index_;
};

void read_chunk(duckdb_data_chunk chunk, idx_t rows, ParquetTable& table, std::vector<Words>& words) {
  for (idx_t c = 0; c < table.columns.size(); ++c) {
    duckdb_vector vector = duckdb().data_chunk_get_vector(chunk, c);
    std::uint64_t* validity = duckdb().vector_get_validity(vector);
    const auto valid = [&](idx_t r) {
      return validity == nullptr || duckdb().validity_row_is_valid(validity, r);
    };
    if (table.columns[c].is_text) {
      auto* texts = static_cast<duckdb_string_t*>(duckdb().vector_get_data(vector));
      for (idx_t r = 0; r < rows; ++r)
        words[c].add(
            valid(r) ? std::string_view(duckdb().string_t_data(&texts[r]), duckdb().string_t_length(texts[r]))
                     : std::string_view());
    } else {
      const auto* values = static_cast<const double*>(duckdb().vector_get_data(vector));
      for (idx_t r = 0; r < rows; ++r)
        table.columns[c].numbers.push_back(valid(r) ? values[r] : std::nan(""));
    }
  }
}

ParquetTable read(const std::filesystem::path& path) {
  Session session(":memory:");
  const std::string source = "read_parquet(" + sql_text(path.string()) + ")";
  ParquetTable table;
  std::string select;
  for (const auto& row : session.query("DESCRIBE SELECT * FROM " + source)) {
    ParquetColumn column;
    column.name = row[0];
    column.is_text = !is_number(row[1]);
    select += fmt::format("{}CAST({} AS {})", select.empty() ? "" : ", ", sql_name(column.name),
                          column.is_text ? "VARCHAR" : "DOUBLE");
    table.columns.push_back(std::move(column));
  }
  Stream stream;
  if (duckdb().query(session.connection(), fmt::format("SELECT {} FROM {}", select, source).c_str(),
                     &stream.result) != DuckDBSuccess)
    throw StoreError(fmt::format("{}: {}", path.string(), duckdb().result_error(&stream.result)));
  std::vector<Words> words;
  words.reserve(table.columns.size());
  for (auto& column : table.columns) words.emplace_back(column);
  while (duckdb_data_chunk chunk = duckdb().fetch_chunk(stream.result)) {
    const idx_t rows = duckdb().data_chunk_get_size(chunk);
    read_chunk(chunk, rows, table, words);
    table.rows += rows;
    duckdb().destroy_data_chunk(&chunk);
    if (rows == 0) break;
  }
  return table;
}

}  // namespace

const ParquetColumn* ParquetTable::column(std::string_view name) const {
  for (const auto& c : columns)
    if (c.name == name) return &c;
  return nullptr;
}

tl::expected<ParquetTable, base::Diagnostic> read_parquet(const std::filesystem::path& path) {
  try {
    return read(path);
  } catch (const StoreError& failure) {
    return tl::unexpected(base::error("bad-parquet", fmt::format("{}: {}", path.string(), failure.what()),
                                      "a Parquet file, with one row a measurement"));
  }
}

}  // namespace gigawatt::results
