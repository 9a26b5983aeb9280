#pragma once
/// "/api/runs/7?from=2026" -> path and query, percent-decoded.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gigawatt::server {

struct Target {
  std::string path;
  std::map<std::string, std::string> query;
};

/// Nothing for a target that is no absolute path, has a broken escape, a control character, bytes that are not UTF-8,
/// or a segment "." or "..", escaped or not.
std::optional<Target> parse_target(std::string_view target);

/// "/api/runs/7" -> {"api", "runs", "7"}.
std::vector<std::string_view> segments(std::string_view path);

}  // namespace gigawatt::server
