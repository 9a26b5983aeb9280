#include <array>
#include <mutex>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "gigawatt/results/duckdb_run.h"
#include "gigawatt/results/duckdb_series.h"
#include "gigawatt/results/duckdb_session.h"
#include "gigawatt/results/duckdb_tables.h"
#include "gigawatt/results/store.h"

namespace gigawatt::results {
namespace {

class DuckDbStore final : public Store {
 public:
  explicit DuckDbStore(const std::filesystem::path& path) : session_(std::make_shared<Session>(path)) {
    prepare_tables(*session_);
    write_ = Session::beside(*session_);
  }

  std::unique_ptr<RunWriter> begin_run(const RunHeader& header) override {
    const std::lock_guard lock(*mutex_);
    return writer(insert(header, RunStatus::kRunning));
  }

  std::int64_t enqueue(const RunHeader& header, const Attachments& attachments) override {
    const std::lock_guard lock(*mutex_);
    session_->execute("BEGIN TRANSACTION");
    try {
      const auto id = insert(header, RunStatus::kQueued);
      for (const auto& [kind, text] : attachments)
        session_->execute(
            fmt::format("INSERT INTO attachment VALUES ({}, '{}', {})", id, to_string(kind), sql_text(text)));
      session_->execute("COMMIT");
      return id;
    } catch (const StoreError&) {
      roll_back();
      throw;
    }
  }

  std::unique_ptr<RunWriter> begin_queued(std::int64_t id) override {
    const std::lock_guard lock(*mutex_);
    session_->execute(fmt::format(
        "UPDATE run SET status = 'running', started_at = now()::TIMESTAMP WHERE run_id = {}", id));
    return writer(id);
  }

  void set_status(std::int64_t id, RunStatus status, std::string_view error) override {
    const std::lock_guard lock(*mutex_);
    session_->execute(status_update(id, status, error));
  }

  void remove(std::int64_t id) override {
    const std::lock_guard lock(*mutex_);
    session_->execute("BEGIN TRANSACTION");
    try {
      for (const char* table : kRunTables)
        session_->execute(fmt::format("DELETE FROM {} WHERE run_id = {}", table, id));
      session_->execute("COMMIT");
    } catch (const StoreError&) {
      roll_back();
      throw;
    }
    try {
      session_->execute("CHECKPOINT");  // gives the room back; later, where a run is being written
    } catch (const StoreError&) {
    }
  }

  void replace(std::int64_t id, const Attachments& attachments) override {
    const std::lock_guard lock(*mutex_);
    session_->execute("BEGIN TRANSACTION");
    try {
      for (const auto& [kind, text] : attachments) {
        session_->execute(
            fmt::format("DELETE FROM attachment WHERE run_id = {} AND kind = '{}'", id, to_string(kind)));
        if (text.empty()) continue;
        session_->execute(
            fmt::format("INSERT INTO attachment VALUES ({}, '{}', {})", id, to_string(kind), sql_text(text)));
      }
      session_->execute("COMMIT");
    } catch (const StoreError&) {
      roll_back();
      throw;
    }
  }

  std::uint64_t used_bytes() override {
    const std::lock_guard lock(*mutex_);
    std::uint64_t bytes = 0;
    for (auto& r : session_->query("SELECT used_blocks * block_size FROM pragma_database_size()"))
      if (!r[0].empty()) bytes += std::stoull(r[0]);
    return bytes;
  }

  std::vector<RunRow> runs() override {
    const std::lock_guard lock(*mutex_);
    std::vector<RunRow> rows;
    for (auto& r : session_->query(
             "SELECT run_id, scenario, title, scenario_hash, status, seed, futures, epoch_us(period_start), "
             "epoch_us(period_end), strftime(coalesce(created_at, started_at), '%Y-%m-%dT%H:%M:%SZ'), "
             "strftime(started_at, '%Y-%m-%dT%H:%M:%SZ'), strftime(finished_at, '%Y-%m-%dT%H:%M:%SZ'), error "
             "FROM run ORDER BY run_id"))
      rows.push_back({whole_cell(r[0], "run_id"), std::move(r[1]), std::move(r[2]), std::move(r[3]),
                      std::move(r[4]), static_cast<std::uint64_t>(whole_cell(r[5], "seed")),
                      static_cast<int>(whole_cell(r[6], "futures")), time_cell(r[7], "period_start"),
                      time_cell(r[8], "period_end"), std::move(r[9]), std::move(r[10]), std::move(r[11]),
                      std::move(r[12])});
    return rows;
  }

