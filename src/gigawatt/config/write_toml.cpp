#include "gigawatt/config/write_toml.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace gigawatt::config {
namespace {

bool is_bare(const std::string& key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::string toml_string(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (static_cast<unsigned char>(c) < ' ' || c == '\x7f')
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    else
      out += c;
  }
  return out + "\"";
}

std::string key_text(const std::string& key) { return is_bare(key) ? key : toml_string(key); }

std::string real_text(double x) {
  if (std::isnan(x)) return "nan";
  if (std::isinf(x)) return x > 0 ? "inf" : "-inf";
  std::string out = fmt::format("{}", x);
  if (out.find_first_of(".e") == std::string::npos) out += ".0";
  return out;
}

std::string inline_value(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kString: return toml_string(node.text);
    case Node::Kind::kDate: return node.text;
    case Node::Kind::kInteger: return fmt::format("{}", node.integer);
    case Node::Kind::kFloat: return real_text(node.real);
    case Node::Kind::kBoolean: return node.boolean ? "true" : "false";
    case Node::Kind::kArray: {
      std::string out;
      for (const Node& item : node.items) out += (out.empty() ? "" : ", ") + inline_value(item);
      return "[" + out + "]";
    }
    case Node::Kind::kTable: break;
  }
  std::string out;
  for (const auto& [key, value] : node.members)
    out += (out.empty() ? " " : ", ") + key_text(key) + " = " + inline_value(value);
  return out.empty() ? "{}" : "{" + out + " }";
}

bool list_of_tables(const Node& node) {
  return node.kind == Node::Kind::kArray && !node.items.empty() &&
         std::all_of(node.items.begin(), node.items.end(), [](const Node& item) { return item.is_table(); });
}

bool plain(const Node& table) {
  return std::none_of(table.members.begin(), table.members.end(),
                      [](const Node::Member& m) { return m.node.is_table() || list_of_tables(m.node); });
}

void write(const Node& table, const std::string& path, bool in_list, std::string& out) {
  const auto stays = [&](const Node& node) {
    if (node.is_table()) return in_list && plain(node);
    return !list_of_tables(node);
  };
  for (const auto& [key, node] : table.members)
    if (stays(node)) out += key_text(key) + " = " + inline_value(node) + "\n";
  for (const auto& [key, node] : table.members) {
    if (stays(node)) continue;
    const std::string heading = path.empty() ? key_text(key) : path + "." + key_text(key);
    if (node.is_table()) {
      out += "\n[" + heading + "]\n";
      write(node, heading, in_list, out);
      continue;
    }
    for (const Node& item : node.items) {
      out += "\n[[" + heading + "]]\n";
      write(item, heading, true, out);
    }
  }
}

}  // namespace

std::string write_toml(const Node& root) {
  std::string out;
  write(root, "", false, out);
  return out;
}

}  // namespace gigawatt::config
