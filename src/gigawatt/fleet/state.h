#pragma once
/// Everything that changes during a fleet simulation. A copy of it (with the same model) is a snapshot: the run
/// continues from it to the same bytes.

#include <array>
#include <cstdint>
#include <deque>
#include <limits>
#include <vector>

#include "gigawatt/base/random.h"
#include "gigawatt/base/sim_time.h"
#include "gigawatt/events/event_queue.h"
#include "gigawatt/finance/money.h"
#include "gigawatt/fleet/integral.h"
#include "gigawatt/fleet/model.h"
#include "gigawatt/fleet/result.h"

namespace gigawatt::fleet {

/// Nodes that arrived at a site and have no power yet.
struct WaitingNodes {
  std::uint32_t pool = 0;
  std::int64_t nodes = 0;
};

/// Energies of a span of time at one site, J, and its water, m3.
struct EnergySplit {
  double it_j = 0;
  double conversion_j = 0;
  double cooling_j = 0;
  double meter_j = 0;  ///< facility power times time, not the sum of the others
  double water_m3 = 0;

  EnergySplit& operator+=(const EnergySplit& other);
};

struct SiteState {
  double phases_facility_w = 0;  ///< energised phases
  double service_it_w = 0;       ///< phases that take accelerators
  double supply_w = std::numeric_limits<double>::infinity();
  std::int64_t installed_it_milliw = 0;  ///< largest draw of all installed nodes
  std::deque<WaitingNodes> waiting;
  Integrated it_milliw;             ///< load now, and its integral
  std::int64_t peak_it_milliw = 0;  ///< of the month
  base::SimTime settled;            ///< facility energy is accounted up to here
  MilliwattTime settled_it = 0;
  EnergySplit month;
  EnergySplit total;
};

/// Nodes installed at one time.
struct Batch {
  base::SimTime installed;
  std::int64_t nodes = 0;
};

struct PoolState {
  PoolState(random::Stream failures, random::Stream repairs)
      : failure_stream(failures), repair_stream(repairs) {}

  Integrated owned;  ///< installed: idle + down + gangs + elastic
  Integrated idle;
  Integrated down;
  std::int64_t gang_nodes = 0;
  std::int64_t elastic_nodes = 0;
  std::int64_t waiting = 0;                  ///< arrived, without power
  std::int64_t retire_owed = 0;              ///< to be taken out as soon as they are free
  std::vector<std::int64_t> pod_gang_nodes;  ///< gang nodes by island
  CountTime month_owned = 0;                 ///< integrals at the last month end
  CountTime month_idle = 0;
  CountTime month_down = 0;
  std::vector<Batch> batches;           ///< only where failures depend on age
  std::vector<std::uint32_t> starving;  ///< gangs that wait for one node, in order
  std::int64_t smallest_need = std::numeric_limits<std::int64_t>::max();  ///< of gangs that did not fit
  events::Handle background;                                              ///< next failure outside of gangs
  double background_bound = 0;                                            ///< nodes for which it was drawn
  std::uint32_t background_cause = 0;
  std::vector<std::int64_t> failures_by_cause;  ///< outside of gangs
  random::Stream failure_stream;
  random::Stream repair_stream;
};

enum class GangPhase : std::uint8_t { kNotReady, kQueued, kRestarting, kProductive, kHung, kStarving, kDone };

/// A training: queued, then held nodes in one of four phases.
struct GangState {
  GangState(random::Stream failures, random::Stream repairs)
      : failure_stream(failures), repair_stream(repairs) {}

  GangPhase phase = GangPhase::kNotReady;
  std::uint32_t option = 0;
  base::SimTime queued_at;
  std::int64_t nodes = 0;  ///< present now
  base::SimTime phase_start;
  base::SimTime accounted;               ///< its ledger is complete up to here
  std::int64_t accounted_useful_us = 0;  ///< of the productive phase, by month ends
  std::int64_t accounted_checkpoint_us = 0;
  std::int64_t saved_us = 0;  ///< useful work that no failure can take
  bool failing = false;       ///< what the pending event is: a failure, or the end of the phase
  std::uint32_t cause = 0;    ///< of the pending or last failure
  events::Handle event;
  std::int64_t barren = 0;                                   ///< interruptions since something was saved
  std::vector<std::pair<std::uint32_t, std::int64_t>> pods;  ///< island, nodes
  random::Stream failure_stream;
  random::Stream repair_stream;
};

/// An inference pool or research load: nodes by option, no failures of its own.
struct ElasticState {
  std::vector<Integrated> nodes;
  std::vector<CountTime> accounted;  ///< integrals of `nodes` that are in the job's ledger
  double target = 0;                 ///< accelerators or tokens per day
  double held = 0;                   ///< the same measure
  bool active = false;
};

struct JobState {
  JobStatus status = JobStatus::kWaiting;
  std::string reason;
  bool started = false;
  base::SimTime start;
  base::SimTime end;
  std::uint32_t waits_for = 0;                   ///< jobs still to complete, or to start
  base::SimTime ready_at;                        ///< known so far
  std::array<CountTime, kHourUses> node_time{};  ///< accelerator-microseconds by use
  CountTime held = 0;                            ///< accelerator-microseconds, counted apart
  MilliwattTime it_energy = 0;
  std::vector<std::int64_t> interruptions;  ///< by cause of the node kind
  // Since the last month end.
  CountTime month_held = 0;
  CountTime month_useful = 0;
  std::vector<MilliwattTime> month_energy;  ///< by option of a pool of jobs; one entry for a gang
  std::vector<CountTime> month_node_time;   ///< the same, node-microseconds
  // Bills, from month ends.
  double facility_j = 0;
  double co2_kg = 0;
  double water_m3 = 0;
  double energy_usd = 0;
  double held_usd = 0;
  std::size_t first_month = 0;
  Series accelerators_mean;
};

struct State {
  events::EventQueue queue;
  std::vector<SiteState> sites;
  std::vector<PoolState> pools;
  std::vector<JobState> jobs;
  std::vector<GangState> gangs;        ///< by job; unused for pools
  std::vector<ElasticState> elastic;   ///< by job; unused for trainings
  std::vector<std::uint32_t> queued;   ///< gangs in line
  std::vector<std::uint32_t> active;   ///< jobs whose month must be closed
  std::vector<std::uint32_t> serving;  ///< active pools of jobs
  bool dispatch_pending = false;
  std::size_t month = 0;
  std::uint64_t month_failures = 0;
  double unassigned_facility_j = 0;  ///< of nodes in no job
  finance::MoneyBook money{finance::Months{}, 0};
  FleetResult record;  ///< series of the months that are over
};

}  // namespace gigawatt::fleet
