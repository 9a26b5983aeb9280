#pragma once
/// One whole number, or all from a least to a most.

#include <cstdint>

namespace gigawatt::config {

struct IntegerRange {
  std::int64_t first = 0;
  std::int64_t last = 0;

  bool one() const { return first == last; }
};

}  // namespace gigawatt::config
