#pragma once
/// Pools: the nodes of one system at one site, counted and never simulated one by one.
///
/// owned = idle + down + in gangs + in pools of jobs, checked at every month end. All nodes outside of gangs have one
/// pending failure together; whom it hits is decided when it fires, and it stays valid while its population only
/// shrinks (it is thinned); or they fail and are repaired by month (repairs_by_month.h). Whole domains fail with all nodes in them. Lemons and fresh deliveries fail more often:
/// lemons.h and docs/models/reliability.md.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "gigawatt/base/random.h"
#include "gigawatt/fleet/component.h"
#include "gigawatt/fleet/integral.h"
#include "gigawatt/fleet/repairs_by_month.h"
#include "gigawatt/fleet/weighted_pick.h"
#include "gigawatt/reliability/failure_law.h"

namespace gigawatt::fleet {

/// Nodes installed at one time.
struct Batch {
  base::SimTime installed;
  std::int64_t nodes = 0;
};

struct PoolState {
  PoolState(random::Stream failures, random::Stream repairs, random::Stream victims)
      : failure_stream(failures), repair_stream(repairs), victim_stream(victims) {}

  Integrated owned;  ///< installed: idle + down + gangs + elastic
  Integrated idle;
  Integrated down;
  std::int64_t gang_nodes = 0;
  std::int64_t saving_nodes = 0;  ///< of gangs that are about to give them away
  base::SimTime first_nodes = base::SimTime::max();
  base::SimTime newest_start =
      base::SimTime{std::numeric_limits<std::int64_t>::min()};  ///< latest arrival that started
  std::int64_t elastic_nodes = 0;
  std::int64_t waiting = 0;                  ///< arrived, without power
  std::int64_t retire_owed = 0;              ///< to be taken out as soon as they are free
  std::vector<std::int64_t> pod_gang_nodes;  ///< gang nodes by island
  CountTime month_owned = 0;                 ///< integrals at the last month end
  CountTime month_idle = 0;
  CountTime month_down = 0;
  std::int64_t lemons = 0;       ///< of the nodes owned
  std::int64_t free_lemons = 0;  ///< of idle nodes and those in pools of jobs
  double rate_sum = 0;           ///< over the nodes owned, of their delivery's factor
  double fresh_sum = 0;          ///< the same times exp(-age / infant time), at `fresh_at`
  base::SimTime fresh_at;
  WeightedPick gangs;                   ///< by nodes; only where domains fail
  std::vector<std::uint32_t> shrunken;  ///< elastic gangs that miss nodes, in order
  events::Handle domain;                ///< next failure of a whole domain
  std::int64_t domain_bound = 0;        ///< nodes for which it was drawn
  std::uint32_t domain_cause = 0;       ///< where a law drew it
  std::vector<Batch> batches;           ///< only where failures depend on age
  std::vector<std::uint32_t> starving;  ///< gangs that wait for one node, in order
  std::int64_t smallest_need = std::numeric_limits<std::int64_t>::max();  ///< of gangs that did not fit
  events::Handle background;                                              ///< next failure outside of gangs
  double background_bound = 0;                                            ///< nodes for which it was drawn
  std::uint32_t background_cause = 0;
  PooledRepairs pooled;                         ///< only where failures are drawn by month
  std::vector<std::int64_t> failures_by_cause;  ///< outside of gangs; domains: each once
  random::Stream failure_stream;
  random::Stream repair_stream;
  random::Stream victim_stream;  ///< whom a domain hits, and when

  /// An elastic gang misses nodes from now on.
  void add_shrunken(std::uint32_t job) {
    if (std::find(shrunken.begin(), shrunken.end(), job) == shrunken.end()) shrunken.push_back(job);
  }
};

struct PoolsState {
  std::vector<PoolState> each;
  std::int64_t down_accelerators = 0;
  std::int64_t owned_accelerators = 0;
  double worst_down_share = 0;  ///< largest share of accelerators in service that was in repair
};

class Pools : public Component {
 public:
  using Component::Component;
  void begin();
  void arrive(std::uint32_t pool, std::int64_t nodes);  ///< nodes get power and come into service
  void retire(std::uint32_t pool, std::int64_t nodes);
  void take_out(std::uint32_t pool, std::int64_t nodes);  ///< idle nodes leave the pool
  void change_idle(std::uint32_t pool, std::int64_t delta);
  void change_down(std::uint32_t pool, std::int64_t delta);
  void node_free(std::uint32_t pool, std::int64_t nodes);
  std::int64_t reserve(std::uint32_t pool) const;  ///< idle nodes that are kept as spares

  /// `effective`: ordinary nodes that fail as often as the `nodes` do. Never, where later than the horizon.
  reliability::FailureModel::Failure next_failure(std::uint32_t pool, double nodes, double effective,
                                                  double jobs, random::Stream& stream,
                                                  double horizon_s) const;
  /// Of the model's law.
  reliability::FailureModel::Failure drawn_by_law(std::uint32_t pool, reliability::Population::Kind kind,
                                                  double nodes, random::Stream& stream) const;
  const Frailty& frailty(std::uint32_t pool) const { return model_.kinds[model_.pools[pool].kind].frailty; }
  void redraw_background(std::uint32_t pool);
  bool any_by_month() const;
  void on_background(std::uint32_t pool);
  void on_domain(std::uint32_t pool);
  void on_repair(std::uint32_t pool, std::int64_t data);
  void send_to_repair(std::uint32_t pool, std::uint32_t cause, bool lemon, base::Duration after,
                      random::Stream& stream);

 private:
  std::optional<RepairsByMonth> by_month_of(std::uint32_t pool) const;  ///< empty: its nodes fail one by one
  void settle_month(
      std::uint32_t pool);  ///< counts its failures up to now, draws the repairs of what follows
  void hold_in_repair(std::uint32_t pool, std::int64_t nodes);
  void return_nodes(std::uint32_t pool, std::int64_t nodes);  ///< from repair
  base::SimTime month_settles() const;                 ///< the last instant before the next month, or the end
  void join(std::uint32_t pool, std::int64_t nodes);   ///< lemons and ages of nodes that come
  void leave(std::uint32_t pool, std::int64_t nodes);  ///< and of nodes that go
  void redraw_domain(std::uint32_t pool);
  void take_from_serving(std::uint32_t pool, std::int64_t nodes, random::Stream& stream);
  // Nodes and lemons among them that come back together, in an event's number.
  static constexpr int kRepairBits = 31;
  static constexpr std::int64_t kRepairMask = (std::int64_t{1} << kRepairBits) - 1;
  static constexpr std::int64_t repair_data(std::int64_t nodes, std::int64_t lemons) {
    return lemons << kRepairBits | nodes;
  }

  std::vector<reliability::BurstPath> bursts_;           ///< by pool
  std::vector<std::optional<RepairsByMonth>> by_month_;  ///< by pool; empty: its nodes fail one by one
};

}  // namespace gigawatt::fleet
