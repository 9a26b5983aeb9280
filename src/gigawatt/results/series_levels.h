#pragma once
/// Coarser copies of long series, made while the points are written, so that any part of a series can be drawn from
/// some thousand rows.
///
/// A row of level k summarizes up to 8^k consecutive points of one series by their first time, count, least, largest
/// and mean value, and the hull of their bands. Drawing from level k instead of the points moves a value by less than
/// one row, which is less than the part of a picture that it is drawn in (see read_series). The finer the steps from
/// level to level, the fewer rows are read for the same picture; steps of 8 cost an eighth more rows in the file.
/// Points of one series must come in the order of time.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/base/sim_time.h"

namespace gigawatt::results {

struct SeriesKey {
  std::string name, subject_kind, subject, label;
  auto operator<=>(const SeriesKey&) const = default;
};

struct SeriesView {
  std::string_view name, subject_kind, subject, label;
};

/// A summary of consecutive points.
struct LevelRow {
  base::SimTime first;
  std::int64_t count = 0;
  double min = 0, max = 0, sum = 0, low = 0, high = 0;

  static LevelRow of(base::SimTime time, double value, double low, double high);
  void add(const LevelRow& next);
};

inline constexpr std::int64_t kLevelFactor = 8;
inline constexpr int kLevels = 6;  ///< rows of 8, 64, 512, 4,096, 32,768 and 262,144 points

class SeriesLevels {
 public:
  /// A point whose value is not a number counts, but is summarized nowhere.
  void add(const SeriesView& series, const LevelRow& point);

  struct Extent {
    std::int64_t points = 0;
    base::SimTime first, last;
    std::array<std::vector<LevelRow>, kLevels>
        levels;  ///< empty for a series shorter than one row of level 1
  };
  /// What was added since the last call; the next points start new rows.
  std::map<SeriesKey, Extent> take();

 private:
  struct Open {
    Extent extent;
    std::array<LevelRow, kLevels> rows;  ///< being filled; count 0: none
    std::array<std::int64_t, kLevels> parts{};
  };
  static void close(Open& series, std::size_t level);

  std::map<SeriesKey, Open> series_;
  std::map<SeriesKey, Open>::iterator last_ = series_.end();
};

}  // namespace gigawatt::results
