#include "gigawatt/results/duckdb_library.h"

#include <array>

#include <dlfcn.h>

#include <fmt/format.h>

#include "gigawatt/results/store.h"

namespace gigawatt::results {
namespace {

/// Beside an installed program or on the system's path, else where the build found it.
void* open_library() {
  for (const char* name : std::array{"libduckdb.so", GW_DUCKDB_LIBRARY})
    if (void* library = dlopen(name, RTLD_NOW | RTLD_LOCAL)) return library;
  throw StoreError(fmt::format("DuckDB, which keeps stores, cannot be opened: {}", dlerror()));
}

template <typename Function>
void find(void* library, const char* name, Function*& function) {
  void* const address = dlsym(library, name);
  if (address == nullptr) throw StoreError(fmt::format("DuckDB has no '{}': another version", name));
  function = reinterpret_cast<Function*>(address);
}

DuckDb load() {
  void* const library = open_library();
  DuckDb found;
#define GW_FIND(name) find(library, "duckdb_" #name, found.name);
  GW_DUCKDB_FUNCTIONS(GW_FIND)
#undef GW_FIND
  return found;
}

}  // namespace

const DuckDb& duckdb() {
  static const DuckDb library = load();
  return library;
}

}  // namespace gigawatt::results
