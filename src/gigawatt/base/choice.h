#pragma once
/// A word that is one of a list.

#include <cstddef>
#include <span>
#include <string_view>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"

namespace gigawatt::base {

/// Where `word` stands among `names`; else "LABEL: 'word' is none of a, b" with the nearest of them.
tl::expected<std::size_t, Diagnostic> choose(std::string_view label, std::string_view word,
                                             std::span<const std::string_view> names);

}  // namespace gigawatt::base
