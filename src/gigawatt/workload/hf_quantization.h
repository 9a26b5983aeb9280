#pragma once
/// How wide the weights of a quantized checkpoint are, from the `quantization_config` of its `config.json`: the code of a
/// weight, and its share of the scales and zero points that a group of weights has.
///
/// | method | bits of a weight |
/// | bitsandbytes (arXiv 2305.14314) | 4, and a 32-bit scale for 64 weights: 4.5; scales quantized again: 4.127; or 8 |
/// | gptq, awq (2210.17323, 2306.00978) | bits + (16 + bits) / group: scale and zero point |
/// | compressed-tensors, auto-round, hqq | bits + 16 / group |
/// | mxfp4, nvfp4 | 4.25, 4.5: 8 bits for 32 weights, for 16 |
/// | fp8 and its like | 8 |
///
/// Embedding, head and norms stay as they are, and what a list of modules names: by layer ("model.layers.3.mlp*"), by
/// part ("re:.*self_attn.*") or both; ModelOpt's `quantized_layers` says single widths. The widths are means over the
/// model's layers. Methods that leave all but experts alone (mxfp4 of GPT-OSS) say so themselves.

#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "gigawatt/catalog/model.h"

namespace gigawatt::workload {

struct StoredBits {
  double dense = 16;   ///< of a matrix in a layer that is no expert's
  double expert = 16;  ///< of an expert's

  bool operator==(const StoredBits&) const = default;
};

/// Nothing where the method, or its width, is not known.
std::optional<StoredBits> stored_bits(const nlohmann::json& quantization_config, const catalog::Model& model);

/// The format in which a checkpoint of such bits is served: by the narrower of its widths, and by what its codes are
/// (floating-point or whole numbers).
catalog::WeightFormat stored_format(const nlohmann::json& quantization_config, const StoredBits& bits);

}  // namespace gigawatt::workload
