#include "gigawatt/logs/fault_columns.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <span>

#include <fmt/format.h>

#include "gigawatt/logs/job_format.h"
#include "gigawatt/logs/lines.h"

namespace gigawatt::logs {
namespace {

struct Unit {
  std::string_view words[5];
  double seconds;
};
constexpr Unit kUnits[] = {
    {{"ms", "millis", "milliseconds", "", ""}, 1e-3}, {{"s", "sec", "secs", "second", "seconds"}, 1},
    {{"min", "mins", "minute", "minutes", ""}, 60},   {{"h", "hr", "hrs", "hour", "hours"}, 3600},
    {{"d", "day", "days", "", ""}, 86'400},
};

struct Name {
  std::string base;
  double unit_s = 0;
};

/// "start_h", "Down Time (min)", "end [days]" -> the name and the unit behind it.
Name name_of(std::string_view text) {
  std::string name = lower(text);
  std::replace(name.begin(), name.end(), '-', '_');
  std::replace(name.begin(), name.end(), ' ', '_');
  const auto trim = [](std::string& word) {
    while (!word.empty() && std::string_view("_()[]").find(word.back()) != std::string_view::npos)
      word.pop_back();
    word.erase(0, std::min(word.find_first_not_of("_()[]"), word.size()));
  };
  trim(name);
  const std::size_t cut = name.find_last_of("_([");
  if (cut == std::string::npos) return {name};
  std::string last = name.substr(cut + 1);
  trim(last);
  for (const Unit& unit : kUnits)
    if (std::find(std::begin(unit.words), std::end(unit.words), last) != std::end(unit.words) &&
        !last.empty()) {
      std::string base = name.substr(0, cut);
      trim(base);
      if (base.ends_with("_in")) base.resize(base.size() - 3);
      return {base, unit.seconds};
    }
  return {name};
}

constexpr std::array<std::string_view, 16> kNodes = {
    "node",       "node_id",  "nodeid",    "host",        "hostname", "server",  "server_id", "machine",
    "machine_id", "nodename", "node_name", "node_number", "nodenumz", "nodenum", "instance",  "instance_id"};
constexpr std::array<std::string_view, 16> kStarts = {
    "start",        "start_time", "started",   "begin",     "prob_started", "fault_start",
    "failure_time", "time_start", "timestart", "starttime", "start_date",   "fault_time",
    "timestamp",    "time",       "date",      "occurred"};
constexpr std::array<std::string_view, 14> kEnds = {
    "end",      "end_time", "ended",   "recovered", "prob_fixed", "fault_end",   "recovery_time",
    "time_end", "timeend",  "endtime", "end_date",  "repaired",   "repaired_at", "recovered_at"};
constexpr std::array<std::string_view, 13> kLengths = {
    "duration", "downtime",        "down_time",   "repair_time", "repair_duration", "time_to_repair", "ttr",
    "outage",   "outage_duration", "outage_time", "down_for",    "repair",          "length"};
constexpr std::array<std::string_view, 10> kCauses = {"cause",      "type",      "fault_type", "error",
                                                      "reason",     "component", "error_type", "failure_type",
                                                      "root_cause", "category"};
constexpr std::array<std::string_view, 6> kLanlCauses = {"facilities", "hardware",     "human_error",
                                                         "network",    "undetermined", "software"};

/// The first of these names that a column has: their order is that of preference. An error where two columns do.
tl::expected<FaultColumn, std::string> find(const std::vector<Name>& names,
                                            std::span<const std::string_view> wanted) {
  for (const std::string_view one : wanted) {
    FaultColumn found;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i].base != one) continue;
      if (found.given()) return tl::unexpected(fmt::format("two columns are called '{}'", one));
      found = {i, names[i].unit_s};
    }
    if (found.given()) return found;
  }
  return FaultColumn{};
}

std::optional<int> small_number(std::string_view& text, std::size_t most) {
  std::size_t n = 0;
  int value = 0;
  while (n < text.size() && n < most && text[n] >= '0' && text[n] <= '9')
    value = 10 * value + (text[n++] - '0');
  if (n == 0) return std::nullopt;
  text.remove_prefix(n);
  return value;
}

