#include "gigawatt/base/diagnostic.h"

#include <algorithm>

#include <fmt/format.h>

namespace gigawatt::base {
namespace {

std::string_view line_of(std::string_view text, int line) {
  for (int i = 1; i < line; ++i) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  return text;
}

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

// Bytes of the UTF-8 sequence at `at`, or 0 where none begins there.
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  const std::size_t length = byte < 0x80                   ? 1
                             : byte >= 0xC2 && byte < 0xE0 ? 2
                             : byte >= 0xE0 && byte < 0xF0 ? 3
                             : byte >= 0xF0 && byte < 0xF5 ? 4
                                                           : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if (starts_character(text[at + i])) return 0;
  return length;
}

// Control characters of a hostile file must not reach a terminal: C0, DEL, and C1, which UTF-8 writes as 0xC2 0x80-0x9F;
// nor must bytes that are no text.
std::string printable(std::string_view text) {
  std::string out(text);
  for (std::size_t i = 0; i < out.size();) {
    const std::size_t length = sequence_length(out, i);
    if (length == 0) out[i] = '?';
    i += std::max<std::size_t>(length, 1);
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto byte = static_cast<unsigned char>(out[i]);
    if (byte < 0x20 || byte == 0x7f) out[i] = ' ';
    if (byte == 0xC2 && i + 1 < out.size() && static_cast<unsigned char>(out[i + 1]) < 0xA0)
      out[i] = out[i + 1] = ' ';
  }
  return out;
}

struct Excerpt {
  std::string text;
  std::size_t column;  ///< zero-based character of the caret in `text`
  std::size_t length;  ///< characters in `text`
};

// The part of a line around a one-based column; columns count characters, as the TOML parser's do.
Excerpt excerpt(std::string_view line, int column) {
  constexpr std::size_t kMaxShown = 160;
  constexpr std::size_t kBefore = 100;
  std::vector<std::size_t> starts;  // byte offset of each character
  for (std::size_t i = 0; i < line.size(); ++i)
    if (i == 0 || starts_character(line[i])) starts.push_back(i);
  const std::size_t caret = std::min(static_cast<std::size_t>(std::max(column, 1)) - 1, starts.size());
  const std::size_t first = starts.size() > kMaxShown && caret > kBefore ? caret - kBefore : 0;
  const std::size_t last = std::min(starts.size(), first + kMaxShown);
  const auto offset = [&](std::size_t i) { return i < starts.size() ? starts[i] : line.size(); };
  return {printable(line.substr(offset(first), offset(last) - offset(first))), caret - first, last - first};
}

}  // namespace

bool has_errors(const Diagnostics& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& d) { return d.severity == Severity::kError; });
}

std::string render(const Diagnostic& d) {
  const char* severity = d.severity == Severity::kError ? "error" : "warning";
  std::string out;
  if (d.span.source) {
    out += d.span.source->name;
    if (d.span.line > 0) out += fmt::format(":{}:{}", d.span.line, d.span.column);
    out += ": ";
  }
  out += fmt::format("{}: {} [{}]\n", severity, d.message, d.code);
  if (d.span.source && d.span.line > 0) {
    const auto shown = excerpt(line_of(d.span.source->text, d.span.line), d.span.column);
    const std::size_t room = std::max<std::size_t>(shown.length - std::min(shown.column, shown.length), 1);
    const std::size_t length = std::min(static_cast<std::size_t>(std::max(d.span.length, 1)), room);
    const std::string number = fmt::format("{}", d.span.line);
    out += fmt::format(" {} | {}\n {:>{}} | {}^{}\n", number, shown.text, "", number.size(),
                       std::string(shown.column, ' '), std::string(length - 1, '~'));
  }
  if (!d.hint.empty()) out += fmt::format("   = {}\n", d.hint);
  return out;
}

std::string underlined(const SourceSpan& span) {
  if (!span.source || span.line < 1) return "";
  std::string_view text = span.source->text;
  for (int line = 1; line < span.line; ++line) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return "";
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  // Columns count characters. Whoever looks for a place needs no more than its beginning.
  constexpr int kMost = 200;
  const int end = span.column + std::min(span.length, kMost);
  std::string out;
  int column = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++column;
    if (column >= end) break;
    if (column >= span.column) out += c;
  }
  return out;
}

std::string render(const Diagnostics& diagnostics) {
  // Who has made more mistakes than this is not helped by a list of them.
  constexpr std::size_t kMost = 300;
  std::string out;
  for (std::size_t i = 0; i < std::min(diagnostics.size(), kMost); ++i) out += render(diagnostics[i]);
  if (diagnostics.size() > kMost) out += fmt::format("and {} more\n", diagnostics.size() - kMost);
  return out;
}

Diagnostic error(std::string code, std::string message, std::string hint) {
  return {std::move(code), Severity::kError, {}, std::move(message), std::move(hint)};
}

}  // namespace gigawatt::base
