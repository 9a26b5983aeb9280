#include "gigawatt/interop/python_expression.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include "gigawatt/base/words.h"

namespace gigawatt::interop {
namespace {

using Kind = PythonValue::Kind;
constexpr int kDeepestExpression = 40;
constexpr std::size_t kMostItems = 10'000;

bool name_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }

class Parser {
 public:
  Parser(std::string_view text, const PythonScope& scope) : text_(text), scope_(scope) {}

  PythonValue run() {
    PythonValue value = tuple();
    skip();
    if (bad_ || at_ != text_.size()) return PythonValue::unknown(std::string(text_.substr(0, 80)));
    return value;
  }

 private:
  void skip() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool peek(std::string_view what) {
    skip();
    return text_.substr(at_).starts_with(what);
  }
  bool take(std::string_view what) {
    if (!peek(what)) return false;
    at_ += what.size();
    return true;
  }
  bool word(std::string_view what) {
    if (!peek(what)) return false;
    const std::size_t end = at_ + what.size();
    if (end < text_.size() && base::is_name_character(text_[end])) return false;
    at_ = end;
    return true;
  }
  PythonValue unknown(std::size_t from) const {
    return PythonValue::unknown(std::string(text_.substr(from, std::min<std::size_t>(at_ - from, 80))));
  }

  PythonValue tuple() {
    PythonValue first = choice();
    if (!peek(",")) return first;
    PythonValue all;
    all.kind = Kind::kList;
    all.list.push_back(std::move(first));
    while (!bad_ && take(",") && all.list.size() < kMostItems) {
      skip();
      if (at_ == text_.size() || text_[at_] == ')') break;
      all.list.push_back(choice());
    }
    return all;
  }

  /// a if c else b
  PythonValue choice() {
    if (++depth_ > kDeepestExpression) bad_ = true;
    const std::size_t from = at_;
    PythonValue value = bad_ ? PythonValue{} : either();
    if (!bad_ && word("if")) {
      const auto condition = truth(either());
      PythonValue other = word("else") ? choice() : PythonValue::none();
      value = condition ? (*condition ? std::move(value) : std::move(other)) : unknown(from);
    }
    --depth_;
    return value;
  }

  PythonValue either() {
    PythonValue value = both();
    while (!bad_ && word("or")) {
      PythonValue other = both();
      const auto known = truth(value);
      if (known ? !*known : truth(other).value_or(false)) value = std::move(other);
    }
    return value;
  }
  PythonValue both() {
    PythonValue value = negation();
    while (!bad_ && word("and")) {
      PythonValue other = negation();
      const auto known = truth(value);
      if (known ? *known : !truth(other).value_or(true)) value = std::move(other);
    }
    return value;
  }
  PythonValue negation() {
    if (word("not")) {
      const auto known = truth(negation());
      return known ? PythonValue::of(!*known) : PythonValue::unknown("not");
    }
    return comparison();
  }

  PythonValue comparison() {
    const std::size_t from = at_;
    PythonValue a = sum();
    while (!bad_) {
      std::optional<bool> result;
      if (take("==")) {
        result = equal(a, sum());
      } else if (take("!=")) {
        result = equal(a, sum());
        if (result) result = !*result;
      } else if (word("is")) {
        const bool no = word("not");
        const PythonValue b = sum();
        // An object is not None, whatever it holds.
        result = a.is(Kind::kObject) && b.is(Kind::kNone) ? std::optional(false) : equal(a, b);
        if (result && no) result = !*result;
      } else if (word("in")) {
        result = within(a, sum());
      } else if (const std::size_t here = at_; word("not")) {
        if (!word("in")) {
          at_ = here;
          return a;
        }
        result = within(a, sum());
        if (result) result = !*result;
      } else if (peek("<") || peek(">")) {
        result = order(a);
      } else {
        return a;
      }
      a = result ? PythonValue::of(*result) : unknown(from);
    }
    return a;
  }
  std::optional<bool> order(const PythonValue& a) {
    const bool less = take("<");
    if (!less) take(">");
    const bool or_equal = take("=");
    const PythonValue b = sum();
    if (!a.numeric() || !b.numeric()) return std::nullopt;
    if (or_equal && a.number == b.number) return true;
    return less ? a.number < b.number : a.number > b.number;
  }
  static std::optional<bool> within(const PythonValue& a, const PythonValue& b) {
    if (a.is(Kind::kString) && b.is(Kind::kString)) return b.text.find(a.text) != std::string::npos;
    if (b.is(Kind::kObject) && !a.is(Kind::kUnknown) && b.object->callee.empty())
      return b.object->find(to_text(a)) != nullptr;
    if (!b.is(Kind::kList)) return std::nullopt;
    bool all_known = true;
    for (const PythonValue& item : b.list) {
      const auto same = equal(a, item);
      if (same && *same) return true;
      all_known = all_known && same;
    }
    return all_known ? std::optional(false) : std::nullopt;
  }

