#pragma once
/// The one interface between whoever simulates a cluster and whoever decides what runs on it.
///
/// Whenever a job arrives or ends, capacity or power changes, or a time comes that the policy asked for, the
/// simulator shows what it knows (View) and gets a Decision. A policy never sees true run times, only estimates; it
/// changes nothing itself. It may keep state of its own (reservations); everything it is shown is in the order given
/// here, so equal inputs give equal decisions on every machine.
///
/// This header, with the values it is made of (queue.h, capacity.h, signal.h), is all that a policy of one's own needs;
/// the fleet (fleet/scheduling.cpp) and the replay of a log (replay.h) both ask through it.

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "gigawatt/base/sim_time.h"
#include "gigawatt/scheduling/capacity.h"
#include "gigawatt/scheduling/queue.h"
#include "gigawatt/scheduling/signal.h"

namespace gigawatt::scheduling {

struct Running {
  std::uint32_t job = 0;
  std::int32_t priority = 0;
  std::uint32_t place = 0;
  std::int64_t units = 0;
  bool preemptible = true;
  base::SimTime start;
  base::SimTime expected_end;  ///< may have passed
  double it_w = 0;
  std::vector<Share> shares;
};

/// Running jobs in the order of their expected ends (then of their numbers).
class RunningSet {
 public:
  using Key = std::pair<base::SimTime, std::uint32_t>;
  void add(Running job);
  Running remove(std::uint32_t job, base::SimTime expected_end);
  const std::map<Key, Running>& by_end() const { return by_end_; }
  /// How many jobs have left so far, and who did since that many had, in their order; nothing where that is too long ago:
  /// about as many are remembered as run.
  std::uint64_t departures() const { return departed_.forgotten + departed_.last.size(); }
  std::optional<std::span<const std::uint32_t>> departed_since(std::uint64_t departures) const;

  struct Departures {
    std::vector<std::uint32_t> last;
    std::uint64_t forgotten = 0;  ///< before them
  };
  const Departures& departed() const { return departed_; }
  /// Of a set that goes on where another stood: a policy that saw the other's departures counts on from there.
  void continue_from(Departures departed) { departed_ = std::move(departed); }
  /// The lowest priority of a job that may be stopped; the largest number where there is none.
  std::int64_t lowest_preemptible() const {
    return preemptible_.empty() ? std::numeric_limits<std::int64_t>::max() : preemptible_.begin()->first;
  }
  std::size_t size() const { return by_end_.size(); }

 private:
  std::map<Key, Running> by_end_;
  std::map<std::int64_t, std::size_t> preemptible_;  // jobs by priority
  Departures departed_;
};

/// Units that work of lower priority holds (pools of jobs that follow a demand) and gives to jobs of a higher priority
/// as soon as one starts; not part of the free capacity. Only on places without a topology.
struct Yielding {
  std::uint32_t place = 0;
  std::int32_t priority = 0;
  std::int64_t units = 0;
};

struct View {
  base::SimTime now;
  const Queue& queue;
  const RunningSet& running;
  const Capacity& capacity;  ///< free now
  double it_w = 0;           ///< drawn now
  double it_cap_w = std::numeric_limits<double>::infinity();
  const Signal* signal = nullptr;           ///< price or carbon over time; null: none
  std::span<const double> usage;            ///< unit-seconds by account over its share, decayed; may be empty
  std::span<const Yielding> yielding = {};  ///< by priority, the lowest first
};

struct Start {
  std::uint32_t position = 0;  ///< of View::queue
  std::uint32_t option = 0;    ///< of that job
  std::vector<Share> shares;
};

/// Preemptions happen first, then the starts in their order.
struct Decision {
  std::vector<std::uint32_t> preempt;  ///< job numbers
  std::vector<Start> start;
  std::optional<base::SimTime> wake;  ///< ask again then, whatever happens

  void clear();
};

class Policy {
 public:
  virtual ~Policy() = default;
  /// `decision` comes empty.
  virtual void decide(const View& view, Decision& decision) = 0;
  /// The order that it wants the queue to keep besides that of arrival.
  virtual Ordering ordering() const { return Ordering::kArrival; }
  /// Whether it looks at View::usage, which costs a pass over all accounts at every instant.
  virtual bool reads_usage() const { return true; }
};

}  // namespace gigawatt::scheduling
