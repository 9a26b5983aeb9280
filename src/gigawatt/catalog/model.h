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
/// Root mean square (a weight per column), layer norm (weight and bias), layer norm without bias, without either.
enum class NormKind { kRms, kLayer, kScale, kPlain };

/// How a layer carries a state of fixed size along the sequence; `kNone`: not at all.
enum class StateKind {
  kNone,
  kMamba,        ///< selective state space, a decay per channel and state (arXiv 2312.00752)
  kMamba2,       ///< the same with a decay per head, in chunks (2405.21060)
  kGatedDelta,   ///< gated delta rule (2412.06464)
  kKimiDelta,    ///< the same with a decay per channel (2510.26692)
  kLinear,       ///< linear attention with a fixed decay (2501.08313)
  kRecurrence,   ///< an element-wise gated recurrence (2402.19427)
  kConvolution,  ///< a short gated convolution and no state beyond its window
};

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
  std::int64_t latent = 0;        ///< width to which tokens are projected for the routed experts, 0: hidden
  std::int64_t side_weights = 0;  ///< weights of further small matrices and vectors that every token passes

  bool operator==(const MoeArchitecture&) const = default;
};

/// Multi-head latent attention (DeepSeek); zero elsewhere.
struct MlaArchitecture {
  std::int64_t q_lora_rank = 0;  ///< 0: full-rank queries
  std::int64_t kv_lora_rank = 0;
  std::int64_t qk_nope_dim = 0;
  std::int64_t qk_rope_dim = 0;
  std::int64_t v_head_dim = 0;

  bool operator==(const MlaArchitecture&) const = default;
};

/// A small scoring network that picks which keys a query attends to (DeepSeek-V3.2's lightning indexer, 2512.02556).
struct IndexerArchitecture {
  std::int64_t heads = 0;  ///< 0: none
  std::int64_t head_dim = 0;
  std::int64_t topk = 0;     ///< keys that a query attends to
  std::int64_t ratio = 1;    ///< tokens that one compressed key stands for; 1: keys are not compressed
  std::int64_t weights = 0;  ///< of its projections and norms; part of the layer's total

  bool operator==(const IndexerArchitecture&) const = default;
};

/// A recurrent or convolutional mixer: h -> in_width, convolution, state of key_dim x value_dim a head, out_width -> h.
struct StateArchitecture {
  StateKind kind = StateKind::kNone;
  std::int64_t in_width = 0;   ///< columns of the projections of the layer's input, together
  std::int64_t out_width = 0;  ///< rows of the output projection
  std::int64_t conv_channels = 0;
  std::int64_t conv_kernel = 0;
  std::int64_t heads = 0;
  std::int64_t key_dim = 0;       ///< rows of a head's state
  std::int64_t value_dim = 0;     ///< columns of a head's state
  std::int64_t side_weights = 0;  ///< weights of further matrices (low-rank gates, time steps)
  std::int64_t vectors = 0;       ///< weights in vectors: convolution, decays, norms, biases

  bool operator==(const StateArchitecture&) const = default;
};

