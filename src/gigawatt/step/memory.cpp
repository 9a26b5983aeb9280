#include "gigawatt/step/memory.h"

#include <algorithm>

#include "gigawatt/workload/parameters.h"

namespace gigawatt::step {
namespace {

double real(std::int64_t x) { return static_cast<double>(x); }

struct Tokens {
  double all;
  double sharded;
  double routed;  ///< rows of the rank's experts
};

Tokens tokens_of(const CostContext& c) {
  const auto& s = c.sharding;
  const double all = real(s.micro_batch * s.seq_len) / real(s.cp);
  const double routed = all / real(s.tp) * real(c.model->moe.topk) * real(s.etp) * c.shared->moe_imbalance;
  return {all, s.sequence_parallel ? all / real(s.tp) : all, routed};
}

bool drops(const CostContext& c, RecomputeModule m) {
  return c.plan.recompute.kind == RecomputeKind::kModules && (c.plan.recompute.modules & m) != 0;
}

double attention_bytes(const CostContext& c, const Tokens& t, double input) {
  const auto& m = *c.model;
  const double h = real(m.hidden);
  const double heads = std::max(1.0, real(m.heads) / real(c.sharding.tp));
  double bytes = 0;
  double out = 0;
  if (m.attention == catalog::AttentionKind::kMla) {
    const auto& l = m.mla;
    const double ranks = real(l.q_lora_rank + l.kv_lora_rank);
    bytes += t.sharded * (input * h + (2 + input) * ranks);
    if (!drops(c, kRecomputeMlaUpProj)) bytes += t.all * heads * 2 * real(2 * (l.qk_nope_dim + l.qk_rope_dim) + l.v_head_dim);
    out = heads * real(l.v_head_dim);
  } else {
    out = heads * real(m.head_dim);
    const double kv = std::max(1.0, real(m.kv_heads) / real(c.sharding.tp)) * real(m.head_dim);
    bytes += (drops(c, kRecomputeLayernorm) ? 0 : t.sharded * input * h) + t.all * 2 * (out + 2 * kv);
  }
  bytes += t.all * out * (input < 2 ? 2 + input : 2);
  const bool selective = c.plan.recompute.kind == RecomputeKind::kSelective || drops(c, kRecomputeCoreAttention);
  if (!c.plan.flash_attention && !selective)
    bytes += real(c.sharding.micro_batch) * heads * real(c.sharding.seq_len) * real(c.sharding.seq_len) / real(c.sharding.cp) *
             c.software->score_bytes;
  return bytes;
}

double ffn_bytes(const CostContext& c, double tokens, double width, double input, bool keep_inner, bool keep_activation) {
  const double inputs = c.model->ffn_gated ? 2 : 1;
  return tokens * width * ((keep_inner ? 2 * inputs : 0) + (keep_activation ? input : 0));
}

}  // namespace

double layer_activation_bytes(const CostContext& c, workload::LayerKind kind) {
  const auto& m = *c.model;
  const Tokens t = tokens_of(c);
  const double h = real(m.hidden);
  const double input = std::min(2.0, element_bytes(c.plan.precision)) * (element_bytes(c.plan.precision) < 2 ? c.software->saved_input_copies : 1);
  double bytes = t.sharded * h * (4 + (c.software->dropout ? 2 : 0));  // inputs of both norms, masks
  bytes += attention_bytes(c, t, input);
  // Eager code keeps what fused kernels compute again: 32-bit casts of the norms, the gate's activation.
  if (!c.software->fused_norm) bytes += 2 * 8 * t.sharded * h;
  if (!c.software->compiled && m.ffn_gated) bytes += 2 * t.all * real(m.ffn) / real(c.sharding.tp);
  if (!kind.moe) {
    if (!drops(c, kRecomputeLayernorm)) bytes += t.sharded * h * input;
    const bool keep = !drops(c, kRecomputeMlp);
    bytes += ffn_bytes(c, t.all, real(m.ffn) / real(c.sharding.tp), input, keep, keep);
    return bytes;
  }
  bytes += t.sharded * h * 2;  // router's input
  if (!drops(c, kRecomputeMoe)) {
    bytes += t.routed * h * input;
    bytes += ffn_bytes(c, t.routed, real(m.moe.expert_ffn) / real(c.sharding.etp), input, true, !drops(c, kRecomputeMoeAct));
  }
  if (m.moe.shared_ffn > 0 && !drops(c, kRecomputeSharedExperts))
    bytes += ffn_bytes(c, t.all, real(m.moe.shared_ffn) / real(c.sharding.tp), input, true, true);
  return bytes;
}

MemoryBreakdown memory_of(const StepRequest& request, const CostContext& c, const StageLayout& layout,
                          const SharedCalibration& shared, std::int32_t micro_batches) {
  const auto& m = *c.model;
  const auto& plan = c.plan;
  const SoftwareProfile& software = *c.software;
  const auto count = workload::count_parameters(m);
  const Tokens t = tokens_of(c);
  const double tp = plan.tp;
  const double dense_ranks = plan.shard_group > 0 ? plan.shard_group : real(plan.dp) * plan.cp;
  const double expert_ranks = std::max(1.0, real(plan.dp) * plan.cp * tp / (real(plan.ep) * plan.etp));
  const double h = real(m.hidden);
  const bool low = element_bytes(plan.precision) < 2;

  std::array<double, kLayerKinds> kept{};
  double largest_layer = 0;
  double largest_layer_parameters = 0;
  std::array<double, kLayerKinds> dense_parameters{};
  std::array<double, kLayerKinds> expert_parameters{};
  for (int k = 0; k < kLayerKinds; ++k) {
    const auto kind = kind_of(k);
    const auto i = static_cast<std::size_t>(k);
    const double whole_layer = layer_activation_bytes(c, kind);
    const double share = plan.recompute.kind == RecomputeKind::kFull ? c.full_recompute_share : 0;
    kept[i] = share * t.sharded * h * 2 + (1 - share) * whole_layer;
    if (plan.recompute.kind == RecomputeKind::kSelective) kept[i] *= 1 - software.selective_products;
    const double moe = real(count.shared_expert) / tp + real(count.router);
    dense_parameters[i] = real(count.attention) / tp + real(count.norms) + (kind.moe ? moe : real(count.dense_ffn) / tp);
    expert_parameters[i] = kind.moe ? real(count.expert * m.moe.experts) / (real(plan.ep) * plan.etp) : 0;
  }

  MemoryBreakdown best;
  best.peak_bytes = -1;
  for (std::int32_t stage = 0; stage < layout.stages(); ++stage) {
    const KindCounts kinds = layout.stage(stage);
    double dense = 0;
    double expert = 0;
    double activations = 0;
    for (std::size_t k = 0; k < kinds.size(); ++k) {
      if (kinds[k] == 0) continue;
      dense += kinds[k] * dense_parameters[k];
      expert += kinds[k] * expert_parameters[k];
      activations += kinds[k] * kept[k];
      largest_layer = std::max(largest_layer, layer_activation_bytes(c, kind_of(static_cast<int>(k))));
      largest_layer_parameters = std::max(largest_layer_parameters, dense_parameters[k] + expert_parameters[k]);
    }
    const bool last = stage == layout.stages() - 1;
    if (stage == 0) dense += real(count.embedding) / tp;
    if (last) dense += real(m.tied_embeddings && layout.stages() > 1 ? count.embedding : count.head) / tp + real(count.final_norm);
    const double trained_dense = c.frozen_weights ? 0 : dense;
    const double trained_expert = c.frozen_weights ? 0 : expert;

    const bool z1 = plan.zero_stage >= 1;
    const bool z2 = plan.zero_stage >= 2;
    const bool z3 = plan.zero_stage >= 3;
    const double weight_bytes = z3 ? (software.fsdp_fp32_weights ? 4.0 : 2.0) : (low ? (c.frozen_weights ? 1.0 : software.low_precision_weight_bytes) : 2.0);
    const double gradient_bytes = software.gradient_bytes;
    const double optimizer_bytes = (z3 && software.fsdp_fp32_weights ? 8 : 12) * software.optimizer_state_scale;
    MemoryBreakdown r;
    r[MemoryPart::kWeights] = weight_bytes * (dense / (z3 ? dense_ranks : 1) + expert / (z3 ? expert_ranks : 1));
    r[MemoryPart::kGradients] = gradient_bytes * (trained_dense / (z2 ? dense_ranks : 1) + trained_expert / (z2 ? expert_ranks : 1));
    r[MemoryPart::kOptimizer] = plan.offload_optimizer ? 0 : optimizer_bytes * (trained_dense / (z1 ? dense_ranks : 1) + trained_expert / (z1 ? expert_ranks : 1));

    double in_flight = std::min<double>(micro_batches, layout.stages() - stage);
    const double vpp = plan.vpp;
    if (plan.vpp > 1) in_flight = std::min<double>(micro_batches * vpp, 2.0 * (layout.stages() - stage - 1) + (vpp - 1) * plan.pp + 1) / vpp;
    if (plan.schedule == Schedule::kDualPipe) in_flight = std::min<double>(micro_batches, plan.pp + 1);
    r[MemoryPart::kActivations] = plan.offload_activations ? activations : activations * in_flight;
    if (stage == 0) r[MemoryPart::kActivations] += in_flight * t.sharded * h * 2;
    // The layer at work: under recompute its activations live whole; gradients of its largest tensors besides.
    const double width = real(m.is_moe() ? m.moe.expert_ffn * m.moe.topk : m.ffn) / tp * (m.ffn_gated ? 2 : 1);
    const bool again = plan.recompute.kind == RecomputeKind::kFull;
    r[MemoryPart::kBuffers] = (again ? largest_layer : 0) + 2 * t.all * std::max(width, 2 * h);
    if (z3) r[MemoryPart::kBuffers] += 2 * largest_layer_parameters * (2 + gradient_bytes);
    else if (plan.dp > 1 && z1) r[MemoryPart::kBuffers] += software.bucket_bytes;
    if (last) {
      const double logits = t.all * real(m.vocab) / (software.gathered_logits ? 1 : tp);
      r[MemoryPart::kLogits] = logits * software.logit_bytes;
    }
    double sum = 0;
    for (std::size_t p = 0; p < kMemoryParts; ++p) sum += r.bytes[p];
    r.allocated_bytes = sum;
    r[MemoryPart::kReserve] = software.context_bytes + shared.fragmentation * sum;
    r.peak_bytes = sum + r[MemoryPart::kReserve];
    r.peak_stage = stage;
    if (r.peak_bytes > best.peak_bytes) best = r;
  }
  best.limit_bytes = request.accelerator->memory_bytes;
  best.fits = best.peak_bytes <= best.limit_bytes;
  return best;
}

}  // namespace gigawatt::step
