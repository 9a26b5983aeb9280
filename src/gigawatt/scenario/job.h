#pragma once
/// What runs on the fleet: trainings, distilled students, inference pools, research, batches of small jobs.
///
/// A training is a gang: all its accelerators at once, from `start` to its last token, interrupted by failures and continued
/// from checkpoints (fleet/gangs.h). A pool (inference, research) follows its demand, takes what is free and gives way to
/// gangs of higher priority (fleet/demand.h). A batch is many gangs drawn from distributions (fleet/arrivals.h). Members that
/// belong to one kind say so. Names are resolved to ids once
/// (resolver.h), and nothing after it looks anything up by name.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/base/sim_time.h"
#include "gigawatt/catalog/precision.h"
#include "gigawatt/scenario/ids.h"
#include "gigawatt/units/quantity.h"

namespace gigawatt::scenario {

enum class JobKind : std::uint8_t { kTraining, kDistillation, kInference, kResearch, kBatch };
inline constexpr std::array<std::string_view, 5> kJobKindNames = {"training", "distillation", "inference",
                                                                  "research", "batch"};

/// How a student gets its teacher's outputs.
enum class DistillationMode : std::uint8_t {
  kFresh,  ///< the teacher runs forward passes on the student's tokens, on accelerators of its own
  kShared,  ///< the teacher's own training forward passes are used (co-distillation): the student waits for none
  kCached,  ///< top-k logits were stored before and are read back
};
inline constexpr std::array<std::string_view, 3> kDistillationModeNames = {"fresh", "shared", "cached"};

enum class IntervalPolicy : std::uint8_t { kYoungDaly, kFixed };
inline constexpr std::array<std::string_view, 2> kIntervalPolicyNames = {"young-daly", "fixed"};

/// A faster place for checkpoints than remote storage: the memory of peers, or the nodes' own disks.
struct CheckpointTier {
  units::Bandwidth bandwidth;  ///< of one accelerator's state; 0: the failure profile's value
  units::Time interval;        ///< 0: the interval that loses least
};

struct CheckpointPolicy {
  IntervalPolicy policy = IntervalPolicy::kYoungDaly;
  units::Time interval;  ///< of policy fixed
  bool async = true;     ///< written in the background; only the copy off the device stops the job
  units::Bandwidth storage_bandwidth;  ///< of the whole job to remote storage; 0: the failure profile's value
  units::Bandwidth
      device_bandwidth;  ///< per accelerator to host memory, for async; 0: the failure profile's value
  std::optional<CheckpointTier>
      memory;  ///< in the memory of peers: survives the loss of a node, not of a rack
  std::optional<CheckpointTier> local;  ///< on the nodes' disks: survives a restart on the same nodes
};

/// Whether a best plan may replay layers as CUDA graphs.
enum class CudaGraphs : std::uint8_t { kOff, kOn, kAny };
inline constexpr std::array<std::string_view, 3> kCudaGraphsNames = {"off", "on", "any"};

/// The layout of a training: `text` as step::parse_plan reads it, or the best one found.
struct PlanChoice {
  bool best = true;
  std::string text;  ///< "TP8 PP16 VPP7 DP128 MB1 ..." when not best
};

/// A stretch of a training with one sequence length and batch.
struct TrainingPhase {
  std::string name;
  double tokens = 0;
  std::int64_t sequence = 0;       ///< tokens per sequence
  double global_batch_tokens = 0;  ///< resolution fills it from the sequences where those were given
  std::int64_t global_batch = 0;   ///< sequences; resolution fills it from the tokens where those were given
  std::optional<PlanChoice> plan;  ///< empty: the job's
};

/// A point of an inference pool's demand; piecewise linear between points, constant after the last.
struct DemandPoint {
  base::SimTime date;
  std::optional<std::int64_t> accelerators;  ///< exactly one of the three
  std::optional<double> tokens_per_day;      ///< output tokens
  std::optional<double> users;               ///< active on a day; see UserHabits
};

/// What a user of an inference pool asks for on a day:
/// output tokens = users * sessions_per_user * requests_per_session * output_tokens.
struct UserHabits {
  double sessions_per_user = 0;     ///< a day
  double requests_per_session = 0;  ///< turns of a session
};

/// Users of one part of the world: the demand of a day peaks once.
struct DemandRegion {
  std::string name;
  double share = 1;       ///< of the demand
  double peak_hour = 20;  ///< UTC
};

/// How demand moves within a week, around the mean that the demand points give:
///
///     demand(t) = mean * week(day) * sum over regions of share (1 + (swing - 1) cos(2 pi (hour - peak) / 24))
///     week: 7 / (5 + 2 w) on weekdays and w times that on Saturdays and Sundays (UTC)
struct DemandShape {
  double swing = 1;    ///< peak hour over mean of a region, 1 to 2
  double weekend = 1;  ///< w: a day of the weekend over a weekday
  std::vector<DemandRegion> regions;
  /// Pool follows demand by the hour and leaves what it does not need to others; false: it holds its week's peak.
  bool autoscale = false;

