// MaxText: base.yml and what overrides it. Defaults are base.yml's of August 2026.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "gigawatt/interop/trainers.h"

namespace gigawatt::interop {
namespace {

constexpr std::int64_t kLargestScale = std::int64_t{1} << 30;

class MaxtextReader {
 public:
  explicit MaxtextReader(TrainerConfig& config) : config_(config), s_(config.settings) {}

  Imported run() {
    model();
    if (auto wrong = degrees()) return tl::unexpected(std::move(*wrong));
    if (auto wrong = batch()) return tl::unexpected(std::move(*wrong));
    memory();
    out_.kind = s_.flag("enable_lora") ? step::TrainingKind::kLora
                : s_.flag("use_sft")   ? step::TrainingKind::kSft
                                       : step::TrainingKind::kPretrain;
    out_.software = "jax-2024";
    return finish_import(std::move(out_), s_, std::move(problems_));
  }

 private:
  std::int64_t number(const std::string& key, std::int64_t usual) { return s_.number(key, usual, problems_); }
  void note(std::string text) { out_.notes.push_back(std::move(text)); }

  /// Inside a slice (or node) times across; -1: what is left of all.
  std::int64_t axis(const std::string& name, std::int64_t inside = 1, std::int64_t across = 1) {
    inside = number("ici_" + name + "_parallelism", inside);
    across = number("dcn_" + name + "_parallelism", across);
    return inside < 0 || across < 0 ? -1 : bounded_product({inside, across});
  }

  std::optional<base::Diagnostics> degrees() {
    const auto least = [](std::int64_t n) { return std::max<std::int64_t>(1, n); };
    const std::int64_t tensor = bounded_product({least(axis("tensor")), least(axis("tensor_sequence"))});
    const std::int64_t context = bounded_product(
        {least(axis("context")), least(axis("sequence")), least(axis("context_usp_ulysses"))});
    const std::int64_t pipeline = least(axis("pipeline")), expert = least(axis("expert"));
    std::int64_t fsdp = axis("fsdp", -1), data = axis("data", 1, -1);
    const std::int64_t transpose = least(axis("fsdp_transpose"));
    axis("autoregressive");
    axis("context_autoregressive");
    const std::int64_t model_ranks = bounded_product({tensor, context, pipeline, expert, transpose});
    // Where both are open, slices hold one copy each: the accelerators that are given are one slice.
    if (fsdp < 0 && data < 0) data = 1;
    out_.gpus = config_.gpus;
    if (out_.gpus == 0 && fsdp > 0)
      out_.gpus = bounded_product({model_ranks, fsdp, std::max<std::int64_t>(1, data)});
    if (out_.gpus == 0)
      return cannot_import("the number of accelerators is not said, and an axis takes what is left",
                           "--gpus N")
          .value();
    if (fsdp < 0) fsdp = left_over(fsdp, out_.gpus, bounded_product({model_ranks, data}));
    if (data < 0) data = left_over(data, out_.gpus, bounded_product({model_ranks, fsdp}));
    fsdp = bounded_product({fsdp, transpose});
    p_.tp = as_degree(tensor);
    p_.cp = as_degree(context);
    p_.pp = as_degree(pipeline);
    p_.ep = as_degree(expert);
    p_.dp = as_degree(bounded_product({fsdp, data, expert}));  // experts are spread over data-parallel ranks
    p_.sequence_parallel = p_.tp > 1;
    p_.zero_stage = fsdp > 1 ? 3 : 0;
    if (fsdp > 1 && data > 1) p_.shard_group = as_degree(bounded_product({fsdp, expert, p_.cp}));
    const std::int64_t repeats = number("num_pipeline_repeats", -1);
    const std::int64_t each = number("num_layers_per_pipeline_stage", 1);
    if (p_.pp > 1) {
      p_.vpp = as_degree(repeats > 0 ? repeats
                         : out_.sizes.layers > 0
                             ? out_.sizes.layers / bounded_product({std::max<std::int64_t>(1, each), p_.pp})
                             : 1);
      if (p_.vpp > 1) p_.schedule = step::Schedule::kInterleaved;
    }
    return std::nullopt;
  }