  std::optional<std::string> attachment(std::int64_t id, Attachment attachment) override {
    const std::lock_guard lock(*mutex_);
    auto rows = session_->query(fmt::format("SELECT text FROM attachment WHERE run_id = {} AND kind = '{}'",
                                            id, to_string(attachment)));
    if (rows.empty()) return std::nullopt;
    return std::move(rows[0][0]);
  }

  std::string canonical(std::int64_t id) override {
    const std::lock_guard lock(*mutex_);
    auto rows = session_->query(fmt::format("SELECT canonical FROM run WHERE run_id = {}", id));
    return rows.empty() ? "" : std::move(rows[0][0]);
  }

  std::vector<EventRow> events(std::int64_t id) override {
    const std::lock_guard lock(*mutex_);
    return read_events(*session_, id);
  }

  std::vector<SeriesRow> series_of(std::int64_t id) override {
    const std::lock_guard lock(*mutex_);
    return read_series_index(*session_, id);
  }

  SeriesData series(std::int64_t id, const SeriesQuery& query) override {
    const std::lock_guard lock(*mutex_);
    return read_series(*session_, id, query);
  }

  void export_parquet(const std::filesystem::path& folder) override {
    const std::lock_guard lock(*mutex_);
    for (const char* table : kExportedTables)
      session_->execute(fmt::format("COPY {} TO {} (FORMAT parquet)", table,
                                    sql_text((folder / fmt::format("{}.parquet", table)).string())));
  }

 private:
  std::int64_t insert(const RunHeader& h, RunStatus status) {
    const auto last = session_->query("SELECT coalesce(max(run_id), 0) FROM run");
    const std::int64_t highest = whole_cell(last[0][0], "run_id");
    if (highest == INT64_MAX) session_->fail("number another run", "the last number is taken");
    const std::int64_t id = highest + 1;
    session_->execute(
        fmt::format("INSERT INTO run (run_id, scenario, title, scenario_hash, canonical, program, seed, "
                    "futures, period_start, "
                    "period_end, status, created_at, started_at) VALUES ({}, {}, {}, {}, {}, {}, {}, {}, "
                    "make_timestamp({}), "
                    "make_timestamp({}), '{}', {}, {})",
                    id, sql_text(h.scenario), sql_text(h.title), sql_text(h.hash), sql_text(h.canonical),
                    sql_text(h.program), h.seed, h.futures, h.start.us, h.end.us, to_string(status),
                    h.created.empty() ? "now()::TIMESTAMP" : sql_text(h.created) + "::TIMESTAMP",
                    status == RunStatus::kRunning ? "now()::TIMESTAMP" : "NULL"));
    return id;
  }

  std::unique_ptr<RunWriter> writer(std::int64_t id) {
    return std::make_unique<DuckDbRun>(write_, mutex_, id);
  }

  void roll_back() {
    try {
      session_->execute("ROLLBACK");
    } catch (const StoreError&) {
      // There is nothing left to undo.
    }
  }

  std::shared_ptr<std::mutex> mutex_ = std::make_shared<std::mutex>();
  std::shared_ptr<Session> session_;  ///< for everything but the rows of a run; guarded by the mutex
  std::shared_ptr<Session> write_;    ///< of the run that is being written
};

}  // namespace

std::string_view to_string(RunStatus status) {
  constexpr std::array<std::string_view, 6> kNames = {"running", "complete", "interrupted",
                                                      "queued",  "failed",   "cancelled"};
  return kNames[static_cast<std::size_t>(status)];
}

std::string_view to_string(Attachment attachment) {
  constexpr std::array<std::string_view, 4> kNames = {"scenario", "document", "name", "note"};
  return kNames[static_cast<std::size_t>(attachment)];
}

std::unique_ptr<Store> open_store(const std::filesystem::path& path) {
  return std::make_unique<DuckDbStore>(path);
}

}  // namespace gigawatt::results
