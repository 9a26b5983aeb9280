// Life of a gang: restart -> productive -> (failure) hung -> restart ..., until the work is done.
#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "gigawatt/base/check.h"
#include "gigawatt/fleet/productive.h"
#include "gigawatt/fleet/simulation.h"

namespace gigawatt::fleet {
namespace {

// A training is given up when so many interruptions in a row let nothing be saved, ...
constexpr std::int64_t kBarrenLimit = 1000;
// ... or when after so many interruptions less than a hundredth of its time was of use.
constexpr std::int64_t kHopelessAfter = 2000;
constexpr double kHopelessShare = 0.01;
// Phases are cut here: longer ones cannot be told from endless.
constexpr double kLongestPhase_s = 1e10;

CheckpointCycle cycle_of(const GangOption& option) {
  return {option.interval_us, option.stall_us, option.lag_us};
}

constexpr HourUse use_of(GangPhase phase) {
  switch (phase) {
    case GangPhase::kRestarting: return HourUse::kRestart;
    case GangPhase::kHung: return HourUse::kLost;
    default: return HourUse::kIdle;
  }
}

}  // namespace

std::int64_t Simulation::gang_power(std::uint32_t job) const {
  const GangState& g = state_.gangs[job];
  const GangOption& option = option_of(job);
  const NodeKind& kind = model_.kinds[model_.pools[option.pool].kind];
  switch (g.phase) {
    case GangPhase::kProductive: return option.productive_it_milliw;
    case GangPhase::kHung:
      // A silently corrupted training computes on until somebody notices.
      return kind.failures.classes()[g.cause].silent ? option.productive_it_milliw : kind.hang_it_milliw;
    case GangPhase::kRestarting:
    case GangPhase::kStarving: return kind.idle_it_milliw;
    default: return 0;
  }
}

void Simulation::account_gang(std::uint32_t job) {
  GangState& g = state_.gangs[job];
  if (g.nodes == 0) g.accounted = now();
  if (g.accounted == now()) return;
  JobState& j = state_.jobs[job];
  const GangOption& option = option_of(job);
  const Int128 accelerators = Int128{g.nodes} * model_.kinds[model_.pools[option.pool].kind].accelerators;
  const std::int64_t span_us = now().us - g.accounted.us;
  const auto book = [&](HourUse use, std::int64_t us) {
    j.node_time[static_cast<std::size_t>(use)] += accelerators * us;
  };
  if (g.phase == GangPhase::kProductive) {
    // Work that is not saved yet counts as useful until a failure takes it (interrupt()).
    const ProductiveSplit s = split(cycle_of(option), now().us - g.phase_start.us);
    book(HourUse::kCheckpoint, s.checkpoint_us - g.accounted_checkpoint_us);
    book(HourUse::kUseful, s.useful_us - g.accounted_useful_us);
    j.month_useful += accelerators * (s.useful_us - g.accounted_useful_us);
    g.accounted_checkpoint_us = s.checkpoint_us;
    g.accounted_useful_us = s.useful_us;
  } else {
    book(use_of(g.phase), span_us);
  }
  j.held += accelerators * span_us;
  j.month_held += accelerators * span_us;
  const MilliwattTime energy = Int128{g.nodes} * gang_power(job) * span_us;
  j.it_energy += energy;
  j.month_energy[0] += energy;
  j.month_node_time[0] += Int128{g.nodes} * span_us;
  g.accounted = now();
}

void Simulation::enter(std::uint32_t job, GangPhase phase) {
  account_gang(job);
  GangState& g = state_.gangs[job];
  const std::uint32_t site = model_.pools[option_of(job).pool].site;
  const std::int64_t before = g.nodes * gang_power(job);
  g.phase = phase;
  g.phase_start = now();
  set_load(site, g.nodes * gang_power(job) - before);
}

void Simulation::place_in_pods(std::uint32_t job) {
  // The emptiest islands first, so that a gang spans as few as it can.
  GangState& g = state_.gangs[job];
  const GangOption& option = option_of(job);
  PoolState& pool = state_.pools[option.pool];
  const std::int64_t size = model_.kinds[model_.pools[option.pool].kind].pod_nodes;
  g.pods.clear();
  if (size == 0) return;
  std::vector<std::uint32_t> order(pool.pod_gang_nodes.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  // Where one island is enough, take the fullest that has room.
  const bool one = option.nodes <= size;
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const bool fits_a = one && pool.pod_gang_nodes[a] + option.nodes <= size;
    const bool fits_b = one && pool.pod_gang_nodes[b] + option.nodes <= size;
    if (fits_a != fits_b) return fits_a;
    return fits_a ? pool.pod_gang_nodes[a] > pool.pod_gang_nodes[b]
                  : pool.pod_gang_nodes[a] < pool.pod_gang_nodes[b];
  });
  std::int64_t left = option.nodes;
  for (const std::uint32_t pod : order) {
    const std::int64_t taken = std::min(left, size - pool.pod_gang_nodes[pod]);
    if (taken <= 0) continue;
    pool.pod_gang_nodes[pod] += taken;
    g.pods.emplace_back(pod, taken);
    left -= taken;
    if (left == 0) break;
  }
}

