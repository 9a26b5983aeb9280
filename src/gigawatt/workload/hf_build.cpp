#include "gigawatt/workload/hf_build.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "gigawatt/base/check.h"
#include "gigawatt/workload/hf_reader.h"
#include "gigawatt/workload/rule_expression.h"

namespace gigawatt::workload {
namespace {

using catalog::LayerShape;
using catalog::Model;
using nlohmann::json;

// Bounds that no decoder comes near; with catalog::kMaxParameters they keep every count within 64 bits.
constexpr std::int64_t kMaxLayers = 10'000;
constexpr std::int64_t kMaxListed = 1'000;  // layers that differ; each is worked out by itself
constexpr std::int64_t kMaxWidth = 1'000'000;
constexpr std::int64_t kMaxFfn = 10'000'000;
constexpr std::int64_t kMaxPositions = 100'000'000;
constexpr std::int64_t kMaxWeights = 1'000'000'000'000'000;

constexpr std::array<std::string_view, 8> kStates = {"none",       "mamba",  "mamba2",     "gated_delta",
                                                     "kimi_delta", "linear", "recurrence", "convolution"};
constexpr std::array<std::string_view, 4> kNorms = {"rms", "layer", "scale", "plain"};
constexpr std::array<std::string_view, 3> kPositions = {"rope", "learned", "alibi"};

class ModelBuilder {
 public:
  explicit ModelBuilder(const HfKeys& keys)
      : keys_(keys), evaluator_([this](const std::string& name) { return look_up(name); }) {}

  HfBuilt build() {
    Model& m = built_.model;
    m.layers = size("layers", kMaxLayers, 1);
    m.hidden = size("hidden", kMaxWidth, 1);
    m.vocab = size("vocab", kMaxFfn, 1);
    m.max_positions = size("max_positions", kMaxPositions);
    m.position = choice<catalog::PositionKind>("position", kPositions);
    m.tied_embeddings = flag("tied");
    m.mtp_layers = size("mtp", kMaxLayers);
    m.extra_embedding_norm = flag("embedding_norm");
    m.head_bias = flag("head_bias");
    m.embedding_width = size("embedding_width", kMaxWidth);
    if (m.embedding_width == m.hidden) m.embedding_width = 0;
    m.embedding_weights = size("embedding_weights", kMaxWeights);
    m.outer_weights = size("outer_weights", kMaxWeights);
    m.outer_vectors = size("outer_vectors", kMaxWeights);
    m.final_norm = flag("final_norm");
    if (!failed()) (void)evaluate("check");
    read_layers();
    return std::move(built_);
  }

 private:
  void read_layers() {
    Model& m = built_.model;
    std::vector<LayerShape> shapes;
    const std::int64_t layers = std::max<std::int64_t>(m.layers, 1);
    for (layer_ = 0; layer_ < layers && (layer_ == 0 || built_.errors.empty()); ++layer_) {
      layer_asked_ = layer_asked_ && layer_ > 0;
      memo_.clear();
      shapes.push_back(shape());
      if (!layer_asked_) {
        shapes.resize(static_cast<std::size_t>(layers), shapes.front());
        break;
      }
      if (layers > kMaxListed) {
        error({"out-of-bounds", "", fmt::format("{} layers that are told apart one by one", layers),
               fmt::format("at most {}", kMaxListed)});
        break;
      }
    }
    if (failed()) return;
    m.norm = shapes.front().norm;
    m.ffn = shapes.front().ffn;
    // A width that no layer uses is no width: Mamba calls that of its state so.
    const bool uses_ffn = std::any_of(shapes.begin(), shapes.end(),
                                      [](const LayerShape& s) { return s.ffn > 0 || s.moe.experts > 0; });
    if (m.ffn == 0 && uses_ffn) {
      layer_ = 0;
      memo_.clear();
      m.ffn = hint("ffn");
    }
    set_layers(m, shapes);
  }

