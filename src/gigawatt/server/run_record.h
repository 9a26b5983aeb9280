#pragma once
/// One run as the server knows it now, and who listens to it. Private to this module.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "gigawatt/base/sim_time.h"
#include "gigawatt/server/answers.h"
#include "gigawatt/server/http.h"

namespace gigawatt::server {

enum class RunState : std::uint8_t { kQueued, kRunning, kDone, kFailed, kCancelled, kInterrupted };
std::string_view to_string(RunState state);
inline bool is_over(RunState state) { return state != RunState::kQueued && state != RunState::kRunning; }

struct RunInfo {
  std::int64_t id = 0;
  std::string scenario, title, name, note, hash;
  std::uint64_t seed = 0;
  int futures = 1;
  RunState state = RunState::kQueued;
  std::string what;     ///< being done now
  double fraction = 0;  ///< of the whole run
  std::optional<base::SimTime> simulated_until;
  std::uint64_t events = 0;  ///< simulated so far
  double events_per_s = 0;   ///< since the simulation began
  base::SimTime start, end;
  std::string created, started, finished;  ///< UTC
  std::string error;
};

Json to_json(const RunInfo& info);

/// Shared by the queue, the thread that simulates and any number of listeners.
class RunRecord {
 public:
  explicit RunRecord(RunInfo info) : info_(std::move(info)) {}

  RunInfo info() const;
  /// Changes the run; listeners are woken unless the last time was less than `patience_ms` ago.
  void change(const std::function<void(RunInfo&)>& change, int patience_ms = 0);

  std::stop_source stop;
  bool cancelled_by_user = false;  ///< guarded by the queue
  std::atomic<bool> out_of_time = false;

  std::shared_ptr<EventSource> listen(const std::shared_ptr<RunRecord>& self);

 private:
  class Events;
  mutable std::mutex mutex_;
  RunInfo info_;
  std::uint64_t version_ = 1;
  std::int64_t woken_ms_ = 0;
  std::vector<std::weak_ptr<Events>> listeners_;
};

}  // namespace gigawatt::server
