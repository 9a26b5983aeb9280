// How often a gang saves, where to, and what that and its failures make of its duration.
#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "gigawatt/fleet/build_model.h"
#include "gigawatt/reliability/goodput.h"

namespace gigawatt::fleet {
namespace {

// An interval is at least this long, so that a run of free checkpoints and no failures has finitely many of them.
constexpr double kShortestInterval_s = 1;
constexpr double kLongestInterval_s = 1e9;

std::int64_t bounded_microseconds(double s) { return base::Duration::seconds(std::min(s, 1e11)).us; }

}  // namespace

void ModelBuilder::plan_checkpoints(const scenario::Job& job, GangOption& option, double checkpoint_bytes,
                                    double longest_step_s, double storage_share) const {
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
  const double write_s = checkpoint_bytes / (storage * storage_share);
  const auto accelerators = static_cast<double>(option.accelerators);
  double stall_s = write_s;
  double lag_s = 0;
  if (policy.async) {
    // Only the copy off the device stops the job; the file is whole when the background write is done.
    const double device = policy.device_bandwidth.si() * accelerators;
    stall_s = device > 0 ? checkpoint_bytes / device
                         : write_s / std::max(1.0, fallback.checkpoint_stall_reduction.value);
    lag_s = write_s;
    // All ranks agree on the step, plan the write and hand over: no copy is free of that. Peers' memory and local disks
    // are written without it.
    if (checkpoint_bytes > 0 && !policy.memory && !policy.local)
      stall_s = std::max(stall_s, known(&catalog::FailureTable::checkpoint_stall));
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
  option.interval_us = bounded_microseconds(cycle_s);
  option.stall_us = bounded_microseconds(stall_s);
  option.lag_us = bounded_microseconds(lag_s);
  option.tiers[2] = {every(remote_s), option.lag_us, bounded_microseconds(write_s)};
  if (policy.memory)
    option.tiers[0] = {every(memory_s), bounded_microseconds(memory_copy_s),
                       bounded_microseconds(memory_copy_s)};
  if (policy.local)
    option.tiers[1] = {every(local_s), bounded_microseconds(local_copy_s),
                       bounded_microseconds(local_copy_s)};

  double recovery_s = 0;
  double detection_s = 0;
  for (const auto& c : kind.failures.classes()) {
    recovery_s = std::max(recovery_s, c.restart_s);
    if (!c.drawn_detection && !c.planned) detection_s = std::max(detection_s, c.detection_s);
  }
  if (kind.restart.known)
    recovery_s =
        kind.restart.diagnosis_s + kind.restart.replacement_s + kind.restart.initialization_s + write_s;
  if (job.detection) option.detection_us = bounded_microseconds(job.detection->si());
  if (job.restart) option.restart_us = bounded_microseconds(job.restart->si());
  if (job.detection) detection_s = job.detection->si();
  if (job.restart) recovery_s = job.restart->si();
  const double ettr = reliability::ettr_renewal(rate, {cycle_s, stall_s, lag_s}, {detection_s, recovery_s});
  const double useful_s = static_cast<double>(option.useful_us) * 1e-6;
  option.expected_us =
      bounded_microseconds(job.estimate_factor * (useful_s / std::max(ettr, 1e-6) + recovery_s));
}

void ModelBuilder::warn_of_slow_storage(const JobModel& job) {
  if (job.gangs.empty()) return;
  const GangOption& option = job.gangs.front();
  const NodeKind& kind = model_.kinds[model_.pools[option.pool].kind];
  const auto nodes = static_cast<double>(option.nodes);
  const double rate = kind.failures.stop_rate(nodes, nodes);
  const double write_s = base::Duration{option.tiers[2].load_us}.to_seconds();
  if (!(rate * write_s > 1)) return;
  model_.warnings.push_back(
      fmt::format("job '{}': a checkpoint takes {:.1f} h to write to storage, but the job fails every {:.1f} "
                  "h: little is ever saved",
                  job.name, write_s / 3600, 1 / rate / 3600));
}

void ModelBuilder::share_storage() {
  const auto count = static_cast<std::uint32_t>(scenario_.jobs.size());
  // When each training is to run: after those it waits for, as long as is to be expected with the storage to itself.
  std::vector<base::SimTime> begin(count), end(count);
  for (std::uint32_t j = 0; j < count; ++j) begin[j] = model_.jobs[j].earliest;
  bool moved = true;
  for (std::uint32_t round = 0; moved && round <= count; ++round) {
    moved = false;
    for (std::uint32_t j = 0; j < count; ++j) {
      const JobModel& m = model_.jobs[j];
      std::int64_t longest_us = 0;
      for (const GangOption& option : m.gangs) longest_us = std::max(longest_us, option.expected_us);
      end[j] = begin[j] + base::Duration{longest_us};
      const base::SimTime before = begin[j];
      for (const std::uint32_t other : m.after) begin[j] = std::max(begin[j], end[other] + m.delay);
      if (m.starts_with != kNoIndex) begin[j] = std::max(begin[j], begin[m.starts_with]);
      moved = moved || begin[j] != before || round == 0;
    }
  }
  const auto shares = [&](std::uint32_t j) {
    const auto& own = scenario_.jobs[j].checkpoint;  // with a bandwidth of its own it has storage of its own
    return !model_.jobs[j].gangs.empty() && !(own && own->storage_bandwidth.si() > 0);
  };
  const auto largest_at = [&](std::uint32_t j, std::uint32_t site) {
    std::int64_t most = 0;
    for (const GangOption& option : model_.jobs[j].gangs)
      if (model_.pools[option.pool].site == site) most = std::max(most, option.accelerators);
    return static_cast<double>(most);
  };
  for (std::uint32_t j = 0; j < count; ++j) {
    if (!shares(j)) continue;
    for (GangOption& option : model_.jobs[j].gangs) {
      const std::uint32_t site = model_.pools[option.pool].site;
      double others = 0;
      for (std::uint32_t k = 0; k < count; ++k)
        if (k != j && shares(k) && begin[j] < end[k] && begin[k] < end[j]) others += largest_at(k, site);
      // The largest gang of each, so that shares add up to at most the whole whichever sizes are chosen.
      const auto own = static_cast<double>(option.accelerators);
      if (others > 0) finish_gang(scenario_.jobs[j], option, own / (largest_at(j, site) + others));
    }
  }
  for (const JobModel& job : model_.jobs) warn_of_slow_storage(job);
}

}  // namespace gigawatt::fleet