  LayerShape shape() {
    LayerShape s;
    if (flag("attends")) attention(s);
    s.state.kind = choice<catalog::StateKind>("state", kStates);
    if (s.has_state()) state(s.state);
    const bool moe = flag("moe");
    if (flag("dense")) s.ffn = needed("ffn", kMaxFfn);
    if (moe) experts(s.moe);
    s.ffn_gated = flag("gated");
    s.mlp_bias = flag("mlp_bias");
    s.norm = choice<catalog::NormKind>("norm", kNorms);
    s.norm_count = size("norms", kMaxLayers);
    s.post_norms = flag("post_norms");
    s.side_weights = size("side", kMaxWeights);
    s.vectors = size("vectors", kMaxWeights);
    s.reused_weights = size("reused", kMaxWeights);
    return s;
  }

  void attention(LayerShape& s) {
    s.heads = size("heads", kMaxWidth, 1);
    s.kv_heads = size("kv_heads", kMaxWidth, 1);
    const bool latent = flag("latent");
    if (latent) {
      s.attention = catalog::AttentionKind::kMla;
      s.mla.q_lora_rank = size("q_lora_rank", kMaxWidth);
      s.mla.kv_lora_rank = size("kv_lora_rank", kMaxWidth, 1);
      s.mla.qk_nope_dim = needed("qk_nope", kMaxWidth);
      s.mla.qk_rope_dim = needed("qk_rope", kMaxWidth);
      s.mla.v_head_dim = size("v_head", kMaxWidth, 1);
      s.head_dim = s.mla.qk_nope_dim + s.mla.qk_rope_dim;
      s.kv_heads = s.heads;
    } else {
      s.head_dim = size("head_dim", kMaxWidth, 1);
      s.value_dim = size("value_dim", kMaxWidth);
      if (s.value_dim == s.head_dim) s.value_dim = 0;
    }
    s.qkv_bias = flag("qkv_bias");
    s.out_bias = flag("out_bias");
    s.qk_norm = flag("qk_norm");
    s.attention_sinks = flag("sinks");
    s.shared_kv = flag("shared_kv");
    s.keys_are_values = flag("keys_are_values");
    s.gate_width = size("gate_width", kMaxFfn);
    s.q_rank = size("q_rank", kMaxWidth);
    s.out_groups = size("out_groups", kMaxWidth);
    s.out_rank = size("out_rank", kMaxWidth);
    s.window = size("window", kMaxPositions);
    s.chunked = flag("chunked");
    s.compression = size("compression", kMaxPositions, 1);
    s.indexer.heads = size("index_heads", kMaxWidth);
    if (s.indexer.heads > 0) {
      s.indexer.head_dim = size("index_dim", kMaxWidth, 1);
      s.indexer.topk = size("index_topk", kMaxPositions);
      s.indexer.ratio = size("index_ratio", kMaxPositions, 1);
    }
    s.indexer.weights = size("index_weights", kMaxWeights);
    if (!failed() && s.kv_heads > 0 && s.heads % s.kv_heads != 0)
      error({"inconsistent", "num_key_value_heads",
             fmt::format("{} key/value heads do not divide {} heads", s.kv_heads, s.heads), ""});
  }

  void state(catalog::StateArchitecture& x) {
    x.in_width = size("state_in", kMaxFfn);
    x.out_width = size("state_out", kMaxFfn);
    x.conv_channels = size("conv_channels", kMaxFfn);
    x.conv_kernel = size("state_kernel", kMaxFfn);
    x.heads = size("state_heads", kMaxFfn);
    x.key_dim = size("key_dim", kMaxFfn);
    x.value_dim = size("state_dim", kMaxFfn);
    x.side_weights = size("state_side", kMaxWeights);
    x.vectors = size("state_vectors", kMaxWeights);
  }

  void experts(catalog::MoeArchitecture& e) {
    e.experts = size("experts", kMaxWidth, 1);
    e.topk = size("topk", kMaxWidth, 1);
    e.expert_ffn = size("expert_ffn", kMaxFfn, 1);
    e.shared_ffn = size("shared_ffn", kMaxFfn);
    e.router_bias = flag("router_bias");
    e.gated_shared = flag("gated_shared");
    e.latent = size("moe_latent", kMaxWidth);
    e.side_weights = size("moe_side", kMaxWeights);
    if (!failed() && e.topk > e.experts)
      error({"inconsistent", "num_experts_per_tok",
             fmt::format("a token cannot visit {} of {} experts", e.topk, e.experts), ""});
  }

