#pragma once
/// The rules of a family applied to one `config.json`: keys -> catalog::Model.
///
/// Rules of the whole model (families.toml, names as in catalog::Model unless said):
///   layers hidden vocab max_positions position tied mtp embedding_norm head_bias embedding_width embedding_weights
///   outer_weights outer_vectors final_norm
/// Rules of layer i, where `i` is known; a part whose switch is false is left out:
///   attends            heads kv_heads head_dim value_dim latent q_lora_rank kv_lora_rank qk_nope qk_rope v_head
///                      qkv_bias out_bias qk_norm sinks shared_kv keys_are_values gate_width q_rank out_groups out_rank window chunked compression
///                      index_heads index_dim index_topk index_ratio index_weights
///   state              "none" or a kind: state_in state_out conv_channels state_kernel state_heads key_dim state_dim
///                      state_side state_vectors
///   dense              ffn
///   moe                experts topk expert_ffn shared_ffn router_bias gated_shared moe_latent moe_side
///   always             gated mlp_bias norm norms post_norms side vectors reused
/// `check` is evaluated once, for what it refuses. Layers that are alike are one shape; where they differ in windows or
/// experts by a period only, the model says the period instead.

#include <memory>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/model.h"
#include "gigawatt/workload/hf_table.h"

namespace gigawatt::workload {

/// The keys of one file as a family reads them: its own names, other names of them, the class's defaults.
struct HfKeys {
  const nlohmann::json* file = nullptr;
  const HfFamily* family = nullptr;
  nlohmann::json defaults;  ///< over those of the family: what a multimodal whole fills in
  std::shared_ptr<const base::SourceText> source;
  std::size_t begin = 0;  ///< byte from which keys are looked for in the text, for their places
};

struct HfBuilt {
  catalog::Model model;
  base::Diagnostics errors;
  std::set<std::string> read;  ///< keys that rules asked for
  std::vector<std::pair<std::string, std::string>>
      filled;  ///< sizes that are the class's defaults: key and value
};

HfBuilt build_model(const HfKeys& keys);

/// The shortest form of a model whose layers are `shapes`, in order.
void set_layers(catalog::Model& model, const std::vector<catalog::LayerShape>& shapes);

}  // namespace gigawatt::workload
