#include "gigawatt/serving/served_model.h"

#include <algorithm>
#include <optional>

#include "gigawatt/workload/parameters.h"

namespace gigawatt::serving {
namespace {

double real(std::int64_t x) { return static_cast<double>(x); }

ServedLayers layer_of(const catalog::Model& m, std::int64_t index) {
  ServedLayers s;
  s.count = 1;
  s.heads = real(m.heads);
  s.kv_heads = real(m.kv_heads);
  s.head_dim = real(m.head_dim);
  s.value_dim = s.head_dim;
  s.window = m.window > 0 && !workload::is_full_attention_layer(m, index) ? real(m.window) : 0;
  s.ffn_matrices = m.ffn_gated ? 3 : 2;
  if (m.attention == catalog::AttentionKind::kMla) {
    s.mixer = Mixer::kLatent;
    s.query_rank = real(m.mla.q_lora_rank);
    s.latent = real(m.mla.kv_lora_rank + m.mla.qk_rope_dim);
    s.head_dim = real(m.mla.qk_nope_dim + m.mla.qk_rope_dim);
    s.value_dim = real(m.mla.v_head_dim);
  }
  if (workload::is_moe_layer(m, index)) {
    s.experts = real(m.moe.experts);
    s.topk = real(m.moe.topk);
    s.expert_ffn = real(m.moe.expert_ffn);
    s.shared_ffn = real(m.moe.shared_ffn);
  } else {
    s.ffn = real(m.ffn);
  }
  return s;
}

bool same_kind(const ServedLayers& a, const ServedLayers& b) {
  return a.mixer == b.mixer && a.heads == b.heads && a.kv_heads == b.kv_heads && a.head_dim == b.head_dim &&
         a.window == b.window && a.ffn == b.ffn && a.experts == b.experts && a.expert_ffn == b.expert_ffn &&
         a.state_in == b.state_in;
}

}  // namespace

ServedModel served_model(const catalog::Model& m) {
  ServedModel s;
  s.name = m.name;
  s.hidden = real(m.hidden);
  s.vocab = real(m.vocab);
  s.layers = real(m.layers);
  s.window = real(m.max_positions);
  s.mtp_layers = real(m.mtp_layers);
  for (std::int64_t i = 0; i < m.layers; ++i) {
    const ServedLayers layer = layer_of(m, i);
    const auto known = std::find_if(s.groups.begin(), s.groups.end(),
                                    [&](const ServedLayers& g) { return same_kind(g, layer); });
    if (known == s.groups.end())
      s.groups.push_back(layer);
    else
      known->count += 1;
  }
  const workload::ParameterCount p = workload::count_parameters(m);
  s.embedding_weights = real(p.embedding + p.head);
  s.expert_weights = real(p.moe_layers) * real(m.moe.experts) * real(p.expert);
  s.attention_weights = real(p.total) - s.embedding_weights - s.expert_weights;
  return s;
}

std::optional<Formats> formats_of(std::string_view precision, const ServedModel& model) {
  using kernels::Format;
  const bool mixture = model.expert_weights > 0;
  if (precision == "bf16" || precision == "fp16" || precision == "bfloat16" || precision == "float16")
    return Formats{Format::kBf16, Format::kBf16, 2};
  if (precision.starts_with("fp8") || precision == "mxfp8")
    return Formats{Format::kFp8Block, Format::kFp8Block, 1};
  if (precision.starts_with("fp4") || precision == "nvfp4")
    return Formats{mixture ? Format::kBf16 : Format::kNvfp4, Format::kNvfp4, 1};
  if (precision == "mxfp4") return Formats{mixture ? Format::kBf16 : Format::kMxfp4A16, Format::kMxfp4A16, 2};
  if (precision == "int4" || precision == "uint4" || precision == "UINT4")
    return Formats{mixture ? Format::kBf16 : Format::kInt4Weight, Format::kInt4Weight, 2};
  if (precision == "int8") return Formats{Format::kInt8, Format::kInt8, 2};
  return std::nullopt;
}

double weight_bytes(const ServedModel& m, const Formats& f) {
  return m.attention_weights * kernels::weight_bytes(f.dense) +
         m.expert_weights * kernels::weight_bytes(f.experts) +
         m.embedding_weights * kernels::weight_bytes(kernels::Format::kBf16);
}

double cache_bytes(const ServedModel& m, const Formats& f, double tokens) {
  double elements = 0;
  for (const auto& g : m.groups) {
    const double kept = g.window > 0 ? std::min(tokens, g.window) : tokens;
    switch (g.mixer) {
      case Mixer::kGrouped: elements += g.count * g.kv_heads * (g.head_dim + g.value_dim) * kept; break;
      case Mixer::kLatent:
      case Mixer::kSparseLatent: elements += g.count * g.latent * kept; break;
      case Mixer::kState: elements += g.count * g.state_heads * g.state_dim * g.state_dim * 2; break;
    }
  }
  return elements * f.cache_bytes;
}

}  // namespace gigawatt::serving
