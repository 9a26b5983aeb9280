// Build-out, deliveries and power.
#include <algorithm>
#include <cmath>

#include "gigawatt/base/check.h"
#include "gigawatt/fleet/simulation.h"

namespace gigawatt::fleet {
namespace {

// Capacities are sums of quotients: a node must not be refused for the last bit of them.
constexpr double kCapacityTolerance = 1e-9;

}  // namespace

double Simulation::energized_facility_w(std::uint32_t site) const {
  const SiteState& s = state_.sites[site];
  if (!model_.sites[site].power_limited)
    return static_cast<double>(s.installed_it_milliw) * 1e-3 * model_.sites[site].pue_peak;
  return std::min(s.phases_facility_w, s.supply_w);
}

double Simulation::it_limit_w(std::uint32_t site) const {
  const SiteState& s = state_.sites[site];
  if (!model_.sites[site].power_limited) return std::numeric_limits<double>::infinity();
  return std::min(s.service_it_w, s.supply_w / model_.sites[site].pue_peak);
}

void Simulation::settle(std::uint32_t site) {
  SiteState& s = state_.sites[site];
  const SiteModel& m = model_.sites[site];
  s.it_milliw.advance(now());
  const double span_s = (now() - s.settled).to_seconds();
  if (span_s > 0) {
    // A span lies within one month, and the capacity that the conversion chain is built for was constant.
    const double it_j = to_joules(s.it_milliw.integral() - s.settled_it);
    const double capacity_it_w = energized_facility_w(site) / m.pue_peak;
    const auto curve = m.overhead.month(base::civil(s.settled).month - 1, capacity_it_w);
    s.month += {.it_j = it_j,
                .conversion_j = curve.conversion_fixed_w * span_s + curve.conversion_per_it * it_j,
                .cooling_j = curve.cooling_per_it * it_j,
                .meter_j = curve.facility_w(it_j / span_s) * span_s,
                .water_m3 = curve.water_m3_per_it_j * it_j};
  }
  s.settled = now();
  s.settled_it = s.it_milliw.integral();
}

void Simulation::set_load(std::uint32_t site, std::int64_t delta_milliw) {
  SiteState& s = state_.sites[site];
  s.it_milliw.add(delta_milliw, now());
  s.peak_it_milliw = std::max(s.peak_it_milliw, s.it_milliw.value());
}

void Simulation::change_idle(std::uint32_t pool, std::int64_t delta) {
  const PoolModel& m = model_.pools[pool];
  state_.pools[pool].idle.add(delta, now());
  set_load(m.site, delta * model_.kinds[m.kind].idle_it_milliw);
}

void Simulation::change_down(std::uint32_t pool, std::int64_t delta) {
  const PoolModel& m = model_.pools[pool];
  state_.pools[pool].down.add(delta, now());
  state_.down_accelerators += delta * model_.kinds[m.kind].accelerators;
  if (delta > 0 && state_.owned_accelerators > 0)
    state_.worst_down_share =
        std::max(state_.worst_down_share, static_cast<double>(state_.down_accelerators) /
                                              static_cast<double>(state_.owned_accelerators));
  set_load(m.site, delta * model_.kinds[m.kind].down_it_milliw);
}

void Simulation::on_plan(const PlanItem& item) {
  SiteState& site = state_.sites[item.site];
  settle(item.site);  // before the capacity changes
  switch (item.kind) {
    case PlanKind::kEnergize: site.phases_facility_w += item.facility_w; return;
    case PlanKind::kService:
      site.service_it_w += item.it_w;
      install(item.site);
      return;
    case PlanKind::kDeliver:
      state_.pools[item.pool].waiting += item.nodes;
      site.waiting.push_back({item.pool, item.nodes});
      install(item.site);
      return;
    case PlanKind::kRetire: retire(item.pool, item.nodes); return;
    case PlanKind::kGridCall: grid_call(item); return;
    case PlanKind::kSupply:
      site.supply_w = item.facility_w;
      install(item.site);
      shed(item.site);
      return;
  }
}

void Simulation::install(std::uint32_t site) {
  SiteState& s = state_.sites[site];
  const double limit_w = it_limit_w(site) * (1 + kCapacityTolerance);
  while (!s.waiting.empty()) {
    WaitingNodes& next = s.waiting.front();
    const PoolModel& pool_model = model_.pools[next.pool];
    const NodeKind& kind = model_.kinds[pool_model.kind];
    std::int64_t fit = next.nodes;
    if (std::isfinite(limit_w)) {
      const double room_milliw = limit_w * 1e3 - static_cast<double>(s.installed_it_milliw);
      fit = std::clamp(
          static_cast<std::int64_t>(std::floor(room_milliw / static_cast<double>(kind.max_it_milliw))),
          std::int64_t{0}, next.nodes);
    }
    if (fit == 0) return;
    PoolState& pool = state_.pools[next.pool];
    settle(site);  // a site without a power limit is as large as what is installed
    s.installed_it_milliw += fit * kind.max_it_milliw;
    pool.owned.add(fit, now());
    pool.first_nodes = std::min(pool.first_nodes, now());
    state_.owned_accelerators += fit * kind.accelerators;
    pool.waiting -= fit;
    join(next.pool, fit);
    if (kind.failures.ages()) pool.batches.push_back({now(), fit});
    if (kind.pod_nodes > 0)
      pool.pod_gang_nodes.resize(
          static_cast<std::size_t>((pool.owned.value() + kind.pod_nodes - 1) / kind.pod_nodes));
    next.nodes -= fit;
    const bool all = next.nodes == 0;
    const std::uint32_t pool_id = next.pool;
    if (all) s.waiting.pop_front();
    node_free(pool_id, fit);
    pool.background_bound = 0;  // fresh nodes change the rate: draw anew
    redraw_background(pool_id);
    redraw_domain(pool_id);
    request_dispatch();
    if (!all) return;
  }
}

void Simulation::join(std::uint32_t pool, std::int64_t nodes) {
  PoolState& p = state_.pools[pool];
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

void Simulation::leave(std::uint32_t pool, std::int64_t nodes) {
  // Idle nodes, of any delivery.
  PoolState& p = state_.pools[pool];
  const std::int64_t lemons = draw_lemons(nodes, std::max(nodes, p.idle.value() + p.elastic_nodes + nodes),
                                          p.free_lemons, p.failure_stream);
  p.lemons -= lemons;
  p.free_lemons -= lemons;
  if (p.owned.value() <= 0) return;
  const double left = 1 - static_cast<double>(nodes) / static_cast<double>(p.owned.value());
  p.rate_sum *= left;
  p.fresh_sum *= left;
}

void Simulation::take_out(std::uint32_t pool, std::int64_t nodes) {
  const PoolModel& m = model_.pools[pool];
  PoolState& p = state_.pools[pool];
  settle(m.site);
  leave(pool, nodes);
  p.owned.add(-nodes, now());
  state_.owned_accelerators -= nodes * model_.kinds[m.kind].accelerators;
  state_.sites[m.site].installed_it_milliw -= nodes * model_.kinds[m.kind].max_it_milliw;
  // Ages: the oldest go first.
  while (nodes > 0 && !p.batches.empty()) {
    const std::int64_t gone = std::min(nodes, p.batches.front().nodes);
    p.batches.front().nodes -= gone;
    nodes -= gone;
    if (p.batches.front().nodes == 0) p.batches.erase(p.batches.begin());
  }
}

void Simulation::retire(std::uint32_t pool, std::int64_t nodes) {
  PoolState& p = state_.pools[pool];
  // First what never got power, then idle nodes, then those of pools of jobs, then whatever becomes free.
  auto& waiting = state_.sites[model_.pools[pool].site].waiting;
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
  for (std::uint32_t j = 0; j < model_.jobs.size() && p.retire_owed > 0; ++j) {
    for (std::size_t o = 0; o < model_.jobs[j].elastic.size(); ++o) {
      if (model_.jobs[j].elastic[o].pool != pool) continue;
      const std::int64_t gone = std::min(p.retire_owed, state_.elastic[j].nodes[o].value());
      if (gone > 0) change_elastic(j, o, -gone);  // node_free pays what is owed
    }
  }
  redraw_background(pool);
  install(model_.pools[pool].site);
  request_dispatch();
}

void Simulation::shed(std::uint32_t site) {
  // Less power than is installed: idle nodes are switched off and wait for it again. Gangs run on until they end.
  SiteState& s = state_.sites[site];
  const double limit_milliw = it_limit_w(site) * (1 + kCapacityTolerance) * 1e3;
  for (std::uint32_t p = 0; p < model_.pools.size(); ++p) {
    if (model_.pools[p].site != site) continue;
    const double excess = static_cast<double>(s.installed_it_milliw) - limit_milliw;
    if (!(excess > 0)) return;
    const double per_node = static_cast<double>(model_.kinds[model_.pools[p].kind].max_it_milliw);
    const auto wanted = static_cast<std::int64_t>(std::ceil(excess / per_node));
    PoolState& pool = state_.pools[p];
    for (std::uint32_t j = 0; j < model_.jobs.size() && pool.idle.value() < wanted; ++j)
      for (std::size_t o = 0; o < model_.jobs[j].elastic.size(); ++o)
        if (model_.jobs[j].elastic[o].pool == p)
          change_elastic(
              j, o,
              -std::min(wanted - std::min(wanted, pool.idle.value()), state_.elastic[j].nodes[o].value()));
    const std::int64_t off = std::min(wanted, pool.idle.value());
    if (off == 0) continue;
    change_idle(p, -off);
    take_out(p, off);
    pool.waiting += off;
    s.waiting.push_front({p, off});
    redraw_background(p);
  }
}

}  // namespace gigawatt::fleet
