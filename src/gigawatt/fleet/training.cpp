// Life of a gang: restart -> productive -> (failure) hung -> restart ..., until the work is done.
#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "gigawatt/base/check.h"
#include "gigawatt/fleet/productive.h"
#include "gigawatt/fleet/simulation.h"

namespace gigawatt::fleet {
namespace {

// Phases are cut here: longer ones cannot be told from endless.
constexpr std::int64_t kLongestPhase_us = 10'000'000'000'000'000;

}  // namespace

void Gangs::enter(std::uint32_t job, GangPhase phase) {
  account_gang(job);
  GangState& g = state_.gangs.each[job];
  const std::uint32_t site = model_.pools[option_of(job).pool].site;
  const std::int64_t before = g.nodes * gang_power(job);
  g.phase = phase;
  g.phase_start = now();
  parts_.sites.load({site, g.nodes * gang_power(job) - before, Activity::kTraining});
}

void Gangs::place_in_pods(std::uint32_t job) {
  GangState& g = state_.gangs.each[job];
  const GangOption& option = option_of(job);
  PoolState& pool = state_.pools.each[option.pool];
  const std::int64_t size = model_.kinds[model_.pools[option.pool].kind].pod_nodes;
  g.pods.clear();
  if (size == 0) return;
  // Where one island is enough, take the fullest that has room.
  const auto count = static_cast<std::uint32_t>(pool.pod_gang_nodes.size());
  std::uint32_t fullest = kNoIndex;
  for (std::uint32_t i = 0; i < count && option.nodes <= size; ++i)
    if (pool.pod_gang_nodes[i] + option.nodes <= size &&
        (fullest == kNoIndex || pool.pod_gang_nodes[i] > pool.pod_gang_nodes[fullest]))
      fullest = i;
  if (fullest != kNoIndex) {
    pool.pod_gang_nodes[fullest] += option.nodes;
    g.pods.emplace_back(fullest, option.nodes);
    return;
  }
  // Else the emptiest islands first, so that a gang spans as few as it can.
  std::vector<std::uint32_t> order(count);
  for (std::uint32_t i = 0; i < count; ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return pool.pod_gang_nodes[a] < pool.pod_gang_nodes[b];
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

void Gangs::start_gang(std::uint32_t job, const GangOption& option) {
  if (!state_.gangs.each.has(job)) parts_.books.add_job(job);
  GangState& g = state_.gangs.each[job];
  JobState& j = state_.books.jobs[job];
  const JobModel& m = job_model(job);
  g.option = static_cast<std::uint32_t>(&option - m.options().data());
  PoolState& pool = state_.pools.each[option.pool];
  GW_CHECK(pool.idle.value() >= option.nodes, "gang '{}' of {} nodes, {} idle", m.name, option.nodes,
           pool.idle.value());
  g.lemons =
      draw_lemons(option.nodes, pool.idle.value() + pool.elastic_nodes, pool.free_lemons, g.failure_stream);
  pool.free_lemons -= g.lemons;
  parts_.pools.change_idle(option.pool, -option.nodes);
  pool.gang_nodes += option.nodes;
  g.nodes = option.nodes;
  const auto& failures = model_.kinds[model_.pools[option.pool].kind].failures;
  if (failures.domains()) {
    g.slot = pool.gangs.add(job);
    pool.gangs.set(g.slot, g.nodes);
  }
  place_in_pods(job);
  const bool first = !j.started;
  if (first) {
    parts_.line.note_start(job);
    pool.newest_start = std::max(pool.newest_start, g.queued_at);
    j.started = true;
    j.start = now();
    j.first_month = state_.books.month;
    j.month_energy.resize(1);
    j.month_node_time.resize(1);
    g.blame = static_cast<std::uint32_t>(Blame::kStart);
  }
  j.status = JobStatus::kRunning;
  j.reason.clear();
  parts_.line.hold(job, option.nodes);
  g.held_from = now();
  g.expected_end = now() + base::Duration{parts_.line.estimate_us(job, option)};
  g.accounted = now();
  begin_restart(job);
  parts_.line.running_begins(job);
  if (first) parts_.line.heed({Fate::Kind::kStarted, job, option.nodes});
}

void Gangs::schedule_gang(std::uint32_t job, std::int64_t phase_us) {
  // The phase ends after phase_us, unless a node or the job fails before.
  GangState& g = state_.gangs.each[job];
  const std::uint32_t pool = option_of(job).pool;
  const double phase_s = static_cast<double>(phase_us) * 1e-6;
  const auto failure = parts_.pools.next_failure(pool, static_cast<double>(g.nodes),
                                                 parts_.pools.frailty(pool).effective(g.nodes, g.lemons), 1,
                                                 g.failure_stream, phase_s);
  g.failing = failure.delay_s < phase_s;
  if (g.failing) g.next_cause = failure.cause;
  g.phase_end = now() + base::Duration{phase_us};
  const std::int64_t after =
      g.failing ? std::min(base::Duration::seconds(failure.delay_s).us, phase_us) : phase_us;
  g.event = parts_.clock.schedule(now() + base::Duration{after}, EventKind::kGang, job);
}

void Gangs::begin_restart(std::uint32_t job) {
  GangState& g = state_.gangs.each[job];
  enter(job, GangPhase::kRestarting);
  const GangOption& option = option_of(job);
  const NodeKind& kind = model_.kinds[model_.pools[option.pool].kind];
  const auto& classes = kind.failures.classes();
  const bool first = g.blame == static_cast<std::uint32_t>(Blame::kStart);
  const bool resumed = g.blame == static_cast<std::uint32_t>(Blame::kPreemption);
  const double load_s =
      base::Duration{option.tiers[static_cast<std::size_t>(g.restored_from)].load_us}.to_seconds();
  // Without its parts the first start takes as long as a restart of the first class.
  double restart_s = !classes.empty() ? classes[g.cause].restart_s : resumed ? load_s : 0;
  if (kind.restart.known) {
    restart_s = kind.restart.initialization_s;
    if (!first && !resumed && !cause_of(job).planned) restart_s += kind.restart.diagnosis_s;
    if (!g.whole_nodes) restart_s += kind.restart.replacement_s;
    if (!first) restart_s += load_s;
  }
  const bool own = option.restart_us >= 0 && !first && !resumed && !cause_of(job).planned;
  schedule_gang(job, own ? option.restart_us : base::Duration::seconds(restart_s).us);
}

void Gangs::begin_productive(std::uint32_t job) {
  GangState& g = state_.gangs.each[job];
  enter(job, GangPhase::kProductive);
  g.accounted_useful_us = 0;
  g.accounted_checkpoint_us = 0;
  size_up(job);
  const GangOption& option = option_of(job);
  const Int128 left = parts_.line.useful_us(job, option) - g.base_us;
  const auto work_us = static_cast<std::int64_t>(
      std::min<Int128>((left * 1'000'000 + g.progress_ppm - 1) / g.progress_ppm, kLongestPhase_us));
  schedule_gang(job, std::min(duration_us(cycle_of(option), work_us), kLongestPhase_us));
  const base::SimTime call_until = state_.sites.each[model_.pools[option.pool].site].call_until;
  if (call_until > now()) pause(job, call_until);
}

void Gangs::on_gang(std::uint32_t job) {
  GangState& g = state_.gangs.each[job];
  if (g.failing) {
    if (class_of(job, g.next_cause).slowdown > 0) return slow_down(job, g.next_cause);
    return interrupt(job, g.next_cause);
  }
  switch (g.phase) {
    case GangPhase::kRestarting: return begin_productive(job);
    case GangPhase::kProductive: return complete(job);
    case GangPhase::kHung: return noticed(job);
    case GangPhase::kSlowed:
    case GangPhase::kPaused: return resume(job);
    case GangPhase::kSaving: return saved(job);
    default:
      GW_CHECK(false, "gang {} has an event in phase {}", parts_.line.job_name(job),
               static_cast<int>(g.phase));
  }
}

void Gangs::give_nodes_back(std::uint32_t job) {
  GangState& g = state_.gangs.each[job];
  const std::uint32_t pool_id = option_of(job).pool;
  PoolState& pool = state_.pools.each[pool_id];
  parts_.line.hold(job, -option_of(job).nodes);
  const std::int64_t nodes = g.nodes;
  pool.gang_nodes -= nodes;
  pool.free_lemons += g.lemons;
  g.nodes = 0;
  g.lemons = 0;
  if (g.slot != kNoIndex) pool.gangs.release(g.slot);
  g.slot = kNoIndex;
  std::erase(pool.shrunken, job);
  for (const auto& [pod, taken] : g.pods) pool.pod_gang_nodes[pod] -= taken;
  if (g.phase != GangPhase::kDone) g.pods.clear();
  parts_.pools.node_free(pool_id, nodes);
  parts_.line.request_dispatch();
}

void Gangs::release_gang(std::uint32_t job) {
  GangState& g = state_.gangs.each[job];
  if (g.phase == GangPhase::kSaving)
    state_.pools.each[option_of(job).pool].saving_nodes -= g.nodes;
  else
    parts_.line.running_ends(job);
  enter(job, GangPhase::kDone);
  state_.books.jobs[job].end = now();
  give_nodes_back(job);
}

void Gangs::complete(std::uint32_t job) {
  GangState& g = state_.gangs.each[job];
  account_gang(job);
  g.base_us = parts_.line.useful_us(job, option_of(job));
  state_.books.jobs[job].status = JobStatus::kCompleted;
  release_gang(job);
  parts_.line.heed({Fate::Kind::kEnded, job, 0});
}

void Gangs::give_up(std::uint32_t job) {
  JobState& j = state_.books.jobs[job];
  const std::int64_t interruptions = j.interruptions.total();
  const double hours = (now() - j.start).to_hours();
  j.status = JobStatus::kStopped;
  j.reason = fmt::format(
      "failures leave no progress: {} interruptions in {:.1f} h (one every {:.1f} min) on {} accelerators; a "
      "smaller "
      "gang, faster detection and restart, or more frequent checkpoints would help",
      interruptions, hours, 60 * hours / static_cast<double>(interruptions), option_of(job).accelerators);
  release_gang(job);
  parts_.line.heed({Fate::Kind::kEnded, job, 0});
}

}  // namespace gigawatt::fleet
