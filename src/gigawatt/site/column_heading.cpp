#include "gigawatt/site/column_heading.h"

#include <array>
#include <cctype>

#include <fmt/format.h>

#include "gigawatt/base/words.h"
#include "gigawatt/site/internal_text.h"

namespace gigawatt::site {
namespace {

// Units as header cells spell them, in lower case, and as the units module does.
struct Spelling {
  std::string_view cell, unit;
};
constexpr std::array kSpellings = {
    Spelling{"w", "W"},      Spelling{"kw", "kW"},    Spelling{"mw", "MW"},   Spelling{"gw", "GW"},
    Spelling{"wh", "Wh"},    Spelling{"kwh", "kWh"},  Spelling{"mwh", "MWh"}, Spelling{"mwhr", "MWh"},
    Spelling{"gwh", "GWh"},  Spelling{"usd", "USD"},  Spelling{"$", "USD"},   Spelling{"us$", "USD"},
    Spelling{"g", "g"},      Spelling{"kg", "kg"},    Spelling{"t", "t"},     Spelling{"gco2", "g"},
    Spelling{"kgco2", "kg"}, Spelling{"gco2eq", "g"}, Spelling{"pct", "%"},   Spelling{"percent", "%"},
    Spelling{"j", "J"},      Spelling{"gj", "GJ"}};

std::string_view spelled(std::string_view word) {
  for (const auto& s : kSpellings)
    if (s.cell == word) return s.unit;
  return {};
}

struct AirSpelling {
  std::string_view cell;
  AirUnit unit;
};
constexpr double kFahrenheit = 5.0 / 9.0;
constexpr std::array kAir = {AirSpelling{"°c", {"C"}},
                             AirSpelling{"c", {"C"}},
                             AirSpelling{"degc", {"C"}},
                             AirSpelling{"celsius", {"C"}},
                             AirSpelling{"°f", {"C", kFahrenheit, -32 * kFahrenheit}},
                             AirSpelling{"f", {"C", kFahrenheit, -32 * kFahrenheit}},
                             AirSpelling{"degf", {"C", kFahrenheit, -32 * kFahrenheit}},
                             AirSpelling{"fahrenheit", {"C", kFahrenheit, -32 * kFahrenheit}},
                             AirSpelling{"k", {"C", 1, -273.15}},
                             AirSpelling{"kelvin", {"C", 1, -273.15}},
                             AirSpelling{"pa", {"Pa"}},
                             AirSpelling{"hpa", {"Pa", 100}},
                             AirSpelling{"mbar", {"Pa", 100}},
                             AirSpelling{"mb", {"Pa", 100}},
                             AirSpelling{"kpa", {"Pa", 1000}},
                             AirSpelling{"m/s", {"m/s"}},
                             AirSpelling{"km/h", {"m/s", 1 / 3.6}},
                             AirSpelling{"kmh", {"m/s", 1 / 3.6}},
                             AirSpelling{"mph", {"m/s", 0.44704}},
                             AirSpelling{"mp/h", {"m/s", 0.44704}},
                             AirSpelling{"kn", {"m/s", 1852.0 / 3600}},
                             AirSpelling{"w/m2", {"W/m2"}},
                             AirSpelling{"w/m²", {"W/m2"}},
                             AirSpelling{"w/m^2", {"W/m2"}}};

std::optional<AirUnit> air_unit(std::string_view word) {
  for (const auto& s : kAir)
    if (s.cell == word) return s.unit;
  return std::nullopt;
}

std::optional<units::Unit> unit_of(std::string_view text) {
  if (const auto known = units::parse_unit(text)) return *known;
  const std::string lower = base::lower(text);
  const auto slash = lower.find('/');
  const auto top = spelled(std::string_view(lower).substr(0, slash));
  if (top.empty()) return std::nullopt;
  if (slash == std::string::npos) return *units::parse_unit(top);
  const auto bottom = spelled(std::string_view(lower).substr(slash + 1));
  if (bottom.empty()) return std::nullopt;
  if (const auto parsed = units::parse_unit(fmt::format("{}/{}", top, bottom))) return *parsed;
  return std::nullopt;
}

/// Words in lower case with one underscore between them.
std::string words(std::string_view text) {
  std::string out;
  for (const char c : base::lower(text)) {
    const bool letter =
        std::isalnum(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80;
    if (letter)
      out += c;
    else if (!out.empty() && out.back() != '_')
      out += '_';
  }
  while (!out.empty() && out.back() == '_') out.pop_back();
  return out;
}

/// The unit at the end of a name: "price_usd_per_mwh" -> "price" and USD/MWh, "dry_bulb_f" -> "dry_bulb" in Fahrenheit.
void split_suffix(Heading& h) {
  for (auto at = h.full.find('_'); at != std::string::npos; at = h.full.find('_', at + 1)) {
    const std::string_view rest = std::string_view(h.full).substr(at + 1);
    const auto per = rest.find("_per_");
    const auto top = spelled(rest.substr(0, per));
    if (top.empty()) continue;
    std::string unit(top);
    if (per != std::string_view::npos) {
      const auto bottom = spelled(rest.substr(per + 5));
      if (bottom.empty()) continue;
      unit += fmt::format("/{}", bottom);
    }
    if (const auto parsed = units::parse_unit(unit)) {
      h.name = h.full.substr(0, at);
      h.unit = *parsed;
      return;
    }
  }
  if (const auto at = h.full.rfind('_'); at != std::string::npos)
    if (const auto air = air_unit(std::string_view(h.full).substr(at + 1))) {
      h.name = h.full.substr(0, at);
      h.air = air;
    }
}

}  // namespace

Heading heading(std::string_view cell) {
  cell = trim(base::without_quotes(trim(cell)));
  Heading out;
  const auto open = cell.find_first_of("[(");
  if (open != std::string_view::npos) {
    const auto close = cell.find_first_of("])", open);
    if (close != std::string_view::npos) {
      const auto inside = trim(cell.substr(open + 1, close - open - 1));
      const auto unit = unit_of(inside);
      const auto air = air_unit(base::lower(inside));
      if (unit || air) {
        out.full = out.name = words(cell.substr(0, open));
        out.unit = unit;
        out.air = air;
        return out;
      }
    }
  }
  out.full = out.name = words(cell);
  split_suffix(out);
  return out;
}

}  // namespace gigawatt::site
