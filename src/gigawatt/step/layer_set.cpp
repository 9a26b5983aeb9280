#include "gigawatt/step/layer_set.h"

#include <algorithm>

#include "gigawatt/base/real.h"
#include "gigawatt/step/memory.h"

namespace gigawatt::step {
namespace {

using base::real;

/// What experts keep between their products, which selective recompute operator by operator makes again.
double experts_inner_bytes(const CostContext& c, const Tokens& t) {
  const auto& m = *c.model;
  const double tensors = m.ffn_gated ? 3 : 2;
  return t.routed * real(m.moe.expert_ffn) / real(c.sharding.etp) * tensors * kActivationBytes;
}

}  // namespace

LayerTimes::LayerTimes(const CostContext& c, const std::array<bool, kLayerKinds>& present)
    : embedding(embedding_times(c)), head(head_times(c)) {
  for (std::size_t k = 0; k < present.size(); ++k)
    if (present[k]) layer[k] = layer_times(c, kind_of(*c.model, static_cast<int>(k)));
}

LayerSet::LayerSet(const CostContext& c, const LayerTimes& times,
                   const std::array<bool, kLayerKinds>& present)
    : embedding(embedding_cost(c, times.embedding)),
      head(head_cost(c, times.head)),
      heads(1.0 + real(c.model->mtp_layers)) {
  const auto& m = *c.model;
  const Tokens t = tokens_of(c);
  const double h = real(m.hidden);
  const double tp = real(c.sharding.tp);
  const double share = c.plan.recompute.kind == RecomputeKind::kFull ? c.full_recompute_share : 0;
  for (std::size_t k = 0; k < present.size(); ++k) {
    if (!present[k]) continue;
    const auto kind = kind_of(m, static_cast<int>(k));
    cost[k] = layer_cost(c, kind, times.layer[k]);
    whole[k] = layer_activation_bytes(c, kind);
    kept[k] = share * t.sharded * h * 2 / c.plan.recompute.group + (1 - share) * whole[k];
    if (c.plan.recompute.kind == RecomputeKind::kSelective && c.software->selective_products > 0)
      kept[k] = (kept[k] - (kind.moe ? experts_inner_bytes(c, t) : 0)) * (1 - c.software->selective_products);
  }
  const double width = real(m.is_moe() ? m.moe.expert_ffn * m.moe.topk : m.ffn) / tp * (m.ffn_gated ? 2 : 1);
  at_work = 2 * t.all * std::max(width, 2 * h);
  stage_input = t.sharded * h * 2;
  logits = t.all * real(m.vocab) / (c.software->gathered_logits ? 1 : tp) * c.software->logit_bytes;
  live_layers = c.plan.recompute.kind == RecomputeKind::kFull ? c.plan.recompute.group : 0;
}

LayerCost LayerSet::of(const KindCounts& counts, bool first, bool last) const {
  LayerCost sum;
  for (std::size_t k = 0; k < counts.size(); ++k)
    if (counts[k] != 0) sum.add(cost[k], counts[k]);
  if (first) sum.add(embedding, 1);
  if (last) sum.add(head, heads);
  return sum;
}

}  // namespace gigawatt::step
