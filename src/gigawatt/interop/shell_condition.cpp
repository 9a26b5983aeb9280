#include "gigawatt/interop/shell_condition.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace gigawatt::interop {
namespace {

/// What is not set is empty; the number of a script's own arguments is 0.
std::string unquoted(const std::string& word) {
  if (word == "$#") return "0";
  return word.find('$') == std::string::npos ? word : "";
}

std::optional<long long> number(std::string_view text) {
  long long n = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (bad != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return n;
}

class Test {
 public:
  explicit Test(std::vector<std::string> words) : words_(std::move(words)) {}
  std::optional<bool> run() {
    const auto value = either();
    return at_ == words_.size() ? value : std::nullopt;
  }

 private:
  bool take(std::string_view word) {
    if (at_ >= words_.size() || words_[at_] != word) return false;
    ++at_;
    return true;
  }
  std::optional<bool> either() {
    auto value = both();
    while (take("-o") || take("||")) {
      const auto other = both();
      value = value && other ? std::optional(*value || *other) : std::nullopt;
    }
    return value;
  }
  std::optional<bool> both() {
    auto value = negation();
    while (take("-a") || take("&&")) {
      const auto other = negation();
      value = value && other ? std::optional(*value && *other) : std::nullopt;
    }
    return value;
  }
  std::optional<bool> negation() {
    if (!take("!")) return one();
    const auto value = one();
    return value ? std::optional(!*value) : std::nullopt;
  }
  std::optional<bool> one() {
    if (at_ >= words_.size()) return false;
    const std::string word = words_[at_++];
    const bool more = at_ < words_.size();
    if (more && word.size() == 2 && word[0] == '-' && words_[at_] != "=" && words_[at_] != "==" &&
        words_[at_] != "!=") {
      const std::string text = unquoted(words_[at_++]);
      if (word[1] == 'z') return text.empty();
      if (word[1] == 'n') return !text.empty();
      return false;  // -f, -d, -e ...: no file is looked for
    }
    if (!more) return !unquoted(word).empty();
    const std::string op = words_[at_];
    if (op == "-a" || op == "-o" || op == "&&" || op == "||") return !unquoted(word).empty();
    ++at_;
    const std::string left = unquoted(word);
    const std::string right = at_ < words_.size() ? unquoted(words_[at_++]) : "";
    if (op == "=" || op == "==") return shell_match(right, left);
    if (op == "!=") return !shell_match(right, left);
    const auto a = number(left), b = number(right);
    if (!a || !b) return op == "-eq" || op == "-ne" || op[0] == '-' ? std::optional(false) : std::nullopt;
    if (op == "-eq") return *a == *b;
    if (op == "-ne") return *a != *b;
    if (op == "-gt" || op == ">") return *a > *b;
    if (op == "-ge" || op == ">=") return *a >= *b;
    if (op == "-lt" || op == "<") return *a < *b;
    if (op == "-le" || op == "<=") return *a <= *b;
    return std::nullopt;
  }

  std::vector<std::string> words_;
  std::size_t at_ = 0;
};

/// + - * / % and parentheses over whole numbers.
class Arithmetic {
 public:
  explicit Arithmetic(std::string_view text) : text_(text) {}
  std::optional<std::int64_t> run() {
    const auto value = sum(0);
    skip();
    return bad_ || at_ != text_.size() ? std::nullopt : std::optional(value);
  }

 private:
  void skip() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r' || text_[at_] == '\n'))
      ++at_;
  }
  bool take(char c) {
    skip();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::int64_t atom(int depth) {
    skip();
    if (depth > 32) bad_ = true;
    if (!bad_ && take('(')) {
      const std::int64_t inner = sum(depth + 1);
      if (!take(')')) bad_ = true;
      return inner;
    }
    std::int64_t n = 0;
    bool any = false;
    for (;
         at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0 && n < 1'000'000'000;
         ++at_, any = true)
      n = 10 * n + (text_[at_] - '0');
    if (!any) bad_ = true;
    return n;
  }
  std::int64_t product(int depth) {
    std::int64_t value = atom(depth);
    while (!bad_) {
      const bool times = take('*');
      const bool over = !times && take('/');
      const bool rest = !times && !over && take('%');
      if (!times && !over && !rest) break;
      const std::int64_t other = atom(depth);
      if ((!times && other == 0) || (times && std::abs(value) > 1'000'000'000)) bad_ = true;
      if (bad_) break;
      value = times ? value * other : over ? value / other : value % other;
    }
    return value;
  }
  std::int64_t sum(int depth) {
    std::int64_t value = product(depth);
    while (!bad_) {
      const bool plus = take('+');
      if (!plus && !take('-')) break;
      const std::int64_t other = product(depth);
      value = plus ? value + other : value - other;
    }
    return value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool bad_ = false;
};

bool match(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace

std::optional<bool> shell_condition(std::span<const std::string> all) {
  std::vector<std::string> words;
  for (const std::string& word : all)
    if (word != "[" && word != "[[" && word != "]" && word != "]]" && word != "((" && word != "))" &&
        word != "test")
      words.push_back(word);
  if (words.empty()) return std::nullopt;
  if (words.size() == 1 && (words[0] == "true" || words[0] == "false" || words[0] == ":"))
    return words[0] != "false";
  const bool brackets = all.front() == "[" || all.front() == "[[" || all.front() == "((" ||
                        all.front() == "test" || all.back() == "]]";
  return brackets ? Test(std::move(words)).run() : std::nullopt;
}

std::optional<std::int64_t> shell_arithmetic(std::string_view text) { return Arithmetic(text).run(); }

bool shell_match(const std::string& pattern, const std::string& text) {
  for (std::size_t begin = 0; begin <= pattern.size();) {
    const std::size_t end = std::min(pattern.find('|', begin), pattern.size());
    if (match(std::string_view(pattern).substr(begin, end - begin), text)) return true;
    begin = end + 1;
  }
  return false;
}

}  // namespace gigawatt::interop
