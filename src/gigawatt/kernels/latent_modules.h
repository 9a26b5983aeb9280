#pragma once
/// Terms of whole attention modules (projections, cache write, attention, output) of models with a latent or sparse
/// cache, and of their parts: the indexer's scores, the choice of the best keys, attention over the chosen ones.
///
/// A sparse module scores all keys with a small indexer (`index_heads` heads of 128), keeps the best `chosen` and
/// attends to these; a compressed cache holds one entry for `compression` tokens. Dense latent attention is the case
/// without an indexer: all keys are kept. Queries of a prompt see (history + (length + 1)/2) keys on average.
/// Widths: DeepSeek-V3.2 (arXiv 2512.02556), DeepSeek-V4, GLM-5 and MiniMax-M3 as their published configurations say;
/// `LatentArchitecture` holds what the terms need of them.

#include <string_view>

#include "gigawatt/kernels/device.h"
#include "gigawatt/kernels/law.h"

namespace gigawatt::kernels {

/// How a module keeps its cache.
enum class LatentKind {
  kLatent,      ///< DeepSeek-V2/V3: 512 + 64 elements a token, no indexer
  kSparse,      ///< the same with an indexer (DeepSeek-V3.2, GLM-5)
  kCompressed,  ///< DeepSeek-V4: one shared key-value of 512 for `compression` tokens, a window of 128 beside it
  kGrouped,     ///< MiniMax-M3: keys and values in groups, blocks chosen by an indexer
};

struct LatentArchitecture {
  double hidden = 7168;
  double query_rank = 1536;
  double latent = 512;
  double rotary = 64;
  double heads = 128;  ///< before tensor parallelism
  double chosen = 2048;
  double index_heads = 64;
  double window = 0;
  double output_rank = 0;  ///< of a low-rank output projection, over all heads
};

/// The architecture whose published name (of a checkpoint) is given; DeepSeek-V3's where none is known.
LatentArchitecture latent_architecture(std::string_view checkpoint);

struct LatentModule {
  LatentKind kind = LatentKind::kLatent;
  bool indexed = false;  ///< runs the indexer
  bool selects = true;   ///< attends to the chosen keys only
  bool decode = false;
  double batch = 1;
  double length = 1;   ///< new tokens a sequence
  double history = 0;  ///< tokens in the cache before them
  double heads = 0;    ///< on this device
  double compression = 1;
  double cache_bytes = 1;
  Format products = Format::kBf16;
};

Terms latent_module_terms(const Device& device, const LatentArchitecture& architecture,
                          const LatentModule& module);

/// Queries of `batch` sequences, `length` each, after `history` tokens; the cache has one entry for `compression`.
struct QueryBlock {
  double batch = 1;
  double length = 1;
  double history = 0;
  double compression = 1;
};
/// Choice of the best keys of each query.
Terms selection_terms(const Device& device, const QueryBlock& block);
/// Scores of the indexer.
Terms index_score_terms(const Device& device, const QueryBlock& block, double index_heads);
/// Attention of `heads` heads over the chosen keys.
Terms chosen_attention_terms(const Device& device, const QueryBlock& block, double heads);

}  // namespace gigawatt::kernels
