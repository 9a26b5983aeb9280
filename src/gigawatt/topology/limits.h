#pragma once
/// What a description of a fabric may ask for. Private to this module.

#include <cstddef>
#include <cstdint>

namespace gigawatt::topology {

inline constexpr double kMostEndpoints = 1e8;
inline constexpr double kMostLinks = 2e9;
inline constexpr std::int64_t kMostHosts = 2'000'000;  ///< of a platform in SimGrid's format
inline constexpr std::size_t kMostProblems = 50;       ///< of a file that are named

}  // namespace gigawatt::topology
