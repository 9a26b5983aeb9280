#include "gigawatt/workload/hf_rules.h"

#include <fmt/format.h>

namespace gigawatt::workload::hf {

using catalog::Model;

void unsupported(HfReader& r, std::string_view key, std::string message) {
  r.error("unsupported-architecture", key, std::move(message));
}

void read_attention(HfReader& r, Model& m) {
  m.layers = r.integer("num_hidden_layers", kMaxLayers);
  m.hidden = r.integer("hidden_size", kMaxWidth);
  m.heads = r.integer("num_attention_heads", kMaxWidth);
  m.kv_heads = r.integer_or("num_key_value_heads", m.heads, kMaxWidth);
  m.vocab = r.integer("vocab_size", kMaxVocab);
  if (r.has("head_dim"))
    m.head_dim = r.integer("head_dim", kMaxWidth);
  else if (m.heads > 0 && m.hidden % m.heads == 0)
    m.head_dim = m.hidden / m.heads;
  else if (m.heads > 0 && m.hidden > 0)
    r.error("inconsistent", "num_attention_heads",
            fmt::format("{} heads do not divide a hidden size of {}", m.heads, m.hidden),
            "give 'head_dim' when a head is not hidden_size / num_attention_heads wide");
}

void read_biases(HfReader& r, Model& m) {
  m.qkv_bias = m.out_bias = r.boolean_or("attention_bias", false);
  m.mlp_bias = r.boolean_or("mlp_bias", false);
}

void set_windows(Model& m, std::int64_t window, std::int64_t period) {
  if (window <= 0 || period == 1) return;
  m.window = window;
  m.full_attention_period = period;
}

std::int64_t period_of(HfReader& r, std::string_view key, std::int64_t layers,
                       const std::function<bool(std::int64_t)>& wanted) {
  std::int64_t period = 0;
  for (std::int64_t i = 0; i < layers && period == 0; ++i)
    if (wanted(i)) period = i + 1;
  for (std::int64_t i = 0; i < layers; ++i)
    if (wanted(i) != (period > 0 && (i + 1) % period == 0)) {
      unsupported(r, key,
                  fmt::format("'{}' is not a pattern of every n-th layer: layer {} breaks it", key, i));
      return 1;
    }
  return period;
}

void read_windows(HfReader& r, Model& m, std::int64_t window, std::int64_t default_period) {
  const auto types = r.texts("layer_types");
  if (!types) return set_windows(m, window, default_period);
  if (static_cast<std::int64_t>(types->size()) != m.layers) {
    if (m.layers > 0)
      r.error("inconsistent", "layer_types",
              fmt::format("'layer_types' has {} entries for {} layers", types->size(), m.layers));
    return;
  }
  for (const auto& type : *types)
    if (type != "full_attention" && type != "sliding_attention" && type != "chunked_attention")
      return unsupported(r, "layer_types",
                         fmt::format("layers of type {} are not supported", in_quotes(type)));
  const auto is_full = [&](std::int64_t i) {
    return (*types)[static_cast<std::size_t>(i)] == "full_attention";
  };
  const std::int64_t period = period_of(r, "layer_types", m.layers, is_full);
  if (period != 1 && window <= 0)
    r.error("missing-key", "layer_types",
            "'layer_types' has windows, but no 'sliding_window' says how long they are");
  set_windows(m, window, period);
}

std::int64_t read_window(HfReader& r, std::string_view key) { return r.integer_or(key, 0, kMaxPositions); }

void read_experts(HfReader& r, Model& m, std::string_view count, std::string_view width) {
  m.moe.experts = r.integer(count, kMaxExperts);
  m.moe.topk = r.integer("num_experts_per_tok", kMaxExperts);
  m.moe.expert_ffn = r.integer(width, kMaxFfn);
}

}  // namespace gigawatt::workload::hf
