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
  return kernels::grouped_gemm_seconds(chip, {p.groups, m, whole(n), whole(k), c.shared->moe_imbalance},
                                       precision);
}

/// The rows are the inner dimension; experts have each their own k x n result. Both operands are at hand in the
/// low precision: the forward pass cast the input, the data gradient cast the output's gradient.
double weight_gradient_seconds(const CostContext& c, const MatrixProduct& p) {
  const auto precision = p.low_precision ? c.plan.precision : catalog::Precision::kBf16;
  const double rows = p.m / static_cast<double>(p.groups);
  return kernels::gemm_seconds(p.low_precision ? c.low_cast : c.high,
                               {whole(p.k), whole(p.n), whole(rows), p.groups}, precision);
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

OperatorTimes run_operators(const CostContext& c, const workload::OperatorList& list) {
  OperatorTimes r;
  const SoftwareProfile& s = *c.software;
  const auto record = [&](Module module, double seconds, double kernels) {
    kernels *= issued_share(c, module);
    r.operators[static_cast<std::size_t>(r.count++)] = {module, seconds, kernels};
    r.forward.products += seconds;
    r.forward.kernels += kernels;
  };
  for (const MatrixProduct& p : list.products()) {
    // Libraries without a grouped kernel launch one product (and its casts) per expert.
    const double each = p.groups > 1 && !s.grouped_products
                            ? 1 + c.shared->expert_issue * (static_cast<double>(p.groups) - 1)
                            : 1;
    const double kernels = (1 + casts(c, p)) * s.kernels_per_operator * each;
    record(p.module, product_seconds(c, p, p.m, p.n, p.k), kernels);
    r.backward.products += product_seconds(c, p, p.m, p.k, p.n);
    r.backward.kernels += kernels * issued_share(c, p.module);
    if (c.frozen_weights) continue;
    const double weight = weight_gradient_seconds(c, p);
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
  return run_operators(c, workload::layer_operators(*c.model, kind, c.sharding));
}

OperatorTimes embedding_times(const CostContext& c) {
  return run_operators(c, workload::embedding_operators(*c.model, c.sharding));
}

OperatorTimes head_times(const CostContext& c) {
  return run_operators(c, workload::head_operators(*c.model, c.sharding, c.software->fused_cross_entropy));
}

}  // namespace gigawatt::step
