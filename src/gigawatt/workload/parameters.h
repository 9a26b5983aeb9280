#pragma once
/// Exact parameter counts of a decoder architecture.
///
/// Per layer (h hidden, a heads, g key/value heads, d head size, f FFN size, E experts of size e, k per token):
///   attention   h a d + 2 h g d + a d h  (+ biases, + 2 d for per-head q/k norms, + a attention sinks)
///   latent      h r_q + r_q + r_q a (d_n + d_r)  +  h (r_kv + d_r) + r_kv + r_kv a (d_n + d_v)  +  a d_v h
///   FFN         3 h f gated, 2 h f plain (+ biases)
///   experts     E (3|2) h e + E h router (+ E correction bias) + (3|2) h shared
///   norms       2 h (RMS) or 4 h (layer norm with bias)
/// plus embedding V h (+ positions), final norm, and head V h unless tied. Published totals are met
/// exactly (tests). Multi-token-prediction modules are counted apart, as their publishers do.

#include <cstdint>

#include "gigawatt/catalog/model.h"

namespace gigawatt::workload {

struct ParameterCount {
  std::int64_t total = 0;      ///< without multi-token prediction
  std::int64_t active = 0;     ///< used per token: top-k of the experts
  std::int64_t embedding = 0;  ///< token (and learned position) embedding, its norm included
  std::int64_t head = 0;       ///< output head; 0 when tied
  std::int64_t final_norm = 0;
  std::int64_t attention = 0;  ///< one layer's attention with its projections and biases
  std::int64_t norms = 0;      ///< one layer's norms
  std::int64_t dense_ffn = 0;  ///< a dense layer's FFN
  std::int64_t router = 0;     ///< an MoE layer's router, shared-expert gate included
  std::int64_t expert = 0;     ///< one routed expert
  std::int64_t shared_expert = 0;
  std::int64_t mtp = 0;  ///< all multi-token-prediction modules (embedding and head are shared)
  std::int64_t moe_layers = 0;
  std::int64_t dense_layers = 0;
};

ParameterCount count_parameters(const catalog::Model& model);

/// Whether layer `index` (from 0) holds experts: after the leading dense layers, the last of every `layer_period`.
bool is_moe_layer(const catalog::Model& model, std::int64_t index);

/// Whether layer `index` attends to everything (the last of every `full_attention_period`); without a window all do.
bool is_full_attention_layer(const catalog::Model& model, std::int64_t index);

}  // namespace gigawatt::workload
