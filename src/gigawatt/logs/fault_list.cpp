#include "gigawatt/logs/fault_list.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <optional>
#include <sstream>
#include <unordered_map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/config/toml.h"
#include "gigawatt/logs/fault_columns.h"
#include "gigawatt/logs/file_kind.h"
#include "gigawatt/logs/job_format.h"
#include "gigawatt/logs/lines.h"
#include "gigawatt/units/scale.h"

namespace gigawatt::logs {
namespace {

/// Of an instant in hours and of a repair: both together end before the year 9999, as dates do.
constexpr double kLongestRepair_s = 1e11;

constexpr std::size_t kMostBytes = 512u << 20;
constexpr std::size_t kFaultExamples = 5;
using units::kDay_s;

tl::unexpected<base::Diagnostics> no_faults(const std::string& name, std::string message,
                                            std::string hint = {}) {
  base::Diagnostic d = base::error("bad-log", std::move(message), std::move(hint));
  d.span.source = std::make_shared<base::SourceText>(base::SourceText{name, {}});
  return tl::unexpected(base::Diagnostics{std::move(d)});
}

class Builder {
 public:
  explicit Builder(FaultList& list) : list_(list) {}

  std::uint32_t node(const std::string& name) { return index(name, nodes_, list_.nodes); }
  std::uint32_t cause(const std::string& name) {
    return index(name.empty() ? "unknown" : name, causes_, list_.causes);
  }
  void problem(const std::string& reason, std::string what) {
    ++list_.problem_count;
    const auto known = std::find_if(list_.reasons.begin(), list_.reasons.end(),
                                    [&](const auto& r) { return r.first == reason; });
    if (known == list_.reasons.end())
      list_.reasons.emplace_back(reason, 1);
    else
      ++known->second;
    for (char& c : what)
      if (c < 0x20 || c == 0x7f) c = '?';
    if (list_.problems.size() < kFaultExamples) list_.problems.push_back(std::move(what));
  }
  void finish() {
    std::stable_sort(list_.faults.begin(), list_.faults.end(),
                     [](const Fault& a, const Fault& b) { return a.start_s < b.start_s; });
    if (list_.faults.empty()) return;
    list_.from_s = list_.faults.front().start_s;
    list_.to_s = list_.from_s;
    for (const Fault& f : list_.faults) list_.knows_ends = list_.knows_ends || !std::isnan(f.end_s);
    for (const Fault& f : list_.faults)
      list_.to_s = std::max({list_.to_s, f.start_s, std::isnan(f.end_s) ? f.start_s : f.end_s});
  }

 private:
  static std::uint32_t index(const std::string& name, std::unordered_map<std::string, std::uint32_t>& of,
                             std::vector<std::string>& names) {
    const auto [entry, added] = of.try_emplace(name, static_cast<std::uint32_t>(names.size()));
    if (added) names.push_back(name);
    return entry->second;
  }

  FaultList& list_;
  std::unordered_map<std::string, std::uint32_t> nodes_, causes_;
};

/// Of dates with the day or the month first which of the two a file means.
enum class DayOrder : std::uint8_t { kNone, kMonthFirst, kDayFirst, kEither, kNeither };

/// A table of faults, a line each.
class Table {
 public:
  Table(FaultList& list, const std::string& name) : list_(list), builder_(list), name_(name) {}

  std::optional<base::Diagnostics> run(std::string_view text) {
    std::istringstream in{std::string(text)};
    Lines lines(in);
    std::string_view line;
    std::vector<std::string> cells;
    while (lines.next(line)) {
      if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
      if (!header_) {
        if (line[0] == '#' && !line.starts_with("#!")) continue;  // a remark before the header
        if (auto wrong = begin(line, text)) return wrong;
        continue;
      }
      const bool readable = csv_.split(line, cells);
      if (readable && header_->again(cells)) {  // files that were put together
        if (auto wrong = read_header(cells, line)) return wrong;
        continue;
      }
      ++list_.records;
      if (!readable || cells.size() != header_->size())
        problem(lines.number(), "cannot be read",
                fmt::format("{} cells instead of {}", cells.size(), header_->size()));
      else
        row(lines.number(), cells);
    }
    say();
    builder_.finish();
    return std::nullopt;
  }

