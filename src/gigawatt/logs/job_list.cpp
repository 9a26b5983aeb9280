#include "gigawatt/logs/job_list.h"

#include <cmath>

#include <fmt/format.h>

#include "gigawatt/config/csv.h"

namespace gigawatt::logs {
namespace {

constexpr std::size_t kExamples = 5;

/// Seconds with the digits that they need.
std::string seconds(std::int64_t us) {
  if (us % 1'000'000 == 0) return fmt::format("{}", us / 1'000'000);
  std::string text =
      fmt::format("{}{}.{:06d}", us < 0 ? "-" : "", std::abs(us) / 1'000'000, std::abs(us) % 1'000'000);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

}  // namespace

void Quality::add(Finding finding, std::uint32_t line, std::string what, double unit_s) {
  FindingCount& f = findings[static_cast<std::size_t>(finding)];
  ++f.count;
  f.last_line = line;
  if (std::isfinite(unit_s))
    f.unit_s += unit_s;
  else
    ++f.unsized;
  // What a hostile log says must not reach a terminal as it is.
  for (char& c : what)
    if (c < 0x20 || c == 0x7f) c = '?';
  if (f.examples.size() < kExamples) f.examples.emplace_back(line, std::move(what));
}

std::string jobs_csv_header() {
  return "id,submit_s,wait_s,run_s,estimate_s,units,priority,account,eligible_s,after,think_s,gang\n";
}

std::string jobs_csv_row(const JobList& list, const LoggedJob& job) {
  const bool waits_for = job.after != LoggedJob::kNone;
  return fmt::format("{},{},{},{},{},{},{},{},{},{},{},{}\n", config::csv_cell(job.id),
                     seconds(job.submit.us), job.wait_us < 0 ? "" : seconds(job.wait_us), seconds(job.run_us),
                     job.estimate_us > 0 ? seconds(job.estimate_us) : "", job.units, job.priority,
                     config::csv_cell(list.accounts[job.account]),
                     job.held_us > 0 ? seconds(job.submit.us + job.held_us) : "",
                     waits_for ? config::csv_cell(list.jobs[job.after].id) : "",
                     waits_for && job.think_us > 0 ? seconds(job.think_us) : "",
                     job.gang == LoggedJob::kNone ? "" : fmt::format("{}", job.gang));
}

}  // namespace gigawatt::logs
