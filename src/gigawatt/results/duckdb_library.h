#pragma once
/// The functions of DuckDB's C API that the store calls. The library is 70 MB with 20,000 relocations: whoever only
/// asks a question should not pay 8 ms for it, so it is opened when a store first is. Private to this module.

#include <duckdb.h>

// clang-format off
#define GW_DUCKDB_FUNCTIONS(X)                                                                             \
  X(append_bool) X(append_double) X(append_int64) X(append_null) X(append_timestamp)                       \
  X(append_varchar_length) X(appender_close) X(appender_create) X(appender_destroy) X(appender_end_row)    \
  X(appender_error) X(close) X(column_count) X(column_type) X(connect) X(create_config)                    \
  X(data_chunk_get_size) X(data_chunk_get_vector) X(destroy_config) X(destroy_data_chunk)                  \
  X(destroy_result) X(disconnect) X(fetch_chunk) X(free) X(open_ext) X(query) X(result_error) X(row_count) \
  X(set_config) X(string_t_data) X(string_t_length) X(validity_row_is_valid) X(value_varchar)              \
  X(vector_get_data) X(vector_get_validity)
// clang-format on

namespace gigawatt::results {

/// `duckdb().query(...)` is `duckdb_query(...)`.
struct DuckDb {
#define GW_DECLARE(name) decltype(&::duckdb_##name) name = nullptr;
  GW_DUCKDB_FUNCTIONS(GW_DECLARE)
#undef GW_DECLARE
};

/// Opens the library on the first call, on any thread. Throws StoreError where it is missing.
const DuckDb& duckdb();

}  // namespace gigawatt::results
