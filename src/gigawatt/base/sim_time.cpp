#include "gigawatt/base/sim_time.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "gigawatt/base/check.h"

namespace gigawatt::base {
namespace {

namespace chr = std::chrono;
constexpr std::int64_t kUsPerDay = 86'400'000'000;
constexpr double kMaxSeconds = 6.3e12;  // 200,000 years

std::int64_t floor_days(SimTime t) {
  std::int64_t days = t.us / kUsPerDay;
  if (t.us % kUsPerDay < 0) --days;
  return days;
}

std::optional<int> digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + count, value);
  if (ec != std::errc{} || end != text.data() + count || text[0] == '-') return std::nullopt;
  text.remove_prefix(count);
  return value;
}

bool eat(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

Duration Duration::seconds(double s) {
  GW_CHECK(std::isfinite(s) && std::abs(s) < kMaxSeconds, "duration of {} s", s);
  return {std::llround(s * 1e6)};
}

SimTime SimTime::from_date(int year, unsigned month, unsigned day) {
  const chr::sys_days days = chr::year{year} / chr::month{month} / chr::day{day};
  return {days.time_since_epoch().count() * kUsPerDay};
}

std::optional<SimTime> parse_time(std::string_view text) {
  const auto year = digits(text, 4);
  if (!year || *year < 1900 || *year > 2200) return std::nullopt;
  if (text.empty()) return SimTime::from_date(*year, 1, 1);
  if (!eat(text, '-')) return std::nullopt;
  if (eat(text, 'Q') || eat(text, 'q')) {
    const auto quarter = digits(text, 1);
    if (!quarter || *quarter < 1 || *quarter > 4 || !text.empty()) return std::nullopt;
    return SimTime::from_date(*year, static_cast<unsigned>(*quarter * 3 - 2), 1);
  }
  const auto month = digits(text, 2);
  if (!month || *month < 1 || *month > 12) return std::nullopt;
  if (text.empty()) return SimTime::from_date(*year, static_cast<unsigned>(*month), 1);
  if (!eat(text, '-')) return std::nullopt;
  const auto day = digits(text, 2);
  const chr::year_month_day ymd{chr::year{*year}, chr::month{static_cast<unsigned>(*month)},
                                chr::day{static_cast<unsigned>(day.value_or(0))}};
  if (!day || !ymd.ok()) return std::nullopt;
  SimTime t = SimTime::from_date(*year, static_cast<unsigned>(*month), static_cast<unsigned>(*day));
  if (text.empty()) return t;
  if (!eat(text, 'T') && !eat(text, ' ')) return std::nullopt;
  const auto hour = digits(text, 2);
  if (!hour || *hour > 23 || !eat(text, ':')) return std::nullopt;
  const auto minute = digits(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  int second = 0;
  if (eat(text, ':')) {
    const auto value = digits(text, 2);
    if (!value || *value > 59) return std::nullopt;
    second = *value;
  }
  eat(text, 'Z');
  if (!text.empty()) return std::nullopt;
  t.us += ((*hour * 60LL + *minute) * 60 + second) * 1'000'000;
  return t;
}

CivilDate civil(SimTime t) {
  const chr::year_month_day ymd{chr::sys_days{chr::days{floor_days(t)}}};
  return {static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day())};
}

std::string to_iso_date(SimTime t) {
  const auto c = civil(t);
  return fmt::format("{:04}-{:02}-{:02}", c.year, c.month, c.day);
}

std::string to_iso_datetime(SimTime t) {
  const std::int64_t s = (t.us - floor_days(t) * kUsPerDay) / 1'000'000;
  return fmt::format("{}T{:02}:{:02}:{:02}Z", to_iso_date(t), s / 3600, s / 60 % 60, s % 60);
}

SimTime start_of_month(SimTime t) {
  const auto c = civil(t);
  return SimTime::from_date(c.year, c.month, 1);
}

SimTime next_month(SimTime t) {
  const auto c = civil(t);
  return c.month == 12 ? SimTime::from_date(c.year + 1, 1, 1) : SimTime::from_date(c.year, c.month + 1, 1);
}

double year_fraction(SimTime t) {
  const auto c = civil(t);
  const SimTime begin = SimTime::from_date(c.year, 1, 1);
  const SimTime end = SimTime::from_date(c.year + 1, 1, 1);
  return c.year + static_cast<double>((t - begin).us) / static_cast<double>((end - begin).us);
}

}  // namespace gigawatt::base
