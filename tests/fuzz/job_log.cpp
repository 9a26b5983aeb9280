/// Any bytes through each reader of job logs; what comes out is a list that can be true, and reads back as it was.

#include <string>

#include "fuzz.h"
#include "gigawatt/logs/read_jobs.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gigawatt;
  using fuzz::require;
  if (size == 0) return 0;
  // The first byte chooses the format, or that it is found out.
  logs::ReadOptions options;
  if (const std::size_t choice = data[0] % (logs::kJobFormats.size() + 1); choice < logs::kJobFormats.size())
    options.format = logs::kJobFormats[choice];
  const std::string_view text = fuzz::as_text(data + 1, size - 1);
  (void)logs::expand_host_list(text, 1000);
  const auto list = logs::parse_jobs(text, "fuzz.log", options);
  if (!list) {
    require(!base::render(list.error()).empty(), "an error can be shown");
    return 0;
  }
  require(list->quality.kept == list->jobs.size(), "kept jobs are counted");
  std::uint64_t accounted = list->quality.kept;
  for (std::size_t i = 0; i < logs::kFindings.size(); ++i) {
    const auto& found = list->quality.findings[i];
    if (logs::kFindings[i].left_out) accounted += found.count;
    require(found.examples.size() <= found.count, "examples are of what was counted");
  }
  require(accounted == list->quality.lines, "each line is a job or has a reason");
  std::string again = logs::jobs_csv_header();
  bool plain = true;  // names with blanks around them or odd bytes are not what this is about
  for (std::size_t i = 0; i < list->jobs.size(); ++i) {
    const auto& job = list->jobs[i];
    require(job.run_us >= 0 && job.wait_us >= -1 && job.estimate_us >= 0, "no time is negative");
    require(job.units > 0 && job.account < list->accounts.size(), "a job can be true");
    require(i == 0 || job.submit >= list->jobs[i - 1].submit, "jobs are in order");
    logs::add_jobs_csv_row(*list, job, again);
    for (const char c : job.id + list->accounts[job.account]) plain = plain && c > 0x20 && c < 0x7f;
  }
  if (list->jobs.empty() || !plain) return 0;
  const auto second =
      logs::parse_jobs(again, "again.csv", {.format = "jobs", .machines = {}, .cluster_units = 0});
  require(second.has_value() && second->jobs.size() == list->jobs.size(), "what was written can be read");
  for (std::size_t i = 0; i < list->jobs.size(); ++i) {
    const auto& a = list->jobs[i];
    const auto& b = second->jobs[i];
    require(a.run_us == b.run_us && a.estimate_us == b.estimate_us &&
                (a.wait_us < 0 ? b.wait_us < 0 : a.wait_us == b.wait_us),
            "times are read as they were written");
    require(a.id == b.id && a.units == b.units && a.priority == b.priority,
            "what was written is read as it was");
  }
  return 0;
}
