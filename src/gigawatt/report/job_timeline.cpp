#include "gigawatt/report/job_timeline.h"

#include <sstream>

#include <fmt/format.h>

#include "gigawatt/trace/trace.h"

namespace gigawatt::report {

std::string job_timeline(const engine::RunOutput& output) {
  const fleet::FleetResult& r = output.nominal;
  std::ostringstream text;
  trace::ChromeTrace trace(text);
  const auto since = [&](base::SimTime t) { return (t - r.start).to_seconds(); };
  // The last process holds jobs of no single site.
  const auto others = static_cast<std::int32_t>(r.sites.size());
  for (std::int32_t s = 0; s < others; ++s) trace.name_process(s, r.sites[static_cast<std::size_t>(s)].name);
  trace.name_process(others, "several sites");
  for (std::size_t j = 0; j < r.jobs.size(); ++j) {
    const fleet::JobResult& job = r.jobs[j];
    if (!job.started) continue;
    std::int32_t process = others;
    for (std::int32_t s = 0; s < others; ++s)
      if (r.sites[static_cast<std::size_t>(s)].name == job.site) process = s;
    const trace::Track track{process, static_cast<std::int32_t>(j)};
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
  return text.str();
}

}  // namespace gigawatt::report