 private:
  static base::Diagnostics wrong(const std::string& name, std::string message, std::string hint) {
    return no_faults(name, std::move(message), std::move(hint)).value();
  }

  std::optional<base::Diagnostics> begin(std::string_view line, std::string_view text) {
    if (const auto how = packed_with(line); !how.empty())
      return wrong(name_, fmt::format("the file is packed with {}", how), "unpack it first");
    csv_.separate_by(csv_separator(line));
    std::vector<std::string> cells;
    csv_.split(line, cells);
    if (auto problem = read_header(cells, line)) return problem;
    order_ = order_of(text);
    if (order_ == DayOrder::kEither)
      return wrong(name_, "its dates can be read in two ways, with the month or the day first",
                   "write them as 2024-01-31 10:00:00");
    return std::nullopt;
  }

  std::optional<base::Diagnostics> read_header(const std::vector<std::string>& cells, std::string_view line) {
    header_.emplace(cells);
    auto found = fault_columns(cells);
    if (!found) {
      const std::string kind = file_kind(line);
      const bool known = !kind.empty() && kind.find("a fault log") == std::string::npos;
      return wrong(name_, fmt::format("{}{}", found.error(), known ? "; this looks like " + kind : ""),
                   "a line a fault, with the columns node,start,end,cause; times are dates, or seconds");
    }
    columns_ = std::move(*found);
    return std::nullopt;
  }

  /// All starts and ends of the file decide it: one of them with a 13th month is enough.
  DayOrder order_of(std::string_view text) {
    std::istringstream in{std::string(text)};
    Lines lines(in);
    std::string_view line;
    std::vector<std::string> cells;
    bool any = false, month_first = true, day_first = true;
    while ((any || lines.number() < 100) && (month_first || day_first) && lines.next(line)) {
      if (!csv_.split(line, cells) || cells.size() != header_->size()) continue;
      for (const FaultColumn& column : {columns_.start, columns_.end}) {
        if (!column.given() || !looks_slashed(cells[column.at])) continue;
        any = true;
        const bool either = slashed_date(cells[column.at], false) || slashed_date(cells[column.at], true);
        if (!either) continue;  // a problem of its line
        month_first = month_first && slashed_date(cells[column.at], false);
        day_first = day_first && slashed_date(cells[column.at], true);
      }
    }
    if (!any) return DayOrder::kNone;
    if (month_first && day_first) return DayOrder::kEither;
    return month_first ? DayOrder::kMonthFirst : day_first ? DayOrder::kDayFirst : DayOrder::kNeither;
  }

  void problem(std::uint32_t line, const std::string& reason, const std::string& what) {
    builder_.problem(reason, fmt::format("line {}: {}", line, what));
  }

  std::optional<double> instant(const FaultColumn& column, const std::string& cell) const {
    if (column.unit_s > 0) {
      const auto value = number(cell);
      const bool fits = value && std::abs(*value * column.unit_s) <= kLongestRepair_s;
      return fits ? std::optional(*value * column.unit_s) : std::nullopt;
    }
    std::optional<base::SimTime> at;
    if (order_ != DayOrder::kNone && looks_slashed(cell))
      at = order_ == DayOrder::kNeither ? std::nullopt : slashed_date(cell, order_ == DayOrder::kDayFirst);
    else
      at = timestamp(cell);
    return at ? std::optional(static_cast<double>(at->us) * 1e-6) : std::nullopt;
  }

  /// Are the line's instants of one kind, and of that of the lines before?
  bool one_clock(std::uint32_t line, const std::string& start, const std::string& end) {
    const auto kind = [&](const std::string& cell) {
      return blank(cell) ? Clock::kBlank : looks_slashed(cell) ? Clock::kLocal : clock_of(cell);
    };
    const Clock a = kind(start), b = kind(end);
    if (a != Clock::kBlank && b != Clock::kBlank && a != b)
      return problem(line, "times of two kinds",
                     fmt::format("'{}' and '{}' are not of one kind (numbers, dates, dates with a time zone)",
                                 start.substr(0, 40), end.substr(0, 40))),
             false;
    const bool number = a == Clock::kNumber;
    if (numbers_ && *numbers_ != number)
      return problem(line, "times of two kinds",
                     fmt::format("'{}' is {} where the lines before have {}", start.substr(0, 40),
                                 number ? "a number" : "a date", number ? "dates" : "numbers")),
             false;
    numbers_ = number;
    if (a == Clock::kZoned) ++zoned_;
    if (a == Clock::kLocal) ++local_;
    return true;
  }