  bool moves() const { return swing > 1 || weekend != 1; }
};

/// Whether the model's weights are published: users then run it elsewhere.
enum class Release : std::uint8_t { kClosed, kOpen };
inline constexpr std::array<std::string_view, 2> kReleaseNames = {"closed", "open"};

/// How a training that is split over sites keeps them together (network/across_sites.h).
enum class SplitScheme : std::uint8_t { kSynchronous, kHierarchical, kLowCommunication, kPipeline };
inline constexpr std::array<std::string_view, 4> kSplitSchemeNames = {"synchronous", "hierarchical",
                                                                      "low-communication", "pipeline"};

/// A training whose accelerators stand in equal parts at several sites: what crosses between them makes its steps longer.
/// In the simulation the gang stands at one site of the scenario.
struct JobSplit {
  std::vector<std::string> between;  ///< sites of the catalogue, in a line
  SplitScheme scheme = SplitScheme::kHierarchical;
  units::Bandwidth capacity;  ///< out of and into each site
  double detour = 1.2;        ///< of the fibre over the great circle
  std::int64_t inner_steps = 100;
  double compression = 1;
  double staleness_steps = 0;
};

/// Formats of the weights of a served model, in words.
inline constexpr std::array<std::string_view, 6> kServingPrecisions = {"bf16",  "fp8",  "fp4",
                                                                       "mxfp4", "int4", "int8"};

struct Job {
  std::string name;
  std::string title;
  JobKind kind = JobKind::kTraining;
  std::string model;  ///< catalogue name; empty for research and for ranking pools
  std::string site = "any";
  std::string system = "any";
  std::optional<std::int64_t> accelerators;      ///< empty: "max", as many as are free when it starts
  std::optional<std::int64_t> min_accelerators;  ///< with "max": wait until so many are free
  std::optional<base::SimTime> start;            ///< not before
  std::optional<base::SimTime> end;              ///< pools only: until
  std::vector<std::string> after;                ///< jobs that must be finished (trainings) first
  units::Time delay;                             ///< wait after the last of `after`

  // Training and distillation.
  std::vector<TrainingPhase> phases;  ///< in the file: phases, or tokens/sequence/batch at the job itself
  double tokens = 0;
  std::int64_t sequence = 0;
  double global_batch_tokens = 0;
  std::int64_t global_batch = 0;
  catalog::Precision precision = catalog::Precision::kBf16;
  PlanChoice plan;
  CudaGraphs cuda_graphs = CudaGraphs::kOff;
  std::string software;  ///< software profile of the catalogue; empty: its default
  std::string teacher;   ///< distillation: a job of the scenario or a model of the catalogue
  DistillationMode distillation = DistillationMode::kFresh;
  double post_training_share =
      0;  ///< extra GPU time after the last token (evaluation, tuning), of the training's
  std::optional<CheckpointPolicy> checkpoint;  ///< empty: the scenario's
  std::optional<JobSplit> split;               ///< over several sites

  // Pools.
  std::vector<DemandPoint> demand;  ///< inference
  std::optional<double>
      utilization;  ///< share of the time that a pool's accelerators compute; absent: catalogue's
  std::int64_t input_tokens = 0;  ///< prompt length of a request
  std::int64_t output_tokens = 0;
  double cached_share = 0;                       ///< of a prompt that a prefix cache answers
  std::string engine = "trtllm";                 ///< serving engine of the catalogue
  std::optional<std::string> serving_precision;  ///< one of kServingPrecisions; empty: the engine's usual
  units::Time first_token_limit;                 ///< median; 0: none
  units::Time token_limit;                       ///< median time per token; 0: none
  std::optional<UserHabits> user;                ///< of demand in users
  DemandShape shape;
  Release release = Release::kClosed;
  double kept_when_open = 1;  ///< share of the demand that stays on this fleet when the weights are open

  /// Share of the demand that this fleet serves.
  double kept() const { return release == Release::kOpen ? kept_when_open : 1; }
  double share = 0;  ///< research: of the accelerators in service

  // Batch: many separate jobs, each with a size and a duration drawn from a distribution, arriving at random.
  std::int64_t count = 0;
  std::vector<std::int64_t> sizes;  ///< accelerators
  std::vector<double> size_shares;  ///< of the jobs, one for each size; empty: all alike
  units::Time duration_median;      ///< of useful work; log-normal
  units::Time duration_mean;        ///< 0: no spread

  bool elastic = false;  ///< training: goes on with fewer data-parallel replicas where a node is missing
  std::optional<units::Time> detection, restart;  ///< training: instead of what the failure profile says
  double smallest_share = 0.5;     ///< elastic: waits for nodes when fewer of its replicas than this are left
  std::int64_t cached_logits = 0;  ///< distillation: that the student reads per token; 0: 50

  std::int64_t priority = 0;  ///< higher first
  bool preemptible = false;
  std::string account;         ///< for fair share; empty: all such jobs together
  double estimate_factor = 1;  ///< what schedulers are told of its length, over what is to be expected
  units::Time may_defer;       ///< it may be put off this long for a better hour of the signal
  std::string source;
  bool assumed = false;
  std::string reason;

  // Filled by resolution.
  ModelId model_id;    ///< invalid where `model` is empty
  SiteId site_id;      ///< invalid: any
  SystemId system_id;  ///< invalid: any
  std::vector<JobId> after_ids;
  JobId teacher_job;  ///< invalid: the teacher is a model of the catalogue, or none
  ModelId teacher_model;

  bool is_training() const { return kind == JobKind::kTraining || kind == JobKind::kDistillation; }
  bool is_batch() const { return kind == JobKind::kBatch; }
};

}  // namespace gigawatt::scenario
