// The jobs of a batch as one row of the result.
#include <algorithm>
#include <map>
#include <numeric>

#include "gigawatt/fleet/simulation.h"

namespace gigawatt::fleet {
namespace {

struct Sums {
  std::vector<double> waits_s;
  double stretch = 0;
  std::map<std::string, double> causes;
  std::map<std::string, double> lost;
};

double quantile(std::vector<double>& values, double share) {
  if (values.empty()) return 0;
  const auto at =
      values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace

void Simulation::fill_batches(FleetResult& r) const {
  std::vector<Sums> sums(r.jobs.size());
  for (std::uint32_t j = 0; j < r.jobs.size(); ++j) {
    if (!model_.jobs[j].is_batch()) continue;
    r.jobs[j].batch = BatchResult{};
    r.jobs[j].accelerators_mean.resize(r.months.size());
  }
  for (std::uint32_t j = static_cast<std::uint32_t>(r.jobs.size()); j < model_.jobs.size(); ++j) {
    const JobModel& m = model_.jobs[j];
    JobResult& row = r.jobs[m.batch];
    Sums& sum = sums[m.batch];
    BatchResult& batch = *row.batch;
    ++batch.jobs;
    if (m.earliest >= now()) continue;
    if (!state_.departed.has(j) && (!state_.jobs.has(j) || !state_.jobs[j].started)) {
      ++batch.waiting;
      continue;
    }
    const DepartedJob s = state_.departed.has(j) ? state_.departed[j] : as_departed(j);
    switch (s.status) {
      case JobStatus::kWaiting: ++batch.waiting; break;
      case JobStatus::kRunning: ++batch.running; break;
      case JobStatus::kCompleted: ++batch.completed; break;
      case JobStatus::kStopped: ++batch.stopped; break;
    }
    if (!row.started || s.start < row.start) row.start = s.start;
    row.started = true;
    const bool ended = s.status == JobStatus::kCompleted || s.status == JobStatus::kStopped;
    const base::SimTime end = ended ? s.end : now();
    row.end = std::max(row.end, end);
    sum.waits_s.push_back((s.start - m.earliest).to_seconds());
    const GangOption& option = m.options()[s.option];
    const PoolModel& pool = model_.pools[option.pool];
    const NodeKind& kind = model_.kinds[pool.kind];
    if (state_.gangs.has(j)) row.accelerators += state_.gangs[j].nodes * kind.accelerators;
    const auto place = [](std::string& shown, const std::string& one) {
      if (shown.empty() || shown == one)
        shown = one;
      else
        shown = kSeveral;
    };
    place(row.site, model_.sites[pool.site].name);
    place(row.system, kind.system);
    if (s.status == JobStatus::kCompleted)
      sum.stretch += (s.end - m.earliest).to_seconds() / base::Duration{m.useful_us(option)}.to_seconds();
    for (std::size_t use = 0; use < kHourUses; ++use) row.hours.hours[use] += s.hours.hours[use];
    row.it_energy_j += s.it_j;
    row.facility_energy_j += s.facility_j;
    row.co2_kg += s.co2_kg;
    row.water_m3 += s.water_m3;
    row.cost_usd += s.cost_usd;
    row.slowdowns += s.slowdowns;
    row.preemptions += s.preemptions;
    row.running_s += (end - s.start).to_seconds();
    const auto& classes = kind.failures.classes();
    for (const auto& [i, time] : s.lost_to)
      if (time != 0)
        sum.lost[i < kBlames ? std::string(kBlameNames[i]) : classes[i - kBlames].name] += to_hours(time);
    for (const auto& [c, count] : s.interruptions) {
      if (classes[c].planned) {
        row.planned_stops += count;
        continue;
      }
      row.interruptions += count;
      sum.causes[classes[c].name] += static_cast<double>(count);
    }
  }
  for (std::uint32_t j = 0; j < r.jobs.size(); ++j) {
    JobResult& row = r.jobs[j];
    if (!row.batch) continue;
    BatchResult& batch = *row.batch;
    const double held = row.hours.total();
    row.goodput = held > 0 ? row.hours[HourUse::kUseful] / held : 0;
    row.interruptions_by_cause.assign(sums[j].causes.begin(), sums[j].causes.end());
    row.lost_hours_by_cause.assign(sums[j].lost.begin(), sums[j].lost.end());
    std::vector<double>& waits = sums[j].waits_s;
    if (!waits.empty())
      batch.wait_mean_s =
          std::accumulate(waits.begin(), waits.end(), 0.0) / static_cast<double>(waits.size());
    batch.wait_p50_s = quantile(waits, 0.5);
    batch.wait_p95_s = quantile(waits, 0.95);
    if (batch.completed > 0) batch.stretch_mean = sums[j].stretch / static_cast<double>(batch.completed);
    const bool over = batch.completed + batch.stopped == batch.jobs;
    row.status = over ? JobStatus::kCompleted : row.started ? JobStatus::kRunning : JobStatus::kWaiting;
    if (batch.stopped > 0)
      r.warnings.push_back("batch '" + row.name + "': failures left no progress to " +
                           std::to_string(batch.stopped) + " of its jobs, which were stopped");
  }
}

}  // namespace gigawatt::fleet
