#include "gigawatt/site/time_stamp.h"

#include <cctype>
#include <charconv>

#include "gigawatt/base/sim_time.h"
#include "gigawatt/base/words.h"
#include "gigawatt/site/internal_text.h"

namespace gigawatt::site {
namespace {

constexpr std::int64_t kSecondsOfMinute = 60, kSecondsOfHour = 3600;

/// What is left of a cell, taken from the front.
struct Cursor {
  std::string_view rest;

  /// A number of at most `most` digits.
  bool number(int& out, std::size_t most = 2) {
    std::size_t n = 0;
    while (n < rest.size() && n < most && std::isdigit(static_cast<unsigned char>(rest[n])) != 0) ++n;
    if (n == 0) return false;
    std::from_chars(rest.data(), rest.data() + n, out);
    rest.remove_prefix(n);
    return true;
  }
  bool take(char c) {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }
};

std::string_view bare(std::string_view s) {
  s = trim(base::without_quotes(trim(s)));
  return s.substr(0, s.find(" - "));
}

/// The two numbers before the year of a date with slashes.
std::optional<std::pair<int, int>> slashed(Cursor& c) {
  int a = 0, b = 0;
  if (!c.number(a) || !c.take('/') || !c.number(b) || !c.take('/')) return std::nullopt;
  return std::pair(a, b);
}

struct WrittenDay {
  int year = 0, month = 0, day = 0;
};

std::optional<WrittenDay> day_of(Cursor& c, DayOrder order) {
  WrittenDay d;
  Cursor iso = c, dotted = c;
  if (iso.number(d.year, 4) && iso.take('-') && iso.number(d.month) && iso.take('-') && iso.number(d.day)) {
    c = iso;
    return d;
  }
  if (dotted.number(d.day) && dotted.take('.') && dotted.number(d.month) && dotted.take('.') &&
      dotted.number(d.year, 4)) {
    c = dotted;
    return d;
  }
  const auto two = slashed(c);
  if (!two || !c.number(d.year, 4)) return std::nullopt;
  d.month = order == DayOrder::kMonthFirst ? two->first : two->second;
  d.day = order == DayOrder::kMonthFirst ? two->second : two->first;
  return d;
}

/// Hours, minutes and seconds, with AM or PM behind them; -1: none.
std::int64_t clock_s(Cursor& c) {
  int hour = 0, minute = 0, second = 0;
  if (!c.number(hour) || !c.take(':') || !c.number(minute)) return -1;
  if (c.take(':') && !c.number(second)) return -1;
  if (c.take('.'))
    while (!c.rest.empty() && std::isdigit(static_cast<unsigned char>(c.rest.front())) != 0)
      c.rest.remove_prefix(1);
  c.rest = trim(c.rest);
  const std::string half = base::lower(c.rest.substr(0, 2));
  if (half == "am" || half == "pm") {
    if (hour < 1 || hour > 12) return -1;
    hour = hour % 12 + (half == "pm" ? 12 : 0);
    c.rest = trim(c.rest.substr(2));
  }
  if (hour > 24 || minute > 59 || second > 60) return -1;
  return hour * kSecondsOfHour + minute * kSecondsOfMinute + second;
}

/// Seconds east of Greenwich.
std::optional<std::int64_t> offset_s(std::string_view text) {
  if (text == "Z" || text == "z" || text == "UTC") return 0;
  Cursor c{text};
  const bool west = c.take('-');
  int h = 0, m = 0;
  if ((!west && !c.take('+')) || !c.number(h)) return std::nullopt;
  const bool more = c.take(':') || !c.rest.empty();
  if ((more && !c.number(m)) || !c.rest.empty()) return std::nullopt;
  return (west ? -1 : 1) * (h * kSecondsOfHour + m * kSecondsOfMinute);
}

}  // namespace

std::optional<DayOrder> day_order(std::span<const std::string_view> cells) {
  for (const auto cell : cells) {
    Cursor c{bare(cell)};
    const auto two = slashed(c);
    if (two && two->first > 12) return DayOrder::kDayFirst;
    if (two && two->second > 12) return DayOrder::kMonthFirst;
  }
  return std::nullopt;
}

std::optional<Stamp> parse_stamp(std::string_view cell, DayOrder order) {
  Cursor c{bare(cell)};
  const auto d = day_of(c, order);
  if (!d || d->year < 1000 || d->month < 1 || d->month > 12 || d->day < 1 || d->day > 31) return std::nullopt;
  std::int64_t clock = 0;
  if (!c.rest.empty()) {
    if (!c.take('T') && !c.take(' ')) return std::nullopt;
    c.rest = trim(c.rest);
    clock = clock_s(c);
    if (clock < 0) return std::nullopt;
  }
  Stamp out;
  out.s =
      base::SimTime::from_date(d->year, static_cast<unsigned>(d->month), static_cast<unsigned>(d->day)).us /
          1'000'000 +
      clock;
  if (c.rest.empty()) return out;
  const auto offset = offset_s(c.rest);
  if (!offset) return std::nullopt;
  out.absolute = true;
  out.s -= *offset;
  return out;
}

}  // namespace gigawatt::site
