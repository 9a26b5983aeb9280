#include <array>
#include <cctype>

#include "gigawatt/base/check.h"
#include "gigawatt/workload/rule_expression.h"

namespace gigawatt::workload {
namespace {

using Kind = RuleNode::Kind;

/// Recursive descent over the text, one function for each strength of operators.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  RuleNode whole() {
    RuleNode node = choice();
    space();
    GW_CHECK(at_ == text_.size(), "rule '{}' goes on at '{}'", text_, text_.substr(at_));
    return node;
  }

 private:
  static constexpr int kLevels = 6;
  static constexpr std::array<std::array<std::string_view, 7>, kLevels> kOperators = {{
      {"??"},
      {"||"},
      {"&&"},
      {"==", "!=", "<=", ">=", "<", ">", "in "},
      {"+", "-"},
      {"*", "//", "/", "%"},
  }};

  void space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool take(std::string_view word) {
    space();
    if (!text_.substr(at_).starts_with(word)) return false;
    if (word == "?" && text_.substr(at_).starts_with("??")) return false;
    at_ += word.size();
    return true;
  }
  void expect(std::string_view word) { GW_CHECK(take(word), "rule '{}' lacks '{}'", text_, word); }

  RuleNode choice() {
    RuleNode condition = binary(0);
    if (!take("?")) return condition;
    RuleNode yes = choice();
    expect(":");
    RuleNode no = choice();
    return {Kind::kChoice, "", {}, {std::move(condition), std::move(yes), std::move(no)}};
  }

  RuleNode binary(int level) {
    if (level == kLevels) return unary();
    RuleNode left = binary(level + 1);
    for (bool more = true; more;) {
      more = false;
      for (const std::string_view op : kOperators[static_cast<std::size_t>(level)]) {
        if (op.empty() || !take(op)) continue;
        RuleNode right = binary(level + 1);
        left = {Kind::kBinary, std::string(op), {}, {std::move(left), std::move(right)}};
        more = true;
        break;
      }
    }
    return left;
  }

  RuleNode unary() {
    for (const std::string_view op : {"!", "-"}) {
      space();
      if (op == "!" && text_.substr(at_).starts_with("!=")) continue;
      if (take(op)) return {Kind::kUnary, std::string(op), {}, {unary()}};
    }
    return postfix();
  }

  RuleNode postfix() {
    RuleNode node = primary();
    for (;;) {
      if (take("[")) {
        RuleNode position = choice();
        expect("]");
        node = {Kind::kIndex, "", {}, {std::move(node), std::move(position)}};
      } else if (take(".")) {
        node = {Kind::kMember, word(), {}, {std::move(node)}};
      } else {
        return node;
      }
    }
  }

  std::vector<RuleNode> list(std::string_view end) {
    std::vector<RuleNode> items;
    while (!take(end)) {
      if (!items.empty()) expect(",");
      items.push_back(choice());
    }
    return items;
  }

  std::string word() {
    space();
    const std::size_t begin = at_;
    while (at_ < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '_'))
      ++at_;
    GW_CHECK(at_ > begin, "rule '{}' lacks a name at {}", text_, begin);
    return std::string(text_.substr(begin, at_ - begin));
  }

  RuleNode primary() {
    if (take("(")) {
      RuleNode inner = choice();
      expect(")");
      return inner;
    }
    if (take("[")) return {Kind::kList, "", {}, list("]")};
    if (take("\"")) {
      const std::size_t end = text_.find('"', at_);
      GW_CHECK(end != std::string_view::npos, "rule '{}' has an open text", text_);
      RuleNode node{Kind::kLiteral, "", std::string(text_.substr(at_, end - at_)), {}};
      at_ = end + 1;
      return node;
    }
    space();
    if (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0) return figure();
    std::string name = word();
    if (name == "true" || name == "false") return {Kind::kLiteral, "", name == "true", {}};
    if (name == "null") return {Kind::kLiteral, "", nullptr, {}};
    if (take("(")) return {Kind::kCall, std::move(name), {}, list(")")};
    return {Kind::kName, std::move(name), {}, {}};
  }

  RuleNode figure() {
    const std::size_t begin = at_;
    while (at_ < text_.size() &&
           (std::isdigit(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '.'))
      ++at_;
    return {Kind::kLiteral, "", nlohmann::json::parse(text_.substr(begin, at_ - begin)), {}};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

RuleNode parse_rule(std::string_view text) { return Parser(text).whole(); }

}  // namespace gigawatt::workload
