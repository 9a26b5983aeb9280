// Decoder blocks of MaxText whose layers differ in more than their widths: models of the table of families
// (workload/families), with MaxText's sizes under the names that a config.json has for them.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/interop/trainers.h"
#include "gigawatt/workload/hf_config.h"

namespace gigawatt::interop {
namespace {

using Json = nlohmann::json;

class Family {
 public:
  Family(Settings& settings, base::Diagnostics& problems) : s_(settings), problems_(problems) {}

  /// Null where the block is none of these.
  Json config(const std::string& block) {
    Json c = {{"num_hidden_layers", number("base_num_decoder_layers", 16)},
              {"hidden_size", number("base_emb_dim", 2048)},
              {"num_attention_heads", number("base_num_query_heads", 16)},
              {"num_key_value_heads", number("base_num_kv_heads", 16)},
              {"head_dim", number("head_dim", 128)},
              {"intermediate_size", number("base_mlp_dim", 7168)},
              {"vocab_size", number("vocab_size", 32000)},
              {"tie_word_embeddings", s_.flag("logits_via_embedding")}};
    if (block == "qwen3_next" || block == "qwen3_5")
      delta_net(c, block);
    else if (block == "olmo3")
      olmo3(c);
    else if (block == "gemma4")
      gemma4(c);
    else if (block == "deepseek4")
      deepseek4(c);
    else
      return nullptr;
    return c;
  }

 private:
  std::int64_t number(const char* key, std::int64_t usual) { return s_.number(key, usual, problems_); }
  std::int64_t expert_width() {
    const std::int64_t width = number("base_moe_mlp_dim", -1);
    return width > 0 ? width : number("base_mlp_dim", 7168);
  }

  void delta_net(Json& c, const std::string& block) {
    const std::int64_t experts = number("num_experts", 1);
    c["model_type"] = block == "qwen3_next" ? "qwen3_next"
                      : experts > 1         ? "qwen3_5_moe_text"
                                            : "qwen3_5_text";
    c["full_attention_interval"] = std::max<std::int64_t>(1, number("inhomogeneous_layer_cycle_interval", 4));
    c["linear_conv_kernel_dim"] = number("gdn_conv_kernel_dim", 4);
    c["linear_key_head_dim"] = number("gdn_key_head_dim", 128);
    c["linear_value_head_dim"] = number("gdn_value_head_dim", 128);
    c["linear_num_key_heads"] = number("gdn_num_key_heads", 16);
    c["linear_num_value_heads"] = number("gdn_num_value_heads", 32);
    if (experts <= 1) {
      if (block == "qwen3_next") c["num_experts"] = 0;
      return;
    }
    c["num_experts"] = experts;
    c["num_experts_per_tok"] = number("num_experts_per_tok", 1);
    c["moe_intermediate_size"] = expert_width();
    c["shared_expert_intermediate_size"] =
        bounded_product({std::max<std::int64_t>(0, number("shared_experts", 0)), expert_width()});
  }

  /// Every n-th layer attends to all.
  Json types(std::int64_t every) {
    Json list = Json::array();
    constexpr std::int64_t kMost = 10'000;
    for (std::int64_t i = 0; i < std::min(kMost, number("base_num_decoder_layers", 16)); ++i)
      list.push_back((i + 1) % std::max<std::int64_t>(1, every) == 0 ? "full_attention"
                                                                     : "sliding_attention");
    return list;
  }

  void olmo3(Json& c) {
    c["model_type"] = "olmo3";
    c["sliding_window"] = number("sliding_window_size", 4096);
    c["layer_types"] = types(number("inhomogeneous_layer_cycle_interval", 4));
  }

  void gemma4(Json& c) {
    c["model_type"] = "gemma4_text";
    c["sliding_window"] = number("sliding_window_size", 1024);
    c["layer_types"] = types(6);
    c["global_head_dim"] = number("global_head_dim", 512);
    c["num_global_key_value_heads"] = number("global_num_kv_heads", 4);
    c["attention_k_eq_v"] = s_.flag("share_kv_projections");
    c["hidden_size_per_layer_input"] = 0;
    c["num_kv_shared_layers"] = 0;
    c["enable_moe_block"] = number("num_experts", 1) > 1;
    if (number("num_experts", 1) <= 1) return;
    c["num_experts"] = number("num_experts", 1);
    c["top_k_experts"] = number("num_experts_per_tok", 1);
    c["moe_intermediate_size"] = expert_width();
  }

  void deepseek4(Json& c) {
    c["model_type"] = "deepseek_v4";
    c["moe_intermediate_size"] = expert_width();
    c["n_routed_experts"] = number("num_experts", 1);
    c["num_experts_per_tok"] = number("num_experts_per_tok", 1);
    c["n_shared_experts"] = number("shared_experts", 1);
    c["num_hash_layers"] = number("first_num_hash_layers", 3);
    c["q_lora_rank"] = number("q_lora_rank", 1024);
    c["o_groups"] = number("o_groups", 8);
    c["o_lora_rank"] = number("o_lora_rank", 1024);
    c["qk_rope_head_dim"] = number("qk_rope_head_dim", 64);
    c["index_head_dim"] = number("indexer_head_dim", 128);
    c["index_n_heads"] = number("indexer_n_heads", 64);
    c["index_topk"] = number("indexer_topk", 512);
    c["sliding_window"] = number("sliding_window_size", 128);
    c["hc_mult"] = number("mhc_expansion_rate", 4);
    const Json ratios = Json::parse(s_.text("compress_ratios"), nullptr, false);
    if (ratios.is_array()) c["compress_ratios"] = ratios;
  }

  Settings& s_;
  base::Diagnostics& problems_;
};

}  // namespace

tl::expected<catalog::Model, std::string> maxtext_family(Settings& settings, const std::string& block,
                                                         base::Diagnostics& problems) {
  const Json config = Family(settings, problems).config(block);
  if (config.is_null()) return tl::unexpected(std::string());
  auto read = workload::import_hf(config.dump(), "maxtext");
  if (!read) return tl::unexpected(read.error().front().message);
  return std::move(read->model);
}

}  // namespace gigawatt::interop
