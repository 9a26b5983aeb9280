#pragma once
/// A transformer decoder's architecture as published: enough to count every parameter,
/// FLOP and byte of it (the counting itself is module `workload`).

#include <cstdint>
#include <string>
#include <vector>

#include "gigawatt/catalog/sourced.h"

namespace gigawatt::config {
class FieldVisitor;
}

namespace gigawatt::catalog {

enum class AttentionKind { kMha, kGqa, kMla };
enum class PositionKind { kRope, kLearned, kAlibi };
enum class NormKind { kRms, kLayer };

/// Mixture-of-experts part; `experts == 0` means a dense model.
struct MoeArchitecture {
  std::int64_t experts = 0;
  std::int64_t topk = 0;
  std::int64_t expert_ffn = 0;          ///< intermediate size of one routed expert
  std::int64_t shared_ffn = 0;          ///< summed intermediate size of the shared experts, 0: none
  std::int64_t first_dense_layers = 0;  ///< leading layers with a dense FFN
  std::int64_t layer_period = 1;        ///< every n-th layer is MoE (Maverick: 2), the others dense
  bool router_bias = false;             ///< a correction bias per expert (DeepSeek-V3)
  bool gated_shared = false;            ///< a hidden->1 gate on the shared expert (Qwen2-MoE)
};

/// Multi-head latent attention (DeepSeek); zero elsewhere.
struct MlaArchitecture {
  std::int64_t q_lora_rank = 0;  ///< 0: full-rank queries
  std::int64_t kv_lora_rank = 0;
  std::int64_t qk_nope_dim = 0;
  std::int64_t qk_rope_dim = 0;
  std::int64_t v_head_dim = 0;
};

struct Model {
  std::string name;  ///< canonical: "llama3.1-405b"
  std::string title;
  std::string family;
  std::vector<std::string> aliases;
  std::string released;
  bool assumed = false;  ///< the architecture is not published; it meets the published totals
  std::string reason;    ///< why and how, for an assumed one
  std::string source;    ///< key of data/sources.toml

  std::int64_t layers = 0;
  std::int64_t hidden = 0;
  std::int64_t ffn = 0;   ///< dense FFN intermediate size
  bool ffn_gated = true;  ///< SwiGLU-like: three matrices instead of two
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t vocab = 0;          ///< as published, without padding
  std::int64_t max_positions = 0;  ///< learned position embeddings are counted; 0 with rope
  AttentionKind attention = AttentionKind::kGqa;
  PositionKind position = PositionKind::kRope;
  NormKind norm = NormKind::kRms;
  bool tied_embeddings = false;
  bool qkv_bias = false;
  bool out_bias = false;  ///< bias of the attention output projection
  bool mlp_bias = false;
  bool qk_norm = false;                    ///< RMS norm on each head's q and k (Qwen3)
  std::int64_t window = 0;                 ///< sliding or chunked attention span; 0: full
  std::int64_t full_attention_period = 1;  ///< every n-th layer is full (0: none), others use `window`
  bool chunked =
      false;  ///< windows are chunks of the sequence, each attending within itself (Llama 4), not sliding
  std::int64_t mtp_layers =
      0;  ///< multi-token-prediction modules (not in the published total of DeepSeek-V3: 671B)
  bool attention_sinks = false;       ///< a learned sink per head (GPT-OSS)
  bool post_norms = false;            ///< a second pair of norms per layer, after each block (Grok-1)
  bool extra_embedding_norm = false;  ///< norm right after the embedding (BLOOM)
  MoeArchitecture moe;
  MlaArchitecture mla;

  /// As published, for the check; 0: not published to that precision.
  Sourced published_total;                ///< parameters
  Sourced published_active;               ///< parameters used per token
  double published_tolerance = 0;         ///< relative, of the total; 0: exact
  double published_active_tolerance = 0;  ///< relative, of the active count; 0: exact
  Sourced training_tokens;                ///< 0: not published

  bool is_moe() const { return moe.experts > 0; }
};

/// Not below the exact number of parameters, and never far above it. In floating point, so that absurd sizes, of which
/// an exact count would overflow, can be refused: up to kMaxParameters every count fits 64 bits.
double parameter_bound(const Model& model);
inline constexpr double kMaxParameters = 1e16;

void fields(config::FieldVisitor& v, MoeArchitecture& x);
void fields(config::FieldVisitor& v, MlaArchitecture& x);
void fields(config::FieldVisitor& v, Model& x);

}  // namespace gigawatt::catalog
