#pragma once
/// Counts in arithmetic.

#include <cstdint>

namespace gigawatt::base {

/// A count as a number to calculate with; exact up to 2^53.
constexpr double real(std::int64_t count) { return static_cast<double>(count); }

}  // namespace gigawatt::base
