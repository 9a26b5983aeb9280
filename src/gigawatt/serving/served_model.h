#pragma once
/// A model as a server runs it: groups of equal layers with the sizes that kernels need, weights by format, and the
/// cache that a token leaves behind.
///
///   cache of a token, elements   grouped attention 2 kv_heads head_dim a layer (keys beyond the window are dropped);
///                                latent attention kv_rank + rotary; recurrent layers keep a state of fixed size
///   weights                      attention and dense layers in one format, experts in another, embedding and head in
///                                16 bits
///
/// Units: elements and bytes of the whole model; sharding is the deployment's.

#include <cstdint>
#include <string>
#include <vector>

#include "gigawatt/catalog/model.h"
#include "gigawatt/kernels/device.h"

namespace gigawatt::serving {

struct Engine;

enum class Mixer : std::uint8_t { kGrouped, kLatent, kSparseLatent, kState };

/// `count` equal layers.
struct ServedLayers {
  double count = 0;
  Mixer mixer = Mixer::kGrouped;
  double heads = 0;
  double kv_heads = 0;
  double head_dim = 0;
  double value_dim = 0;
  double window = 0;       ///< 0: all keys
  double gate_width = 0;   ///< columns of a gate on the attention's output
  double query_rank = 0;   ///< of latent queries; 0: full
  double latent = 0;       ///< elements of the latent cache, rotary part included
  double chosen = 0;       ///< keys that a sparse attention reads; 0: all
  double state_in = 0;     ///< columns of the input projection of a recurrent layer
  double state_out = 0;    ///< rows of its output projection
  double state_keys = 0;   ///< key width over all heads
  double state_heads = 0;  ///< value heads
  double state_dim = 0;    ///< rows (and columns) of a head's state
  double channels = 0;     ///< of the convolution before the recurrence
  double ffn = 0;          ///< of a dense layer; 0: none
  double ffn_matrices = 3;
  double experts = 0;
  double topk = 0;
  double expert_ffn = 0;
  double shared_ffn = 0;
};

struct ServedModel {
  std::string name;
  double hidden = 0;
  double vocab = 0;
  double layers = 0;
  double window = 0;  ///< longest prompt and answer together that the model takes; 0: not known
  double mtp_layers = 0;
  std::vector<ServedLayers> groups;
  double attention_weights = 0;  ///< of all mixers, shared experts and dense layers: what every token passes
  double expert_weights = 0;
  double embedding_weights = 0;  ///< table and head
};

ServedModel served_model(const catalog::Model& model);

/// Numeric formats of one deployment.
struct Formats {
  kernels::Format dense = kernels::Format::kBf16;
  kernels::Format experts = kernels::Format::kBf16;
  double cache_bytes = 2;  ///< of an element of the key-value cache
};

/// Formats of a published checkpoint: "bf16", "fp8" (block-scaled), "fp4" (of a mixture: the experts alone; of a dense
/// model all products), "mxfp4" and "int4" (experts or all weights, 16-bit products). Nothing for an unknown word.
std::optional<Formats> formats_of(std::string_view precision, const ServedModel& model);

/// The formats as the engine runs them by itself: some keep the cache of an 8-bit checkpoint in 16 bits; checkpoints in 4
/// bits say that theirs has 8.
Formats with_cache_of(const Engine& engine, Formats formats);

double weight_bytes(const ServedModel& model, const Formats& formats);
/// Cache of one sequence of `tokens` tokens, bytes over all layers, before sharding.
double cache_bytes(const ServedModel& model, const Formats& formats, double tokens);

}  // namespace gigawatt::serving
