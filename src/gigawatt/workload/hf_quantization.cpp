#include "gigawatt/workload/hf_quantization.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <vector>

#include <nlohmann/json.hpp>

#include "gigawatt/workload/parameters.h"

namespace gigawatt::workload {
namespace {

using Json = nlohmann::json;

std::string text_of(const Json& object, const char* key) {
  const auto at = object.find(key);
  std::string out = at != object.end() && at->is_string() ? at->get<std::string>() : "";
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

double number_of(const Json& object, const char* key, double usual) {
  const auto at = object.find(key);
  return at != object.end() && at->is_number() ? at->get<double>() : usual;
}

bool yes(const Json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_boolean() && at->get<bool>();
}

/// Bits of a code, and `more` bits for each group of weights.
std::optional<double> grouped(double bits, double more, double group) {
  if (!(bits >= 1 && bits <= 16)) return std::nullopt;
  return group >= 1 ? bits + more / group : bits;  // -1: a scale for a whole row
}

std::optional<double> compressed(const Json& q) {
  const auto groups = q.find("config_groups");
  if (groups == q.end() || !groups->is_object()) return std::nullopt;
  for (const auto& [name, group] : groups->items()) {
    if (!group.is_object()) continue;
    const auto weights = group.find("weights");
    if (weights != group.end() && weights->is_object())
      return grouped(number_of(*weights, "num_bits", 0), 16, number_of(*weights, "group_size", -1));
  }
  return std::nullopt;
}

std::optional<double> bits_of(const Json& q, const std::string& method) {
  if (method == "bitsandbytes") {
    if (yes(q, "load_in_4bit") || yes(q, "_load_in_4bit"))
      return yes(q, "bnb_4bit_use_double_quant") ? 4 + 8.0 / 64 + 32.0 / (64 * 256) : 4.5;
    return 8;
  }
  if (method == "gptq" || method == "awq") {
    const double bits = number_of(q, "bits", number_of(q, "w_bit", 4));
    return grouped(bits, 16 + bits, number_of(q, "group_size", number_of(q, "q_group_size", 128)));
  }
  if (method == "compressed-tensors") return compressed(q);
  if (method == "auto-round" || method == "auto_round" || method == "hqq" || method == "intel/auto-round")
    return grouped(number_of(q, "bits", number_of(q, "nbits", 0)), 16, number_of(q, "group_size", 128));
  if (method == "mxfp4") return 4.25;
  if (method == "modelopt" || method == "nvfp4") {
    const std::string algorithm = text_of(q, "quant_algo") + method;
    if (algorithm.find("nvfp4") != std::string::npos) return 4.5;
    return algorithm.find("fp8") != std::string::npos ? std::optional(8.0) : std::nullopt;
  }
  if (method == "fp8" || method == "fbgemm_fp8" || method == "finegrained_fp8") return 8;
  return std::nullopt;
}

/// Weights of a layer by what lists of modules name, and how many bits of them are stored.
struct Part {
  double weights = 0;
  double bits = 0;  ///< of all of them together

  void widen(double share, double width, double usual) {  // a share of them is stored in another width
    bits += std::min(1.0, share) * weights * (width - usual);
  }
};
struct QuantizedLayer {
  Part attention, state, dense, shared, experts;
};

std::vector<QuantizedLayer> layers_of(const catalog::Model& m, double usual) {
  std::vector<QuantizedLayer> out;
  for (std::int64_t i = 0; i < m.layers; ++i) {
    const LayerParameters p = layer_parameters(m, kind_of_layer(m, i));
    const auto part = [&](std::int64_t weights) {
      return Part{static_cast<double>(weights), static_cast<double>(weights) * usual};
    };
    out.push_back({part(p.attention), part(p.state), part(p.dense_ffn), part(p.shared_expert),
                   part(p.experts * p.expert)});
  }
  return out;
}

/// "re:.*self_attn\\.q_proj$", "model.layers.3.self_attn*" -> "*self_attn.q_proj", "model.layers.3.self_attn*"
std::string plain_pattern(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  if (text.starts_with("re:")) {
    text.erase(0, 3);
    for (const auto& [from, to] : {std::pair{"\\", ""}, {"^", ""}, {"$", ""}, {".*", "*"}})
      for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at))
        text.replace(at, std::string_view(from).size(), to), at += std::string_view(to).size();
  }
  return text;
}

/// The layer that a name is of ("layers.3."), -1: of all, and where its part begins.
std::int64_t layer_number(std::string_view name, std::size_t& behind) {
  behind = 0;
  for (const std::string_view word : {"layers.", "blocks.", ".h."}) {
    const std::size_t at = name.find(word);
    if (at == std::string_view::npos) continue;
    std::int64_t number = -1;
    const char* begin = name.data() + at + word.size();
    const auto [end, problem] = std::from_chars(begin, name.data() + name.size(), number);
    behind = static_cast<std::size_t>((problem == std::errc{} ? end : begin) - name.data());
    return problem == std::errc{} ? number : -1;
  }
  return -1;
}

/// Share of attention's matrices that a name stands for: all but where it names single ones.
double attention_share(std::string_view name, const catalog::LayerShape& s, double hidden) {
  const auto has = [&](std::string_view word) { return name.find(word) != std::string_view::npos; };
  const double q = hidden * static_cast<double>(s.heads * s.head_dim);
  const double kv = hidden * static_cast<double>(s.kv_heads * s.head_dim);
  const double o = hidden * static_cast<double>(s.heads * s.v_dim());
  const double all = q + 2 * kv + o;
  if (!has("proj") || !(all > 0)) return 1;
  if (has("qkv")) return (q + 2 * kv) / all;
  if (has("o_proj") || has("out_proj")) return o / all;
  if (has("q_proj") || has("q_b_proj") || has("q_a_proj")) return q / all;
  return has("k_proj") || has("v_proj") || has("kv_") ? kv / all : 1;
}

/// What a name of modules stands for is stored in `width` bits instead of `usual`.
void set_width(std::vector<QuantizedLayer>& layers, const catalog::Model& m, const std::string& pattern,
               double width, double usual) {
  const std::string name = plain_pattern(pattern);
  std::size_t behind = 0;
  const std::int64_t number = layer_number(name, behind);
  const std::string_view part = std::string_view(name).substr(behind);
  const auto has = [&](std::string_view word) { return name.find(word) != std::string::npos; };
  for (const std::string_view other :
       {"norm", "bias", "router", "lm_head", "embed", "vision", "visual", "audio", "projector", "mtp",
        "index", "shared_expert_gate", "conv1d", "a_log"})
    if (has(other)) return;
  if (name.ends_with("gate") || name == "head") return;
  const bool shared = has("shared_expert");
  const bool one_of_three = has("gate_proj") || has("up_proj") || has("down_proj");
  const bool attention = has("attn") || has("attention") || has("q_proj") || has("k_proj") || has("v_proj") ||
                         has("o_proj") || has("qkv");
  const bool experts = !shared && has("experts");
  const bool ffn = has("mlp") || has("ffn") || has("feed_forward") || (one_of_three && !attention);
  const bool whole = number >= 0 && part.find_first_not_of(".*") == std::string_view::npos;
  for (std::int64_t i = 0; i < m.layers; ++i) {
    if (number >= 0 && i != number) continue;
    QuantizedLayer& l = layers[static_cast<std::size_t>(i)];
    const double share = one_of_three && name.find('(') == std::string::npos ? 1.0 / 3 : 1;
    if (attention || whole) {
      const auto shape = shape_of(m, kind_of_layer(m, i));
      l.attention.widen(whole ? 1 : attention_share(part, shape, static_cast<double>(m.hidden)), width,
                        usual);
      l.state.widen(1, width, usual);
    }
    if (shared || whole) l.shared.widen(share, width, usual);
    // One matrix of one expert among many ("experts.7.w1").
    const bool single = part.find_first_of("0123456789") < part.size() && m.moe.experts > 0;
    if (experts || whole)
      l.experts.widen(single && !whole ? 1.0 / (3.0 * static_cast<double>(m.moe.experts)) : 1, width, usual);
    if (ffn && !shared && !experts) {
      l.dense.widen(share, width, usual);
      if (!(l.dense.weights > 0) && !has("proj")) {
        l.shared.widen(1, width, usual);
        l.experts.widen(1, width, usual);
      }
    } else if (whole) {
      l.dense.widen(1, width, usual);
    }
  }
}

/// Means over all layers; parts of which more than all was named are wholly in the other width.
StoredBits mean_bits(const std::vector<QuantizedLayer>& layers, double usual) {
  double dense = 0, dense_bits = 0, experts = 0, expert_bits = 0;
  for (const QuantizedLayer& l : layers) {
    for (const Part* p : {&l.attention, &l.state, &l.dense, &l.shared}) {
      dense += p->weights;
      dense_bits += std::clamp(p->bits, std::min(usual, 4.0) * p->weights, 16 * p->weights);
    }
    experts += l.experts.weights;
    expert_bits +=
        std::clamp(l.experts.bits, std::min(usual, 4.0) * l.experts.weights, 16 * l.experts.weights);
  }
  StoredBits out{dense > 0 ? dense_bits / dense : usual, experts > 0 ? expert_bits / experts : usual};
  if (experts == 0) out.expert = out.dense;
  return out;
}

std::optional<double> width_of(const Json& entry) {
  const std::string algorithm = text_of(entry, "quant_algo");
  const auto has = [&](std::string_view word) { return algorithm.find(word) != std::string::npos; };
  if (has("nvfp4")) return 4.5;
  if (has("mxfp4")) return 4.25;
  if (has("mxfp8")) return 8.25;
  if (has("fp8") || has("int8") || has("w8a8")) return 8;
  if (has("awq") || has("w4a")) return grouped(4, 16, number_of(entry, "group_size", 128));
  return std::nullopt;
}

/// Names of the modules that stay as they were.
std::vector<std::string> spared(const Json& q) {
  std::vector<std::string> out;
  for (const char* key : {"modules_to_not_convert", "ignore", "ignored_layers", "exclude_modules"}) {
    const auto list = q.find(key);
    if (list == q.end() || !list->is_array()) continue;
    for (const Json& item : *list)
      if (item.is_string()) out.push_back(item.get<std::string>());
  }
  return out;
}

}  // namespace

