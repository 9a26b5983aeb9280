#include "gigawatt/report/job_timeline.h"

#include <map>
#include <string_view>

#include <fmt/format.h>

#include "gigawatt/report/page_bounds.h"
#include "gigawatt/trace/trace.h"

namespace gigawatt::report {

void write_job_timeline(const engine::RunOutput& output, std::ostream& out) {
  const fleet::FleetResult& r = output.nominal;
  trace::ChromeTrace trace(out);
  const auto since = [&](base::SimTime t) { return (t - r.start).to_seconds(); };
  // The last process holds jobs of no single site.
  const auto others = static_cast<std::int32_t>(r.sites.size());
  std::map<std::string_view, std::int32_t> processes;
  for (std::int32_t s = 0; s < others; ++s) {
    const std::string& name = r.sites[static_cast<std::size_t>(s)].name;
    processes[name] = s;
    trace.name_process(s, name);
  }
  trace.name_process(others, "several sites");
  for (const std::size_t j : largest_jobs(r, kMostTimelineJobs)) {
    const fleet::JobResult& job = r.jobs[j];
    if (!job.started) continue;
    const auto process = processes.find(job.site);
    const trace::Track track{process == processes.end() ? others : process->second,
                             static_cast<std::int32_t>(j)};
    trace.name_thread(track, job.name);
    const base::SimTime end = job.status == fleet::JobStatus::kRunning ? r.end : job.end;
    trace.span(track, fmt::format("{} ({} accelerators)", job.name, job.accelerators), job.kind,
               since(job.start), since(end));
  }
  for (std::int32_t s = 0; s < others; ++s) {
    const fleet::SiteResult& site = r.sites[static_cast<std::size_t>(s)];
    for (std::size_t m = 0; m < r.months.size() && m < site.accelerators_end.size(); ++m) {
      trace.counter(s, "accelerators", "count", since(r.months[m]), site.accelerators_end[m]);
      trace.counter(s, "IT load", "MW", since(r.months[m]), site.load_it_w_mean[m] / 1e6);
    }
  }
  trace.close();
}

std::string timeline_left_out(const engine::RunOutput& output) {
  const std::size_t jobs = output.nominal.jobs.size();
  if (jobs <= kMostTimelineJobs) return {};
  return fmt::format("the {} largest of {} jobs are drawn", kMostTimelineJobs, jobs);
}

}  // namespace gigawatt::report
