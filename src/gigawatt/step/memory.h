#pragma once
/// Device memory of one rank, by part, at the pipeline stage that needs most, and what it keeps in its host's memory.
///
/// Parameters P on the rank (its stage, its tensor and expert shard), sharded over z ranks by ZeRO:
///   weights    2 P (bf16); with 8-bit training the cast copies (row- and column-wise) come on top
///   gradients  4 P or 2 P, over z from stage 2
///   optimizer  (4 main + 4 + 4 moments) P, over z from stage 1; everything over z at stage 3
/// Activations per layer and micro-batch: what each operator keeps for its gradients. With full recompute only
/// the layer's input is kept and one layer lives whole at a time. A 1F1B stage i of p holds min(n, p - i)
/// micro-batches; interleaved with v chunks, 2 (p - i - 1) + (v - 1) p + 1 chunks of 1/v of its layers.
/// DualPipe's ranks hold two stages: p + 1 micro-batches, and weights and gradients of both. Logits and their gradient at
/// the last stage; gather and reduction buffers; allocator reserve.
/// Sources: Korthikanti et al. 2022 (activations), Rajbhandari et al. 2020 (ZeRO, arXiv 1910.02054).

#include <span>
#include <vector>

#include "gigawatt/step/stage_table.h"

namespace gigawatt::step {

/// Model state of a stage on one rank, and what its sharding needs on top: the part that no micro-batch changes.
struct StateBytes {
  double weights = 0;
  double gradients = 0;
  double optimizer = 0;
  double buffers = 0;  ///< gathered layers, or a bucket of gradients
  double host = 0;     ///< optimizer states in the host's memory

  double total() const { return weights + gradients + optimizer; }
};

/// `plan`: tp, cp, dp, ep, etp, precision, ZeRO, offload of the optimizer count.
StateBytes state_bytes(const StepFrame& frame, const ParallelPlan& plan, const StageWeights& weights);

/// What micro-batches need: the part that no sharding changes.
struct WorkBytes {
  double activations = 0;
  double logits = 0;
  double buffers = 0;
  double host = 0;  ///< activations in the host's memory
};

/// One per run of `stages`; `plan`: pp, vpp, schedule, offload of activations count.
void work_bytes(const ParallelPlan& plan, const LayerSet& layers, const StageTable& stages,
                std::int32_t micro_batches, std::vector<WorkBytes>& out);

/// Peak over the stages. `states`, `work`: one per run of `stages`; `plan`: pp, schedule, CUDA graphs count.
/// Grows with every member of every state, in floating point too: states that are nowhere larger give a lower bound.
double peak_bytes(const StepFrame& frame, const ParallelPlan& plan, const StageTable& stages,
                  std::span<const StateBytes> states, std::span<const WorkBytes> work);

/// Host memory of an accelerator under the stage that offloads most; 0 without offload. Same sizes as above.
double host_bytes(std::span<const StateBytes> states, std::span<const WorkBytes> work);

/// What the host offers each accelerator: the node's memory over its accelerators; infinite where it is not known.
double host_limit_bytes(const StepRequest& request);

/// The parts of that peak.
MemoryBreakdown memory_of(const StepFrame& frame, const ParallelPlan& plan, const LayerSet& layers,
                          const StageTable& stages, std::span<const StateBytes> states,
                          std::int32_t micro_batches);

/// Bytes that one layer keeps for its backward pass, without recompute.
double layer_activation_bytes(const CostContext& context, workload::LayerKind kind);

/// Tokens of one micro-batch on one rank.
struct Tokens {
  double all;
  double sharded;  ///< where sequence parallelism splits them
  double routed;   ///< rows of the rank's experts
};

Tokens tokens_of(const CostContext& context);

}  // namespace gigawatt::step
