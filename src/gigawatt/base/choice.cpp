#include "gigawatt/base/choice.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gigawatt/base/nearest.h"

namespace gigawatt::base {

tl::expected<std::size_t, Diagnostic> choose(std::string_view label, std::string_view word,
                                             std::span<const std::string_view> names) {
  const auto at = std::find(names.begin(), names.end(), word);
  if (at != names.end()) return static_cast<std::size_t>(at - names.begin());
  return tl::unexpected(error("unknown-value",
                              fmt::format("{}: '{}' is none of {}", label, word, fmt::join(names, ", ")),
                              did_you_mean(word, {names.begin(), names.end()})));
}

}  // namespace gigawatt::base
