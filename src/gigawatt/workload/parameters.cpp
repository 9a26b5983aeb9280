#include "gigawatt/workload/parameters.h"

#include <algorithm>

namespace gigawatt::workload {
namespace {

using catalog::LayerShape;
using catalog::NormKind;

std::int64_t latent_parameters(const LayerShape& m, std::int64_t h) {
  const auto& l = m.mla;
  const std::int64_t qk = l.qk_nope_dim + l.qk_rope_dim;
  std::int64_t n =
      l.q_lora_rank > 0 ? h * l.q_lora_rank + l.q_lora_rank + l.q_lora_rank * m.heads * qk : h * m.heads * qk;
  n += h * (l.kv_lora_rank + l.qk_rope_dim) + l.kv_lora_rank;
  n += l.kv_lora_rank * m.heads * (l.qk_nope_dim + l.v_head_dim);
  return n + m.heads * l.v_head_dim * h;
}

std::int64_t grouped_parameters(const LayerShape& m, std::int64_t h) {
  const std::int64_t q = m.heads * m.head_dim;
  const std::int64_t k = m.shared_kv ? 0 : m.kv_heads * m.head_dim;
  const std::int64_t v = m.shared_kv || m.keys_are_values ? 0 : m.kv_heads * m.v_dim();
  const std::int64_t o = m.heads * m.v_dim();
  std::int64_t n = m.q_rank > 0 ? h * m.q_rank + m.q_rank * q : h * q;
  n += h * (k + v);
  n += m.out_groups > 0 ? o * m.out_rank + m.out_groups * m.out_rank * h : o * h;
  if (m.qkv_bias) n += q + k + v;
  return n;
}

std::int64_t attention_parameters(const LayerShape& m, std::int64_t h) {
  if (!m.has_attention()) return m.side_weights;
  std::int64_t n =
      m.attention == catalog::AttentionKind::kMla ? latent_parameters(m, h) : grouped_parameters(m, h);
  if (m.out_bias) n += h;
  if (m.qk_norm) n += (m.shared_kv ? 1 : 2) * m.head_dim;
  if (m.attention_sinks) n += m.heads;
  return n + h * m.gate_width + m.indexer.weights + m.side_weights;
}

std::int64_t ffn_parameters(const LayerShape& m, std::int64_t h, std::int64_t width) {
  const std::int64_t inputs = m.ffn_gated ? 2 : 1;
  std::int64_t n = (inputs + 1) * h * width;
  if (m.mlp_bias && width > 0) n += inputs * width + h;
  return n;
}

std::int64_t norm_parameters(NormKind norm, std::int64_t h) {
  switch (norm) {
    case NormKind::kLayer: return 2 * h;
    case NormKind::kPlain: return 0;
    case NormKind::kRms:
    case NormKind::kScale: break;
  }
  return h;
}

/// Takes weights that an earlier layer owns out of the parts, whole blocks first.
void take_out(LayerParameters& p, std::int64_t reused) {
  for (std::int64_t* part : {&p.attention, &p.dense_ffn, &p.state, &p.router, &p.shared_expert, &p.norms}) {
    const std::int64_t taken = std::min(*part, reused);
    *part -= taken;
    reused -= taken;
  }
  if (reused > 0 && p.experts > 0) p.expert -= reused / p.experts;
}

LayerParameters parameters_of(const LayerShape& m, std::int64_t h) {
  LayerParameters p;
  p.attention = attention_parameters(m, h);
  if (m.has_state())
    p.state = h * (m.state.in_width + m.state.out_width) + m.state.side_weights + m.state.vectors;
  const std::int64_t norms = m.norm_count > 0 ? m.norm_count : m.post_norms ? 4 : 2;
  p.norms = norms * norm_parameters(m.norm, h) + m.vectors;
  p.dense_ffn = ffn_parameters(m, h, m.ffn);
  if (m.moe.experts == 0) {
    take_out(p, m.reused_weights);
    return p;
  }
  p.experts = m.moe.experts;
  p.topk = m.moe.topk;
  p.router = m.moe.experts * h + (m.moe.router_bias ? m.moe.experts : 0) + (m.moe.gated_shared ? h : 0) +
             2 * h * m.moe.latent + m.moe.side_weights;
  p.expert = ffn_parameters(m, m.moe.latent > 0 ? m.moe.latent : h, m.moe.expert_ffn);
  p.shared_expert = ffn_parameters(m, h, m.moe.shared_ffn);
  take_out(p, m.reused_weights);
  return p;
}

std::int64_t embedding_parameters(const catalog::Model& m, std::int64_t norm) {
  const std::int64_t width = m.embedding_width > 0 ? m.embedding_width : m.hidden;
  return m.vocab * width + m.max_positions * m.hidden + (m.extra_embedding_norm ? norm : 0) +
         m.embedding_weights;
}

std::int64_t head_parameters(const catalog::Model& m) {
  if (m.headless) return 0;
  const std::int64_t columns = m.labels > 0 ? m.labels : m.vocab;
  const std::int64_t width = m.embedding_width > 0 && m.labels == 0 ? m.embedding_width : m.hidden;
  const bool tied = m.tied_embeddings && m.labels == 0;
  return (tied ? 0 : columns * width) + (m.head_bias ? columns : 0);
}

}  // namespace

bool is_moe_layer(const catalog::Model& model, std::int64_t index) { return kind_of_layer(model, index).moe; }

bool is_full_attention_layer(const catalog::Model& model, std::int64_t index) {
  return kind_of_layer(model, index).full_attention;
}

LayerKind kind_of_layer(const catalog::Model& m, std::int64_t index) {
  if (!m.pattern.empty()) {
    const std::int64_t shape = m.pattern[static_cast<std::size_t>(index)];
    const LayerShape& s = m.shapes[static_cast<std::size_t>(shape)];
    return {s.moe.experts > 0, s.window == 0, static_cast<std::int32_t>(shape)};
  }
  LayerKind kind;
  kind.moe = m.is_moe() && index >= m.moe.first_dense_layers &&
             (m.moe.layer_period <= 1 || (index + 1) % m.moe.layer_period == 0);
  kind.full_attention =
      m.window <= 0 || (m.full_attention_period >= 1 && (index + 1) % m.full_attention_period == 0);
  return kind;
}

LayerKind mtp_kind(const catalog::Model& m) {
  return m.pattern.empty() ? LayerKind{m.is_moe(), true} : kind_of_layer(m, m.layers - 1);
}

LayerShape shape_of(const catalog::Model& m, LayerKind kind) {
  if (kind.shape >= 0) return m.shapes[static_cast<std::size_t>(kind.shape)];
  LayerShape shape = m;
  if (kind.full_attention) shape.window = 0;
  if (kind.moe)
    shape.ffn = 0;
  else
    shape.moe = {};
  return shape;
}

LayerParameters layer_parameters(const catalog::Model& model, LayerKind kind) {
  return parameters_of(shape_of(model, kind), model.hidden);
}

ParameterCount count_parameters(const catalog::Model& m) {
  const std::int64_t h = m.hidden;
  const std::int64_t norm = norm_parameters(m.norm, h);
  ParameterCount c;
  c.embedding = embedding_parameters(m, norm);
  c.head = head_parameters(m);
  c.final_norm = m.final_norm ? norm : 0;
  const LayerParameters all = parameters_of(m, h);
  c.attention = all.attention;
  c.norms = all.norms;
  c.dense_ffn = all.dense_ffn;
  c.router = all.router;
  c.expert = all.expert;
  c.shared_expert = all.shared_expert;
  const std::int64_t factored = m.embedding_width > 0 ? 2 * m.embedding_width * h : 0;
  c.total = c.active = c.embedding + c.head + c.final_norm + factored + m.outer_weights + m.outer_vectors;
  for (std::int64_t i = 0; i < m.layers; ++i) {
    const LayerParameters layer = layer_parameters(m, kind_of_layer(m, i));
    c.total += layer.total();
    c.active += layer.active();
    c.routed += layer.experts * layer.expert;
    (layer.experts > 0 ? c.moe_layers : c.dense_layers) += 1;
  }
  if (m.mtp_layers > 0) {
    // One whole layer as the last one, the 2h -> h projection, and norms of both inputs and of the output.
    const LayerParameters layer = layer_parameters(m, mtp_kind(m));
    c.mtp = m.mtp_layers * (layer.total() + 2 * h * h + 3 * norm);
  }
  return c;
}

}  // namespace gigawatt::workload