  PythonValue sum() {
    const std::size_t from = at_;
    PythonValue a = product();
    while (!bad_) {
      const bool plus = take("+");
      if (!plus && !(peek("-") && take("-"))) return a;
      const PythonValue b = product();
      if (a.numeric() && b.numeric())
        a = PythonValue::of(plus ? a.number + b.number : a.number - b.number);
      else if (plus && a.is(Kind::kString) && b.is(Kind::kString) && a.text.size() < kMostItems)
        a = PythonValue::of(a.text + b.text);
      else if (plus && a.is(Kind::kList) && b.is(Kind::kList) && a.list.size() + b.list.size() < kMostItems)
        a.list.insert(a.list.end(), b.list.begin(), b.list.end());
      else
        a = unknown(from);
    }
    return a;
  }
  PythonValue product() {
    const std::size_t from = at_;
    PythonValue a = power();
    while (!bad_) {
      const bool whole = take("//");
      const char op = whole ? 'w' : take("*") ? '*' : take("/") ? '/' : take("%") ? '%' : '\0';
      if (op == '\0') return a;
      const PythonValue b = power();
      if (a.numeric() && b.numeric() && (op == '*' || b.number != 0)) {
        const double x = a.number, y = b.number;
        a = PythonValue::of(op == '*'   ? x * y
                            : op == '/' ? x / y
                            : op == 'w' ? std::floor(x / y)
                                        : x - y * std::floor(x / y));
      } else if (op == '*' && a.is(Kind::kList) && b.numeric() &&
                 static_cast<double>(a.list.size()) * b.number < static_cast<double>(kMostItems)) {
        const auto once = a.list;
        a.list.clear();
        for (int i = 0; i < static_cast<int>(b.number); ++i)
          a.list.insert(a.list.end(), once.begin(), once.end());
      } else {
        a = unknown(from);
      }
    }
    return a;
  }
  PythonValue power() {
    const std::size_t from = at_;
    PythonValue a = sign();
    if (!bad_ && take("**")) {
      const PythonValue b = sign();
      a = a.numeric() && b.numeric() ? PythonValue::of(std::pow(a.number, b.number)) : unknown(from);
    }
    return a;
  }
  PythonValue sign() {
    if (++depth_ > kDeepestExpression) bad_ = true;
    PythonValue value;
    if (bad_) {
    } else if (take("-")) {
      value = sign();
      value = value.numeric() ? PythonValue::of(-value.number) : PythonValue::unknown("-");
    } else if (take("+") || take("await ")) {
      value = sign();
    } else {
      value = postfix();
    }
    --depth_;
    return value;
  }

  /// An atom with its calls, attributes and indices.
  PythonValue postfix() {
    skip();
    std::string name;  // dotted, for what is called
    PythonValue value = atom(name);
    while (!bad_) {
      if (at_ < text_.size() && text_[at_] == '.' && at_ + 1 < text_.size() && name_start(text_[at_ + 1])) {
        const std::size_t begin = ++at_;
        while (at_ < text_.size() && base::is_name_character(text_[at_])) ++at_;
        const std::string part(text_.substr(begin, at_ - begin));
        name += "." + part;
        skip_blanks();
        if (at_ < text_.size() && text_[at_] == '(') {
          value = call(name, value);
          continue;
        }
        value = attribute(value, part, name);
      } else if (at_ < text_.size() && text_[at_] == '(') {
        value = call(name, PythonValue::none());
      } else if (at_ < text_.size() && text_[at_] == '[') {
        ++at_;
        const std::size_t from = at_;
        const PythonValue index = peek(":") ? PythonValue{} : tuple();
        while (at_ < text_.size() && text_[at_] != ']') ++at_;  // a slice's rest
        const bool plain = at_ < text_.size();
        if (!take("]")) bad_ = true;
        value = item(value, index, plain ? std::string(text_.substr(from, at_ - from - 1)) : "");
        name += "[]";
      } else {
        break;
      }
      skip_blanks();
    }
    return value;
  }
  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  static PythonValue attribute(const PythonValue& of, const std::string& name, const std::string& dotted) {
    if (!of.is(Kind::kObject)) return PythonValue::unknown(dotted);  // of a module
    const PythonValue* found = of.object->find(name);
    return found != nullptr ? *found : PythonValue::unknown(name);
  }
  static PythonValue item(const PythonValue& of, const PythonValue& index, const std::string& text) {
    if (of.is(Kind::kList) && index.is(Kind::kNumber)) {
      const double n = index.number < 0 ? index.number + static_cast<double>(of.list.size()) : index.number;
      if (n >= 0 && n < static_cast<double>(of.list.size())) return of.list[static_cast<std::size_t>(n)];
    }
    if (of.is(Kind::kObject) && !index.is(Kind::kUnknown))
      if (const PythonValue* found = of.object->find(to_text(index))) return *found;
    return PythonValue::unknown("item " + text);
  }

