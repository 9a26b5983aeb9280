#include "gigawatt/workload/hf_families.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "gigawatt/workload/hf_rules.h"

namespace gigawatt::workload {
namespace {

using catalog::Model;
using namespace hf;  // NOLINT(google-build-using-namespace): the rules that this file is made of

void read_llama(HfReader& r, Model& m) {
  read_attention(r, m);
  m.ffn = r.integer("intermediate_size", kMaxFfn);
  m.tied_embeddings = r.boolean_or("tie_word_embeddings", false);
  read_biases(r, m);
}

void read_mistral(HfReader& r, Model& m) {
  read_llama(r, m);
  read_windows(r, m, read_window(r, "sliding_window"), 0);
}

void read_mixtral(HfReader& r, Model& m) {
  read_mistral(r, m);
  read_experts(r, m, "num_local_experts", "intermediate_size");
}

void read_llama4(HfReader& r, Model& m) {
  read_attention(r, m);
  m.ffn = r.integer("intermediate_size_mlp", kMaxFfn);
  m.tied_embeddings = r.boolean_or("tie_word_embeddings", false);
  m.qkv_bias = m.out_bias = r.boolean_or("attention_bias", false);
  read_experts(r, m, "num_local_experts", "intermediate_size");
  m.moe.shared_ffn = m.moe.expert_ffn;
  m.chunked = true;
  m.moe.layer_period = r.integer_or("interleave_moe_layer_step", 1, kMaxLayers);
  if (const auto layers = r.integers("moe_layers")) {
    std::vector<bool> moe(static_cast<std::size_t>(m.layers));
    for (const std::int64_t layer : *layers)
      if (layer >= 0 && layer < m.layers) moe[static_cast<std::size_t>(layer)] = true;
    const auto is_moe = [&](std::int64_t i) { return moe[static_cast<std::size_t>(i)]; };
    const std::int64_t period = period_of(r, "moe_layers", m.layers, is_moe);
    if (period > 0) m.moe.layer_period = period;
    if (period == 0 && m.layers > 0) m.moe = {};
  }
  const std::int64_t chunk = read_window(r, "attention_chunk_size");
  const auto rotary = r.integers("no_rope_layers");  // 1: rotary and chunked, 0: neither
  if (r.has("layer_types") || !rotary || rotary->empty())
    return read_windows(r, m, chunk, r.integer_or("no_rope_layer_interval", 4, kMaxLayers));
  if (static_cast<std::int64_t>(rotary->size()) != m.layers)
    return r.error("inconsistent", "no_rope_layers",
                   fmt::format("'no_rope_layers' has {} entries for {} layers", rotary->size(), m.layers));
  const auto is_full = [&](std::int64_t i) { return (*rotary)[static_cast<std::size_t>(i)] == 0; };
  set_windows(m, chunk, period_of(r, "no_rope_layers", m.layers, is_full));
}

void read_qwen2(HfReader& r, Model& m) {
  read_llama(r, m);
  m.qkv_bias = true;
  m.out_bias = m.mlp_bias = false;
  if (!r.boolean_or("use_sliding_window", false)) return;
  const std::int64_t window = read_window(r, "sliding_window");
  const std::int64_t first = r.integer_or("max_window_layers", m.layers, kMaxLayers, 0);  // full below it
  if (r.has("layer_types") || first == 0) return read_windows(r, m, window, 0);
  if (first < m.layers)
    unsupported(r, "max_window_layers", "windows in the upper layers only are not supported");
}

void read_qwen3(HfReader& r, Model& m) {
  read_qwen2(r, m);
  read_biases(r, m);
  m.mlp_bias = false;
  m.qk_norm = true;
}

/// Layers with experts: the last of every `decoder_sparse_step`, but none of `mlp_only_layers` (which must lead).
void read_qwen_experts(HfReader& r, Model& m) {
  read_experts(r, m, "num_experts", "moe_intermediate_size");
  m.moe.layer_period = r.integer_or("decoder_sparse_step", 1, kMaxLayers);
  auto dense = r.integers("mlp_only_layers").value_or(std::vector<std::int64_t>{});
  std::sort(dense.begin(), dense.end());
  for (std::size_t i = 0; i < dense.size(); ++i)
    if (dense[i] != static_cast<std::int64_t>(i))
      return unsupported(r, "mlp_only_layers", "dense layers other than the first ones are not supported");
  m.moe.first_dense_layers = static_cast<std::int64_t>(dense.size());
}

void read_qwen2_moe(HfReader& r, Model& m) {
  read_qwen2(r, m);
  read_qwen_experts(r, m);
  m.moe.shared_ffn = r.integer("shared_expert_intermediate_size", kMaxFfn);
  m.moe.gated_shared = true;
}

void read_qwen3_moe(HfReader& r, Model& m) {
  read_qwen3(r, m);
  read_qwen_experts(r, m);
}

void read_deepseek_v2(HfReader& r, Model& m) {
  m.attention = catalog::AttentionKind::kMla;
  m.layers = r.integer("num_hidden_layers", kMaxLayers);
  m.hidden = r.integer("hidden_size", kMaxWidth);
  m.heads = m.kv_heads = r.integer("num_attention_heads", kMaxWidth);
  m.vocab = r.integer("vocab_size", kMaxVocab);
  m.ffn = r.integer("intermediate_size", kMaxFfn);
  m.tied_embeddings = r.boolean_or("tie_word_embeddings", false);
  if (r.boolean_or("attention_bias", false))
    unsupported(r, "attention_bias", "biases of latent attention are not supported");
  m.mla.q_lora_rank = r.integer_or("q_lora_rank", 0, kMaxWidth);
  m.mla.kv_lora_rank = r.integer("kv_lora_rank", kMaxWidth);
  m.mla.qk_nope_dim = r.integer("qk_nope_head_dim", kMaxWidth);
  m.mla.qk_rope_dim = r.integer("qk_rope_head_dim", kMaxWidth);
  m.mla.v_head_dim = r.integer("v_head_dim", kMaxWidth);
  m.head_dim = m.mla.qk_nope_dim + m.mla.qk_rope_dim;
  if (!r.has("n_routed_experts")) return;
  read_experts(r, m, "n_routed_experts", "moe_intermediate_size");
  m.moe.shared_ffn = r.integer_or("n_shared_experts", 0, kMaxExperts, 0) * m.moe.expert_ffn;
  m.moe.first_dense_layers = r.integer_or("first_k_dense_replace", 0, kMaxLayers, 0);
  if (r.integer_or("moe_layer_freq", 1, kMaxLayers) != 1)
    unsupported(r, "moe_layer_freq", "'moe_layer_freq' other than 1 is not supported");
}

void read_deepseek_v3(HfReader& r, Model& m) {
  read_deepseek_v2(r, m);
  m.moe.router_bias = m.is_moe() && r.text_or("topk_method", "noaux_tc") == "noaux_tc";
  m.mtp_layers = r.integer_or("num_nextn_predict_layers", 0, kMaxLayers, 0);
}

void read_gpt2(HfReader& r, Model& m) {
  m.layers = r.integer("n_layer", kMaxLayers);
  m.hidden = r.integer("n_embd", kMaxWidth);
  m.heads = m.kv_heads = r.integer("n_head", kMaxWidth);
  m.vocab = r.integer("vocab_size", kMaxVocab);
  m.ffn = r.integer_or("n_inner", 4 * m.hidden, kMaxFfn);
  m.max_positions = r.integer("n_positions", kMaxPositions);
  if (m.heads > 0 && m.hidden % m.heads == 0)
    m.head_dim = m.hidden / m.heads;
  else if (m.heads > 0 && m.hidden > 0)
    r.error("inconsistent", "n_head",
            fmt::format("{} heads do not divide a hidden size of {}", m.heads, m.hidden));
  m.position = catalog::PositionKind::kLearned;
  m.norm = catalog::NormKind::kLayer;
  m.ffn_gated = false;
  m.qkv_bias = m.out_bias = m.mlp_bias = true;
  m.tied_embeddings = r.boolean_or("tie_word_embeddings", true);
}

void read_gpt_neox(HfReader& r, Model& m) {
  read_attention(r, m);
  m.ffn = r.integer("intermediate_size", kMaxFfn);
  m.norm = catalog::NormKind::kLayer;
  m.ffn_gated = false;
  m.qkv_bias = m.out_bias = r.boolean_or("attention_bias", true);
  m.mlp_bias = true;
  m.tied_embeddings = r.boolean_or("tie_word_embeddings", false);
}

void read_nemotron(HfReader& r, Model& m) {
  read_llama(r, m);
  m.norm = catalog::NormKind::kLayer;
  m.ffn_gated = false;
}

void read_gemma(HfReader& r, Model& m) {
  read_attention(r, m);
  m.ffn = r.integer("intermediate_size", kMaxFfn);
  m.tied_embeddings = r.boolean_or("tie_word_embeddings", true);
  m.qkv_bias = m.out_bias = r.boolean_or("attention_bias", false);
}

void read_gemma2(HfReader& r, Model& m) {
  read_gemma(r, m);
  m.post_norms = true;
  read_windows(r, m, read_window(r, "sliding_window"), 2);
}

void read_gemma3(HfReader& r, Model& m) {
  // Published multimodal files leave out what equals the class's defaults.
  m.layers = r.integer_or("num_hidden_layers", 26, kMaxLayers);
  m.hidden = r.integer_or("hidden_size", 2304, kMaxWidth);
  m.heads = r.integer_or("num_attention_heads", 8, kMaxWidth);
  m.kv_heads = r.integer_or("num_key_value_heads", 4, kMaxWidth);
  m.head_dim = r.integer_or("head_dim", 256, kMaxWidth);
  m.vocab = r.integer_or("vocab_size", 262208, kMaxVocab);
  m.ffn = r.integer_or("intermediate_size", 9216, kMaxFfn);
  m.tied_embeddings = r.boolean_or("tie_word_embeddings", true);
  m.qkv_bias = m.out_bias = r.boolean_or("attention_bias", false);
  m.post_norms = true;
  m.qk_norm = true;
  read_windows(r, m, r.integer_or("sliding_window", 4096, kMaxPositions),
               r.integer_or("sliding_window_pattern", 6, kMaxLayers));
}

void read_gpt_oss(HfReader& r, Model& m) {
  read_attention(r, m);
  m.ffn = r.integer("intermediate_size", kMaxFfn);
  read_experts(r, m, "num_local_experts", "intermediate_size");
  m.tied_embeddings = r.boolean_or("tie_word_embeddings", false);
  m.qkv_bias = m.out_bias = r.boolean_or("attention_bias", true);
  m.mlp_bias = true;
  m.attention_sinks = true;
  m.moe.router_bias = true;
  read_windows(r, m, read_window(r, "sliding_window"), 2);
}

void read_phi3(HfReader& r, Model& m) {
  read_mistral(r, m);
  m.qkv_bias = m.out_bias = m.mlp_bias = false;
}

constexpr std::array kFamilies = std::to_array<HfFamily>({
    {"deepseek_v2", "DeepseekV2ForCausalLM", read_deepseek_v2},
    {"deepseek_v3", "DeepseekV3ForCausalLM", read_deepseek_v3},
    {"gemma", "GemmaForCausalLM", read_gemma},
    {"gemma2", "Gemma2ForCausalLM", read_gemma2},
    {"gemma3", "Gemma3ForCausalLM", read_gemma3},
    {"gpt2", "GPT2LMHeadModel", read_gpt2},
    {"gpt_neox", "GPTNeoXForCausalLM", read_gpt_neox},
    {"gpt_oss", "GptOssForCausalLM", read_gpt_oss},
    {"kimi_k2", "KimiK2ForCausalLM", read_deepseek_v3},
    {"llama", "LlamaForCausalLM", read_llama},
    {"llama4", "Llama4ForCausalLM", read_llama4},
    {"mistral", "MistralForCausalLM", read_mistral},
    {"mixtral", "MixtralForCausalLM", read_mixtral},
    {"nemotron", "NemotronForCausalLM", read_nemotron},
    {"phi3", "Phi3ForCausalLM", read_phi3},
    {"qwen2", "Qwen2ForCausalLM", read_qwen2},
    {"qwen2_moe", "Qwen2MoeForCausalLM", read_qwen2_moe},
    {"qwen3", "Qwen3ForCausalLM", read_qwen3},
    {"qwen3_moe", "Qwen3MoeForCausalLM", read_qwen3_moe},
});

}  // namespace

std::span<const HfFamily> hf_families() { return kFamilies; }

void check_hf_model(HfReader& r, const Model& m) {
  if (m.kv_heads > 0 && m.heads % m.kv_heads != 0)
    r.error("inconsistent", "num_key_value_heads",
            fmt::format("{} key/value heads do not divide {} heads", m.kv_heads, m.heads));
  if (m.moe.topk > m.moe.experts)
    r.error("inconsistent", "num_experts_per_tok",
            fmt::format("a token cannot visit {} of {} experts", m.moe.topk, m.moe.experts));
  if (m.moe.first_dense_layers > m.layers)
    r.error("inconsistent", "first_k_dense_replace",
            fmt::format("{} leading dense layers of {}", m.moe.first_dense_layers, m.layers));
  if (const double bound = catalog::parameter_bound(m); bound > catalog::kMaxParameters)
    r.error("out-of-bounds", "hidden_size", fmt::format("these sizes make up to {:.1e} parameters", bound),
            fmt::format("at most {:.0e} are accepted", catalog::kMaxParameters));
}

}  // namespace gigawatt::workload
