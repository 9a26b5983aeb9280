#include "gigawatt/interop/shell_words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "gigawatt/base/words.h"
#include "gigawatt/interop/shell_condition.h"

namespace gigawatt::interop {
namespace {

constexpr std::size_t kMostWords = 100'000;
constexpr std::size_t kMostLaunchers = 16;
constexpr std::size_t kMostBytes = 1u << 20;  // that variables may grow to

bool blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

class Shell {
 public:
  ShellWords run(std::span<const std::string> texts) {
    for (const std::string& text : texts) {
      constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
      script(text.starts_with(kByteOrderMark) ? std::string_view(text).substr(kByteOrderMark.size()) : text);
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
        const bool twice = c != '\n' && at + 1 < text.size() && text[at + 1] == c;
        separator(c, twice);
        at += twice ? 2 : 1;
        if (c == '\n' && !here_end_.empty()) skip_here(text, at);
      } else if (c == '<' && text.substr(at).starts_with("<<") && !text.substr(at).starts_with("<<<")) {
        here(text, at);
      } else if (blank(c)) {
        ++at;
      } else if (c == '\\' && at + 1 < text.size() && (text[at + 1] == '\n' || text[at + 1] == '\r')) {
        at += text[at + 1] == '\r' && at + 2 < text.size() && text[at + 2] == '\n' ? 3 : 2;
      } else if (c == '#') {
        const std::size_t begin = at;
        while (at < text.size() && text[at] != '\n') ++at;
        if (text.substr(begin).starts_with("#SBATCH"))
          asked_of_scheduler(text.substr(begin + 7, at - begin - 7));
      } else if (in_array_ && c == ')') {
        in_array_ = false;
        ++at;
        end_statement();
      } else {
        word(text, at);
      }
    }
  }

  /// "--nodes=16", "-N 16".
  void asked_of_scheduler(std::string_view line) {
    std::vector<std::string> parts;
    std::string part;
    for (const char c : line) {
      if (blank(c) || c == '=') {
        if (!part.empty()) parts.push_back(std::exchange(part, {}));
      } else if (c == '#') {
        break;
      } else {
        part += c;
      }
    }
    if (!part.empty()) parts.push_back(part);
    if (parts.size() < 2) return;
    std::string name = parts[0] == "-N" ? "nodes" : parts[0] == "-n" ? "ntasks" : parts[0];
    name.erase(0, std::min(name.find_first_not_of('-'), name.size()));
    out_.scheduler[name] = parts[1];
    if (name == "nodes")
      for (const char* variable : {"SLURM_NNODES", "SLURM_JOB_NUM_NODES"}) set(variable, parts[1], false);
  }

  /// "<<EOF": what is printed is skipped, what is handed to a shell or a file is read.
  void here(std::string_view text, std::size_t& at) {
    at += 2;
    if (at < text.size() && text[at] == '-') ++at;
    while (at < text.size() && blank(text[at])) ++at;
    std::string end;
    while (at < text.size() && !blank(text[at]) && text[at] != '\n' && text[at] != ';' && text[at] != '>') {
      if (text[at] != '\'' && text[at] != '"') end += text[at];
      ++at;
    }
    const bool prints =
        !statement_.empty() && statement_[0] == "cat" &&
        std::none_of(statement_.begin(), statement_.end(),
                     [](const std::string& w) { return w.starts_with(">"); }) &&
        text.substr(at, std::min(text.find('\n', at), text.size()) - at).find('>') == std::string_view::npos;
    if (prints) here_end_ = end;
  }
  void skip_here(std::string_view text, std::size_t& at) {
    while (at < text.size()) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      std::string_view line = text.substr(at, end - at);
      while (!line.empty() && blank(line.front())) line.remove_prefix(1);
      while (!line.empty() && blank(line.back())) line.remove_suffix(1);
      at = std::min(end + 1, text.size());
      if (line == here_end_) break;
    }
    here_end_.clear();
  }

  /// The end of a command by a newline, ';', '&' or '|', or by these twice.
  void separator(char c, bool twice) {
    if (!blocks_.empty() && blocks_.back().kind == Block::kCase && blocks_.back().wants_pattern && c == '|') {
      for (const std::string& word : statement_) blocks_.back().pattern += word + "|";  // "a|b)"
      statement_.clear();
      return;
    }
    end_statement();
    chain_ = c == '&' && twice ? '&' : c == '|' && twice ? '|' : '\0';
    if (c == ';' && twice && !blocks_.empty() && blocks_.back().kind == Block::kCase) {
      blocks_.back().wants_pattern = true;
      blocks_.back().active = false;
    }
  }

