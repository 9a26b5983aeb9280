#pragma once
/// Sets a published statement against what the twin computes.
///
/// A statement allows a set of values A: for a claimed value c with relative tolerance t
///
///     at_least  [c (1 - t), inf)     at_most  (-inf, c (1 + t)]     equals, approximately  [c (1 - t), c (1 + t)]
///     range     [c - t |c|, u + t |u|]
///
/// The twin gives a value v with an 80% interval [l, h]. The verdict is
///
///     consistent     v is in A
///     inconsistent   [l, h] and A have no point in common
///     undecidable    v is outside of A but the interval reaches into it, or nothing could be computed
///
/// so a wide interval can excuse a statement but never prove it.

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace gigawatt::analysis {

enum class Relation : std::uint8_t { kAtLeast, kAtMost, kEquals, kRange, kApproximately };

struct Statement {
  Relation relation = Relation::kApproximately;
  double value = 0;
  double upper = 0;      ///< of kRange
  double tolerance = 0;  ///< relative, >= 0
};

/// The values that a statement allows; unbounded sides are infinite.
struct AllowedRange {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};
AllowedRange allowed(const Statement& statement);

struct Estimate {
  double value = 0;
  double low = 0;
  double high = 0;
};

enum class Verdict : std::uint8_t { kConsistent, kInconsistent, kUndecidable };
inline constexpr std::array<std::string_view, 3> kVerdictNames = {"consistent", "inconsistent",
                                                                  "undecidable"};

/// No estimate: undecidable. An interval that does not hold its own value is widened to it.
Verdict judge(const Statement& statement, const std::optional<Estimate>& estimate);

/// What holds a quantity where it is.
enum class Binding : std::uint8_t { kNone, kPower, kChips, kMoney, kShells, kTime };
inline constexpr std::array<std::string_view, 6> kBindingNames = {"none",  "power",  "chips",
                                                                  "money", "shells", "time"};

}  // namespace gigawatt::analysis
