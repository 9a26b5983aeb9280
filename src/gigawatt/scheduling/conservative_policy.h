#pragma once
/// Conservative backfill (policies.h): a reservation for every job in the queue. Private to this module.

#include <compare>
#include <set>
#include <unordered_map>

#include "gigawatt/scheduling/policies.h"
#include "gigawatt/scheduling/profile.h"

namespace gigawatt::scheduling {

class ConservativePolicy : public Policy {
 public:
  void decide(const View& view, Decision& decision) override;
  bool reads_usage() const override { return false; }
  Ordering ordering() const override { return Ordering::kIndexed; }

 private:
  struct Reservation {
    base::SimTime start;
    std::uint32_t option = 0;
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
    base::SimTime end;
  };
  bool start_all(const View& view, Decision& decision);
  bool ended_early(const View& view);
  bool consistent(const View& view) const;
  void rebuild(const View& view);
  void compress(const View& view);
  void reserve(const Waiting& job);
  void reserve_new(const View& view);
  void start_due(const View& view, Decision& decision);
  void forget(std::uint32_t job);
  void apply(const Waiting& job, const Reservation& reservation, std::int64_t sign);

  bool stale_ = true;                                            // the plan does not know who runs
  std::vector<Profile> profiles_;                                // by place
  std::unordered_map<std::uint32_t, Reservation> reservations_;  // by job
  std::set<Planned> by_start_;                                   // the same
  OrderedIndex::Key newest_;                                     // the last in line that has a reservation
  std::unordered_map<std::uint32_t, Believed> running_;          // by job, as it was planned
};

}  // namespace gigawatt::scheduling