  bool failed() const { return !built_.errors.empty(); }

  // Names: rules first, then keys of the file. Inside of a rule its own name is the key.
  RuleValue look_up(const std::string& name) {
    if (name == "i") {
      layer_asked_ = true;
      return {layer_, ""};
    }
    const bool self = !running_.empty() && running_.back() == name;
    const auto rule = keys_.family->rules.find(name);
    constexpr std::string_view kKey = "_key";  // "mlp_bias_key": the key, whatever the rule of that name says
    if (rule == keys_.family->rules.end() && name.ends_with(kKey) && !keys_.file->contains(name))
      return key(name.substr(0, name.size() - kKey.size()));
    if (self || rule == keys_.family->rules.end()) return key(name);
    const auto known = memo_.find(name);
    if (known != memo_.end()) return known->second;
    GW_CHECK(running_.size() < 40, "rules of '{}' refer to each other: {}", keys_.family->name, name);
    running_.push_back(name);
    RuleValue v = evaluator_.value(parsed(name, rule->second));
    running_.pop_back();
    if (!evaluator_.failure()) memo_[name] = v;
    return v;
  }

  const RuleNode& parsed(const std::string& name, const std::string& text) {
    const auto found = rules_.find(name);
    return found != rules_.end() ? found->second : rules_.emplace(name, parse_rule(text)).first->second;
  }

  /// What Transformers 5 saves for single layers, beside the keys of all.
  const json* layer_entry(const std::string& name) {
    const auto all = keys_.file->find("per_layer_config");
    if (all == keys_.file->end() || !all->is_object()) return nullptr;
    layer_asked_ = true;
    for (const auto& [number, layer] : all->items()) {  // "07"
      if (number.find_first_not_of("0123456789") != std::string::npos || number.size() > 6) continue;
      if (std::stoll("0" + number) != layer_ || !layer.is_object()) continue;
      const auto entry = layer.find(name);
      if (entry != layer.end()) return &*entry;
    }
    return nullptr;
  }

  RuleValue key(const std::string& name) {
    built_.read.insert(name);
    const auto& file = *keys_.file;
    if (const json* own = layer_entry(name)) return {*own, name};
    if (const auto own = file.find(name); own != file.end()) return {*own, name};
    for (const auto& [other, own] : keys_.family->other_names) {
      const std::string& tried = own == name ? other : other == name ? own : name;
      if (const auto found = file.find(tried); tried != name && found != file.end()) {
        built_.read.insert(tried);
        return {*found, tried};
      }
    }
    for (const json* defaults : {&keys_.defaults, &keys_.family->defaults}) {
      const auto found = defaults->find(name);
      if (found == defaults->end()) continue;
      if (found->is_number_integer() && found->get<std::int64_t>() > 1 &&
          std::none_of(built_.filled.begin(), built_.filled.end(),
                       [&](const auto& f) { return f.first == name; }))
        built_.filled.emplace_back(name, found->dump());
      return {*found, name};
    }
    const auto map = keys_.family->other_names.find(name);  // a default under the class's own name
    if (map != keys_.family->other_names.end() && map->second != name &&
        keys_.family->defaults.contains(map->second))
      return key(map->second);
    return {nullptr, name};
  }

  /// Nothing, and an error, where the file does not let the rule be evaluated.
  std::optional<RuleValue> evaluate(const std::string& rule) {
    GW_CHECK(keys_.family->rules.contains(rule), "no rule says '{}' of '{}'", rule, keys_.family->name);
    RuleValue v = look_up(rule);
    if (evaluator_.failure()) {
      error(*evaluator_.failure());
      evaluator_.forget();
      return std::nullopt;
    }
    return v;
  }

