#include "gigawatt/step/data_parallel.h"

#include <algorithm>
#include <cmath>

namespace gigawatt::step {
namespace {

double real(std::int64_t x) { return static_cast<double>(x); }

/// A group of `ranks` of the data-parallel ranks: the first of them, as sharding groups are consecutive.
network::GroupPlacement shard_group(const CostContext& c, const ParallelPlan& plan) {
  return network::place_group(*c.fabric, plan.shard_group, std::int64_t{plan.tp} * plan.cp);
}

using CollectiveTime = double (*)(const network::Fabric&, const network::GroupPlacement&, double);

/// `bytes` in `messages` equal collectives one after the other.
double in_messages(CollectiveTime collective, const CostContext& c, const network::GroupPlacement& g,
                   double bytes, double messages) {
  return g.ranks > 1 && bytes > 0 ? messages * collective(*c.fabric, g, bytes / messages) : 0;
}

/// In buckets of the software's size.
double in_buckets(CollectiveTime collective, const CostContext& c, const network::GroupPlacement& g,
                  double bytes) {
  return in_messages(collective, c, g, bytes, std::max(1.0, std::ceil(bytes / c.software->bucket_bytes)));
}

double optimizer_seconds(const StepFrame& frame, const CostContext& c, const ParallelPlan& plan,
                         const StageWeights& p, double dense_ranks, double expert_ranks, double trained) {
  const double owned = trained * (p.dense / dense_ranks + p.expert / expert_ranks);
  const double held = holds_whole_gradients(frame.request, plan) ? trained * (p.dense + p.expert) : owned;
  if (plan.offload_optimizer) return owned * 8 / c.software->host_link_bandwidth;
  const double bytes = owned * (30 + 4) + held * 4;
  return kernels::memory_bound_seconds(c.high,
                                       bytes * c.software->optimizer_passes / c.shared->optimizer_efficiency);
}

struct Split {
  double exposed = 0;
  double hidden = 0;
};

Split split(double comm, double window, double least) {
  const double exposed = std::max(std::min(comm, least), comm - window);
  return {exposed, comm - exposed};
}

}  // namespace

GradientTraffic gradient_traffic(const StepFrame& frame, const CostContext& c, const ParallelPlan& plan,
                                 const MeshGroups& groups, const StageWeights& p) {
  const SoftwareProfile& s = *c.software;
  const bool wide = s.reduce_fp32 && (plan.precision != catalog::Precision::kFp16 || s.fp16_reduce_fp32);
  const double gradient_bytes = wide ? 4 : 2;
  const double weight_bytes = kernels::element_bytes(plan.precision) < 2 ? s.gathered_weight_bytes : 2;
  const auto& all = groups.dense;
  const auto& experts = groups.expert;
  const bool whole = plan.shard_group <= 0 || plan.shard_group >= all.ranks;
  const network::GroupPlacement dense = whole ? all : shard_group(c, plan);
  const double trained = c.frozen_weights ? 0.0 : 1.0;
  GradientTraffic r;
  if (plan.zero_stage >= 3) {
    const double layers = std::max(1.0, real(c.model->layers) / plan.pp);
    const double messages = layers * s.sharded_messages_per_layer;
    r.gather_s = (in_messages(network::all_gather_seconds, c, dense, 2 * p.dense, messages) +
                  in_messages(network::all_gather_seconds, c, experts, 2 * p.expert, messages)) /
                 s.sharded_bandwidth;
    r.reduce_s =
        trained / s.sharded_bandwidth *
        (in_messages(network::reduce_scatter_seconds, c, dense, gradient_bytes * p.dense, messages) +
         in_messages(network::reduce_scatter_seconds, c, experts, gradient_bytes * p.expert, messages));
    r.layers = layers;
    if (dense.ranks > 1 || experts.ranks > 1)
      r.copy_s = kernels::memory_bound_seconds(c.high, s.sharded_copy_bytes * (p.dense + p.expert));
    if (!whole && trained > 0) {
      network::GroupPlacement across = network::place_group(*c.fabric, all.ranks / dense.ranks,
                                                            std::int64_t{plan.tp} * plan.cp * dense.ranks);
      across.link_sharing = 1;
      r.across_s =
          in_buckets(network::all_reduce_seconds, c, across, gradient_bytes * p.dense / real(dense.ranks));
    }
  } else if (trained > 0) {
    const CollectiveTime reduction = plan.zero_stage == 0 || s.zero1_all_reduce
                                         ? network::all_reduce_seconds
                                         : network::reduce_scatter_seconds;
    r.reduce_s = in_buckets(reduction, c, all, gradient_bytes * p.dense) +
                 in_buckets(reduction, c, experts, gradient_bytes * p.expert);
    if (plan.zero_stage >= 1)
      r.gather_s = in_buckets(network::all_gather_seconds, c, dense, weight_bytes * p.dense) +
                   in_buckets(network::all_gather_seconds, c, experts, weight_bytes * p.expert);
    const double bytes = gradient_bytes * (p.dense + p.expert);
    r.last_share = bytes > 0 ? std::min(1.0, s.bucket_bytes / bytes) : 0;
  }
  const bool sharded = plan.zero_stage >= 1;
  r.optimizer_s = optimizer_seconds(frame, c, plan, p, sharded ? real(dense.ranks) : 1,
                                    sharded ? std::max(1.0, real(experts.ranks)) : 1, trained);
  return r;
}

DataParallelTime data_parallel_time(const StepFrame& frame, const ParallelPlan& plan,
                                    const GradientTraffic& traffic, double forward_s, double backward_s,
                                    std::int32_t micro_batches) {
  const SoftwareProfile& s = *frame.request.software;
  const SharedCalibration& shared = *frame.shared;
  const double gather = traffic.gather_s;
  const double reduce = traffic.reduce_s;
  DataParallelTime r;
  if (plan.zero_stage >= 3) {
    const double layers = traffic.layers;
    const double backward_window = s.grad_reduce_overlap * backward_s;
    const Split forward = split(gather, s.param_gather_overlap * forward_s, gather / layers);
    const Split backward = split(gather + reduce, backward_window, (gather + reduce) / layers);
    const double passes = s.fsdp_reduce_every_micro_batch ? micro_batches : 1;
    r.exposed_s = micro_batches * forward.exposed + passes * backward.exposed;
    r.slowdown_s = shared.overlap_slowdown * (micro_batches * forward.hidden + passes * backward.hidden);
    if (!s.fsdp_reduce_every_micro_batch) {
      const Split light = split(gather, backward_window, gather / layers);
      r.exposed_s += (micro_batches - 1) * light.exposed;
      r.slowdown_s += shared.overlap_slowdown * (micro_batches - 1) * light.hidden;
    }
    r.exposed_s += traffic.across_s;
    // Out of the gathered buffer before either pass, gradients into theirs after the backward pass.
    r.slowdown_s += (2 * micro_batches + passes) * traffic.copy_s;
    return r;
  }
  const double pass = shared.full_pass_overlap;
  const Split backward =
      split(reduce, s.grad_reduce_overlap * pass * backward_s, reduce * traffic.last_share);
  const Split forward = split(gather, s.param_gather_overlap * pass * forward_s, gather * traffic.last_share);
  const bool each = plan.zero_stage == 2 && plan.pp == 1 && s.fsdp_reduce_every_micro_batch;
  const double reductions = each ? micro_batches : 1;
  // With virtual stages all chunks but the last to finish (the first to start) have whole passes to hide in.
  r.exposed_s = (reductions * backward.exposed + forward.exposed) / plan.vpp;
  r.slowdown_s = shared.overlap_slowdown * (reductions * backward.hidden + forward.hidden);
  return r;
}

}  // namespace gigawatt::step
