#include "gigawatt/step/operator_times.h"

#include <algorithm>
#include <cmath>

namespace gigawatt::step {
namespace {

using workload::MatrixProduct;
using workload::MemoryKernel;
using workload::Module;

std::int64_t whole(double x) { return static_cast<std::int64_t>(std::llround(std::max(1.0, x))); }

double product_seconds(const CostContext& c, const MatrixProduct& p, double m, double n, double k) {
  const bool low = p.low_precision;
  const auto precision = low ? c.plan.precision : catalog::Precision::kBf16;
  const kernels::ChipModel& chip = low ? c.low : c.high;
  if (p.groups <= 1) return kernels::gemm_seconds(chip, {whole(m), whole(n), whole(k), 1}, precision);
  return (c.software->ragged_experts ? c.shared->ragged_time : 1) *
         kernels::grouped_gemm_seconds(chip, {p.groups, m, whole(n), whole(k), c.shared->moe_imbalance},
                                       precision);
}

/// The rows are the inner dimension; experts have each their own k x n result. Both operands are at hand in the
/// low precision: the forward pass cast the input, the data gradient cast the output's gradient.
double weight_gradient_seconds(const CostContext& c, const MatrixProduct& p) {
  const auto precision = p.low_precision ? c.plan.precision : catalog::Precision::kBf16;
  const double rows = p.m / static_cast<double>(p.groups);
  return (p.groups > 1 && c.software->ragged_experts ? c.shared->ragged_time : 1) *
         kernels::gemm_seconds(p.low_precision ? c.low_cast : c.high,
                               {whole(p.k), whole(p.n), whole(rows), p.groups}, precision);
}

/// Adding a weight gradient to what earlier micro-batches left: read and written at the width at which it is held,
/// where a plain product writes 16 bits once. (Fully sharded, the same is copied into the buffer of its reduction.)
double accumulation_seconds(const CostContext& c, const MatrixProduct& p) {
  const double bytes = 2 * std::min(4.0, c.software->gradient_bytes) - kActivationBytes;
  const double elements = static_cast<double>(p.groups) * p.n * p.k;
  return c.shared->accumulation_share * elements * bytes /
         (c.high.memory_bandwidth * c.high.kernel.memory_efficiency);
}

double casts(const CostContext& c, const MatrixProduct& p) {
  return p.low_precision && kernels::element_bytes(c.plan.precision) < kActivationBytes ? 1 : 0;
}

bool is_flash(const CostContext& c) { return c.plan.flash_attention; }

/// Attention through an s x s matrix in memory: batched products, and the passes of scale, mask, softmax, dropout.
/// Scores are computed in 16 bits also where products take fewer, in 32 where the plan does.
catalog::Precision core_precision(const CostContext& c) {
  return kernels::element_bytes(c.plan.precision) > 2 ? c.plan.precision : catalog::Precision::kBf16;
}

double unfused_core(const CostContext& c, const workload::AttentionCore& a, kernels::Direction direction) {
  const bool backward = direction == kernels::Direction::kBackward;
  const std::int64_t products = a.batch * a.heads;
  const auto precision = core_precision(c);
  const double once = kernels::gemm_seconds(c.high, {a.q_len, a.kv_len, a.qk_dim, products}, precision) +
                      kernels::gemm_seconds(c.high, {a.q_len, a.v_dim, a.kv_len, products}, precision);
  const double scores =
      static_cast<double>(products) * static_cast<double>(a.q_len) * static_cast<double>(a.kv_len);
  const double passes = c.software->attention_without_flash == AttentionKernel::kUnfused
                            ? c.shared->score_passes_unfused
                            : c.shared->score_passes_fused;
  return (backward ? 2 : 1) * once +
         kernels::memory_bound_seconds(c.high, passes * scores * kActivationBytes);
}

double attention_core(const CostContext& c, const workload::AttentionCore& a, kernels::Direction direction) {
  if (!is_flash(c)) return unfused_core(c, a, direction);
  // Packed samples and chunks attend to themselves: as many shorter sequences.
  std::int64_t length = c.packed_tokens > 0 ? std::min(c.packed_tokens, a.kv_len) : a.kv_len;
  if (a.chunked) length = std::min(length, a.window);
  if (length < a.kv_len) {
    const std::int64_t samples = (a.kv_len + length - 1) / length;
    const kernels::AttentionShape packed{
        a.batch * samples,       a.heads, a.kv_heads, length, length, a.qk_dim, a.v_dim, true,
        a.chunked ? 0 : a.window};
    return static_cast<double>(a.q_len) / static_cast<double>(a.kv_len) * c.attention_scale *
           kernels::attention_seconds(c.high, packed, direction, true, core_precision(c));
  }
  // A context-parallel rank has its balanced share of the whole causal triangle.
  const kernels::AttentionShape shape{a.batch,  a.heads, a.kv_heads, a.kv_len, a.kv_len,
                                      a.qk_dim, a.v_dim, true,       a.window};
  const double share = static_cast<double>(a.q_len) / static_cast<double>(a.kv_len);
  return share * c.attention_scale *
         kernels::attention_seconds(c.high, shape, direction, true, core_precision(c));
}

/// Whether a graph of layers holds a module: its shapes are the same in every step. What experts get from the router are
/// not, unless they run without reading sizes back; embedding, head and loss are no layers (Megatron-Core, user guide
/// "CUDA Graph": attn, mlp, moe_router with the shared experts and moe_preprocess are captured, dispatch and experts
/// that drop no tokens are not).
bool fixed_shapes(const SoftwareProfile& s, Module module) {
  switch (module) {
    case Module::kPermute:
    case Module::kExperts:
    case Module::kExpertActivation: return s.sync_free_moe;
    case Module::kEmbedding:
    case Module::kHead:
    case Module::kLoss: return false;
    default: return true;
  }
}

}  // namespace

double issued_share(const CostContext& c, Module module) {
  const double coverage = c.plan.cuda_graph ? c.software->graph_coverage : 0;
  return coverage >= 1 || fixed_shapes(*c.software, module) ? 1 - coverage : 1;
}

namespace {

/// Products that hide tensor-parallel traffic run in as many pieces as the group has ranks: all forward ones and half of
/// the data gradients (Transformer Engine: the others run beside whole products).
double chunks(const CostContext& c, const MatrixProduct& p) {
  const bool hides =
      c.sharding.tp > 1 && c.sharding.sequence_parallel && c.software->tp_hidden(c.frozen_weights) > 0;
  const bool shared = p.module == Module::kAttentionProjection || p.module == Module::kDenseFfn;
  return hides && shared ? static_cast<double>(c.sharding.tp) : 1;
}

/// Whether a frozen product has an adapter beside it.
bool adapted(const CostContext& c, const MatrixProduct& p) {
  const Adapted which = c.software->adapted;
  switch (p.module) {
    case Module::kAttentionProjection:
      // The product out of attention is the one that ends at the width of the layer.
      return which != Adapted::kInputs || p.n != static_cast<double>(c.model->hidden);
    case Module::kMlaDown:
    case Module::kMlaUp: return true;
    case Module::kDenseFfn:
    case Module::kSharedExpert:
    case Module::kStateProjection: return which == Adapted::kAll;
    default: return false;
  }
}

/// An adapter beside a product of m rows, k inputs and n outputs: two products of a rank so small that they take as long
/// as their wide operands take in memory (forward x A and t B, backward the gradients of A and B, of t and of x), and
/// sums of their results with the frozen product's: three passes over the output forward, over the input backward. What B
/// gives, and its gradient, are scaled by alpha over the rank in a kernel of its own (Megatron-Bridge's ParallelLinearAdapter,
/// PEFT's LoraLayer): two passes each. The frozen product is the last that was recorded.
void add_adapter(const CostContext& c, const MatrixProduct& p, OperatorTimes& r) {
  const SoftwareProfile& s = *c.software;
  const double pass = s.elementwise_passes * (s.compiled ? 1 : c.shared->eager_passes);
  const double sum = 3 * pass, scale = 2 * pass;
  const double issued = s.kernels_per_operator * issued_share(c, p.module);
  const double seconds =
      kernels::memory_bound_seconds(c.high, kActivationBytes * p.m * (p.k + (1 + scale + sum) * p.n));
  auto& frozen = r.operators[static_cast<std::size_t>(r.count - 1)];  // what is done again does both again
  frozen.seconds += seconds;
  frozen.kernels += 4 * issued;
  r.forward.products += seconds;
  r.forward.kernels += 4 * issued;
  r.backward.products +=
      kernels::memory_bound_seconds(c.high, kActivationBytes * p.m * ((2 + scale) * p.n + (2 + sum) * p.k));
  r.backward.kernels += 6 * issued;
}

/// Time of a recurrence in chunks over its FLOPs and bytes at the data sheet's rates; 0: element by element.
double mixer_time(const CostContext& c, catalog::StateKind kind) {
  switch (kind) {
    case catalog::StateKind::kGatedDelta: return c.mixers->gated_delta;
    case catalog::StateKind::kKimiDelta: return c.mixers->kimi_delta;
    case catalog::StateKind::kMamba2:
    case catalog::StateKind::kLinear: return c.mixers->state_space;
    default: return 0;
  }
}

/// Time of a memory-bound kernel of a recurrence over its bytes at the memory's bandwidth; 0: another kernel.
double state_time(const CostContext& c, Module module, double mixer) {
  if (module == Module::kStateConvolution) return c.mixers->convolution;
  return module == Module::kStateCore ? mixer : 0;
}

/// `mixer`: see `mixer_time`.
OperatorTimes run_operators(const CostContext& c, const workload::OperatorList& list, double mixer = 0) {
  OperatorTimes r;
  const SoftwareProfile& s = *c.software;
  const auto record = [&](Module module, double seconds, double kernels) {
    kernels *= issued_share(c, module);
    r.operators[static_cast<std::size_t>(r.count++)] = {module, seconds, kernels};
    r.forward.products += seconds;
    r.forward.kernels += kernels;
  };
  const double peak = c.high.peak(catalog::Precision::kBf16);
  const double bandwidth = c.high.memory_bandwidth;
  for (const MatrixProduct& p : list.products()) {
    if (p.module == Module::kStateCore) {
      const double seconds = mixer * p.flops() / peak;
      record(p.module, seconds, s.kernels_per_operator);
      r.backward.products += 2 * seconds;
      r.backward.kernels += 2 * s.kernels_per_operator * issued_share(c, p.module);
      continue;
    }
    // Libraries without a grouped kernel launch one product (and its casts) per expert.
    const double each = p.groups > 1 && !s.grouped_products
                            ? 1 + c.shared->expert_issue * (static_cast<double>(p.groups) - 1)
                            : 1;
    const double kernels = (1 + casts(c, p)) * s.kernels_per_operator * each;
    const double parts = chunks(c, p);
    record(p.module, parts * product_seconds(c, p, p.m / parts, p.n, p.k), kernels);
    const double whole_gradient = product_seconds(c, p, p.m, p.k, p.n);
    r.backward.products += parts > 1
                               ? (whole_gradient + parts * product_seconds(c, p, p.m / parts, p.k, p.n)) / 2
                               : whole_gradient;
    r.backward.kernels += kernels * issued_share(c, p.module);
    if (c.frozen_weights) {
      if (adapted(c, p)) add_adapter(c, p, r);
      continue;
    }
    const double weight = weight_gradient_seconds(c, p) + accumulation_seconds(c, p);
    r.backward.products += weight;
    r.weight_gradient += weight;
    r.backward.kernels += s.kernels_per_operator * each * issued_share(c, p.module);
  }
  for (const MemoryKernel& k : list.memory()) {
    const bool loose_norm = k.module == Module::kNorm && !s.fused_norm;
    double passes =
        k.module == Module::kLoss ? 1 : s.elementwise_passes * (s.compiled ? 1 : c.shared->eager_passes);
    if (loose_norm) passes = c.shared->unfused_norm_passes;
    if (k.module == Module::kPermute && s.moe_dispatch == MoeDispatch::kAllToAll)
      passes *= c.shared->permute_passes;
    const double more = loose_norm ? c.shared->unfused_norm_passes : 1;
    if (const double slow = state_time(c, k.module, mixer); slow > 0) {
      record(k.module, slow * k.forward_bytes / bandwidth, k.kernels_forward * s.kernels_per_operator);
      r.backward.products += slow * k.backward_bytes / bandwidth;
      r.backward.kernels += k.kernels_backward * s.kernels_per_operator * issued_share(c, k.module);
      continue;
    }
    record(k.module, kernels::memory_bound_seconds(c.high, k.forward_bytes * passes),
           k.kernels_forward * s.kernels_per_operator * more);
    r.backward.products += kernels::memory_bound_seconds(c.high, k.backward_bytes * passes);
    r.backward.kernels += k.kernels_backward * s.kernels_per_operator * more * issued_share(c, k.module);
  }
  if (list.has_attention) {
    r.attention = list.attention;
    const double issued = s.kernels_per_operator * issued_share(c, Module::kAttentionCore);
    r.attention_kernels = (is_flash(c) ? 1 : 6) * issued;
    r.forward.attention += attention_core(c, list.attention, kernels::Direction::kForward);
    r.forward.kernels += r.attention_kernels;
    r.backward.attention += attention_core(c, list.attention, kernels::Direction::kBackward);
    r.backward.kernels += (is_flash(c) ? 3 : 9) * issued;
  }
  return r;
}

}  // namespace

OperatorTimes layer_times(const CostContext& c, workload::LayerKind kind) {
  return run_operators(c, workload::layer_operators(*c.model, kind, c.sharding),
                       mixer_time(c, workload::shape_of(*c.model, kind).state.kind));
}

OperatorTimes embedding_times(const CostContext& c) {
  return run_operators(c, workload::embedding_operators(*c.model, c.sharding));
}

OperatorTimes head_times(const CostContext& c) {
  return run_operators(c, workload::head_operators(*c.model, c.sharding, c.software->fused_cross_entropy));
}

}  // namespace gigawatt::step