  /// A whole number in [min, max]; 0 and an error otherwise. Null where nothing is needed is 0.
  std::int64_t size(const std::string& rule, std::int64_t max, std::int64_t min = 0) {
    const auto evaluated = evaluate(rule);
    if (!evaluated) return min;
    const RuleValue& v = *evaluated;
    const std::string name = v.key.empty() ? rule : v.key;
    if (v.is_null()) {
      if (min > 0)
        error({"missing-key", "", fmt::format("'{}' is missing", name),
               fmt::format("a whole number from {} to {}", min, max)});
      return min;
    }
    if (v.data.is_boolean() && min == 0) return v.data.get<bool>() ? 1 : 0;
    const bool whole = v.data.is_number_integer() ||
                       (v.data.is_number_float() &&
                        v.data.get<double>() == std::floor(v.data.get<double>()) && v.key.empty());
    if (!whole) {
      error({"wrong-kind", v.key,
             fmt::format("'{}' must be a whole number, not {}", name, json_words(v.data)), ""});
      return min;
    }
    const double x = v.data.get<double>();
    if (x >= static_cast<double>(min) && x <= static_cast<double>(max)) return static_cast<std::int64_t>(x);
    error({"out-of-bounds", v.key,
           fmt::format("'{}' must lie between {} and {}, not {}", name, min, max, v.data.dump()), ""});
    return min;
  }

  /// A size that may be 0 and yet has to be said: where it is null nobody knows it.
  std::int64_t needed(const std::string& rule, std::int64_t max) {
    const std::size_t before = built_.errors.size();
    const auto v = evaluate(rule);
    if (v && v->is_null() && built_.errors.size() == before)
      error({"missing-key", v->key, fmt::format("'{}' is missing", v->key.empty() ? rule : v->key),
             fmt::format("a whole number from 0 to {}", max)});
    return v && !v->is_null() ? size(rule, max) : 0;
  }

  /// A size that is only of interest; 0 where it cannot be had.
  std::int64_t hint(const std::string& rule) {
    const RuleValue v = look_up(rule);
    evaluator_.forget();
    return v.data.is_number_integer() ? std::clamp<std::int64_t>(v.data.get<std::int64_t>(), 0, kMaxFfn) : 0;
  }

  bool flag(const std::string& rule) {
    const auto v = evaluate(rule);
    if (!v || v->is_null()) return false;
    if (v->data.is_boolean()) return v->data.get<bool>();
    error({"wrong-kind", v->key,
           fmt::format("'{}' must be true or false, not {}", v->key.empty() ? rule : v->key,
                       json_words(v->data)),
           ""});
    return false;
  }

  template <typename Enum, std::size_t N>
  Enum choice(const std::string& rule, const std::array<std::string_view, N>& names) {
    const auto v = evaluate(rule);
    if (!v) return Enum{};
    const std::string word = v->data.is_string() ? v->data.get<std::string>() : "";
    const auto found = std::find(names.begin(), names.end(), word);
    GW_CHECK(found != names.end(), "the rule '{}' of '{}' says {}", rule, keys_.family->name, v->data.dump());
    return static_cast<Enum>(found - names.begin());
  }

  void error(const RuleFailure& f) {
    for (const auto& known : built_.errors)
      if (known.message == f.message) return;
    base::Diagnostic d = base::error(f.code, f.message, f.hint);
    const std::size_t at =
        f.key.empty() ? std::string_view::npos : find_key(keys_.source->text, f.key, keys_.begin);
    if (at != std::string_view::npos)
      d.span = span_at(keys_.source, at, static_cast<int>(f.key.size()) + 2);
    else
      d.span.source = keys_.source;
    built_.errors.push_back(std::move(d));
  }

  const HfKeys& keys_;
  HfBuilt built_;
  RuleEvaluator evaluator_;
  std::map<std::string, RuleNode> rules_;
  std::map<std::string, RuleValue> memo_;
  std::vector<std::string> running_;
  std::int64_t layer_ = 0;
  bool layer_asked_ = true;
};

}  // namespace

HfBuilt build_model(const HfKeys& keys) { return ModelBuilder(keys).build(); }

}  // namespace gigawatt::workload
