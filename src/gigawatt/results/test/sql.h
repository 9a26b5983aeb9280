#pragma once
/// SQL on a store's file, as somebody with DuckDB would run it.

#include <filesystem>
#include <string>
#include <vector>

#include "gigawatt/results/duckdb_session.h"

namespace gigawatt::results::test {

/// Every cell of the answer as text. Throws StoreError where the database refuses.
inline std::vector<std::vector<std::string>> sql(const std::filesystem::path& store,
                                                 const std::string& text) {
  return Session(store).query(text);
}

}  // namespace gigawatt::results::test