std::optional<StoredBits> stored_bits(const Json& q, const catalog::Model& model) {
  if (!q.is_object()) return std::nullopt;
  const std::string method = text_of(q, "quant_method");
  const auto single = q.find("quantized_layers");
  const bool mixed = single != q.end() && single->is_object() && !single->empty();
  auto bits = bits_of(q, method);
  if (mixed && (method == "modelopt" || !bits)) bits = 16;  // what is not named stays as it was
  if (!bits) return std::nullopt;
  std::vector<QuantizedLayer> layers = layers_of(model, *bits);
  if (mixed) {
    for (const auto& [name, entry] : single->items()) {
      const auto width = width_of(entry);
      if (!width) return std::nullopt;
      set_width(layers, model, name, *width, *bits);
    }
  } else {
    for (const std::string& name : spared(q)) set_width(layers, model, name, 16, *bits);
  }
  StoredBits out = mean_bits(layers, *bits);
  if (method == "mxfp4") out.dense = 16;
  return out;
}

catalog::WeightFormat stored_format(const Json& q, const StoredBits& bits) {
  using catalog::WeightFormat;
  const std::string method = text_of(q, "quant_method");
  std::string said = q.dump();
  std::transform(said.begin(), said.end(), said.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto has = [&](std::string_view word) { return said.find(word) != std::string::npos; };
  const double narrow = std::min(bits.dense, bits.expert);
  if (narrow > 12) return WeightFormat::kBf16;
  const bool whole_numbers = method == "gptq" || method == "awq" || method == "bitsandbytes" ||
                             method == "hqq" || method.find("round") != std::string::npos ||
                             has("\"type\":\"int\"") || has("int8") || has("w4a16") || has("awq");
  if (narrow > 6) return whole_numbers && !has("fp8") ? WeightFormat::kInt8 : WeightFormat::kFp8;
  if (has("mxfp4")) return WeightFormat::kMxfp4;
  return whole_numbers && !has("nvfp4") ? WeightFormat::kInt4 : WeightFormat::kNvfp4;
}

}  // namespace gigawatt::workload
