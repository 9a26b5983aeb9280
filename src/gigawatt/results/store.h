#pragma once
/// Many runs in one file.
///
/// A run may wait first: enqueue() keeps what was asked for until begin_queued() turns it into a running one, in
/// another process if need be. A run begins with its row in table `run`, committed with status 'running' before anything is simulated. What is
/// written afterwards becomes durable with each commit(); finish() sets the final status. A process that dies in
/// between leaves a readable store: the next one to open it finds the row still 'running' and, being the only
/// writer, marks it 'interrupted'. Runs are only ever appended.
///
/// A full disk, a missing folder, a file that is no store or of another version throw StoreError; runs committed
/// before stay intact.

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gigawatt/base/sim_time.h"
#include "gigawatt/results/registry.h"

namespace gigawatt::results {

/// Raised with every change of the tables. An older store is brought up to date when it is opened.
inline constexpr int kSchemaVersion = 4;

class StoreError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class RunStatus : std::uint8_t { kRunning, kComplete, kInterrupted, kQueued, kFailed, kCancelled };
std::string_view to_string(RunStatus status);

struct RunHeader {
  std::string created{};  ///< UTC, "2026-07-15T06:30:00Z"; empty: when the store has it
  std::string scenario;
  std::string title;
  std::string hash;       ///< of the canonical scenario, 16 hexadecimal digits
  std::string canonical;  ///< canonical scenario: the run can be repeated from it
  std::string program;    ///< "gigawatt 0.1.0"
  std::uint64_t seed = 0;
  int futures = 1;  ///< simulated futures that intervals come from
  base::SimTime start;
  base::SimTime end;
};

struct RunRow {
  std::int64_t id = 0;
  std::string scenario;
  std::string title;
  std::string hash;
  std::string status;
  std::uint64_t seed = 0;
  int futures = 1;
  base::SimTime start;  ///< of the simulated period
  base::SimTime end;
  std::string created, started, finished;  ///< UTC, "2026-07-15T06:30:00Z"; "" where it has not come to that
  std::string error;                       ///< why it failed
};

/// Texts that belong to a run as a whole.
enum class Attachment : std::uint8_t {
  kScenario,  ///< the scenario as its author wrote it
  kDocument,  ///< JSON: the run for a page to show
  kName,      ///< that a user gave the run
  kNote,      ///< that a user keeps beside it
};
std::string_view to_string(Attachment attachment);

/// What a row is about: kind "run", "fleet", "site" or "job", and its name ("" for run and fleet).
struct Subject {
  std::string_view kind = "fleet";
  std::string_view name;
};

/// A value with its 80% interval: the 10th and 90th percentile of what several futures gave, or a band that the
/// physics state. Where there is none, low and high are NaN; they are equal only where all futures agree. Of several
/// futures `value` is the median, and `nominal` comes from the run without delays.
struct Interval {
  double value = 0;
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
  double nominal = 0;

  Interval(double v)
      : value(v), nominal(v) {}  // NOLINT(google-explicit-constructor): a plain value has no band
  Interval(double v, double l, double h) : value(v), low(l), high(h), nominal(v) {}
};

struct InputRow {
  std::string_view path, value, unit, origin, source;
  double si = 0;  ///< NaN for text
  bool assumed = false;
};

struct CitationRow {
  std::string_view key, title, url;
};

struct ClaimRow {
  std::string_view id, statement, source, quantity, relation, unit, verdict, binding, explanation;
  double claimed = 0;
  double tolerance = 0;
  Interval computed = 0;                                            ///< NaN where nothing could be computed
  double claimed_upper = std::numeric_limits<double>::quiet_NaN();  ///< of a claimed range
};

/// Writes one run. Destroying it unfinished leaves the run marked interrupted, with what was committed.
class RunWriter {
 public:
  virtual ~RunWriter() = default;
  virtual std::int64_t id() const = 0;

  virtual void metric(Metric metric, Subject subject, Interval value) = 0;
  virtual void point(Series series, Subject subject, std::string_view label, base::SimTime time,
                     Interval value) = 0;
  virtual void event(Event event, Subject subject, base::SimTime time, std::string_view text,
                     double value) = 0;
  virtual void ledger(Ledger ledger, Subject subject, std::string_view account, double value) = 0;
  virtual void input(const InputRow& row) = 0;
  virtual void citation(const CitationRow& row) = 0;
  virtual void claim(const ClaimRow& row) = 0;
  virtual void attach(Attachment attachment, std::string_view text) = 0;

  virtual void commit() = 0;
  virtual void finish(RunStatus status, std::string_view error = {}) = 0;
};

struct SeriesRow {
  std::string name, subject_kind, subject, label;
  std::int64_t points = 0;
  base::SimTime first, last;
};

struct SeriesQuery {
  std::string name, subject_kind, subject, label;
  base::SimTime from;  ///< inclusive
  base::SimTime to;    ///< exclusive
  std::int64_t points = 1000;
};

/// Column by column. One row per stored point where there are at most `points` of them, else one per equal part of
/// the range that holds any; low and high: the hull of the bands.
struct SeriesData {
  std::vector<double> epoch_ms, min, max, mean, low, high;
};

struct EventRow {
  base::SimTime time;
  std::string kind, subject_kind, subject, description;
  double value = 0;
};

/// One run is written at a time, by one thread; everything else may be called by others meanwhile.
class Store {
 public:
  virtual ~Store() = default;
  virtual std::unique_ptr<RunWriter> begin_run(const RunHeader& header) = 0;
  virtual std::vector<RunRow> runs() = 0;  ///< in the order of their ids

  using Attachments = std::vector<std::pair<Attachment, std::string_view>>;
  /// Keeps a run for later; answers its id.
  virtual std::int64_t enqueue(const RunHeader& header, const Attachments& attachments) = 0;
  virtual std::unique_ptr<RunWriter> begin_queued(std::int64_t id) = 0;
  /// For a run that nobody writes.
  virtual void set_status(std::int64_t id, RunStatus status, std::string_view error = {}) = 0;
  virtual void remove(std::int64_t id) = 0;
  /// Puts texts in the place of what a run has of their kinds, all of them or none; an empty one is taken away. The run
  /// must be there.
  virtual void replace(std::int64_t id, const Attachments& attachments) = 0;
  /// What the file's contents take, without the room of removed runs that later ones will fill.
  virtual std::uint64_t used_bytes() = 0;

  virtual std::optional<std::string> attachment(std::int64_t id, Attachment attachment) = 0;
  virtual std::string canonical(std::int64_t id) = 0;
  virtual std::vector<EventRow> events(std::int64_t id) = 0;
  virtual std::vector<SeriesRow> series_of(std::int64_t id) = 0;
  virtual SeriesData series(std::int64_t id, const SeriesQuery& query) = 0;

  /// One Parquet file per table into an existing folder.
  virtual void export_parquet(const std::filesystem::path& folder) = 0;
};

/// Opens a store, or makes one where there is no file.
std::unique_ptr<Store> open_store(const std::filesystem::path& path);

}  // namespace gigawatt::results
