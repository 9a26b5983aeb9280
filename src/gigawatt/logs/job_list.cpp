#include "gigawatt/logs/job_list.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

#include "gigawatt/config/csv.h"

namespace gigawatt::logs {
namespace {

constexpr std::size_t kExamples = 5;

// Cells of a row, each with the comma behind it.

void add_number(std::string& out, std::int64_t number) {
  const fmt::format_int digits(number);
  out.append(digits.data(), digits.size());
  out += ',';
}

/// With the digits that they need.
void add_seconds(std::string& out, std::int64_t us) {
  if (us % 1'000'000 == 0) return add_number(out, us / 1'000'000);
  out += fmt::format("{}{}.{:06d}", us < 0 ? "-" : "", std::abs(us) / 1'000'000, std::abs(us) % 1'000'000);
  out.erase(out.find_last_not_of('0') + 1);
  out += ',';
}

void add_text(std::string& out, std::string_view text) {
  const bool plain =
      std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c != ',' && c != '"'; });
  if (plain)
    out += text;
  else
    out += config::csv_cell(text);
  out += ',';
}

void add_seconds_if(std::string& out, bool known, std::int64_t us) {
  if (known)
    add_seconds(out, us);
  else
    out += ',';
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

void add_jobs_csv_row(const JobList& list, const LoggedJob& job, std::string& out) {
  const bool waits_for = job.after != LoggedJob::kNone;
  add_text(out, job.id);
  add_seconds(out, job.submit.us);
  add_seconds_if(out, job.wait_us >= 0, job.wait_us);
  add_seconds(out, job.run_us);
  add_seconds_if(out, job.estimate_us > 0, job.estimate_us);
  add_number(out, job.units);
  add_number(out, job.priority);
  add_text(out, list.accounts[job.account]);
  add_seconds_if(out, job.held_us > 0, job.submit.us + job.held_us);
  add_text(out, waits_for ? std::string_view(list.jobs[job.after].id) : std::string_view());
  add_seconds_if(out, waits_for && job.think_us > 0, job.think_us);
  if (job.gang == LoggedJob::kNone)
    out += ',';
  else
    add_number(out, job.gang);
  out.back() = '\n';
}

}  // namespace gigawatt::logs