  std::optional<base::Diagnostics> batch() {
    out_.seq_len = number("max_target_length", 2048);
    if (out_.seq_len < 1) {
      problems_.push_back(
          base::error("bad-argument", fmt::format("max_target_length is {}", out_.seq_len), "at least 1"));
      out_.seq_len = 1;
    }
    const std::string text = s_.text("per_device_batch_size");
    double each = 12;
    if (!text.empty() && std::from_chars(text.data(), text.data() + text.size(), each).ec != std::errc{})
      each = 0;
    if (!(each > 0) || each > 1e6)
      return cannot_import(fmt::format("per_device_batch_size is '{}'", text)).value();
    if (text.empty()) note("per_device_batch_size is not said: base.yml's 12");
    const std::int64_t steps = std::max<std::int64_t>(1, number("gradient_accumulation_steps", 1));
    const double all = each * static_cast<double>(out_.gpus);
    const double of_rank = all / static_cast<double>(p_.dp);
    if (std::abs(of_rank - std::round(of_rank)) > 1e-9 || of_rank < 1)
      problems_.push_back(base::error(
          "contradiction",
          fmt::format(
              "per_device_batch_size {} gives {} sequences to each of {} data-parallel ranks, which is no "
              "whole number",
              each, of_rank, p_.dp),
          "with context or tensor parallelism a sequence has several devices"));
    const std::int64_t micro_batches = number("num_pipeline_microbatches", -1);
    const std::int64_t count = micro_batches > 0 ? micro_batches : p_.pp;
    const auto whole = std::max<std::int64_t>(1, std::llround(of_rank));
    if (p_.pp > 1 && whole % count != 0)
      problems_.push_back(base::error(
          "contradiction", fmt::format("{} sequences do not divide into {} micro-batches", whole, count)));
    p_.micro_batch = as_degree(p_.pp > 1 ? whole / count : whole);
    out_.global_batch = bounded_product({whole, p_.dp, steps});
    return std::nullopt;
  }

  void memory() {
    const std::string remat = lower(s_.text("remat_policy"));
    const bool none = remat == "none" || remat == "minimal_with_context" || remat == "minimal_flash";
    p_.recompute.kind = remat == "full" || remat.empty() ? step::RecomputeKind::kFull
                        : none                           ? step::RecomputeKind::kNone
                                                         : step::RecomputeKind::kSelective;
    if (!remat.empty() && remat != "full" && remat != "none")
      note(fmt::format("remat_policy {} is taken for {} recompute", remat, none ? "no" : "selective"));
    const std::string quantization = lower(s_.text("quantization"));
    if (quantization.find("mxfp8") != std::string::npos)
      p_.precision = catalog::Precision::kMxfp8;
    else if (quantization.find("nvfp4") != std::string::npos)
      p_.precision = catalog::Precision::kNvfp4;
    else if (quantization.find("fp8") != std::string::npos)
      p_.precision = catalog::Precision::kFp8;
    else if (!quantization.empty())
      note(fmt::format("quantization {} is taken for bf16", quantization));
    if (lower(s_.text("dtype")) == "float32") p_.precision = catalog::Precision::kFp32;
    p_.offload_optimizer = s_.flag("optimizer_memory_host_offload");
    const std::string attention = lower(s_.text("attention"));
    p_.flash_attention = attention != "dot_product";
  }

