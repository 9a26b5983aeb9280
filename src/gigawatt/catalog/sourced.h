#pragma once
/// A number from `data/` together with where it came from: none is known without (tools/check_citations.py).

#include <array>
#include <string>
#include <string_view>

namespace gigawatt::config {
class FieldVisitor;
struct Field;
}  // namespace gigawatt::config

namespace gigawatt::catalog {

enum class SourceKind { kVendor, kMeasured, kPaper, kInferred, kAssumed };
inline constexpr std::array<std::string_view, 5> kSourceKindNames = {"vendor", "measured", "paper",
                                                                     "inferred", "assumed"};

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

/// Field of a sourced number, in `f.unit`: a plain number, or a table with value, low, high, source, kind, reason.
void sourced(config::FieldVisitor& v, Sourced& x, const config::Field& f);

}  // namespace gigawatt::catalog
