#include "gigawatt/analysis/error_statistics.h"

#include <map>
#include <vector>

#include "gigawatt/base/quantile.h"

namespace gigawatt::analysis {

namespace {
constexpr std::size_t kOwnSourceRows = 3;
}  // namespace

ErrorStatistics error_statistics(std::span<const SourcedError> errors) {
  ErrorStatistics s;
  s.rows = errors.size();
  if (errors.empty()) return s;
  std::map<std::string_view, std::vector<double>> by_source;
  std::vector<double> all;
  double within = 0;
  for (const auto& [source, e] : errors) {
    by_source[source].push_back(e);
    all.push_back(e);
    within += e <= 10 ? 1 : 0;
  }
  // A source with one or two rows would weigh as much as one with a hundred: they count together.
  std::vector<double> pooled;
  for (auto at = by_source.begin(); at != by_source.end();) {
    if (at->second.size() >= kOwnSourceRows) {
      ++at;
      continue;
    }
    pooled.insert(pooled.end(), at->second.begin(), at->second.end());
    at = by_source.erase(at);
  }
  if (!pooled.empty()) by_source[""] = std::move(pooled);
  for (const auto& [source, own] : by_source)
    s.macro_median_abs_pct += base::quantile_of(own, 0.5) / static_cast<double>(by_source.size());
  s.median_abs_pct = base::quantile_of(all, 0.5);
  s.p90_abs_pct = base::quantile_of(std::move(all), 0.9);
  s.within_10_pct = 100 * within / static_cast<double>(errors.size());
  return s;
}

}  // namespace gigawatt::analysis
