// Standard Workload Format 2.2 (Chapin et al., JSSPP 1999; Parallel Workloads Archive).
#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

#include <fmt/format.h>

#include "gigawatt/logs/job_format.h"
#include "gigawatt/logs/lines.h"

namespace gigawatt::logs {
namespace {

constexpr std::size_t kFields = 18;
// Fields, from 0.
enum : std::size_t {
  kNumber,
  kSubmit,
  kWait,
  kRun,
  kAllocated,
  kRequested = 7,
  kLimit = 8,
  kStatus = 10,
  kUser = 11,
  kPreceding = 16,
  kThink = 17
};
constexpr double kFirstPart = 2, kLastPart = 4,
                 kCancelled = 5;  // statuses; 2 to 4 are runs of a swapped-out job

bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// A whole number of at most 15 digits is read by hand: a log has eighteen of them on each line. Where one stands at `at`,
/// `at` is behind it then.
bool quick(const char*& at, const char* end, double& value) {
  const char* p = at;
  const bool negative = *p == '-';
  if (negative && end - p > 2 && p[1] == '1' && is_blank(p[2])) {  // not known: most cells are
    value = -1;
    at = p + 2;
    return true;
  }
  if (negative) ++p;
  constexpr std::ptrdiff_t kDigits = 15;
  const char *first = p, *const stop = end - p > kDigits ? p + kDigits : end;
  std::int64_t n = 0;
  for (; p != stop && static_cast<unsigned char>(*p - '0') < 10; ++p) n = 10 * n + (*p - '0');
  if (p == first || (p != end && !is_blank(*p))) return false;
  value = static_cast<double>(negative ? -n : n);
  at = p;
  return true;
}

class Swf : public JobFormat {
 public:
  explicit Swf(JobSink& sink) : sink_(sink) { sink_.list().unit = "processor"; }

  std::optional<std::string> line(std::uint32_t number, std::string_view text) override {
    if (text[0] == ';') {
      header(text);
      return std::nullopt;
    }
    ++sink_.list().quality.lines;
    record(number, text);
    return std::nullopt;
  }

  /// A header may say nodes only: they are the processors where no job has more.
  void finish() override {
    JobList& list = sink_.list();
    if (list.cluster_units == 0 && nodes_ > 0) {
      const auto larger = std::count_if(list.jobs.begin(), list.jobs.end(),
                                        [&](const LoggedJob& job) { return job.units > nodes_; });
      if (larger == 0)
        list.cluster_units = nodes_;
      else
        list.notes.push_back(
            fmt::format("the header says {} nodes and no MaxProcs, and {} jobs have more processors: how "
                        "large the cluster is, is not known",
                        nodes_, larger));
    }
    sink_.finish(true);
  }

