#pragma once
/// Reading time series and events of a run back. Private to this module.

#include <vector>

#include "gigawatt/results/duckdb_session.h"
#include "gigawatt/results/store.h"

namespace gigawatt::results {

std::vector<EventRow> read_events(Session& session, std::int64_t run);
std::vector<SeriesRow> read_series_index(Session& session, std::int64_t run);

/// Reads the finest rows of which there are at most kRowsPerPart for each part asked for: the points themselves, or
/// else the first level with so few. As levels differ by a factor of 8, there are at least two rows for each part, and
/// the time that an answer takes hangs on what is asked for, not on how long the series is.
SeriesData read_series(Session& session, std::int64_t run, const SeriesQuery& query);

}  // namespace gigawatt::results
