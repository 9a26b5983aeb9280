#include "gigawatt/config/override.h"

#include <charconv>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/config/change.h"
#include "gigawatt/config/toml.h"

namespace gigawatt::config {
namespace {

class Override {
 public:
  Override(std::string_view assignment, base::Diagnostics& diagnostics)
      : source_(std::make_shared<base::SourceText>(
            base::SourceText{std::string(kOverrideSource), std::string(assignment)})),
        text_(source_->text),
        diagnostics_(diagnostics) {}

  void apply(Node& root) {
    const auto equals = text_.find('=');
    if (equals == std::string_view::npos || equals == 0)
      return fail(0, text_.size(), "an override is written key=value", "e.g. site.prometheus.pue=1.2");
    const auto is_blank = [](char c) { return c == ' '; };
    std::size_t end = equals;
    while (end > 0 && is_blank(text_[end - 1])) --end;
    path_ = text_.substr(0, end);
    const auto value = parse_value(equals + 1);
    if (!value) return;
    descend(root, 0, *value);
  }

 private:
  void fail(std::size_t at, std::size_t length, std::string message, std::string hint) {
    diagnostics_.push_back(
        {"bad-override", base::Severity::kError, span(at, length), std::move(message), std::move(hint)});
  }
  base::SourceSpan span(std::size_t at, std::size_t length) const {
    return {source_, 1, static_cast<int>(at) + 1, static_cast<int>(std::max<std::size_t>(length, 1))};
  }

  std::optional<Node> parse_value(std::size_t at) {
    while (at < text_.size() && text_[at] == ' ') ++at;
    const std::string_view text = text_.substr(at);
    if (text.find('\n') != std::string_view::npos) {
      fail(at, text.size(), "an override stands on one line", "");
      return std::nullopt;
    }
    auto parsed =
        parse_toml(std::make_shared<base::SourceText>(base::SourceText{"", "v = " + std::string(text)}));
    Node value;
    if (parsed && parsed->members.size() == 1) {
      value = std::move(parsed->members.front().node);
    } else {
      value.kind = Node::Kind::kString;
      value.text = std::string(text);
    }
    place(value, span(at, text.size()));
    return value;
  }
  static void place(Node& node, const base::SourceSpan& at) {
    node.span = node.key_span = at;
    for (auto& [key, member] : node.members) place(member, at);
    for (auto& item : node.items) place(item, at);
  }

  /// Puts `value` in the place of `node`, or applies it where it is a change.
  void put(Node& node, const Node& value) {
    const auto change = value.kind == Node::Kind::kString ? parse_change(value.text) : std::nullopt;
    if (change) {
      auto changed = apply_change(node, *change);
      if (!changed) {
        diagnostics_.push_back(
            {"relative-value", base::Severity::kError, value.span,
             fmt::format("\"{}\" is a change of '{}': {}", value.text.substr(0, 40), path_, changed.error()),
             "give a value of its own"});
        return;
      }
      node = std::move(*changed);
      node.span = value.span;
    } else {
      node = value;
    }
    node.key_span = span(0, path_.size());
  }

  /// Puts `value` at path_[at..] below `node`.
  void descend(Node& node, std::size_t at, const Node& value) {
    if (at >= path_.size()) return put(node, value);
    if (node.kind == Node::Kind::kArray) return descend_list(node, at, value);
    if (at > 0 && path_[at] == '.') ++at;
    if (!node.is_table())
      return fail(
          0, at,
          fmt::format("'{}' is {}, not a table", path_.substr(0, at > 0 ? at - 1 : 0), kind_name(node.kind)),
          "");
    const auto [key, next] = next_key(at);
    if (key.empty()) return fail(at, 1, "a key is missing here", "keys are joined by single dots");
    for (auto& [name, member] : node.members)
      if (name == key) return descend(member, next, value);
    if (next >= path_.size() && value.kind == Node::Kind::kString && parse_change(value.text)) {
      Node nothing;
      return put(nothing, value);  // says that there is nothing to change, and leaves nothing behind
    }
    Node fresh;
    fresh.span = fresh.key_span = span(at, key.size());
    node.members.push_back({key, std::move(fresh)});
    descend(node.members.back().node, next, value);
  }

  void descend_list(Node& node, std::size_t at, const Node& value) {
    if (path_[at] == '[') {
      const auto close = path_.find(']', at);
      std::size_t index = 0;
      const char* end = path_.data() + (close == std::string_view::npos ? path_.size() : close);
      const auto [stop, code] = std::from_chars(path_.data() + at + 1, end, index);
      if (close == std::string_view::npos || code != std::errc{} || stop != end || index >= node.items.size())
        return fail(at, path_.size() - at, "no such entry",
                    fmt::format("entries are [0] to [{}]", node.items.size() - 1));
      return descend(node.items[index], close + 1, value);
    }
    if (path_[at] == '.') ++at;
    const std::string_view rest = path_.substr(at);
    Node* found = nullptr;
    std::size_t length = 0;
    std::vector<std::string> names;
    for (auto& item : node.items)
      for (const std::string& name : names_of(item)) {
        names.push_back(name);
        const bool matches =
            rest.substr(0, name.size()) == name &&
            (rest.size() == name.size() || rest[name.size()] == '.' || rest[name.size()] == '[');
        if (matches && name.size() > length) {
          found = &item;
          length = name.size();
        }
      }
    if (found) return descend(*found, at + length, value);
    const auto wanted = rest.substr(0, rest.find('.'));
    std::string hint = base::did_you_mean(wanted, names);
    for (std::size_t i = 0; hint.empty() && i < names.size(); ++i)
      hint = "entries: " + names[i] + (names.size() > 1 ? ", ..." : "");
    fail(at, wanted.size(), fmt::format("no entry is named '{}'", wanted), std::move(hint));
  }

  /// What an entry of a list goes by.
  static std::vector<std::string> names_of(const Node& item) {
    std::vector<std::string> names;
    for (const char* key : {"name", "id", "year"})
      if (const Node* node = item.find(key))
        names.push_back(node->kind == Node::Kind::kInteger ? fmt::format("{}", node->integer) : node->text);
    std::erase(names, std::string{});
    return names;
  }

  /// The key that starts at `at` (bare or in double quotes) and where the path goes on.
  std::pair<std::string, std::size_t> next_key(std::size_t at) const {
    if (path_[at] == '"') {
      const auto close = path_.find('"', at + 1);
      if (close == std::string_view::npos) return {"", at};
      return {std::string(path_.substr(at + 1, close - at - 1)), close + 1};
    }
    const auto end = std::min(path_.find_first_of(".[", at), path_.size());
    return {std::string(path_.substr(at, end - at)), end};
  }

  std::shared_ptr<const base::SourceText> source_;
  std::string_view text_;
  std::string_view path_;
  base::Diagnostics& diagnostics_;
};

}  // namespace

void apply_override(Node& root, std::string_view assignment, base::Diagnostics& diagnostics) {
  Override(assignment, diagnostics).apply(root);
}

}  // namespace gigawatt::config
