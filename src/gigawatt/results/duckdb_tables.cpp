#include "gigawatt/results/duckdb_tables.h"

#include <fmt/format.h>

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

void create_tables(Session& session) {
  session.execute("BEGIN TRANSACTION");
  session.execute(kFirstTables);
  session.execute(kSecondTables);
  session.execute(fmt::format("INSERT INTO gigawatt_store VALUES ({})", kSchemaVersion));
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
  session.execute("COMMIT");
}

/// Series of version 1 are monthly, so that they need no levels.
void upgrade(Session& session) {
  session.execute("BEGIN TRANSACTION");
  session.execute(kSecondTables);
  session.execute(
      "INSERT INTO series_extent SELECT run_id, name, subject_kind, subject, label, count(*), min(time), "
      "max(time) "
      "FROM series GROUP BY ALL");
  session.execute(fmt::format("UPDATE gigawatt_store SET schema_version = {}", kSchemaVersion));
  session.execute("COMMIT");
}

}  // namespace

void prepare_tables(Session& session) {
  const auto tables = session.query("SELECT table_name FROM information_schema.tables");
  if (tables.empty()) return create_tables(session);
  bool ours = false;
  for (const auto& row : tables) ours = ours || row[0] == "gigawatt_store";
  if (!ours) session.fail("use it as a store", "it is a DuckDB database of something else");
  auto version = session.query("SELECT schema_version FROM gigawatt_store");
  if (!version.empty() && version[0][0] == "1") {
    upgrade(session);
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
