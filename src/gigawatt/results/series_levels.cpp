#include "gigawatt/results/series_levels.h"

#include <algorithm>
#include <cmath>

namespace gigawatt::results {
namespace {

bool same(const SeriesKey& key, const SeriesView& view) {
  return key.name == view.name && key.subject_kind == view.subject_kind && key.subject == view.subject &&
         key.label == view.label;
}

}  // namespace

LevelRow LevelRow::of(base::SimTime time, double value, double low, double high) {
  return {time, 1, value, value, value, low, high};
}

void LevelRow::add(const LevelRow& next) {
  if (count == 0) {
    *this = next;
    return;
  }
  count += next.count;
  sum += next.sum;
  min = std::min(min, next.min);
  max = std::max(max, next.max);
  low = std::fmin(low, next.low);  // of those that have a band
  high = std::fmax(high, next.high);
}

void SeriesLevels::add(const SeriesView& view, const LevelRow& point) {
  if (last_ == series_.end() || !same(last_->first, view))
    last_ = series_
                .try_emplace({std::string(view.name), std::string(view.subject_kind),
                              std::string(view.subject), std::string(view.label)})
                .first;
  Open& series = last_->second;
  if (series.extent.points++ == 0) series.extent.first = point.first;
  series.extent.last = point.first;
  if (std::isnan(point.sum)) return;
  series.rows[0].add(point);
  for (std::size_t level = 0; level < kLevels && ++series.parts[level] == kLevelFactor; ++level)
    close(series, level);
}

void SeriesLevels::close(Open& series, std::size_t level) {
  LevelRow& row = series.rows[level];
  series.extent.levels[level].push_back(row);
  if (level + 1 < kLevels) series.rows[level + 1].add(row);
  row = {};
  series.parts[level] = 0;
}

std::map<SeriesKey, SeriesLevels::Extent> SeriesLevels::take() {
  std::map<SeriesKey, Extent> out;
  for (auto& [key, series] : series_) {
    if (series.extent.points >= kLevelFactor)
      for (std::size_t level = 0; level < kLevels; ++level)
        if (series.rows[level].count > 0) close(series, level);
    out.emplace(key, std::move(series.extent));
  }
  series_.clear();
  last_ = series_.end();
  return out;
}

}  // namespace gigawatt::results
