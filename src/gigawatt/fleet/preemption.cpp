// Gangs that have to stop for others, or lose their nodes: they save, give their nodes away, go back into the line, and
// restart from what remote storage holds.
#include <algorithm>

#include "gigawatt/fleet/simulation.h"

namespace gigawatt::fleet {

void Gangs::preempt(std::uint32_t job, std::string_view why) {
  GangState& g = state_.gangs.each[job];
  PoolState& pool = state_.pools.each[option_of(job).pool];
  account_gang(job);
  parts_.line.running_ends(job);
  ++state_.books.jobs[job].preemptions;
  state_.books.jobs[job].reason = why;
  parts_.clock.cancel(g.event);
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
    g.event = parts_.clock.schedule(now() + base::Duration{std::max(writing_us, option_of(job).stall_us)},
                                    EventKind::kGang, job);
    return;
  }
  // Nothing that could be saved now: what only its nodes held is lost with them.
  roll_back(job, Tier::kRemote, done);
  back_into_line(job);
}

void Gangs::saved(std::uint32_t job) {
  GangState& g = state_.gangs.each[job];
  state_.pools.each[option_of(job).pool].saving_nodes -= g.nodes;
  g.saved_us.fill(g.base_us);
  g.best_saved_us = g.base_us;
  g.barren = 0;
  g.restored_from = Tier::kRemote;
  back_into_line(job);
}

void Gangs::back_into_line(std::uint32_t job) {
  JobState& j = state_.books.jobs[job];
  enter(job, GangPhase::kQueued);
  j.status = JobStatus::kWaiting;
  give_nodes_back(job);
  parts_.line.enqueue(job);
}

}  // namespace gigawatt::fleet
