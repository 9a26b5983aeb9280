#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "gigawatt/results/duckdb_session.h"
#include "gigawatt/results/store.h"

namespace gigawatt::results {
namespace {

constexpr const char* kTables = R"sql(
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
constexpr std::array kTableNames = {"quantity", "run",        "metric",   "series", "event",
                                    "ledger",   "input_leaf", "citation", "claim"};

void create_tables(Session& session) {
  session.execute("BEGIN TRANSACTION");
  session.execute(kTables);
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

/// An empty database gets its tables; anything else must be a store of this version.
void prepare(Session& session) {
  const auto tables = session.query("SELECT table_name FROM information_schema.tables");
  if (tables.empty()) return create_tables(session);
  bool ours = false;
  for (const auto& row : tables) ours = ours || row[0] == "gigawatt_store";
  if (!ours) session.fail("use it as a store", "it is a DuckDB database of something else");
  const auto version = session.query("SELECT schema_version FROM gigawatt_store");
  if (version.empty() || version[0][0] != std::to_string(kSchemaVersion))
    session.fail(
        "use it as a store",
        fmt::format("its format version is {}, this program reads and writes {}; choose another file",
                    version.empty() ? "missing" : version[0][0], kSchemaVersion)
            .c_str());
  // DuckDB lets one process write at a time, so whoever left a run 'running' is gone.
  session.execute("UPDATE run SET status = 'interrupted' WHERE status = 'running'");
}

class DuckDbRun final : public RunWriter {
 public:
  DuckDbRun(std::shared_ptr<Session> session, std::int64_t id) : session_(std::move(session)), id_(id) {}

  ~DuckDbRun() override {
    if (finished_) return;
    try {
      close_appenders(false);
      if (in_transaction_) session_->execute("ROLLBACK");
      set_status(RunStatus::kInterrupted);
    } catch (const StoreError&) {
      // The disk is full or gone; the row stays 'running' and the next to open the store sets it right.
    }
  }

  std::int64_t id() const override { return id_; }

  void metric(Metric metric, Subject subject, Interval v) override {
    auto& out = table(0, "metric");
    out << id_ << info(metric).name << subject.kind << subject.name << v.value << v.low << v.high;
    out.end_row();
  }
  void point(Series series, Subject subject, std::string_view label, base::SimTime time,
             Interval v) override {
    auto& out = table(1, "series");
    out << id_ << info(series).name << subject.kind << subject.name << label << time << v.value << v.low
        << v.high;
    out.end_row();
  }
  void event(Event event, Subject subject, base::SimTime time, std::string_view text, double value) override {
    auto& out = table(2, "event");
    out << id_ << time << info(event).name << subject.kind << subject.name << text << value;
    out.end_row();
  }
  void ledger(Ledger ledger, Subject subject, std::string_view account, double value) override {
    auto& out = table(3, "ledger");
    out << id_ << info(ledger).name << subject.kind << subject.name << account << value;
    out.end_row();
  }
  void input(const InputRow& r) override {
    auto& out = table(4, "input_leaf");
    out << id_ << r.path << r.value << r.si << r.unit << r.origin << r.source << r.assumed;
    out.end_row();
  }
  void citation(const CitationRow& r) override {
    auto& out = table(5, "citation");
    out << id_ << r.key << r.title << r.url;
    out.end_row();
  }
  void claim(const ClaimRow& r) override {
    auto& out = table(6, "claim");
    out << id_ << r.id << r.statement << r.source << r.quantity << r.relation << r.claimed << r.unit
        << r.tolerance << r.computed.value << r.computed.low << r.computed.high << r.verdict << r.binding
        << r.explanation;
    out.end_row();
  }

  void commit() override {
    if (!in_transaction_) return;
    close_appenders(true);
    session_->execute("COMMIT");
    in_transaction_ = false;
  }

  void finish(RunStatus status) override {
    commit();
    set_status(status);
    finished_ = true;
    session_->execute("CHECKPOINT");
  }

 private:
  Appender& table(std::size_t index, const char* name) {
    if (!in_transaction_) {
      session_->execute("BEGIN TRANSACTION");
      in_transaction_ = true;
    }
    auto& appender = appenders_[index];
    if (!appender) appender.emplace(*session_, name);
    return *appender;
  }

  void close_appenders(bool keep_rows) {
    for (auto& appender : appenders_) {
      if (appender && keep_rows) appender->close();
      appender.reset();
    }
  }

  void set_status(RunStatus status) {
    session_->execute(
        fmt::format("UPDATE run SET status = '{}', finished_at = now()::TIMESTAMP WHERE run_id = {}",
                    to_string(status), id_));
  }

  std::shared_ptr<Session> session_;
  std::int64_t id_;
  std::array<std::optional<Appender>, 7> appenders_;
  bool in_transaction_ = false;
  bool finished_ = false;
};

class DuckDbStore final : public Store {
 public:
  explicit DuckDbStore(const std::filesystem::path& path) : session_(std::make_shared<Session>(path)) {
    prepare(*session_);
  }

  std::unique_ptr<RunWriter> begin_run(const RunHeader& h) override {
    const auto last = session_->query("SELECT coalesce(max(run_id), 0) FROM run");
    const std::int64_t id = std::stoll(last[0][0]) + 1;
    session_->execute(
        fmt::format("INSERT INTO run VALUES ({}, {}, {}, {}, {}, {}, {}, {}, make_timestamp({}), "
                    "make_timestamp({}), 'running', "
                    "now()::TIMESTAMP, NULL)",
                    id, sql_text(h.scenario), sql_text(h.title), sql_text(h.hash), sql_text(h.canonical),
                    sql_text(h.program), h.seed, h.futures, h.start.us, h.end.us));
    return std::make_unique<DuckDbRun>(session_, id);
  }

  std::vector<RunRow> runs() override {
    std::vector<RunRow> rows;
    for (auto& r : session_->query("SELECT run_id, scenario, status, seed FROM run ORDER BY run_id"))
      rows.push_back({std::stoll(r[0]), std::move(r[1]), std::move(r[2]), std::stoull(r[3])});
    return rows;
  }

  void export_parquet(const std::filesystem::path& folder) override {
    for (const char* table : kTableNames)
      session_->execute(fmt::format("COPY {} TO {} (FORMAT parquet)", table,
                                    sql_text((folder / fmt::format("{}.parquet", table)).string())));
  }

 private:
  std::shared_ptr<Session> session_;
};

}  // namespace

std::string_view to_string(RunStatus status) {
  constexpr std::array<std::string_view, 3> kNames = {"running", "complete", "interrupted"};
  return kNames[static_cast<std::size_t>(status)];
}

std::unique_ptr<Store> open_store(const std::filesystem::path& path) {
  return std::make_unique<DuckDbStore>(path);
}

}  // namespace gigawatt::results