  struct Block {
    enum Kind { kIf, kCase, kLoop };
    Kind kind = kIf;
    bool outer = true;   ///< whether what is around it is run
    bool active = true;  ///< whether its present branch is
    bool taken = false;
    bool deciding = false;  ///< between "if" and "then"
    std::optional<bool> condition = std::nullopt;
    std::string subject = "", pattern = "";
    bool wants_pattern = false;
  };
  bool active() const { return blocks_.empty() || blocks_.back().active; }
  bool deciding() const { return !blocks_.empty() && blocks_.back().deciding; }

  void drop(std::size_t words) {
    statement_.erase(statement_.begin(),
                     statement_.begin() + static_cast<std::ptrdiff_t>(std::min(words, statement_.size())));
  }

  /// Reserved words at the front of a statement; false: nothing of it is left to run.
  bool control() {
    while (!statement_.empty()) {
      const std::string word = statement_[0];
      Block* block = blocks_.empty() ? nullptr : &blocks_.back();
      if (block != nullptr && block->kind == Block::kCase && block->wants_pattern && word != "esac") {
        if (!case_pattern(*block)) return false;
        continue;
      }
      if (word == "if" || word == "while" || word == "until") {
        if (blocks_.size() > 64) return false;
        blocks_.push_back(
            {.kind = word == "if" ? Block::kIf : Block::kLoop, .outer = active(), .deciding = true});
        drop(1);
        return decide();
      }
      if (word == "for" || word == "select") {
        if (blocks_.size() > 64) return false;
        if (statement_.size() > 3 && statement_[2] == "in" && active())
          set(statement_[1], statement_[3], false);
        blocks_.push_back({.kind = Block::kLoop, .outer = active(), .deciding = true, .condition = true});
        return false;
      }
      if (word == "case") {
        if (blocks_.size() > 64) return false;
        blocks_.push_back({.kind = Block::kCase, .outer = active(), .active = false, .wants_pattern = true});
        blocks_.back().subject = statement_.size() > 1 ? statement_[1] : "";
        if (blocks_.back().subject.find('$') != std::string::npos) blocks_.back().subject.clear();
        drop(3);
      } else if (block != nullptr && word == "elif" && block->kind == Block::kIf) {
        block->deciding = true;
        block->condition = std::nullopt;
        drop(1);
        return decide();
      } else if (block != nullptr && (word == "then" || word == "do") && block->deciding) {
        block->deciding = false;
        block->active = block->outer && !block->taken && block->condition.value_or(false);
        block->taken = block->taken || block->active;
        drop(1);
      } else if (block != nullptr && word == "else" && block->kind == Block::kIf) {
        block->active = block->outer && !block->taken;
        block->taken = true;
        drop(1);
      } else if (block != nullptr && ((word == "fi" && block->kind == Block::kIf) ||
                                      (word == "done" && block->kind == Block::kLoop) ||
                                      (word == "esac" && block->kind == Block::kCase))) {
        blocks_.pop_back();
        drop(1);
      } else if (deciding()) {
        return decide();
      } else {
        return active();
      }
    }
    return false;
  }

  /// A condition, or the next one of a chain of them.
  bool decide() {
    Block& block = blocks_.back();
    if (statement_.empty()) return false;
    const bool negated = statement_[0] == "!";
    if (negated) drop(1);
    auto value = shell_condition(statement_);
    if (value && negated) value = !*value;
    const auto old = block.condition;
    if (chain_ == '&' && old)
      block.condition = *old && value.value_or(false);
    else if (chain_ == '|' && old)
      block.condition = *old || value.value_or(false);
    else
      block.condition = value.value_or(false);
    return false;
  }

