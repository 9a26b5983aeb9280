#include "gigawatt/workload/operators.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <numeric>

#include "gigawatt/base/real.h"

namespace gigawatt::workload {
namespace {

constexpr double kElement = 2.0;  // bytes of a 16-bit activation

class Builder {
 public:
  explicit Builder(OperatorList& list) : list_(list) {}

  void product(const char* name, Module module, double m, double n, double k, bool low_precision = true,
               std::int64_t groups = 1) {
    if (m <= 0 || n <= 0 || k <= 0) return;
    list_.product_storage[static_cast<std::size_t>(list_.product_count++)] = {name,   module,       m, n, k,
                                                                              groups, low_precision};
  }
  /// Traffic in elements read or written.
  void memory(const char* name, Module module, double forward, double backward, double kernels_forward = 1,
              double kernels_backward = 1) {
    list_.memory_storage[static_cast<std::size_t>(list_.memory_count++)] = {
        name, module, forward * kElement, backward * kElement, kernels_forward, kernels_backward};
  }

 private:
  OperatorList& list_;
};

/// Products of one input with `widths` columns each: one product, or one for each of them and a sum of input gradients.
void projections(Builder& b, bool fused, const char* name, Module module, double rows, double k,
                 std::initializer_list<double> widths) {
  if (fused) {
    b.product(name, module, rows, std::accumulate(widths.begin(), widths.end(), 0.0), k);
    return;
  }
  double sums = -1;
  for (const double n : widths) {
    if (n <= 0) continue;
    b.product(name, module, rows, n, k);
    ++sums;
  }
  if (sums > 0) b.memory("input_gradients", module, 0, 3 * sums * rows * k, 0, sums);
}

double divide(std::int64_t a, std::int64_t b) { return static_cast<double>(a) / static_cast<double>(b); }

struct Tokens {
  double all;      ///< of the rank's tensor-parallel group
  double sharded;  ///< of the rank where sequence parallelism applies
};

Tokens tokens_of(const Sharding& s) {
  const double all = divide(s.micro_batch * s.seq_len, s.cp);
  return {all, s.sequence_parallel ? all / static_cast<double>(s.tp) : all};
}

using catalog::LayerShape;

/// What the blocks of a layer have in common.
struct Layer {
  const LayerShape& shape;
  const Sharding& sharding;
  Tokens tokens;
  double hidden;
  bool rotary;
};

using base::real;

void latent_projections(Builder& b, const Layer& a, std::int64_t heads) {
  const auto& l = a.shape.mla;
  const Tokens& t = a.tokens;
  const double q = real(heads * (l.qk_nope_dim + l.qk_rope_dim));
  const double q_rank = real(l.q_lora_rank);
  const double kv_rank = real(l.kv_lora_rank);
  if (l.q_lora_rank > 0) {
    b.product("q_down", Module::kMlaDown, t.sharded, q_rank, a.hidden);
    b.product("q_up", Module::kMlaUp, t.all, q, q_rank);
  } else {
    b.product("q", Module::kAttentionProjection, t.all, q, a.hidden);
  }
  b.product("kv_down", Module::kMlaDown, t.sharded, kv_rank + real(l.qk_rope_dim), a.hidden);
  b.product("kv_up", Module::kMlaUp, t.all, real(heads * (l.qk_nope_dim + l.v_head_dim)), kv_rank);
  b.memory("latent_norms", Module::kMlaUp, 2 * t.sharded * (q_rank + kv_rank),
           3 * t.sharded * (q_rank + kv_rank), 2, 2);
  // Rotary part split off, rotated and joined again with the no-rope part, for q and k.
  b.memory("rotary", Module::kMlaUp, 4 * t.all * q, 4 * t.all * q, 6, 6);
  b.product("attention_out", Module::kAttentionProjection, t.all, a.hidden, real(heads * l.v_head_dim));
}

void grouped_projections(Builder& b, const Layer& a, std::int64_t heads, std::int64_t kv_heads) {
  const LayerShape& m = a.shape;
  const Tokens& t = a.tokens;
  const double q = real(heads * m.head_dim);
  const double k = m.shared_kv ? 0 : real(kv_heads * m.head_dim);
  const double v = m.shared_kv || m.keys_are_values ? 0 : real(kv_heads * m.v_dim());
  if (m.q_rank > 0) {
    b.product("q_down", Module::kAttentionProjection, t.all, real(m.q_rank), a.hidden);
    b.product("q_up", Module::kAttentionProjection, t.all, q, real(m.q_rank));
  }
  projections(b, a.sharding.fused_projections, "qkv", Module::kAttentionProjection, t.all, a.hidden,
              {m.q_rank > 0 ? 0 : q, k, v});
  if (a.rotary)
    b.memory("rotary", Module::kAttentionProjection, 2 * t.all * (q + k), 2 * t.all * (q + k), 2, 2);
  if (m.qk_norm)
    b.memory("qk_norm", Module::kAttentionProjection, 2 * t.all * (q + k), 3 * t.all * (q + k), 2, 2);
  const double out = real(heads * m.v_dim());
  if (m.out_groups > 0) {
    b.product("out_groups", Module::kAttentionProjection, t.all, real(m.out_rank), out);
    b.product("attention_out", Module::kAttentionProjection, t.all, a.hidden,
              divide(m.out_groups * m.out_rank, a.sharding.tp));
  } else {
    b.product("attention_out", Module::kAttentionProjection, t.all, a.hidden, out);
  }
}

/// Scores of all causal pairs, then the best keys of each query.
void indexer(Builder& b, const Layer& a, double seq_len) {
  const auto& x = a.shape.indexer;
  if (x.heads == 0) return;
  const double t = a.tokens.all;
  const double keys = (seq_len + 1) / 2 / real(x.ratio);
  b.product("indexer", Module::kIndexer, t, real(x.weights) / a.hidden, a.hidden);
  b.product("indexer_scores", Module::kIndexer, t, keys, real(x.heads * x.head_dim));
  b.memory("indexer_topk", Module::kIndexer, 3 * t * keys, 0, 4, 0);
}

/// Tokens that a query meets at most; 0: all before it.
double span_of(const LayerShape& m, double seq_len) {
  double span = real(m.window);
  double far = m.window > 0 ? 0 : seq_len;
  if (m.compression > 1) far = (seq_len + 1) / 2 / real(m.compression);
  if (m.indexer.heads > 0 && m.indexer.topk > 0) far = std::min(far, real(m.indexer.topk));
  span += far;
  return span >= seq_len ? 0 : span;
}

void attention_block(Builder& b, OperatorList& list, const Layer& a) {
  const LayerShape& m = a.shape;
  const Sharding& s = a.sharding;
  const bool latent = m.attention == catalog::AttentionKind::kMla;
  const std::int64_t heads = std::max<std::int64_t>(1, m.heads / s.tp);
  const std::int64_t kv_heads = latent ? heads : std::max<std::int64_t>(1, m.kv_heads / s.tp);
  if (latent)
    latent_projections(b, a, heads);
  else
    grouped_projections(b, a, heads, kv_heads);
  const double seq_len = real(s.seq_len);
  if (m.gate_width > 0) {
    const double gate = divide(m.gate_width, s.tp);
    const double out = real(heads * m.v_dim());
    b.product("attention_gate", Module::kAttentionProjection, a.tokens.all, gate, a.hidden);
    b.memory("gating", Module::kAttentionProjection, a.tokens.all * (gate + 2 * out),
             a.tokens.all * (2 * gate + 3 * out));
  }
  indexer(b, a, seq_len);
  const double window = span_of(m, seq_len);
  const double cp = real(s.cp);
  list.has_attention = true;
  list.attention = {.batch = s.micro_batch,
                    .heads = heads,
                    .kv_heads = kv_heads,
                    .q_len = s.seq_len / s.cp,
                    .kv_len = s.seq_len,
                    .qk_dim = latent ? m.mla.qk_nope_dim + m.mla.qk_rope_dim : m.head_dim,
                    .v_dim = latent ? m.mla.v_head_dim : m.v_dim(),
                    .window = static_cast<std::int64_t>(window),
                    .chunked = window > 0 && m.chunked,
                    .causal_pairs = causal_pairs(seq_len, window, m.chunked) / cp,
                    .full_pairs = full_pairs(seq_len, window, m.chunked) / cp};
}

/// Tokens of a chunk in the published kernels of chunked recurrences.
constexpr double kChunk = 64;

void state_block(Builder& b, const Layer& a) {
  const auto& x = a.shape.state;
  const Tokens& t = a.tokens;
  const double tp = real(a.sharding.tp);
  const double in = real(x.in_width) / tp;
  const double heads = std::max(1.0, real(x.heads) / tp);
  const double keys = real(x.key_dim);
  const double values = real(x.value_dim);
  const double channels = real(x.conv_channels) / tp;
  b.product("state_in", Module::kStateProjection, t.all, in, a.hidden);
  if (x.side_weights > 0)
    b.product("state_side", Module::kStateProjection, t.all, real(x.side_weights) / a.hidden / tp, a.hidden);
  if (channels > 0)
    b.memory("convolution", Module::kStateConvolution, 2 * t.all * channels, 4 * t.all * channels);
  const bool delta = x.kind == catalog::StateKind::kGatedDelta || x.kind == catalog::StateKind::kKimiDelta;
  if (delta || x.kind == catalog::StateKind::kMamba2 || x.kind == catalog::StateKind::kLinear) {
    const double within = (delta ? 2 : 1) * kChunk / 2;  // the causal half of a chunk
    b.product("state_scan", Module::kStateCore, t.all, heads * (2 * values + within * (1 + values / keys)),
              keys, false);
    // Every chunk's state is written and read again, in 32 bits.
    const double states = t.all / kChunk * heads * keys * values * 2;
    b.memory("state_pass", Module::kStateCore, t.all * heads * (2 * keys + 2 * values) + 2 * states,
             2 * t.all * heads * (2 * keys + 2 * values) + 4 * states, 4, 6);
  } else if (x.kind != catalog::StateKind::kConvolution) {
    b.memory("state_scan", Module::kStateCore, 4 * t.all * heads * values, 8 * t.all * heads * values, 1, 2);
  }
  const double out = real(x.out_width) / tp;
  b.memory("state_gate", Module::kStateProjection, 3 * t.all * out, 5 * t.all * out, 2, 2);
  b.product("state_out", Module::kStateProjection, t.all, a.hidden, out);
}

void ffn_block(Builder& b, const Layer& a, double width, const char* in, const char* out, Module module,
               Module activation) {
  const double inputs = a.shape.ffn_gated ? 2 : 1;
  const double tokens = a.tokens.all;
  projections(b, a.sharding.fused_projections, in, module, tokens, a.hidden,
              {width, a.shape.ffn_gated ? width : 0});
  b.memory("activation", activation, (inputs + 1) * tokens * width, (2 * inputs + 1) * tokens * width);
  b.product(out, module, tokens, a.hidden, width);
}

void moe_block(Builder& b, const Layer& a) {
  const LayerShape& m = a.shape;
  const Sharding& s = a.sharding;
  const double inputs = m.ffn_gated ? 2 : 1;
  const double own = a.tokens.all / real(s.tp);  // tokens that this rank routes
  const double experts = real(m.moe.experts);
  const double routed = own * real(m.moe.topk);
  const double rows = routed * real(s.etp);
  const double width = divide(m.moe.expert_ffn, s.etp);
  const double h = m.moe.latent > 0 ? real(m.moe.latent) : a.hidden;
  const std::int64_t groups = std::max<std::int64_t>(1, m.moe.experts / s.ep);

  b.product("router", Module::kRouter, own, experts, a.hidden, false);
  // Scores, top-k, normalization, auxiliary loss and the routing map: small tensors, many kernels.
  b.memory("routing", Module::kRouter, 8 * own * experts, 8 * own * experts, 12, 10);
  if (m.moe.latent > 0) b.product("latent_down", Module::kSharedExpert, own, h, a.hidden);
  // Gather into expert order, scatter back with the weighted sum: each reads and writes the routed rows.
  b.memory("permute", Module::kPermute, own * h + rows * h, own * h + rows * h, 2, 2);
  b.memory("unpermute", Module::kPermute, own * h + rows * h, own * h + rows * h, 2, 2);
  b.product("expert_in", Module::kExperts, rows, inputs * width, h, true, groups);
  b.memory("expert_activation", Module::kExpertActivation, (inputs + 1) * rows * width,
           (2 * inputs + 1) * rows * width);
  b.product("expert_out", Module::kExperts, rows, h, width, true, groups);
  // Grouped products have no bias epilogue: one more pass over their results, and a column sum backward.
  if (m.mlp_bias)
    b.memory("expert_bias", Module::kExperts, 2 * rows * (inputs * width + h), rows * (inputs * width + h), 2,
             2);
  if (m.moe.latent > 0) b.product("latent_up", Module::kSharedExpert, own, a.hidden, h);
  if (m.moe.shared_ffn > 0)
    ffn_block(b, a, divide(m.moe.shared_ffn, s.tp), "shared_in", "shared_out", Module::kSharedExpert,
              Module::kSharedExpert);
}

}  // namespace

double causal_pairs(double seq_len, double window, bool chunked) {
  if (window <= 0 || window >= seq_len) return seq_len * (seq_len + 1) / 2;
  if (!chunked) return window * seq_len - window * (window - 1) / 2;
  const double rest = std::fmod(seq_len, window);
  return (seq_len - rest) * (window + 1) / 2 + rest * (rest + 1) / 2;
}

double full_pairs(double seq_len, double window, bool chunked) {
  if (window <= 0 || window >= seq_len) return seq_len * seq_len;
  if (!chunked) return seq_len * window;
  const double rest = std::fmod(seq_len, window);
  return (seq_len - rest) * window + rest * rest;
}

OperatorList layer_operators(const catalog::Model& model, LayerKind kind, const Sharding& sharding) {
  OperatorList list;
  Builder b(list);
  const LayerShape shape = shape_of(model, kind);
  const Tokens t = tokens_of(sharding);
  const double h = static_cast<double>(model.hidden);
  const Layer layer{shape, sharding, t, h, model.position == catalog::PositionKind::kRope};
  const auto norm = [&](const char* name) {
    b.memory(name, Module::kNorm, 2 * t.sharded * h, 3 * t.sharded * h);
  };
  const auto residual = [&](const char* name) {
    b.memory(name, Module::kResidual, 3 * t.sharded * h, 2 * t.sharded * h);
  };
  if (shape.has_attention() || shape.has_state()) {
    norm("attention_norm");
    if (shape.has_attention()) attention_block(b, list, layer);
    if (shape.has_state()) state_block(b, layer);
    residual("attention_residual");
  }
  if (shape.ffn > 0 || shape.moe.experts > 0) {
    norm("ffn_norm");
    if (shape.moe.experts > 0) moe_block(b, layer);
    if (shape.ffn > 0)
      ffn_block(b, layer, divide(shape.ffn, sharding.tp), "ffn_in", "ffn_out", Module::kDenseFfn,
                Module::kDenseActivation);
    residual("ffn_residual");
  }
  if (shape.side_weights > 0)
    b.product("side", Module::kSide, t.sharded, static_cast<double>(shape.side_weights) / h, h);
  return list;
}

OperatorList embedding_operators(const catalog::Model& model, const Sharding& sharding) {
  OperatorList list;
  Builder b(list);
  const Tokens t = tokens_of(sharding);
  const double h = static_cast<double>(model.hidden);
  // Gather of rows; backward sorts the indices and accumulates rows.
  b.memory("embedding", Module::kEmbedding, 2 * t.all * h, 4 * t.all * h, 3, 4);
  return list;
}

OperatorList head_operators(const catalog::Model& model, const Sharding& sharding, bool fused_loss) {
  OperatorList list;
  Builder b(list);
  const Tokens t = tokens_of(sharding);
  const double h = static_cast<double>(model.hidden);
  const std::int64_t columns = model.headless ? 0 : model.labels > 0 ? model.labels : model.vocab;
  const double vocab = divide(columns, sharding.tp);
  b.memory("final_norm", Module::kNorm, 2 * t.sharded * h, 3 * t.sharded * h);
  b.product("head", Module::kHead, t.all, vocab, h, false);
  if (model.outer_weights > 0)
    b.product("outer", Module::kSide, t.sharded, static_cast<double>(model.outer_weights) / h, h);
  // Fused: one pass forward, read and write once backward. Otherwise (units of 2 bytes): cast to 32 bits 3,
  // maximum 2, subtract 4, exponential 4, sum 2, divide 4; backward scale 4, cast 3.
  const double logits = t.all * vocab;
  b.memory("loss", Module::kLoss, (fused_loss ? 1 : 19) * logits, (fused_loss ? 2 : 7) * logits,
           fused_loss ? 1 : 10, fused_loss ? 1 : 4);
  return list;
}

}  // namespace gigawatt::workload
