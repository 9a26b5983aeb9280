// Megatron-LM's models whose layers follow a pattern of letters: M a state space (Mamba-2), * attention, - a dense FFN,
// E experts; each is a layer of its own. They are Nemotron-H's, whose rules make the model.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/interop/megatron_model.h"
#include "gigawatt/workload/hf_config.h"

namespace gigawatt::interop {
namespace {

/// What these rules have no words for.
std::string other_layers(MegatronArguments& a, const std::string& pattern, const catalog::Model& m) {
  if (pattern.find_first_not_of("M*-E") != std::string::npos)
    return fmt::format("layers of kind '{}'", pattern[pattern.find_first_not_of("M*-E")]);
  if (m.ffn_gated) return "gated FFNs among hybrid layers";
  if (m.norm != catalog::NormKind::kRms) return "layer norms among hybrid layers";
  if (m.attention == catalog::AttentionKind::kMla) return "latent attention among hybrid layers";
  if (m.window > 0 || a.has("linear-attention-freq"))
    return "windows or linear attention among hybrid layers";
  return "";
}

}  // namespace

bool hybrid_model(MegatronArguments& a, MegatronModel& out) {
  std::string pattern = a.text("hybrid-layer-pattern");
  if (pattern.empty()) pattern = a.text("hybrid-override-pattern");
  a.has("is-hybrid-model");
  if (pattern.empty()) return false;
  const auto modules =
      std::count(pattern.begin(), pattern.end(), '/');  // prediction modules behind the layers
  pattern.resize(std::min(pattern.find('/'), pattern.size()));
  std::erase(pattern, '|');  // stages of a pipeline
  catalog::Model& m = out.sizes;
  if (m.layers > 0 && m.layers != std::ssize(pattern))
    out.notes.push_back(
        fmt::format("--num-layers {} does not count: the pattern has {} layers", m.layers, pattern.size()));
  m.layers = std::ssize(pattern);
  if (modules > 0)
    out.notes.push_back(fmt::format("{} prediction modules behind the pattern are not modeled", modules));
  const std::int64_t head_dim = a.number("mamba-head-dim", 64);
  const std::int64_t heads = a.number("mamba-num-heads", std::max<std::int64_t>(1, 2 * m.hidden / head_dim));
  const std::int64_t state = a.number("mamba-state-dim", 128), groups = a.number("mamba-num-groups", 8);
  if (const std::string why = other_layers(a, pattern, m); !why.empty()) {
    out.not_sayable.push_back(why);
    return true;
  }
  const bool biases = m.mlp_bias;
  nlohmann::json config = {{"model_type", "nemotron_h"},
                           {"hybrid_override_pattern", pattern},
                           {"num_hidden_layers", m.layers},
                           {"hidden_size", m.hidden},
                           {"intermediate_size", m.ffn},
                           {"num_attention_heads", std::max<std::int64_t>(1, m.heads)},
                           {"num_key_value_heads", std::max<std::int64_t>(1, m.kv_heads)},
                           {"head_dim", m.head_dim},
                           {"mlp_bias", biases},
                           {"attention_bias", m.out_bias},
                           {"use_bias", biases},
                           {"tie_word_embeddings", m.tied_embeddings},
                           {"vocab_size", std::max<std::int64_t>(1, m.vocab)},
                           {"mamba_num_heads", heads},
                           {"mamba_head_dim", head_dim},
                           {"ssm_state_size", state},
                           {"n_groups", groups},
                           {"conv_kernel", 4},
                           {"n_shared_experts", m.moe.shared_ffn > 0 ? 1 : 0},
                           {"moe_shared_expert_intermediate_size", m.moe.shared_ffn},
                           {"n_routed_experts", m.moe.experts},
                           {"num_experts_per_tok", m.moe.topk},
                           {"moe_intermediate_size", m.moe.expert_ffn},
                           {"moe_latent_size", nullptr}};
  if (a.has("moe-latent-size")) config["moe_latent_size"] = a.number("moe-latent-size", 1);
  const auto read =
      workload::import_hf(config.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), "megatron");
  if (!read) {
    out.not_sayable.push_back("the pattern: " + read.error().front().message);
    return true;
  }
  const std::int64_t vocab = m.vocab;
  m = read->model;
  m.name = "megatron";
  m.title = "From arguments of Megatron-LM";
  m.vocab = vocab;
  return true;
}

}  // namespace gigawatt::interop
