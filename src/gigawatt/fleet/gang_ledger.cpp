// What a gang's time was spent on, how far it has come, and what its checkpoints hold.
#include <algorithm>
#include <cmath>

#include "gigawatt/base/check.h"
#include "gigawatt/fleet/productive.h"
#include "gigawatt/fleet/simulation.h"

namespace gigawatt::fleet {
namespace {

constexpr std::int64_t kMillion = 1'000'000;

std::int64_t scaled(std::int64_t us, std::int64_t ppm) {
  return static_cast<std::int64_t>(Int128{us} * ppm / kMillion);
}

bool in_steps(GangPhase phase) {
  return phase == GangPhase::kProductive || phase == GangPhase::kPaused || phase == GangPhase::kSlowed;
}

}  // namespace

std::int64_t Gangs::gang_power(std::uint32_t job) const {
  const GangState& g = state_.gangs.each[job];
  const GangOption& option = option_of(job);
  const NodeKind& kind = model_.kinds[model_.pools[option.pool].kind];
  switch (g.phase) {
    case GangPhase::kProductive:
    case GangPhase::kSlowed: return option.productive_it_milliw;
    case GangPhase::kHung:
      // A silently corrupted training computes on until somebody notices.
      if (cause_of(job).planned) return kind.waiting_it_milliw;
      return cause_of(job).silent ? option.productive_it_milliw : kind.hang_it_milliw;
    case GangPhase::kRestarting:
    case GangPhase::kPaused:
    case GangPhase::kSaving:
    case GangPhase::kStarving: return kind.waiting_it_milliw;
    default: return 0;
  }
}

std::int64_t Gangs::productive_elapsed(std::uint32_t job) const {
  const GangState& g = state_.gangs.each[job];
  return g.phase == GangPhase::kProductive ? now().us - g.phase_start.us : g.paused_us;
}

std::int64_t Gangs::done_us(std::uint32_t job) const {
  const GangState& g = state_.gangs.each[job];
  if (!in_steps(g.phase)) return g.base_us;
  return g.base_us +
         scaled(split(cycle_of(option_of(job)), productive_elapsed(job)).useful_us, g.progress_ppm);
}

void Gangs::account_gang(std::uint32_t job) {
  GangState& g = state_.gangs.each[job];
  if (g.nodes == 0) g.accounted = now();
  if (g.accounted == now()) return;
  JobState& j = state_.books.jobs[job];
  const GangOption& option = option_of(job);
  const std::int64_t per_node = model_.kinds[model_.pools[option.pool].kind].accelerators;
  const Int128 accelerators = Int128{g.nodes} * per_node;
  const std::int64_t span_us = now().us - g.accounted.us;
  const auto book = [&](HourUse use, CountTime time, std::uint32_t blame) {
    j.node_time[static_cast<std::size_t>(use)] += time;
    if (use != HourUse::kUseful && use != HourUse::kCheckpoint && time != 0) j.lost_to[blame] += time;
  };
  switch (g.phase) {
    case GangPhase::kProductive: {
      // Work that is not saved yet counts as useful until a failure takes it (roll_back()).
      const ProductiveSplit s = split(cycle_of(option), now().us - g.phase_start.us);
      const Int128 active = Int128{g.active_nodes} * per_node;
      const std::int64_t stepped = s.useful_us - g.accounted_useful_us;
      const std::int64_t useful =
          scaled(s.useful_us, g.share_ppm) - scaled(g.accounted_useful_us, g.share_ppm);
      book(HourUse::kCheckpoint, active * (s.checkpoint_us - g.accounted_checkpoint_us), 0);
      book(HourUse::kUseful, active * useful, 0);
      book(g.paced ? HourUse::kIdle : HourUse::kLost, active * (stepped - useful),
           static_cast<std::uint32_t>(g.paced ? Blame::kTeacher : Blame::kStraggler));
      book(HourUse::kIdle, (accelerators - active) * span_us, g.blame);
      j.month_useful += active * useful;
      g.accounted_checkpoint_us = s.checkpoint_us;
      g.accounted_useful_us = s.useful_us;
      break;
    }
    case GangPhase::kHung:
      book(cause_of(job).planned ? HourUse::kRestart : HourUse::kLost, accelerators * span_us, g.blame);
      break;
    case GangPhase::kSlowed: book(HourUse::kLost, accelerators * span_us, g.blame); break;
    case GangPhase::kSaving: book(HourUse::kCheckpoint, accelerators * span_us, g.blame); break;
    case GangPhase::kRestarting: book(HourUse::kRestart, accelerators * span_us, g.blame); break;
    default: book(HourUse::kIdle, accelerators * span_us, g.blame); break;
  }
  j.held += accelerators * span_us;
  j.month_held += accelerators * span_us;
  const MilliwattTime energy = Int128{g.nodes} * gang_power(job) * span_us;
  j.it_energy += energy;
  j.month_energy[0] += energy;
  j.month_node_time[0] += Int128{g.nodes} * span_us;
  g.accounted = now();
}

void Gangs::settle_checkpoints(std::uint32_t job) {
  GangState& g = state_.gangs.each[job];
  if (!in_steps(g.phase)) {
    ++g.barren;
    return;
  }
  const GangOption& option = option_of(job);
  const CheckpointCycle cycle = cycle_of(option);
  const std::int64_t elapsed = productive_elapsed(job);
  for (std::size_t t = 0; t < kTiers; ++t) {
    const TierPlan tier = option.tier(t);
    if (tier.every == 0) continue;
    const std::int64_t saved =
        g.base_us + scaled(restorable_us(cycle, elapsed, tier.every, tier.lag_us), g.progress_ppm);
    g.saved_us[t] = std::max(g.saved_us[t], saved);
  }
  const std::int64_t best = *std::max_element(g.saved_us.begin(), g.saved_us.end());
  g.barren = best > g.best_saved_us ? 0 : g.barren + 1;
  g.best_saved_us = std::max(g.best_saved_us, best);
}

Tier Gangs::best_tier(std::uint32_t job) const {
  const GangState& g = state_.gangs.each[job];
  const GangOption& option = option_of(job);
  // The disks of the same nodes hold a whole checkpoint only where no node was lost.
  if (option.tiers[1].every > 0 && g.whole_nodes && g.saved_us[1] > std::max(g.saved_us[0], g.saved_us[2]))
    return Tier::kLocal;
  return option.tiers[0].every > 0 && g.saved_us[0] >= g.saved_us[2] ? Tier::kMemory : Tier::kRemote;
}

void Gangs::roll_back(std::uint32_t job, Tier tier, std::int64_t done) {
  GangState& g = state_.gangs.each[job];
  JobState& j = state_.books.jobs[job];
  const GangOption& option = option_of(job);
  const std::int64_t restored = std::min(g.saved_us[static_cast<std::size_t>(tier)], done);
  const std::int64_t per_node = model_.kinds[model_.pools[option.pool].kind].accelerators;
  const CountTime lost = Int128{option.nodes} * per_node * (done - restored);
  j.node_time[static_cast<std::size_t>(HourUse::kUseful)] -= lost;
  j.node_time[static_cast<std::size_t>(HourUse::kLost)] += lost;
  if (lost != 0) j.lost_to[g.blame] += lost;
  j.month_useful -= lost;
  g.base_us = restored;
  g.restored_from = tier;
  // Faster tiers hold what was restored, not what came after it.
  for (std::size_t t = 0; t < static_cast<std::size_t>(tier); ++t) g.saved_us[t] = restored;
  if (tier == Tier::kMemory) g.saved_us[1] = std::min(g.saved_us[1], restored);
  g.best_saved_us = std::min(g.best_saved_us, std::max(restored, g.saved_us[2]));
}

double Gangs::teacher_pace(std::uint32_t job) const {
  const std::uint32_t teacher = job_model(job).starts_with;
  if (teacher == kNoIndex || state_.books.jobs[teacher].status != JobStatus::kRunning) return 1;
  // The teacher's tokens a second, with the stops that are to be expected, over the student's in steps.
  const GangOption& passes = option_of(teacher);
  const GangOption& own = option_of(job);
  const double work = static_cast<double>(own.useful_us) * own.train_share;
  const double teaching = static_cast<double>(passes.useful_us) * passes.train_share;
  const double useful_share = static_cast<double>(passes.useful_us) /
                              static_cast<double>(std::max(passes.expected_us, passes.useful_us));
  if (!(model_.jobs[job].tokens > 0) || !(model_.jobs[teacher].tokens > 0) || !(teaching > 0)) return 1;
  return std::min(1.0,
                  model_.jobs[teacher].tokens / teaching * useful_share * work / model_.jobs[job].tokens);
}

void Gangs::teacher_done(std::uint32_t job) {
  GangState& g = state_.gangs.each[job];
  if (g.phase != GangPhase::kProductive || !g.paced) return;
  account_gang(job);
  const std::int64_t done = done_us(job);
  settle_checkpoints(job);
  parts_.clock.cancel(g.event);
  g.base_us = done;
  begin_productive(job);
}

void Gangs::size_up(std::uint32_t job) {
  GangState& g = state_.gangs.each[job];
  const GangOption& option = option_of(job);
  g.active_nodes = g.nodes;
  g.replicas = option.replicas;
  std::int64_t present_ppm = kMillion;
  if (option.replicas > 0 && g.nodes < option.nodes) {
    const std::int64_t per_node = model_.kinds[model_.pools[option.pool].kind].accelerators;
    g.replicas = std::min(option.replicas, g.nodes * per_node / option.replica_accelerators);
    g.active_nodes = (g.replicas * option.replica_accelerators + per_node - 1) / per_node;
    present_ppm = kMillion * g.replicas / option.replicas;
  }
  g.share_ppm = kMillion;
  const NodeKind& kind = model_.kinds[model_.pools[option.pool].kind];
  if (kind.straggler_share > 0 && g.failure_stream.uniform() < kind.straggler_share) {
    // Loss of speed: Beta(1, b), a long tail towards standstill, mean 1 / (1 + b).
    const double b = 1 / kind.straggler_loss - 1;
    const double loss = 1 - std::pow(g.failure_stream.uniform(), 1 / b);
    g.share_ppm = std::max<std::int64_t>(10'000, kMillion - std::llround(loss * 1e6));
  }
  const double pace = teacher_pace(job) * static_cast<double>(kMillion) / static_cast<double>(present_ppm);
  g.paced = pace * static_cast<double>(kMillion) < static_cast<double>(g.share_ppm);
  if (g.paced)
    g.share_ppm = std::max<std::int64_t>(1, static_cast<std::int64_t>(pace * static_cast<double>(kMillion)));
  g.progress_ppm = std::max<std::int64_t>(1, present_ppm * g.share_ppm / kMillion);
}

}  // namespace gigawatt::fleet
