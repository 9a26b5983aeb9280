#pragma once
/// Conservative backfill (policies.h): a reservation for every job in the queue. Private to this module.
///
/// A job gets its reservation when it arrives, in the first gap that is long enough (among the next `kMostSteps`
/// changes of what is free, or else behind all reservations), and keeps it until it starts. At every event those start,
/// in the order of the queue, who can do so at once without putting off any reservation. For that the policy asks, for
/// each number of units that somebody waits for, until when so many are free: T. A job of length L that holds a
/// reservation at s can start now exactly if L <= T - now or s <= T, because from s on its units are its own. Jobs of
/// one size lie in an index by arrival that finds the first such in O(log n), so that an event costs the logarithm of
/// the queue times the number of sizes.
///
/// A job that runs longer than estimated is believed to run as long again as it has. What goes out of service, or comes
/// back, is believed to stay so. Both can leave too few units for those whose time has come: the last of them in line
/// then wait until enough of the running jobs will have ended, whoever has a reservation there. Once as many were put off
/// as there are jobs, or where a place has lost or gained units for good, all reservations are made anew, in the order of
/// the queue.

#include <compare>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "gigawatt/scheduling/ordered_index.h"
#include "gigawatt/scheduling/policies.h"
#include "gigawatt/scheduling/profile.h"

namespace gigawatt::scheduling {

class ConservativePolicy : public Policy {
 public:
  static constexpr std::size_t kMostSteps = 4096;

  void decide(const View& view, Decision& decision) override;
  bool reads_usage() const override { return false; }
  Ordering ordering() const override { return Ordering::kIndexed; }

 private:
  struct Reservation {
    base::SimTime start;
    std::uint32_t option = 0;
    std::uint32_t place = 0;
    std::int64_t units = 0;
    base::SimTime queued;
  };
  /// By start, then in the order of the queue.
  struct Planned {
    base::SimTime start, queued;
    std::uint32_t job = 0;

    friend auto operator<=>(const Planned&, const Planned&) = default;
  };
  struct Believed {
    std::uint32_t place = 0;
    std::int64_t units = 0;
    base::SimTime start, end;
  };
  using Ends = std::set<std::pair<base::SimTime, std::uint32_t>>;
  /// How many units of a place a job asks for.
  using Size = std::pair<std::uint32_t, std::int64_t>;

  bool start_all(const View& view, Decision& decision);
  bool plan_holds(const View& view);
  bool see_departures(const View& view);
  void see_overruns(const View& view);
  bool see_capacity(const View& view);
  void put_off(const View& view);
  void rebuild(const View& view);
  void reserve(const Waiting& job);
  void reserve_at(const Waiting& job, const Reservation& reservation);
  void reserve_wide(const View& view);
  void reserve_new(const View& view);
  void start_due(const View& view, Decision& decision);
  void start_what_fits(const View& view, Decision& decision);
  void start(const View& view, Decision& decision, std::uint32_t position);
  void forget(std::uint32_t job);
  void apply(const Waiting& job, const Reservation& reservation, std::int64_t sign);
  void believe(std::uint32_t job, const Believed& running);
  void disbelieve(std::uint32_t job, base::SimTime now);

  bool stale_ = true;                                            // the plan does not know who runs
  std::vector<Profile> profiles_;                                // by place
  std::unordered_map<std::uint32_t, Reservation> reservations_;  // by job
  std::set<Planned> by_start_;                                   // the same
  std::map<Size, OrderedIndex> by_size_;  // the same; needs are the start of the reservation and the length
  std::set<std::pair<std::int64_t, std::uint32_t>>
      wide_;                  // least units and job of those that do not fit in service
  OrderedIndex::Key newest_;  // the last in line that has a reservation
  std::unordered_map<std::uint32_t, Believed> running_;  // by job, as it was planned
  std::vector<Ends> ends_;                               // of the same, by place
  std::vector<std::int64_t> totals_;                     // of the places, as they were planned
  std::uint64_t departures_ = 0;                         // that have been seen
  std::size_t put_off_ = 0;                              // since all were planned
};

}  // namespace gigawatt::scheduling
