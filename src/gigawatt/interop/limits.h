#pragma once
/// What no training asks for: larger figures in a file are mistakes, and longer files are not configurations. Private to
/// this module.

#include <cstddef>
#include <cstdint>

namespace gigawatt::interop {

inline constexpr std::int64_t kMostCount = 1'000'000'000;  ///< accelerators, samples of a batch
inline constexpr std::int64_t kMostDegree = 1 << 20;       ///< of one kind of parallelism
inline constexpr std::size_t kMostLines = 100'000;

}  // namespace gigawatt::interop
