#include "gigawatt/units/parse.h"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

namespace gigawatt::units {
namespace {

struct NamedUnit {
  std::string_view name;
  double factor;
  Dimension dimension;
  bool prefixed;  ///< takes SI prefixes
};

constexpr double kDay = 86400;
constexpr double kWattHour = 3600;
constexpr double kBtu = 1055.05585262;  // international table

// Month and year are the mean ones of the Gregorian calendar: 365.2425 days / 12.
constexpr std::array kUnits = {
    NamedUnit{"s", 1, kTime, true},
    NamedUnit{"second", 1, kTime, false},
    NamedUnit{"seconds", 1, kTime, false},
    NamedUnit{"min", 60, kTime, false},
    NamedUnit{"minute", 60, kTime, false},
    NamedUnit{"minutes", 60, kTime, false},
    NamedUnit{"h", 3600, kTime, false},
    NamedUnit{"hour", 3600, kTime, false},
    NamedUnit{"hours", 3600, kTime, false},
    NamedUnit{"d", kDay, kTime, false},
    NamedUnit{"day", kDay, kTime, false},
    NamedUnit{"days", kDay, kTime, false},
    NamedUnit{"week", 7 * kDay, kTime, false},
    NamedUnit{"weeks", 7 * kDay, kTime, false},
    NamedUnit{"month", 30.436875 * kDay, kTime, false},
    NamedUnit{"months", 30.436875 * kDay, kTime, false},
    NamedUnit{"year", 365.2425 * kDay, kTime, false},
    NamedUnit{"years", 365.2425 * kDay, kTime, false},
    NamedUnit{"B", 1, kData, true},
    NamedUnit{"byte", 1, kData, true},
    NamedUnit{"bytes", 1, kData, false},
    NamedUnit{"bit", 0.125, kData, true},
    NamedUnit{"b", 0.125, kData, true},  // Gb/s, as cables are sold
    NamedUnit{"bps", 0.125, kBandwidth, true},
    NamedUnit{"mbps", 0.125e6, kBandwidth, false},
    NamedUnit{"gbps", 0.125e9, kBandwidth, false},
    NamedUnit{"tbps", 0.125e12, kBandwidth, false},
    NamedUnit{"FLOP", 1, kCompute, true},
    NamedUnit{"FLOPs", 1, kCompute, true},
    NamedUnit{"FLOPS", 1, kComputeRate, true},
    NamedUnit{"OP", 1, kCompute, true},
    NamedUnit{"J", 1, kEnergy, true},
    NamedUnit{"Wh", kWattHour, kEnergy, true},
    NamedUnit{"Btu", kBtu, kEnergy, false},
    NamedUnit{"kBtu", 1e3 * kBtu, kEnergy, false},
    NamedUnit{"MMBtu", 1e6 * kBtu, kEnergy, false},
    NamedUnit{"W", 1, kPower, true},
    NamedUnit{"USD", 1, kMoney, true},
    NamedUnit{"g", 1e-3, kMass, true},
    NamedUnit{"t", 1e3, kMass, true},
    NamedUnit{"gCO2", 1e-3, kMass, true},
    NamedUnit{"tCO2", 1e3, kMass, true},
    NamedUnit{"tCO2e", 1e3, kMass, true},
    NamedUnit{"K", 1, kTemperature, false},
    NamedUnit{"m3", 1, kVolume, false},
    NamedUnit{"L", 1e-3, kVolume, true},
    NamedUnit{"gal", 3.785411784e-3, kVolume, true},
    NamedUnit{"Hz", 1, kFrequency, true},
    NamedUnit{"%", 0.01, kNone, false},
    NamedUnit{"1", 1, kNone, false},
    NamedUnit{"count", 1, kNone, false},
};

struct Prefix {
  std::string_view name;
  double factor;
};
constexpr std::array kPrefixes = {
    Prefix{"Ki", 1024.0},
    Prefix{"Mi", 1048576.0},
    Prefix{"Gi", 1073741824.0},
    Prefix{"Ti", 1099511627776.0},
    Prefix{"Pi", 1125899906842624.0},
    Prefix{"n", 1e-9},
    Prefix{"u", 1e-6},
    Prefix{"\u00b5", 1e-6},
    Prefix{"\u03bc", 1e-6},
    Prefix{"m", 1e-3},
    Prefix{"k", 1e3},
    Prefix{"M", 1e6},
    Prefix{"G", 1e9},
    Prefix{"T", 1e12},
    Prefix{"P", 1e15},
    Prefix{"E", 1e18},
    Prefix{"Z", 1e21},
};

const NamedUnit* find_unit(std::string_view name) {
  for (const auto& unit : kUnits)
    if (unit.name == name) return &unit;
  return nullptr;
}

std::optional<Unit> simple_unit(std::string_view name) {
  if (const auto* unit = find_unit(name)) return Unit{unit->factor, unit->dimension};
  for (const auto& prefix : kPrefixes) {
    if (name.size() <= prefix.name.size() || name.substr(0, prefix.name.size()) != prefix.name) continue;
    const auto* unit = find_unit(name.substr(prefix.name.size()));
    const bool binary = prefix.name.back() == 'i';
    if (unit && unit->prefixed && (!binary || unit->dimension == kData))
      return Unit{unit->factor * prefix.factor, unit->dimension};
  }
  return std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

tl::expected<Unit, std::string> parse_unit(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return Unit{};
  constexpr std::size_t kMaxUnitLength = 40;
  if (text.size() > kMaxUnitLength) return tl::unexpected(std::string("the unit is too long"));
  Unit result;
  bool divide = false;
  int factors = 0;
  constexpr int kMaxFactors = 6;  // exponents stay within a byte
  while (true) {
    const auto end = text.find_first_of("/*");
    const std::string_view name = trimmed(text.substr(0, end));
    const auto unit = simple_unit(name);
    if (!unit || ++factors > kMaxFactors) return tl::unexpected(fmt::format("unknown unit '{}'", name));
    result.factor = divide ? result.factor / unit->factor : result.factor * unit->factor;
    result.dimension = divide ? result.dimension / unit->dimension : result.dimension * unit->dimension;
    if (end == std::string_view::npos) return result;
    divide = text[end] == '/';
    text.remove_prefix(end + 1);
  }
}

namespace {

bool is_digit(std::string_view text, std::size_t i) {
  return i < text.size() && text[i] >= '0' && text[i] <= '9';
}

/// The finite number that a text begins with; `used`: its characters.
tl::expected<double, std::string> leading_number(std::string_view text, std::size_t& used) {
  std::string digits;
  used = 0;
  for (; used < text.size() && digits.size() < 64; ++used) {
    const char c = text[used];
    const bool exponent_sign =
        (c == '+' || c == '-') && !digits.empty() && (digits.back() == 'e' || digits.back() == 'E');
    const bool leading_sign = (c == '+' || c == '-') && digits.empty();
    const bool exponent = (c == 'e' || c == 'E') && !digits.empty() && used + 1 < text.size() &&
                          (is_digit(text, used + 1) || text[used + 1] == '-' || text[used + 1] == '+');
    if (c == '_' || c == ',') {
      // A comma only before groups of three, so that a decimal comma ("1,5 GW") is refused rather than read as 15.
      if (!is_digit(text, used - 1) || !is_digit(text, used + 1)) break;
      if (c == ',' && !(is_digit(text, used + 2) && is_digit(text, used + 3) && !is_digit(text, used + 4)))
        break;
      if (digits.find_first_of(".eE") != std::string::npos) break;
      continue;
    }
    if (!(is_digit(text, used) || c == '.' || exponent || exponent_sign || leading_sign)) break;
    digits += c;
  }
  double number = 0;
  const char* begin = digits.c_str() + (!digits.empty() && digits.front() == '+' ? 1 : 0);
  const char* end = digits.c_str() + digits.size();
  const auto [stop, code] = std::from_chars(begin, end, number);
  if (begin == end || code != std::errc{} || stop != end || !std::isfinite(number))
    return tl::unexpected(fmt::format("'{}' does not start with a finite number", text.substr(0, 40)));
  return number;
}

}  // namespace

tl::expected<ParsedQuantity, std::string> parse_quantity(std::string_view text) {
  text = trimmed(text);
  std::size_t used = 0;
  const auto number = leading_number(text, used);
  if (!number) return tl::unexpected(number.error());
  const std::string_view unit_text = trimmed(text.substr(used));
  const bool inverse = unit_text.size() > 1 && unit_text.front() == '/';  // "3/day" means "3 1/day"
  const auto unit = inverse ? parse_unit("1" + std::string(unit_text)) : parse_unit(unit_text);
  if (!unit) return tl::unexpected(unit.error());
  const double si = *number * unit->factor;
  if (!std::isfinite(si)) return tl::unexpected(std::string("the value is out of range"));
  return ParsedQuantity{si, unit->dimension, !unit_text.empty()};
}

tl::expected<double, std::string> parse_count(std::string_view text) {
  text = trimmed(text);
  std::size_t used = 0;
  const auto number = leading_number(text, used);
  if (!number) return number;
  const std::string_view suffix = trimmed(text.substr(used));
  constexpr std::pair<std::string_view, double> kSuffixes[] = {{"", 1},    {"k", 1e3}, {"K", 1e3},
                                                               {"M", 1e6}, {"B", 1e9}, {"T", 1e12}};
  for (const auto& [name, factor] : kSuffixes)
    if (suffix == name) {
      const double value = *number * factor;
      if (std::isfinite(value)) return value;
      break;
    }
  return tl::unexpected(
      fmt::format("'{}' is no number such as 1024, 1,024, 16k, 1.5M, 7B or 15T", text.substr(0, 40)));
}

std::string format_number(double value, int significant) {
  if (!std::isfinite(value)) return value != value ? "n/a" : value > 0 ? "inf" : "-inf";
  if (value == 0) return "0";
  const int magnitude = static_cast<int>(std::floor(std::log10(std::abs(value))));
  const int decimals = std::max(0, significant - 1 - magnitude);
  if (magnitude < -6 || magnitude > 15) return fmt::format("{:.{}e}", value, significant - 1);
  std::string text = fmt::format("{:.{}f}", value, decimals);
  if (text.find('.') != std::string::npos) {
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
  }
  const std::size_t first = text[0] == '-' ? 1 : 0;
  std::size_t point = text.find('.');
  if (point == std::string::npos) point = text.size();
  for (std::size_t i = point; i > first + 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

std::string format_quantity(double si, std::string_view unit) {
  const auto parsed = parse_unit(unit);
  if (!parsed || unit.empty() || unit == "1" || unit == "count") return format_number(si);
  return format_number(si / parsed->factor) + (unit == "%" ? "" : " ") + std::string(unit);
}

std::string_view example_units(const Dimension& d) {
  if (d == kTime) return "s, min, h, days, weeks, months, years";
  if (d == kPower) return "W, kW, MW, GW";
  if (d == kEnergy) return "kWh, MWh, GWh, J";
  if (d == kData) return "GB, TB, PB, GiB";
  if (d == kBandwidth) return "GB/s, Gbit/s, TB/s";
  if (d == kComputeRate) return "TFLOP/s, PFLOP/s";
  if (d == kCompute) return "FLOP, EFLOP";
  if (d == kMoney) return "USD, kUSD, MUSD, GUSD (or 60e9 USD)";
  if (d == kMass) return "kg, t, kt";
  if (d == kVolume) return "L, m3";
  if (d == kMoney / kEnergy) return "USD/MWh, USD/kWh";
  if (d == kMass / kEnergy) return "kg/kWh, t/MWh";
  if (d == kMoney / kPower) return "USD/W, MUSD/MW, GUSD/GW";
  if (d == kMoney / kTime) return "USD/h, MUSD/year";
  if (d == kVolume / kEnergy) return "L/kWh";
  if (d == kFrequency) return "1/day, 1/h, Hz";
  return "";
}

}  // namespace gigawatt::units
