#include "gigawatt/workload/parameters.h"

namespace gigawatt::workload {
namespace {

std::int64_t attention_parameters(const catalog::Model& m) {
  const std::int64_t h = m.hidden;
  const std::int64_t heads = m.heads;
  std::int64_t n = 0;
  if (m.attention == catalog::AttentionKind::kMla) {
    const auto& l = m.mla;
    const std::int64_t qk = l.qk_nope_dim + l.qk_rope_dim;
    n += l.q_lora_rank > 0 ? h * l.q_lora_rank + l.q_lora_rank + l.q_lora_rank * heads * qk : h * heads * qk;
    n += h * (l.kv_lora_rank + l.qk_rope_dim) + l.kv_lora_rank;
    n += l.kv_lora_rank * heads * (l.qk_nope_dim + l.v_head_dim);
    n += heads * l.v_head_dim * h;
  } else {
    const std::int64_t q = heads * m.head_dim;
    const std::int64_t kv = m.kv_heads * m.head_dim;
    n += h * q + 2 * h * kv + q * h;
    if (m.qkv_bias) n += q + 2 * kv;
  }
  if (m.out_bias) n += h;
  if (m.qk_norm) n += 2 * m.head_dim;
  if (m.attention_sinks) n += heads;
  return n;
}

std::int64_t ffn_parameters(const catalog::Model& m, std::int64_t width) {
  const std::int64_t inputs = m.ffn_gated ? 2 : 1;
  std::int64_t n = (inputs + 1) * m.hidden * width;
  if (m.mlp_bias && width > 0) n += inputs * width + m.hidden;
  return n;
}

}  // namespace

bool is_moe_layer(const catalog::Model& model, std::int64_t index) {
  if (!model.is_moe() || index < model.moe.first_dense_layers) return false;
  const std::int64_t period = model.moe.layer_period;
  return period <= 1 || (index + 1) % period == 0;
}

bool is_full_attention_layer(const catalog::Model& model, std::int64_t index) {
  if (model.window <= 0) return true;
  const std::int64_t period = model.full_attention_period;
  return period >= 1 && (index + 1) % period == 0;
}

ParameterCount count_parameters(const catalog::Model& m) {
  const std::int64_t h = m.hidden;
  const std::int64_t norm = m.norm == catalog::NormKind::kLayer ? 2 * h : h;
  ParameterCount c;
  c.embedding = m.vocab * h + m.max_positions * h + (m.extra_embedding_norm ? norm : 0);
  c.head = m.tied_embeddings ? 0 : m.vocab * h;
  c.final_norm = norm;
  c.attention = attention_parameters(m);
  c.norms = (m.post_norms ? 4 : 2) * norm;
  c.dense_ffn = ffn_parameters(m, m.ffn);
  if (m.is_moe()) {
    c.router = m.moe.experts * h + (m.moe.router_bias ? m.moe.experts : 0) + (m.moe.gated_shared ? h : 0);
    c.expert = ffn_parameters(m, m.moe.expert_ffn);
    c.shared_expert = ffn_parameters(m, m.moe.shared_ffn);
  }
  for (std::int64_t i = 0; i < m.layers; ++i) (is_moe_layer(m, i) ? c.moe_layers : c.dense_layers) += 1;

  const std::int64_t moe_fixed = c.attention + c.norms + c.router + c.shared_expert;
  const std::int64_t shared =
      c.embedding + c.head + c.final_norm + c.dense_layers * (c.attention + c.norms + c.dense_ffn);
  c.total = shared + c.moe_layers * (moe_fixed + m.moe.experts * c.expert);
  c.active = shared + c.moe_layers * (moe_fixed + m.moe.topk * c.expert);
  if (m.mtp_layers > 0) {
    // One whole layer, the 2h -> h projection, and norms of both inputs and of the output.
    const std::int64_t layer =
        m.is_moe() ? moe_fixed + m.moe.experts * c.expert : c.attention + c.norms + c.dense_ffn;
    c.mtp = m.mtp_layers * (layer + 2 * h * h + 3 * norm);
  }
  return c;
}

}  // namespace gigawatt::workload
