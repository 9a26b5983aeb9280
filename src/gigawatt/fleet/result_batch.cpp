// The jobs of a batch as one row of the result.
#include <algorithm>
#include <map>
#include <numeric>

#include "gigawatt/fleet/simulation.h"

namespace gigawatt::fleet {
namespace {

double quantile(std::vector<double>& values, double share) {
  if (values.empty()) return 0;
  const auto at =
      values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

void fill_waits(std::vector<double> waits_s, BatchResult& batch) {
  if (!waits_s.empty())
    batch.wait_mean_s =
        std::accumulate(waits_s.begin(), waits_s.end(), 0.0) / static_cast<double>(waits_s.size());
  batch.wait_p50_s = quantile(waits_s, 0.5);
  batch.wait_p95_s = quantile(waits_s, 0.95);
}

void fill_places(const FleetModel& model, const std::vector<bool>& pools, JobResult& row) {
  const auto place = [](std::string& shown, const std::string& one) {
    if (shown.empty() || shown == one)
      shown = one;
    else
      shown = kSeveral;
  };
  for (std::uint32_t p = 0; p < pools.size(); ++p) {
    if (!pools[p]) continue;
    place(row.site, model.sites[model.pools[p].site].name);
    place(row.system, model.kinds[model.pools[p].kind].system);
  }
}

void fill_causes(const FleetModel& model, const BatchLedger& ledger, JobResult& row) {
  std::map<std::string, double> causes;
  std::map<std::string, double> lost;
  for (std::size_t kind = 0; kind < ledger.lost_to.size(); ++kind) {
    const auto& classes = model.kinds[kind].failures.classes();
    for (const auto& [i, time] : ledger.lost_to[kind])
      if (time != 0)
        lost[i < kBlames ? std::string(kBlameNames[i]) : classes[i - kBlames].name] += to_hours(time);
    for (const auto& [c, count] : ledger.interruptions[kind]) {
      if (classes[c].planned) {
        row.planned_stops += count;
        continue;
      }
      row.interruptions += count;
      causes[classes[c].name] += static_cast<double>(count);
    }
  }
  row.interruptions_by_cause.assign(causes.begin(), causes.end());
  row.lost_hours_by_cause.assign(lost.begin(), lost.end());
}

}  // namespace

void Books::fill_batches(FleetResult& r) const {
  std::vector<BatchLedger> ledgers = state_.books.batches;
  for (std::uint32_t j = 0; j < r.jobs.size(); ++j) {
    if (!model_.jobs[j].is_batch()) continue;
    r.jobs[j].batch = BatchResult{};
    r.jobs[j].accelerators_mean.resize(r.months.size());
  }
  for (auto j = static_cast<std::uint32_t>(r.jobs.size()); j < model_.jobs.size(); ++j) {
    const JobModel& m = model_.jobs[j];
    JobResult& row = r.jobs[m.batch];
    ++row.batch->jobs;
    if (!state_.books.jobs.has(j) || m.earliest >= now()) continue;
    if (!state_.books.jobs[j].started) {
      ++row.batch->waiting;
      continue;
    }
    const GangOption& option = parts_.gangs.option_of(j);
    row.accelerators +=
        state_.gangs.each[j].nodes * model_.kinds[model_.pools[option.pool].kind].accelerators;
    if (state_.books.jobs[j].status == JobStatus::kWaiting) ++row.batch->waiting;
    ledgers[m.batch].add(model_, m, option, state_.books.jobs[j], now());
  }
  for (std::uint32_t j = 0; j < r.jobs.size(); ++j) {
    JobResult& row = r.jobs[j];
    if (!row.batch) continue;
    BatchLedger& ledger = ledgers[j];
    BatchResult& batch = *row.batch;
    batch.running = ledger.running;
    batch.completed = ledger.completed;
    batch.stopped = ledger.stopped;
    row.started = !ledger.waits_s.empty();
    if (row.started) row.start = ledger.start;
    row.end = std::max(row.end, ledger.end);
    row.running_s = base::Duration{ledger.span_us}.to_seconds();
    for (std::size_t use = 0; use < kHourUses; ++use) row.hours.hours[use] = to_hours(ledger.node_time[use]);
    row.it_energy_j = to_joules(ledger.it_energy);
    row.facility_energy_j = ledger.facility_j;
    row.co2_kg = ledger.co2_kg;
    row.water_m3 = ledger.water_m3;
    row.cost_usd = ledger.cost_usd;
    row.slowdowns = ledger.slowdowns;
    row.preemptions = ledger.preemptions;
    fill_places(model_, ledger.pools, row);
    fill_causes(model_, ledger, row);
    fill_waits(std::move(ledger.waits_s), batch);
    if (batch.completed > 0) batch.stretch_mean = ledger.stretch / static_cast<double>(batch.completed);
    const double held = row.hours.total();
    row.goodput = held > 0 ? row.hours[HourUse::kUseful] / held : 0;
    const bool over = batch.completed + batch.stopped == batch.jobs;
    row.status = over ? JobStatus::kCompleted : row.started ? JobStatus::kRunning : JobStatus::kWaiting;
    if (batch.stopped > 0)
      r.warnings.push_back("batch '" + row.name + "': failures left no progress to " +
                           std::to_string(batch.stopped) + " of its jobs, which were stopped");
  }
}

}  // namespace gigawatt::fleet
