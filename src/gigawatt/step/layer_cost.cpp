#include "gigawatt/step/layer_cost.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/kernels/exchange.h"

namespace gigawatt::step {
namespace {

using workload::MemoryKernel;
using workload::Module;

/// Of a micro-batch, before tensor parallelism shards them.
double tokens_of_rank(const CostContext& c) {
  return static_cast<double>(c.sharding.micro_batch * c.sharding.seq_len / c.sharding.cp);
}

/// The part of compute that `comm` cannot hide under.
double exposed(double comm, double overlap, double compute) {
  return comm - std::min(comm * overlap, compute);
}

bool recomputed(const ParallelPlan& plan, Module module) {
  const auto has = [&](RecomputeModule m) { return (plan.recompute.modules & m) != 0; };
  switch (module) {
    case Module::kNorm: return has(kRecomputeLayernorm);
    case Module::kAttentionCore: return has(kRecomputeCoreAttention);
    case Module::kMlaUp: return has(kRecomputeMlaUpProj);
    case Module::kDenseFfn:
    case Module::kDenseActivation: return has(kRecomputeMlp);
    case Module::kExpertActivation: return has(kRecomputeMoeAct) || has(kRecomputeMoe);
    case Module::kExperts:
    case Module::kRouter:
    case Module::kPermute: return has(kRecomputeMoe);
    case Module::kSharedExpert: return has(kRecomputeSharedExperts) || has(kRecomputeMoe);
    default: return false;
  }
}

/// Share of a recomputed layer's operator that runs again.
double full_share(const CostContext& c, Module module) {
  if (!c.software->recompute_stops_early || (module != Module::kDenseFfn && module != Module::kExperts))
    return 1;
  const double products = c.model->ffn_gated ? 3 : 2;
  return (products - 1) / products;
}

/// Share of an operator's forward work that the backward pass does again.
double recompute_share(const CostContext& c, Module module) {
  switch (c.plan.recompute.kind) {
    case RecomputeKind::kNone: return 0;
    case RecomputeKind::kFull: return c.full_recompute_share * full_share(c, module);
    case RecomputeKind::kSelective:
      // Kept operator by operator, plain products are; the grouped ones of experts are not on torchtitan's list.
      if (c.software->selective_products > 0 && module == Module::kExperts) return 1;
      return module == Module::kAttentionCore ? c.software->selective_attention
                                              : c.software->selective_products;
    case RecomputeKind::kModules: return recomputed(c.plan, module) ? 1 : 0;
  }
  return 0;
}

/// Forward work that the backward pass does again.
Pass again(const CostContext& c, const OperatorTimes& t) {
  Pass r;
  if (c.plan.recompute.kind == RecomputeKind::kNone) return r;
  for (std::int32_t i = 0; i < t.count; ++i) {
    const auto& o = t.operators[static_cast<std::size_t>(i)];
    const double share = recompute_share(c, o.module);
    r.products += share * o.seconds;
    r.kernels += share * o.kernels;
  }
  const double share = recompute_share(c, Module::kAttentionCore);
  r.attention += share * t.forward.attention;
  r.kernels += share * t.attention_kernels;
  if (c.software->checkpoints_layers) {
    r.products *= c.shared->checkpoint_time;
    r.attention *= c.shared->checkpoint_time;
  }
  return r;
}

/// Collectives of one direction as kernels; the process-group layers make them dearer to issue.
constexpr double kHostCollective = 3;

struct HostWork {
  double forward = 0;  ///< collectives issued forward
  double backward = 0;
  bool routed = false;  ///< an MoE layer: the host waits for the routing before it can size the experts' work
  double pieces = 1;    ///< time to issue a kernel over that of a layer issued whole
};

LayerCost to_cost(const CostContext& c, const OperatorTimes& p, const Pass& again, double communication,
                  const HostWork& work) {
  LayerCost r;
  r.forward_products = p.forward.products;
  r.forward_attention = p.forward.attention;
  r.backward_products = p.backward.products;
  r.backward_attention = p.backward.attention;
  r.weight_gradient = p.weight_gradient;
  r.recompute = again.total();
  if (c.host_kernel_s <= 0) return r;
  const double kernel_s = work.pieces * c.host_kernel_s;
  const double issue_forward = (p.forward.kernels + kHostCollective * work.forward) * kernel_s;
  const double issue_backward =
      (again.kernels + c.shared->host_backward * (p.backward.kernels + kHostCollective * work.backward)) *
      kernel_s;
  const double host = issue_forward + issue_backward;
  const double device = p.forward.total() + p.backward.total() + again.total() + communication;
  if (host <= 0 || device <= 0) return r;
  const double q = c.shared->host_sharpness;
  const double idle = device * (std::pow(1 + std::pow(host / device, q), 1 / q) - 1);
  r.launch_forward = idle * issue_forward / host;
  r.launch_backward = idle - r.launch_forward;
  if (work.routed && c.software->waits_for_routing && !c.software->sync_free_moe)
    r.launch_forward += std::max(0.0, c.shared->moe_host_exposed * issue_forward - idle);
  return r;
}

struct Exposed {
  double forward = 0;
  double backward = 0;
};

/// Tensor-parallel collectives of one layer. `blocks`: attention and dense FFN, or attention alone (MoE).
Exposed tensor_parallel(const CostContext& c, double blocks, double weight_gradient) {
  if (c.sharding.tp <= 1) return {};
  const auto& s = *c.software;
  const double bytes = hidden_bytes(c);
  const auto& group = c.placements.tensor;
  if (c.sharding.sequence_parallel) {
    // Only tensorwise scales are known before the gather; block scales and sums stay in 16 bits.
    const bool eight_bits = c.plan.precision == catalog::Precision::kFp8 && s.low_precision_gather;
    const double gather = c.collectives->all_gather(group, eight_bits ? bytes / 2 : bytes);
    const double scatter = c.collectives->reduce_scatter(group, bytes);
    const double shown = blocks * (1 - s.tp_hidden(c.frozen_weights));
    const bool again = c.plan.recompute.kind == RecomputeKind::kSelective && s.selective_gathers;
    // What is scattered backward hides under weight gradients, which frozen weights do not have.
    const double bare = c.frozen_weights && !s.async_tp ? blocks : shown;
    return {shown * (gather + scatter), shown * (again ? 2 : 1) * gather + bare * scatter};
  }
  const double reduce = blocks * c.collectives->all_reduce(group, bytes);
  return {reduce * (1 - s.tp_hidden(c.frozen_weights)),
          exposed(reduce, s.tp_backward_overlap, weight_gradient)};
}

Exposed context_parallel(const CostContext& c, const workload::AttentionCore& a, double forward,
                         double backward) {
  if (c.sharding.cp <= 1 || a.heads == 0) return {};
  const double kv = key_value_bytes(a);
  const double gather = c.collectives->all_gather(c.placements.context, kv);
  const double reduce = c.collectives->reduce_scatter(c.placements.context, kv);
  // Ring steps hide under the other steps' attention; the first and last cannot.
  const double hideable = 1 - 1 / static_cast<double>(c.sharding.cp);
  return {exposed(gather, c.software->cp_overlap * hideable, forward),
          exposed(gather + reduce, c.software->cp_overlap * hideable, backward)};
}

/// The copies of a rank's tokens for all the experts that they are routed to.
double copied_bytes(const CostContext& c) {
  const auto& m = *c.model;
  const double own = static_cast<double>(c.sharding.micro_batch * c.sharding.seq_len) /
                     static_cast<double>(c.sharding.cp * c.sharding.tp);
  const std::int64_t width = m.moe.latent > 0 ? m.moe.latent : m.hidden;
  return own * static_cast<double>(m.moe.topk) * static_cast<double>(width) * kActivationBytes;
}

Exposed expert_parallel(const CostContext& c, double forward, double backward) {
  Exposed r;
  if (c.sharding.ep > 1) {
    const double one =
        c.collectives->all_to_all(c.placements.expert, routed_bytes(c), c.shared->moe_imbalance);
    // DualPipe pairs a forward with a backward micro-batch so that each hides the other's exchange.
    const double paired = c.plan.schedule == Schedule::kDualPipe ? c.software->ep_overlap_when_asked : 0;
    const double overlap = std::max(c.software->ep_hidden(), paired);
    r.forward += exposed(2 * one, overlap, forward);
    r.backward += exposed(2 * one, overlap, backward);
  }
  if (c.sharding.etp > 1) {
    const double bytes = copied_bytes(c) * static_cast<double>(c.sharding.etp);
    const double pair = c.collectives->all_gather(c.placements.expert_tensor, bytes) +
                        c.collectives->reduce_scatter(c.placements.expert_tensor, bytes);
    r.forward += pair;
    r.backward += pair;
  }
  return r;
}

}  // namespace

double hidden_bytes(const CostContext& c) {
  return tokens_of_rank(c) * static_cast<double>(c.model->hidden) * kActivationBytes;
}

double routed_bytes(const CostContext& c) {
  const double copies = copied_bytes(c);
  if (c.software->moe_dispatch != MoeDispatch::kFused) return copies;
  // One copy per domain that the token meets.
  const double domains = static_cast<double>(std::max<std::int64_t>(1, c.placements.expert.domains()));
  const double k = static_cast<double>(c.model->moe.topk);
  const double met = domains > 1 ? kernels::reached(k, domains) : k;
  return copies * std::min(1.0, met / k);
}

double key_value_bytes(const workload::AttentionCore& a) {
  return static_cast<double>(a.batch * a.kv_heads * a.kv_len * (a.qk_dim + a.v_dim)) * kActivationBytes;
}

LayerCost& LayerCost::add(const LayerCost& o, double times) {
  forward_products += times * o.forward_products;
  forward_attention += times * o.forward_attention;
  backward_products += times * o.backward_products;
  weight_gradient += times * o.weight_gradient;
  backward_attention += times * o.backward_attention;
  recompute += times * o.recompute;
  launch_forward += times * o.launch_forward;
  launch_backward += times * o.launch_backward;
  tp_forward += times * o.tp_forward;
  tp_backward += times * o.tp_backward;
  cp_forward += times * o.cp_forward;
  cp_backward += times * o.cp_backward;
  ep_forward += times * o.ep_forward;
  ep_backward += times * o.ep_backward;
  return *this;
}

LayerCost layer_cost(const CostContext& c, workload::LayerKind kind, const OperatorTimes& times) {
  // Full recompute of a layer communicates again as well.
  const double anew = c.plan.recompute.kind == RecomputeKind::kFull ? c.full_recompute_share : 0;
  const catalog::LayerShape shape = workload::shape_of(*c.model, kind);
  const double blocks = (shape.has_attention() || shape.has_state() ? 1 : 0) + (shape.ffn > 0 ? 1 : 0);
  const Exposed tp = tensor_parallel(c, blocks, times.weight_gradient);
  const Exposed cp = context_parallel(c, times.attention, times.forward.attention, times.backward.attention);
  const Exposed ep =
      kind.moe ? expert_parallel(c, times.forward.products, times.backward.products) : Exposed{};
  const double communication =
      (1 + anew) * (tp.forward + cp.forward + ep.forward) + tp.backward + cp.backward + ep.backward;
  HostWork host;
  double collectives = 0;  // beside modules of fixed shapes, such as the norms
  if (c.sharding.tp > 1) collectives += c.sharding.sequence_parallel ? 4 : 2;
  if (c.sharding.cp > 1) collectives += 2;
  host.forward = issued_share(c, Module::kNorm) * collectives;
  if (kind.moe && c.sharding.ep > 1) host.forward += 2 * issued_share(c, Module::kPermute);
  host.backward = host.forward;
  host.routed = kind.moe;
  if (kind.moe && c.sharding.ep > 1 && c.software->ep_overlapped) host.pieces = c.shared->overlapped_issue;
  LayerCost r = to_cost(c, times, again(c, times), communication, host);
  r.tp_forward = tp.forward;
  r.tp_backward = tp.backward + anew * tp.forward;
  r.cp_forward = cp.forward;
  r.cp_backward = cp.backward + anew * cp.forward;
  r.ep_forward = ep.forward;
  r.ep_backward = ep.backward + anew * ep.forward;
  return r;
}

LayerCost embedding_cost(const CostContext& c, const OperatorTimes& times) {
  LayerCost r = to_cost(c, times, again(c, times), 0, {});
  if (c.sharding.tp > 1) {
    const double bytes = hidden_bytes(c);
    r.tp_forward = c.sharding.sequence_parallel ? c.collectives->reduce_scatter(c.placements.tensor, bytes)
                                                : c.collectives->all_reduce(c.placements.tensor, bytes);
    if (c.sharding.sequence_parallel) r.tp_backward = c.collectives->all_gather(c.placements.tensor, bytes);
  }
  return r;
}

LayerCost head_cost(const CostContext& c, const OperatorTimes& times) {
  LayerCost r = to_cost(c, times, {}, 0, {});  // the head is never recomputed
  if (c.sharding.tp > 1 && c.software->gathered_logits) {
    // Every rank gathers and passes over all columns of the logits, not its share.
    const double all = tokens_of_rank(c) * static_cast<double>(c.model->vocab) * kActivationBytes;
    const auto list = workload::head_operators(*c.model, c.sharding, c.software->fused_cross_entropy);
    for (const MemoryKernel& k : list.memory())
      if (k.module == Module::kLoss) {
        const double more = static_cast<double>(c.sharding.tp - 1);
        r.forward_products += kernels::memory_bound_seconds(c.high, more * k.forward_bytes);
        r.backward_products += kernels::memory_bound_seconds(c.high, more * k.backward_bytes);
      }
    r.tp_forward += c.collectives->all_gather(c.placements.tensor, all);
  }
  if (c.sharding.tp > 1) {
    const double bytes = hidden_bytes(c);
    // Maximum, target logit and sum of the vocabulary-parallel loss: 4 bytes per token each.
    const double loss = 3 * c.collectives->all_reduce(c.placements.tensor, 4 * tokens_of_rank(c));
    if (c.sharding.sequence_parallel) {
      r.tp_forward += c.collectives->all_gather(c.placements.tensor, bytes) + loss;
      r.tp_backward = c.collectives->reduce_scatter(c.placements.tensor, bytes);
    } else {
      r.tp_forward += loss;
      r.tp_backward = exposed(c.collectives->all_reduce(c.placements.tensor, bytes),
                              c.software->tp_backward_overlap, times.weight_gradient);
    }
  }
  return r;
}

}  // namespace gigawatt::step
