#include "gigawatt/config/json.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace gigawatt::config {
namespace {

using Json = nlohmann::ordered_json;

Node node_of(const Json& value) {
  Node node;
  switch (value.type()) {
    case Json::value_t::object:
      for (const auto& [key, member] : value.items())
        if (!member.is_null()) node.members.push_back({key, node_of(member)});
      break;
    case Json::value_t::array:
      node.kind = Node::Kind::kArray;
      for (const auto& item : value) node.items.push_back(node_of(item));
      break;
    case Json::value_t::boolean:
      node.kind = Node::Kind::kBoolean;
      node.boolean = value.get<bool>();
      break;
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
    case Json::value_t::number_float: {
      const bool whole =
          value.is_number_integer() &&
          (!value.is_number_unsigned() || value.get<std::uint64_t>() <= std::uint64_t{INT64_MAX});
      node.kind = whole ? Node::Kind::kInteger : Node::Kind::kFloat;
      node.integer = whole ? value.get<std::int64_t>() : 0;
      node.real = value.get<double>();
      break;
    }
    default: node.kind = Node::Kind::kString; node.text = value.is_string() ? value.get<std::string>() : "";
  }
  return node;
}

base::SourceSpan place_of(const std::shared_ptr<const base::SourceText>& source, std::size_t byte) {
  const std::string_view before = std::string_view(source->text).substr(0, byte > 0 ? byte - 1 : 0);
  const auto line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  const auto characters =
      std::count_if(before.begin() + static_cast<std::ptrdiff_t>(line_start), before.end(),
                    [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  return {source, static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
          static_cast<int>(characters) + 1, 1};
}

}  // namespace

bool begins_as_json(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

tl::expected<Node, base::Diagnostics> parse_json(const std::shared_ptr<const base::SourceText>& source) {
  std::string problem = "no object";
  try {
    const Json document = Json::parse(source->text);
    if (document.is_object()) return node_of(document);
  } catch (const Json::parse_error& error) {
    base::Diagnostic d = base::error("syntax", fmt::format("no JSON: {}", error.what()));
    d.span = place_of(source, error.byte);
    return tl::unexpected(base::Diagnostics{std::move(d)});
  } catch (const Json::exception& error) {  // a number beyond double
    problem = error.what();
  }
  base::Diagnostic d = base::error("syntax", problem);
  d.span.source = source;
  return tl::unexpected(base::Diagnostics{std::move(d)});
}

}  // namespace gigawatt::config