  /// The model of a name, what overrides its sizes, or sizes alone with base.yml's for the rest.
  void model() {
    const std::string name = lower(config_.model.empty() ? s_.text("model_name") : config_.model);
    const bool named = !name.empty() && name != "default";
    bool sized = false, complete = true;
    for (const char* key :
         {"base_num_decoder_layers", "base_emb_dim", "base_mlp_dim", "base_num_query_heads"}) {
      sized = !s_.text(key).empty() || sized;
      complete = complete && !s_.text(key).empty();
    }
    const std::int64_t scale = number("global_parameter_scale", 1);
    const bool power_of_two = scale > 0 && scale <= kLargestScale && (scale & (scale - 1)) == 0;
    sized = sized || scale != 1;
    const catalog::Model* known = named ? named_model(std::vector{name}, config_.find) : nullptr;
    auto& m = out_.sizes;
    if (known != nullptr) {
      m = *known;
      out_.model_name = sized ? "" : known->name;
    } else if (named) {
      note(fmt::format("no model '{}' in the catalogue", name));
    }
    if (!power_of_two || (scale != 1 && known != nullptr)) {
      out_.model_name.clear();
      m = {};
      out_.not_sayable.push_back(fmt::format("global_parameter_scale {}", s_.text("global_parameter_scale")));
      return;
    }
    if (!sized) {
      if (!named) note("the text names no model and no sizes: base.yml's own are of no model");
      return;
    }
    if (named && known == nullptr && !complete)
      out_.not_sayable.push_back(fmt::format("model_name {}", name));
    const bool fresh = known == nullptr;
    m.name = "maxtext";
    m.title = "From a configuration of MaxText";
    m.aliases.clear();
    m.published_total = m.published_active = m.training_tokens = {};
    m.layers = number("base_num_decoder_layers", fresh ? 16 : m.layers);
    m.hidden = number("base_emb_dim", fresh ? 2048 : m.hidden);
    m.heads = number("base_num_query_heads", fresh ? 16 : m.heads);
    m.kv_heads = number("base_num_kv_heads", fresh ? 16 : m.kv_heads);
    m.head_dim = number("head_dim", fresh ? 128 : m.head_dim);
    m.ffn = number("base_mlp_dim", fresh ? 7168 : m.ffn);
    m.vocab = number("vocab_size", fresh ? 32000 : m.vocab);
    if (!fresh) {
      if (!m.pattern.empty())
        out_.not_sayable.push_back(fmt::format("other sizes of {}, whose layers differ", name));
      return;
    }
    if (of_family(m, scale)) return;
    m.tied_embeddings = s_.flag("logits_via_embedding");
    m.qk_norm = s_.flag("use_qk_norm");
    m.qkv_bias = s_.flag("attention_bias");
    m.mtp_layers = std::max<std::int64_t>(0, number("mtp_num_layers", 0));
    m.ffn_gated =
        s_.text("mlp_activations").empty() || s_.text("mlp_activations").find(',') != std::string::npos;
    attention_of(m);
    experts_of(m);
    scale_up(m, scale);
    indexer_of(m);
    unsayable();
    block_of(m, lower(s_.text("decoder_block")));
    m.family = m.is_moe() ? "moe" : "dense";
  }

  /// A model whose layers differ in more than their widths.
  bool of_family(catalog::Model& m, std::int64_t scale) {
    auto family = maxtext_family(s_, lower(s_.text("decoder_block")), problems_);
    if (!family && family.error().empty()) return false;
    if (!family) out_.not_sayable.push_back(family.error());
    if (scale != 1) out_.not_sayable.push_back(fmt::format("global_parameter_scale {}", scale));
    if (!family) return true;
    m = std::move(*family);
    m.name = "maxtext";
    m.title = "From a configuration of MaxText";
    m.mtp_layers = std::max<std::int64_t>(0, number("mtp_num_layers", 0));
    for (const char* part : {"engram_layers", "num_kv_shared_layers", "hidden_size_per_layer_input"})
      if (const std::string value = lower(s_.text(part)); !value.empty() && value != "[]" && value != "0")
        out_.not_sayable.push_back(fmt::format("{} {}", part, value));
    return true;
  }

  /// MaxText's sizes of a model that is `scale` times as large, a power of two: of every three doublings the first
  /// is of heads and FFN, the second of the width, the third of the layers.
  static void scale_up(catalog::Model& m, std::int64_t scale) {
    int doublings = 0;
    while ((std::int64_t{1} << doublings) < scale) ++doublings;
    const auto times = [](std::int64_t& size, int power) {
      size = bounded_product({size, std::int64_t{1} << power});
    };
    const int heads = (doublings + 2) / 3, width = (doublings + 1) / 3, layers = doublings / 3;
    for (std::int64_t* size : {&m.heads, &m.kv_heads, &m.ffn, &m.moe.expert_ffn, &m.moe.shared_ffn})
      times(*size, heads);
    times(m.hidden, width);
    times(m.layers, layers);
  }

  void attention_of(catalog::Model& m) {
    const std::string kind = lower(s_.text("attention_type"));
    m.attention = m.kv_heads == m.heads ? catalog::AttentionKind::kMha : catalog::AttentionKind::kGqa;
    if (kind == "mla") {
      m.attention = catalog::AttentionKind::kMla;
      m.mla = {.q_lora_rank = number("q_lora_rank", 0),
               .kv_lora_rank = number("kv_lora_rank", 512),
               .qk_nope_dim = number("qk_nope_head_dim", 128),
               .qk_rope_dim = number("qk_rope_head_dim", 64),
               .v_head_dim = number("v_head_dim", 128)};
      m.kv_heads = m.heads;
      m.head_dim = m.mla.qk_nope_dim + m.mla.qk_rope_dim;
    } else if (!kind.empty() && kind != "global") {
      out_.not_sayable.push_back(fmt::format("attention_type {}", kind));
    }
  }