  void row(std::uint32_t line, const std::vector<std::string>& cells) {
    static const std::string kNone;
    const auto cell = [&](const FaultColumn& c) -> const std::string& {
      return c.given() ? cells[c.at] : kNone;
    };
    const std::string &start_text = cell(columns_.start), &end_text = cell(columns_.end);
    const auto start = instant(columns_.start, start_text);
    auto end = instant(columns_.end, end_text);
    if (blank(cell(columns_.node)) || !start || (!end && !blank(end_text)))
      return problem(
          line, "cannot be read",
          fmt::format("'{}', '{}', '{}' are no node, start and end", cell(columns_.node).substr(0, 40),
                      start_text.substr(0, 40), end_text.substr(0, 40)));
    if (!one_clock(line, start_text, end_text)) return;
    if (const std::string& text = cell(columns_.length); !blank(text)) {
      const auto value = number(text);
      if (!value)
        return problem(line, "cannot be read", fmt::format("'{}' is no length", text.substr(0, 40)));
      if (*value * columns_.length.unit_s > kLongestRepair_s)
        return problem(line, "cannot be read",
                       fmt::format("'{}' is longer than any repair", text.substr(0, 40)));
      end = *start + *value * columns_.length.unit_s;
    }
    if (end && *end < *start) return problem(line, "end before they start", "ends before it starts");
    Fault fault;
    fault.start_s = *start;
    if (end) fault.end_s = *end;
    fault.cause = builder_.cause(cause(cells));
    for (const std::string& node : nodes(cells, line)) {
      fault.node = builder_.node(node);
      list_.faults.push_back(fault);
    }
  }

  /// One, or those of a host list such as "n[1-4]", each with a fault of its own.
  std::vector<std::string> nodes(const std::vector<std::string>& cells, std::uint32_t line) {
    constexpr std::size_t kMost = 10'000;
    std::vector<std::string> names{cells[columns_.node.at]};
    if (names[0].find('[') != std::string::npos) {
      if (auto all = expand_host_list(names[0], kMost); all && !all->empty()) {
        names = std::move(*all);
        list_.records += names.size() - 1;
        if (lists_++ == 0) first_list_ = line;
      }
    }
    if (columns_.group.given())
      for (std::string& name : names) name = cells[columns_.group.at] + "/" + name;
    return names;
  }

  std::string cause(const std::vector<std::string>& cells) const {
    for (std::size_t i = 0; i < columns_.causes.size(); ++i)
      if (!blank(cells[columns_.causes[i]])) return columns_.cause_names[i];
    return columns_.cause.given() && !blank(cells[columns_.cause.at]) ? cells[columns_.cause.at] : "";
  }

  void say() {
    auto& notes = list_.notes;
    if (zoned_ > 0 && local_ > 0)
      notes.push_back(fmt::format(
          "{} lines have times with a time zone and {} without: these are taken as UTC", zoned_, local_));
    if (lists_ > 0)
      notes.push_back(fmt::format("{} lines name several nodes (first: line {}): each of these has a fault",
                                  lists_, first_list_));
    if (!columns_.end.given() && !columns_.length.given())
      notes.emplace_back("the log has no column of ends or lengths: how long repairs took is not known");
    if (!columns_.kind.empty())
      notes.push_back(
          fmt::format("each line counts as a fault, whatever its column '{}' says", columns_.kind));
    if (order_ == DayOrder::kMonthFirst || order_ == DayOrder::kDayFirst)
      notes.push_back(fmt::format("dates are read with the {} first, as one of them has no other reading",
                                  order_ == DayOrder::kMonthFirst ? "month" : "day"));
  }

