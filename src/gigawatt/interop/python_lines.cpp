#include "gigawatt/interop/python_lines.h"

#include <cctype>
#include <utility>

#include "gigawatt/interop/limits.h"

namespace gigawatt::interop {
namespace {

constexpr std::size_t kMostIndented = 64;

struct Line {
  std::size_t indent = 0;
  std::string text;
};

/// One string literal from its opening quote on; `at` is behind it afterwards.
std::string_view literal(std::string_view text, std::size_t& at) {
  const std::size_t begin = at;
  const char quote = text[at];
  const std::string triple(3, quote);
  const bool is_triple = text.substr(at).starts_with(triple);
  at += is_triple ? 3 : 1;
  while (at < text.size()) {
    if (text[at] == '\\') {
      at += 2;
    } else if (is_triple ? text.substr(at).starts_with(triple) : text[at] == quote || text[at] == '\n') {
      at += is_triple ? 3 : 1;
      break;
    } else {
      ++at;
    }
  }
  at = std::min(at, text.size());
  return text.substr(begin, at - begin);
}

/// Lines joined over brackets and backslashes, without comments.
std::vector<Line> logical_lines(std::string_view text) {
  std::vector<Line> out;
  Line line;
  int depth = 0;
  bool fresh = true;
  const auto finish = [&] {
    while (!line.text.empty() && std::isspace(static_cast<unsigned char>(line.text.back())) != 0)
      line.text.pop_back();
    if (!line.text.empty()) out.push_back(std::move(line));
    line = {};
    fresh = true;
  };
  for (std::size_t at = 0; at < text.size() && out.size() < kMostLines;) {
    const char c = text[at];
    if (fresh && (c == ' ' || c == '\t')) {
      line.indent += c == '\t' ? 8 : 1;
      ++at;
      continue;
    }
    if (c == '#') {
      while (at < text.size() && text[at] != '\n') ++at;
    } else if (c == '"' || c == '\'') {
      fresh = false;
      line.text += literal(text, at);
    } else if (c == '\\' && at + 1 < text.size() && (text[at + 1] == '\n' || text[at + 1] == '\r')) {
      at += text[at + 1] == '\r' ? 3 : 2;
      line.text += ' ';
    } else if (c == '\n') {
      ++at;
      if (depth > 0)
        line.text += ' ';
      else
        finish();
    } else {
      if (c == '(' || c == '[' || c == '{') ++depth;
      if ((c == ')' || c == ']' || c == '}') && depth > 0) --depth;
      fresh = fresh && c == '\r';
      if (c != '\r') line.text += c;
      ++at;
    }
  }
  finish();
  return out;
}

bool is_string_alone(std::string_view text) {
  if (text[0] != '"' && text[0] != '\'') return false;
  std::size_t at = 0;
  literal(text, at);
  return at == text.size();
}

/// "if x: y = 1" on one line: what follows the colon of a compound statement.
void split_simple_suite(PythonStatement& s) {
  int depth = 0;
  for (std::size_t at = 0; at < s.text.size();) {
    const char c = s.text[at];
    if (c == '"' || c == '\'') {
      literal(s.text, at);
      continue;
    }
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
    if (c == ':' && depth == 0 && !s.text.substr(at).starts_with(":=")) {
      std::string rest = s.text.substr(at + 1);
      s.text.resize(at + 1);
      rest.erase(0, std::min(rest.find_first_not_of(" \t"), rest.size()));
      if (!rest.empty()) s.body.push_back({std::move(rest), {}});
      return;
    }
    ++at;
  }
}

bool compound(std::string_view text) {
  for (const char* word : {"if ", "if(", "elif ", "else:", "else ", "for ", "while ", "with ",
                           "try:", "except", "finally:", "def ", "class "})
    if (text.starts_with(word)) return true;
  return false;
}

std::vector<PythonStatement> block(const std::vector<Line>& lines, std::size_t& at, std::size_t indent,
                                   std::size_t depth) {
  std::vector<PythonStatement> out;
  while (at < lines.size() && lines[at].indent >= indent) {
    if (is_string_alone(lines[at].text)) {
      ++at;
      continue;
    }
    PythonStatement statement{lines[at].text, {}};
    const std::size_t here = lines[at++].indent;
    if (compound(statement.text)) split_simple_suite(statement);
    if (at < lines.size() && lines[at].indent > here) {
      if (depth < kMostIndented)
        statement.body = block(lines, at, lines[at].indent, depth + 1);
      else
        while (at < lines.size() && lines[at].indent > here) ++at;
    }
    out.push_back(std::move(statement));
  }
  return out;
}

}  // namespace

std::vector<PythonStatement> python_statements(std::string_view text) {
  const auto lines = logical_lines(text);
  std::size_t at = 0;
  return block(lines, at, 0, 0);
}

}  // namespace gigawatt::interop
