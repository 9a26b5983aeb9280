// Any of YAML, TOML, Python and command-line overrides as dotted keys with values.
#include <algorithm>
#include <cctype>

#include "gigawatt/interop/limits.h"

#include "gigawatt/interop/config_import.h"
#include "gigawatt/interop/settings.h"

namespace gigawatt::interop {
namespace {

bool key_like(std::string_view text) {
  return !text.empty() && (std::isalpha(static_cast<unsigned char>(text[0])) != 0 || text[0] == '_') &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-';
         });
}

/// Without a comment, quotes, a comma or bracket at its end.
std::string value_of(std::string_view text) {
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '#' && (i == 0 || std::isspace(static_cast<unsigned char>(text[i - 1])) != 0)) {
      text = text.substr(0, i);
      break;
    }
  }
  text = trim(text);
  while (!text.empty() && (text.back() == ',' || text.back() == '\\'))
    text = trim(text.substr(0, text.size() - 1));
  if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front())
    text = text.substr(1, text.size() - 2);
  return std::string(text);
}

struct Level {
  std::size_t indent = 0;
  std::string key;
};

class AssignmentReader {
 public:
  std::vector<std::pair<std::string, std::string>> run(std::string_view text) {
    for (std::size_t lines = 0; !text.empty() && lines < kMostLines; ++lines) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      line(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return std::move(out_);
  }

 private:
  void line(std::string_view text) {
    const std::size_t indent = std::min(text.find_first_not_of(" \t"), text.size());
    std::string_view rest = trim(text);
    if (rest.empty() || rest[0] == '#') return;
    if (rest[0] == '[' && rest.back() == ']' && key_like(rest.substr(1, rest.size() - 2))) {
      section_ = std::string(rest.substr(1, rest.size() - 2));
      levels_.clear();
      return;
    }
    if (rest.starts_with("--") || rest[0] == '\'' || flags(rest)) return words(rest);
    if (rest.starts_with("- ")) rest = trim(rest.substr(2));
    std::size_t n = 0;
    while (n < rest.size() && key_like(rest.substr(0, n + 1))) ++n;
    const std::string_view key = rest.substr(0, n);
    std::string_view after = trim(rest.substr(n));
    if (key.empty() || after.empty() || (after[0] != ':' && after[0] != '=') || after.starts_with("=="))
      return;
    const bool yaml = after[0] == ':';
    after = trim(after.substr(1));
    while (!levels_.empty() && levels_.back().indent >= indent) levels_.pop_back();
    const std::string value = value_of(after);
    // Deeper lines belong to a key without a value, and to a Python call that goes on.
    if (yaml && value.empty()) {
      levels_.push_back({indent, std::string(key)});
      return;
    }
    if (!yaml && value.ends_with('(')) {
      levels_.push_back({indent, std::string(key)});
      keep(key, value.substr(0, value.size() - 1));
      return;
    }
    // "a=1 b.c=2": overrides on one line, without blanks around '='.
    const std::size_t blank = rest.find(' ', n);
    if (!yaml && rest[n] == '=' && blank != std::string_view::npos &&
        rest.find('(') == std::string_view::npos && rest.find('=', blank) != std::string_view::npos)
      return words(rest);
    keep(key, value);
  }

  static bool flags(std::string_view text) { return text.find(" --") != std::string_view::npos; }

  void keep(std::string_view key, std::string value) {
    std::string path = section_;
    for (const Level& level : levels_) path += (path.empty() ? "" : ".") + level.key;
    path += (path.empty() ? "" : ".") + std::string(key);
    out_.emplace_back(std::move(path), std::move(value));
  }

  /// "--a.b=1 --c 2 d.e=3 --flag".
  void words(std::string_view text) {
    std::vector<std::string> parts;
    std::string part;
    char quote = 0;
    for (const char c : text) {
      if (quote != 0 ? c == quote : c == '"' || c == '\'') {
        quote = quote != 0 ? '\0' : c;
      } else if (quote == 0 && std::isspace(static_cast<unsigned char>(c)) != 0) {
        if (!part.empty()) parts.push_back(part);
        part.clear();
      } else {
        part += c;
      }
    }
    if (!part.empty()) parts.push_back(part);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      std::string_view word = parts[i];
      const bool dashes = word.starts_with("--");
      while (word.starts_with('-') || word.starts_with('+')) word.remove_prefix(1);
      const std::size_t equals = word.find('=');
      const std::string_view key = word.substr(0, equals);
      if (!key_like(key)) continue;
      if (equals != std::string_view::npos) {
        out_.emplace_back(std::string(key), value_of(word.substr(equals + 1)));
      } else if (dashes) {
        const bool value = i + 1 < parts.size() && !parts[i + 1].starts_with("--") && parts[i + 1] != "\\";
        out_.emplace_back(std::string(key), value ? value_of(parts[i + 1]) : "true");
        if (value) ++i;
      }
    }
  }

  std::string section_;
  std::vector<Level> levels_;
  std::vector<std::pair<std::string, std::string>> out_;
};

}  // namespace

std::vector<std::pair<std::string, std::string>> assignments(std::string_view text) {
  return AssignmentReader().run(text);
}

}  // namespace gigawatt::interop
