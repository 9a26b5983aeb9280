#include "gigawatt/workload/hf_config.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "gigawatt/base/nearest.h"
#include "gigawatt/config/toml.h"
#include "gigawatt/workload/hf_build.h"
#include "gigawatt/workload/hf_reader.h"

namespace gigawatt::workload {
namespace {

using base::Diagnostic;
using base::Diagnostics;
using Source = std::shared_ptr<const base::SourceText>;

constexpr std::size_t kMaxBytes = std::size_t{4} << 20;
constexpr int kMaxDepth = 64;

Diagnostic error_at(const Source& source, std::size_t byte, std::string code, std::string message,
                    std::string hint = {}) {
  Diagnostic d = base::error(std::move(code), std::move(message), std::move(hint));
  d.span = span_at(source, byte);
  return d;
}

/// The byte at which brackets nest too deeply, if they do.
std::optional<std::size_t> too_deep_at(std::string_view text) {
  int depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text && c == '\\')
      ++i;
    else if (c == '"')
      in_text = !in_text;
    else if (!in_text && (c == '[' || c == '{') && ++depth > kMaxDepth)
      return i;
    else if (!in_text && (c == ']' || c == '}'))
      --depth;
  }
  return std::nullopt;
}

/// Python writes numbers that JSON does not have; none of them is a size. Places in the text stay as they are.
std::string without_non_finite(std::string text) {
  struct Word {
    std::string_view from;
    std::string_view to;
  };
  bool in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text && c == '\\')
      ++i;
    else if (c == '"')
      in_text = !in_text;
    else if (!in_text && (c == 'I' || c == 'N'))
      for (const Word& word : {Word{"Infinity", "1e308   "}, Word{"NaN", "0.0"}})
        if (std::string_view(text).substr(i).starts_with(word.from))
          text.replace(i, word.from.size(), word.to);
  }
  return text;
}

/// "[json.exception...] parse error at line 1, column 2: WHAT; last read: '...'" -> WHAT
std::string reason(std::string_view what) {
  constexpr std::string_view kWhile = "syntax error ";
  if (const auto at = what.find(kWhile); at != std::string_view::npos) what = what.substr(at);
  return std::string(what.substr(0, what.find("; last read")));
}

/// Keys that stand twice in one table of the two upper levels. Of these the last counts, as in Python.
class Repeated {
 public:
  bool operator()(int /*depth*/, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
    using Event = nlohmann::json::parse_event_t;
    constexpr std::size_t kUpper = 2;
    if (event == Event::object_start || event == Event::array_start) {
      ++depth_;
      if (depth_ <= kUpper) seen_.resize(depth_);
      if (depth_ <= kUpper) seen_.back().clear();
    } else if (event == Event::object_end || event == Event::array_end) {
      --depth_;
    } else if (event == Event::key && depth_ <= kUpper && parsed.is_string() &&
               !seen_[depth_ - 1].insert(parsed.get<std::string>()).second) {
      keys.insert(parsed.get<std::string>());
    }
    return true;
  }
  std::set<std::string> keys;

 private:
  std::size_t depth_ = 0;
  std::vector<std::set<std::string>> seen_;
};

tl::expected<nlohmann::json, Diagnostic> parse(const Source& source, Repeated& repeated) {
  const std::string& text = source->text;
  const auto fail = [&](std::size_t byte, std::string code, std::string message, std::string hint = {}) {
    return tl::unexpected(error_at(source, byte, std::move(code), std::move(message), std::move(hint)));
  };
  if (text.size() > kMaxBytes)
    return fail(0, "too-large", fmt::format("the text has {} bytes", text.size()),
                "a config.json is at most 4 MiB");
  if (std::all_of(text.begin(), text.end(),
                  [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }))
    return fail(0, "not-json", "the text is empty");
  if (const std::size_t bad = config::first_invalid_utf8(text); bad != std::string::npos)
    return fail(bad, "invalid-utf8", "the text is not valid UTF-8");
  if (const auto deep = too_deep_at(text))
    return fail(*deep, "too-deep", fmt::format("brackets nest more than {} levels deep", kMaxDepth));
  try {
    return nlohmann::json::parse(without_non_finite(text), std::ref(repeated));
  } catch (const nlohmann::json::parse_error& e) {
    if (e.byte > text.size())
      return fail(text.size(), "not-json", "the text ends in the middle", "it may be truncated");
    return fail(e.byte > 0 ? e.byte - 1 : 0, "not-json", "not JSON: " + reason(e.what()));
  } catch (const nlohmann::json::exception& e) {
    return fail(0, "not-json", "not JSON: " + reason(e.what()));
  }
}

