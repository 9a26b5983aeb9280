#include "gigawatt/analysis/claims.h"

#include <algorithm>
#include <cmath>

namespace gigawatt::analysis {

AllowedRange allowed(const Statement& s) {
  AllowedRange range;
  const double low = s.value - s.tolerance * std::abs(s.value);
  const double high = s.value + s.tolerance * std::abs(s.value);
  switch (s.relation) {
    case Relation::kAtLeast: range.low = low; break;
    case Relation::kAtMost: range.high = high; break;
    case Relation::kRange: range = {low, s.upper + s.tolerance * std::abs(s.upper)}; break;
    case Relation::kEquals:
    case Relation::kApproximately: range = {low, high}; break;
  }
  return range;
}

Verdict judge(const Statement& statement, const std::optional<Estimate>& estimate) {
  if (!estimate || !std::isfinite(estimate->value)) return Verdict::kUndecidable;
  const AllowedRange range = allowed(statement);
  if (estimate->value >= range.low && estimate->value <= range.high) return Verdict::kConsistent;
  const double low = std::min(estimate->low, estimate->value);
  const double high = std::max(estimate->high, estimate->value);
  return high < range.low || low > range.high ? Verdict::kInconsistent : Verdict::kUndecidable;
}

}  // namespace gigawatt::analysis