void Simulation::start_gang(std::uint32_t job, const GangOption& option) {
  GangState& g = state_.gangs[job];
  JobState& j = state_.jobs[job];
  const JobModel& m = model_.jobs[job];
  g.option = static_cast<std::uint32_t>(&option - m.gangs.data());
  PoolState& pool = state_.pools[option.pool];
  GW_CHECK(pool.idle.value() >= option.nodes, "gang '{}' of {} nodes, {} idle", m.name, option.nodes,
           pool.idle.value());
  change_idle(option.pool, -option.nodes);
  pool.gang_nodes += option.nodes;
  g.nodes = option.nodes;
  place_in_pods(job);
  j.started = true;
  j.status = JobStatus::kRunning;
  j.start = now();
  j.first_month = state_.month;
  j.month_energy.resize(1);
  j.month_node_time.resize(1);
  j.interruptions.resize(model_.kinds[model_.pools[option.pool].kind].failures.classes().size());
  g.accounted = now();
  begin_restart(job);
  for (const std::uint32_t other : followers_[job]) prerequisite_met(other, now());
}

void Simulation::schedule_gang(std::uint32_t job, std::int64_t phase_us) {
  // The phase ends after phase_us, unless a node or the job fails before.
  GangState& g = state_.gangs[job];
  const std::uint32_t pool = option_of(job).pool;
  const auto failure = next_failure(pool, static_cast<double>(g.nodes), 1, g.failure_stream);
  const double phase_s = static_cast<double>(phase_us) * 1e-6;
  g.failing = failure.delay_s < phase_s;
  if (g.failing) g.cause = failure.cause;
  const std::int64_t after = g.failing ? base::Duration::seconds(failure.delay_s).us : phase_us;
  g.event = schedule(now() + base::Duration{after}, EventKind::kGang, job);
}

void Simulation::begin_restart(std::uint32_t job) {
  GangState& g = state_.gangs[job];
  enter(job, GangPhase::kRestarting);
  const auto& classes = model_.kinds[model_.pools[option_of(job).pool].kind].failures.classes();
  // The first start takes as long as a restart of the first class.
  const double restart_s = classes.empty() ? 0 : classes[g.cause].restart_s;
  schedule_gang(job, base::Duration::seconds(restart_s).us);
}

void Simulation::begin_productive(std::uint32_t job) {
  GangState& g = state_.gangs[job];
  enter(job, GangPhase::kProductive);
  g.accounted_useful_us = 0;
  g.accounted_checkpoint_us = 0;
  const GangOption& option = option_of(job);
  const std::int64_t phase_us = duration_us(cycle_of(option), option.useful_us - g.saved_us);
  schedule_gang(job, std::min(phase_us, base::Duration::seconds(kLongestPhase_s).us));
}

void Simulation::on_gang(std::uint32_t job) {
  GangState& g = state_.gangs[job];
  if (g.failing) return interrupt(job);
  switch (g.phase) {
    case GangPhase::kRestarting: return begin_productive(job);
    case GangPhase::kProductive: return complete(job);
    case GangPhase::kHung: return noticed(job);
    default:
      GW_CHECK(false, "gang '{}' has an event in phase {}", model_.jobs[job].name, static_cast<int>(g.phase));
  }
}

