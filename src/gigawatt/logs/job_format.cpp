#include "gigawatt/logs/job_format.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace gigawatt::logs {
namespace {

std::string named(const LoggedJob& job) { return job.id.empty() ? "" : "job " + job.id; }

}  // namespace

JobSink::JobSink(JobList& list, const ReadOptions& options)
    : list_(list), options_(options), last_submit_{std::numeric_limits<std::int64_t>::min()} {
  list_.accounts.emplace_back();
  accounts_.emplace("", 0);
}

bool JobSink::complete(std::uint32_t line, std::size_t cells, std::size_t wanted) {
  if (cells == wanted) return true;
  finding(Finding::kBroken, line, fmt::format("{} cells instead of {}", cells, wanted));
  return false;
}

std::uint32_t JobSink::account(const std::string& name) {
  const auto [entry, added] = accounts_.try_emplace(name, static_cast<std::uint32_t>(list_.accounts.size()));
  if (added) list_.accounts.push_back(name);
  return entry->second;
}

bool JobSink::set_units(LoggedJob& job, double units) {
  constexpr double kMost = 1e9;
  if (!(units > 0)) {
    finding(Finding::kNoUnits, job.line, named(job));
    return false;
  }
  if (units > kMost) {
    finding(Finding::kBroken, job.line, fmt::format("job {} of {:g} {}s", job.id, units, list_.unit));
    return false;
  }
  job.units = static_cast<std::int64_t>(std::ceil(units));
  if (units != std::floor(units))
    finding(Finding::kFraction, job.line, fmt::format("job {} of {:g} {}s", job.id, units, list_.unit));
  return true;
}

void JobSink::add(LoggedJob job) {
  const std::int64_t most = options_.cluster_units > 0 ? options_.cluster_units : list_.cluster_units;
  if (job.run_us < 0) {
    finding(Finding::kImpossible, job.line,
            fmt::format("job {} ran {:g} s", job.id, static_cast<double>(job.run_us) * 1e-6));
    return;
  }
  if (most > 0 && job.units > most) {
    finding(Finding::kMissingMachine, job.line,
            fmt::format("job {} of {} {}s, the cluster has {}", job.id, job.units, list_.unit, most));
    return;
  }
  if (job.estimate_us > 0 && job.run_us > job.estimate_us)
    finding(Finding::kOverEstimate, job.line, named(job));
  if (job.submit < last_submit_) finding(Finding::kUnsorted, job.line, named(job));
  last_submit_ = std::max(last_submit_, job.submit);
  list_.jobs.push_back(std::move(job));
}

void JobSink::add(LoggedJob job, std::optional<base::SimTime> start, std::optional<base::SimTime> end) {
  if (!start) return finding(Finding::kNotRun, job.line, named(job));
  if (!end) return finding(Finding::kNotEnded, job.line, named(job));
  if (*end < *start)
    return finding(Finding::kImpossible, job.line, fmt::format("job {} ends before it starts", job.id));
  if (*start < job.submit)
    return finding(Finding::kImpossible, job.line,
                   fmt::format("job {} starts {:g} s before it was submitted", job.id,
                               (job.submit - *start).to_seconds()));
  job.wait_us = (*start - job.submit).us;
  job.run_us = (*end - *start).us;
  add(std::move(job));
}

void JobSink::drop_duplicates() {
  // By hash, then by the name itself: a set of a million names would take more room than the jobs.
  std::vector<std::pair<std::size_t, std::uint32_t>> order;
  order.reserve(list_.jobs.size());
  for (std::uint32_t i = 0; i < list_.jobs.size(); ++i)
    if (!list_.jobs[i].id.empty()) order.emplace_back(std::hash<std::string>()(list_.jobs[i].id), i);
  std::sort(order.begin(), order.end());
  std::vector<std::uint32_t> twice;
  for (std::size_t i = 0; i < order.size(); ++i)
    for (std::size_t j = i; j-- > 0 && order[j].first == order[i].first;)
      if (list_.jobs[order[j].second].id == list_.jobs[order[i].second].id) {
        twice.push_back(order[i].second);
        break;
      }
  if (twice.empty()) return;
  std::sort(twice.begin(), twice.end());
  for (const std::uint32_t i : twice) finding(Finding::kDuplicate, list_.jobs[i].line, named(list_.jobs[i]));
  std::size_t kept = 0;
  std::size_t next = 0;
  for (std::uint32_t i = 0; i < list_.jobs.size(); ++i) {
    if (next < twice.size() && twice[next] == i) {
      ++next;
      continue;
    }
    if (kept != i) list_.jobs[kept] = std::move(list_.jobs[i]);
    ++kept;
  }
  list_.jobs.resize(kept);
}

void JobSink::finish() {
  drop_duplicates();
  std::stable_sort(list_.jobs.begin(), list_.jobs.end(),
                   [](const LoggedJob& a, const LoggedJob& b) { return a.submit < b.submit; });
  list_.quality.kept = list_.jobs.size();
}

std::size_t Header::find(std::string_view name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  return found == names_.end() ? std::string::npos : static_cast<std::size_t>(found - names_.begin());
}

std::optional<std::string> Header::missing(std::string_view format,
                                           const std::vector<std::string_view>& required) const {
  std::vector<std::string_view> absent;
  for (const auto name : required)
    if (find(name) == std::string::npos) absent.push_back(name);
  if (absent.empty()) return std::nullopt;
  return fmt::format("a {} log needs the columns {}; this one has no {} but {}", format,
                     fmt::join(required, ", "), fmt::join(absent, ", "), fmt::join(names_, ", "));
}

}  // namespace gigawatt::logs
