// Megatron-LM's --experimental-attention-variant: gated delta nets between layers of attention (Qwen3-Next) and latent
// attention to the keys that an indexer picks (DeepSeek-V3.2), and a gate on the attention's output.
#include <fmt/format.h>

#include "gigawatt/interop/megatron_model.h"
#include "gigawatt/workload/hf_build.h"
#include "gigawatt/workload/parameters.h"

namespace gigawatt::interop {
namespace {

using catalog::LayerShape;
using catalog::Model;

/// Its own defaults are those of Qwen3-Next.
catalog::StateArchitecture delta_net(MegatronArguments& a) {
  const std::int64_t kernel = a.number("linear-conv-kernel-dim", 4);
  const std::int64_t key_dim = a.number("linear-key-head-dim", 128);
  const std::int64_t value_dim = a.number("linear-value-head-dim", 128);
  const std::int64_t key_heads = a.number("linear-num-key-heads", 16);
  const std::int64_t heads = a.number("linear-num-value-heads", 32);
  if (heads % key_heads != 0)
    a.wrong("contradiction", fmt::format("--linear-num-value-heads {} is no multiple of "
                                         "--linear-num-key-heads {}",
                                         heads, key_heads));
  const std::int64_t keys = key_heads * key_dim, values = heads * value_dim;
  return {.kind = catalog::StateKind::kGatedDelta,
          .in_width = 2 * keys + 2 * values + 2 * heads,
          .out_width = values,
          .conv_channels = 2 * keys + values,
          .conv_kernel = kernel,
          .heads = heads,
          .key_dim = key_dim,
          .value_dim = value_dim,
          .vectors = (2 * keys + values) * kernel + 2 * heads + value_dim};
}

/// Which layers are linear: every `n`-th is not, or a list of 0 and 1.
std::optional<std::vector<bool>> linear_layers(MegatronArguments& a, std::int64_t layers) {
  const std::string text = a.text("linear-attention-freq");
  if (text.empty()) return std::vector<bool>(static_cast<std::size_t>(layers), true);
  if (text.find_first_not_of("0123456789") != std::string::npos) return layer_pattern(text, layers);
  const std::int64_t every = a.number("linear-attention-freq", 1);
  std::vector<bool> out;
  for (std::int64_t i = 0; i < layers; ++i) out.push_back((i + 1) % every != 0);
  return out;
}

catalog::IndexerArchitecture indexer(MegatronArguments& a, const Model& m) {
  catalog::IndexerArchitecture x{.heads = a.number("dsa-indexer-n-heads", 1),
                                 .head_dim = a.number("dsa-indexer-head-dim", 1),
                                 .topk = a.number("dsa-indexer-topk", 1)};
  x.weights =
      m.mla.q_lora_rank * x.heads * x.head_dim + m.hidden * x.head_dim + 2 * x.head_dim + m.hidden * x.heads;
  return x;
}

void delta_layers(MegatronArguments& a, MegatronModel& out) {
  Model& m = out.sizes;
  const catalog::StateArchitecture state = delta_net(a);
  const auto linear = linear_layers(a, m.layers);
  if (!linear || static_cast<std::int64_t>(linear->size()) != m.layers)
    return a.wrong("unknown-value",
                   fmt::format("--linear-attention-freq is '{}'", a.text("linear-attention-freq")),
                   fmt::format("a number, or a list such as ([1]*3+[0])*12 of {} layers", m.layers));
  std::vector<LayerShape> shapes;
  for (std::int64_t i = 0; i < m.layers; ++i) {
    LayerShape s = workload::shape_of(m, workload::kind_of_layer(m, i));
    if ((*linear)[static_cast<std::size_t>(i)]) {
      s.heads = s.kv_heads = s.head_dim = s.value_dim = s.gate_width = s.window = 0;
      s.qkv_bias = s.out_bias = s.qk_norm = s.attention_sinks = false;
      s.attention = catalog::AttentionKind::kGqa;
      s.mla = {};
      s.state = state;
    }
    shapes.push_back(s);
  }
  workload::set_layers(m, shapes);
}

}  // namespace

void attention_variant(MegatronArguments& a, MegatronModel& out, bool hybrid) {
  Model& m = out.sizes;
  const std::string variant = a.text("experimental-attention-variant");
  if (a.has("attention-output-gate")) m.gate_width = m.heads * m.v_dim();
  if (variant.empty() && !a.has("linear-attention-freq")) return;
  constexpr std::int64_t kMostLayers = 4096;
  if (hybrid || m.layers < 1 || m.layers > kMostLayers) {
    out.not_sayable.push_back("--experimental-attention-variant beside a pattern of layers");
  } else if (variant == "gated_delta_net" || variant == "gdn") {
    delta_layers(a, out);
  } else if (variant == "dsa" && a.has("dsa-indexer-n-heads") && a.has("dsa-indexer-head-dim") &&
             a.has("dsa-indexer-topk") && m.attention == catalog::AttentionKind::kMla &&
             m.mla.q_lora_rank > 0 && a.number("dsa-indexer-topk-freq", 1) == 1) {
    m.indexer = indexer(a, m);
  } else {
    out.not_sayable.push_back(fmt::format("--experimental-attention-variant {}: layers of another kind",
                                          variant.empty() ? "(none) with --linear-attention-freq" : variant));
  }
}

}  // namespace gigawatt::interop