std::string model_name(const std::string& name, std::string_view model_type) {
  const std::filesystem::path path(name);
  const std::string stem = path.extension() == ".json" ? path.stem().string() : path.filename().string();
  if (stem != "config" && stem != "params") return stem;
  const std::string folder = path.parent_path().filename().string();
  return folder.empty() || folder == "." || folder == ".." ? std::string(model_type) : folder;
}

/// What a file of an unknown family shows that no rule of ours covers.
std::string missing_feature(const nlohmann::json& file) {
  const auto has = [&](const char* key) { return file.contains(key) && !file.at(key).is_null(); };
  if (has("is_encoder_decoder") || has("decoder_layers")) return "an encoder beside the decoder";
  for (const char* key : {"ssm_cfg", "mamba_d_state", "mamba_num_heads", "state_size", "ssm_state_size"})
    if (has(key)) return "state-space layers";
  for (const char* key : {"linear_num_key_heads", "linear_attn_config", "linear_conv_kernel_dim"})
    if (has(key)) return "linear attention";
  if (has("cross_attention_layers")) return "cross-attention layers";
  return "the meaning of its keys";
}

Diagnostic unknown_family(const Source& source, const nlohmann::json& text, const std::string& shown,
                          const char* key, std::size_t begin) {
  const std::vector<std::string> known = hf_model_types();
  std::string hint = base::did_you_mean(shown, known);
  if (!hint.empty()) hint += " ";
  const std::size_t at = find_key(source->text, key, begin);
  const std::string missing = HfTable::shipped().missing(shown);
  Diagnostic d = base::error("unsupported-architecture",
                             fmt::format("no rules for architecture {}: missing is {}", in_quotes(shown),
                                         missing.empty() ? missing_feature(text) : missing),
                             fmt::format("{}supported: {}", hint, fmt::join(known, ", ")));
  d.span.source = source;
  if (at != std::string_view::npos)
    d.span = span_at(source, at, static_cast<int>(std::string_view(key).size()) + 2);
  return d;
}

/// The language part of a file: the whole, or the table that holds it.
struct TextPart {
  const nlohmann::json* object;
  std::size_t begin = 0;  ///< byte from which its keys are looked for
};

TextPart text_part(const nlohmann::json& root, const Source& source) {
  TextPart part{&root};
  for (int depth = 0; depth < 4; ++depth) {
    const nlohmann::json* inner = nullptr;
    for (const char* key : {"text_config", "llm_config", "language_config", "thinker_config",
                            "language_model_config", "llm_cfg"}) {
      const auto found = part.object->find(key);
      if (found == part.object->end() || !found->is_object()) continue;
      inner = &*found;
      part.begin = std::min(find_key(source->text, key, part.begin), source->text.size());
      break;
    }
    if (inner == nullptr) break;
    part.object = inner;
  }
  return part;
}

/// Meta's and Mistral's own file, which has no `model_type`.
bool is_params(const nlohmann::json& root) { return root.contains("dim") && root.contains("n_layers"); }

class Import {
 public:
  Import(const nlohmann::json& root, Source source)
      : root_(root), source_(std::move(source)), part_(text_part(root, source_)) {}

  tl::expected<HfImport, Diagnostics> run() {
    HfReader outer(root_, source_, 0, problems_);
    HfReader reader(*part_.object, source_, part_.begin, problems_);
    std::string type = reader.text_or("model_type", "");
    whole_type_ = part_.object == &root_ ? type : outer.text_or("model_type", "");
    architectures_ = outer.texts("architectures").value_or(std::vector<std::string>{});
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    if (part_.object != &root_) inner_ = reader.texts("architectures").value_or(std::vector<std::string>{});
    problems_.clear();
    if (auto draft = draft_head()) return tl::unexpected(Diagnostics{std::move(*draft)});
    const HfFamily* family = find_family(type);
    if (family == nullptr) return refuse(reader, type);
    const HfTable& table = HfTable::shipped();
    if (!type.empty() && table.find(type) == nullptr && table.text_family(type) != family &&
        table.text_family(whole_type_) != family && table.find(whole_type_) != family)
      note("family", fmt::format("model_type {} is not known: by its class the model is read as {}",
                                 in_quotes(type), family->name));
    return build(*family);
  }

