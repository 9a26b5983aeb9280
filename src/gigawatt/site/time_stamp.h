#pragma once
/// Times in the cells of hourly files. Private to this module.
///
///   ISO 8601         2025-01-31 05:00[:00][.000][Z|+00:00|-0500], T for the blank, or a day alone
///   with slashes     1/31/2025 5:00[:00] [AM|PM], as American markets write it, or 31/1/2025: a file's own days decide which
///   with dots        31.01.2025 05:00, the day first; of an interval ("... - ...") its beginning

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace gigawatt::site {

/// Seconds since 1970, and whether the text fixes the zone.
struct Stamp {
  std::int64_t s = 0;
  bool absolute = false;
};

enum class DayOrder : std::uint8_t { kMonthFirst, kDayFirst };

/// `order` of dates with slashes.
std::optional<Stamp> parse_stamp(std::string_view cell, DayOrder order);

/// Which of the two numbers of dates with slashes is the month; nothing where all of them leave it open.
std::optional<DayOrder> day_order(std::span<const std::string_view> cells);

}  // namespace gigawatt::site
