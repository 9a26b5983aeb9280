#pragma once
/// The functions of HiGHS's C API that the solver calls, opened with the first program that is solved
/// (base/shared_library.h). Private to this module.

#include <interfaces/highs_c_api.h>

// clang-format off
#define GW_HIGHS_FUNCTIONS(X)                                                                          \
  X(changeColBounds) X(changeColsCostByRange) X(changeRowBounds) X(create) X(destroy)                  \
  X(getDoubleInfoValue) X(getInt64InfoValue) X(getIntInfoValue) X(getModelStatus) X(getSolution)       \
  X(passModel) X(run) X(setBoolOptionValue) X(setDoubleOptionValue) X(setIntOptionValue) X(setSolution) \
  X(setCallback) X(setStringOptionValue) X(startCallback) X(version)
// clang-format on

namespace gigawatt::solver {

/// `highs_api().run(...)` is `Highs_run(...)`.
struct Highs {
#define GW_DECLARE(name) decltype(&::Highs_##name) name = nullptr;
  GW_HIGHS_FUNCTIONS(GW_DECLARE)
#undef GW_DECLARE
};

/// Opens the library on the first call, on any thread. Throws std::runtime_error where it is missing.
const Highs& highs_api();

}  // namespace gigawatt::solver