  FaultList& list_;
  Builder builder_;
  const std::string& name_;
  CsvCells csv_;
  std::optional<Header> header_;
  FaultColumns columns_;
  DayOrder order_ = DayOrder::kNone;
  std::optional<bool> numbers_;
  std::uint64_t zoned_ = 0, local_ = 0, lists_ = 0;
  std::uint32_t first_list_ = 0;
};

tl::expected<FaultList, base::Diagnostics> parse_csv_log(std::string_view text, const std::string& name) {
  FaultList list;
  list.format = "csv";
  if (auto wrong = Table(list, name).run(text)) return tl::unexpected(std::move(*wrong));
  return list;
}

tl::expected<FaultList, base::Diagnostics> parse_json_log(std::string_view text, const std::string& name) {
  const auto document = nlohmann::json::parse(text, nullptr, false);
  const std::string known = file_kind(text);
  const std::string looks = known.empty() ? "" : "; this looks like " + known;
  if (document.is_discarded()) return no_faults(name, "this is no valid JSON: it may be cut off");
  if (!document.is_array()) return no_faults(name, "a fault trace in JSON is a list of events" + looks);
  FaultList list;
  list.format = "infinitehbd";
  Builder builder(list);
  std::map<std::pair<std::uint32_t, std::string>, std::deque<std::size_t>> open;  // by node and type
  double before_s = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < document.size(); ++i) {
    ++list.records;
    const auto& e = document[i];
    const auto text_of = [](const nlohmann::json& x, const char* key) {
      const auto found = x.find(key);
      return found != x.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    if (!e.is_object() || !e.contains("event_time") || !e["event_time"].is_number() ||
        text_of(e, "node_id").empty()) {
      builder.problem("cannot be read", fmt::format("event {}: no node_id and event_time", i + 1));
      continue;
    }
    const double time_s = e["event_time"].get<double>() * kDay_s;
    if (!std::isfinite(time_s) || std::abs(time_s) > 1e12) {
      builder.problem("cannot be read", fmt::format("event {}: an impossible time", i + 1));
      continue;
    }
    const auto type = e.find("fault_type");
    const bool typed = type != e.end() && type->is_object();
    const std::uint32_t node = builder.node(text_of(e, "node_id"));
    const std::string what =
        typed ? type->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) : "";
    const std::string kind = text_of(e, "event_type");
    auto& waiting = open[{node, what}];
    if (kind == "fault_start") {
      if (time_s < before_s)
        builder.problem("out of order, kept", fmt::format("event {}: earlier than the one before", i + 1));
      before_s = std::max(before_s, time_s);
      waiting.push_back(list.faults.size());
      Fault fault;
      fault.start_s = time_s;
      fault.node = node;
      fault.cause = builder.cause(typed ? text_of(*type, "Class") : "");
      list.faults.push_back(fault);
    } else if (kind == "fault_end" && !waiting.empty()) {
      Fault& fault = list.faults[waiting.front()];
      waiting.pop_front();
      if (time_s >= fault.start_s)
        fault.end_s = time_s;
      else
        builder.problem("end before they start", fmt::format("event {}: ends before it starts", i + 1));
    } else {
      builder.problem(kind == "fault_end" ? "ends without a start" : "cannot be read",
                      fmt::format("event {}: {}", i + 1,
                                  kind == "fault_end" ? "an end without a start"
                                                      : "event_type is neither fault_start nor fault_end"));
    }
  }
  builder.finish();
  return list;
}

}  // namespace

tl::expected<FaultList, base::Diagnostics> parse_faults(std::string_view text, const std::string& name) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return no_faults(name, "the file is empty");
  const bool json = text[first] == '[' || text[first] == '{';
  auto list = json ? parse_json_log(text, name) : parse_csv_log(text, name);
  if (list && list->faults.empty())
    return no_faults(name, list->problems.empty() ? "the log holds no fault" : list->problems.front());
  if (list && list->problem_count * 2 > list->records)
    return no_faults(name, fmt::format("{} of {} records cannot be read; the first: {}", list->problem_count,
                                       list->records, list->problems.front()));
  return list;
}

tl::expected<FaultList, base::Diagnostics> read_faults(const std::filesystem::path& file) {
  const auto text = config::read_text_file(file, kMostBytes);
  if (!text) return tl::unexpected(base::Diagnostics{text.error()});
  return parse_faults(*text, file.string());
}

}  // namespace gigawatt::logs
