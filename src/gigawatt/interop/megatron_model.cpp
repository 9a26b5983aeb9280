#include "gigawatt/interop/megatron_model.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "gigawatt/workload/hf_build.h"
#include "gigawatt/workload/parameters.h"

namespace gigawatt::interop {
namespace {

using catalog::Model;

constexpr std::size_t kMostLayers = 4096;

/// "[0]*3+[1]*58", "[1,1,0]*4" and "(...)": lists joined by '+' and repeated by '*'.
class PatternReader {
 public:
  explicit PatternReader(std::string_view text) : text_(text) {}

  std::optional<std::vector<bool>> run() {
    std::vector<bool> out = sum(0);
    if (bad_ || at_ != text_.size()) return std::nullopt;
    return out;
  }

 private:
  bool take(char c) {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::vector<bool> list(int depth) {
    std::vector<bool> out;
    if (depth < 8 && take('(')) {
      out = sum(depth + 1);
      if (!take(')')) bad_ = true;
      return out;
    }
    if (!take('[')) bad_ = true;
    while (!bad_) {
      const bool one = take('1');
      if (!one && !take('0')) bad_ = true;
      out.push_back(one);
      if (take(']')) break;
      if (!take(',')) bad_ = true;
    }
    return out;
  }

  std::vector<bool> product(int depth) {
    const std::vector<bool> once = list(depth);
    std::size_t count = 1;
    if (!bad_ && take('*')) {
      const char* end = text_.data() + text_.size();
      const auto [next, problem] = std::from_chars(text_.data() + at_, end, count);
      if (problem != std::errc{} || count * once.size() > kMostLayers) bad_ = true;
      at_ = static_cast<std::size_t>(next - text_.data());
    }
    std::vector<bool> out;
    for (std::size_t i = 0; !bad_ && i < count; ++i) out.insert(out.end(), once.begin(), once.end());
    return out;
  }

  std::vector<bool> sum(int depth) {
    std::vector<bool> out = product(depth);
    while (!bad_ && take('+')) {
      const std::vector<bool> more = product(depth);
      out.insert(out.end(), more.begin(), more.end());
      if (out.size() > kMostLayers) bad_ = true;
    }
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool bad_ = false;
};

void attention(MegatronArguments& a, Model& m) {
  m.heads = a.number("num-attention-heads", 0);
  m.kv_heads = a.has("group-query-attention") ? a.number("num-query-groups", 1) : m.heads;
  m.attention = m.kv_heads == m.heads ? catalog::AttentionKind::kMha : catalog::AttentionKind::kGqa;
  m.head_dim = a.number("kv-channels", m.heads > 0 ? m.hidden / m.heads : 0);
  if (a.has("multi-latent-attention")) {
    // Defaults of Megatron-LM's configuration of latent attention.
    m.attention = catalog::AttentionKind::kMla;
    m.mla = {.q_lora_rank = a.number("q-lora-rank", 0),
             .kv_lora_rank = a.number("kv-lora-rank", 32),
             .qk_nope_dim = a.number("qk-head-dim", 128),
             .qk_rope_dim = a.number("qk-pos-emb-head-dim", 64),
             .v_head_dim = a.number("v-head-dim", 128)};
    m.kv_heads = m.heads;
    m.head_dim = m.mla.qk_nope_dim + m.mla.qk_rope_dim;
  }
  const bool biases = !a.has("disable-bias-linear") && !a.has("no-add-bias-linear");
  m.qkv_bias = biases || a.has("add-qkv-bias");
  m.out_bias = m.mlp_bias = biases;
  m.qk_norm = a.has("qk-layernorm");
  m.attention_sinks = a.text("softmax-type") == "learnable";
}

void window(MegatronArguments& a, MegatronModel& out) {
  const std::string span = a.text("window-size");
  if (span.empty()) return;
  std::string_view digits = span;
  while (!digits.empty() && (digits[0] == '(' || digits[0] == ' ')) digits.remove_prefix(1);
  std::int64_t before = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), before);
  if (problem != std::errc{} || before < 0 || before > 1'000'000'000)
    return a.wrong("unknown-value", fmt::format("--window-size is '{}'", span), "such as 127,0");
  out.sizes.window = before + 1;  // itself, and so many before it
  const std::string skip = a.text("window-attn-skip-freq");
  if (skip.empty()) {
    out.sizes.full_attention_period = 0;
    return;
  }
  const auto windows = layer_pattern(skip, out.sizes.layers);
  std::int64_t period = 0;
  if (std::from_chars(skip.data(), skip.data() + skip.size(), period).ptr == skip.data() + skip.size() &&
      period > 0) {
    out.sizes.full_attention_period = period;
  } else if (windows) {
    // 1 is a window; the first full layer tells the period, if all others agree.
    const auto first = std::find(windows->begin(), windows->end(), false);
    const auto n = static_cast<std::int64_t>(first - windows->begin()) + 1;
    bool regular = true;
    for (std::size_t i = 0; i < windows->size(); ++i)
      regular = regular && (*windows)[i] == ((static_cast<std::int64_t>(i) + 1) % n != 0);
    out.sizes.full_attention_period = first == windows->end() ? 0 : n;
    if (!regular && out.sizes.layers == 0)
      out.not_sayable.push_back("--window-attn-skip-freq without --num-layers");
    else if (!regular && static_cast<std::int64_t>(windows->size()) != out.sizes.layers)
      a.wrong("contradiction", fmt::format("--window-attn-skip-freq speaks of {} layers, --num-layers of {}",
                                           windows->size(), out.sizes.layers));
    else if (!regular)
      out.window_layers = *windows;
  } else {
    a.wrong("unknown-value", fmt::format("--window-attn-skip-freq is '{}'", skip),
            "a number, or a list of 0 and 1");
  }
}

void experts(MegatronArguments& a, MegatronModel& out) {
  Model& m = out.sizes;
  auto& e = m.moe;
  e.experts = a.number("num-experts", 0);
  e.topk = a.number("moe-router-topk", e.experts > 0 ? 2 : 0);
  e.expert_ffn = a.number("moe-ffn-hidden-size", e.experts > 0 ? m.ffn : 0);
  e.shared_ffn = a.number("moe-shared-expert-intermediate-size", 0);
  e.latent = a.number("moe-latent-size", 0);
  e.gated_shared = a.has("moe-shared-expert-gate");
  e.router_bias = a.has("moe-router-enable-expert-bias");
  const std::string frequency = a.text("moe-layer-freq");
  if (e.experts == 0) {
    e = {};
    return;
  }
  if (frequency.empty() || m.layers == 0) return;
  const auto pattern = layer_pattern(frequency, m.layers);
  if (!pattern)
    return a.wrong("unknown-value", fmt::format("--moe-layer-freq is '{}'", frequency),
                   "a number, or a list such as ([0]*3+[1]*58)");
  if (static_cast<std::int64_t>(pattern->size()) != m.layers)
    return a.wrong("contradiction", fmt::format("--moe-layer-freq speaks of {} layers, --num-layers of {}",
                                                pattern->size(), m.layers));
  const auto first = std::find(pattern->begin(), pattern->end(), true);
  if (std::all_of(first, pattern->end(), [](bool moe) { return moe; })) {
    e.first_dense_layers = first - pattern->begin();
    return;
  }
  // Every n-th: as many layers of experts, wherever in the period they sit.
  const auto of_experts = std::count(pattern->begin(), pattern->end(), true);
  const std::int64_t period = m.layers / std::max<std::int64_t>(1, of_experts);
  for (std::size_t i = 0; i < pattern->size(); ++i) {
    const std::size_t other = i + static_cast<std::size_t>(period);
    if (other < pattern->size() && (*pattern)[i] != (*pattern)[other]) {
      out.expert_layers = *pattern;
      return;
    }
  }
  e.layer_period = period;
}

/// Sizes of tokenizers that are what they are by their type, as their files are published: GPT-2's merges, and the
/// models of Llama 2 and of GPT-SW.
std::int64_t vocabulary(MegatronArguments& a, MegatronModel& out) {
  std::int64_t words = a.number("vocab-size", 0);
  if (words == 0) words = a.number("padded-vocab-size", 0);
  if (words > 0) return words;
  const std::string type = a.text("tokenizer-type");
  const auto known = [&](std::int64_t size) {
    out.notes.push_back(fmt::format("--tokenizer-type {}: a vocabulary of {}", type, size));
    return size;
  };
  if (type == "GPT2BPETokenizer") return known(50257);
  if (type.empty() && a.has("vocab-file") && a.has("merge-file")) {
    out.notes.emplace_back(
        "without --tokenizer-type the training scripts take GPT2BPETokenizer: a vocabulary of 50257");
    return 50257;
  }
  if (type == "Llama2Tokenizer") return known(32000);
  return 0;
}

/// Layers one by one, where their experts or windows follow no period.
void list_layers(MegatronModel& out) {
  Model& m = out.sizes;
  if ((out.expert_layers.empty() && out.window_layers.empty()) || !m.shapes.empty()) return;
  std::vector<catalog::LayerShape> shapes;
  for (std::int64_t i = 0; i < m.layers; ++i) {
    const auto at = static_cast<std::size_t>(i);
    catalog::LayerShape s = workload::shape_of(m, workload::kind_of_layer(m, i));
    if (!out.window_layers.empty()) s.window = out.window_layers[at] ? m.window : 0;
    if (!out.expert_layers.empty()) {
      s.moe = out.expert_layers[at] ? m.moe : catalog::MoeArchitecture{};
      s.moe.layer_period = 1;
      s.moe.first_dense_layers = 0;
      s.ffn = out.expert_layers[at] ? 0 : m.ffn;
    }
    shapes.push_back(s);
  }
  workload::set_layers(m, shapes);
}

/// Kinds of models that have no words here.
void other_kinds(MegatronArguments& a, MegatronModel& out, bool hybrid) {
  for (const char* name : {"heterogeneous-layers-config-path", "heterogeneous-layers-config-encoded-json",
                           "mhc-num-residual-streams", "decoder-num-layers", "encoder-num-layers"})
    if (a.has(name)) out.not_sayable.push_back(fmt::format("--{}: layers of another kind", name));
  for (const char* name : {"mamba-state-dim", "mamba-num-heads"})
    if (a.has(name) && !hybrid)
      out.not_sayable.push_back(fmt::format("--{} without --hybrid-layer-pattern", name));
}

}  // namespace

std::optional<std::vector<bool>> layer_pattern(std::string_view text, std::int64_t layers) {
  std::int64_t every = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), every);
  if (problem == std::errc{} && end == text.data() + text.size()) {
    if (every < 1 || layers < 0 || layers > static_cast<std::int64_t>(kMostLayers)) return std::nullopt;
    std::vector<bool> out;
    for (std::int64_t i = 0; i < layers; ++i) out.push_back(i % every == 0);
    return out;
  }
  return PatternReader(text).run();
}

