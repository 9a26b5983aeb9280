// Gangs that have to stop for others: they save, give their nodes away, go back into the line, and restart from what
// remote storage holds.
#include <algorithm>

#include "gigawatt/fleet/simulation.h"

namespace gigawatt::fleet {

void Simulation::preempt(std::uint32_t job) {
  GangState& g = state_.gangs[job];
  PoolState& pool = state_.pools[option_of(job).pool];
  account_gang(job);
  running_ends(job);
  ++state_.jobs[job].preemptions;
  state_.queue.cancel(g.event);
  std::erase(pool.starving, job);
  std::erase(pool.shrunken, job);
  const bool works =
      g.phase == GangPhase::kProductive || g.phase == GangPhase::kSlowed || g.phase == GangPhase::kPaused;
  const std::int64_t done = done_us(job);
  if (works) settle_checkpoints(job);
  g.blame = static_cast<std::uint32_t>(Blame::kPreemption);
  g.whole_nodes = true;
  g.base_us = done;
  g.failing = false;
  const std::int64_t writing_us = option_of(job).tier(static_cast<std::size_t>(Tier::kRemote)).load_us;
  if (works && done > g.saved_us[static_cast<std::size_t>(Tier::kRemote)]) {
    // Others get the nodes, so that the whole checkpoint has to be in remote storage first; writing takes as long as
    // reading, and at least the stall of any checkpoint.
    enter(job, GangPhase::kSaving);
    pool.saving_nodes += g.nodes;
    g.event = schedule(now() + base::Duration{std::max(writing_us, option_of(job).stall_us)},
                       EventKind::kGang, job);
    return;
  }
  // Nothing that could be saved now: what only its nodes held is lost with them.
  roll_back(job, Tier::kRemote, done);
  back_into_line(job);
}

void Simulation::saved(std::uint32_t job) {
  GangState& g = state_.gangs[job];
  state_.pools[option_of(job).pool].saving_nodes -= g.nodes;
  g.saved_us.fill(g.base_us);
  g.best_saved_us = g.base_us;
  g.barren = 0;
  g.restored_from = Tier::kRemote;
  back_into_line(job);
}

void Simulation::back_into_line(std::uint32_t job) {
  JobState& j = state_.jobs[job];
  enter(job, GangPhase::kQueued);
  j.status = JobStatus::kWaiting;
  j.reason = "had to stop for a job of higher priority and waits to go on";
  give_nodes_back(job);
  enqueue(job);
}

void Simulation::serve_claims() {
  std::vector<std::uint32_t> left;
  for (const std::uint32_t job : std::exchange(state_.claims, {})) {
    const GangOption& option = option_of(job);
    running_ends(job);
    if (try_start(job, option)) continue;
    if (state_.pools[option.pool].saving_nodes > 0) {
      running_begins(job);
      left.push_back(job);
    } else {
      enqueue(job);  // a failure took what was meant for it
    }
  }
  state_.claims = std::move(left);
}

}  // namespace gigawatt::fleet
