#include "gigawatt/step/data_parallel.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/workload/parameters.h"

namespace gigawatt::step {
namespace {

double real(std::int64_t x) { return static_cast<double>(x); }

struct Groups {
  network::GroupPlacement dense;
  network::GroupPlacement expert;
};

/// A group of `ranks` of the data-parallel ranks: the first of them, as sharding groups are consecutive.
network::GroupPlacement shard_group(const CostContext& c, std::int32_t ranks) {
  return network::place_group(*c.fabric, ranks, std::int64_t{c.plan.tp} * c.plan.cp);
}

using CollectiveTime = double (*)(const network::Fabric&, const network::GroupPlacement&, double);

/// `bytes` in `messages` equal collectives one after the other.
double in_messages(CollectiveTime collective, const CostContext& c, const network::GroupPlacement& g, double bytes, double messages) {
  return g.ranks > 1 && bytes > 0 ? messages * collective(*c.fabric, g, bytes / messages) : 0;
}

/// In buckets of the software's size.
double in_buckets(CollectiveTime collective, const CostContext& c, const network::GroupPlacement& g, double bytes) {
  return in_messages(collective, c, g, bytes, std::max(1.0, std::ceil(bytes / c.software->bucket_bytes)));
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

RankParameters rank_parameters(const catalog::Model& model, const ParallelPlan& plan, const StageLayout& layout, std::int32_t stage) {
  const auto count = workload::count_parameters(model);
  const double tp = plan.tp;
  RankParameters r;
  const KindCounts kinds = layout.stage(stage);
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    if (kinds[k] == 0) continue;
    const bool moe = kind_of(static_cast<int>(k)).moe;
    const double ffn = moe ? real(count.shared_expert) / tp + real(count.router) : real(count.dense_ffn) / tp;
    const double dense = real(count.attention) / tp + real(count.norms) + ffn;
    const double expert = moe ? real(count.expert * model.moe.experts) / (real(plan.ep) * plan.etp) : 0;
    r.dense += kinds[k] * dense;
    r.expert += kinds[k] * expert;
    r.largest_layer = std::max(r.largest_layer, dense + expert);
  }
  if (stage == 0) r.dense += real(count.embedding) / tp;
  if (stage == layout.stages() - 1)
    r.dense += real(model.tied_embeddings && layout.stages() > 1 ? count.embedding : count.head) / tp + real(count.final_norm);
  return r;
}

DataParallelTime data_parallel_time(const CostContext& c, const StageLayout& layout, std::int32_t stage,
                                    const LayerCost& mb, std::int32_t micro_batches) {
  const ParallelPlan& plan = c.plan;
  const SoftwareProfile& s = *c.software;
  const SharedCalibration& shared = *c.shared;
  const RankParameters p = rank_parameters(*c.model, plan, layout, stage);
  const double gradient_bytes = s.reduce_fp32 ? 4 : 2;
  const double weight_bytes = element_bytes(plan.precision) < 2 ? s.gathered_weight_bytes : 2;
  const auto& all = c.placements.data_context;
  const auto& experts = c.placements.expert_data;
  const bool whole = plan.shard_group <= 0 || plan.shard_group >= all.ranks;
  const network::GroupPlacement dense = whole ? all : shard_group(c, plan.shard_group);
  DataParallelTime r;

  const double trained = c.frozen_weights ? 0.0 : 1.0;
  if (plan.zero_stage >= 3) {
    const double layers = std::max(1.0, real(c.model->layers) / plan.pp);
    const double messages = layers * s.sharded_messages_per_layer;
    const double gather = (in_messages(network::all_gather_seconds, c, dense, 2 * p.dense, messages) +
                           in_messages(network::all_gather_seconds, c, experts, 2 * p.expert, messages)) / s.sharded_bandwidth;
    const double reduce = trained / s.sharded_bandwidth *
                          (in_messages(network::reduce_scatter_seconds, c, dense, gradient_bytes * p.dense, messages) +
                           in_messages(network::reduce_scatter_seconds, c, experts, gradient_bytes * p.expert, messages));
    const double forward_window = s.param_gather_overlap * mb.forward();
    const double backward_window = s.grad_reduce_overlap * mb.backward();
    const Split forward = split(gather, forward_window, gather / layers);
    const Split backward = split(gather + reduce, backward_window, (gather + reduce) / layers);
    const double passes = s.fsdp_reduce_every_micro_batch ? micro_batches : 1;
    r.exposed_s = micro_batches * forward.exposed + passes * backward.exposed;
    r.slowdown_s = shared.overlap_slowdown * (micro_batches * forward.hidden + passes * backward.hidden);
    if (!s.fsdp_reduce_every_micro_batch) {
      const Split light = split(gather, backward_window, gather / layers);
      r.exposed_s += (micro_batches - 1) * light.exposed;
      r.slowdown_s += shared.overlap_slowdown * (micro_batches - 1) * light.hidden;
    }
    if (!whole && trained > 0) {
      network::GroupPlacement across = network::place_group(*c.fabric, all.ranks / dense.ranks, std::int64_t{plan.tp} * plan.cp * dense.ranks);
      across.link_sharing = 1;
      r.exposed_s += in_buckets(network::all_reduce_seconds, c, across, gradient_bytes * p.dense / real(dense.ranks));
    }
  } else if (trained > 0) {
    double reduce = 0;
    double gather = 0;
    const CollectiveTime reduction = plan.zero_stage == 0 || s.zero1_all_reduce ? network::all_reduce_seconds : network::reduce_scatter_seconds;
    reduce = in_buckets(reduction, c, all, gradient_bytes * p.dense) + in_buckets(reduction, c, experts, gradient_bytes * p.expert);
    if (plan.zero_stage >= 1)
      gather = in_buckets(network::all_gather_seconds, c, dense, weight_bytes * p.dense) +
               in_buckets(network::all_gather_seconds, c, experts, weight_bytes * p.expert);
    const double bytes = gradient_bytes * (p.dense + p.expert);
    const double last_bucket = bytes > 0 ? std::min(1.0, s.bucket_bytes / bytes) : 0;
    const Split backward = split(reduce, s.grad_reduce_overlap * shared.full_pass_overlap * mb.backward(), reduce * last_bucket);
    const Split forward = split(gather, s.param_gather_overlap * shared.full_pass_overlap * mb.forward(), gather * last_bucket);
    // With virtual stages all chunks but the last to finish (the first to start) have whole passes to hide in.
    r.exposed_s = (backward.exposed + forward.exposed) / plan.vpp;
    r.slowdown_s = shared.overlap_slowdown * (backward.hidden + forward.hidden);
  }

  const double dense_ranks = plan.zero_stage >= 1 ? real(dense.ranks) : 1;
  const double expert_ranks = plan.zero_stage >= 1 ? std::max(1.0, real(experts.ranks)) : 1;
  const double owned = trained * (p.dense / dense_ranks + p.expert / expert_ranks);
  const double held = trained * (plan.zero_stage >= 2 ? owned : p.dense + p.expert);
  const double bytes = owned * (30 + 4) + held * 4;
  if (plan.offload_optimizer)
    r.optimizer_s = owned * 8 / s.host_link_bandwidth;
  else
    r.optimizer_s = memory_bound_seconds(c.high, bytes * s.optimizer_passes / shared.optimizer_efficiency);
  return r;
}

}  // namespace gigawatt::step
