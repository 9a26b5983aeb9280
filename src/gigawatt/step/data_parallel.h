#pragma once
/// Gradient reduction, parameter gathering and the optimizer of one rank of the slowest stage.
///
/// Replicated or ZeRO-1/2 (P dense parameters on the rank in a group of d = dp cp ranks, P_e of experts in
/// d_e = dp cp tp / (ep etp)): a reduce-scatter of the gradients and an all-gather of the 16-bit parameters per
/// step (an all-reduce when nothing is sharded). The reduction runs under the last micro-batch's backward pass
/// bucket by bucket, the gather under the first forward pass; hidden is at most
/// `*_overlap * pass time * full_pass_overlap`, and never the last bucket. Of v virtual stages only one chunk's
/// share can be exposed: the others' gradients are ready (parameters needed) whole passes away from the end.
/// Fully sharded (ZeRO-3, FSDP): every micro-batch gathers each layer's parameters forward and again backward
/// and reduces its gradients, one layer ahead of the compute; exposed is what exceeds the compute, plus the
/// first layer. Sharding inside a group of fewer ranks adds an all-reduce of the shard across groups.
/// While a collective runs beside compute, the compute loses `overlap_slowdown` of that time.
///
/// Optimizer (Adam, 32-bit states): reads gradient, main weight and two moments, writes three and the 16-bit
/// weight: 30 bytes per owned parameter, plus 4 for the norm and 4 for clearing each gradient held.

#include "gigawatt/step/layer_cost.h"
#include "gigawatt/step/stage_layout.h"

namespace gigawatt::step {

struct DataParallelTime {
  double exposed_s = 0;
  double slowdown_s = 0;
  double optimizer_s = 0;
};

DataParallelTime data_parallel_time(const CostContext& context, const StageLayout& layout, std::int32_t stage,
                                    const LayerCost& micro_batch, std::int32_t micro_batches);

/// Parameters of one stage on one rank, tensor and expert parallelism applied.
struct RankParameters {
  double dense = 0;
  double expert = 0;
  double largest_layer = 0;
};

RankParameters rank_parameters(const catalog::Model& model, const ParallelPlan& plan, const StageLayout& layout, std::int32_t stage);

}  // namespace gigawatt::step
