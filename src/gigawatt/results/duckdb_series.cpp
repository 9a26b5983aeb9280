#include "gigawatt/results/duckdb_series.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gigawatt/results/series_levels.h"

namespace gigawatt::results {
namespace {

constexpr double kRowsPerPart = 2.0 * kLevelFactor;

std::string this_series(std::int64_t run, const SeriesQuery& q) {
  return fmt::format("run_id = {} AND name = {} AND subject_kind = {} AND subject = {} AND label = {}", run,
                     sql_text(q.name), sql_text(q.subject_kind), sql_text(q.subject), sql_text(q.label));
}

/// What is stored of the series, and the part of the range that it covers.
struct Covered {
  double points = 0;  ///< of the whole series
  double inside = 0;  ///< estimate of those in the range, as if they were evenly spaced
  std::int64_t from_us = 0, to_us = 0;
};

Covered covered(Session& session, const std::string& where, const SeriesQuery& q) {
  const auto rows = session.query(
      "SELECT sum(points)::BIGINT, epoch_us(min(first_time)), epoch_us(max(last_time)) "
      "FROM series_extent WHERE " +
      where);
  Covered c;
  if (rows.empty() || rows[0][0].empty() || rows[0][0] == "0") return c;
  c.points = number_cell(rows[0][0], "points of a series");
  const std::int64_t first = time_cell(rows[0][1], "first time of a series").us;
  const std::int64_t end = time_cell(rows[0][2], "last time of a series").us + 1;
  c.from_us = std::max(q.from.us, first);
  c.to_us = std::min(q.to.us, end);
  if (c.to_us > c.from_us)
    c.inside = c.points * static_cast<double>(c.to_us - c.from_us) / static_cast<double>(end - first);
  return c;
}

struct Source {
  const char* table = "series";
  const char* columns = "value AS least, value AS most, value AS mean, 1 AS points, low, high";
  std::string filter;
  std::int64_t row_us = 0;  ///< that one row covers, evenly spaced points assumed
};

Source source_for(const Covered& range, double most) {
  int level = 0;
  double rows = range.inside;
  for (; rows > most && level < kLevels; rows /= static_cast<double>(kLevelFactor)) ++level;
  if (level == 0) return {};
  return {"series_level", "min AS least, max AS most, mean, points, low, high",
          fmt::format(" AND level = {}", level),
          static_cast<std::int64_t>(static_cast<double>(range.to_us - range.from_us) / rows)};
}

}  // namespace

std::vector<EventRow> read_events(Session& session, std::int64_t run) {
  std::vector<EventRow> events;
  for (auto& r :
       session.query(fmt::format("SELECT epoch_us(time), kind, subject_kind, subject, description, value "
                                 "FROM event WHERE run_id = {} ORDER BY time, rowid",
                                 run)))
    events.push_back({time_cell(r[0], "time of an event"), std::move(r[1]), std::move(r[2]), std::move(r[3]),
                      std::move(r[4]), number_cell(r[5], "value of an event")});
  return events;
}

std::vector<SeriesRow> read_series_index(Session& session, std::int64_t run) {
  std::vector<SeriesRow> series;
  for (auto& r : session.query(fmt::format(
           "SELECT name, subject_kind, subject, label, sum(points)::BIGINT, epoch_us(min(first_time)), "
           "epoch_us(max(last_time)) FROM series_extent WHERE run_id = {} GROUP BY ALL ORDER BY ALL",
           run)))
    series.push_back({std::move(r[0]), std::move(r[1]), std::move(r[2]), std::move(r[3]),
                      whole_cell(r[4], "points of a series"), time_cell(r[5], "first time of a series"),
                      time_cell(r[6], "last time of a series")});
  return series;
}

SeriesData read_series(Session& session, std::int64_t run, const SeriesQuery& q) {
  const std::string where = this_series(run, q);
  const Covered range = covered(session, where, q);
  if (range.to_us <= range.from_us) return {};
  const std::int64_t points = std::max<std::int64_t>(1, q.points);
  const Source source = source_for(range, kRowsPerPart * static_cast<double>(points));
  // A row that begins before the range reaches into it; it is drawn at the range's beginning.
  const std::string rows = fmt::format(
      "SELECT greatest(epoch_us(time), {2}) AS us, {0} FROM {1} WHERE {4}{5} AND time > make_timestamp({2} - "
      "{6}) "
      "AND time < make_timestamp({3})",
      source.columns, source.table, range.from_us, range.to_us, where, source.filter,
      std::max<std::int64_t>(1, source.row_us));
  const std::int64_t width = (range.to_us - range.from_us + points - 1) / points;
  // Few enough points are answered as they are: each is a part of its own.
  const std::string part = range.inside <= static_cast<double>(points)
                               ? std::string("us")
                               : fmt::format("(us - {}) // {}", range.from_us, width);
  auto columns =
      session.numbers(fmt::format("SELECT (min(us) / 1000)::DOUBLE, min(least), max(most), (sum(mean * "
                                  "points) / sum(points))::DOUBLE, min(low), "
                                  "max(high) FROM ({}) WHERE mean IS NOT NULL GROUP BY {} ORDER BY min(us)",
                                  rows, part));
  return {std::move(columns[0]), std::move(columns[1]), std::move(columns[2]),
          std::move(columns[3]), std::move(columns[4]), std::move(columns[5])};
}

}  // namespace gigawatt::results
