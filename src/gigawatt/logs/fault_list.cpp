#include "gigawatt/logs/fault_list.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <sstream>
#include <unordered_map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/config/toml.h"
#include "gigawatt/logs/file_kind.h"
#include "gigawatt/logs/job_format.h"
#include "gigawatt/logs/lines.h"

namespace gigawatt::logs {
namespace {

constexpr std::size_t kMostBytes = 512u << 20;
constexpr std::size_t kExamples = 5;
constexpr double kDay_s = 86'400;

tl::unexpected<base::Diagnostics> fail(const std::string& name, std::string message, std::string hint = {}) {
  base::Diagnostic d = base::error("bad-log", std::move(message), std::move(hint));
  d.span.source = std::make_shared<base::SourceText>(base::SourceText{name, {}});
  return tl::unexpected(base::Diagnostics{std::move(d)});
}

/// Where a column stands that goes by one of the usual names; the header's size where there is none.
std::size_t column_of(const std::vector<std::string>& header, std::string_view wanted) {
  struct Names {
    std::string_view column;
    std::string_view also[7];
  };
  constexpr Names kNames[] = {
      {"node", {"node_id", "host", "hostname", "server", "machine", "nodename", ""}},
      {"start", {"start_time", "started", "begin", "prob started", "fault_start", "failure_time", ""}},
      {"end", {"end_time", "ended", "recovered", "prob fixed", "fault_end", "recovery_time", ""}},
      {"cause", {"type", "fault_type", "error", "reason", "component", "error_type", ""}},
  };
  const auto find = [&](std::string_view name) {
    for (std::size_t i = 0; i < header.size(); ++i) {
      const std::string& cell = header[i];
      if (cell.size() == name.size() &&
          std::equal(cell.begin(), cell.end(), name.begin(), [](char a, char b) {
            return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
          }))
        return i;
    }
    return header.size();
  };
  std::size_t at = find(wanted);
  for (const Names& names : kNames)
    for (const auto other : names.also)
      if (names.column == wanted && at == header.size() && !other.empty()) at = find(other);
  return at;
}

class Builder {
 public:
  explicit Builder(FaultList& list) : list_(list) {}

  std::uint32_t node(const std::string& name) { return index(name, nodes_, list_.nodes); }
  std::uint32_t cause(const std::string& name) {
    return index(name.empty() ? "unknown" : name, causes_, list_.causes);
  }
  void problem(std::string what) {
    ++list_.problem_count;
    for (char& c : what)
      if (c < 0x20 || c == 0x7f) c = '?';
    if (list_.problems.size() < kExamples) list_.problems.push_back(std::move(what));
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

tl::expected<FaultList, base::Diagnostics> parse_csv_log(std::string_view text, const std::string& name) {
  FaultList list;
  list.format = "csv";
  Builder builder(list);
  std::istringstream in{std::string(text)};
  Lines lines(in);
  CsvCells csv;
  std::vector<std::string> cells, header;
  std::string_view line;
  const auto column = [&](std::string_view wanted) { return column_of(header, wanted); };
  char separator = ',';
  while (lines.next(line)) {
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    if (header.empty()) {
      if (const auto how = packed_with(line); !how.empty())
        return fail(name, fmt::format("the file is packed with {}", how), "unpack it first");
      if (line[0] == '#' && !line.starts_with("#!")) continue;  // a remark before the header
      for (const char c : {'\t', ';', '|'})
        if (line.find(',') == std::string_view::npos && line.find(c) != std::string_view::npos) separator = c;
    }
    bool readable = true;
    if (separator == ',')
      readable = csv.split(line, cells);
    else
      split_plain(line, separator, cells);
    if (header.empty()) {
      header = cells;
      for (const char* wanted : {"node", "start"})
        if (header.empty() || column(wanted) == header.size()) {
          const std::string kind = file_kind(line);
          return fail(name,
                      fmt::format("the fault log has no column '{}'{}", wanted,
                                  kind.empty() ? "" : "; this looks like " + kind),
                      "columns: node,start,end,cause; dates, or seconds");
        }
      continue;
    }
    if (cells == header) continue;  // files that were put together
    ++list.records;
    const auto cell = [&](std::string_view wanted) {
      const std::size_t i = column(wanted);
      return i < header.size() ? cells[i] : std::string();
    };
    if (!readable || cells.size() != header.size()) {
      builder.problem(
          fmt::format("line {}: {} cells instead of {}", lines.number(), cells.size(), header.size()));
      continue;
    }
    const auto start = timestamp(cell("start"));
    const auto end = timestamp(cell("end"));
    if (cell("node").empty() || !start || (!end && !blank(cell("end")))) {
      builder.problem(fmt::format("line {}: '{}', '{}', '{}' are no node, start and end", lines.number(),
                                  cell("node").substr(0, 40), cell("start").substr(0, 40),
                                  cell("end").substr(0, 40)));
      continue;
    }
    if (end && *end < *start) {
      builder.problem(fmt::format("line {}: ends before it starts", lines.number()));
      continue;
    }
    Fault fault;
    fault.start_s = static_cast<double>(start->us) * 1e-6;
    if (end) fault.end_s = static_cast<double>(end->us) * 1e-6;
    fault.node = builder.node(cell("node"));
    fault.cause = builder.cause(cell("cause"));
    list.faults.push_back(fault);
  }
  builder.finish();
  return list;
}

tl::expected<FaultList, base::Diagnostics> parse_json_log(std::string_view text, const std::string& name) {
  const auto document = nlohmann::json::parse(text, nullptr, false);
  const std::string known = file_kind(text);
  const std::string looks = known.empty() ? "" : "; this looks like " + known;
  if (document.is_discarded()) return fail(name, "this is no valid JSON: it may be cut off");
  if (!document.is_array()) return fail(name, "a fault trace in JSON is a list of events" + looks);
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
      builder.problem(fmt::format("event {}: no node_id and event_time", i + 1));
      continue;
    }
    const double time_s = e["event_time"].get<double>() * kDay_s;
    if (!std::isfinite(time_s) || std::abs(time_s) > 1e12) {
      builder.problem(fmt::format("event {}: an impossible time", i + 1));
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
      if (time_s < before_s) builder.problem(fmt::format("event {}: earlier than the one before", i + 1));
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
        builder.problem(fmt::format("event {}: ends before it starts", i + 1));
    } else {
      builder.problem(fmt::format("event {}: {}", i + 1,
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
  if (first == std::string_view::npos) return fail(name, "the file is empty");
  const bool json = text[first] == '[' || text[first] == '{';
  auto list = json ? parse_json_log(text, name) : parse_csv_log(text, name);
  if (list && list->faults.empty())
    return fail(name, list->problems.empty() ? "the log holds no fault" : list->problems.front());
  if (list && list->problem_count * 2 > list->records)
    return fail(name, fmt::format("{} of {} records cannot be read; the first: {}", list->problem_count,
                                  list->records, list->problems.front()));
  return list;
}

tl::expected<FaultList, base::Diagnostics> read_faults(const std::filesystem::path& file) {
  const auto text = config::read_text_file(file, kMostBytes);
  if (!text) return tl::unexpected(base::Diagnostics{text.error()});
  return parse_faults(*text, file.string());
}

}  // namespace gigawatt::logs
