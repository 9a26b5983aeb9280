#include "gigawatt/report/replay_schedule.h"

#include <algorithm>

#include <fmt/format.h>

#include "gigawatt/config/csv.h"

namespace gigawatt::report {

ReplaySchedule::ReplaySchedule(const logs::JobList& list, const std::vector<scheduling::ReplayJob>& jobs,
                               int times, Wanted wanted)
    : list_(list),
      jobs_(jobs),
      gangs_(engine::gangs(list)),
      single_(times == 1),
      wanted_(wanted),
      ended_(jobs.size()) {
  if (wanted_.timeline) trace_.emplace(timeline_);
  if (wanted_.rows) rows_ = "job,start_s,end_s,units,wait_s\n";
}

void ReplaySchedule::ran(std::uint32_t job, base::SimTime start, base::SimTime end) {
  const scheduling::ReplayJob& j = jobs_[job];
  const logs::LoggedJob& logged = list_.jobs[j.tag];
  const bool waits = j.after != scheduling::ReplayJob::kNone && ended_[j.after] != base::SimTime{};
  const base::SimTime could_start =
      waits ? std::max(j.submit, ended_[j.after] + base::Duration{j.think_us}) : j.submit;
  ended_[job] = end;
  if (!single_) return stretch(fmt::format("{}", job), j.units, could_start, start, end);
  if (logged.gang == logs::LoggedJob::kNone) return stretch(logged.id, j.units, could_start, start, end);
  for (const std::uint32_t member : gangs_.at(logged.gang)) {
    const logs::LoggedJob& part = list_.jobs[member];
    stretch(part.id, part.units, could_start, start, std::min(end, start + base::Duration{part.run_us}));
  }
}

std::string ReplaySchedule::timeline() {
  trace_->close();
  return std::move(timeline_).str();
}

void ReplaySchedule::stretch(const std::string& name, std::int64_t units, base::SimTime could_start,
                             base::SimTime start, base::SimTime end) {
  if (wanted_.rows)
    rows_ += fmt::format("{},{:.6f},{:.6f},{},{:.6f}\n", config::csv_cell(name),
                         static_cast<double>(start.us) * 1e-6, static_cast<double>(end.us) * 1e-6, units,
                         (start - could_start).to_seconds());
  if (trace_ && ++stretches_ <= kMostBars) bar(name, units, start, end);
}

/// On the lowest lane that is free: bars of one lane must not overlap.
void ReplaySchedule::bar(const std::string& name, std::int64_t units, base::SimTime start,
                         base::SimTime end) {
  const auto found = std::find_if(lanes_.begin(), lanes_.end(), [&](auto until) { return until <= start; });
  const auto lane = found - lanes_.begin();
  if (found == lanes_.end()) lanes_.emplace_back();
  lanes_[static_cast<std::size_t>(lane)] = end;
  const base::SimTime zero = jobs_.front().submit;
  trace_->span({0, static_cast<std::int32_t>(lane)}, fmt::format("{} ({})", name, units), "job",
               (start - zero).to_seconds(), (end - zero).to_seconds());
}

}  // namespace gigawatt::report
