#pragma once
/// Gradient reduction, parameter gathering and the optimizer of one rank of the slowest stage.
///
/// Replicated or ZeRO-1/2 (P dense parameters on the rank in a group of d = dp cp ranks, P_e of experts in
/// d_e = dp cp tp / (ep etp)): a reduce-scatter of the gradients and an all-gather of the 16-bit parameters per
/// step (an all-reduce when nothing is sharded). The reduction runs under the last micro-batch's backward pass
/// bucket by bucket, the gather under the first forward pass; hidden is at most
/// `*_overlap * pass time * full_pass_overlap`, and never the last bucket. Of v virtual stages only one chunk's
/// share can be exposed: the others' gradients are ready (parameters needed) whole passes away from the end.
/// Where ZeRO-1 gives ranks whole matrices (InternEvo), each of min(d, matrices) owners broadcasts its own through a ring of
/// all d ranks on D nodes: (d - D) hops inside nodes and D - 1 between them for each, beside the bytes.
/// Fully sharded (ZeRO-3, FSDP): every micro-batch gathers each layer's parameters forward and again backward
/// and reduces its gradients, one layer ahead of the compute; exposed is what exceeds the compute, plus the
/// first layer. Sharding inside a group of fewer ranks adds an all-reduce of the shard across groups.
/// While a collective runs beside compute, the compute loses `overlap_slowdown` of that time.
///
/// Optimizer (Adam, 32-bit states): reads gradient, main weight and two moments, writes three and the 16-bit
/// weight: 30 bytes per owned parameter, plus 4 for the norm and 4 for clearing each gradient held.

#include "gigawatt/step/stage_table.h"

namespace gigawatt::step {

/// Collectives and optimizer of one rank before anything hides, whatever the micro-batches cost.
struct GradientTraffic {
  double gather_s = 0;  ///< parameters; under full sharding of one pass, else of a step
  double reduce_s = 0;  ///< gradients, likewise
  double layers = 1;    ///< under full sharding: the first of so many is exposed
  double last_share =
      0;  ///< share of each in the last bucket, which nothing is left to hide; not under full sharding
  double across_s = 0;  ///< all-reduce of the shards across sharding groups, exposed
  double copy_s = 0;    ///< of one pass under full sharding: out of or into the buffers of a collective
  double optimizer_s = 0;
};

/// What one rank hands to the collectives of gradients and parameters; under full sharding in one micro-batch.
struct GradientBytes {
  bool all_reduce = false;              ///< gradients, in place of a reduce-scatter
  network::GroupPlacement reduced_by;   ///< dense gradients
  network::GroupPlacement gathered_by;  ///< dense parameters
  double dense_reduced = 0;
  double expert_reduced = 0;
  double dense_gathered = 0;
  double expert_gathered = 0;
};

GradientBytes gradient_bytes(const CostContext& context, const ParallelPlan& plan, const MeshGroups& groups,
                             const StageWeights& weights);

/// `context`: precision, software, fabric; `plan`: tp, cp, pp, dp, ZeRO stage, sharding group, offload of the optimizer.
GradientTraffic gradient_traffic(const StepFrame& frame, const CostContext& context, const ParallelPlan& plan,
                                 const MeshGroups& groups, const StageWeights& weights);

struct DataParallelTime {
  double exposed_s = 0;
  double slowdown_s = 0;
};

/// `forward_s`, `backward_s`: one micro-batch on the stage.
DataParallelTime data_parallel_time(const StepFrame& frame, const ParallelPlan& plan,
                                    const GradientTraffic& traffic, double forward_s, double backward_s,
                                    std::int32_t micro_batches);

}  // namespace gigawatt::step
