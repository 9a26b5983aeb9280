// Standard Workload Format 2.2 (Chapin et al., JSSPP 1999; Parallel Workloads Archive).
#include <algorithm>

#include <fmt/format.h>

#include "gigawatt/logs/job_format.h"
#include "gigawatt/logs/lines.h"

namespace gigawatt::logs {
namespace {

constexpr std::size_t kFields = 18;
// Fields, from 0.
enum : std::size_t { kNumber, kSubmit, kWait, kRun, kAllocated, kRequested = 7, kLimit, kStatus = 10, kUser };
constexpr std::int64_t kCancelled = 5;

class Swf : public JobFormat {
 public:
  explicit Swf(JobSink& sink) : sink_(sink) { sink_.list().unit = "processor"; }

  std::optional<std::string> line(std::uint32_t number, const std::string& text) override {
    if (text[0] == ';') {
      header(text);
      return std::nullopt;
    }
    ++sink_.list().quality.lines;
    record(number, text);
    return std::nullopt;
  }

 private:
  void header(const std::string& text) {
    const auto value = [&](std::string_view key) -> std::optional<std::int64_t> {
      const std::size_t at = text.find(key);
      if (at == std::string::npos || text.find_first_not_of("; \t") != at) return std::nullopt;
      std::vector<std::string_view> words;
      split_blanks(std::string_view(text).substr(at + key.size()), words);
      return words.empty() ? std::nullopt : whole(words[0]);
    };
    if (const auto v = value("UnixStartTime:"); v && *v > 0 && *v < 100'000'000'000)
      start_us_ = *v * 1'000'000;
    if (const auto v = value("MaxProcs:"); v && *v > 0) sink_.list().cluster_units = *v;
    if (const auto v = value("MaxNodes:"); v && *v > 0 && sink_.list().cluster_units == 0)
      sink_.list().cluster_units = *v;
  }

  void record(std::uint32_t number, const std::string& text) {
    split_blanks(text, cells_);
    if (cells_.size() != kFields)
      return sink_.finding(Finding::kBroken, number, fmt::format("{} numbers instead of 18", cells_.size()));
    std::array<double, kFields> v{};
    for (std::size_t i = 0; i < kFields; ++i) {
      const auto parsed = logs::number(cells_[i]);
      if (!parsed)
        return sink_.finding(Finding::kBroken, number, fmt::format("'{}' is no number", cells_[i]));
      v[i] = *parsed;
    }
    const auto submit = seconds_us(cells_[kSubmit]);
    const auto wait = seconds_us(cells_[kWait]);
    const auto run = seconds_us(cells_[kRun]);
    const auto limit = seconds_us(cells_[kLimit]);
    if (!submit || !wait || !run || !limit)
      return sink_.finding(Finding::kBroken, number, "a time of more than 10,000 years");
    LoggedJob job;
    job.id = std::string(cells_[kNumber]);
    job.line = number;
    job.submit = {start_us_ + *submit};
    job.wait_us = std::max<std::int64_t>(*wait, -1);
    job.run_us = *run;
    job.estimate_us = std::max<std::int64_t>(*limit, 0);
    if (*submit < 0)
      return sink_.finding(Finding::kImpossible, number,
                           fmt::format("job {} was submitted at {}", job.id, cells_[kSubmit]));
    if (v[kStatus] == kCancelled && *run <= 0)
      return sink_.finding(Finding::kNotRun, number, fmt::format("job {} was cancelled", job.id));
    if (*run < 0)
      return sink_.finding(Finding::kNotRun, number, fmt::format("job {} has no run time", job.id));
    if (v[kUser] >= 0) job.account = sink_.account(std::string(cells_[kUser]));
    if (sink_.set_units(job, v[kAllocated] > 0 ? v[kAllocated] : v[kRequested])) sink_.add(std::move(job));
  }

  JobSink& sink_;
  std::int64_t start_us_ = 0;
  std::vector<std::string_view> cells_;
};

}  // namespace

std::unique_ptr<JobFormat> swf_format(JobSink& sink) { return std::make_unique<Swf>(sink); }

}  // namespace gigawatt::logs
