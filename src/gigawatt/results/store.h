#pragma once
/// Many runs in one file.
///
/// A run begins with its row in table `run`, committed with status 'running' before anything is simulated. What is
/// written afterwards becomes durable with each commit(); finish() sets the final status. A process that dies in
/// between leaves a readable store: the next one to open it finds the row still 'running' and, being the only
/// writer, marks it 'interrupted'. Runs are only ever appended.
///
/// A full disk, a missing folder, a file that is no store or of another version throw StoreError; runs committed
/// before stay intact.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/base/sim_time.h"
#include "gigawatt/results/registry.h"

namespace gigawatt::results {

/// Raised with every change of the tables.
inline constexpr int kSchemaVersion = 1;

class StoreError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class RunStatus : std::uint8_t { kRunning, kComplete, kInterrupted };
std::string_view to_string(RunStatus status);

struct RunHeader {
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
  std::string status;
  std::uint64_t seed = 0;
};

/// What a row is about: kind "run", "fleet", "site" or "job", and its name ("" for run and fleet).
struct Subject {
  std::string_view kind = "fleet";
  std::string_view name;
};

/// A value with its 80% interval; low == high == value where there is none.
struct Interval {
  double value = 0;
  double low = 0;
  double high = 0;

  Interval(double v)
      : value(v), low(v), high(v) {}  // NOLINT(google-explicit-constructor): a plain value has no band
  Interval(double v, double l, double h) : value(v), low(l), high(h) {}
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
  Interval computed = 0;  ///< NaN where nothing could be computed
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

  virtual void commit() = 0;
  virtual void finish(RunStatus status) = 0;
};

/// One writer at a time.
class Store {
 public:
  virtual ~Store() = default;
  virtual std::unique_ptr<RunWriter> begin_run(const RunHeader& header) = 0;
  virtual std::vector<RunRow> runs() = 0;
  /// One Parquet file per table into an existing folder.
  virtual void export_parquet(const std::filesystem::path& folder) = 0;
};

/// Opens a store, or makes one where there is no file.
std::unique_ptr<Store> open_store(const std::filesystem::path& path);

}  // namespace gigawatt::results
