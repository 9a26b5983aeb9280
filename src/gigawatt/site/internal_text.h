#pragma once
/// Pieces of text that the readers of hourly files share.

#include <charconv>
#include <cmath>
#include <string_view>

namespace gigawatt::site {

inline std::string_view trim(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t' || s.back() == '\r')) s.remove_suffix(1);
  return s;
}

/// A finite decimal number with nothing after it.
inline bool read_number(std::string_view s, double& out) {
  s = trim(s);
  if (!s.empty() && s.front() == '+') s.remove_prefix(1);
  const auto [end, code] = std::from_chars(s.data(), s.data() + s.size(), out);
  return code == std::errc() && end == s.data() + s.size() && std::isfinite(out);
}

}  // namespace gigawatt::site
