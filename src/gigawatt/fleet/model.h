#pragma once
/// The constant part of a fleet simulation: everything that is known before the first event, in the form in which
/// the events need it. Built from a resolved scenario, the catalogue and the step table (build_model.h), or by hand
/// in a test. Integers where the simulation sums: microseconds, nodes, milliwatts.

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "gigawatt/base/sim_time.h"
#include "gigawatt/finance/money.h"
#include "gigawatt/fleet/energy_mix.h"
#include "gigawatt/fleet/lemons.h"
#include "gigawatt/fleet/productive.h"
#include "gigawatt/fleet/result.h"
#include "gigawatt/fleet/step_table.h"
#include "gigawatt/reliability/bursts.h"
#include "gigawatt/reliability/failure_model.h"
#include "gigawatt/reliability/repair_shop.h"
#include "gigawatt/scenario/job.h"
#include "gigawatt/scheduling/signal.h"
#include "gigawatt/site/overhead.h"

namespace gigawatt::reliability {
class FailureLaw;
}

namespace gigawatt::fleet {

inline constexpr base::Duration kOneHour{3'600'000'000};

inline constexpr std::uint32_t kNoIndex = std::numeric_limits<std::uint32_t>::max();

/// What lies between the notice of a failure and the next useful step, by part.
struct RestartParts {
  bool known = false;  ///< false: the failure's class gives the whole
  double diagnosis_s = 0;
  double replacement_s = 0;  ///< where a node must be replaced
  double initialization_s = 0;
};

/// All nodes of one system: what one node is.
struct NodeKind {
  std::string system;
  std::string generation;
  std::int64_t accelerators = 1;       ///< per node
  std::int64_t pod_nodes = 0;          ///< nodes of a full-bisection island; 0: no limit
  std::int64_t max_it_milliw = 0;      ///< one node with its share of the network (also below)
  std::int64_t idle_it_milliw = 0;     ///< in no job; `operations.idle_load` where that is given
  std::int64_t waiting_it_milliw = 0;  ///< in a job that waits for something
  std::int64_t hang_it_milliw = 0;     ///< spinning in a collective
  std::int64_t down_it_milliw = 0;     ///< switched off, its network ports not
  reliability::FailureModel failures{{}, 1};
  Frailty frailty;
  reliability::BurstModel bursts;
  RestartParts restart;
  double straggler_share = 0;  ///< of productive phases that a slow node holds back
  double straggler_loss = 0;   ///< mean share of their speed
};

struct SiteModel {
  std::string name;
  bool power_limited = true;  ///< false: an existing region whose power is not modeled
  double pue_peak = 1.3;
  site::Overhead overhead{{}, {}, {}};
  std::vector<PriceStep> electricity_usd_per_j;
  base::SimTime supplied_from =
      base::SimTime{std::numeric_limits<std::int64_t>::min()};  ///< first day of a supply
  std::vector<SupplyOffer> offers;  ///< empty: all energy at the price above, the carbon below
  double carbon_kg_per_j = 0;
  double water_usd_per_m3 = 0;
  double carbon_usd_per_kg = 0;
  std::vector<Milestone> milestones;
  reliability::RepairModel repair;
};

/// Of a site's energy in [from, to) at a mean load, with the price in force on its first day.
EnergyMix energy_mix(const SiteModel& site, base::SimTime from, base::SimTime to, double load_w);

/// Nodes of one kind at one site.
struct PoolModel {
  std::uint32_t site = 0;
  std::uint32_t kind = 0;
  std::int64_t spare_per_million = 0;  ///< of the nodes in service, kept for gangs that lose a node
  double held_usd_per_node_s = 0;      ///< capital, staff and maintenance, without energy
};

/// What the calendar brings whatever the jobs do, in order of time.
enum class PlanKind : std::uint8_t {
  kEnergize,  ///< a phase's power: capacity on paper and for the series
  kService,   ///< the phase takes accelerators
  kDeliver,   ///< nodes arrive
  kRetire,    ///< nodes leave
  kSupply,    ///< the supply at the meter changes to `facility_w`
  kGridCall,  ///< trainings at the site pause until `until`
};
struct PlanItem {
  base::SimTime time;
  PlanKind kind = PlanKind::kDeliver;
  std::uint32_t site = 0;
  std::uint32_t pool = kNoIndex;
  std::int64_t nodes = 0;
  double facility_w = 0;
  double it_w = 0;
  base::SimTime until{};
};

/// Where checkpoints are, the fastest first.
enum class Tier : std::uint8_t { kMemory, kLocal, kRemote };
inline constexpr std::size_t kTiers = 3;

/// Checkpoints of one tier.
struct TierPlan {
  std::int64_t every = 0;    ///< takes every n-th checkpoint; 0: there is none
  std::int64_t lag_us = 0;   ///< from the end of the stall until it can be restored
  std::int64_t load_us = 0;  ///< to restore it
};

/// One way of running a training: a pool and a gang size. Times in microseconds of useful work.
struct GangOption {
  std::uint32_t pool = 0;
  std::int64_t accelerators = 0;  ///< of the plan
  std::int64_t nodes = 0;         ///< held: the gang and a teacher's
  std::int64_t useful_us = 0;     ///< all phases and post-training
  double train_share = 1;         ///< of useful_us in which tokens are trained
  std::vector<const StepEntry*> phases;
  std::vector<double> phase_tokens;
  std::int64_t interval_us = 0;  ///< useful work between two checkpoints
  std::int64_t stall_us = 0;
  std::int64_t lag_us = 0;  ///< of remote storage where that is the only tier
  std::array<TierPlan, kTiers> tiers{};
  // Elastic trainings; 0: the gang runs whole or not at all.
  std::int64_t replicas = 0;              ///< data-parallel
  std::int64_t replica_accelerators = 0;  ///< of one
  std::int64_t smallest_replicas = 0;     ///< with fewer it waits
  std::int64_t detection_us = -1;         ///< of its own; negative: that of the failure
  std::int64_t restart_us = -1;           ///< likewise, from the notice on
  std::int64_t expected_us = 0;  ///< duration with the failures to be expected, as schedulers are told
  std::int64_t productive_it_milliw = 0;  ///< one node, checkpoint stalls averaged in

  /// Share of its speed that the training loses to a slowdown of the class: where a link loses bandwidth, what its step
  /// loses (`StepEntry::slow_links`).
  double slowed_by(const reliability::FailureClass& cause) const {
    if (cause.bandwidth_lost > 0 && !phases.empty())
      for (const auto& [lost, slower] : phases.front()->slow_links)
        if (lost == cause.bandwidth_lost) return slower;
    return cause.slowdown;
  }

  /// Without any tier named, remote storage takes every checkpoint.
  TierPlan tier(std::size_t t) const {
    if (t == static_cast<std::size_t>(Tier::kRemote) && tiers[t].every == 0) return {1, lag_us, 0};
    return tiers[t];
  }
};

inline CheckpointCycle cycle_of(const GangOption& option) {
  return {option.interval_us, option.stall_us, option.lag_us};
}

struct ElasticOption {
  std::uint32_t pool = 0;
  std::int64_t it_milliw = 0;          ///< one node in use
  double tokens_per_day_per_node = 0;  ///< 0: not known for this system
};

/// Demand of an inference pool: linear between points, constant after the last, none before the first.
struct DemandStep {
  base::SimTime time;
  double value = 0;
};

struct JobModel {
  scenario::JobKind kind = scenario::JobKind::kTraining;
  /// Pools: gives nodes to any gang, not only to those of higher priority. Gangs: may be preempted.
  bool yields = false;
  bool dated = false;  ///< `earliest` is what the scenario asks for
  int priority = 0;
  std::uint32_t account = 0;
  std::uint32_t batch = kNoIndex;        ///< the batch that it is one job of; its ledgers count there
  std::uint32_t starts_with = kNoIndex;  ///< a job that must have started (a teacher whose passes are shared)
  base::SimTime earliest;
  std::vector<GangOption> gangs;  ///< grouped by pool, ascending size
  base::Duration may_defer;       ///< for a better hour of the signal
  base::Duration delay;           ///< after the last of those it waits for
  std::int64_t min_accelerators = 0;

  const std::vector<GangOption>& options() const { return gangs; }

  std::string name;
  std::string model;
  std::string teacher;
  base::SimTime latest = base::SimTime::max();  ///< pools: until
  std::vector<std::uint32_t> after;             ///< jobs that must be complete
  std::string refusal;                          ///< why it has no option at all; empty: it has

  // Trainings.
  std::optional<scenario::DistillationMode> distillation;
  double logit_bytes_per_token = 0;  ///< what the student reads of its teacher
  double cache_writing_s = 0;        ///< by the teacher's gang, after its own training; part of `delay`
  double tokens = 0;

  // Pools.
  std::vector<ElasticOption> elastic;
  std::vector<DemandStep> demand;
  bool demand_in_tokens = false;  ///< tokens per day, else accelerators
  scenario::DemandShape shape;    ///< of demand within a week
  double held_factor = 1;         ///< capacity over mean demand where the pool does not follow the hours
  double share = 0;               ///< research: of the accelerators in service at its pools

  /// The batch itself: a row of the result and nothing that runs.
  bool is_batch() const { return kind == scenario::JobKind::kBatch && batch == kNoIndex; }
  bool is_gang() const {
    return kind == scenario::JobKind::kTraining || kind == scenario::JobKind::kDistillation ||
           (kind == scenario::JobKind::kBatch && batch != kNoIndex);
  }
};

/// One job of a batch, drawn when it arrives.
struct Member {
  std::uint32_t batch = 0;  ///< of FleetModel::batches
  std::uint32_t size = 0;   ///< of the batch's sizes
  base::SimTime arrival;
  std::int64_t useful_us = 0;  ///< its own
  double stretch = 1;          ///< of its options' expected duration
};

/// How the jobs of a batch are drawn: each from a stream of its own, so that any of them can be made at any time.
/// Job i of the batch has number `first` + i.
struct BatchModel {
  std::uint32_t row = 0;  ///< the batch itself in FleetModel::jobs
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  base::SimTime begin;
  double span_s = 0;  ///< in which they arrive
  double median_s = 0;
  double sigma = 0;               ///< of the logarithm of their length
  std::vector<double> up_to;      ///< cumulative shares of the sizes
  std::vector<JobModel> by_size;  ///< what its jobs of one size have in common

  /// Of the job's random streams.
  std::uint64_t entity(std::uint32_t i) const;
  base::SimTime arrival(std::uint64_t seed, std::uint32_t i) const;
  Member draw(std::uint64_t seed, std::uint32_t index, std::uint32_t i) const;
};

struct FleetModel {
  base::SimTime start;
  base::SimTime end;
  std::uint64_t seed = 1;
  std::string policy = "priority";           ///< of scheduling::kPolicies
  std::vector<double> account_shares = {1};  ///< what each account may use, relative to the others
  double it_power_cap_w = std::numeric_limits<double>::infinity();
  std::optional<scheduling::Signal> signal;
  bool failures_by_month = false;  ///< of nodes that are in no training (repairs_by_month.h)
  double fewest_by_month = 0;      ///< that a pool expects in a month; with fewer its nodes fail one by one
  base::Duration wait_warning{30 * 86'400'000'000LL};
  std::vector<NodeKind> kinds;
  std::vector<SiteModel> sites;
  std::vector<PoolModel> pools;  ///< ordered by site, then kind
  std::vector<PlanItem> plan;    ///< ordered by time
  std::vector<JobModel> jobs;  ///< those of the scenario; the jobs of its batches have the numbers after them
  std::vector<BatchModel> batches;  ///< ascending numbers
  finance::MoneyBook money{finance::Months{},
                           0};  ///< capex, staff and maintenance; energy comes with the run
  std::vector<finance::Asset> assets;
  double land_usd = 0;                    ///< paid within the run for what is never written off
  std::vector<double> partner_capex_usd;  ///< by month; part of `money`
  std::vector<std::string> warnings;
  const reliability::FailureLaw* law = nullptr;  ///< that draws failures (Options::law)

  /// The batch of a job whose number is not in `jobs`, by its index.
  std::uint32_t batch_of(std::uint32_t job) const;
};

}  // namespace gigawatt::fleet
