#pragma once
/// Exact parameter counts of a decoder architecture.
///
/// Per layer (h hidden, a heads, g key/value heads, d head size, f FFN size, E experts of size e, k per token):
///   attention   h a d + 2 h g d + a d h  (+ biases, + 2 d for per-head q/k norms, + a attention sinks)
///   latent      h r_q + r_q + r_q a (d_n + d_r)  +  h (r_kv + d_r) + r_kv + r_kv a (d_n + d_v)  +  a d_v h
///   state       h in + out h + convolution, decays and norms
///   FFN         3 h f gated, 2 h f plain (+ biases)
///   experts     E (3|2) l e + E h router (+ E correction bias) + (3|2) h shared (+ 2 h l where l is a latent width)
///   norms       n h (RMS, or without bias), 2 n h (layer norm), 0 (without weights); n is two unless said
/// plus what shapes list as further matrices and vectors, less what a layer reuses of an earlier one, embedding V h (+ positions), final norm, and head V h unless
/// tied. Published totals are met exactly (tests). Multi-token-prediction modules are counted apart, as their publishers
/// do. Active are all weights but those of the E - k experts of each layer that a token does not visit.

#include <cstdint>

#include "gigawatt/catalog/model.h"

namespace gigawatt::workload {

/// One layer by its parts.
struct LayerParameters {
  std::int64_t attention = 0;  ///< with projections, biases, indexer and further matrices
  std::int64_t state = 0;      ///< of a recurrent or convolutional mixer
  std::int64_t norms = 0;      ///< and further vectors
  std::int64_t dense_ffn = 0;
  std::int64_t router = 0;  ///< with the shared expert's gate and projections to a latent width
  std::int64_t expert = 0;  ///< one routed expert
  std::int64_t shared_expert = 0;
  std::int64_t experts = 0;  ///< their number
  std::int64_t topk = 0;

  std::int64_t fixed() const { return attention + state + norms + dense_ffn + router + shared_expert; }
  std::int64_t total() const { return fixed() + experts * expert; }
  std::int64_t active() const { return fixed() + topk * expert; }
};

struct ParameterCount {
  std::int64_t total = 0;      ///< without multi-token prediction
  std::int64_t active = 0;     ///< used per token: top-k of the experts
  std::int64_t embedding = 0;  ///< token (and learned position) embedding, its norm included
  std::int64_t head = 0;       ///< output head; 0 when tied
  std::int64_t final_norm = 0;
  // Of the layers that have the part; where layers differ, of the first of them.
  std::int64_t attention = 0;  ///< one layer's attention with its projections and biases
  std::int64_t norms = 0;      ///< one layer's norms
  std::int64_t dense_ffn = 0;  ///< a dense layer's FFN
  std::int64_t router = 0;     ///< an MoE layer's router, shared-expert gate included
  std::int64_t expert = 0;     ///< one routed expert
  std::int64_t shared_expert = 0;
  std::int64_t routed = 0;  ///< all routed experts of all layers
  std::int64_t mtp = 0;     ///< all multi-token-prediction modules (embedding and head are shared)
  std::int64_t moe_layers = 0;
  std::int64_t dense_layers = 0;
};

ParameterCount count_parameters(const catalog::Model& model);

/// What a layer consists of, among those that the model has.
struct LayerKind {
  bool moe = false;
  bool full_attention = true;
  std::int32_t shape = -1;  ///< index into the model's shapes; -1: the model lists none
};

LayerKind kind_of_layer(const catalog::Model& model, std::int64_t index);
/// The layer inside a multi-token-prediction module: as the last one, with full attention where windows have a period.
LayerKind mtp_kind(const catalog::Model& model);

/// The parts of such a layer, windows and experts only where it has them.
catalog::LayerShape shape_of(const catalog::Model& model, LayerKind kind);

LayerParameters layer_parameters(const catalog::Model& model, LayerKind kind);

/// Whether layer `index` (from 0) holds experts: after the leading dense layers, the last of every `layer_period`.
bool is_moe_layer(const catalog::Model& model, std::int64_t index);

/// Whether layer `index` attends to everything (the last of every `full_attention_period`); without a window all do.
bool is_full_attention_layer(const catalog::Model& model, std::int64_t index);

}  // namespace gigawatt::workload
