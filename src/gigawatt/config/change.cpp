#include "gigawatt/config/change.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include <fmt/format.h>

#include "gigawatt/base/sim_time.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::config {
namespace {

using Changed = tl::expected<Node, std::string>;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool starts_number(std::string_view text) {
  return !text.empty() && (std::isdigit(static_cast<unsigned char>(text.front())) || text.front() == '.');
}

constexpr double kDay = 86400;
constexpr double kMonth = 365.2425 / 12 * kDay;

/// Whole months and years move the calendar, other times the clock.
base::SimTime later(base::SimTime date, double seconds) {
  const double months = seconds / kMonth;
  if (std::abs(months - std::nearbyint(months)) > 1e-6) return date + base::Duration::seconds(seconds);
  const base::CivilDate day = base::civil(date);
  const auto first_of = [](int month) { return base::SimTime::from_date(month / 12, month % 12 + 1, 1); };
  const int month = day.year * 12 + day.month - 1;
  const int target = month + static_cast<int>(std::nearbyint(months));
  return std::min(first_of(target) + (date - first_of(month)),
                  first_of(target + 1) - base::Duration::seconds(kDay));
}

/// Of a plain number; a count stays one.
Changed changed_number(Node node, double x, bool whole, const Change& change) {
  if (change.sum && !(change.dimension == units::kNone))
    return tl::unexpected(fmt::format("{} is a plain number", x));
  const double y = x * change.factor + change.addend;
  node.kind = whole ? Node::Kind::kInteger : Node::Kind::kFloat;
  node.integer = whole ? std::llround(y) : 0;
  node.real = whole ? static_cast<double>(node.integer) : y;
  node.text.clear();
  return node;
}

Changed changed_date(Node node, base::SimTime date, const Change& change) {
  if (!change.sum || !(change.dimension == units::kTime))
    return tl::unexpected(fmt::format("{} is a date, which a time moves and nothing else", node.text));
  node.kind = Node::Kind::kString;
  node.text = base::to_iso_datetime(later(date, change.addend));
  return node;
}

Changed changed_quantity(Node node, const Change& change) {
  const auto value = units::parse_quantity(node.text);
  const auto unit_at = node.text.find_first_not_of("0123456789.,_eE+- ");
  const auto unit = unit_at == std::string::npos ? tl::unexpected(std::string{})
                                                 : units::parse_unit(node.text.substr(unit_at));
  if (!value || !unit) return tl::unexpected(fmt::format("\"{}\" is no quantity", node.text.substr(0, 40)));
  if (change.sum && !(change.dimension == value->dimension))
    return tl::unexpected(fmt::format("\"{}\" is another kind of quantity", node.text.substr(0, 40)));
  node.text = fmt::format("{:.17g} {}", (value->si * change.factor + change.addend) / unit->factor,
                          node.text.substr(unit_at));
  return node;
}

}  // namespace

std::optional<Change> parse_change(std::string_view text) {
  text = trimmed(text);
  if (text.size() < 2) return std::nullopt;
  const char sign = text.front();
  const std::string_view rest = trimmed(text.substr(1));
  if (!starts_number(rest) || (sign != 'x' && sign != '+' && sign != '-')) return std::nullopt;
  const auto amount = units::parse_quantity(rest);
  if (!amount || (sign == 'x' && amount->has_unit)) return std::nullopt;
  if (sign == 'x') return Change{false, amount->si, 0, {}};
  const double signed_si = sign == '-' ? -amount->si : amount->si;
  if (rest.back() == '%') return Change{false, 1 + signed_si, 0, {}};
  return Change{true, 1, signed_si, amount->dimension};
}

tl::expected<Node, std::string> apply_change(const Node& node, const Change& change) {
  if (node.kind == Node::Kind::kInteger || node.kind == Node::Kind::kFloat)
    return changed_number(node, node.real, node.kind == Node::Kind::kInteger, change);
  const bool text = node.kind == Node::Kind::kString || node.kind == Node::Kind::kDate;
  if (!text || node.text.empty())
    return tl::unexpected(std::string("the file gives no value that it could change"));
  if (const auto date = base::parse_time(node.text)) return changed_date(node, *date, change);
  if (const auto count = units::parse_count(node.text))
    return changed_number(node, *count, std::nearbyint(*count) == *count, change);
  return changed_quantity(node, change);
}

}  // namespace gigawatt::config
