#pragma once
/// The legal plans of one model on one system: which values each dimension of a plan may take.
///
/// A plan is put together in two steps. A `Task` fixes what the costs of layers depend on; within it the pipeline's
/// depth (and with it the data-parallel size), the cut into stages, the schedule, the recompute policy, ZeRO's stage
/// and group and the offloads are walked by `walk.h`. Every combination that is walked is legal by step::check_plan.
///
///   tp            divisors of the heads, inside a scale-up domain; with sequence parallelism unless asked otherwise
///   cp            powers of two that leave 1024 tokens a rank, at most 64
///   pp            divisors of what is left of the accelerators, at most the pipeline depth allowed
///   dp            the rest; dp x micro-batch divides the global batch
///   ep, etp       divisors of the experts; 1 or tp; ep x etp divides tp x cp x dp ("parallel folding")
///   micro-batch   at most 64 sequences, or 65,536 tokens of shorter ones
///   vpp           chunks of equal size (embedding and head may count as a layer each); else up to 4; interleaved in whole
///                 rounds of pp micro-batches
///   split         the usual cut; where layers do not divide, also equal chunks with the lighter one last, or at both ends
///   schedule      1F1B, zero-bubble and DualPipe (even pp, an even number of at least 2 pp micro-batches) without
///                 virtual stages; interleaved and zero-bubble (a micro-batch per rank) with them
///   ZeRO          0 to 3; from 1 on over any divisor of the dp x cp ranks
///   recompute     none, selective, full, and named modules that the model has; when asked, also 1, 2, 4, ... whole layers
///                 of each stage while they are not all
///   offload       optimizer, activations, both, neither
///   CUDA graphs   without unless asked. A graph of layers cannot hold a forward pass that is run again from outside: full
///                 recompute needs a graph of the whole iteration (software profile, graph_coverage 1), recomputed routed
///                 experts need their router outside; activations cannot leave for the host (the rules of Megatron-Core,
///                 transformer_config.py, cuda_graph_*)
///
/// A list of the user replaces these values: each entry that is legal is taken, however unusual. What the software of the
/// question cannot run (`step::Capabilities`) is outside the space, whoever asks for it.

#include <array>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "gigawatt/step/stage_table.h"
#include "gigawatt/step/step.h"

namespace gigawatt::search {

/// In the order and with the words in which a user says it.
enum class Choice : std::uint8_t { kOff, kOn, kEither };
inline constexpr std::array<std::string_view, 3> kChoiceNames = {"off", "on", "any"};

/// `word`: one of kChoiceNames.
constexpr Choice choice_named(std::string_view word) {
  std::size_t i = 0;
  while (i + 1 < kChoiceNames.size() && kChoiceNames[i] != word) ++i;
  return static_cast<Choice>(i);
}

/// What the user fixed. An empty list means "every legal value".
struct Constraints {
  std::vector<std::int32_t> tp, cp, pp, dp, vpp, ep, etp, micro_batch, zero_stage;
  std::vector<std::int32_t> shard_group;  ///< 0: all ranks
  std::vector<step::RecomputePolicy> recompute;
  std::vector<catalog::Precision> precision;
  std::vector<step::Schedule> schedule;
  Choice offload_optimizer = Choice::kEither;
  Choice offload_activations = Choice::kEither;
  Choice sequence_parallel = Choice::kOn;  ///< where tp > 1
  Choice cuda_graphs = Choice::kOff;
  bool uneven_splits = true;
  bool partial_recompute = false;  ///< without a list of policies: also some whole layers of each stage
  double max_memory_bytes = 0;     ///< 0: the accelerator's own capacity
  std::int32_t max_pipeline_depth = 64;
  bool experts_in_scaleup = false;  ///< expert groups only inside a scale-up domain
};

/// Divisors of n in ascending order, at most `limit`.
std::vector<std::int32_t> divisors(std::int64_t n, std::int64_t limit);

/// What the costs of layers depend on, but for the recompute policy.
struct Task {
  catalog::Precision precision = catalog::Precision::kBf16;
  std::int32_t tp = 1;
  std::int32_t cp = 1;
  std::int32_t ep = 1;
  std::int32_t etp = 1;
  std::int32_t micro_batch = 1;
  bool sequence_parallel = false;
  bool cuda_graph = false;
};

/// A pipeline's cut.
struct Cut {
  std::int32_t vpp = 1;
  std::int32_t first_layers = 0;
  std::int32_t last_layers = 0;
  std::vector<step::StageRun> runs;
  std::vector<step::StageRun> chunks;  ///< empty without virtual stages
};

/// ZeRO's stage and group.
struct Sharding {
  std::int32_t zero_stage = 1;
  std::int32_t group = 0;
};

class Space {
 public:
  /// `request` as of step::check_plan's arguments; its plan carries what is not searched.
  /// `plain`: only a few of the plans, the usual choice of sharding, recompute and offload each.
  Space(const step::StepRequest& request, const Constraints& constraints, bool plain = false);

  /// Tasks for which some pipeline depth is legal, in ascending order of their members.
  const std::vector<Task>& tasks() const { return tasks_; }
  const std::vector<step::RecomputePolicy>& policies() const { return policies_; }
  /// Whether a policy goes with a pipeline of this depth, and with CUDA graphs.
  bool allowed(const step::RecomputePolicy& policy, std::int32_t pp, bool cuda_graph) const;

  /// Depths that are legal with this task, ascending.
  std::vector<std::int32_t> depths(const Task& task) const;
  const std::vector<Cut>& cuts(std::int32_t pp) const { return cuts_.at(pp); }
  /// Groups in the order (stage, all ranks first, then smaller groups). Without a list of
  /// stages: ZeRO-2 only where it is not ZeRO-1 under another name (`step::holds_whole_gradients`).
  std::vector<Sharding> shardings(std::int64_t data_ranks, std::int32_t pp, bool zero2_differs) const;
  /// Schedules of a pipeline with these chunks and micro-batches.
  std::vector<step::Schedule> schedules(std::int32_t pp, std::int32_t vpp, std::int64_t micro_batches) const;
  const std::vector<bool>& optimizer_offloads() const { return optimizer_offloads_; }
  const std::vector<bool>& activation_offloads(bool cuda_graph) const {
    return cuda_graph ? graph_offloads_ : activation_offloads_;
  }

  /// The request's plan with the task's members set.
  step::ParallelPlan plan(const Task& task) const;

 private:
  /// Whether some ways of tensor, context and data parallelism go with a depth and the batch.
  bool divides(std::int64_t pp, const std::vector<std::int32_t>& tps, const std::vector<std::int32_t>& cps,
               const std::vector<std::int32_t>& micros) const;
  bool legal(const Task& task, std::int64_t pp) const;
  void cut(std::int32_t pp);

  step::StepRequest request_;
  Constraints constraints_;
  bool plain_;
  std::vector<std::int32_t> pp_;
  std::vector<Task> tasks_;
  std::vector<step::RecomputePolicy> policies_;
  std::map<std::int32_t, std::vector<Cut>> cuts_;
  std::vector<bool> optimizer_offloads_;
  std::vector<bool> activation_offloads_;
  std::vector<bool> graph_offloads_;  ///< those of activations under CUDA graphs
};

}  // namespace gigawatt::search
