#pragma once
/// Relative values of overrides: "+6 months", "-10%", "x1.2".
///
/// A change applies to the value that the file gives: a sum to a quantity of the same dimension, to a number, or (a
/// time) to a date; a percentage and a factor to any quantity or number. A percentage is relative even where the key
/// itself is a share: "-10%" makes "8%" to 7.2%. Where the file gives no value there is nothing to change.
///
///     x' = x + d        "+d", "-d"
///     x' = x (1 + p)    "+p%", "-p%"
///     x' = x f          "xf"

#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "gigawatt/config/node.h"
#include "gigawatt/units/dimension.h"

namespace gigawatt::config {

struct Change {
  bool sum = false;  ///< else a factor
  double factor = 1;
  double addend = 0;           ///< SI
  units::Dimension dimension;  ///< of the addend
};

/// Empty where the text is no change: a value of its own, or words.
std::optional<Change> parse_change(std::string_view text);

/// The changed value as a file would have it, or why it has no meaning.
tl::expected<Node, std::string> apply_change(const Node& node, const Change& change);

}  // namespace gigawatt::config
