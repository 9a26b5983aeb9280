#include "gigawatt/workload/hf_reader.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace gigawatt::workload {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

std::string json_words(const nlohmann::json& value) {
  if (value.is_string()) return in_quotes(value.get_ref<const std::string&>());
  if (value.is_object()) return "a table";
  if (value.is_array()) return "a list";
  return value.dump();
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  std::size_t end = std::min(text.size(), kLongest);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  std::string out = "'";
  for (const char c : text.substr(0, end)) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  return out + (end < text.size() ? "...'" : "'");
}

base::SourceSpan span_at(std::shared_ptr<const base::SourceText> source, std::size_t byte, int length) {
  const std::string_view before = std::string_view(source->text).substr(0, byte);
  const std::size_t newline = before.rfind('\n');
  const std::string_view line = newline == std::string_view::npos ? before : before.substr(newline + 1);
  base::SourceSpan span;
  span.line = 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n'));
  span.column = 1;
  for (const char c : line) span.column += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  span.length = length;
  span.source = std::move(source);
  return span;
}

std::size_t find_key(std::string_view text, std::string_view key, std::size_t begin) {
  const std::string wanted = fmt::format("\"{}\"", key);
  for (std::size_t at = text.find(wanted, begin); at != std::string_view::npos;
       at = text.find(wanted, at + 1)) {
    std::size_t after = at + wanted.size();
    while (after < text.size() && is_space(text[after])) ++after;
    if (after < text.size() && text[after] == ':') return at;
  }
  return std::string_view::npos;
}

HfReader::HfReader(const nlohmann::json& object, std::shared_ptr<const base::SourceText> source,
                   std::size_t begin, base::Diagnostics& diagnostics)
    : object_(object), source_(std::move(source)), begin_(begin), diagnostics_(diagnostics) {}

const nlohmann::json* HfReader::find(std::string_view key) const {
  const auto found = object_.find(std::string(key));
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

bool HfReader::has(std::string_view key) const { return find(key) != nullptr; }

void HfReader::error(std::string_view code, std::string_view key, std::string message, std::string hint) {
  base::Diagnostic d = base::error(std::string(code), std::move(message), std::move(hint));
  const std::size_t at = key.empty() ? std::string_view::npos : find_key(source_->text, key, begin_);
  if (at != std::string_view::npos)
    d.span = span_at(source_, at, static_cast<int>(key.size()) + 2);
  else
    d.span.source = source_;
  diagnostics_.push_back(std::move(d));
}

void HfReader::wrong_kind(std::string_view key, std::string_view wanted, const nlohmann::json& value) {
  error("wrong-kind", key, fmt::format("'{}' must be {}, not {}", key, wanted, json_words(value)));
}

std::int64_t HfReader::integer(std::string_view key, std::int64_t max, std::int64_t min) {
  const nlohmann::json* value = find(key);
  if (value == nullptr) {
    error("missing-key", "", fmt::format("'{}' is missing", key),
          fmt::format("a whole number from {} to {}", min, max));
    return 0;
  }
  if (!value->is_number_integer()) {
    wrong_kind(key, "a whole number", *value);
    return 0;
  }
  // Numbers beyond 63 bits are kept unsigned by the parser.
  const std::int64_t number =
      value->is_number_unsigned() && value->get<std::uint64_t>() >
                                         static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())
          ? std::numeric_limits<std::int64_t>::max()
          : value->get<std::int64_t>();
  if (number >= min && number <= max) return number;
  error("out-of-bounds", key,
        fmt::format("'{}' must lie between {} and {}, not {}", key, min, max, value->dump()));
  return 0;
}

std::int64_t HfReader::integer_or(std::string_view key, std::int64_t fallback, std::int64_t max,
                                  std::int64_t min) {
  return has(key) ? integer(key, max, min) : fallback;
}

bool HfReader::boolean_or(std::string_view key, bool fallback) {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return fallback;
  if (value->is_boolean()) return value->get<bool>();
  wrong_kind(key, "true or false", *value);
  return fallback;
}

std::string HfReader::text_or(std::string_view key, std::string fallback) {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return fallback;
  if (value->is_string()) return value->get<std::string>();
  wrong_kind(key, "a text", *value);
  return fallback;
}

std::optional<std::vector<std::string>> HfReader::texts(std::string_view key) {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return std::nullopt;
  std::vector<std::string> list;
  bool good = value->is_array();
  if (good)
    for (const auto& item : *value) {
      good = good && item.is_string();
      if (good) list.push_back(item.get<std::string>());
    }
  if (good) return list;
  wrong_kind(key, "a list of texts", *value);
  return std::nullopt;
}

std::optional<std::vector<std::int64_t>> HfReader::integers(std::string_view key) {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return std::nullopt;
  std::vector<std::int64_t> list;
  bool good = value->is_array();
  if (good)
    for (const auto& item : *value) {
      good = good && item.is_number_integer();
      if (good) list.push_back(item.get<std::int64_t>());
    }
  if (good) return list;
  wrong_kind(key, "a list of whole numbers", *value);
  return std::nullopt;
}

}  // namespace gigawatt::workload
