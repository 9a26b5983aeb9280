#pragma once
/// Levels of a binary tree. Private to this module.

#include <bit>
#include <cstdint>

namespace gigawatt::network {

/// ceil(log2 n): rounds in which one rank reaches n, or levels of a binary tree over n; 0 of one.
inline double depth(std::int64_t n) {
  return n <= 1 ? 0.0 : static_cast<double>(std::bit_width(static_cast<std::uint64_t>(n - 1)));
}

}  // namespace gigawatt::network