/// What one layer is made of. A part that is absent has size 0: `heads` (attention), `state.kind`, `ffn`, `moe.experts`.
struct LayerShape {
  std::int64_t ffn = 0;   ///< dense FFN intermediate size
  bool ffn_gated = true;  ///< SwiGLU-like: three matrices instead of two
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t value_dim = 0;  ///< head size of the values where it differs; 0: head_dim
  AttentionKind attention = AttentionKind::kGqa;
  NormKind norm = NormKind::kRms;
  std::int64_t norm_count = 0;  ///< norms over the whole width; 0: two, or four with `post_norms`
  bool qkv_bias = false;
  bool out_bias = false;  ///< bias of the attention output projection
  bool mlp_bias = false;
  bool qk_norm = false;          ///< RMS norm on each head's q and k (Qwen3)
  bool attention_sinks = false;  ///< a learned sink per head (GPT-OSS)
  bool post_norms = false;       ///< a second pair of norms per layer, after each block (Grok-1)
  bool shared_kv = false;        ///< keys and values are those of an earlier layer (Gemma 3n)
  bool keys_are_values = false;  ///< one projection for both (Gemma 4)
  std::int64_t gate_width = 0;   ///< columns of a gate on the attention's output (Qwen3-Next), 0: none
  std::int64_t q_rank = 0;       ///< queries through a narrower space (DeepSeek-V4), 0: at once
  std::int64_t out_groups =
      0;  ///< groups of heads whose outputs are first projected to `out_rank` each, 0: at once
  std::int64_t out_rank = 0;
  std::int64_t window = 0;  ///< sliding or chunked attention span; 0: full
  bool chunked =
      false;  ///< windows are chunks of the sequence, each attending within itself (Llama 4), not sliding
  std::int64_t compression = 1;   ///< tokens beyond the window that one key stands for (DeepSeek-V4)
  std::int64_t side_weights = 0;  ///< weights of further matrices that every token passes
  std::int64_t vectors = 0;       ///< weights in vectors that no other field names: scales, further norms
  std::int64_t reused_weights =
      0;  ///< of those above, weights that an earlier layer owns: computed with, counted there
  MoeArchitecture moe;
  MlaArchitecture mla;
  IndexerArchitecture indexer;
  StateArchitecture state;

  bool has_attention() const { return heads > 0; }
  bool has_state() const { return state.kind != StateKind::kNone; }
  std::int64_t v_dim() const { return value_dim > 0 ? value_dim : head_dim; }
  bool operator==(const LayerShape&) const = default;
};

enum class WeightFormat : std::uint8_t { kBf16, kFp8, kMxfp4, kInt4, kNvfp4, kInt8 };
inline constexpr std::array<std::string_view, 6> kWeightFormatNames = {"bf16", "fp8",   "mxfp4",
                                                                       "int4", "nvfp4", "int8"};

/// The inherited shape is that of all layers, but for windows and experts by period. Where layers differ otherwise,
/// `shapes` lists what they are and `pattern` which is which; the inherited part then says what the model has at all.
struct Model : LayerShape {
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
  std::int64_t vocab = 0;                            ///< as published, without padding
  std::int64_t max_positions = 0;                    ///< learned position embeddings are counted; 0 with rope
  WeightFormat weight_format = WeightFormat::kBf16;  ///< of the published weights
  std::int64_t context = 0;  ///< tokens of a sequence that the model takes when it serves; 0: not known
  PositionKind position = PositionKind::kRope;
  bool tied_embeddings = false;
  std::int64_t full_attention_period = 1;  ///< every n-th layer is full (0: none), others use `window`
  std::int64_t mtp_layers =
      0;  ///< multi-token-prediction modules (not in the published total of DeepSeek-V3: 671B)
  bool extra_embedding_norm = false;  ///< norm right after the embedding (BLOOM)
  bool headless = false;              ///< no output head (embedding models)
  std::int64_t labels = 0;  ///< columns of the head where they are not the vocabulary (reward models)
  bool head_bias = false;
  std::int64_t embedding_width = 0;    ///< of a token where it differs from `hidden`; 0: hidden
  std::int64_t embedding_weights = 0;  ///< of further embedding tables
  std::int64_t outer_weights = 0;      ///< of further matrices outside of the layers that every token passes
  std::int64_t outer_vectors = 0;      ///< weights in vectors outside of the layers
  bool final_norm = true;
  std::vector<LayerShape> shapes;
  std::vector<std::int64_t> pattern;  ///< index into `shapes` for each layer; empty: see above

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
void fields(config::FieldVisitor& v, IndexerArchitecture& x);
void fields(config::FieldVisitor& v, StateArchitecture& x);
void fields(config::FieldVisitor& v, LayerShape& x);
void fields(config::FieldVisitor& v, Model& x);

}  // namespace gigawatt::catalog
