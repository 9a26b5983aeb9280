/// DuckDB's header and library come from two packages of different versions. Every family of calls that the
/// store uses is exercised here with values whose result is known: a struct or an enum that has moved between
/// the versions would give another one.

#include <duckdb.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace {

class DuckDbAbi : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(duckdb_open(nullptr, &database_), DuckDBSuccess);
    ASSERT_EQ(duckdb_connect(database_, &connection_), DuckDBSuccess);
  }
  void TearDown() override {
    duckdb_disconnect(&connection_);
    duckdb_close(&database_);
  }
  void run(const std::string& sql) {
    duckdb_result result;
    const auto state = duckdb_query(connection_, sql.c_str(), &result);
    EXPECT_EQ(state, DuckDBSuccess) << duckdb_result_error(&result);
    duckdb_destroy_result(&result);
  }
  /// Rows 0..n-1 with i, i/2 and the text "row".
  void append_rows(std::int64_t n) {
    duckdb_appender appender = nullptr;
    ASSERT_EQ(duckdb_appender_create(connection_, nullptr, "t", &appender), DuckDBSuccess);
    for (std::int64_t i = 0; i < n; ++i) {
      duckdb_append_int64(appender, i);
      duckdb_append_double(appender, static_cast<double>(i) / 2);
      duckdb_append_varchar(appender, "row");
      ASSERT_EQ(duckdb_appender_end_row(appender), DuckDBSuccess);
    }
    ASSERT_EQ(duckdb_appender_destroy(&appender), DuckDBSuccess);
  }

  duckdb_database database_ = nullptr;
  duckdb_connection connection_ = nullptr;
};

TEST_F(DuckDbAbi, LibraryIsOfTheVersionWeExpect) {
  EXPECT_EQ(std::string(duckdb_library_version()).substr(0, 3), "v1.") << duckdb_library_version();
}

TEST_F(DuckDbAbi, AppendedRowsSurviveTheWayThroughParquet) {
  run("CREATE TABLE t (i BIGINT, d DOUBLE, s VARCHAR)");
  append_rows(10'000);
  run("COPY t TO 'abi.parquet' (FORMAT parquet)");

  duckdb_result result;
  ASSERT_EQ(duckdb_query(connection_, "SELECT count(*), sum(d), max(s) FROM 'abi.parquet'", &result),
            DuckDBSuccess);
  EXPECT_EQ(duckdb_column_count(&result), 3u);
  EXPECT_EQ(duckdb_column_type(&result, 0), DUCKDB_TYPE_BIGINT);
  EXPECT_EQ(duckdb_column_type(&result, 1), DUCKDB_TYPE_DOUBLE);
  EXPECT_EQ(duckdb_column_type(&result, 2), DUCKDB_TYPE_VARCHAR);
  duckdb_data_chunk chunk = duckdb_fetch_chunk(result);
  ASSERT_NE(chunk, nullptr);
  EXPECT_EQ(duckdb_data_chunk_get_size(chunk), 1u);
  const auto* count =
      static_cast<std::int64_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0)));
  const auto* sum = static_cast<double*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 1)));
  auto* text = static_cast<duckdb_string_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 2)));
  EXPECT_EQ(*count, 10'000);
  EXPECT_DOUBLE_EQ(*sum, 9999.0 * 10'000 / 2 / 2);
  EXPECT_EQ(std::string(duckdb_string_t_data(text), duckdb_string_t_length(*text)), "row");
  duckdb_destroy_data_chunk(&chunk);
  duckdb_destroy_result(&result);
}

TEST_F(DuckDbAbi, PreparedStatementsTakeTheirValues) {
  run("CREATE TABLE t (i BIGINT, d DOUBLE, s VARCHAR)");
  duckdb_prepared_statement statement = nullptr;
  ASSERT_EQ(duckdb_prepare(connection_, "INSERT INTO t VALUES (?, ?, ?)", &statement), DuckDBSuccess);
  ASSERT_EQ(duckdb_bind_int64(statement, 1, 7), DuckDBSuccess);
  ASSERT_EQ(duckdb_bind_double(statement, 2, 2.5), DuckDBSuccess);
  ASSERT_EQ(duckdb_bind_varchar(statement, 3, "seven"), DuckDBSuccess);
  EXPECT_EQ(duckdb_execute_prepared(statement, nullptr), DuckDBSuccess);
  duckdb_destroy_prepare(&statement);

  duckdb_result result;
  ASSERT_EQ(duckdb_query(connection_, "SELECT i FROM t WHERE d = 2.5 AND s = 'seven'", &result),
            DuckDBSuccess);
  duckdb_data_chunk chunk = duckdb_fetch_chunk(result);
  ASSERT_NE(chunk, nullptr);
  EXPECT_EQ(*static_cast<std::int64_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0))), 7);
  duckdb_destroy_data_chunk(&chunk);
  duckdb_destroy_result(&result);
}

TEST_F(DuckDbAbi, ErrorsCarryTheirKindAndText) {
  duckdb_result result;
  EXPECT_EQ(duckdb_query(connection_, "SELEC 1", &result), DuckDBError);
  EXPECT_EQ(duckdb_result_error_type(&result), DUCKDB_ERROR_PARSER);
  EXPECT_NE(std::string(duckdb_result_error(&result)).find("syntax error"), std::string::npos);
  duckdb_destroy_result(&result);
}

}  // namespace
