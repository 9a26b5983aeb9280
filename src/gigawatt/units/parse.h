#pragma once
/// Text <-> quantities. A unit is a product or quotient of named units with SI prefixes:
/// "GW", "Gbit/s", "USD/MWh", "kg/kWh", "TFLOP/s", "GiB", "%". Numbers are decimal, '_' may group digits.

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "gigawatt/units/dimension.h"

namespace gigawatt::units {

struct Unit {
  double factor = 1;  ///< SI base units per one of this unit
  Dimension dimension;
};

/// The unit of a text, or what is wrong with it ("unknown unit 'GX'").
tl::expected<Unit, std::string> parse_unit(std::string_view text);

struct ParsedQuantity {
  double si = 0;
  Dimension dimension;
  bool has_unit = false;
};

/// "1.5 GW" -> 1.5e9 with its dimension; a bare number is dimensionless. Infinite and NaN are refused.
tl::expected<ParsedQuantity, std::string> parse_quantity(std::string_view text);

/// A count as people write it: "1024", "1,024", "1_024", "1.5e9", "16k", "1.5M", "7B", "15T" (10^3, 10^6, 10^9, 10^12).
tl::expected<double, std::string> parse_count(std::string_view text);

/// `si` in `unit` with about four significant digits: format_quantity(1.02e9, "MW") == "1,020 MW".
std::string format_quantity(double si, std::string_view unit);

/// "1,234.5": grouped thousands, at least `significant` digits before rounding the fraction away.
std::string format_number(double value, int significant = 4);

/// Units a person may write for this dimension: "W, kW, MW, GW"; used in hints.
std::string_view example_units(const Dimension& dimension);

}  // namespace gigawatt::units
