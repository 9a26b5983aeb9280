#pragma once
/// What the keys of `config.json` mean, family by family (model definitions of the Transformers library, and for
/// DeepSeek and Kimi the ones beside their checkpoints).
///
///   llama, mistral     RMS norms, gated FFN, grouped queries; `attention_bias` covers q, k, v and output
///   mixtral            the same with experts in every layer, no dense FFN
///   llama4             MoE in the last of every `interleave_moe_layer_step` layers beside one shared expert of the
///                      same width; chunks of `attention_chunk_size` where `no_rope_layers` is 1, else full attention;
///                      the norm of q and k has no weights
///   qwen2, qwen2_moe   biases on q, k and v; the shared expert has a gate (one more row of hidden size)
///   qwen3, qwen3_moe   norms with weights on the q and k of each head, no biases
///   deepseek_v2        latent attention, leading dense layers, shared experts of summed width
///   deepseek_v3, kimi_k2  the same with a correction bias per expert (`noaux_tc`) and multi-token prediction
///   gpt2, gpt_neox     layer norms and biases everywhere, plain FFN; learned or rotary positions
///   nemotron           layer norms, squared ReLU without gate, no biases, rotary positions
///   gemma, 2, 3        tied embedding; from 2 on a second pair of norms and windows, 3 norms q and k as well
///   gpt_oss            biases everywhere, a sink per head, a bias in the router, windows in every second layer
///   phi3               as llama; its fused projections hold the same numbers

#include <span>
#include <string_view>

#include "gigawatt/catalog/model.h"
#include "gigawatt/workload/hf_reader.h"

namespace gigawatt::workload {

struct HfFamily {
  std::string_view model_type;
  std::string_view architecture;  ///< entry of `architectures`, for files without `model_type`
  void (*read)(HfReader& r, catalog::Model& m);
};

/// Ascending by `model_type`. Text parts of multimodal files ("llama4_text") are found by their family's name.
std::span<const HfFamily> hf_families();

/// Relations between sizes that hold in every family.
void check_hf_model(HfReader& r, const catalog::Model& m);

}  // namespace gigawatt::workload