 private:
  void header(std::string_view text) {
    const auto value = [&](std::string_view key) -> std::optional<std::int64_t> {
      const std::size_t at = text.find(key);
      if (at == std::string::npos || text.find_first_not_of("; \t") != at) return std::nullopt;
      std::vector<std::string_view> words;
      split_blanks(text.substr(at + key.size()), words);
      return words.empty() ? std::nullopt : whole(words[0]);
    };
    if (const auto v = value("UnixStartTime:"); v && *v > 0 && *v < 100'000'000'000)
      start_us_ = *v * 1'000'000;
    if (const auto v = value("MaxProcs:"); v && *v > 0) sink_.list().cluster_units = *v;
    if (const auto v = value("MaxNodes:"); v && *v > 0) nodes_ = *v;
  }

  /// The eighteen numbers of a line into `values_`; false: a finding.
  bool numbers(std::uint32_t line, std::string_view text) {
    std::size_t n = 0;
    const char *at = text.data(), *const end = at + text.size();
    std::optional<std::string_view> wrong;
    const auto cell = [&] {  // the next one; empty behind the last
      while (at != end && is_blank(*at)) ++at;
      const char* begin = at;
      while (at != end && !is_blank(*at)) ++at;
      return std::string_view(begin, static_cast<std::size_t>(at - begin));
    };
    const char* before = at;
    id_ = cell();
    for (at = before; n < kFields; ++n) {
      while (at != end && is_blank(*at)) ++at;
      if (at == end) break;
      if (quick(at, end, values_[n])) continue;
      const std::string_view slow = cell();
      const auto parsed = logs::number(slow);
      if (!parsed && !wrong) wrong = slow;
      values_[n] = parsed.value_or(0);
    }
    while (!cell().empty()) ++n;
    if (n != kFields)
      sink_.finding(Finding::kBroken, line, fmt::format("{} numbers instead of 18", n));
    else if (wrong)
      sink_.finding(Finding::kBroken, line, fmt::format("'{}' is no number", *wrong));
    return n == kFields && !wrong;
  }

  /// Seconds, which must lie within 10,000 years.
  static bool microseconds(double seconds, std::int64_t& us) {
    constexpr double kLongestSpan_s = 10'000.0 * 366 * 86'400;
    if (std::abs(seconds) > kLongestSpan_s) return false;
    const auto whole = static_cast<std::int64_t>(seconds);
    us = static_cast<double>(whole) == seconds ? whole * 1'000'000 : std::llround(seconds * 1e6);
    return true;
  }

  std::uint32_t user(double number) {
    constexpr double kMost = 1e9;
    if (!(std::abs(number) <= kMost) || std::trunc(number) != number)
      return sink_.account(fmt::format("{:g}", number));
    const auto key = static_cast<std::int64_t>(number);
    const auto [entry, added] = users_.try_emplace(key, 0);
    if (added) entry->second = sink_.account(fmt::format("{}", key));
    return entry->second;
  }

  void record(std::uint32_t number, std::string_view text) {
    if (!numbers(number, text)) return;
    const auto& v = values_;
    LoggedJob job;
    std::int64_t submit = 0, wait = 0, run = 0, limit = 0, think = 0;
    if (!microseconds(v[kSubmit], submit) || !microseconds(v[kWait], wait) || !microseconds(v[kRun], run) ||
        !microseconds(v[kLimit], limit) || !microseconds(v[kThink], think))
      return sink_.finding(Finding::kBroken, number, "a time of more than 10,000 years");
    job.id = id_;
    job.line = number;
    job.submit = {start_us_ + submit};
    job.wait_us = std::max<std::int64_t>(wait, -1);
    if (job.wait_us < 0) job.wait_us = -1;
    job.run_us = run;
    job.estimate_us = std::max<std::int64_t>(limit, 0);
    const double units = v[kAllocated] > 0 ? v[kAllocated] : v[kRequested];
    const double work = run > 0 && units > 0 ? units * static_cast<double>(run) * 1e-6 : 0;
    if (v[kStatus] >= kFirstPart && v[kStatus] <= kLastPart)
      return sink_.finding(Finding::kPart, number, fmt::format("of job {}", job.id), work);
    if (submit < 0)
      return sink_.finding(Finding::kImpossible, number,
                           fmt::format("job {} was submitted at {:g}", job.id, v[kSubmit]), work);
    if (v[kStatus] == kCancelled && run <= 0)
      return sink_.finding(Finding::kNotRun, number, fmt::format("job {} was cancelled", job.id), 0);
    if (run < 0)
      return sink_.finding(Finding::kNotRun, number, fmt::format("job {} has no run time", job.id), 0);
    if (v[kUser] >= 0) job.account = user(v[kUser]);
    if (v[kPreceding] > 0) {
      job.think_us = std::max<std::int64_t>(think, 0);
      sink_.depends(number, fmt::format("{:g}", v[kPreceding]));
    }
    if (sink_.set_units(job, units)) sink_.add(std::move(job));
  }

  JobSink& sink_;
  std::int64_t start_us_ = 0;
  std::int64_t nodes_ = 0;
  std::string_view id_;
  std::array<double, kFields> values_{};
  std::unordered_map<std::int64_t, std::uint32_t> users_;
};

}  // namespace

std::unique_ptr<JobFormat> swf_format(JobSink& sink) { return std::make_unique<Swf>(sink); }

}  // namespace gigawatt::logs
