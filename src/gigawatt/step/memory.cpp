#include "gigawatt/step/memory.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "gigawatt/base/real.h"

namespace gigawatt::step {
namespace {

using base::real;

bool drops(const CostContext& c, RecomputeModule m) {
  return c.plan.recompute.kind == RecomputeKind::kModules && (c.plan.recompute.modules & m) != 0;
}

double attention_bytes(const CostContext& c, const catalog::LayerShape& m, const Tokens& t, double input) {
  const double h = real(c.model->hidden);
  const double heads = std::max(1.0, real(m.heads) / real(c.sharding.tp));
  double bytes = 0;
  double out = 0;
  if (m.attention == catalog::AttentionKind::kMla) {
    const auto& l = m.mla;
    const double ranks = real(l.q_lora_rank + l.kv_lora_rank);
    bytes += t.sharded * (input * h + (2 + input) * ranks);
    if (!drops(c, kRecomputeMlaUpProj))
      bytes += t.all * heads * 2 * real(2 * (l.qk_nope_dim + l.qk_rope_dim) + l.v_head_dim);
    out = heads * real(l.v_head_dim);
  } else {
    out = heads * real(m.v_dim());
    const double kv_heads = m.shared_kv ? 0 : std::max(1.0, real(m.kv_heads) / real(c.sharding.tp));
    const double kv = kv_heads * real(m.head_dim + (m.keys_are_values ? 0 : m.v_dim()));
    bytes +=
        (drops(c, kRecomputeLayernorm) ? 0 : t.sharded * input * h) +
        t.all * 2 * (heads * real(m.head_dim) + kv + real(m.gate_width + m.q_rank) / real(c.sharding.tp));
  }
  bytes += t.all * out * (input < 2 ? 2 + input : 2);
  const bool selective =
      c.plan.recompute.kind == RecomputeKind::kSelective || drops(c, kRecomputeCoreAttention);
  if (!c.plan.flash_attention && !selective)
    bytes += real(c.sharding.micro_batch) * heads * real(c.sharding.seq_len) * real(c.sharding.seq_len) /
             real(c.sharding.cp) * c.software->score_bytes;
  return bytes;
}

/// The projections' results, those of the convolution, what the state gives and what its gate makes of it; the states
/// themselves are computed again in the backward pass, as all published kernels do.
double mixer_bytes(const CostContext& c, const catalog::LayerShape& m, const Tokens& t, double input) {
  const auto& x = m.state;
  return t.sharded * input * real(c.model->hidden) +
         t.all * 2 * real(x.in_width + x.conv_channels + 2 * x.out_width) / real(c.sharding.tp);
}

double ffn_bytes(const catalog::LayerShape& m, double tokens, double width, double input, bool keep_inner,
                 bool keep_activation) {
  const double inputs = m.ffn_gated ? 2 : 1;
  return tokens * width * ((keep_inner ? 2 * inputs : 0) + (keep_activation ? input : 0));
}

/// Elements of the layer's FFN that pass its gate.
double gate_elements(const CostContext& c, const Tokens& t, const catalog::LayerShape& m) {
  double elements = t.all * real(m.ffn) / real(c.sharding.tp);
  if (m.moe.experts > 0)
    elements += t.routed * real(m.moe.expert_ffn) / real(c.sharding.etp) +
                t.all * real(m.moe.shared_ffn) / real(c.sharding.tp);
  return elements;
}

}  // namespace

Tokens tokens_of(const CostContext& c) {
  const auto& s = c.sharding;
  const double all = real(s.micro_batch * s.seq_len) / real(s.cp);
  const double routed = all / real(s.tp) * real(c.model->moe.topk) * real(s.etp) * c.shared->moe_imbalance;
  return {all, s.sequence_parallel ? all / real(s.tp) : all, routed};
}

double layer_activation_bytes(const CostContext& c, workload::LayerKind kind) {
  const catalog::LayerShape m = workload::shape_of(*c.model, kind);
  const Tokens t = tokens_of(c);
  const double h = real(c.model->hidden);
  const double tp = real(c.sharding.tp);
  const double input = std::min(2.0, kernels::element_bytes(c.plan.precision)) *
                       (kernels::element_bytes(c.plan.precision) < 2 ? c.software->saved_input_copies : 1);
  const bool mixes = m.has_attention() || m.has_state();
  const bool feeds = m.ffn > 0 || m.moe.experts > 0;
  const double blocks = (mixes ? 1 : 0) + (feeds ? 1 : 0);
  double bytes = t.sharded * h * blocks * (2 + (c.software->dropout ? 1 : 0));  // inputs of the norms, masks
  if (m.has_attention()) bytes += attention_bytes(c, m, t, input);
  if (m.has_state()) bytes += mixer_bytes(c, m, t, input);
  // Eager code keeps what fused kernels compute again: 32-bit casts of the norms, the gate's activation.
  if (!c.software->fused_norm && c.software->keeps_norm_casts) bytes += blocks * 8 * t.sharded * h;
  if (!c.software->compiled && m.ffn_gated && feeds) bytes += 2 * gate_elements(c, t, m);
  if (m.ffn > 0) {
    if (!drops(c, kRecomputeLayernorm)) bytes += t.sharded * h * input;
    const bool keep = !drops(c, kRecomputeMlp);
    // Chosen tensor by tensor, what goes into a dropped FFN is made again from the attention's result.
    if (!keep && c.software->recompute_by_tensor) bytes -= 2 * t.sharded * h;
    bytes += ffn_bytes(m, t.all, real(m.ffn) / tp, input, keep, keep);
  }
  if (m.moe.experts == 0) return bytes;
  bytes += t.sharded * h * 2;  // router's input
  if (!drops(c, kRecomputeMoe)) {
    bytes += t.routed * (m.moe.latent > 0 ? real(m.moe.latent) : h) * input;
    bytes += ffn_bytes(m, t.routed, real(m.moe.expert_ffn) / real(c.sharding.etp), input, true,
                       !drops(c, kRecomputeMoeAct));
  }
  if (m.moe.shared_ffn > 0 && !drops(c, kRecomputeSharedExperts))
    bytes += ffn_bytes(m, t.all, real(m.moe.shared_ffn) / tp, input, true, true);
  return bytes;
}

StateBytes state_bytes(const StepFrame& frame, const ParallelPlan& plan, const StageWeights& p) {
  const SoftwareProfile& software = *frame.request.software;
  const bool frozen = frame.request.kind == TrainingKind::kLora;
  const double dense_ranks = plan.shard_group > 0 ? plan.shard_group : real(plan.dp) * plan.cp;
  const double expert_ranks = std::max(1.0, real(plan.dp) * plan.cp * plan.tp / (real(plan.ep) * plan.etp));
  const bool low = kernels::element_bytes(plan.precision) < 2;
  const bool z1 = plan.zero_stage >= 1;
  const bool whole = holds_whole_gradients(frame.request, plan);
  const bool z3 = plan.zero_stage >= 3;
  const double cast_bytes = low ? (frozen ? 1.0 : software.low_precision_weight_bytes) : 2.0;
  // Frozen weights have no 32-bit copy: their shards are as wide as what is computed with.
  const double sharded_bytes = software.fsdp_fp32_weights && !frozen ? 4.0 : 2.0;
  const double weight_bytes = z3 ? sharded_bytes : cast_bytes;
  const double gradient_bytes = software.gradient_bytes;
  const double optimizer_bytes = (z3 && software.fsdp_fp32_weights ? 8 : 12) * software.optimizer_state_scale;
  const double dense = frozen ? 0 : p.dense;
  const double expert = frozen ? 0 : p.expert;
  StateBytes r;
  // Codes of fewer bits stay what they are until they are used; embedding and head are not quantized.
  const auto stored = [&](double bits) {
    return frozen && bits < 16 ? std::min(weight_bytes, bits / 8) : weight_bytes;
  };
  r.weights = (stored(frame.request.frozen_bits) * (p.dense - p.outer) + weight_bytes * p.outer) /
                  (z3 ? dense_ranks : 1) +
              stored(frame.request.frozen_expert_bits) * p.expert / (z3 ? expert_ranks : 1);
  r.gradients = gradient_bytes * (dense / (whole ? 1 : dense_ranks) + expert / (whole ? 1 : expert_ranks));
  if (!whole && plan.zero_stage == 2 && plan.pp > 1 && micro_batches(frame.request, plan) > 1)
    r.gradients += gradient_bytes * (dense + expert) / plan.vpp;  // the chunk at work
  (plan.offload_optimizer ? r.host : r.optimizer) =
      optimizer_bytes * (dense / (z1 ? dense_ranks : 1) + expert / (z1 ? expert_ranks : 1));
  if (z3)
    r.buffers = software.gathered_layers * p.largest_layer * (2 + gradient_bytes);
  else if (plan.dp > 1 && z1)
    r.buffers = software.bucket_bytes;
  return r;
}

namespace {

/// Offloaded layer by layer, the device holds what the layer at work keeps and what is on its way.
double resident_share(const StageRun& run) {
  constexpr double kResidentLayers = 2;
  const double layers = std::accumulate(run.layers.begin(), run.layers.end(), 0.0);
  return layers > 0 ? std::min(1.0, kResidentLayers / layers) : 1;
}

/// Of equal stages the first of a run holds most micro-batches.
WorkBytes work_of(const ParallelPlan& plan, const LayerSet& layers, const StageRun& run,
                  const StageCost& cost, std::int32_t micro_batches) {
  double in_flight = std::min<double>(micro_batches, plan.pp - run.begin);
  const double vpp = plan.vpp;
  if (plan.vpp > 1)
    in_flight =
        std::min<double>(micro_batches * vpp, 2.0 * (plan.pp - run.begin - 1) + (vpp - 1) * plan.pp + 1) /
        vpp;
  if (plan.schedule == Schedule::kDualPipe) in_flight = std::min<double>(micro_batches, plan.pp + 1);
  WorkBytes w;
  w.activations = cost.activations * (plan.offload_activations ? resident_share(run) : in_flight);
  if (plan.offload_activations) w.host = std::max(0.0, cost.activations * in_flight - w.activations);
  if (run.first) w.activations += in_flight * layers.stage_input;
  if (run.last) w.logits = layers.logits;
  // The layer at work: under recompute its activations live whole; gradients of its largest tensors besides.
  const double of_chunk = std::accumulate(run.layers.begin(), run.layers.end(), 0.0) / vpp;
  const double live =
      layers.live_layers > 1 ? std::max(1.0, std::min(layers.live_layers, of_chunk)) : layers.live_layers;
  w.buffers = live * cost.largest_whole + layers.at_work;
  return w;
}

double allocated_bytes(const StateBytes& state, const WorkBytes& work) {
  return state.total() + work.activations + work.logits + (work.buffers + state.buffers);
}

/// DualPipe keeps the stage of the opposite direction too: its weights and gradients, while the optimizer's states are
/// spread over both copies.
StateBytes state_of(const ParallelPlan& plan, const StageTable& stages, std::span<const StateBytes> states,
                    std::size_t i) {
  StateBytes s = states[i];
  if (plan.schedule != Schedule::kDualPipe || plan.pp == 1) return s;
  const std::int32_t mirror = plan.pp - 1 - stages.runs[i].begin;
  std::size_t j = 0;
  while (mirror >= stages.runs[j].begin + stages.runs[j].count) ++j;
  s.weights += states[j].weights;
  s.gradients += states[j].gradients;
  return s;
}

double reserved_bytes(const StepFrame& frame, const ParallelPlan& plan, double allocated) {
  const SoftwareProfile& software = *frame.request.software;
  double bytes =
      software.context_bytes + (software.planned_memory ? 0 : frame.shared->fragmentation * allocated);
  if (plan.cuda_graph) bytes += plan.pp > 1 ? software.graph_bytes_pipelined : software.graph_bytes;
  return bytes;
}

}  // namespace

void work_bytes(const ParallelPlan& plan, const LayerSet& layers, const StageTable& stages, std::int32_t n,
                std::vector<WorkBytes>& out) {
  out.clear();
  for (std::size_t i = 0; i < stages.runs.size(); ++i)
    out.push_back(work_of(plan, layers, stages.runs[i], stages.costs[i], n));
}

double peak_bytes(const StepFrame& frame, const ParallelPlan& plan, const StageTable& stages,
                  std::span<const StateBytes> states, std::span<const WorkBytes> work) {
  double peak = -1;
  for (std::size_t i = 0; i < stages.runs.size(); ++i) {
    const double allocated = allocated_bytes(state_of(plan, stages, states, i), work[i]);
    peak = std::max(peak, allocated + reserved_bytes(frame, plan, allocated));
  }
  return peak;
}

double host_bytes(std::span<const StateBytes> states, std::span<const WorkBytes> work) {
  double most = 0;
  for (std::size_t i = 0; i < states.size(); ++i) most = std::max(most, states[i].host + work[i].host);
  return most;
}

double host_limit_bytes(const StepRequest& request) {
  const auto* system = request.system;
  return system != nullptr && system->host_memory.value > 0
             ? system->host_memory.value / system->accelerators_per_node.value
             : std::numeric_limits<double>::infinity();
}

MemoryBreakdown memory_of(const StepFrame& frame, const ParallelPlan& plan, const LayerSet& layers,
                          const StageTable& stages, std::span<const StateBytes> states, std::int32_t n) {
  MemoryBreakdown best;
  best.peak_bytes = -1;
  for (std::size_t i = 0; i < stages.runs.size(); ++i) {
    const WorkBytes work = work_of(plan, layers, stages.runs[i], stages.costs[i], n);
    const StateBytes state = state_of(plan, stages, states, i);
    const double allocated = allocated_bytes(state, work);
    const double peak = allocated + reserved_bytes(frame, plan, allocated);
    best.host_bytes = std::max(best.host_bytes, state.host + work.host);
    if (peak <= best.peak_bytes) continue;
    best.peak_bytes = peak;
    best.allocated_bytes = allocated;
    best.peak_stage = stages.runs[i].begin;
    best[MemoryPart::kWeights] = state.weights;
    best[MemoryPart::kGradients] = state.gradients;
    best[MemoryPart::kOptimizer] = state.optimizer;
    best[MemoryPart::kActivations] = work.activations;
    best[MemoryPart::kLogits] = work.logits;
    best[MemoryPart::kBuffers] = work.buffers + state.buffers;
    best[MemoryPart::kReserve] = reserved_bytes(frame, plan, allocated);
  }
  best.limit_bytes = frame.request.accelerator->memory_bytes;
  best.host_limit_bytes = host_limit_bytes(frame.request);
  best.fits = best.peak_bytes <= best.limit_bytes && best.host_bytes <= best.host_limit_bytes;
  return best;
}

}  // namespace gigawatt::step
