#pragma once
/// The writer of one run into a DuckDB file. Private to this module.

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "gigawatt/results/duckdb_session.h"
#include "gigawatt/results/series_levels.h"
#include "gigawatt/results/store.h"

namespace gigawatt::results {

/// The SQL that ends a run.
std::string status_update(std::int64_t id, RunStatus status, std::string_view error);

class DuckDbRun final : public RunWriter {
 public:
  /// `mutex` keeps what else happens in the file away from status changes and checkpoints.
  DuckDbRun(std::shared_ptr<Session> session, std::shared_ptr<std::mutex> mutex, std::int64_t id)
      : session_(std::move(session)), mutex_(std::move(mutex)), id_(id) {}
  ~DuckDbRun() override;

  std::int64_t id() const override { return id_; }
  void metric(Metric metric, Subject subject, Interval v) override;
  void point(Series series, Subject subject, std::string_view label, base::SimTime time, Interval v) override;
  void event(Event event, Subject subject, base::SimTime time, std::string_view text, double value) override;
  void ledger(Ledger ledger, Subject subject, std::string_view account, double value) override;
  void input(const InputRow& row) override;
  void citation(const CitationRow& row) override;
  void claim(const ClaimRow& row) override;
  void attach(Attachment attachment, std::string_view text) override;
  void commit() override;
  void finish(RunStatus status, std::string_view error) override;

 private:
  enum class Table : std::uint8_t {
    kMetric,
    kSeries,
    kEvent,
    kLedger,
    kInput,
    kCitation,
    kClaim,
    kAttachment,
    kExtent,
    kLevel,
    kCount
  };
  static constexpr std::size_t kTables = static_cast<std::size_t>(Table::kCount);

  Appender& table(Table index);
  void write_levels();
  void close_appenders(bool keep_rows);
  void set_status(RunStatus status, std::string_view error);

  std::shared_ptr<Session> session_;
  std::shared_ptr<std::mutex> mutex_;
  std::int64_t id_;
  std::array<std::optional<Appender>, kTables> appenders_;
  SeriesLevels levels_;
  bool in_transaction_ = false;
  bool finished_ = false;
};

}  // namespace gigawatt::results
