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
#include "gigawatt/fleet/batch_ledger.h"
#include "gigawatt/fleet/by_job.h"
#include "gigawatt/fleet/integral.h"
#include "gigawatt/fleet/model.h"
#include "gigawatt/fleet/result.h"
#include "gigawatt/fleet/tally.h"
#include "gigawatt/fleet/weighted_pick.h"
#include "gigawatt/reliability/repair_shop.h"

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
  double phases_facility_w = 0;  ///< energized phases
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
  reliability::RepairShop shop;  ///< where technicians are counted
  base::SimTime call_until;      ///< of the last grid call
};

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
  std::vector<Batch> batches;           ///< only where failures depend on age
  std::vector<std::uint32_t> starving;  ///< gangs that wait for one node, in order
  std::int64_t smallest_need = std::numeric_limits<std::int64_t>::max();  ///< of gangs that did not fit
  events::Handle background;                                              ///< next failure outside of gangs
  double background_bound = 0;                                            ///< nodes for which it was drawn
  std::uint32_t background_cause = 0;
  std::vector<std::int64_t> failures_by_cause;  ///< outside of gangs; domains: each once
  random::Stream failure_stream;
  random::Stream repair_stream;
  random::Stream victim_stream;  ///< whom a domain hits, and when
};

enum class GangPhase : std::uint8_t {
  kNotReady,
  kQueued,
  kRestarting,
  kProductive,
  kHung,      ///< a failure, not noticed yet; or a planned stop
  kStarving,  ///< waits for a node
  kSlowed,    ///< the time that a slowdown costs, taken at once
  kPaused,    ///< a grid call; the state is kept
  kSaving,    ///< has to give its nodes away, and saves before
  kDone
};

/// What a training's time was spent on besides steps and checkpoints: these, then the failure classes.
enum class Blame : std::uint8_t { kStart, kStraggler, kGridCall, kTeacher, kPreemption };
inline constexpr std::size_t kBlames = 5;
inline constexpr std::array<std::string_view, kBlames> kBlameNames = {"start", "stragglers", "grid-call",
                                                                      "teacher", "preemption"};

/// A training: queued, then held nodes in one of six phases.
struct GangState {
  GangState(random::Stream failures, random::Stream repairs)
      : failure_stream(failures), repair_stream(repairs) {}

  GangPhase phase = GangPhase::kNotReady;
  std::uint32_t option = 0;
  base::SimTime queued_at;
  std::int64_t nodes = 0;      ///< present now
  base::SimTime held_from;     ///< its nodes, this time
  base::SimTime expected_end;  ///< as the scheduler is told
  base::SimTime phase_start;
  base::SimTime accounted;               ///< its ledger is complete up to here
  std::int64_t accounted_useful_us = 0;  ///< of the productive phase, by month ends
  std::int64_t accounted_checkpoint_us = 0;
  std::int64_t base_us = 0;                     ///< useful work done when the productive phase began
  std::array<std::int64_t, kTiers> saved_us{};  ///< useful work that each tier holds
  base::SimTime phase_end;                      ///< unless something fails before
  std::int64_t paused_us = 0;                   ///< of the productive phase that a pause interrupts
  std::int64_t left_us = 0;                     ///< of that phase
  Tier restored_from = Tier::kRemote;
  base::SimTime noticed_at;               ///< hung: when somebody notices
  std::uint32_t blame = 0;                ///< Blame, or kBlames + class
  bool whole_nodes = true;                ///< all its nodes' memories survived the failure
  std::int64_t replicas = 0;              ///< elastic: that run; 0: all
  std::int64_t active_nodes = 0;          ///< that compute, of `nodes`
  std::int64_t progress_ppm = 1'000'000;  ///< useful work per time in steps, of the whole gang's
  std::int64_t share_ppm = 1'000'000;     ///< of the active nodes' time in steps that is of use
  bool paced = false;                     ///< by its teacher's passes: the rest of the time it waits
  std::int64_t lemons = 0;
  std::uint32_t slot = kNoIndex;  ///< in the pool's WeightedPick
  bool failing = false;           ///< what the pending event is: a failure, or the end of the phase
  std::uint32_t next_cause = 0;   ///< of the pending failure
  std::uint32_t cause = 0;        ///< of the last one
  events::Handle event;
  std::int64_t barren = 0;  ///< interruptions since something was saved
  std::int64_t best_saved_us = 0;
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
  Tally<std::int64_t> interruptions;  ///< by cause of the node kind
  std::int64_t slowdowns = 0;
  std::int64_t preemptions = 0;
  Tally<CountTime> lost_to;  ///< accelerator-microseconds by Blame, then by cause
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

/// Gangs that waited longer than the scenario warns of while others that came later ran where they could have.
struct Overtaken {
  std::int64_t jobs = 0;
  std::uint32_t longest = kNoIndex;
  std::int64_t longest_us = 0;
};

struct State {
  events::EventQueue queue;
  std::vector<SiteState> sites;
  std::vector<PoolState> pools;
  // Those of a batch's job exist from its arrival until the month of its end is closed.
  ByJob<JobState> jobs;
  ByJob<GangState> gangs;                   ///< not of pools
  ByJob<ElasticState> elastic;              ///< of pools
  std::vector<BatchLedger> batches;         ///< by number of the batch, over its jobs that have left
  std::size_t arrived = 0;                  ///< of the batches' jobs, in the order of their arrival
  std::vector<std::uint32_t> claims;        ///< gangs that get their nodes once those who must go have saved
  std::vector<double> usage;                ///< node-seconds by account, decayed
  std::vector<std::int64_t> account_nodes;  ///< that each account's gangs hold now, with fair share
  base::SimTime usage_at;
  base::SimTime wake = base::SimTime::max();  ///< when the policy asked to be asked again
  Overtaken overtaken;
  std::vector<std::uint32_t> active;   ///< jobs whose month must be closed
  std::vector<std::uint32_t> serving;  ///< active pools of jobs
  bool dispatch_pending = false;
  std::size_t month = 0;
  std::uint64_t month_failures = 0;
  double unassigned_facility_j = 0;  ///< of nodes in no job
  std::int64_t down_accelerators = 0;
  std::int64_t owned_accelerators = 0;
  double worst_down_share = 0;  ///< largest share of accelerators in service that was in repair
  finance::MoneyBook money{finance::Months{}, 0};
  FleetResult record;  ///< series of the months that are over
};

}  // namespace gigawatt::fleet