 private:
  /// Heads that guess ahead for another model wear the model_type of what they guess for and share weights with it.
  std::optional<Diagnostic> draft_head() {
    const std::string name = architectures_.empty() ? "" : architectures_.front();
    const auto has = [&](const char* word) { return name.find(word) != std::string::npos; };
    if (part_.object != &root_) return std::nullopt;  // NVIDIA's Eagle sees
    if (!has("Eagle") && !has("EAGLE") && !has("Medusa") && !has("Speculator") &&
        !root_.contains("draft_vocab_size") && !root_.contains("speculators_model_type"))
      return std::nullopt;
    const std::size_t at = find_key(source_->text, "architectures", 0);
    return error_at(source_, std::min(at, source_->text.size()), "unsupported-architecture",
                    fmt::format("{} guesses ahead for another model and is none of its own",
                                name.empty() ? "this head" : name),
                    "take the config.json of the model it serves");
  }

  const HfFamily* find_family(const std::string& type) const {
    const HfTable& table = HfTable::shipped();
    if (const HfFamily* found = type.empty() ? nullptr : table.find(type)) return found;
    if (type.empty() || type == whole_type_) {
      if (const HfFamily* found = table.text_family(whole_type_)) return found;
      if (!whole_type_.empty())
        if (const HfFamily* found = table.find(whole_type_)) return found;
    }
    for (const auto* list : {&inner_, &architectures_})
      for (const std::string& architecture : *list)
        if (const HfFamily* found = table.find_class(architecture)) return found;
    return is_params(root_) ? table.find("params") : nullptr;
  }

  tl::unexpected<Diagnostics> refuse(HfReader& reader, const std::string& type) {
    const std::string shown = !type.empty()            ? type
                              : !whole_type_.empty()   ? whole_type_
                              : architectures_.empty() ? ""
                                                       : architectures_.front();
    if (shown.empty() && root_.contains("quantization") && root_.contains("producer"))
      reader.error("wrong-kind", "", "this says how a checkpoint is quantized, not what its model is",
                   "take the config.json beside it");
    else if (shown.empty() && root_.contains("peft_type"))
      reader.error("wrong-kind", "", "this describes an adapter, not the model that it adapts",
                   "take the config.json of its base model");
    else if (shown.empty())
      reader.error("missing-key", "", "'model_type' is missing",
                   "it names the architecture, such as \"llama\"");
    else
      problems_.push_back(unknown_family(source_, *part_.object, shown,
                                         type.empty() && whole_type_.empty() ? "architectures" : "model_type",
                                         type.empty() ? 0 : part_.begin));
    return tl::unexpected(std::move(problems_));
  }

  tl::expected<HfImport, Diagnostics> build(const HfFamily& family) {
    static const nlohmann::json kEmpty = nlohmann::json::object();
    const bool beside = part_.object == &root_ && HfTable::shipped().text_only(whole_type_);
    if (beside)
      note(
          "class-default",
          fmt::format("the class of {} reads sizes in 'text_config' only, which is missing: its defaults are "
                      "taken, not what stands beside it",
                      whole_type_));
    const auto known = [&](const auto& item) {
      return family.defaults.contains(item.key()) || family.other_names.contains(item.key());
    };
    const auto items = part_.object->items();
    if (!beside && part_.object == &root_ && HfTable::shipped().text_family(whole_type_) == &family &&
        std::none_of(items.begin(), items.end(), known))
      return tl::unexpected(Diagnostics{error_at(source_, 0, "missing-key", "'text_config' is missing",
                                                 "it holds the sizes of the language part")});
    HfBuilt built = build_model({beside ? &kEmpty : part_.object, &family,
                                 HfTable::shipped().text_defaults(whole_type_), source_, part_.begin});
    if (!built.errors.empty()) return tl::unexpected(std::move(built.errors));
    if (const auto foreign = foreign_sizes(built, family); !beside && !foreign.empty())
      return tl::unexpected(Diagnostics{error_at(
          source_, std::min(find_key(source_->text, foreign.front(), part_.begin), source_->text.size()),
          "unknown-key",
          fmt::format("{} says sizes by names that the rules of {} do not know: {}",
                      foreign.size() == 1 ? "a key" : "the file", family.name, fmt::join(foreign, ", ")),
          "sizes under the family's own names are missing")});
    catalog::Model& model = built.model;
    if (family.rules.at("tied") != "false") tie(model);  // some classes have nothing to tie with
    head(model);
    if (const double bound = catalog::parameter_bound(model); bound > catalog::kMaxParameters)
      return tl::unexpected(Diagnostics{error_at(
          source_, std::min(find_key(source_->text, "hidden_size", part_.begin), source_->text.size()),
          "out-of-bounds", fmt::format("these sizes make up to {:.1e} parameters", bound),
          fmt::format("at most {:.0e} are accepted", catalog::kMaxParameters))});
    if (model.attention != catalog::AttentionKind::kMla && model.kv_heads == model.heads)
      model.attention = catalog::AttentionKind::kMha;
    model.name = model_name(source_->name, family.name);
    model.title = model.name;
    model.family = family.name;
    model.context = context_of(*part_.object);
    notes(built, family, model);
    model.weight_format = format_;
    return HfImport{std::move(model), std::move(problems_), family.name, stored_};
  }

