#pragma once
/// Text that may be gzip-compressed.

#include <filesystem>
#include <string>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"

namespace gigawatt::config {

/// Bytes that begin as a gzip file are inflated, to at most `max_bytes`; all others are handed back.
tl::expected<std::string, base::Diagnostic> inflate_text(std::string bytes, const std::string& name,
                                                         std::size_t max_bytes);

/// A file of text, compressed or not.
tl::expected<std::string, base::Diagnostic> read_maybe_gzip(const std::filesystem::path& path,
                                                            std::size_t max_bytes);

}  // namespace gigawatt::config
