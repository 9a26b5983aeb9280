#pragma once
/// Typed, bounded access to the keys of one JSON object; collects what is wrong with it.
/// A key that is `null` counts as absent, as it does in Transformers.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "gigawatt/base/diagnostic.h"

namespace gigawatt::workload {

class HfReader {
 public:
  /// Everything outlives the reader. Keys are looked for in the text from byte `begin` on, for their positions.
  HfReader(const nlohmann::json& object, std::shared_ptr<const base::SourceText> source, std::size_t begin,
           base::Diagnostics& diagnostics);

  bool has(std::string_view key) const;

  /// A required whole number in [min, max]; 0 and an error otherwise.
  std::int64_t integer(std::string_view key, std::int64_t max, std::int64_t min = 1);
  /// The same for a key that may be absent.
  std::int64_t integer_or(std::string_view key, std::int64_t fallback, std::int64_t max,
                          std::int64_t min = 1);
  bool boolean_or(std::string_view key, bool fallback);
  std::string text_or(std::string_view key, std::string fallback);
  /// Absent: no value. Wrong elements are an error.
  std::optional<std::vector<std::string>> texts(std::string_view key);
  std::optional<std::vector<std::int64_t>> integers(std::string_view key);

  void error(std::string_view code, std::string_view key, std::string message, std::string hint = {});
  bool failed() const { return base::has_errors(diagnostics_); }

 private:
  const nlohmann::json* find(std::string_view key) const;
  void wrong_kind(std::string_view key, std::string_view wanted, const nlohmann::json& value);

  const nlohmann::json& object_;
  std::shared_ptr<const base::SourceText> source_;
  std::size_t begin_;
  base::Diagnostics& diagnostics_;
};

/// Line and column of a byte of the text; a byte past its end stands after the last one.
base::SourceSpan span_at(std::shared_ptr<const base::SourceText> source, std::size_t byte, int length = 1);

/// Byte at which `"key" :` stands from `begin` on, or npos.
std::size_t find_key(std::string_view text, std::string_view key, std::size_t begin);

/// A value for a message: texts in quotes, tables and lists by kind.
std::string json_words(const nlohmann::json& value);

/// `text` for a message: cut when long, control characters replaced.
std::string in_quotes(std::string_view text);

}  // namespace gigawatt::workload
