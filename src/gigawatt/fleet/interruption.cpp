// What stops a gang or slows it down, and how it gets its nodes back.
#include <algorithm>

#include "gigawatt/base/check.h"
#include "gigawatt/fleet/simulation.h"

namespace gigawatt::fleet {
namespace {

// A training is given up when so many interruptions in a row let nothing be saved, ...
constexpr std::int64_t kBarrenLimit = 1000;
// ... or when after so many interruptions less than a hundredth of its time was of use.
constexpr std::int64_t kHopelessAfter = 2000;
constexpr double kHopelessShare = 0.01;

}  // namespace

const reliability::FailureClass& Gangs::class_of(std::uint32_t job, std::uint32_t cause) const {
  return model_.kinds[model_.pools[option_of(job).pool].kind].failures.classes()[cause];
}

void Gangs::lose_nodes(std::uint32_t job, std::int64_t nodes, std::int64_t lemons) {
  GangState& g = state_.gangs.each[job];
  const std::uint32_t pool_id = option_of(job).pool;
  PoolState& pool = state_.pools.each[pool_id];
  account_gang(job);
  parts_.sites.load({model_.pools[pool_id].site, -nodes * gang_power(job), Activity::kTraining});
  g.nodes -= nodes;
  g.lemons -= lemons;
  pool.gang_nodes -= nodes;
  if (g.phase == GangPhase::kSaving) pool.saving_nodes -= nodes;
  g.whole_nodes = false;
  if (g.slot != kNoIndex) pool.gangs.set(g.slot, g.nodes);
}

bool Gangs::gives_up(std::uint32_t job) const {
  const GangState& g = state_.gangs.each[job];
  const JobState& j = state_.books.jobs[job];
  if (g.barren >= kBarrenLimit) return true;
  const std::int64_t interruptions = j.interruptions.total();
  const double useful = static_cast<double>(j.node_time[static_cast<std::size_t>(HourUse::kUseful)]);
  return interruptions >= kHopelessAfter && useful < kHopelessShare * static_cast<double>(j.held);
}

void Gangs::interrupt(std::uint32_t job, std::uint32_t cause_id) {
  GangState& g = state_.gangs.each[job];
  JobState& j = state_.books.jobs[job];
  const std::uint32_t pool_id = option_of(job).pool;
  const reliability::FailureClass& cause = class_of(job, cause_id);
  account_gang(job);
  ++j.interruptions[cause_id];
  if (!cause.planned) ++state_.books.month_failures;
  const double detection_s =
      cause.drawn_detection ? g.failure_stream.exponential(cause.detection_s) : cause.detection_s;
  const std::int64_t own_us = option_of(job).detection_us;
  const bool own = own_us >= 0 && !cause.drawn_detection && !cause.planned;
  const base::Duration detection = own ? base::Duration{own_us} : base::Duration::seconds(detection_s);
  const bool in_vain = g.phase == GangPhase::kHung;  // corrupted, and not noticed yet
  const std::int64_t done = done_us(job);
  if (!in_vain) {
    settle_checkpoints(job);
    if (cause.planned) {  // saved before it stops
      g.saved_us[static_cast<std::size_t>(Tier::kRemote)] = done;
      g.barren = 0;
    }
    g.cause = cause_id;
    g.blame = static_cast<std::uint32_t>(kBlames) + cause_id;
    g.whole_nodes = true;
    enter(job, GangPhase::kHung);
    parts_.board.tell(Fate{Fate::Kind::kInterrupted, job, g.nodes}, now());
    g.noticed_at = now() + detection;
  }
  if (cause.removes_node) {
    const Frailty& f = parts_.pools.frailty(pool_id);
    const bool lemon = g.lemons > 0 && g.failure_stream.uniform() * f.effective(g.nodes, g.lemons) <
                                           f.lemon_factor * static_cast<double>(g.lemons);
    lose_nodes(job, 1, lemon ? 1 : 0);
    parts_.pools.send_to_repair(pool_id, cause_id, lemon, detection, g.repair_stream);
  }
  // Only remote storage keeps checkpoints from before a corruption.
  if (!in_vain) roll_back(job, cause.silent || cause.planned ? Tier::kRemote : best_tier(job), done);
  if (gives_up(job)) return give_up(job);
  if (cause_of(job).silent && g.nodes > 0) return schedule_gang(job, (g.noticed_at - now()).us);
  g.failing = false;
  g.event = parts_.clock.schedule(g.noticed_at, EventKind::kGang, job);
}

void Gangs::hit_gang(std::uint32_t job, std::uint32_t cause_id, std::int64_t nodes) {
  GangState& g = state_.gangs.each[job];
  const reliability::FailureClass& cause = class_of(job, cause_id);
  PoolState& pool = state_.pools.each[option_of(job).pool];
  account_gang(job);
  ++state_.books.jobs[job].interruptions[cause_id];
  const std::int64_t done = done_us(job);
  settle_checkpoints(job);
  g.blame = static_cast<std::uint32_t>(kBlames) + cause_id;
  const bool running =
      g.phase != GangPhase::kHung && g.phase != GangPhase::kStarving && g.phase != GangPhase::kSaving;
  if (running) {
    parts_.clock.cancel(g.event);
    g.cause = cause_id;
    enter(job, GangPhase::kHung);
    parts_.board.tell(Fate{Fate::Kind::kInterrupted, job, g.nodes}, now());
    const std::int64_t own_us = option_of(job).detection_us;
    g.noticed_at =
        now() + (own_us >= 0 ? base::Duration{own_us} : base::Duration::seconds(cause.detection_s));
    g.failing = false;
    g.event = parts_.clock.schedule(g.noticed_at, EventKind::kGang, job);
  }
  lose_nodes(job, nodes, draw_lemons(nodes, g.nodes, g.lemons, pool.victim_stream));
  // Peers of the lost nodes stood beside them: only remote storage is whole.
  roll_back(job, Tier::kRemote, done);
  if (gives_up(job)) {
    parts_.clock.cancel(g.event);
    std::erase(pool.starving, job);
    give_up(job);
  }
}

bool Gangs::take_idle_nodes(std::uint32_t job) {
  GangState& g = state_.gangs.each[job];
  const GangOption& option = option_of(job);
  PoolState& pool = state_.pools.each[option.pool];
  const std::int64_t taken = std::min(option.nodes - g.nodes, pool.idle.value());
  if (taken == 0) return g.nodes == option.nodes;
  account_gang(job);
  const std::int64_t lemons =
      draw_lemons(taken, pool.idle.value() + pool.elastic_nodes, pool.free_lemons, g.repair_stream);
  pool.free_lemons -= lemons;
  g.lemons += lemons;
  parts_.pools.change_idle(option.pool, -taken);
  pool.gang_nodes += taken;
  g.nodes += taken;
  parts_.sites.load({model_.pools[option.pool].site, taken * gang_power(job), Activity::kTraining});
  if (g.slot != kNoIndex) pool.gangs.set(g.slot, g.nodes);
  return g.nodes == option.nodes;
}

bool Gangs::can_shrink_to(std::uint32_t job, std::int64_t nodes) const {
  const GangOption& option = option_of(job);
  if (option.replicas == 0) return false;
  const std::int64_t per_node = model_.kinds[model_.pools[option.pool].kind].accelerators;
  return nodes * per_node / option.replica_accelerators >=
         std::max<std::int64_t>(1, option.smallest_replicas);
}

void Gangs::noticed(std::uint32_t job) {
  GangState& g = state_.gangs.each[job];
  const GangOption& option = option_of(job);
  PoolState& pool = state_.pools.each[option.pool];
  const std::int64_t missing = option.nodes - g.nodes - pool.idle.value();
  if (missing > 0) parts_.demand.yield_nodes(option.pool, missing, job_model(job));
  if (!take_idle_nodes(job)) {
    if (!can_shrink_to(job, g.nodes)) {
      if (g.phase != GangPhase::kStarving) enter(job, GangPhase::kStarving);
      pool.starving.push_back(job);
      return;
    }
    pool.add_shrunken(job);
  }
  begin_restart(job);
}

void Gangs::save_in_place(std::uint32_t job) {
  GangState& g = state_.gangs.each[job];
  account_gang(job);
  settle_checkpoints(job);
  const std::int64_t done = done_us(job);
  g.saved_us.fill(done);
  g.best_saved_us = done;
  g.base_us = done;
  g.barren = 0;
  g.whole_nodes = true;
}

void Gangs::regrow(std::uint32_t pool_id) {
  PoolState& pool = state_.pools.each[pool_id];
  while (!pool.shrunken.empty() && pool.idle.value() > 0) {
    const std::uint32_t job = pool.shrunken.front();
    GangState& g = state_.gangs.each[job];
    const bool whole = take_idle_nodes(job);
    if (whole) pool.shrunken.erase(pool.shrunken.begin());
    if (g.phase == GangPhase::kProductive) {
      // A replica more: save, and start again with it.
      const std::int64_t per_node = model_.kinds[model_.pools[pool_id].kind].accelerators;
      const GangOption& option = option_of(job);
      if (!whole && g.nodes * per_node / option.replica_accelerators <= g.replicas) continue;
      parts_.clock.cancel(g.event);
      save_in_place(job);
      begin_restart(job);
    }
  }
}

void Gangs::slow_down(std::uint32_t job, std::uint32_t cause_id) {
  // What it costs is taken at once: a share of the speed over the time that it lasts.
  GangState& g = state_.gangs.each[job];
  const reliability::FailureClass& cause = class_of(job, cause_id);
  const std::int64_t left_us = (g.phase_end - now()).us;
  if (g.phase != GangPhase::kProductive) return schedule_gang(job, left_us);  // nothing runs
  const double cost_s = option_of(job).slowed_by(cause) * g.failure_stream.exponential(cause.slow_s);
  account_gang(job);
  ++state_.books.jobs[job].slowdowns;
  g.paused_us = productive_elapsed(job);
  g.left_us = left_us;
  enter(job, GangPhase::kSlowed);
  g.blame = static_cast<std::uint32_t>(kBlames) + cause_id;
  g.failing = false;
  g.event = parts_.clock.schedule(now() + base::Duration::seconds(cost_s), EventKind::kGang, job);
}

void Gangs::pause(std::uint32_t job, base::SimTime until) {
  GangState& g = state_.gangs.each[job];
  account_gang(job);
  g.paused_us = productive_elapsed(job);
  g.left_us = (g.phase_end - now()).us;
  parts_.clock.cancel(g.event);
  enter(job, GangPhase::kPaused);
  g.blame = static_cast<std::uint32_t>(Blame::kGridCall);
  g.failing = false;
  g.event = parts_.clock.schedule(until, EventKind::kGang, job);
}

void Gangs::resume(std::uint32_t job) {
  GangState& g = state_.gangs.each[job];
  enter(job, GangPhase::kProductive);
  g.phase_start = now() - base::Duration{g.paused_us};
  schedule_gang(job, g.left_us);
}

void Gangs::call(std::uint32_t site) {
  for (const std::uint32_t j : state_.books.active) {
    const GangState* g = state_.gangs.each.find(j);
    if (g == nullptr || g->phase != GangPhase::kProductive) continue;
    if (model_.pools[option_of(j).pool].site == site) pause(j, state_.sites.each[site].call_until);
  }
}

}  // namespace gigawatt::fleet
