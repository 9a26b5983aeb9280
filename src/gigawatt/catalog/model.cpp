#include "gigawatt/catalog/model.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "gigawatt/config/fields.h"

namespace gigawatt::catalog {
namespace {

constexpr std::array<std::string_view, 3> kAttentionNames = {"mha", "gqa", "mla"};
constexpr std::array<std::string_view, 3> kPositionNames = {"rope", "learned", "alibi"};
constexpr std::array<std::string_view, 2> kNormNames = {"rms", "layer"};
constexpr double kMaxSize = 1e7;  // of a dimension; parameter_bound() limits them together

}  // namespace

double parameter_bound(const Model& m) {
  const auto d = [](std::int64_t x) { return static_cast<double>(x); };
  const auto& l = m.mla;
  const double ranks = d(l.q_lora_rank) + d(l.kv_lora_rank);
  const double width = d(m.head_dim) + d(l.qk_nope_dim) + d(l.qk_rope_dim) + d(l.v_head_dim);
  const double heads = std::max(d(m.heads), d(m.kv_heads)) * (width + 1);
  const double attention = (d(m.hidden) + ranks + 2) * 4 * (heads + d(l.qk_rope_dim)) + d(m.hidden) * ranks;
  const double ffn = d(m.ffn) + d(m.moe.shared_ffn) + (d(m.moe.experts) + 1) * (d(m.moe.expert_ffn) + 2);
  const double layer = attention + 3 * (d(m.hidden) + 2) * ffn + 16 * d(m.hidden);
  const double mtp = d(m.mtp_layers) * (layer + 2 * d(m.hidden) * d(m.hidden));
  return d(m.layers) * layer + mtp + d(m.hidden) * (2 * d(m.vocab) + d(m.max_positions) + 4);
}

void fields(config::FieldVisitor& v, MoeArchitecture& x) {
  v(x.experts, {.key = "experts", .doc = "Routed experts of a layer; 0: dense.", .min = 0, .max = kMaxSize});
  v(x.topk, {.key = "topk", .doc = "Routed experts that a token visits.", .min = 0, .max = kMaxSize});
  v(x.expert_ffn,
    {.key = "expert_ffn", .doc = "Intermediate size of one routed expert.", .min = 0, .max = kMaxSize});
  v(x.shared_ffn, {.key = "shared_ffn",
                   .doc = "Summed intermediate size of the shared experts.",
                   .min = 0,
                   .max = kMaxSize});
  v(x.first_dense_layers,
    {.key = "first_dense_layers", .doc = "Leading layers with a dense FFN.", .min = 0, .max = kMaxSize});
  v(x.layer_period,
    {.key = "layer_period", .doc = "Every n-th layer holds experts.", .min = 1, .max = kMaxSize});
  v(x.router_bias, {.key = "router_bias", .doc = "A bias per expert in the router."});
  v(x.gated_shared, {.key = "gated_shared", .doc = "A gate on the shared expert."});
}

void fields(config::FieldVisitor& v, MlaArchitecture& x) {
  v(x.q_lora_rank, {.key = "q_lora_rank", .doc = "Rank of the queries; 0: full.", .min = 0, .max = kMaxSize});
  v(x.kv_lora_rank, {.key = "kv_lora_rank", .doc = "Rank of keys and values.", .min = 0, .max = kMaxSize});
  v(x.qk_nope_dim,
    {.key = "qk_nope_dim", .doc = "Head size without rotary positions.", .min = 0, .max = kMaxSize});
  v(x.qk_rope_dim,
    {.key = "qk_rope_dim", .doc = "Head size with rotary positions.", .min = 0, .max = kMaxSize});
  v(x.v_head_dim, {.key = "v_head_dim", .doc = "Head size of the values.", .min = 0, .max = kMaxSize});
}

void fields(config::FieldVisitor& v, Model& x) {
  v(x.name, {.key = "name", .doc = "Canonical name.", .required = true});
  v(x.title, {.key = "title", .doc = "Name as people write it.", .required = true});
  v(x.family, {.key = "family", .doc = "Models that share a scheme.", .required = true});
  v(x.aliases, {.key = "aliases", .doc = "Other names."});
  v(x.released, {.key = "released", .doc = "Day of publication.", .required = true});
  v(x.source, {.key = "source", .doc = "Key of sources.toml for the architecture.", .required = true});
  v(x.assumed,
    {.key = "assumed", .doc = "The architecture is not published; it meets the published totals."});
  v(x.reason, {.key = "reason", .doc = "Why and how, for an assumed one."});
  v(x.layers, {.key = "layers", .doc = "Decoder layers.", .min = 1, .max = kMaxSize, .required = true});
  v(x.hidden, {.key = "hidden", .doc = "Width.", .min = 1, .max = kMaxSize, .required = true});
  v(x.ffn,
    {.key = "ffn", .doc = "Intermediate size of a dense FFN.", .min = 1, .max = kMaxSize, .required = true});
  v(x.ffn_gated, {.key = "ffn_gated", .doc = "Three matrices instead of two."});
  v(x.heads, {.key = "heads", .doc = "Query heads.", .min = 1, .max = kMaxSize, .required = true});
  v(x.kv_heads,
    {.key = "kv_heads", .doc = "Key and value heads.", .min = 1, .max = kMaxSize, .required = true});
  v(x.head_dim, {.key = "head_dim", .doc = "Size of a head.", .min = 1, .max = kMaxSize, .required = true});
  v(x.vocab, {.key = "vocab",
              .doc = "Vocabulary as published, without padding.",
              .min = 1,
              .max = kMaxSize,
              .required = true});
  v(x.max_positions,
    {.key = "max_positions", .doc = "Learned positions; 0 with rotary ones.", .min = 0, .max = kMaxSize});
  v.choice(x.attention, kAttentionNames,
           {.key = "attention", .doc = "Multi-head, grouped-query or latent.", .required = true});
  v.choice(x.position, kPositionNames, {.key = "position", .doc = "Position scheme."});
  v.choice(x.norm, kNormNames, {.key = "norm", .doc = "RMS norm, or layer norm with bias."});
  v(x.tied_embeddings, {.key = "tied_embeddings", .doc = "The output head is the embedding."});
  v(x.qkv_bias, {.key = "qkv_bias", .doc = "Biases of the query, key and value projections."});
  v(x.out_bias, {.key = "out_bias", .doc = "Bias of the attention output."});
  v(x.mlp_bias, {.key = "mlp_bias", .doc = "Biases of the FFN."});
  v(x.qk_norm, {.key = "qk_norm", .doc = "RMS norm with weights on each head's q and k."});
  v(x.window, {.key = "window", .doc = "Sliding or chunked attention span; 0: full.", .min = 0});
  v(x.full_attention_period, {.key = "full_attention_period",
                              .doc = "Every n-th layer attends to all; 0: none.",
                              .min = 0,
                              .max = kMaxSize});
  v(x.chunked, {.key = "chunked", .doc = "The windows are chunks of the sequence instead of sliding ones."});
  v(x.mtp_layers, {.key = "mtp_layers", .doc = "Multi-token-prediction modules.", .min = 0, .max = kMaxSize});
  v(x.attention_sinks, {.key = "attention_sinks", .doc = "A learned sink per head."});
  v(x.post_norms, {.key = "post_norms", .doc = "A second pair of norms per layer."});
  v(x.extra_embedding_norm, {.key = "extra_embedding_norm", .doc = "Norm right after the embedding."});
  v(x.moe, {.key = "moe", .doc = "Mixture of experts."});
  v(x.mla, {.key = "mla", .doc = "Latent attention."});
  const config::Field published{.key = "published", .doc = "Counts as published, for the check."};
  if (v.begin_table(published)) {
    sourced(v, x.published_total, {.key = "total", .doc = "Parameters.", .min = 0});
    sourced(v, x.published_active, {.key = "active", .doc = "Parameters used per token.", .min = 0});
    v(x.published_tolerance, {.key = "tolerance",
                              .doc = "Relative rounding of the published total; 0: exact.",
                              .min = 0,
                              .max = 0.1});
    v(x.published_active_tolerance, {.key = "active_tolerance",
                                     .doc = "Relative rounding of the published active count.",
                                     .min = 0,
                                     .max = 0.1});
    sourced(v, x.training_tokens, {.key = "training_tokens", .doc = "Tokens of pre-training.", .min = 0});
    v.end_table(published);
  }
}

}  // namespace gigawatt::catalog
