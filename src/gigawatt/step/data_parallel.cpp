#include "gigawatt/step/data_parallel.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/base/real.h"

namespace gigawatt::step {
namespace {

using base::real;

/// A group of `ranks` of the data-parallel ranks: the first of them, as sharding groups are consecutive.
network::GroupPlacement shard_group(const CostContext& c, const ParallelPlan& plan) {
  auto g = network::place_group(*c.fabric, plan.shard_group, std::int64_t{plan.tp} * plan.cp);
  g.domain_used = c.placements.tensor.domain_used;
  return g;
}

using network::Collective;

/// `bytes` in `messages` equal collectives one after the other.
double in_messages(Collective collective, const CostContext& c, const network::GroupPlacement& g,
                   double bytes, double messages) {
  return g.ranks > 1 && bytes > 0 ? messages * c.collectives->seconds(collective, g, bytes / messages) : 0;
}

/// In buckets of the software's size.
double in_buckets(Collective collective, const CostContext& c, const network::GroupPlacement& g,
                  double bytes) {
  return in_messages(collective, c, g, bytes, std::max(1.0, std::ceil(bytes / c.software->bucket_bytes)));
}

/// Fully sharded: at the software's share of the bandwidth, with the latencies as they are.
double in_shards(Collective collective, const CostContext& c, const network::GroupPlacement& g, double bytes,
                 double messages) {
  const double share = c.software->sharded_bandwidth, whole = in_messages(collective, c, g, bytes, messages);
  if (share >= 1 || whole <= 0) return whole;
  const double latency = messages * c.collectives->seconds(collective, g, 0);
  return latency + (whole - latency) / share;
}

/// What broadcasts by their owners add to a gather of the same parameters: each passes through all ranks of a ring before
/// the next has the links to itself. No more ranks own something than a stage has matrices.
double broadcast_seconds(const CostContext& c, const network::GroupPlacement& g, const ParallelPlan& plan) {
  if (g.ranks <= 1) return 0;
  constexpr double kProjections = 4;  // queries, keys, values, output
  const double layers = std::max(1.0, real(c.model->layers) / plan.pp);
  const double matrices = layers * (kProjections + (c.model->ffn_gated ? 3 : 2));
  const double between = real(g.domains()) - 1;
  const double inside = real(g.ranks - g.domains());
  return std::min(real(g.ranks), matrices) *
         (between * c.software->broadcast_hop_between_s + inside * c.software->broadcast_hop_s);
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

/// A collective of which the share `overlap` runs beside a pass. Of that, with virtual stages, only the part of the last
/// chunk to finish (the first to start) can be exposed: the others have whole passes to hide in.
Split beside(double comm, double overlap, double window, double last_share, double chunks) {
  const double started = overlap * comm;
  const Split s = split(started, overlap * window, started * last_share);
  return {comm - started + s.exposed / chunks, s.hidden};
}

}  // namespace

GradientBytes gradient_bytes(const CostContext& c, const ParallelPlan& plan, const MeshGroups& groups,
                             const StageWeights& p) {
  const SoftwareProfile& s = *c.software;
  const bool wide = s.reduce_fp32 && (plan.precision != catalog::Precision::kFp16 || s.fp16_reduce_fp32);
  const double gradient_bytes = wide ? 4 : 2;
  const double weight_bytes = kernels::element_bytes(plan.precision) < 2 ? s.gathered_weight_bytes : 2;
  const double trained = c.frozen_weights ? 0.0 : 1.0;
  const bool whole = plan.shard_group <= 0 || plan.shard_group >= groups.dense.ranks;
  GradientBytes b;
  b.gathered_by = whole ? groups.dense : shard_group(c, plan);
  b.reduced_by = plan.zero_stage >= 3 ? b.gathered_by : groups.dense;
  b.all_reduce = plan.zero_stage == 0 || (plan.zero_stage < 3 && s.zero1_all_reduce);
  b.dense_reduced = trained * gradient_bytes * p.dense;
  b.expert_reduced = trained * gradient_bytes * p.expert;
  const double gathered = plan.zero_stage >= 3 ? 2 : plan.zero_stage >= 1 ? trained * weight_bytes : 0;
  b.dense_gathered = gathered * p.dense;
  b.expert_gathered = gathered * p.expert;
  return b;
}

GradientTraffic gradient_traffic(const StepFrame& frame, const CostContext& c, const ParallelPlan& plan,
                                 const MeshGroups& groups, const StageWeights& p) {
  const SoftwareProfile& s = *c.software;
  const GradientBytes b = gradient_bytes(c, plan, groups, p);
  const auto &dense = b.gathered_by, &experts = groups.expert;
  const bool whole = dense.ranks == groups.dense.ranks;
  const double trained = c.frozen_weights ? 0.0 : 1.0;
  GradientTraffic r;
  if (plan.zero_stage >= 3) {
    const double layers = std::max(1.0, real(c.model->layers) / plan.pp);
    const double messages = layers * s.sharded_messages_per_layer;
    r.gather_s = in_shards(Collective::kAllGather, c, dense, b.dense_gathered, messages) +
                 in_shards(Collective::kAllGather, c, experts, b.expert_gathered, messages);
    r.reduce_s = in_shards(Collective::kReduceScatter, c, dense, b.dense_reduced, messages) +
                 in_shards(Collective::kReduceScatter, c, experts, b.expert_reduced, messages);
    r.layers = layers;
    if (dense.ranks > 1 || experts.ranks > 1)
      r.copy_s = kernels::memory_bound_seconds(c.high, s.sharded_copy_bytes * (p.dense + p.expert));
    if (!whole && trained > 0) {
      network::GroupPlacement across = network::place_group(*c.fabric, groups.dense.ranks / dense.ranks,
                                                            std::int64_t{plan.tp} * plan.cp * dense.ranks);
      across.domain_used = groups.dense.domain_used;
      r.across_s = in_buckets(Collective::kAllReduce, c, across, b.dense_reduced / real(dense.ranks));
    }
  } else if (trained > 0) {
    const Collective reduction = b.all_reduce ? Collective::kAllReduce : Collective::kReduceScatter;
    r.reduce_s = in_buckets(reduction, c, b.reduced_by, b.dense_reduced) +
                 in_buckets(reduction, c, experts, b.expert_reduced);
    if (plan.zero_stage >= 1)
      r.gather_s = in_buckets(Collective::kAllGather, c, dense, b.dense_gathered) +
                   in_buckets(Collective::kAllGather, c, experts, b.expert_gathered) +
                   broadcast_seconds(c, dense, plan);
    const double bytes = b.dense_reduced + b.expert_reduced;
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
    r.slowdown_s += (2.0 * micro_batches + passes) * traffic.copy_s;
    return r;
  }
  const double pass = shared.full_pass_overlap;
  const Split backward =
      beside(reduce, s.grad_reduce_overlap, pass * backward_s, traffic.last_share, plan.vpp);
  const Split forward =
      beside(gather, s.param_gather_overlap, pass * forward_s, traffic.last_share, plan.vpp);
  const bool each = plan.zero_stage == 2 && plan.pp == 1 && s.fsdp_reduce_every_micro_batch;
  const double reductions = each ? micro_batches : 1;
  r.exposed_s = reductions * backward.exposed + forward.exposed;
  r.slowdown_s = shared.overlap_slowdown * (reductions * backward.hidden + forward.hidden);
  return r;
}

}  // namespace gigawatt::step
