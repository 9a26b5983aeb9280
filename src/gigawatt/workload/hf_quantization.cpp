#include "gigawatt/workload/hf_quantization.h"

#include <algorithm>
#include <cctype>

#include <nlohmann/json.hpp>

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

/// Whether attention is among what is left as it was.
bool spares_attention(const Json& q) {
  for (const char* key : {"modules_to_not_convert", "ignore", "ignored_layers", "exclude_modules"}) {
    const auto list = q.find(key);
    if (list == q.end() || !list->is_array()) continue;
    for (const Json& item : *list)
      if (item.is_string() && item.get<std::string>().find("attn") != std::string::npos) return true;
  }
  return false;
}

}  // namespace

std::optional<StoredBits> stored_bits(const Json& q) {
  if (!q.is_object()) return std::nullopt;
  const std::string method = text_of(q, "quant_method");
  const auto bits = bits_of(q, method);
  if (!bits) return std::nullopt;
  return StoredBits{method == "mxfp4" || spares_attention(q) ? 16 : *bits, *bits};
}

}  // namespace gigawatt::workload
