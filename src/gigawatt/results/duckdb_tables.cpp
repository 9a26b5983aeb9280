#include "gigawatt/results/duckdb_tables.h"

#include <algorithm>

#include <fmt/format.h>

#include "gigawatt/results/series_levels.h"
#include "gigawatt/results/store.h"

namespace gigawatt::results {
namespace {

constexpr const char* kFirstTables = R"sql(
CREATE TABLE gigawatt_store (schema_version INTEGER NOT NULL);
CREATE TABLE quantity (kind VARCHAR, name VARCHAR, unit VARCHAR, description VARCHAR);
CREATE TABLE run (run_id BIGINT PRIMARY KEY, scenario VARCHAR, title VARCHAR, scenario_hash VARCHAR,
  canonical VARCHAR, program VARCHAR, seed UBIGINT, futures INTEGER, period_start TIMESTAMP, period_end TIMESTAMP,
  status VARCHAR NOT NULL, started_at TIMESTAMP, finished_at TIMESTAMP);
CREATE TABLE metric (run_id BIGINT, name VARCHAR, subject_kind VARCHAR, subject VARCHAR,
  value DOUBLE, low DOUBLE, high DOUBLE);
CREATE TABLE series (run_id BIGINT, name VARCHAR, subject_kind VARCHAR, subject VARCHAR, label VARCHAR,
  time TIMESTAMP, value DOUBLE, low DOUBLE, high DOUBLE);
CREATE TABLE event (run_id BIGINT, time TIMESTAMP, kind VARCHAR, subject_kind VARCHAR, subject VARCHAR,
  description VARCHAR, value DOUBLE);
CREATE TABLE ledger (run_id BIGINT, name VARCHAR, subject_kind VARCHAR, subject VARCHAR, account VARCHAR, value DOUBLE);
CREATE TABLE input_leaf (run_id BIGINT, path VARCHAR, value VARCHAR, si DOUBLE, unit VARCHAR, origin VARCHAR,
  source VARCHAR, assumed BOOLEAN);
CREATE TABLE citation (run_id BIGINT, key VARCHAR, title VARCHAR, url VARCHAR);
CREATE TABLE claim (run_id BIGINT, id VARCHAR, statement VARCHAR, source VARCHAR, quantity VARCHAR, relation VARCHAR,
  claimed DOUBLE, unit VARCHAR, tolerance DOUBLE, value DOUBLE, low DOUBLE, high DOUBLE, verdict VARCHAR,
  binding VARCHAR, explanation VARCHAR);
)sql";
/// What version 2 added: runs that wait, texts of a run, levels of long series.
constexpr const char* kSecondTables = R"sql(
ALTER TABLE run ADD COLUMN created_at TIMESTAMP;
ALTER TABLE run ADD COLUMN error VARCHAR;
CREATE TABLE attachment (run_id BIGINT, kind VARCHAR, text VARCHAR);
CREATE TABLE series_extent (run_id BIGINT, name VARCHAR, subject_kind VARCHAR, subject VARCHAR, label VARCHAR,
  points BIGINT, first_time TIMESTAMP, last_time TIMESTAMP);
CREATE TABLE series_level (run_id BIGINT, name VARCHAR, subject_kind VARCHAR, subject VARCHAR, label VARCHAR,
  level BIGINT, time TIMESTAMP, points BIGINT, min DOUBLE, max DOUBLE, mean DOUBLE, low DOUBLE, high DOUBLE);
)sql";
/// What version 4 added: the run without delays beside the median of futures, and claimed ranges.
constexpr const char* kFourthTables = R"sql(
ALTER TABLE metric ADD COLUMN nominal DOUBLE;
ALTER TABLE series ADD COLUMN nominal DOUBLE;
ALTER TABLE claim ADD COLUMN claimed_upper DOUBLE;
ALTER TABLE claim ADD COLUMN nominal DOUBLE;
)sql";

/// The declarations of this program, for readers of the store.
void write_quantities(Session& session) {
  session.execute("DELETE FROM quantity");
  Appender quantities(session, "quantity");
  const auto add = [&](std::string_view kind, std::span<const Declaration> declarations) {
    for (const auto& d : declarations) {
      quantities << kind << d.name << d.unit << d.doc;
      quantities.end_row();
    }
  };
  add("metric", metrics());
  add("series", series());
  add("event", events());
  add("ledger", ledgers());
  quantities.close();
}

