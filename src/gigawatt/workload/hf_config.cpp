#include "gigawatt/workload/hf_config.h"

#include <algorithm>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "gigawatt/base/nearest.h"
#include "gigawatt/config/toml.h"
#include "gigawatt/workload/hf_families.h"
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

/// "[json.exception...] parse error at line 1, column 2: WHAT; last read: '...'" -> WHAT
std::string reason(std::string_view what) {
  constexpr std::string_view kWhile = "syntax error ";
  if (const auto at = what.find(kWhile); at != std::string_view::npos) what = what.substr(at);
  return std::string(what.substr(0, what.find("; last read")));
}

tl::expected<nlohmann::json, Diagnostic> parse(const Source& source) {
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
    return nlohmann::json::parse(text);
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
  if (stem != "config") return stem;
  const std::string folder = path.parent_path().filename().string();
  return folder.empty() || folder == "." || folder == ".." ? std::string(model_type) : folder;
}

const HfFamily* family_of(std::string_view model_type, const std::vector<std::string>& architectures) {
  constexpr std::string_view kText = "_text";  // language part of a multimodal model
  if (model_type.ends_with(kText)) model_type.remove_suffix(kText.size());
  for (const HfFamily& family : hf_families())
    if (model_type.empty() ? std::find(architectures.begin(), architectures.end(), family.architecture) !=
                                 architectures.end()
                           : family.model_type == model_type)
      return &family;
  return nullptr;
}

/// What a file of an unknown family shows that no rule of ours covers.
std::string missing_feature(const HfReader& r) {
  if (r.has("is_encoder_decoder") || r.has("decoder_layers")) return "an encoder beside the decoder";
  for (const char* key : {"ssm_cfg", "mamba_d_state", "mamba_num_heads", "state_size", "ssm_state_size"})
    if (r.has(key)) return "state-space layers";
  for (const char* key : {"linear_num_key_heads", "linear_attn_config", "linear_conv_kernel_dim"})
    if (r.has(key)) return "linear attention";
  if (r.has("cross_attention_layers")) return "cross-attention layers";
  return "the meaning of its keys";
}

void report_unknown(HfReader& r, const std::string& shown) {
  std::vector<std::string> known;
  for (const auto type : hf_model_types()) known.emplace_back(type);
  std::string hint = base::did_you_mean(shown, known);
  if (!hint.empty()) hint += " ";
  r.error("unsupported-architecture", r.has("model_type") ? "model_type" : "architectures",
          fmt::format("no rules for architecture {}: missing is {}", in_quotes(shown), missing_feature(r)),
          fmt::format("{}supported: {}", hint, fmt::join(known, ", ")));
}

}  // namespace

std::vector<std::string_view> hf_model_types() {
  std::vector<std::string_view> types;
  for (const HfFamily& family : hf_families()) types.push_back(family.model_type);
  return types;
}

tl::expected<catalog::Model, Diagnostics> import_hf_config(std::string text, std::string name) {
  const auto source =
      std::make_shared<const base::SourceText>(base::SourceText{std::move(name), std::move(text)});
  const auto root = parse(source);
  if (!root) return tl::unexpected(Diagnostics{root.error()});
  if (!root->is_object())
    return tl::unexpected(
        Diagnostics{error_at(source, 0, "wrong-kind", "a config.json is one table { ... }")});

  Diagnostics diagnostics;
  const nlohmann::json* object = &*root;
  std::size_t begin = 0;
  if (const auto inner = root->find("text_config"); inner != root->end() && inner->is_object()) {
    object = &*inner;
    begin = std::min(find_key(source->text, "text_config", 0), source->text.size());
  }
  HfReader outer(*root, source, 0, diagnostics);
  HfReader reader(*object, source, begin, diagnostics);
  // The part of a multimodal file may leave its type to the whole.
  std::string type = reader.text_or("model_type", "");
  if (type.empty() && object != &*root) type = outer.text_or("model_type", "");
  const auto architectures = outer.texts("architectures").value_or(std::vector<std::string>{});
  if (!diagnostics.empty()) return tl::unexpected(std::move(diagnostics));
  if (type.empty() && architectures.empty()) {
    reader.error("missing-key", "", "'model_type' is missing",
                 "it names the architecture, such as \"llama\"");
    return tl::unexpected(std::move(diagnostics));
  }
  const HfFamily* family = family_of(type, architectures);
  if (family == nullptr) {
    report_unknown(reader, type.empty() ? architectures.front() : type);
    return tl::unexpected(std::move(diagnostics));
  }
  catalog::Model model;
  family->read(reader, model);
  if (!reader.failed()) check_hf_model(reader, model);
  if (reader.failed()) return tl::unexpected(std::move(diagnostics));
  if (model.attention != catalog::AttentionKind::kMla && model.kv_heads == model.heads)
    model.attention = catalog::AttentionKind::kMha;
  model.name = model_name(source->name, family->model_type);
  model.title = model.name;
  model.family = std::string(family->model_type);
  return model;
}

tl::expected<catalog::Model, Diagnostics> read_hf_config(const std::filesystem::path& path) {
  auto text = config::read_text_file(path, kMaxBytes);
  if (!text) return tl::unexpected(Diagnostics{text.error()});
  return import_hf_config(std::move(*text), path.string());
}

}  // namespace gigawatt::workload
