#pragma once
/// What a user did wrong, where, and what would be right. Collected, so that all mistakes of a file are
/// reported at once; never thrown inside config, catalog or scenario.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gigawatt::base {

/// A text that spans point into; shared by all diagnostics of one file.
struct SourceText {
  std::string name;  ///< path as the user gave it, or "<override>"
  std::string text;
};

/// One-based line and column (in characters, not bytes); line 0: no position known.
struct SourceSpan {
  std::shared_ptr<const SourceText> source;
  int line = 0;
  int column = 0;
  int length = 1;  ///< characters to underline, at least 1
};

enum class Severity { kWarning, kError };

struct Diagnostic {
  std::string code;  ///< stable, kebab-case: "unknown-key", "wrong-unit"
  Severity severity = Severity::kError;
  SourceSpan span;
  std::string message;  ///< what was found and what is wrong with it
  std::string hint;     ///< what is allowed, the nearest valid name; may be empty
};

using Diagnostics = std::vector<Diagnostic>;

bool has_errors(const Diagnostics& diagnostics);

/// "file.toml:12:9: error: ..." with the line, a caret under the span and the hint.
std::string render(const Diagnostic& diagnostic);
std::string render(const Diagnostics& diagnostics);

/// The text that a span underlines, on its first line: the key or the value that is wrong. "" where no place is known.
std::string underlined(const SourceSpan& span);

/// Shorthand for an error without a position.
Diagnostic error(std::string code, std::string message, std::string hint = {});

}  // namespace gigawatt::base
