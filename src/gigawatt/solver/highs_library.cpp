#include "gigawatt/solver/highs_library.h"

#include "gigawatt/base/shared_library.h"

namespace gigawatt::solver {
namespace {

Highs load() {
  const base::SharedLibrary library("HiGHS, which solves linear programs,",
                                    {"libhighs.so", GW_HIGHS_LIBRARY});
  Highs found;
#define GW_FIND(name) library.find("Highs_" #name, found.name);
  GW_HIGHS_FUNCTIONS(GW_FIND)
#undef GW_FIND
  return found;
}

}  // namespace

const Highs& highs_api() {
  static const Highs library = load();
  return library;
}

}  // namespace gigawatt::solver