void create_tables(Session& session) {
  session.execute("BEGIN TRANSACTION");
  session.execute(kFirstTables);
  session.execute(kSecondTables);
  session.execute(kFourthTables);
  session.execute(fmt::format("INSERT INTO gigawatt_store VALUES ({})", kSchemaVersion));
  write_quantities(session);
  session.execute("COMMIT");
}

/// From the points or, for level 2 and above, the level below, as SeriesLevels would have written them.
void rebuild_level(Session& session, int level) {
  const std::string key = "run_id, name, subject_kind, subject, label";
  const std::string below =
      level == 1 ? fmt::format(
                       "SELECT {0}, time, 1 AS points, value AS min, value AS max, value AS mean, low, high "
                       "FROM series SEMI JOIN (SELECT {0} FROM series_extent WHERE points >= {1}) "
                       "USING ({0}) WHERE value IS NOT NULL",
                       key, kLevelFactor)
                 : fmt::format(
                       "SELECT {}, time, points, min, max, mean, low, high FROM series_level WHERE "
                       "level = {}",
                       key, level - 1);
  session.execute(fmt::format(
      "INSERT INTO series_level SELECT {0}, {1}, min(time), sum(points)::BIGINT, min(min), max(max), "
      "sum(mean * points) / sum(points), min(low), max(high) FROM (SELECT *, (row_number() OVER (PARTITION "
      "BY {0} "
      "ORDER BY time) - 1) // {2} AS part FROM ({3})) GROUP BY {0}, part ORDER BY {0}, part",
      key, level, kLevelFactor, below));
}

void upgrade_from_first(Session& session) {
  session.execute(kSecondTables);
  session.execute(
      "INSERT INTO series_extent SELECT run_id, name, subject_kind, subject, label, count(*), min(time), "
      "max(time) "
      "FROM series GROUP BY ALL");
}

/// Version 4 says where there is no interval. Older programs wrote the value itself into low and high, whether all
/// futures had agreed or the figure had no band, so that a width of zero told nothing; and their value was that of
/// the run without delays.
void upgrade_to_fourth(Session& session) {
  session.execute(kFourthTables);
  for (const char* table : {"metric", "series", "claim"}) {
    session.execute(fmt::format("UPDATE {} SET nominal = value", table));
    session.execute(
        fmt::format("UPDATE {} SET low = NULL, high = NULL WHERE low = value AND high = value", table));
  }
  write_quantities(session);
}

/// Version 3 has levels in steps of 8 instead of 64. They are made again for version 4, whose bands may be missing.
void upgrade(Session& session, int from) {
  session.execute("BEGIN TRANSACTION");
  if (from < 2) upgrade_from_first(session);
  upgrade_to_fourth(session);
  session.execute("DELETE FROM series_level");
  for (int level = 1; level <= kLevels; ++level) rebuild_level(session, level);
  session.execute(fmt::format("UPDATE gigawatt_store SET schema_version = {}", kSchemaVersion));
  session.execute("COMMIT");
}

bool is_own_name(const std::string& name) {
  const auto among = [&](const auto& list) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  return name == "gigawatt_store" || among(kRunTables) || among(kExportedTables);
}

}  // namespace

void prepare_tables(Session& session) {
  const auto tables = session.query("SELECT table_name, table_type FROM information_schema.tables");
  if (tables.empty()) return create_tables(session);
  bool ours = false;
  for (const auto& row : tables) ours = ours || row[0] == "gigawatt_store";
  if (!ours) session.fail("use it as a store", "it is a DuckDB database of something else");
  // A view is a program that runs when it is read.
  for (const auto& row : tables)
    if (row[1] != "BASE TABLE" && is_own_name(row[0]))
      session.fail("use it as a store", fmt::format("'{}' is no table but a {}", row[0], row[1]).c_str());
  auto version = session.query("SELECT schema_version FROM gigawatt_store");
  if (!version.empty() && (version[0][0] == "1" || version[0][0] == "2" || version[0][0] == "3")) {
    upgrade(session, std::stoi(version[0][0]));
    version[0][0] = std::to_string(kSchemaVersion);
  }
  if (version.empty() || version[0][0] != std::to_string(kSchemaVersion))
    session.fail(
        "use it as a store",
        fmt::format("its format version is {}, this program reads and writes {}; choose another file",
                    version.empty() ? "missing" : version[0][0], kSchemaVersion)
            .c_str());
  // DuckDB lets one process write at a time, so whoever left a run 'running' is gone.
  session.execute("UPDATE run SET status = 'interrupted' WHERE status = 'running'");
}

}  // namespace gigawatt::results
