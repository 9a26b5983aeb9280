#pragma once
/// Hints for mistyped names.

#include <string>
#include <string_view>
#include <vector>

namespace gigawatt::base {

/// The candidates nearest to `name` by Damerau-Levenshtein distance (case-insensitive; a candidate that
/// contains `name` counts as near), best first, at most `limit`, none that is plainly different.
std::vector<std::string> nearest_names(std::string_view name, const std::vector<std::string>& candidates,
                                       std::size_t limit = 3);

/// "did you mean 'a' or 'b'?", or "" where nothing is near.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates);

/// Letters and digits alone, in lower case: "Llama 4 Maverick" and "llama4-maverick" are one name.
std::string letters_and_digits(std::string_view name);

}  // namespace gigawatt::base
