#include "gigawatt/results/duckdb_run.h"

#include <fmt/format.h>

namespace gigawatt::results {

DuckDbRun::~DuckDbRun() {
  if (finished_) return;
  try {
    close_appenders(false);
    if (in_transaction_) session_->execute("ROLLBACK");
    set_status(RunStatus::kInterrupted, {});
  } catch (const StoreError&) {
    // The disk is full or gone; the row stays 'running' and the next to open the store sets it right.
  }
}

void DuckDbRun::metric(Metric metric, Subject subject, Interval v) {
  auto& out = table(Table::kMetric);
  out << id_ << info(metric).name << subject.kind << subject.name << v.value << v.low << v.high << v.nominal;
  out.end_row();
}

void DuckDbRun::point(Series series, Subject subject, std::string_view label, base::SimTime time,
                      Interval v) {
  auto& out = table(Table::kSeries);
  out << id_ << info(series).name << subject.kind << subject.name << label << time << v.value << v.low
      << v.high << v.nominal;
  out.end_row();
  levels_.add({info(series).name, subject.kind, subject.name, label},
              LevelRow::of(time, v.value, v.low, v.high));
}

void DuckDbRun::event(Event event, Subject subject, base::SimTime time, std::string_view text, double value) {
  auto& out = table(Table::kEvent);
  out << id_ << time << info(event).name << subject.kind << subject.name << text << value;
  out.end_row();
}

void DuckDbRun::ledger(Ledger ledger, Subject subject, std::string_view account, double value) {
  auto& out = table(Table::kLedger);
  out << id_ << info(ledger).name << subject.kind << subject.name << account << value;
  out.end_row();
}

void DuckDbRun::input(const InputRow& r) {
  auto& out = table(Table::kInput);
  out << id_ << r.path << r.value << r.si << r.unit << r.origin << r.source << r.assumed;
  out.end_row();
}

void DuckDbRun::citation(const CitationRow& r) {
  auto& out = table(Table::kCitation);
  out << id_ << r.key << r.title << r.url;
  out.end_row();
}

void DuckDbRun::claim(const ClaimRow& r) {
  auto& out = table(Table::kClaim);
  out << id_ << r.id << r.statement << r.source << r.quantity << r.relation << r.claimed << r.unit
      << r.tolerance << r.computed.value << r.computed.low << r.computed.high << r.verdict << r.binding
      << r.explanation << r.claimed_upper << r.computed.nominal;
  out.end_row();
}

void DuckDbRun::attach(Attachment attachment, std::string_view text) {
  auto& out = table(Table::kAttachment);
  out << id_ << to_string(attachment) << text;
  out.end_row();
}

void DuckDbRun::write_levels() {
  for (const auto& [key, extent] : levels_.take()) {
    auto& extents = table(Table::kExtent);
    extents << id_ << key.name << key.subject_kind << key.subject << key.label << extent.points
            << extent.first << extent.last;
    extents.end_row();
    for (std::size_t level = 0; level < extent.levels.size(); ++level)
      for (const LevelRow& row : extent.levels[level]) {
        auto& out = table(Table::kLevel);
        out << id_ << key.name << key.subject_kind << key.subject << key.label
            << static_cast<std::int64_t>(level + 1) << row.first << row.count << row.min << row.max
            << row.sum / static_cast<double>(row.count) << row.low << row.high;
        out.end_row();
      }
  }
}

void DuckDbRun::commit() {
  if (!in_transaction_) return;
  write_levels();
  close_appenders(true);
  session_->execute("COMMIT");
  in_transaction_ = false;
}

void DuckDbRun::finish(RunStatus status, std::string_view error) {
  commit();
  {
    // Before the run is called complete: on a disk that is full now it stays what it was, interrupted.
    const std::lock_guard lock(*mutex_);
    session_->execute("CHECKPOINT");
  }
  set_status(status, error);
  finished_ = true;
}

Appender& DuckDbRun::table(Table index) {
  constexpr std::array<const char*, kTables> kNames = {"metric",        "series",      "event", "ledger",
                                                       "input_leaf",    "citation",    "claim", "attachment",
                                                       "series_extent", "series_level"};
  if (!in_transaction_) {
    session_->execute("BEGIN TRANSACTION");
    in_transaction_ = true;
  }
  auto& appender = appenders_[static_cast<std::size_t>(index)];
  if (!appender) appender.emplace(*session_, kNames[static_cast<std::size_t>(index)]);
  return *appender;
}

void DuckDbRun::close_appenders(bool keep_rows) {
  for (auto& appender : appenders_) {
    if (appender && keep_rows) appender->close();
    appender.reset();
  }
}

void DuckDbRun::set_status(RunStatus status, std::string_view error) {
  const std::lock_guard lock(*mutex_);
  session_->execute(status_update(id_, status, error));
}

std::string status_update(std::int64_t id, RunStatus status, std::string_view error) {
  return fmt::format(
      "UPDATE run SET status = '{}', error = {}, finished_at = now()::TIMESTAMP WHERE run_id = {}",
      to_string(status), error.empty() ? "NULL" : sql_text(error), id);
}

}  // namespace gigawatt::results
