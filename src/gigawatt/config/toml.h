#pragma once
/// TOML text -> Node; an object of JSON, with which no TOML begins, is read in its place (json.h). Hostile input (bad UTF-8,
/// control bytes, stray CR, deep nesting, more than 16 MiB) is refused before a parser sees it.

#include <filesystem>
#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/config/node.h"

namespace gigawatt::config {

tl::expected<Node, base::Diagnostics> parse_toml(std::shared_ptr<const base::SourceText> source);

/// The text of a TOML file, not parsed.
tl::expected<std::shared_ptr<const base::SourceText>, base::Diagnostics> toml_text(
    const std::filesystem::path& path);

/// Reads and parses a file; an unreadable one is a diagnostic too.
tl::expected<Node, base::Diagnostics> read_toml(const std::filesystem::path& path);

/// The bytes of a regular file of at most `max_bytes`, or one diagnostic.
tl::expected<std::string, base::Diagnostic> read_text_file(const std::filesystem::path& path,
                                                           std::size_t max_bytes);

/// Index of the first byte that is not part of valid UTF-8, or npos.
std::size_t first_invalid_utf8(std::string_view text);

}  // namespace gigawatt::config
