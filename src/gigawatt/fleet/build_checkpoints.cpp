// How often a gang saves, where to, and what that and its failures make of its duration.
#include <algorithm>
#include <cmath>

#include "gigawatt/fleet/build_model.h"
#include "gigawatt/reliability/goodput.h"

namespace gigawatt::fleet {
namespace {

// An interval is at least this long, so that a run of free checkpoints and no failures has finitely many of them.
constexpr double kShortestInterval_s = 1;
constexpr double kLongestInterval_s = 1e9;

std::int64_t microseconds(double s) { return base::Duration::seconds(std::min(s, 1e11)).us; }

}  // namespace

void ModelBuilder::plan_checkpoints(const scenario::Job& job, GangOption& option, double checkpoint_bytes,
                                    double longest_step_s) const {
  const PoolModel& pool = model_.pools[option.pool];
  const NodeKind& kind = model_.kinds[pool.kind];
  const scenario::CheckpointPolicy& policy = job.checkpoint ? *job.checkpoint : scenario_.checkpoint;
  const catalog::FailureTable& fallback = default_failures();
  const catalog::FailureTable& table = failure_table();
  const auto known = [&](catalog::Sourced catalog::FailureTable::* field) {
    return table.*field > 0 ? (table.*field).value : (fallback.*field).value;
  };
  double storage = policy.storage_bandwidth.si();
  if (storage <= 0) storage = known(&catalog::FailureTable::storage_bandwidth);
  const double write_s = checkpoint_bytes / storage;
  const auto accelerators = static_cast<double>(option.accelerators);
  double stall_s = write_s;
  double lag_s = 0;
  if (policy.async) {
    // Only the copy off the device stops the job; the file is whole when the background write is done.
    const double device = policy.device_bandwidth.si() * accelerators;
    stall_s = device > 0 ? checkpoint_bytes / device
                         : write_s / std::max(1.0, fallback.checkpoint_stall_reduction.value);
    lag_s = write_s;
  }
  const double nodes = kind.frailty.effective(
      option.nodes, std::llround(kind.frailty.lemon_share * static_cast<double>(option.nodes)));
  const double rate = kind.failures.stop_rate(static_cast<double>(option.nodes), nodes);

  // One write must end before the next begins, and a checkpoint belongs to a step.
  const auto interval = [&](double wanted_s, double write_time_s) {
    double s = wanted_s;
    if (s <= 0) {
      if (checkpoint_bytes <= 0)
        s = known(&catalog::FailureTable::checkpoint_interval);
      else
        s = rate > 0 ? reliability::daly_interval_s(std::max(stall_s, 1e-6), 1 / rate) : kLongestInterval_s;
    }
    return std::clamp(std::max({s, write_time_s - stall_s, longest_step_s}), kShortestInterval_s,
                      kLongestInterval_s);
  };
  const bool fixed = policy.policy == scenario::IntervalPolicy::kFixed;
  const double remote_s = interval(fixed || checkpoint_bytes <= 0 ? policy.interval.si() : 0, lag_s);
  double cycle_s = remote_s;
  const auto faster = [&](const std::optional<scenario::CheckpointTier>& tier,
                          catalog::Sourced catalog::FailureTable::* field) {
    const double bandwidth = tier && tier->bandwidth.si() > 0 ? tier->bandwidth.si() : known(field);
    const double copy_s = tier && bandwidth > 0 ? checkpoint_bytes / (bandwidth * accelerators) : 0;
    return std::pair(tier ? interval(tier->interval.si(), copy_s) : kLongestInterval_s, copy_s);
  };
  const auto [memory_s, memory_copy_s] = faster(policy.memory, &catalog::FailureTable::memory_bandwidth);
  const auto [local_s, local_copy_s] = faster(policy.local, &catalog::FailureTable::local_bandwidth);
  // The fastest tier sets the rhythm, the others take every n-th of its checkpoints.
  if (policy.memory) cycle_s = std::min(cycle_s, memory_s);
  if (policy.local) cycle_s = std::min(cycle_s, local_s);
  const auto every = [&](double tier_s) {
    return std::max<std::int64_t>(1, std::llround(std::min(tier_s / cycle_s, 1e9)));
  };
  option.interval_us = microseconds(cycle_s);
  option.stall_us = microseconds(stall_s);
  option.lag_us = microseconds(lag_s);
  option.tiers[2] = {every(remote_s), option.lag_us, microseconds(write_s)};
  if (policy.memory)
    option.tiers[0] = {every(memory_s), microseconds(memory_copy_s), microseconds(memory_copy_s)};
  if (policy.local)
    option.tiers[1] = {every(local_s), microseconds(local_copy_s), microseconds(local_copy_s)};

  double recovery_s = 0;
  double detection_s = 0;
  for (const auto& c : kind.failures.classes()) {
    recovery_s = std::max(recovery_s, c.restart_s);
    if (!c.drawn_detection && !c.planned) detection_s = std::max(detection_s, c.detection_s);
  }
  if (kind.restart.known)
    recovery_s =
        kind.restart.diagnosis_s + kind.restart.replacement_s + kind.restart.initialisation_s + write_s;
  const double ettr = reliability::ettr_renewal(rate, {cycle_s, stall_s, lag_s}, {detection_s, recovery_s});
  const double useful_s = static_cast<double>(option.useful_us) * 1e-6;
  option.expected_us = microseconds(useful_s / std::max(ettr, 1e-6) + recovery_s);
}

}  // namespace gigawatt::fleet
