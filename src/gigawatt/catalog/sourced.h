#pragma once
/// A number from `data/` together with where it came from.

#include <string>

namespace gigawatt::catalog {

enum class SourceKind { kVendor, kMeasured, kPaper, kInferred, kAssumed };

/// `value` in SI units (or the unit its field names), with the band [low, high]
/// of conflicting or uncertain sources; low == high == value where none is known.
/// `source` is a key of data/sources.toml; kAssumed needs `reason`.
struct Sourced {
  double value = 0;
  double low = 0;
  double high = 0;
  std::string source;
  SourceKind kind = SourceKind::kVendor;
  std::string reason;

  operator double() const { return value; }  // NOLINT(google-explicit-constructor): reads as a number
};

}  // namespace gigawatt::catalog
