#pragma once
/// Bounds of what is said of flows. Private to this module.

#include <cstddef>

namespace gigawatt::network {

inline constexpr std::size_t kMostProblems = 20;  ///< lines of a file that are named as wrong

}  // namespace gigawatt::network