  /// Tokens of a sequence that the file's positions reach, with the scaling that it asks for; 0: it does not say.
  static std::int64_t context_of(const nlohmann::json& part) {
    const auto number = [](const nlohmann::json& object, const char* key) {
      const auto at = object.find(key);
      return at != object.end() && at->is_number() ? at->get<double>() : 0.0;
    };
    double reached = number(part, "max_position_embeddings");
    for (const char* key : {"rope_scaling", "rope_parameters"}) {
      const auto scaling = part.find(key);
      if (scaling == part.end() || !scaling->is_object()) continue;
      reached = std::max(reached,
                         number(*scaling, "original_max_position_embeddings") * number(*scaling, "factor"));
    }
    constexpr double kLongest = 1e9;
    return reached > 0 && reached <= kLongest ? static_cast<std::int64_t>(reached) : 0;
  }

  /// A multimodal whole may say it beside the language part, and one that says "tied" decides. Where nothing is said,
  /// both classes have to tie by default.
  void tie(catalog::Model& model) {
    if (part_.object == &root_) return;
    const auto outer = root_.find("tie_word_embeddings");
    const bool said = part_.object->contains("tie_word_embeddings");
    if (outer != root_.end() && outer->is_boolean()) {
      model.tied_embeddings = outer->get<bool>() || (said && model.tied_embeddings);
    } else if (!said) {
      model.tied_embeddings = model.tied_embeddings && HfTable::shipped().ties(whole_type_);
      note("tied", fmt::format("nothing says whether the head is the embedding; taken is {}",
                               model.tied_embeddings ? "that it is" : "that it is not"));
    }
  }

  void note(std::string code, std::string message) {
    Diagnostic d = base::error(std::move(code), std::move(message));
    d.severity = base::Severity::kWarning;
    d.span.source = source_;
    problems_.push_back(std::move(d));
  }

  /// Classes with code of their own are called "Model" and yet hold one with a head.
  bool with_head(const std::string& name) const {
    if (name == "DreamModel" || name == "Qwen2_5OmniModel" || name == "ChatGLMModel") return true;
    if (!inner_.empty())
      return inner_.front().ends_with("ForCausalLM") || inner_.front().ends_with("HeadModel");
    const auto map = root_.find("auto_map");
    return map != root_.end() && map->is_object() && map->contains("AutoModelForCausalLM");
  }

  /// Which head the class has.
  void head(catalog::Model& model) {
    if (architectures_.empty()) return;
    const std::string& name = architectures_.front();
    const auto labels = [&] {
      for (const nlohmann::json* object : {&root_, part_.object}) {
        if (const auto n = object->find("num_labels"); n != object->end() && n->is_number_unsigned())
          return std::clamp<std::int64_t>(n->get<std::int64_t>(), 1, 1'000'000);
        if (const auto n = object->find("id2label"); n != object->end() && n->is_object() && !n->empty())
          return static_cast<std::int64_t>(n->size());
      }
      return std::int64_t{2};
    };
    if (name.ends_with("ForSequenceClassification") || name.ends_with("ForRewardModel") ||
        name.ends_with("ForTokenClassification") || name.ends_with("ForQuestionAnswering")) {
      model.labels = name.ends_with("ForQuestionAnswering") ? 2 : labels();
      model.head_bias = name.ends_with("ForTokenClassification") || name.ends_with("ForQuestionAnswering");
      note("head", fmt::format("{} has a head of {} columns instead of the vocabulary", name, model.labels));
    } else if (name.ends_with("Model") && !name.ends_with("HeadModel") && !with_head(name)) {
      model.headless = true;
      model.head_bias = false;
      note("head", fmt::format("{} has no head", name));
    } else if (!name.ends_with("Model") && !name.ends_with("ForCausalLM") &&
               !name.ends_with("ForConditionalGeneration") && inner_.empty() &&
               HfTable::shipped().find_class(name) == nullptr) {
      note("head", fmt::format("the class {} is not known: counted with the vocabulary's head", name));
    }
  }

