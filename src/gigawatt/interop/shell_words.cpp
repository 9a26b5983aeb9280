#include "gigawatt/interop/shell_words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace gigawatt::interop {
namespace {

constexpr std::size_t kMostWords = 100'000;
constexpr std::size_t kMostBytes = 1u << 20;  // that variables may grow to

bool blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool name_part(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

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
    while (at_ < text_.size() && (blank(text_[at_]) || text_[at_] == '\n')) ++at_;
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

class Shell {
 public:
  ShellWords run(std::span<const std::string> texts) {
    for (const std::string& text : texts) {
      script(text);
      end_statement();
    }
    out_.variables = {variables_.begin(), variables_.end()};
    return std::move(out_);
  }

 private:
  void script(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
      const char c = text[at];
      if (c == '\n' || c == ';' || c == '&' || c == '|') {
        if (c == '\n' && in_array_) {
          ++at;
          continue;
        }
        end_statement();
        ++at;
      } else if (blank(c)) {
        ++at;
      } else if (c == '\\' && at + 1 < text.size() && (text[at + 1] == '\n' || text[at + 1] == '\r')) {
        at += text[at + 1] == '\r' && at + 2 < text.size() && text[at + 2] == '\n' ? 3 : 2;
      } else if (c == '#') {
        while (at < text.size() && text[at] != '\n') ++at;
      } else if (in_array_ && c == ')') {
        in_array_ = false;
        ++at;
        end_statement();
      } else {
        word(text, at);
      }
    }
  }

  /// One word; unquoted variables are split into several.
  void word(std::string_view text, std::size_t& at) {
    std::string current;
    bool any = false;
    bool assigns = false;  // NAME= was read: what follows is its value, and is not split
    const auto flush = [&] {
      if (any || !current.empty()) add(current);
      current.clear();
      any = false;
    };
    while (at < text.size()) {
      const char c = text[at];
      if (blank(c) || c == '\n' || c == ';' || (in_array_ && c == ')')) break;
      if (current.size() > kMostBytes) current.clear();
      if ((c == '|' || c == '&') && !layout_ && !current.starts_with("--pipeline-model-parallel-layout="))
        break;
      if (c == '\'') {
        const std::size_t end = std::min(text.find('\'', at + 1), text.size());
        current += text.substr(at + 1, end - at - 1);
        any = true;
        at = std::min(end + 1, text.size());
      } else if (c == '"') {
        any = true;
        ++at;
        quoted(text, at, current);
      } else if (c == '\\' && at + 1 < text.size()) {
        if (text[at + 1] == '\n') break;
        current += text[at + 1];
        at += 2;
      } else if (c == '(' && assigns && current.ends_with('=')) {
        in_array_ = true;
        ++at;
        add(current);
        return;
      } else if (c == '$') {
        std::string value;
        const bool known = variable(text, at, value);
        if (known && !assigns)
          split(value, current, any);
        else
          current += value;
      } else {
        current += c;
        ++at;
        if (c == '=' && statement_.empty()) assigns = true;
        if (c == '=' && !statement_.empty() && statement_.back() == "export") assigns = true;
      }
    }
    flush();
  }

  void quoted(std::string_view text, std::size_t& at, std::string& current) {
    while (at < text.size() && text[at] != '"') {
      if (text[at] == '\\' && at + 1 < text.size()) {
        if (text[at + 1] == '\n')
          current += ' ';
        else
          current += text[at + 1];
        at += 2;
      } else if (text[at] == '$') {
        std::string value;
        variable(text, at, value);
        // "${ARRAY[@]}" is as many words as the array has.
        if (value.find(kBetween) != std::string::npos) {
          bool any = false;
          split(value, current, any);
        } else {
          current += value;
        }
      } else {
        current += text[at++];
      }
    }
    if (at < text.size()) ++at;
  }

  void split(const std::string& value, std::string& current, bool& any) {
    for (const char c : value) {
      if (blank(c) || c == '\n' || c == kBetween) {
        if (any || !current.empty()) add(current);
        current.clear();
        any = false;
      } else {
        current += c;
      }
    }
  }

  /// What "$..." at `at` stands for; false: it stays as it is written.
  bool variable(std::string_view text, std::size_t& at, std::string& value) {
    const std::size_t begin = at++;
    if (text.substr(at).starts_with("((")) {
      const std::size_t end = text.find("))", at);
      if (end == std::string_view::npos) return literal(text, begin, at = text.size(), value);
      const std::string inner = expand(text.substr(at + 2, end - at - 2));
      at = end + 2;
      if (const auto n = Arithmetic(inner).run()) {
        value = fmt::format("{}", *n);
        return true;
      }
      return literal(text, begin, at, value);
    }
    if (at < text.size() && text[at] == '(') {  // the output of a program: not run
      int depth = 0;
      for (; at < text.size(); ++at) {
        if (text[at] == '(') ++depth;
        if (text[at] == ')' && --depth == 0) break;
      }
      at = std::min(at + 1, text.size());
      return literal(text, begin, at, value);
    }
    std::string name, usual;
    bool has_usual = false;
    if (at < text.size() && text[at] == '{') {
      const std::size_t end = std::min(text.find('}', at), text.size());
      std::string_view inside = text.substr(at + 1, end - at - 1);
      at = std::min(end + 1, text.size());
      std::size_t n = 0;
      while (n < inside.size() && name_part(inside[n])) ++n;
      name = std::string(inside.substr(0, n));
      inside.remove_prefix(n);
      if (inside.starts_with("[@]") || inside.starts_with("[*]")) inside.remove_prefix(3);
      if (inside.starts_with(":-") || inside.starts_with(":=")) {
        has_usual = true;
        usual = expand(inside.substr(2));
      } else if (inside.starts_with("-")) {
        has_usual = true;
        usual = expand(inside.substr(1));
      }
    } else {
      const std::size_t from = at;
      while (at < text.size() && name_part(text[at])) ++at;
      name = std::string(text.substr(from, at - from));
    }
    const auto found = variables_.find(name);
    if (found != variables_.end()) {
      value = found->second;
      return true;
    }
    if (has_usual) {
      value = usual;
      return true;
    }
    if (!name.empty() && std::find(out_.unset.begin(), out_.unset.end(), name) == out_.unset.end())
      out_.unset.push_back(name);
    return literal(text, begin, at, value);
  }

  static bool literal(std::string_view text, std::size_t begin, std::size_t end, std::string& value) {
    value = std::string(text.substr(begin, end - begin));
    return false;
  }

  /// Variables inside of a text without quotes.
  std::string expand(std::string_view text) {
    constexpr int kDeepest = 16;
    std::string out;
    if (depth_ >= kDeepest) return out;
    ++depth_;
    for (std::size_t at = 0; at < text.size() && out.size() <= kMostBytes;) {
      if (text[at] == '$') {
        std::string value;
        variable(text, at, value);
        out += value;
      } else if (text[at] == '"' || text[at] == '\'') {
        ++at;
      } else if (const std::size_t from = at; std::isalpha(static_cast<unsigned char>(text[at])) != 0) {
        // Arithmetic names variables without '$'.
        while (at < text.size() && name_part(text[at])) ++at;
        const auto found = variables_.find(std::string(text.substr(from, at - from)));
        out += found == variables_.end() ? std::string(text.substr(from, at - from)) : found->second;
      } else {
        out += text[at++];
      }
    }
    --depth_;
    return out;
  }

  void add(const std::string& word) {
    // A layout has '|' between its stages, and is often given without quotes.
    layout_ = word == "--pipeline-model-parallel-layout";
    if (statement_.size() < kMostWords) statement_.push_back(word);
  }

  void set(const std::string& name, const std::string& value, bool append) {
    std::string& variable = variables_[name];
    bytes_ -= variable.size();
    variable = append ? variable + (variable.empty() ? "" : std::string(1, kBetween)) + value : value;
    bytes_ += variable.size();
    if (bytes_ > kMostBytes) {
      bytes_ -= variable.size();
      variable.clear();
    }
  }

  /// NAME=value at the front of a statement; of an array its words are those behind it.
  bool assignment(std::size_t i) {
    const std::string& word = statement_[i];
    std::size_t n = 0;
    while (n < word.size() && name_part(word[n])) ++n;
    if (n == 0 || std::isdigit(static_cast<unsigned char>(word[0])) != 0) return false;
    const bool append = n + 1 < word.size() && word[n] == '+' && word[n + 1] == '=';
    if (!append && (n >= word.size() || word[n] != '=')) return false;
    const std::string name = word.substr(0, n);
    const std::string value = word.substr(n + (append ? 2 : 1));
    if (array_ && value.empty()) {
      std::string all;
      for (std::size_t k = i + 1; k < statement_.size(); ++k)
        all += (all.empty() ? "" : std::string(1, kBetween)) + statement_[k];
      set(name, all, append);
      statement_.resize(i + 1);
      return true;
    }
    set(name, value, append);
    return true;
  }

  void end_statement() {
    layout_ = false;
    if (in_array_) return;  // a statement ends with its array
    std::size_t i = 0;
    array_ = !statement_.empty() &&
             std::any_of(statement_.begin(), statement_.end(),
                         [](const std::string& w) { return w.ends_with('=') && !w.starts_with('-'); });
    while (i < statement_.size() && (statement_[i] == "export" || statement_[i] == "local" || assignment(i)))
      ++i;
    const bool options = std::any_of(statement_.begin() + static_cast<std::ptrdiff_t>(i), statement_.end(),
                                     [](const std::string& w) { return w.starts_with("--"); });
    constexpr std::array<std::string_view, 14> kOthers = {"pip",  "pip3",   "mkdir",  "cd",    "echo",
                                                          "git",  "source", "conda",  "apt",   "wget",
                                                          "curl", "set",    "module", "sbatch"};
    const bool other =
        i < statement_.size() && std::find(kOthers.begin(), kOthers.end(), statement_[i]) != kOthers.end();
    if (options && !other)
      for (; i < statement_.size() && out_.words.size() < kMostWords; ++i)
        out_.words.push_back(statement_[i]);
    statement_.clear();
  }

  static constexpr char kBetween = '\x1f';  // words of an array
  std::map<std::string, std::string> variables_;
  std::size_t bytes_ = 0;
  std::vector<std::string> statement_;
  bool in_array_ = false;
  bool array_ = false;
  bool layout_ = false;
  int depth_ = 0;
  ShellWords out_;
};

}  // namespace

ShellWords shell_words(std::span<const std::string> texts) {
  // Arguments as a shell has split them already are one statement.
  if (texts.size() > 1) {
    std::string joined;
    for (const std::string& text : texts) {
      const bool plain = text.find_first_of(" \t\n\\#'\"$();&|") == std::string::npos;
      if (!joined.empty()) joined += ' ';
      if (plain || text.find('\n') != std::string::npos || text.find(" --") != std::string::npos ||
          text.starts_with("--")) {
        joined += text;
      } else {
        joined += '\'';
        for (const char c : text) joined += c == '\'' ? std::string("'\\''") : std::string(1, c);
        joined += '\'';
      }
    }
    const std::vector<std::string> one{joined};
    return Shell().run(one);
  }
  return Shell().run(texts);
}

}  // namespace gigawatt::interop