  void experts_of(catalog::Model& m) {
    const std::int64_t experts = number("num_experts", 1);
    const std::int64_t width = number("base_moe_mlp_dim", -1);
    if (experts <= 1) return;
    auto& e = m.moe;
    e.experts = experts;
    e.topk = number("num_experts_per_tok", 1);
    e.expert_ffn = width > 0 ? width : m.ffn;
    e.shared_ffn = bounded_product({std::max<std::int64_t>(0, number("shared_experts", 0)), e.expert_ffn});
    e.first_dense_layers = number("first_num_dense_layers", 0);
    e.layer_period = std::max<std::int64_t>(1, number("interleave_moe_layer_step", 1));
    e.router_bias = s_.flag("routed_bias");
  }

  void indexer_of(catalog::Model& m) {
    if (!s_.flag("use_indexer")) return;
    auto& x = m.indexer;
    x.heads = number("indexer_n_heads", 64);
    x.head_dim = number("indexer_head_dim", 128);
    x.topk = number("indexer_topk", 2048);
    const auto over = [](std::int64_t a, std::int64_t b) { return bounded_product({a, b}); };
    x.weights = over(over(m.mla.q_lora_rank, x.heads), x.head_dim) + over(m.hidden, x.head_dim) +
                2 * x.head_dim + over(m.hidden, x.heads);
  }

  /// Parts of a layer that no field of a model says here, whatever the kind of decoder.
  void unsayable() {
    for (const char* part : {"moba", "share_kv_projections", "use_double_wide_mlp", "engram_layers"})
      if (const std::string value = lower(s_.text(part)); !value.empty() && value != "false" && value != "[]")
        out_.not_sayable.push_back(fmt::format("{} {}", part, value));
    for (const char* part : {"mhc_expansion_rate", "num_kv_shared_layers", "hidden_size_per_layer_input",
                             "moe_expert_input_dim", "attention_output_dim"})
      if (const std::int64_t size = number(part, 0);
          size > (part == std::string("mhc_expansion_rate") ? 1 : 0))
        out_.not_sayable.push_back(fmt::format("{} {}", part, size));
  }

  /// What the kind of decoder adds to the widths above, which do not say all of every kind.
  void block_of(catalog::Model& m, const std::string& block) {
    m.out_bias = m.qkv_bias && block != "qwen2";  // MaxText's only attention with biases but on its output
    if (block == "gpt_oss") {
      m.mlp_bias = s_.flag("mlp_bias");
      m.attention_sinks = s_.flag("attention_sink");
      m.window = number("sliding_window_size", 0);
      m.full_attention_period = m.window > 0 ? 2 : 1;
    } else if (block == "llama4") {
      m.qk_norm = false;  // a norm without weights
      m.window = number("chunk_attn_window_size", 0);
      m.chunked = m.window > 0;
      m.full_attention_period = m.chunked ? std::max<std::int64_t>(1, number("nope_layer_interval", 1)) : 1;
    } else if (block == "gemma2" || block == "gemma3") {
      const bool pairs =
          block == "gemma2";  // a "layer" of these is one of a window and one of full attention
      if (pairs) m.layers = bounded_product({m.layers, 2});
      m.qk_norm = !pairs;
      m.post_norms = s_.flag("use_post_attn_norm") && s_.flag("use_post_ffw_norm");
      m.window = number("sliding_window_size", 0);
      m.full_attention_period = m.window == 0 ? 1 : pairs ? 2 : 6;
    } else if (block == "gpt3") {
      m.qkv_bias = m.out_bias = m.mlp_bias = true;
      m.norm = catalog::NormKind::kLayer;
      m.max_positions = number("trainable_position_size", 0);
      m.position = m.max_positions > 0 ? catalog::PositionKind::kLearned : m.position;
    } else if (!widths_say_all(block)) {
      out_.not_sayable.push_back(fmt::format("decoder_block {}", block));
    }
  }

  static bool widths_say_all(const std::string& block) {
    for (const char* known :
         {"", "llama2", "mistral", "mixtral", "qwen2", "qwen3", "qwen3_moe", "deepseek", "gemma", "default"})
      if (block == known) return true;
    return false;
  }

  TrainerConfig& config_;
  Settings& s_;
  MegatronImport out_;
  step::ParallelPlan& p_ = out_.plan;
  base::Diagnostics problems_;
};

}  // namespace

Imported import_maxtext(TrainerConfig& config) { return MaxtextReader(config).run(); }

}  // namespace gigawatt::interop