  bool knows(const HfBuilt& built, const HfFamily& family, const std::string& key) const {
    return built.read.contains(key) || family.keys.contains(key) || family.defaults.contains(key) ||
           family.other_names.contains(key);
  }

  /// Sizes by the names of other families, where main sizes would be the class's defaults: another file's keys.
  std::vector<std::string> foreign_sizes(const HfBuilt& built, const HfFamily& family) const {
    std::vector<std::string> foreign;
    const auto main = [](const auto& filled) {
      return filled.first.find("layer") != std::string::npos ||
             filled.first.find("head") != std::string::npos || filled.first == "hidden_size" ||
             filled.first == "n_embd" || filled.first == "d_model" || filled.first == "intermediate_size";
    };
    if (std::none_of(built.filled.begin(), built.filled.end(), main)) return foreign;
    for (const char* key :
         {"n_layer", "n_layers", "num_layers", "n_head", "n_heads", "n_embd", "d_model", "dim", "n_kv_heads",
          "n_head_kv", "ffn_dim", "ffn_hidden_size", "n_inner", "hidden_dim", "inner_hidden_size",
          "num_hidden_layers", "num_attention_heads", "hidden_size"})
      if (part_.object->contains(key) && !knows(built, family, key)) foreign.emplace_back(key);
    return foreign;
  }

  /// Keys that some family's rules ask for, this one's do not, and that say a size.
  std::vector<std::string> unknown_sizes(const HfBuilt& built, const HfFamily& family) const {
    std::vector<std::string> sizes;
    for (const auto& [key, value] : part_.object->items()) {
      const bool size = value.is_number_integer() && value.get<double>() > 1;
      const bool list = value.is_array() && !value.empty() && value.front().is_number();
      if ((size || list) && HfTable::shipped().decides(key) && !HfTable::shipped().neutral(key) &&
          !knows(built, family, key) && !neutral_shape(key, value))
        sizes.push_back(key);
    }
    return sizes;
  }

  /// The class beside the checkpoint that makes the model; empty: the library's own.
  std::string own_code() const {
    for (const nlohmann::json* object : {&root_, part_.object}) {
      const auto map = object->find("auto_map");
      if (map == object->end() || !map->is_object()) continue;
      for (const char* kind : {"AutoModelForCausalLM", "AutoModel", "AutoModelForImageTextToText"})
        if (const auto found = map->find(kind); found != map->end() && found->is_string())
          return found->get<std::string>();
    }
    return "";
  }

  void notes(const HfBuilt& built, const HfFamily& family, const catalog::Model& model) {
    std::vector<std::string> filled;
    for (const auto& [key, value] : built.filled) filled.push_back(fmt::format("{} = {}", key, value));
    if (!filled.empty())
      note("class-default",
           fmt::format("left out, so the {} class's defaults: {}", family.name, fmt::join(filled, ", ")));
    const std::vector<std::string> sizes = unknown_sizes(built, family);
    if (!sizes.empty()) {
      std::vector<std::string> words;
      for (const std::string& key : sizes)
        words.push_back(fmt::format("{} = {}", key, json_words(part_.object->at(key))));
      const std::string own = own_code();
      note(
          "unknown-size",
          fmt::format("sizes that the {} class does not know, and the count is without: {}{}", family.name,
                      fmt::join(words, ", "),
                      own.empty() ? "" : fmt::format("; code beside the checkpoint ({}) may use them", own)));
    }
    std::vector<std::string> unknown;
    for (const auto& [key, value] : part_.object->items())
      if (std::find(sizes.begin(), sizes.end(), key) == sizes.end() && !knows(built, family, key) &&
          !HfTable::shipped().neutral(key) && !neutral_shape(key, value))
        unknown.push_back(key);
    if (!unknown.empty())
      note("unknown-key",
           fmt::format("keys that the rules of {} do not know, taken to have no effect on sizes: {}",
                       family.name, fmt::join(unknown, ", ")));
    for (const char* key : {"quantization_config", "quantization"})  // the second is MLX's
      for (const nlohmann::json* object : {&root_, part_.object})
        if (const auto q = object->find(key); q != object->end() && q->is_object())
          return quantized(*q, model);
  }

