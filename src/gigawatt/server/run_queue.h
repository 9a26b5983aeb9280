#pragma once
/// The server's runs: those stored, those that wait, the one that is simulated.
///
/// One run is simulated at a time, on a thread of its own that gives way to the network; a bounded number waits. What
/// waits is stored, so that a server that is started again goes on with it; a run that was being simulated when its
/// process died comes back as interrupted. A full disk fails the run that met it, with the reason; the store is opened
/// anew and the server lives on.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/ask/run_texts.h"
#include "gigawatt/engine/inputs.h"
#include "gigawatt/engine/run.h"
#include "gigawatt/results/store.h"
#include "gigawatt/server/limits.h"
#include "gigawatt/server/run_record.h"

namespace gigawatt::server {

struct RunOrder {
  scenario::ResolvedScenario scenario;
  std::string toml;
  std::string name, note;
  std::optional<std::uint64_t> seed;
  std::optional<base::SimTime> until;
  int futures = 1;
};

struct SubmitRefusal {
  enum class Why { kQueueFull, kStoreFull } why = Why::kQueueFull;
  std::string message, hint;
};

class RunQueue {
 public:
  static constexpr std::size_t kMostWaiting = 16;

  /// `store`: a file, or empty for runs that end with the process. Throws results::StoreError.
  RunQueue(const engine::Knowledge& knowledge, std::filesystem::path store, std::string program,
           std::filesystem::path data, StoreQuota quota = {}, RunLimits limits = {});
  ~RunQueue();
  RunQueue(const RunQueue&) = delete;
  RunQueue& operator=(const RunQueue&) = delete;

  std::vector<RunInfo> list() const;  ///< newest first
  std::shared_ptr<RunRecord> find(std::int64_t id) const;

  /// The new run's id, or why there is none: too many wait, or too much is stored.
  tl::expected<std::int64_t, SubmitRefusal> submit(RunOrder order);

  double run_bytes() const { return limits_.bytes; }

  enum class Ended { kUnknown, kCancelled, kRemoved };
  /// A run that waits or is simulated is cancelled, one that is over removed with all that is stored of it.
  Ended end(std::int64_t id);

  /// Keeps a name or a note, which hold to the rules; false: there is no such run.
  bool describe(std::int64_t id, const ask::RunTexts& texts);

  /// Stops the run being simulated (it is stored as interrupted) and takes on nothing more; what waits stays stored.
  void stop();

  /// Calls `use` with the store; opens it anew once when it had failed before.
  template <typename Use>
  auto with_store(Use use) {
    mend();
    const std::shared_lock lock(store_mutex_);
    try {
      return use(*store_);
    } catch (const results::StoreError&) {
      store_failed_ = true;
      throw;
    }
  }

 private:
  struct Waiting {
    std::shared_ptr<RunRecord> record;
    std::optional<RunOrder> order;  ///< empty: kept from an earlier process, to be read from the store
  };

  void mend();
  void adopt(const results::RunRow& row);
  void work();
  void simulate(Waiting next);
  void perform(RunRecord& record, const RunOrder& order);
  RunOrder stored_order(const RunInfo& info);
  bool was_cancelled(const RunRecord& record) const;
  std::optional<SubmitRefusal> refusal();
  std::string oldest_runs() const;

  const engine::Knowledge& knowledge_;
  std::filesystem::path store_path_;
  std::filesystem::path data_;
  std::string program_;
  StoreQuota quota_;
  RunLimits limits_;

  std::shared_mutex store_mutex_;
  std::unique_ptr<results::Store> store_;
  std::atomic<bool> store_failed_ = false;
  std::atomic<bool> writing_ = false;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::int64_t, std::shared_ptr<RunRecord>> records_;
  std::deque<Waiting> waiting_;
  bool stopping_ = false;
  std::thread worker_;
};

}  // namespace gigawatt::server