  PythonValue call(const std::string& name, const PythonValue& before) {
    ++at_;  // '('
    std::vector<PythonValue> positional;
    std::vector<std::pair<std::string, PythonValue>> named;
    while (!bad_ && !take(")")) {
      skip();
      if (at_ >= text_.size() || positional.size() + named.size() > kMostItems) {
        bad_ = true;
        break;
      }
      std::size_t end = at_;
      while (end < text_.size() && base::is_name_character(text_[end])) ++end;
      std::size_t equals = end;
      while (equals < text_.size() && text_[equals] == ' ') ++equals;
      const bool keyword = end > at_ && equals < text_.size() && text_[equals] == '=' &&
                           !text_.substr(equals).starts_with("==");
      if (keyword) {
        std::string key(text_.substr(at_, end - at_));
        at_ = equals + 1;
        named.emplace_back(std::move(key), choice());
      } else if (take("**")) {
        const PythonValue more = choice();
        if (more.is(Kind::kObject))
          for (const auto& attribute : more.object->attributes) named.push_back(attribute);
      } else {
        take("*");
        positional.push_back(choice());
      }
      comprehension();
      if (!peek(")") && !take(",")) bad_ = true;
    }
    if (bad_) return {};
    return scope_.call(name, before, std::move(positional), std::move(named));
  }
  /// "... for x in y": not run.
  bool comprehension() {
    if (!word("for")) return false;
    skip_to_close();
    return true;
  }
  /// To one of these characters outside of brackets and strings, or to the bracket that closes what we are in.
  void skip_until(std::string_view any) {
    int depth = 0;
    for (char quote = 0; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (quote != 0 ? c == quote : c == '"' || c == '\'')
        quote = quote != 0 ? '\0' : c;
      else if (quote == 0 && depth == 0 && any.find(c) != std::string_view::npos)
        return;
      else if (quote == 0 && (c == '(' || c == '[' || c == '{'))
        ++depth;
      else if (quote == 0 && (c == ')' || c == ']' || c == '}') && depth-- == 0)
        return;
    }
  }
  void skip_to_close() {
    int depth = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '(' || c == '[' || c == '{') ++depth;
      if ((c == ')' || c == ']' || c == '}') && depth-- == 0) break;
    }
  }

  PythonValue atom(std::string& name) {
    if (at_ >= text_.size()) {
      bad_ = true;
      return {};
    }
    const char c = text_[at_];
    if (c == '(') {
      ++at_;
      if (take(")")) return list_of({});
      PythonValue value = tuple();
      if (comprehension()) value = PythonValue::unknown("for");
      if (!take(")")) bad_ = true;
      return value;
    }
    if (c == '[') return list(']');
    if (c == '{') return braces();
    if (c == '"' || c == '\'') return string(false);
    if (std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '.') return number();
    if (!name_start(c)) {
      bad_ = true;
      return {};
    }
    const std::size_t begin = at_;
    while (at_ < text_.size() && base::is_name_character(text_[at_])) ++at_;
    name = std::string(text_.substr(begin, at_ - begin));
    if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'') && name.size() <= 2)
      return string(name.find_first_of("fF") != std::string::npos);
    if (name == "lambda") {
      skip_until(":");
      take(":");
      skip_until(",");
      return PythonValue::unknown("lambda");
    }
    if (name == "None") return PythonValue::none();
    if (name == "True" || name == "False") return PythonValue::of(name == "True");
    if (PythonValue* known = scope_.variable(name)) return *known;
    return PythonValue::unknown(name);
  }

  static PythonValue list_of(std::vector<PythonValue> items) {
    PythonValue value;
    value.kind = Kind::kList;
    value.list = std::move(items);
    return value;
  }
  PythonValue list(char close) {
    ++at_;
    std::vector<PythonValue> items;
    const std::string_view end(close == ']' ? "]" : "}");
    while (!bad_ && !take(end)) {
      take("*");
      skip();
      const std::size_t from = at_;
      items.push_back(choice());
      if (word("for")) {
        PythonValue all = for_each(text_.substr(from, at_ - 3 - from));
        if (!take(end)) bad_ = true;
        return all;
      }
      if (!peek(end) && !take(",")) bad_ = true;
      if (items.size() > kMostItems) bad_ = true;
    }
    return list_of(std::move(items));
  }
  /// "[item for name in list]", behind its "for"; what has a condition or several names is not known.
  PythonValue for_each(std::string_view item) {
    skip();
    const std::size_t begin = at_;
    while (at_ < text_.size() && base::is_name_character(text_[at_])) ++at_;
    const std::string name(text_.substr(begin, at_ - begin));
    const PythonValue over = word("in") ? either() : PythonValue::unknown("for");
    if (!over.is(Kind::kList) || !peek("]") || depth_ + 8 > kDeepestExpression || over.list.size() > 1000) {
      at_ = begin;
      skip_to_close();
      return PythonValue::unknown("for");
    }
    std::vector<PythonValue> out;
    PythonValue one;
    const PythonScope inside{[&](std::string_view n) { return n == name ? &one : scope_.variable(n); },
                             scope_.call};
    for (const PythonValue& value : over.list) {
      one = value;
      Parser parser(item, inside);
      parser.depth_ = depth_ + 8;
      out.push_back(parser.run());
    }
    return list_of(std::move(out));
  }
  /// A dictionary's pairs are those of dict(key=value).
  PythonValue braces() {
    ++at_;
    std::vector<std::pair<std::string, PythonValue>> named;
    while (!bad_ && !take("}")) {
      if (take("**")) {
        const PythonValue more = choice();
        if (more.is(Kind::kObject))
          for (const auto& attribute : more.object->attributes) named.push_back(attribute);
      } else {
        const PythonValue key = choice();
        if (take(":")) named.emplace_back(to_text(key), choice());
      }
      comprehension();
      if (!peek("}") && !take(",")) bad_ = true;
      if (named.size() > kMostItems) bad_ = true;
    }
    if (bad_) return {};
    return scope_.call("dict", PythonValue::none(), {}, std::move(named));
  }

  PythonValue number() {
    std::string digits;
    while (at_ < text_.size() && (base::is_name_character(text_[at_]) || text_[at_] == '.' ||
                                  ((text_[at_] == '-' || text_[at_] == '+') && !digits.empty() &&
                                   (digits.back() == 'e' || digits.back() == 'E')))) {
      if (text_[at_] != '_') digits += text_[at_];
      ++at_;
    }
    double n = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
    if (problem != std::errc{} || end != digits.data() + digits.size()) return PythonValue::unknown(digits);
    return PythonValue::of(n);
  }

  /// Strings side by side are one; of an f-string what is in braces is evaluated.
  PythonValue string(bool formatted) {
    std::string out;
    bool known = true;
    while (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) {
      const std::string triple(3, text_[at_]);
      const bool is_triple = text_.substr(at_).starts_with(triple);
      const std::string end = is_triple ? triple : std::string(1, text_[at_]);
      at_ += end.size();
      while (at_ < text_.size() && !text_.substr(at_).starts_with(end)) {
        if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
          out += text_[at_ + 1];
          at_ += 2;
        } else if (formatted && text_[at_] == '{') {
          const std::size_t close = std::min(text_.find('}', at_), text_.size());
          Parser inside(text_.substr(at_ + 1, close - at_ - 1), scope_);
          inside.depth_ = depth_ + 8;
          const PythonValue value = inside.depth_ < kDeepestExpression ? inside.run() : PythonValue{};
          known = known && !value.is(Kind::kUnknown);
          out += to_text(value);
          at_ = std::min(close + 1, text_.size());
        } else {
          out += text_[at_++];
        }
      }
      at_ = std::min(at_ + end.size(), text_.size());
      skip_blanks();
    }
    return known ? PythonValue::of(std::move(out)) : PythonValue::unknown(std::move(out));
  }

  std::string_view text_;
  const PythonScope& scope_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool bad_ = false;
};

}  // namespace

PythonValue evaluate(std::string_view text, const PythonScope& scope) { return Parser(text, scope).run(); }

}  // namespace gigawatt::interop
