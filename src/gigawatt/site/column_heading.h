#pragma once
/// Header cells of hourly files: a name and the unit behind it. Private to this module.
///
/// Names are compared in lower case, with one underscore for whatever stands between their words: "Settlement Point Price" is
/// settlement_point_price. Units stand in brackets or at the end of the name: "load [MW]", "LBMP ($/MWHr)",
/// "price_usd_per_mwh", "temperature_2m (°C)", "surface_pressure_hpa".

#include <optional>
#include <string>
#include <string_view>

#include "gigawatt/units/parse.h"

namespace gigawatt::site {

/// A unit of the weather: what is measured (its own unit: "C", "Pa", "m/s", "W/m2"), as own = x factor + offset.
struct AirUnit {
  std::string_view of;
  double factor = 1, offset = 0;
};

struct Heading {
  std::string full;  ///< the whole cell as a name
  std::string name;  ///< without its unit
  std::optional<units::Unit> unit;
  std::optional<AirUnit> air;
};

Heading heading(std::string_view cell);

}  // namespace gigawatt::site
