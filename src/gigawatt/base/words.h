#pragma once
/// Letters of names, the same in every locale.

#include <string>
#include <string_view>

namespace gigawatt::base {

/// The text with the letters A to Z made small; every other byte as it is.
inline std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// What stands between a pair of double quotes around a text; a text without them as it is.
constexpr std::string_view without_quotes(std::string_view text) {
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return quoted ? text.substr(1, text.size() - 2) : text;
}

/// Whether a character may stand in a name of a programming language: a letter, a digit or an underscore.
constexpr bool is_name_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace gigawatt::base
