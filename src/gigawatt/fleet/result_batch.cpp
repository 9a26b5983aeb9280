// The jobs of a batch as one row of the result.
#include <algorithm>
#include <map>

#include "gigawatt/fleet/simulation.h"

namespace gigawatt::fleet {
namespace {

void fill_waits(Waits& waits, BatchResult& batch) {
  batch.wait_mean_s = waits.mean();
  batch.wait_p50_s = waits.quantile(0.5);
  batch.wait_p95_s = waits.quantile(0.95);
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

std::vector<std::uint32_t> Books::members() const {
  std::vector<std::uint32_t> there;
  state_.line.members.for_each_sparse([&](std::uint32_t j) { there.push_back(j); });
  std::sort(there.begin(), there.end());
  return there;
}

void Books::fill_batches(FleetResult& r) const {
  std::vector<BatchLedger> ledgers = state_.books.batches;
  for (std::uint32_t j = 0; j < r.jobs.size(); ++j) {
    if (!model_.jobs[j].is_batch()) continue;
    r.jobs[j].batch = BatchResult{};
    r.jobs[j].accelerators_mean.resize(r.months.size());
  }
  for (const BatchModel& batch : model_.batches) r.jobs[batch.row].batch->jobs = batch.count;
  for (const std::uint32_t j : members()) {
    const Member& member = state_.line.members[j];
    if (member.arrival >= now()) continue;
    const std::uint32_t number = model_.batches[member.batch].row;
    JobResult& row = r.jobs[number];
    if (!state_.books.jobs.has(j) || !state_.books.jobs[j].started) {
      ++row.batch->waiting;
      continue;
    }
    const GangOption& option = parts_.gangs.option_of(j);
    row.accelerators +=
        state_.gangs.each[j].nodes * model_.kinds[model_.pools[option.pool].kind].accelerators;
    if (state_.books.jobs[j].status == JobStatus::kWaiting) ++row.batch->waiting;
    ledgers[number].add(model_, member, option, state_.books.jobs[j], now());
  }
  for (std::uint32_t j = 0; j < r.jobs.size(); ++j) {
    JobResult& row = r.jobs[j];
    if (!row.batch) continue;
    BatchLedger& ledger = ledgers[j];
    BatchResult& batch = *row.batch;
    batch.running = ledger.running;
    batch.completed = ledger.completed;
    batch.stopped = ledger.stopped;
    row.started = ledger.waits.count() > 0;
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
    fill_waits(ledger.waits, batch);
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
