#pragma once
/// Numbers and dates as logs write them.

#include <cstdint>
#include <optional>
#include <string_view>

#include "gigawatt/base/sim_time.h"

namespace gigawatt::logs {

/// Finite decimal numbers, nothing around them.
std::optional<double> number(std::string_view text);
std::optional<std::int64_t> whole(std::string_view text);  ///< "8" or "8.0"

/// Seconds as microseconds, where they fit (within 10,000 years).
std::optional<std::int64_t> seconds_us(std::string_view text);

/// What an instant is written as: a number, a date without or with a time zone; nothing.
enum class Clock : std::uint8_t { kBlank, kNumber, kLocal, kZoned };
Clock clock_of(std::string_view text);

/// "2023-05-17 11:00:58+08:00", "2023-05-17T11:00:58", "...Z", with fractions; or seconds since 1970.
std::optional<base::SimTime> timestamp(std::string_view text);

}  // namespace gigawatt::logs
