#include "gigawatt/serving/served_model.h"

#include <algorithm>
#include <optional>

#include "gigawatt/base/real.h"
#include "gigawatt/serving/engine.h"
#include "gigawatt/workload/parameters.h"

namespace gigawatt::serving {
namespace {

using base::real;

ServedLayers layer_of(const catalog::Model& m, std::int64_t index) {
  ServedLayers s;
  s.count = 1;
  const catalog::LayerShape x = workload::shape_of(m, workload::kind_of_layer(m, index));
  s.heads = real(x.heads);
  s.kv_heads = x.shared_kv ? 0 : real(x.kv_heads);
  s.head_dim = real(x.head_dim);
  s.value_dim = real(x.v_dim());
  s.window = real(x.window);
  s.gate_width = real(x.gate_width);
  s.chosen = real(x.indexer.topk);
  s.ffn_matrices = x.ffn_gated ? 3 : 2;
  if (x.attention == catalog::AttentionKind::kMla && x.has_attention()) {
    s.mixer = x.indexer.heads > 0 ? Mixer::kSparseLatent : Mixer::kLatent;
    s.query_rank = real(x.mla.q_lora_rank);
    s.latent = real(x.mla.kv_lora_rank + x.mla.qk_rope_dim);
    s.head_dim = real(x.mla.qk_nope_dim + x.mla.qk_rope_dim);
    s.value_dim = real(x.mla.v_head_dim);
  } else if (!x.has_attention()) {
    s.mixer = Mixer::kState;
    s.state_in = real(x.state.in_width);
    s.state_out = real(x.state.out_width);
    s.state_keys = real(x.state.heads * x.state.key_dim);
    s.state_heads = real(x.state.heads);
    s.state_dim = real(x.state.value_dim);
    s.channels = real(x.state.conv_channels);
  }
  s.experts = real(x.moe.experts);
  s.topk = real(x.moe.topk);
  s.expert_ffn = real(x.moe.expert_ffn);
  s.shared_ffn = real(x.moe.shared_ffn);
  s.ffn = real(x.ffn);
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
  s.window = real(m.max_positions > 0 ? m.max_positions : m.context);
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
  s.expert_weights = real(p.routed);
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

Formats with_cache_of(const Engine& engine, Formats formats) {
  const bool wide = kernels::weight_bytes(formats.dense) >= 1 && kernels::weight_bytes(formats.experts) >= 1;
  if (wide && engine.eight_bit_cache < 1) formats.cache_bytes = 2;
  return formats;
}

double weight_bytes(const ServedModel& m, const Formats& f) {
  return m.attention_weights * kernels::weight_bytes(f.dense) +
         m.expert_weights * kernels::weight_bytes(f.experts) +
         m.embedding_weights * kernels::weight_bytes(kernels::Format::kBf16);
}

double cache_bytes(const ServedModel& m, const Formats& f, double tokens) {
  double elements = 0, states = 0;
  for (const auto& g : m.groups) {
    const double kept = g.window > 0 ? std::min(tokens, g.window) : tokens;
    switch (g.mixer) {
      case Mixer::kGrouped: elements += g.count * g.kv_heads * (g.head_dim + g.value_dim) * kept; break;
      case Mixer::kLatent:
      case Mixer::kSparseLatent: elements += g.count * g.latent * kept; break;
      case Mixer::kState: states += g.count * g.state_keys * g.state_dim; break;
    }
  }
  constexpr double kStateBytes = 4;  // states add up over the whole sequence, so they are kept in 32 bits
  return elements * f.cache_bytes + states * kStateBytes;
}

}  // namespace gigawatt::serving
