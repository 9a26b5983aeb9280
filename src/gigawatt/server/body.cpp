#include "gigawatt/server/body.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/config/toml.h"

namespace gigawatt::server {
namespace {

using config::Node;
using nlohmann::json;

constexpr int kDeepest = 32;

base::Diagnostics wrong(std::string code, std::string message, std::string hint = {}) {
  return {base::error(std::move(code), std::move(message), std::move(hint))};
}

class Converter {
 public:
  explicit Converter(std::span<const std::string> as_text) : as_text_(as_text) {}

  Node convert(const json& value) const {
    Node node;
    switch (value.type()) {
      case json::value_t::object:
        for (const auto& [key, member] : value.items()) {
          // null means absent, as it does to the page.
          if (member.is_null()) continue;
          if (member.is_object() && std::find(as_text_.begin(), as_text_.end(), key) != as_text_.end())
            node.members.push_back({key, text(member.dump())});
          else
            node.members.push_back({key, convert(member)});
        }
        break;
      case json::value_t::array:
        node.kind = Node::Kind::kArray;
        for (const auto& item : value) node.items.push_back(convert(item));
        break;
      case json::value_t::boolean:
        node.kind = Node::Kind::kBoolean;
        node.boolean = value.get<bool>();
        break;
      case json::value_t::number_integer:
        node.kind = Node::Kind::kInteger;
        node.integer = value.get<std::int64_t>();
        node.real = static_cast<double>(node.integer);
        break;
      case json::value_t::number_unsigned: return unsigned_number(value.get<std::uint64_t>());
      case json::value_t::number_float:
        node.kind = Node::Kind::kFloat;
        node.real = value.get<double>();
        break;
      default: return text(value.is_string() ? value.get<std::string>() : "");
    }
    return node;
  }

 private:
  static Node text(std::string value) {
    Node node;
    node.kind = Node::Kind::kString;
    node.text = std::move(value);
    return node;
  }

  static Node unsigned_number(std::uint64_t value) {
    Node node;
    if (value <= static_cast<std::uint64_t>(INT64_MAX)) {
      node.kind = Node::Kind::kInteger;
      node.integer = static_cast<std::int64_t>(value);
      node.real = static_cast<double>(value);
    } else {
      node.kind = Node::Kind::kFloat;
      node.real = static_cast<double>(value);
    }
    return node;
  }

  std::span<const std::string> as_text_;
};

}  // namespace

tl::expected<Node, base::Diagnostics> parse_body(std::string_view body,
                                                 std::span<const std::string> as_text) {
  if (config::first_invalid_utf8(body) != std::string_view::npos)
    return tl::unexpected(wrong("not-json", "the body is not UTF-8"));
  bool too_deep = false;
  // The parser itself recurses over what it returns; the depth is bounded before that matters.
  const auto bounded = [&too_deep](int depth, json::parse_event_t event, json&) {
    const bool opens =
        event == json::parse_event_t::object_start || event == json::parse_event_t::array_start;
    if (opens && depth >= kDeepest) too_deep = true;
    return !too_deep;
  };
  json document;
  try {
    document = json::parse(body, bounded);
  } catch (const json::exception& error) {
    return tl::unexpected(wrong("not-json", fmt::format("the body is no JSON: {}", error.what())));
  }
  if (too_deep)
    return tl::unexpected(wrong("too-deep", fmt::format("the body nests deeper than {} levels", kDeepest)));
  if (!document.is_object()) return tl::unexpected(wrong("wrong-kind", "the body must be a JSON object"));
  return Converter(as_text).convert(document);
}

Node query_node(const std::map<std::string, std::string>& query, std::string_view numbers) {
  Node node;
  for (const auto& [key, value] : query) {
    Node member;
    member.kind = Node::Kind::kString;
    member.text = value;
    const char* end = value.data() + value.size();
    if (key == numbers && std::from_chars(value.data(), end, member.integer).ptr == end && !value.empty())
      member.kind = Node::Kind::kInteger;
    node.members.push_back({key, std::move(member)});
  }
  return node;
}

}  // namespace gigawatt::server
