#include "gigawatt/interop/model_toml.h"

#include <map>

#include <fmt/format.h>

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

std::string value_of(const config::Leaf& leaf) {
  if (leaf.numeric) return fmt::format("{}", leaf.si);
  return leaf.value == "true" || leaf.value == "false" ? leaf.value : quoted(leaf.value);
}

}  // namespace

std::string model_toml(const catalog::Model& model) {
  std::map<std::string, std::string> usual;
  for (const auto& leaf : config::leaves(catalog::Model{})) usual[leaf.path] = leaf.value;
  std::string out;
  std::string table;
  for (const auto& leaf : config::leaves(model)) {
    const auto dot = leaf.path.find('.');
    const std::string key = dot == std::string::npos ? leaf.path : leaf.path.substr(dot + 1);
    const std::string in = dot == std::string::npos ? "" : leaf.path.substr(0, dot);
    // "aliases[0]": a file from elsewhere has none; published counts need their sources.
    if (leaf.path.find('[') != std::string::npos || in == "published") continue;
    const bool required =
        in.empty() && (key == "attention" || key == "name" || key == "title" || key == "family");
    if (!required && usual[leaf.path] == leaf.value) continue;
    if (in != table) out += fmt::format("\n[{}]\n", in);
    table = in;
    out += fmt::format("{} = {}\n", key, value_of(leaf));
  }
  return out;
}

}  // namespace gigawatt::interop
