#include "gigawatt/fleet/batch_ledger.h"

#include <algorithm>

#include "gigawatt/fleet/state.h"

namespace gigawatt::fleet {

void BatchLedger::add(const FleetModel& model, const JobModel& job, const GangOption& option,
                      const JobState& state, base::SimTime now) {
  const bool ended = state.status == JobStatus::kCompleted || state.status == JobStatus::kStopped;
  const base::SimTime until = ended ? state.end : now;
  switch (state.status) {
    case JobStatus::kWaiting: break;
    case JobStatus::kRunning: ++running; break;
    case JobStatus::kCompleted: ++completed; break;
    case JobStatus::kStopped: ++stopped; break;
  }
  start = std::min(start, state.start);
  end = std::max(end, until);
  span_us += (until - state.start).us;
  waits_s.push_back((state.start - job.earliest).to_seconds());
  if (state.status == JobStatus::kCompleted)
    stretch += (state.end - job.earliest).to_seconds() / base::Duration{job.useful_us(option)}.to_seconds();
  for (std::size_t use = 0; use < kHourUses; ++use) node_time[use] += state.node_time[use];
  held += state.held;
  it_energy += state.it_energy;
  facility_j += state.facility_j;
  co2_kg += state.co2_kg;
  water_m3 += state.water_m3;
  cost_usd += state.energy_usd + state.held_usd;
  slowdowns += state.slowdowns;
  preemptions += state.preemptions;
  pools.resize(model.pools.size());
  pools[option.pool] = true;
  interruptions.resize(model.kinds.size());
  lost_to.resize(model.kinds.size());
  const std::uint32_t kind = model.pools[option.pool].kind;
  for (const auto& [cause, count] : state.interruptions) interruptions[kind][cause] += count;
  for (const auto& [cause, time] : state.lost_to) lost_to[kind][cause] += time;
}

}  // namespace gigawatt::fleet
