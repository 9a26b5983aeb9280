#include "gigawatt/engine/serving_trace.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>
#include <unordered_set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/config/csv.h"

namespace gigawatt::engine {
namespace {

constexpr std::size_t kMostProblems = 20;
constexpr double kCharactersPerToken = 4;  // of English text, in the tokenizers of today

base::Diagnostic at_line(const std::string& name, std::size_t line, const std::string& what,
                         const std::string& hint = {}) {
  return base::error("bad-trace", fmt::format("{}:{}: {}", name, line, what), hint);
}

std::optional<double> number(std::string_view text) {
  double x = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), x);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(x)) return std::nullopt;
  return x;
}

/// Days since 1970 of a civil date (Hinnant's algorithm).
double days(int y, int m, int d) {
  y -= m <= 2;
  const int era = (y >= 0 ? y : y - 399) / 400;
  const int of_era = y - era * 400;
  const int of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  return era * 146097.0 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/// Seconds of "2023-11-16 18:15:46.6805900", with or without a zone of +00:00, or of a plain number.
std::optional<double> seconds_of(const std::string& text) {
  if (const auto plain = number(text)) return plain;
  int y = 0, m = 0, d = 0, hour = 0, minute = 0;
  double second = 0;
  if (std::sscanf(text.c_str(), "%d-%d-%d%*1[ T]%d:%d:%lf", &y, &m, &d, &hour, &minute, &second) != 6)
    return std::nullopt;
  return days(y, m, d) * 86400 + hour * 3600 + minute * 60 + second;
}

/// Collects requests and what is wrong with them.
class Collector {
 public:
  Collector(const std::string& name, RequestTrace& out) : name_(name), out_(out) {}

  void add(std::size_t line, std::optional<double> time, std::optional<double> input,
           std::optional<double> output, double cached = 0) {
    if (!time || !input || !output) return problem(line, "a time or a length is missing, or no number");
    if (*input < 0 || *output < 0) return problem(line, "a length is negative");
    if (started_ && *time < last_)
      return problem(line, fmt::format("the request comes {:.3g} s before its predecessor", last_ - *time),
                     "sort the trace by time");
    if (!started_) first_ = *time;
    started_ = true;
    last_ = *time;
    if (*input < 1 || *output < 1) {
      ++out_.left_out;
      return;
    }
    out_.requests.push_back({*time - first_, *input, *output, cached / *input});
  }
  void problem(std::size_t line, const std::string& what, const std::string& hint = {}) {
    if (problems_.size() < kMostProblems) problems_.push_back(at_line(name_, line, what, hint));
  }
  base::Diagnostics& problems() { return problems_; }

 private:
  const std::string& name_;
  RequestTrace& out_;
  base::Diagnostics problems_;
  bool started_ = false;
  double first_ = 0;
  double last_ = 0;
};

struct CsvFormat {
  const char* name;
  const char* time;
  const char* input;
  const char* output;
};
constexpr CsvFormat kCsvFormats[] = {{"azure", "TIMESTAMP", "ContextTokens", "GeneratedTokens"},
                                     {"burstgpt", "Timestamp", "Request tokens", "Response tokens"},
                                     {"gigawatt", "arrival_s", "input", "output"}};

bool read_csv_trace(std::string_view text, const std::string& name, RequestTrace& out, Collector& collector) {
  const auto table = config::parse_csv(text, name);
  if (!table) {
    collector.problems().push_back(table.error());
    return true;
  }
  for (const auto& f : kCsvFormats) {
    if (table->column(f.time) < 0 || table->column(f.input) < 0 || table->column(f.output) < 0) continue;
    out.format = f.name;
    for (std::size_t row = 0; row < table->rows.size(); ++row)
      collector.add(row + 2, seconds_of(table->cell(row, f.time)), number(table->cell(row, f.input)),
                    number(table->cell(row, f.output)));
    return true;
  }
  return false;
}

/// Tokens at the head of a prompt that earlier prompts had too; its blocks are remembered.
double seen_tokens(const nlohmann::json& blocks, double input, std::unordered_set<std::int64_t>& seen) {
  constexpr double kBlock = 512;
  double tokens = 0;
  bool head = true;
  for (const auto& block : blocks) {
    if (!block.is_number_integer()) return 0;
    const bool is_new = seen.insert(block.get<std::int64_t>()).second;
    head = head && !is_new;
    if (head) tokens += kBlock;
  }
  return std::min(tokens, input);
}

void read_json_lines(std::string_view text, RequestTrace& out, Collector& collector) {
  out.format = "mooncake";
  std::unordered_set<std::int64_t> seen;
  std::size_t line = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++line;
    if (part.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const auto j = nlohmann::json::parse(part, nullptr, false);
    const auto value = [&](const char* key) -> std::optional<double> {
      return j.is_object() && j.contains(key) && j[key].is_number() ? std::optional(j[key].get<double>())
                                                                    : std::nullopt;
    };
    auto time = value("timestamp");
    if (time) *time *= 1e-3;
    const auto input = value("input_length");
    double cached = 0;
    if (input && j.contains("hash_ids") && j["hash_ids"].is_array()) {
      out.has_prefixes = true;
      cached = seen_tokens(j["hash_ids"], *input, seen);
    }
    collector.add(line, time, input, value("output_length"), cached);
  }
}

void read_conversations(const nlohmann::json& all, RequestTrace& out, Collector& collector) {
  out.format = "sharegpt";
  std::size_t index = 0;
  for (const auto& chat : all) {
    ++index;
    if (!chat.is_object() || !chat.contains("conversations") || !chat["conversations"].is_array()) {
      collector.problem(index, "no list of conversations");
      continue;
    }
    double before = 0;
    for (const auto& turn : chat["conversations"]) {
      if (!turn.is_object() || !turn.contains("value") || !turn["value"].is_string()) continue;
      const double tokens = std::ceil(
          static_cast<double>(turn["value"].get_ref<const std::string&>().size()) / kCharactersPerToken);
      const bool answer = turn.value("from", "") != "human" && turn.value("from", "") != "user";
      if (answer && before > 0) collector.add(index, 0.0, before, tokens);
      before += tokens;
    }
  }
}

}  // namespace

