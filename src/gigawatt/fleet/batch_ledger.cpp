#include "gigawatt/fleet/batch_ledger.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/fleet/state.h"

namespace gigawatt::fleet {

namespace {

// Class 0 is everything below a millisecond; the last one ends beyond any run.
constexpr double kLeast_s = 1e-3;
constexpr double kClassesPerDoubling = 64;
constexpr std::size_t kClasses = 3000;

}  // namespace

void Waits::count_in_class(double seconds) {
  const double at =
      seconds < kLeast_s ? 0 : 1 + std::floor(kClassesPerDoubling * std::log2(seconds / kLeast_s));
  ++classes_[std::min(kClasses - 1, static_cast<std::size_t>(at))];
}

void Waits::add(double seconds) {
  ++count_;
  sum_ += seconds;
  if (classes_.empty() && exact_.size() < most_exact_) {
    exact_.push_back(seconds);
    return;
  }
  if (classes_.empty()) {
    classes_.resize(kClasses);
    for (const double one : exact_) count_in_class(one);
    exact_ = {};
  }
  count_in_class(seconds);
}

double Waits::quantile(double share) {
  if (count_ == 0) return 0;
  auto rank = static_cast<std::ptrdiff_t>(share * static_cast<double>(count_ - 1));
  if (classes_.empty()) {
    std::nth_element(exact_.begin(), exact_.begin() + rank, exact_.end());
    return exact_[static_cast<std::size_t>(rank)];
  }
  for (std::size_t c = 0; c < kClasses; ++c)
    if ((rank -= classes_[c]) < 0)
      return c == 0 ? 0 : kLeast_s * std::exp2((static_cast<double>(c) - 0.5) / kClassesPerDoubling);
  return 0;
}

void BatchLedger::add(const FleetModel& model, const Member& job, const GangOption& option,
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
  waits.add((state.start - job.arrival).to_seconds());
  if (state.status == JobStatus::kCompleted)
    stretch += (state.end - job.arrival).to_seconds() / base::Duration{job.useful_us}.to_seconds();
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
