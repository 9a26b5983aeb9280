#pragma once
/// What a user calls a stored run, and writes beside it. Every face that takes these texts holds them against these rules.

#include <optional>
#include <string>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/results/store.h"

namespace gigawatt::ask {

inline constexpr std::size_t kLongestName = 200;    ///< characters
inline constexpr std::size_t kLongestNote = 20000;  ///< characters

struct RunTexts {
  std::optional<std::string> name;  ///< one line
  std::optional<std::string> note;  ///< any lines; empty: the run has none from now on

  bool any() const { return name || note; }
};

/// Every mistake: a name that is empty or has more than a line, a text too long, with control characters or of no UTF-8.
base::Diagnostics wrong_texts(const RunTexts& texts);

/// Of texts without a mistake. They point into `texts`.
results::Store::Attachments attachments(const RunTexts& texts);

}  // namespace gigawatt::ask