bool take(std::string_view& text, std::string_view any) {
  if (text.empty() || any.find(text[0]) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

/// "10:54", "10:54:30", "9:13 PM": seconds of the day.
std::optional<int> time_of_day(std::string_view text) {
  const auto hour = small_number(text, 2);
  if (!hour || !take(text, ":")) return std::nullopt;
  const auto minute = small_number(text, 2);
  std::optional<int> second = 0;
  if (take(text, ":")) second = small_number(text, 2);
  if (!minute || !second || *minute > 59 || *second > 60) return std::nullopt;
  take(text, " ");
  int h = *hour;
  const std::string half = lower(text);
  if (half == "am" || half == "pm") {
    if (h < 1 || h > 12) return std::nullopt;
    h = h % 12 + (half == "pm" ? 12 : 0);
  } else if (!half.empty() || h > 23) {
    return std::nullopt;
  }
  return h * 3600 + *minute * 60 + *second;
}

}  // namespace

tl::expected<FaultColumns, std::string> fault_columns(const std::vector<std::string>& header) {
  std::vector<Name> names;
  for (const std::string& cell : header) names.push_back(name_of(cell));
  FaultColumns out;
  struct Wanted {
    FaultColumn& column;
    std::span<const std::string_view> names;
  };
  for (const Wanted& wanted : {Wanted{out.node, kNodes}, Wanted{out.start, kStarts}, Wanted{out.end, kEnds},
                               Wanted{out.length, kLengths}, Wanted{out.cause, kCauses}}) {
    auto found = find(names, wanted.names);
    if (!found) return tl::unexpected(std::move(found.error()));
    wanted.column = *found;
  }
  for (const auto& [column, name] : {std::pair{out.node, "node"}, std::pair{out.start, "start"}})
    if (!column.given()) return tl::unexpected(fmt::format("the fault log has no column '{}'", name));
  const auto at = [&](std::string_view name) {
    return static_cast<std::size_t>(
        std::find_if(names.begin(), names.end(), [&](const Name& n) { return n.base == name; }) -
        names.begin());
  };
  for (const std::string_view cause : kLanlCauses) {
    const std::size_t i = at(cause);
    if (i == names.size()) break;
    out.causes.push_back(i);
    out.cause_names.emplace_back(cause);
  }
  if (out.causes.size() < kLanlCauses.size()) out.causes.clear();
  const std::size_t group = at(out.causes.empty() ? "cluster" : "system");
  if (group < names.size()) out.group.at = group;
  if (out.end.given()) out.length = {};
  if (!out.end.given() && !out.length.given())
    for (const std::string_view kind : {"event", "event_type", "action", "status", "state"})
      if (at(kind) < names.size() && out.kind.empty()) out.kind = header[at(kind)];
  if (out.length.given() && out.length.unit_s == 0)
    return tl::unexpected(
        fmt::format("the column '{}' does not say its unit: call it {}_s, {}_min, {}_h or {}_d",
                    header[out.length.at], names[out.length.at].base, names[out.length.at].base,
                    names[out.length.at].base, names[out.length.at].base));
  return out;
}

bool looks_slashed(std::string_view text) {
  return small_number(text, 2) && take(text, "/.") && small_number(text, 2) && take(text, "/.");
}

std::optional<base::SimTime> slashed_date(std::string_view text, bool day_first) {
  const auto first = small_number(text, 2);
  if (!first || !take(text, "/.")) return std::nullopt;
  const auto second = small_number(text, 2);
  if (!second || !take(text, "/.")) return std::nullopt;
  const std::size_t before = text.size();
  auto year = small_number(text, 4);
  if (!year || (before - text.size() != 4 && before - text.size() != 2)) return std::nullopt;
  if (before - text.size() == 2) *year += *year < 70 ? 2000 : 1900;
  const auto month = static_cast<unsigned>(day_first ? *second : *first);
  const auto day = static_cast<unsigned>(day_first ? *first : *second);
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  int seconds = 0;
  if (!text.empty()) {
    if (!take(text, " T")) return std::nullopt;
    const auto time = time_of_day(text);
    if (!time) return std::nullopt;
    seconds = *time;
  }
  return base::SimTime::from_date(*year, month, day) + base::Duration{seconds * 1'000'000LL};
}

}  // namespace gigawatt::logs
