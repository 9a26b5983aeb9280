#pragma once
/// The jobs in line, in the order of their arrival (then of their numbers), with an index over them: the next that
/// could fit is found in O(log n), so that a decision does not look through a hundred thousand jobs that cannot.
///
/// Positions stay valid until the queue is changed. A job that leaves marks its position empty; next() steps over
/// these, and they are swept out when they outnumber the jobs. The index is a binary tree over the positions that holds
/// the fewest units and the shortest estimate below each node.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <unordered_map>
#include <vector>

#include "gigawatt/base/sim_time.h"
#include "gigawatt/scheduling/ordered_index.h"

namespace gigawatt::scheduling {

/// One way of running a job: where, on how much, for how long.
struct Option {
  std::uint32_t place = 0;
  std::int64_t units = 0;        ///< GPUs or nodes, as the Capacity counts them
  std::int64_t expected_us = 0;  ///< estimated duration
  double it_w = 0;               ///< IT power while it runs, beyond that of idle units
};

struct Waiting {
  std::uint32_t job = 0;  ///< the simulator's number
  std::int32_t priority = 0;
  std::uint32_t account = 0;  ///< for fair share
  base::SimTime queued;
  base::Duration may_defer;         ///< it may be put off this long for a better signal; 0: not at all
  std::span<const Option> options;  ///< grouped by place
};

/// Orders of the queue besides its own that it can keep for a policy. Indexed: of arrival, with its jobs found by number;
/// by account: one order of arrival each.
enum class Ordering : std::uint8_t { kArrival, kIndexed, kPriority, kShortest, kAccount };

class Queue {
 public:
  static constexpr std::uint32_t kEnd = std::numeric_limits<std::uint32_t>::max();
  /// More units than any job needs.
  static constexpr std::int64_t kMostUnits = std::numeric_limits<std::int64_t>::max() - 1;

  bool empty() const { return live_ == 0; }
  std::size_t size() const { return live_; }
  const Waiting& operator[](std::uint32_t position) const { return slots_[position].waiting; }

  /// The first job at or behind `from`; kEnd: none. All jobs: for (p = next(0); p != kEnd; p = next(p + 1)).
  std::uint32_t next(std::uint32_t from) const { return find(from, kNobody - 1, kForever, kNobody - 1); }

  /// The first job at or behind `from` that may have an option of at most `units` units, and either an estimate of at
  /// most `within_us` or no more than `always` units. Nobody who has such an option is stepped over.
  std::uint32_t next_fitting(std::uint32_t from, std::int64_t units, std::int64_t within_us = kForever,
                             std::int64_t always = 0) const {
    return find(from, units, within_us, always);
  }

  /// Of all options of all jobs; the largest number where nobody waits.
  std::int64_t least_units() const { return tree_.empty() ? kNobody : tree_[1].units; }

  /// Which order is kept; the policy asks the simulator for it.
  Ordering ordering() const { return ordering_; }
  /// The kept order, by account with Ordering::kAccount and under 0 else; orders without jobs may be among them.
  const std::map<std::uint32_t, OrderedIndex>& orders() const { return orders_; }
  /// Where a job of the kept order waits.
  std::uint32_t position_of(std::uint32_t job) const { return positions_.at(job); }
  bool waits(std::uint32_t job) const { return positions_.contains(job); }

  // For the simulator. The options are copied. `keep` before anybody waits.
  void keep(Ordering ordering) { ordering_ = ordering; }
  void insert(Waiting waiting);
  void remove(std::uint32_t position);
  void clear();

  Queue() = default;
  Queue(const Queue&) = delete;  // jobs point to their options
  Queue& operator=(const Queue&) = delete;

 private:
  static constexpr std::int64_t kNobody = std::numeric_limits<std::int64_t>::max();
  static constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();
  struct Slot {
    Waiting waiting;
    std::vector<Option> options;
    bool live = false;
  };
  struct Least {
    std::int64_t units = kNobody;
    std::int64_t expected_us = kForever;
  };
  std::uint32_t find(std::uint32_t from, std::int64_t units, std::int64_t within_us,
                     std::int64_t always) const;
  static Least least(const Slot& slot);
  OrderedIndex::Key key_of(const Waiting& waiting) const;
  OrderedIndex& order_of(const Waiting& waiting) {
    return orders_[ordering_ == Ordering::kAccount ? waiting.account : 0];
  }
  void update(std::size_t position);
  void sweep(std::size_t room);  ///< empty positions out, index anew

  std::vector<Slot> slots_;
  std::vector<Least> tree_;  // node i has children 2i and 2i + 1; leaves from leaves_ on
  std::size_t leaves_ = 0;
  std::size_t live_ = 0;
  Ordering ordering_ = Ordering::kArrival;
  std::map<std::uint32_t, OrderedIndex> orders_;
  std::unordered_map<std::uint32_t, std::uint32_t> positions_;  // by job, where an order is kept
};

}  // namespace gigawatt::scheduling