MegatronModel megatron_model(MegatronArguments& a, const Model* known) {
  MegatronModel out;
  Model& m = out.sizes;
  if (known != nullptr && !a.has("num-layers")) {
    m = *known;
    m.mtp_layers = a.number("mtp-num-layers", m.mtp_layers, 64, 0);
    return out;
  }
  m.name = "megatron";
  m.title = "From arguments of Megatron-LM";
  m.layers = a.number("num-layers", 0);
  m.hidden = a.number("hidden-size", 0);
  m.ffn_gated = a.has("swiglu") || a.has("quick-geglu") || a.has("geglu");
  // Its own default: four times the hidden size, two thirds of that where there are three matrices.
  const std::int64_t usual = a.has("swiglu") ? 4 * m.hidden * 2 / 3 / 64 * 64 : 4 * m.hidden;
  m.ffn = a.number("ffn-hidden-size", usual);
  a.has("squared-relu");  // as wide as any other activation
  a.has("openai-gelu");
  a.has("onnx-safe");
  m.norm = a.text("normalization") == "RMSNorm" ? catalog::NormKind::kRms : catalog::NormKind::kLayer;
  const std::string position = a.text("position-embedding-type");
  const bool rotary =
      a.has("use-rotary-position-embeddings") || (!position.empty() && position != "learned_absolute");
  m.position = rotary ? catalog::PositionKind::kRope : catalog::PositionKind::kLearned;
  m.max_positions = rotary ? 0 : a.number("max-position-embeddings", 0);
  m.tied_embeddings = !a.has("untie-embeddings-and-output-weights");
  m.mtp_layers = a.number("mtp-num-layers", 0, 64, 0);
  attention(a, m);
  window(a, out);
  experts(a, out);
  m.vocab = vocabulary(a, out);
  const bool hybrid = hybrid_model(a, out);
  attention_variant(a, out, hybrid);
  if (!hybrid) list_layers(out);
  other_kinds(a, out, hybrid);
  m.family = m.is_moe() ? "moe" : "dense";
  return out;
}

}  // namespace gigawatt::interop
