// Nodes that running gangs have to give up: their site lost power, or their accelerators are retired.
#include <algorithm>
#include <cmath>
#include <tuple>

#include "gigawatt/fleet/simulation.h"

namespace gigawatt::fleet {

void Gangs::withdraw(std::span<const double> worth, double owed, std::string_view why) {
  // Those in repair, and those of gangs that are saving already, go as soon as they are free.
  for (std::size_t p = 0; p < worth.size(); ++p)
    owed -=
        worth[p] * static_cast<double>(state_.pools.each[p].down.value() + state_.pools.each[p].saving_nodes);
  if (!(owed > 0)) return;
  // The lowest priority stops first, and of equals who began last: it has the least to lose.
  std::vector<std::uint32_t> running;
  for (const std::uint32_t j : state_.books.active) {
    const GangState* g = state_.gangs.each.find(j);
    if (g != nullptr && g->nodes > 0 && g->phase != GangPhase::kSaving && g->phase != GangPhase::kDone &&
        worth[option_of(j).pool] > 0)
      running.push_back(j);
  }
  const auto rank = [this](std::uint32_t j) {
    return std::tuple(job_model(j).priority, -state_of(j).held_from.us, -static_cast<std::int64_t>(j));
  };
  std::sort(running.begin(), running.end(), [&](auto a, auto b) { return rank(a) < rank(b); });
  for (const std::uint32_t j : running) {
    if (!(owed > 0)) return;
    const double per_node = worth[option_of(j).pool];
    const std::int64_t nodes = state_of(j).nodes;
    const auto wanted =
        static_cast<std::int64_t>(std::min(std::ceil(owed / per_node), static_cast<double>(nodes)));
    if (can_shrink_to(j, nodes - wanted) && state_of(j).phase == GangPhase::kProductive) {
      owed -= per_node * static_cast<double>(wanted);
      shrink(j, wanted);
    } else {
      owed -= per_node * static_cast<double>(nodes);
      preempt(j, why);
    }
  }
}

void Gangs::shrink(std::uint32_t job, std::int64_t nodes) {
  GangState& g = state_.gangs.each[job];
  const std::uint32_t pool_id = option_of(job).pool;
  PoolState& pool = state_.pools.each[pool_id];
  parts_.clock.cancel(g.event);
  save_in_place(job);
  const std::int64_t lemons = draw_lemons(nodes, g.nodes, g.lemons, pool.victim_stream);
  lose_nodes(job, nodes, lemons);
  pool.free_lemons += lemons;
  pool.add_shrunken(job);
  begin_restart(job);
  parts_.pools.node_free(pool_id, nodes);
}

}  // namespace gigawatt::fleet