  /// "--name)" or "a|b)": whether something is left behind it.
  bool case_pattern(Block& block) {
    std::string word = statement_[0];
    drop(1);
    if (word.starts_with('(')) word.erase(0, 1);
    if (!word.ends_with(')')) {
      block.pattern += word;
      return !statement_.empty();
    }
    word.pop_back();
    block.pattern += word;
    block.active = block.outer && !block.taken && shell_match(block.pattern, block.subject);
    block.taken = block.taken || block.active;
    block.pattern.clear();
    block.wants_pattern = false;
    return !statement_.empty();
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
        if (c == '=' && (statement_.empty() || before_assignment(statement_.back()))) assigns = true;
      }
    }
    flush();
  }

  static bool before_assignment(const std::string& word) {
    for (const char* name : {"export", "local", "declare", "readonly", "then", "do", "else"})
      if (word == name) return true;
    return false;
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
      if (const auto n = shell_arithmetic(inner)) {
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
      std::size_t end = at;  // "${2:-${TP:-8}}"
      for (int braces = 0; end < text.size(); ++end) {
        if (text[end] == '{') ++braces;
        if (text[end] == '}' && --braces == 0) break;
      }
      std::string_view inside = text.substr(at + 1, std::max(end, at + 1) - at - 1);
      at = std::min(end + 1, text.size());
      std::size_t n = 0;
      while (n < inside.size() && base::is_name_character(inside[n])) ++n;
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
      while (at < text.size() && base::is_name_character(text[at])) ++at;
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
        while (at < text.size() && base::is_name_character(text[at])) ++at;
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
    layout_ = word == "--pipeline-model-parallel-layout" || word == "--pipeline-model-parallel-layout:";
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
    while (n < word.size() && base::is_name_character(word[n])) ++n;
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
    if (!control()) {
      statement_.clear();
      return;
    }
    // "[ -z x ] && y": y is run where the test says so.
    if (chain_ != '\0' && status_ && (chain_ == '&') != *status_) {
      statement_.clear();
      return;
    }
    status_ = shell_condition(statement_);
    std::size_t i = 0;
    array_ = !statement_.empty() &&
             std::any_of(statement_.begin(), statement_.end(),
                         [](const std::string& w) { return w.ends_with('=') && !w.starts_with('-'); });
    while (i < statement_.size() && (before_assignment(statement_[i]) || assignment(i))) ++i;
    drop(i);
    command();
    statement_.clear();
  }

  /// What is run: its options, or those of the text that it hands on to another shell.
  void command() {
    const auto is_option = [](const std::string& w) { return w.starts_with("--"); };
    const bool options = std::any_of(statement_.begin(), statement_.end(), is_option);
    constexpr std::array<std::string_view, 15> kOthers = {"pip",  "pip3",   "mkdir",  "cd",     "echo",
                                                          "git",  "source", "conda",  "apt",    "wget",
                                                          "curl", "set",    "module", "sbatch", "printf"};
    if (statement_.empty() || std::find(kOthers.begin(), kOthers.end(), statement_[0]) != kOthers.end())
      return;
    constexpr std::array<std::string_view, 5> kLaunchers = {"srun", "mpirun", "mpiexec", "deepspeed",
                                                            "accelerate"};
    if (std::find(kLaunchers.begin(), kLaunchers.end(), statement_[0]) != kLaunchers.end() &&
        out_.launchers.size() < kMostLaunchers) {
      // Up to the program: what follows is the program's own.
      const auto program = std::find_if(statement_.begin(), statement_.end(), [](const std::string& word) {
        return (word.ends_with(".py") && !word.starts_with("-")) || word.find(" --") != std::string::npos;
      });
      out_.launchers.emplace_back(statement_.begin(), program);
    }
    constexpr std::array<std::string_view, 8> kShells = {"bash", "sh",     "srun",   "eval",
                                                         "ssh",  "docker", "mpirun", "zsh"};
    if (std::find(kShells.begin(), kShells.end(), statement_[0]) != kShells.end() && depth_ < 4) {
      for (const std::string& word : statement_)
        if (word.find(" --") != std::string::npos) {
          const std::string inner = word;
          const auto outer = std::exchange(statement_, {});
          ++depth_;
          script(inner);
          end_statement();
          --depth_;
          statement_ = outer;
          return;
        }
    }
    if (statement_[0].starts_with("python") || statement_[0].ends_with(".py"))
      for (const std::string& word : statement_)
        if (word.find('=') != std::string::npos && !word.starts_with('-') &&
            out_.settings.size() < kMostWords)
          out_.settings.push_back(word);
    if (!options) return;
    out_.starts.push_back(out_.words.size());
    for (std::size_t i = 0; i < statement_.size() && out_.words.size() < kMostWords; ++i)
      out_.words.push_back(statement_[i]);
  }

  static constexpr char kBetween = '\x1f';  // words of an array
  std::map<std::string, std::string> variables_;
  std::size_t bytes_ = 0;
  std::vector<std::string> statement_;
  std::vector<Block> blocks_;
  std::string here_end_;        // of a text that is printed
  char chain_ = '\0';           // '&' or '|' where the statement stands behind && or ||
  std::optional<bool> status_;  // of the test before
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
