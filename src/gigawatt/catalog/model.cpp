#include "gigawatt/catalog/model.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "gigawatt/base/real.h"
#include "gigawatt/config/fields.h"

namespace gigawatt::catalog {
namespace {

constexpr std::array<std::string_view, 3> kAttentionNames = {"mha", "gqa", "mla"};
constexpr std::array<std::string_view, 3> kPositionNames = {"rope", "learned", "alibi"};
constexpr std::array<std::string_view, 4> kNormNames = {"rms", "layer", "layer-scale", "plain"};
constexpr std::array<std::string_view, 8> kStateNames = {"none",       "mamba",  "mamba2",     "gated-delta",
                                                         "kimi-delta", "linear", "recurrence", "convolution"};
constexpr double kMaxWeights = 1e15;  // of what is counted and not worked out from sizes
constexpr double kLongestContext = 1e9;
constexpr double kMaxSize = 1e7;  // of a dimension; parameter_bound() limits them together

}  // namespace

namespace {

using base::real;

double layer_bound(const LayerShape& m, double hidden) {
  const auto& l = m.mla;
  const auto& e = m.moe;
  const auto& t = m.state;
  const double ranks = real(l.q_lora_rank) + real(l.kv_lora_rank);
  const double width =
      real(m.head_dim) + real(m.value_dim) + real(l.qk_nope_dim) + real(l.qk_rope_dim) + real(l.v_head_dim);
  const double heads = std::max(real(m.heads), real(m.kv_heads)) * (width + 1);
  const double attention =
      (hidden + ranks + 2) * 4 * (heads + real(l.qk_rope_dim)) + hidden * (ranks + real(m.gate_width));
  const double narrow = (hidden + heads) * (real(m.q_rank) + real(m.out_groups) * real(m.out_rank));
  const double ffn = real(m.ffn) + real(e.shared_ffn) + (real(e.experts) + 1) * (real(e.expert_ffn) + 2);
  const double state =
      hidden * (real(t.in_width) + real(t.out_width)) + real(t.side_weights) + real(t.vectors);
  const double other = real(m.side_weights) + real(m.vectors) + real(m.indexer.weights) +
                       real(e.side_weights) + 2 * hidden * real(e.latent);
  return attention + narrow + 3 * (hidden + 2) * ffn + state + other + (16 + real(m.norm_count)) * hidden;
}

}  // namespace

double parameter_bound(const Model& m) {
  const double hidden = real(m.hidden);
  double layer = layer_bound(m, hidden);
  for (const LayerShape& shape : m.shapes) layer = std::max(layer, layer_bound(shape, hidden));
  const double mtp = real(m.mtp_layers) * (layer + 2 * hidden * hidden);
  const double width = std::max(hidden, real(m.embedding_width));
  return real(m.layers) * layer + mtp +
         width * (2 * real(m.vocab) + real(m.max_positions) + real(m.labels) + 4) +
         2 * hidden * real(m.embedding_width) + real(m.vocab) + real(m.embedding_weights) +
         real(m.outer_weights) + real(m.outer_vectors);
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
  v(x.latent, {.key = "latent",
               .doc = "Width to which tokens are projected for the routed experts; 0: the model's.",
               .min = 0,
               .max = kMaxSize});
  v(x.side_weights, {.key = "side_weights",
                     .doc = "Weights of further matrices and vectors beside the experts.",
                     .min = 0,
                     .max = kMaxWeights});
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

void fields(config::FieldVisitor& v, IndexerArchitecture& x) {
  v(x.heads, {.key = "heads", .doc = "Heads that score keys; 0: none.", .min = 0, .max = kMaxSize});
  v(x.head_dim, {.key = "head_dim", .doc = "Size of such a head.", .min = 0, .max = kMaxSize});
  v(x.topk, {.key = "topk", .doc = "Keys that a query attends to.", .min = 0});
  v(x.ratio, {.key = "ratio", .doc = "Tokens that one key stands for.", .min = 1, .max = kMaxSize});
  v(x.weights, {.key = "weights", .doc = "Weights of the indexer.", .min = 0, .max = kMaxWeights});
}

void fields(config::FieldVisitor& v, StateArchitecture& x) {
  v.choice(x.kind, kStateNames, {.key = "kind", .doc = "How the state is carried along."});
  v(x.in_width, {.key = "in_width", .doc = "Columns of the input projections.", .min = 0, .max = kMaxSize});
  v(x.out_width, {.key = "out_width", .doc = "Rows of the output projection.", .min = 0, .max = kMaxSize});
  v(x.conv_channels,
    {.key = "conv_channels", .doc = "Channels of the short convolution.", .min = 0, .max = kMaxSize});
  v(x.conv_kernel, {.key = "conv_kernel", .doc = "Tokens that it spans.", .min = 0, .max = kMaxSize});
  v(x.heads, {.key = "heads", .doc = "Heads of the state.", .min = 0, .max = kMaxSize});
  v(x.key_dim, {.key = "key_dim", .doc = "Rows of a head's state.", .min = 0, .max = kMaxSize});
  v(x.value_dim, {.key = "value_dim", .doc = "Columns of a head's state.", .min = 0, .max = kMaxSize});
  v(x.side_weights,
    {.key = "side_weights", .doc = "Weights of further matrices.", .min = 0, .max = kMaxWeights});
  v(x.vectors, {.key = "vectors", .doc = "Weights in vectors.", .min = 0, .max = kMaxWeights});
}

namespace {

void mixer_fields(config::FieldVisitor& v, LayerShape& x) {
  v(x.value_dim,
    {.key = "value_dim", .doc = "Size of a head's values; 0: head_dim.", .min = 0, .max = kMaxSize});
  v(x.norm_count, {.key = "norm_count",
                   .doc = "Norms of a layer over the whole width; 0: two, or four with post_norms.",
                   .min = 0,
                   .max = kMaxSize});
  v(x.shared_kv, {.key = "shared_kv", .doc = "Keys and values are those of an earlier layer."});
  v(x.keys_are_values, {.key = "keys_are_values", .doc = "One projection for keys and values."});
  v(x.gate_width,
    {.key = "gate_width", .doc = "Columns of a gate on the attention's output.", .min = 0, .max = kMaxSize});
  v(x.q_rank, {.key = "q_rank",
               .doc = "Width through which queries are projected; 0: at once.",
               .min = 0,
               .max = kMaxSize});
  v(x.out_groups, {.key = "out_groups",
                   .doc = "Groups of heads that are projected each on its own; 0: all at once.",
                   .min = 0,
                   .max = kMaxSize});
  v(x.out_rank, {.key = "out_rank", .doc = "Width of each group's projection.", .min = 0, .max = kMaxSize});
  v(x.compression, {.key = "compression",
                    .doc = "Tokens beyond the window that one key stands for.",
                    .min = 1,
                    .max = kMaxSize});
  v(x.side_weights,
    {.key = "side_weights", .doc = "Weights of further matrices of a layer.", .min = 0, .max = kMaxWeights});
  v(x.vectors,
    {.key = "vectors", .doc = "Weights of a layer in further vectors.", .min = 0, .max = kMaxWeights});
  v(x.reused_weights,
    {.key = "reused_weights",
     .doc = "Weights of a layer that an earlier one owns: computed with, not counted again.",
     .min = 0,
     .max = kMaxWeights});
}

}  // namespace

void fields(config::FieldVisitor& v, LayerShape& x) {
  v(x.ffn, {.key = "ffn", .doc = "Intermediate size of a dense FFN; 0: none.", .min = 0, .max = kMaxSize});
  v(x.ffn_gated, {.key = "ffn_gated", .doc = "Three matrices instead of two."});
  v(x.heads, {.key = "heads", .doc = "Query heads; 0: no attention.", .min = 0, .max = kMaxSize});
  v(x.kv_heads, {.key = "kv_heads", .doc = "Key and value heads.", .min = 0, .max = kMaxSize});
  v(x.head_dim, {.key = "head_dim", .doc = "Size of a head.", .min = 0, .max = kMaxSize});
  v.choice(x.attention, kAttentionNames, {.key = "attention", .doc = "Multi-head, grouped-query or latent."});
  v.choice(x.norm, kNormNames,
           {.key = "norm", .doc = "RMS norm, layer norm, without bias, without weights."});
  v(x.qkv_bias, {.key = "qkv_bias", .doc = "Biases of the query, key and value projections."});
  v(x.out_bias, {.key = "out_bias", .doc = "Bias of the attention output."});
  v(x.mlp_bias, {.key = "mlp_bias", .doc = "Biases of the FFN."});
  v(x.qk_norm, {.key = "qk_norm", .doc = "RMS norm with weights on each head's q and k."});
  v(x.attention_sinks, {.key = "attention_sinks", .doc = "A learned sink per head."});
  v(x.post_norms, {.key = "post_norms", .doc = "A second pair of norms per layer."});
  v(x.window, {.key = "window", .doc = "Sliding or chunked attention span; 0: full.", .min = 0});
  v(x.chunked, {.key = "chunked", .doc = "The windows are chunks of the sequence instead of sliding ones."});
  mixer_fields(v, x);
  v(x.moe, {.key = "moe", .doc = "Mixture of experts."});
  v(x.mla, {.key = "mla", .doc = "Latent attention."});
  v(x.indexer, {.key = "indexer", .doc = "Picks the keys that a query attends to."});
  v(x.state, {.key = "state", .doc = "A recurrent or convolutional mixer."});
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
    {.key = "ffn", .doc = "Intermediate size of a dense FFN.", .min = 0, .max = kMaxSize, .required = true});
  v(x.ffn_gated, {.key = "ffn_gated", .doc = "Three matrices instead of two."});
  v(x.heads, {.key = "heads", .doc = "Query heads.", .min = 0, .max = kMaxSize, .required = true});
  v(x.kv_heads,
    {.key = "kv_heads", .doc = "Key and value heads.", .min = 0, .max = kMaxSize, .required = true});
  v(x.head_dim, {.key = "head_dim", .doc = "Size of a head.", .min = 0, .max = kMaxSize, .required = true});
  v(x.vocab, {.key = "vocab",
              .doc = "Vocabulary as published, without padding.",
              .min = 1,
              .max = kMaxSize,
              .required = true});
  v(x.max_positions,
    {.key = "max_positions", .doc = "Learned positions; 0 with rotary ones.", .min = 0, .max = kMaxSize});
  v(x.context,
    {.key = "context",
     .doc =
         "Tokens of a sequence that the model takes when it serves, with the scaling of positions that its "
         "makers publish; 0: not known.",
     .min = 0,
     .max = kLongestContext});
  v.choice(x.weight_format, kWeightFormatNames,
           {.key = "weight_format",
            .doc = "Format of the published weights, in which they are served by default."});
  v.choice(x.attention, kAttentionNames,
           {.key = "attention", .doc = "Multi-head, grouped-query or latent.", .required = true});
  v.choice(x.position, kPositionNames, {.key = "position", .doc = "Position scheme."});
  v.choice(x.norm, kNormNames,
           {.key = "norm", .doc = "RMS norm, layer norm, layer norm without bias, or without weights."});
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
  v(x.headless, {.key = "headless", .doc = "No output head: an embedding model."});
  v(x.labels, {.key = "labels",
               .doc = "Columns of the head where they are not the vocabulary.",
               .min = 0,
               .max = kMaxSize});
  v(x.head_bias, {.key = "head_bias", .doc = "A bias of the output head."});
  v(x.embedding_width, {.key = "embedding_width",
                        .doc = "Width of a token's embedding where it differs from the model's.",
                        .min = 0,
                        .max = kMaxSize});
  v(x.embedding_weights, {.key = "embedding_weights",
                          .doc = "Weights of further embedding tables.",
                          .min = 0,
                          .max = kMaxWeights});
  v(x.outer_weights, {.key = "outer_weights",
                      .doc = "Weights of further matrices outside of the layers.",
                      .min = 0,
                      .max = kMaxWeights});
  v(x.outer_vectors, {.key = "outer_vectors",
                      .doc = "Weights in vectors outside of the layers.",
                      .min = 0,
                      .max = kMaxWeights});
  v(x.final_norm, {.key = "final_norm", .doc = "A norm before the head."});
  mixer_fields(v, x);
  v(x.pattern,
    {.key = "pattern", .doc = "Which of the shapes each layer has; empty: all are alike.", .min = 0});
  v(x.moe, {.key = "moe", .doc = "Mixture of experts."});
  v(x.mla, {.key = "mla", .doc = "Latent attention."});
  v(x.indexer, {.key = "indexer", .doc = "Picks the keys that a query attends to."});
  v(x.state, {.key = "state", .doc = "A recurrent or convolutional mixer."});
  v(x.shapes, {.key = "shape", .doc = "What layers are made of, where they differ."});
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
