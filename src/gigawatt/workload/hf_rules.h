#pragma once
/// Parts of a config.json that many families share. Internal to the reader.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "gigawatt/catalog/model.h"
#include "gigawatt/workload/hf_reader.h"

namespace gigawatt::workload::hf {

// Bounds that no decoder comes near; with catalog::kMaxParameters they keep every count within 64 bits.
inline constexpr std::int64_t kMaxLayers = 10'000;
inline constexpr std::int64_t kMaxWidth = 1'000'000;
inline constexpr std::int64_t kMaxFfn = 10'000'000;
inline constexpr std::int64_t kMaxVocab = 10'000'000;
inline constexpr std::int64_t kMaxPositions = 100'000'000;
inline constexpr std::int64_t kMaxExperts = 100'000;

void unsupported(HfReader& r, std::string_view key, std::string message);

/// Layers, width, heads and vocabulary under their usual names.
void read_attention(HfReader& r, catalog::Model& m);
/// `attention_bias` and `mlp_bias`, without unless said.
void read_biases(HfReader& r, catalog::Model& m);
/// Number of experts and size of one under these keys, experts per token.
void read_experts(HfReader& r, catalog::Model& m, std::string_view count, std::string_view width);

/// A span of tokens; 0 when absent.
std::int64_t read_window(HfReader& r, std::string_view key);
/// Full attention in the last of every `period` layers (0: in none), `window` in the others.
void set_windows(catalog::Model& m, std::int64_t window, std::int64_t period);
/// Windows by `layer_types` where the file has them, else in all layers but every `default_period`-th.
void read_windows(HfReader& r, catalog::Model& m, std::int64_t window, std::int64_t default_period);

/// The period with which `wanted` holds in the last of every so many layers; 0: never. An error when there is none.
std::int64_t period_of(HfReader& r, std::string_view key, std::int64_t layers,
                       const std::function<bool(std::int64_t)>& wanted);

}  // namespace gigawatt::workload::hf
