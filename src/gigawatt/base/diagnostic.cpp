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

// Control bytes of a hostile file must not reach a terminal.
std::string printable(std::string_view text) {
  constexpr std::size_t kMaxShown = 160;
  std::string out;
  for (const char c : text.substr(0, kMaxShown)) {
    const auto byte = static_cast<unsigned char>(c);
    out += (byte < 0x20 || byte == 0x7f) ? ' ' : c;
  }
  return out;
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
    const std::string text = printable(line_of(d.span.source->text, d.span.line));
    const auto column = std::clamp<std::size_t>(static_cast<std::size_t>(std::max(d.span.column, 1)), 1, text.size() + 1);
    const auto room = text.size() + 1 - column;
    const auto length = std::clamp<std::size_t>(static_cast<std::size_t>(std::max(d.span.length, 1)), 1, std::max<std::size_t>(room, 1));
    const std::string number = fmt::format("{}", d.span.line);
    out += fmt::format(" {} | {}\n {:>{}} | {}^{}\n", number, text, "", number.size(),
                       std::string(column - 1, ' '), std::string(length - 1, '~'));
  }
  if (!d.hint.empty()) out += fmt::format("   = {}\n", d.hint);
  return out;
}

std::string render(const Diagnostics& diagnostics) {
  std::string out;
  for (const auto& d : diagnostics) out += render(d);
  return out;
}

Diagnostic error(std::string code, std::string message, std::string hint) {
  return {std::move(code), Severity::kError, {}, std::move(message), std::move(hint)};
}

}  // namespace gigawatt::base
