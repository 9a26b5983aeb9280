#pragma once
/// Conditions of shell scripts, which stand between [ ], [[ ]] or behind `test`, their patterns and arithmetic. Private
/// to this module.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gigawatt::interop {

/// A variable that the text does not set is empty, as for a shell without it; no file exists. Nothing where a command
/// would have to be run.
std::optional<bool> shell_condition(std::span<const std::string> words);

/// + - * / % and parentheses over whole numbers; nothing where it is something else.
std::optional<std::int64_t> shell_arithmetic(std::string_view text);

/// Whether `text` is what a pattern with '*' and '?' means; alternatives are joined by '|'.
bool shell_match(const std::string& pattern, const std::string& text);

}  // namespace gigawatt::interop