  static std::string width_words(const StoredBits& bits) {
    if (bits.dense == bits.expert) return fmt::format("{:.4g} bits a weight", bits.dense);
    if (bits.dense == 16) return fmt::format("{:.4g} bits an expert's weight", bits.expert);
    return fmt::format("{:.4g} bits an expert's weight, {:.4g} any other", bits.expert, bits.dense);
  }

  /// Weights are counted whatever their width; how wide they are decides what frozen ones take.
  void quantized(const nlohmann::json& q, const catalog::Model& model) {
    const auto method = q.find("quant_method");
    const std::string name =
        method != q.end() && method->is_string() ? method->get<std::string>() : "method not named";
    if (const auto bits = stored_bits(q, model)) {
      stored_ = *bits;
      format_ = stored_format(q, *bits);
      note("quantized", fmt::format("the checkpoint's weights are quantized ({}): {} where they are frozen "
                                    "(LoRA), 16 where they are trained",
                                    name, width_words(*bits)));
    } else {
      note("quantized",
           fmt::format("the checkpoint's weights are quantized ({}), how wide they are is not known here: "
                       "counted as 16 bits",
                       name));
    }
  }

  /// Token numbers and parts for other senses never decide a size of the decoder.
  static bool neutral_shape(const std::string& key, const nlohmann::json& value) {
    return key.starts_with("_") || key.ends_with("_token_id") || key.ends_with("_token_index") ||
           key.ends_with("_token") || key.starts_with("vision_") || key.starts_with("audio_") ||
           key.starts_with("image_") || key.starts_with("video_") || key.ends_with("_dropout") ||
           key.ends_with("_pdrop") || key == "quantization" || key.ends_with("_eps") ||
           key.ends_with("_coef") || value.is_null();
  }

  const nlohmann::json& root_;
  StoredBits stored_;
  catalog::WeightFormat format_ = catalog::WeightFormat::kBf16;
  Source source_;
  TextPart part_;
  std::string whole_type_;
  std::vector<std::string> architectures_, inner_;  ///< of the whole and of its language part
  Diagnostics problems_;
};

}  // namespace

std::vector<std::string> hf_model_types() {
  std::vector<std::string> types;
  for (const auto& [name, family] : HfTable::shipped().families())
    if (family.text.empty() && name != "decoder" && name != "params") types.push_back(name);
  return types;
}

tl::expected<HfImport, Diagnostics> import_hf(std::string text, std::string name) {
  const auto source =
      std::make_shared<const base::SourceText>(base::SourceText{std::move(name), std::move(text)});
  Repeated repeated;
  const auto root = parse(source, repeated);
  if (!root) return tl::unexpected(Diagnostics{root.error()});
  if (!root->is_object())
    return tl::unexpected(
        Diagnostics{error_at(source, 0, "wrong-kind", "a config.json is one table { ... }")});
  auto read = Import(*root, source).run();
  if (read && !repeated.keys.empty()) {
    Diagnostic d = base::error(
        "repeated-key",
        fmt::format("keys that stand twice, of which the last counts: {}", fmt::join(repeated.keys, ", ")));
    d.severity = base::Severity::kWarning;
    d.span.source = source;
    read->notes.push_back(std::move(d));
  }
  return read;
}

tl::expected<HfImport, Diagnostics> read_hf(const std::filesystem::path& path) {
  std::filesystem::path file = path;
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    file = path / "config.json";
    if (!std::filesystem::exists(file, ignored) && std::filesystem::exists(path / "params.json", ignored))
      file = path / "params.json";
    if (!std::filesystem::exists(file, ignored))
      return tl::unexpected(
          Diagnostics{base::error("unreadable-file", path.string() + " holds no config.json",
                                  "a model's folder, or its config.json")});
  }
  auto text = config::read_text_file(file, kMaxBytes);
  if (!text) return tl::unexpected(Diagnostics{text.error()});
  return import_hf(std::move(*text), file.lexically_normal().string());
}

tl::expected<catalog::Model, Diagnostics> import_hf_config(std::string text, std::string name) {
  auto read = import_hf(std::move(text), std::move(name));
  if (!read) return tl::unexpected(std::move(read.error()));
  return std::move(read->model);
}

tl::expected<catalog::Model, Diagnostics> read_hf_config(const std::filesystem::path& path) {
  auto read = read_hf(path);
  if (!read) return tl::unexpected(std::move(read.error()));
  return std::move(read->model);
}

}  // namespace gigawatt::workload
