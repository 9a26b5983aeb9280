#include "gigawatt/interop/model_toml.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gigawatt/config/leaves.h"

namespace gigawatt::interop {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c >= 0x20 ? std::string(1, c) : fmt::format("\\u{:04x}", static_cast<unsigned>(c));
  }
  return out + "\"";
}

std::string leaf_value(const config::Leaf& leaf) {
  if (leaf.numeric) return fmt::format("{}", leaf.si);
  return leaf.value == "true" || leaf.value == "false" ? leaf.value : quoted(leaf.value);
}

}  // namespace

namespace {

/// Leaves that differ from their defaults, in tables below `prefix` ("" or "shape.").
class ModelWriter {
 public:
  void leaf(const config::Leaf& leaf, const std::string& path, const std::string& prefix) {
    const auto dot = path.rfind('.');
    const std::string table = dot == std::string::npos ? "" : path.substr(0, dot);
    if (table != table_) {
      if (!table.empty()) out_ += fmt::format("\n[{}{}]\n", prefix, table);
      table_ = table;
    }
    out_ +=
        fmt::format("{} = {}\n", dot == std::string::npos ? path : path.substr(dot + 1), leaf_value(leaf));
  }
  void open(const std::string& list) {
    out_ += fmt::format("\n[[{}]]\n", list);
    table_.clear();
  }
  void line(const std::string& text) { out_ += text; }
  const std::string& text() const { return out_; }

 private:
  std::string out_;
  std::string table_;
};

std::map<std::string, std::string> usual_values(const std::vector<config::Leaf>& leaves) {
  std::map<std::string, std::string> usual;
  for (const auto& leaf : leaves) usual[leaf.path] = leaf.value;
  return usual;
}

bool differs(const std::map<std::string, std::string>& usual, const config::Leaf& leaf) {
  const auto at = usual.find(leaf.path);
  return at == usual.end() || at->second != leaf.value;
}

void write_shapes(ModelWriter& out, const catalog::Model& model) {
  const auto usual = usual_values(config::leaves(catalog::LayerShape{}));
  for (const catalog::LayerShape& shape : model.shapes) {
    out.open("shape");
    for (const auto& leaf : config::leaves(shape))
      if (differs(usual, leaf)) out.leaf(leaf, leaf.path, "shape.");
  }
}

}  // namespace

std::string model_toml(const catalog::Model& model) {
  const auto usual = usual_values(config::leaves(catalog::Model{}));
  constexpr std::array<std::string_view, 8> kRequired = {"attention", "name",     "title", "family",
                                                         "ffn",       "kv_heads", "heads", "head_dim"};
  ModelWriter out;
  bool pattern = model.pattern.empty();
  for (const auto& leaf : config::leaves(model)) {
    const bool top = leaf.path.find('.') == std::string::npos;
    // A list of layers comes before the first table.
    if (!pattern && !top && leaf.path.find('[') == std::string::npos) {
      out.line(fmt::format("pattern = [{}]\n", fmt::join(model.pattern, ", ")));
      pattern = true;
    }
    // "aliases[0]": a file from elsewhere has none; published counts need their sources.
    if (leaf.path.find('[') != std::string::npos || leaf.path.starts_with("published.")) continue;
    const bool required = std::find(kRequired.begin(), kRequired.end(), leaf.path) != kRequired.end();
    if (required || differs(usual, leaf)) out.leaf(leaf, leaf.path, "");
  }
  write_shapes(out, model);
  return out.text();
}

}  // namespace gigawatt::interop
