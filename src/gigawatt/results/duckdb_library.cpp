#include "gigawatt/results/duckdb_library.h"

#include "gigawatt/base/shared_library.h"
#include "gigawatt/results/store.h"

namespace gigawatt::results {
namespace {

DuckDb load() try {
  const base::SharedLibrary library("DuckDB, which keeps stores,", {"libduckdb.so", GW_DUCKDB_LIBRARY});
  DuckDb found;
#define GW_FIND(name) library.find("duckdb_" #name, found.name);
  GW_DUCKDB_FUNCTIONS(GW_FIND)
#undef GW_FIND
  return found;
} catch (const std::runtime_error& e) {
  throw StoreError(e.what());
}

}  // namespace

const DuckDb& duckdb() {
  static const DuckDb library = load();
  return library;
}

}  // namespace gigawatt::results