void Simulation::interrupt(std::uint32_t job) {
  GangState& g = state_.gangs[job];
  JobState& j = state_.jobs[job];
  const GangOption& option = option_of(job);
  const std::uint32_t pool_id = option.pool;
  const NodeKind& kind = model_.kinds[model_.pools[pool_id].kind];
  const reliability::FailureClass& cause = kind.failures.classes()[g.cause];
  account_gang(job);
  std::int64_t saved_us = 0;
  if (g.phase == GangPhase::kProductive) {
    const ProductiveSplit s = split(cycle_of(option), now().us - g.phase_start.us);
    saved_us = s.saved_us;
    const CountTime lost = Int128{g.nodes} * kind.accelerators * (s.useful_us - s.saved_us);
    j.node_time[static_cast<std::size_t>(HourUse::kUseful)] -= lost;
    j.node_time[static_cast<std::size_t>(HourUse::kLost)] += lost;
    j.month_useful -= lost;
  }
  g.saved_us += saved_us;
  g.barren = saved_us > 0 ? 0 : g.barren + 1;
  ++j.interruptions[g.cause];
  ++state_.month_failures;

  enter(job, GangPhase::kHung);
  const base::Duration detection = base::Duration::seconds(cause.detection_s);
  if (cause.removes_node) {
    set_load(model_.pools[pool_id].site, -gang_power(job));
    --g.nodes;
    --state_.pools[pool_id].gang_nodes;
    send_to_repair(pool_id, g.cause, detection, g.repair_stream);
  }
  std::int64_t interruptions = 0;
  for (const std::int64_t n : j.interruptions) interruptions += n;
  const double useful = static_cast<double>(j.node_time[static_cast<std::size_t>(HourUse::kUseful)]);
  if (g.barren >= kBarrenLimit ||
      (interruptions >= kHopelessAfter && useful < kHopelessShare * static_cast<double>(j.held)))
    return give_up(job);
  g.failing = false;
  g.event = schedule(now() + detection, EventKind::kGang, job);
}

void Simulation::noticed(std::uint32_t job) {
  GangState& g = state_.gangs[job];
  const GangOption& option = option_of(job);
  PoolState& pool = state_.pools[option.pool];
  if (g.nodes < option.nodes) {
    if (pool.idle.value() == 0) yield_nodes(option.pool, 1, model_.jobs[job]);
    if (pool.idle.value() == 0) {
      if (g.phase != GangPhase::kStarving) enter(job, GangPhase::kStarving);
      pool.starving.push_back(job);
      return;
    }
    account_gang(job);
    change_idle(option.pool, -1);
    ++pool.gang_nodes;
    ++g.nodes;
    set_load(model_.pools[option.pool].site, gang_power(job));
  }
  begin_restart(job);
}

void Simulation::release_gang(std::uint32_t job) {
  GangState& g = state_.gangs[job];
  const std::uint32_t pool_id = option_of(job).pool;
  PoolState& pool = state_.pools[pool_id];
  enter(job, GangPhase::kDone);
  const std::int64_t nodes = g.nodes;
  pool.gang_nodes -= nodes;
  g.nodes = 0;
  for (const auto& [pod, taken] : g.pods) pool.pod_gang_nodes[pod] -= taken;
  state_.jobs[job].end = now();
  node_free(pool_id, nodes);
  request_dispatch();
}

void Simulation::complete(std::uint32_t job) {
  GangState& g = state_.gangs[job];
  g.saved_us = option_of(job).useful_us;
  state_.jobs[job].status = JobStatus::kCompleted;
  release_gang(job);
  for (const std::uint32_t other : dependants_[job])
    prerequisite_met(other, now() + model_.jobs[other].delay);
}

void Simulation::give_up(std::uint32_t job) {
  JobState& j = state_.jobs[job];
  std::int64_t interruptions = 0;
  for (const std::int64_t n : j.interruptions) interruptions += n;
  const double hours = (now() - j.start).to_hours();
  j.status = JobStatus::kStopped;
  j.reason = fmt::format(
      "failures leave no progress: {} interruptions in {:.1f} h (one every {:.1f} min) on {} accelerators; a "
      "smaller "
      "gang, faster detection and restart, or more frequent checkpoints would help",
      interruptions, hours, 60 * hours / static_cast<double>(interruptions), option_of(job).accelerators);
  release_gang(job);
}

}  // namespace gigawatt::fleet