serving::ServingLoad RequestTrace::mean_load() const {
  const auto count = static_cast<double>(requests.size());
  serving::ServingLoad load;
  for (const auto& r : requests) {
    load.input += r.input / count;
    load.output += r.output / count;
    load.cached += r.cached * r.input / count;
  }
  load.cached /= load.input;
  const double span = requests.back().arrival_s - requests.front().arrival_s;
  load.rate = span > 0 ? (count - 1) / span : 0;
  load.concurrency = span > 0 ? 0 : count;  // all at once
  return load;
}

tl::expected<RequestTrace, base::Diagnostics> parse_trace(std::string_view text, const std::string& name) {
  RequestTrace out;
  Collector collector(name, out);
  const auto first = text.find_first_not_of(" \t\r\n");
  bool known = first != std::string_view::npos;
  if (known && text[first] == '[') {
    const auto all = nlohmann::json::parse(text, nullptr, false);
    known = all.is_array();
    if (known) read_conversations(all, out, collector);
  } else if (known && text[first] == '{') {
    read_json_lines(text, out, collector);
  } else if (known) {
    known = read_csv_trace(text, name, out, collector);
  }
  if (!known)
    return tl::unexpected(base::Diagnostics{base::error(
        "bad-trace", fmt::format("{}: no trace of requests", name),
        "Azure, BurstGPT or Mooncake files, ShareGPT conversations, or CSV with arrival_s, input, output")});
  if (!collector.problems().empty()) return tl::unexpected(collector.problems());
  if (out.requests.empty())
    return tl::unexpected(base::Diagnostics{base::error("bad-trace", fmt::format("{}: no requests", name))});
  return out;
}

}  // namespace gigawatt::engine
