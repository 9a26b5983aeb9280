#pragma once
/// Reading time series and events of a run back. Private to this module.

#include <vector>

#include "gigawatt/results/duckdb_session.h"
#include "gigawatt/results/store.h"

namespace gigawatt::results {

std::vector<EventRow> read_events(Session& session, std::int64_t run);
std::vector<SeriesRow> read_series_index(Session& session, std::int64_t run);

/// Reads the coarsest rows that still are many to a part: the points themselves while there are at most
/// kMostPointsRead of them in the range, else the first level with at most so many rows.
SeriesData read_series(Session& session, std::int64_t run, const SeriesQuery& query);

}  // namespace gigawatt::results
