// Nodes of a pool as they come, change hands and go.
#include <algorithm>
#include <cmath>

#include "gigawatt/fleet/simulation.h"

namespace gigawatt::fleet {

// Streams of pools and jobs share domains; pools count from here.
void Pools::begin() {
  constexpr std::uint64_t kPoolEntity = std::uint64_t{1} << 32;
  for (std::uint32_t p = 0; p < model_.pools.size(); ++p) {
    PoolState& pool =
        state_.pools.each.emplace_back(random::Stream(model_.seed, random::Domain::kFailure, kPoolEntity + p),
                                       random::Stream(model_.seed, random::Domain::kRepair, kPoolEntity + p),
                                       random::Stream(model_.seed, random::Domain::kVictim, kPoolEntity + p));
    pool.fresh_at = model_.start;
    bursts_.emplace_back(model_.kinds[model_.pools[p].kind].bursts, (model_.end - model_.start).to_seconds(),
                         random::Stream(model_.seed, random::Domain::kCause, kPoolEntity + p));
    by_month_.push_back(by_month_of(p));
    for (Integrated* count : {&pool.owned, &pool.idle, &pool.down}) count->start(model_.start);
    pool.failures_by_cause.resize(model_.kinds[model_.pools[p].kind].failures.classes().size());
  }
}

std::optional<RepairsByMonth> Pools::by_month_of(std::uint32_t pool) const {
  const NodeKind& kind = model_.kinds[model_.pools[pool].kind];
  if (!model_.failures_by_month || model_.law != nullptr ||
      !why_not_by_month(kind, model_.sites[model_.pools[pool].site]).empty())
    return std::nullopt;
  RepairsByMonth law(kind.failures);
  double nodes = 0;  // that ever come
  for (const PlanItem& item : model_.plan)
    if (item.kind == PlanKind::kDeliver && item.pool == pool) nodes += static_cast<double>(item.nodes);
  if (law.expected_in_month(nodes) < model_.fewest_by_month) return std::nullopt;
  return law;
}

bool Pools::any_by_month() const {
  return std::any_of(by_month_.begin(), by_month_.end(), [](const auto& law) { return law.has_value(); });
}

void Pools::arrive(std::uint32_t pool_id, std::int64_t nodes) {
  PoolState& pool = state_.pools.each[pool_id];
  const NodeKind& kind = model_.kinds[model_.pools[pool_id].kind];
  pool.owned.add(nodes, now());
  pool.first_nodes = std::min(pool.first_nodes, now());
  state_.pools.owned_accelerators += nodes * kind.accelerators;
  pool.waiting -= nodes;
  join(pool_id, nodes);
  if (kind.failures.ages() || model_.law != nullptr) pool.batches.push_back({now(), nodes});
  if (kind.pod_nodes > 0)
    pool.pod_gang_nodes.resize(
        static_cast<std::size_t>((pool.owned.value() + kind.pod_nodes - 1) / kind.pod_nodes));
  node_free(pool_id, nodes);
  pool.background_bound = 0;  // fresh nodes change the rate: draw anew
  redraw_background(pool_id);
  redraw_domain(pool_id);
  parts_.line.request_dispatch();
}

void Pools::change_down(std::uint32_t pool, std::int64_t delta) {
  const PoolModel& m = model_.pools[pool];
  state_.pools.each[pool].down.add(delta, now());
  state_.pools.down_accelerators += delta * model_.kinds[m.kind].accelerators;
  if (delta > 0 && state_.pools.owned_accelerators > 0)
    state_.pools.worst_down_share =
        std::max(state_.pools.worst_down_share, static_cast<double>(state_.pools.down_accelerators) /
                                                    static_cast<double>(state_.pools.owned_accelerators));
  parts_.sites.load({m.site, delta * model_.kinds[m.kind].down_it_milliw, Activity::kDown});
}

void Pools::join(std::uint32_t pool, std::int64_t nodes) {
  PoolState& p = state_.pools.each[pool];
  const Frailty& f = frailty(pool);
  if (f.lemons()) {
    const double expected = f.lemon_share * static_cast<double>(nodes);
    const auto lemons = static_cast<std::int64_t>(std::floor(expected + p.failure_stream.uniform()));
    p.lemons += lemons;
    p.free_lemons += lemons;
  }
  if (!f.ages()) return;
  const double factor = f.batch_sigma > 0 ? p.failure_stream.lognormal(
                                                std::exp(-f.batch_sigma * f.batch_sigma / 2), f.batch_sigma)
                                          : 1;
  const double weight = factor * static_cast<double>(nodes);
  p.rate_sum += weight;
  if (f.infant_factor > 1) {
    p.fresh_sum *= std::exp(-(now() - p.fresh_at).to_seconds() / f.infant_time_s);
    p.fresh_sum += weight * std::exp(-f.burn_in_s / f.infant_time_s);
    p.fresh_at = now();
  }
}

void Pools::leave(std::uint32_t pool, std::int64_t nodes) {
  // Idle nodes, of any delivery.
  PoolState& p = state_.pools.each[pool];
  const std::int64_t lemons = draw_lemons(nodes, std::max(nodes, p.idle.value() + p.elastic_nodes + nodes),
                                          p.free_lemons, p.failure_stream);
  p.lemons -= lemons;
  p.free_lemons -= lemons;
  if (p.owned.value() <= 0) return;
  const double left = 1 - static_cast<double>(nodes) / static_cast<double>(p.owned.value());
  p.rate_sum *= left;
  p.fresh_sum *= left;
}

void Pools::take_out(std::uint32_t pool, std::int64_t nodes) {
  const PoolModel& m = model_.pools[pool];
  PoolState& p = state_.pools.each[pool];
  parts_.sites.uninstall(m.site, nodes * model_.kinds[m.kind].max_it_milliw);
  leave(pool, nodes);
  p.owned.add(-nodes, now());
  state_.pools.owned_accelerators -= nodes * model_.kinds[m.kind].accelerators;
  // Ages: the oldest go first.
  while (nodes > 0 && !p.batches.empty()) {
    const std::int64_t gone = std::min(nodes, p.batches.front().nodes);
    p.batches.front().nodes -= gone;
    nodes -= gone;
    if (p.batches.front().nodes == 0) p.batches.erase(p.batches.begin());
  }
}

void Pools::retire(std::uint32_t pool, std::int64_t nodes) {
  PoolState& p = state_.pools.each[pool];
  // First what never got power, then idle nodes, those of pools of jobs, and those of gangs, which save before.
  auto& waiting = state_.sites.each[model_.pools[pool].site].waiting;
  for (auto batch = waiting.rbegin(); batch != waiting.rend() && nodes > 0; ++batch) {
    if (batch->pool != pool) continue;
    const std::int64_t gone = std::min(nodes, batch->nodes);
    batch->nodes -= gone;
    p.waiting -= gone;
    nodes -= gone;
  }
  std::erase_if(waiting, [](const WaitingNodes& batch) { return batch.nodes == 0; });
  p.retire_owed += nodes;
  const std::int64_t idle = std::min(p.retire_owed, p.idle.value());
  change_idle(pool, -idle);
  p.retire_owed -= idle;
  take_out(pool, idle);
  parts_.demand.take_back(pool, [&] { return p.retire_owed; });  // node_free pays what is owed
  if (p.retire_owed > 0) {
    std::vector<double> worth(model_.pools.size());
    worth[pool] = 1;
    parts_.gangs.withdraw(worth, static_cast<double>(p.retire_owed),
                          "had to stop where its accelerators were retired, and waits for others");
  }
  redraw_background(pool);
  parts_.sites.install(model_.pools[pool].site);
  parts_.line.request_dispatch();
}

void Pools::node_free(std::uint32_t pool, std::int64_t nodes) {
  PoolState& p = state_.pools.each[pool];
  const std::int64_t owed = std::min(nodes, p.retire_owed);
  if (owed > 0) {
    p.retire_owed -= owed;
    nodes -= owed;
    take_out(pool, owed);
  }
  change_idle(pool, nodes);
  const std::uint32_t site = model_.pools[pool].site;
  if (state_.sites.each[site].short_of_power) parts_.sites.switch_off(pool);
  while (p.idle.value() > 0 && !p.starving.empty()) {
    const std::uint32_t job = p.starving.front();
    p.starving.erase(p.starving.begin());
    parts_.gangs.noticed(job);  // takes the node
  }
  parts_.gangs.regrow(pool);
  if (p.idle.value() + p.elastic_nodes >= p.smallest_need) parts_.line.request_dispatch();
}

}  // namespace gigawatt::fleet
