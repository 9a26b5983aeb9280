#include "gigawatt/workload/operators.h"

#include <algorithm>
#include <cmath>

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

double divide(std::int64_t a, std::int64_t b) { return static_cast<double>(a) / static_cast<double>(b); }

struct Tokens {
  double all;      ///< of the rank's tensor-parallel group
  double sharded;  ///< of the rank where sequence parallelism applies
};

Tokens tokens_of(const Sharding& s) {
  const double all = divide(s.micro_batch * s.seq_len, s.cp);
  return {all, s.sequence_parallel ? all / static_cast<double>(s.tp) : all};
}

void attention_block(Builder& b, OperatorList& list, const catalog::Model& m, LayerKind kind,
                     const Sharding& s) {
  const Tokens t = tokens_of(s);
  const double h = static_cast<double>(m.hidden);
  const std::int64_t heads = std::max<std::int64_t>(1, m.heads / s.tp);
  const std::int64_t kv_heads =
      m.attention == catalog::AttentionKind::kMla ? heads : std::max<std::int64_t>(1, m.kv_heads / s.tp);
  std::int64_t qk_dim = m.head_dim;
  std::int64_t v_dim = m.head_dim;
  if (m.attention == catalog::AttentionKind::kMla) {
    const auto& l = m.mla;
    qk_dim = l.qk_nope_dim + l.qk_rope_dim;
    v_dim = l.v_head_dim;
    const double q = static_cast<double>(heads * qk_dim);
    const double q_rank = static_cast<double>(l.q_lora_rank);
    const double kv_rank = static_cast<double>(l.kv_lora_rank);
    if (l.q_lora_rank > 0) {
      b.product("q_down", Module::kMlaDown, t.sharded, q_rank, h);
      b.product("q_up", Module::kMlaUp, t.all, q, q_rank);
    } else {
      b.product("q", Module::kAttentionProjection, t.all, q, h);
    }
    b.product("kv_down", Module::kMlaDown, t.sharded, kv_rank + static_cast<double>(l.qk_rope_dim), h);
    b.product("kv_up", Module::kMlaUp, t.all, static_cast<double>(heads * (l.qk_nope_dim + l.v_head_dim)),
              kv_rank);
    b.memory("latent_norms", Module::kMlaUp, 2 * t.sharded * (q_rank + kv_rank),
             3 * t.sharded * (q_rank + kv_rank), 2, 2);
    // Rotary part split off, rotated and joined again with the no-rope part, for q and k.
    b.memory("rotary", Module::kMlaUp, 4 * t.all * q, 4 * t.all * q, 6, 6);
    b.product("attention_out", Module::kAttentionProjection, t.all, h, static_cast<double>(heads * v_dim));
  } else {
    const double q = static_cast<double>(heads * m.head_dim);
    const double kv = static_cast<double>(kv_heads * m.head_dim);
    b.product("qkv", Module::kAttentionProjection, t.all, q + 2 * kv, h);
    if (m.position == catalog::PositionKind::kRope)
      b.memory("rotary", Module::kAttentionProjection, 2 * t.all * (q + kv), 2 * t.all * (q + kv), 2, 2);
    if (m.qk_norm)
      b.memory("qk_norm", Module::kAttentionProjection, 2 * t.all * (q + kv), 3 * t.all * (q + kv), 2, 2);
    b.product("attention_out", Module::kAttentionProjection, t.all, h, q);
  }
  const double window = kind.full_attention ? 0 : static_cast<double>(m.window);
  const double cp = static_cast<double>(s.cp);
  list.has_attention = true;
  list.attention = {.batch = s.micro_batch,
                    .heads = heads,
                    .kv_heads = kv_heads,
                    .q_len = s.seq_len / s.cp,
                    .kv_len = s.seq_len,
                    .qk_dim = qk_dim,
                    .v_dim = v_dim,
                    .window = static_cast<std::int64_t>(window),
                    .chunked = window > 0 && m.chunked,
                    .causal_pairs = causal_pairs(static_cast<double>(s.seq_len), window, m.chunked) / cp,
                    .full_pairs = full_pairs(static_cast<double>(s.seq_len), window, m.chunked) / cp};
}

void ffn_block(Builder& b, const catalog::Model& m, double tokens, double width, const char* in,
               const char* out, Module module, Module activation) {
  const double h = static_cast<double>(m.hidden);
  const double inputs = m.ffn_gated ? 2 : 1;
  b.product(in, module, tokens, inputs * width, h);
  b.memory("activation", activation, (inputs + 1) * tokens * width, (2 * inputs + 1) * tokens * width);
  b.product(out, module, tokens, h, width);
}

void moe_block(Builder& b, const catalog::Model& m, const Sharding& s) {
  const Tokens t = tokens_of(s);
  const double h = static_cast<double>(m.hidden);
  const double inputs = m.ffn_gated ? 2 : 1;
  const double own = t.all / static_cast<double>(s.tp);  // tokens that this rank routes
  const double experts = static_cast<double>(m.moe.experts);
  const double routed = own * static_cast<double>(m.moe.topk);
  const double rows = routed * static_cast<double>(s.etp);
  const double width = divide(m.moe.expert_ffn, s.etp);
  const std::int64_t groups = std::max<std::int64_t>(1, m.moe.experts / s.ep);

  b.product("router", Module::kRouter, own, experts, h, false);
  // Scores, top-k, normalization, auxiliary loss and the routing map: small tensors, many kernels.
  b.memory("routing", Module::kRouter, 8 * own * experts, 8 * own * experts, 12, 10);
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
  if (m.moe.shared_ffn > 0)
    ffn_block(b, m, t.all, divide(m.moe.shared_ffn, s.tp), "shared_in", "shared_out", Module::kSharedExpert,
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
  const Tokens t = tokens_of(sharding);
  const double h = static_cast<double>(model.hidden);
  b.memory("attention_norm", Module::kNorm, 2 * t.sharded * h, 3 * t.sharded * h);
  attention_block(b, list, model, kind, sharding);
  b.memory("attention_residual", Module::kResidual, 3 * t.sharded * h, 2 * t.sharded * h);
  b.memory("ffn_norm", Module::kNorm, 2 * t.sharded * h, 3 * t.sharded * h);
  if (kind.moe)
    moe_block(b, model, sharding);
  else
    ffn_block(b, model, t.all, divide(model.ffn, sharding.tp), "ffn_in", "ffn_out", Module::kDenseFfn,
              Module::kDenseActivation);
  b.memory("ffn_residual", Module::kResidual, 3 * t.sharded * h, 2 * t.sharded * h);
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
  const double vocab = divide(model.vocab, sharding.tp);
  b.memory("final_norm", Module::kNorm, 2 * t.sharded * h, 3 * t.sharded * h);
  b.product("head", Module::kHead, t.all, vocab, h, false);
  // Fused: one pass forward, read and write once backward. Otherwise (units of 2 bytes): cast to 32 bits 3,
  // maximum 2, subtract 4, exponential 4, sum 2, divide 4; backward scale 4, cast 3.
  const double logits = t.all * vocab;
  b.memory("loss", Module::kLoss, (fused_loss ? 1 : 19) * logits, (fused_loss ? 2 : 7) * logits,
           fused_loss ? 1 : 10, fused_loss ? 1 : 4);
  return list;
}

}  // namespace gigawatt::workload
