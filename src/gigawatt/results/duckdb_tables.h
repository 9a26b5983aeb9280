#pragma once
/// The tables of a store and how an older one is brought up to date. Private to this module.

#include <array>

#include "gigawatt/results/duckdb_session.h"

namespace gigawatt::results {

/// Tables with a row or more for each run.
inline constexpr std::array kRunTables = {"run",        "metric",        "series",      "event",
                                          "ledger",     "input_leaf",    "citation",    "claim",
                                          "attachment", "series_extent", "series_level"};
/// What an export holds: the levels can be made again from the series.
inline constexpr std::array kExportedTables = {"quantity", "run",        "metric",   "series", "event",
                                               "ledger",   "input_leaf", "citation", "claim",  "attachment"};

/// An empty database gets its tables, an older store what is new; anything else must be a store of this
/// version. Runs that somebody left 'running' are marked interrupted.
void prepare_tables(Session& session);

}  // namespace gigawatt::results
