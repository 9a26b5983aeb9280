// Failures of nodes that are in no gang, and repairs.
#include <algorithm>
#include <cmath>

#include "gigawatt/fleet/simulation.h"

namespace gigawatt::fleet {
namespace {

// A drawn failure stays valid while its population only shrinks (it is thinned when it fires); below this share
// of it, drawing anew saves empty events.
constexpr double kRedrawBelow = 0.9;
// By month: what is drawn holds for a day, and while the population moves by less.
constexpr double kPopulationMoved = 0.05;
constexpr base::Duration kShortestSpan{86'400'000'000};

}  // namespace

reliability::FailureModel::Failure Pools::drawn_by_law(std::uint32_t pool, reliability::Population::Kind kind,
                                                       double nodes, random::Stream& stream) const {
  const PoolModel& at = model_.pools[pool];
  const NodeKind& node = model_.kinds[at.kind];
  reliability::Population population{.kind = kind,
                                     .system = node.system,
                                     .site = model_.sites[at.site].name,
                                     .nodes = nodes,
                                     .accelerators = nodes * static_cast<double>(node.accelerators),
                                     .now_s = (now() - model_.start).to_seconds(),
                                     .classes = node.failures.classes()};
  double count = 0, aged = 0;
  for (const Batch& batch : state_.pools.each[pool].batches) {
    count += static_cast<double>(batch.nodes);
    aged += static_cast<double>(batch.nodes) * (now() - batch.installed).to_seconds();
  }
  if (count > 0) population.age_s = aged / count;
  return model_.law->next(population, stream);
}

reliability::FailureModel::Failure Pools::next_failure(std::uint32_t pool, double nodes, double effective,
                                                       double jobs, random::Stream& stream,
                                                       double horizon_s) const {
  const PoolState& p = state_.pools.each[pool];
  const NodeKind& kind = model_.kinds[model_.pools[pool].kind];
  const auto& failures = kind.failures;
  if (model_.law != nullptr)
    return drawn_by_law(pool,
                        jobs > 0 ? reliability::Population::Kind::kJob : reliability::Population::Kind::kIdle,
                        effective, stream);
  if (!failures.ages() && bursts_[pool].constant() && !kind.frailty.ages()) {
    const reliability::Cohort all{effective, 0};
    return failures.next({&all, 1}, jobs, stream);
  }
  reliability::Exposure exposure{.nodes = effective, .jobs = jobs};
  if (kind.frailty.ages() && p.owned.value() > 0) {
    const auto owned = static_cast<double>(p.owned.value());
    const double age_s = (now() - p.fresh_at).to_seconds();
    exposure.nodes = effective * p.rate_sum / owned;
    exposure.decay_s = kind.frailty.infant_time_s;
    if (kind.frailty.infant_factor > 1)
      exposure.excess = effective * (kind.frailty.infant_factor - 1) * p.fresh_sum / owned *
                        std::exp(-age_s / exposure.decay_s);
  }
  auto first = reliability::next_under(failures, exposure, bursts_[pool], (now() - model_.start).to_seconds(),
                                       stream, horizon_s);
  if (!failures.ages()) return first;
  // Any node of the pool may be among them: the ages mix as in the whole pool.
  std::vector<reliability::Cohort> mix;
  const double share = nodes / static_cast<double>(p.owned.value());
  for (const Batch& batch : p.batches)
    mix.push_back({static_cast<double>(batch.nodes) * share, (now() - batch.installed).to_seconds()});
  const auto aged = failures.next_aged(mix, jobs, stream);
  return aged.delay_s < first.delay_s ? aged : first;
}

void Pools::redraw_background(std::uint32_t pool) {
  PoolState& p = state_.pools.each[pool];
  if (by_month_[pool]) {
    // Trainings that start or end and deliveries move the population; repairs hardly do.
    const auto nodes = static_cast<double>(p.idle.value() + p.elastic_nodes);
    if (parts_.clock.pending(p.background)) {
      const auto [since, drawn_for] = p.pooled.history.back();
      const bool moved = std::abs(nodes - drawn_for) > kPopulationMoved * drawn_for;
      if (!moved || (drawn_for > 0 && now() - since < kShortestSpan)) return;
    }
    return settle_month(pool);
  }
  const Frailty& f = frailty(pool);
  const std::int64_t outside = p.owned.value() - p.gang_nodes;
  const double population = f.effective(p.idle.value() + p.elastic_nodes, p.free_lemons);
  // Nodes in repair may come back meanwhile, lemons first.
  const double bound = f.effective(outside, std::min(outside, p.lemons));
  if (parts_.clock.pending(p.background) && population <= p.background_bound &&
      bound >= kRedrawBelow * p.background_bound)
    return;
  parts_.clock.cancel(p.background);
  p.background_bound = bound;
  if (bound <= 0) return;
  const double left_s = (model_.end - now()).to_seconds();
  const auto failure = next_failure(pool, static_cast<double>(outside), bound, 0, p.failure_stream, left_s);
  if (failure.delay_s > left_s) return;
  p.background_cause = failure.cause;
  p.background =
      parts_.clock.schedule(now() + base::Duration::seconds(failure.delay_s), EventKind::kBackground, pool);
}

void Pools::on_background(std::uint32_t pool) {
  if (by_month_[pool]) return settle_month(pool);
  PoolState& p = state_.pools.each[pool];
  const Frailty& f = frailty(pool);
  const double population = f.effective(p.idle.value() + p.elastic_nodes, p.free_lemons);
  const bool hits = p.failure_stream.uniform() * p.background_bound < population;
  if (hits) {
    const bool lemon = p.free_lemons > 0 && p.failure_stream.uniform() * population <
                                                f.lemon_factor * static_cast<double>(p.free_lemons);
    if (lemon) --p.free_lemons;
    ++p.failures_by_cause[p.background_cause];
    ++state_.books.month_failures;
    if (p.idle.value() > 0)
      change_idle(pool, -1);  // where the victim served a pool of jobs, an idle node takes its place
    else
      take_from_serving(pool, 1, p.failure_stream);
    send_to_repair(pool, p.background_cause, lemon, base::Duration{0}, p.repair_stream);
  }
  redraw_background(pool);
}

base::SimTime Pools::month_settles() const {
  constexpr base::Duration kInstant{1};
  const auto& starts = model_.money.months().starts;
  const auto next = std::upper_bound(starts.begin(), starts.end(), now() + kInstant);
  return (next == starts.end() ? model_.end : std::min(*next, model_.end)) - kInstant;
}

void Pools::settle_month(std::uint32_t pool) {
  PoolState& p = state_.pools.each[pool];
  RepairsByMonth& law = *by_month_[pool];
  PooledRepairs& pooled = p.pooled;
  if (!pooled.history.empty()) {
    // A population that drifts has been half way in the mean; one that jumps does so now.
    auto& [since, nodes] = pooled.history.back();
    const auto present = static_cast<double>(p.idle.value() + p.elastic_nodes);
    if (std::abs(present - nodes) <= 1.5 * kPopulationMoved * nodes) nodes = 0.5 * (nodes + present);
    for (std::uint32_t cause = 0; cause < law.causes(); ++cause) {
      const std::int64_t count = law.failures(cause, nodes, (now() - since).to_seconds(), p.failure_stream);
      p.failures_by_cause[cause] += count;
      state_.books.month_failures += count;
    }
  }
  parts_.clock.cancel(p.background);
  const double span_s = (month_settles() - now()).to_seconds();
  if (span_s <= 0) {
    pooled.history.push_back({now(), 0});
    return;
  }
  // Of all nodes those in service fail: with D = D_0 + n d in repair meanwhile, n = all - D.
  law.forget(pooled.history, now());
  const auto all = static_cast<double>(p.idle.value() + p.elastic_nodes + pooled.down);
  const double from_before = law.left_over(pooled.history, now(), month_settles());
  const double nodes = std::max(0.0, (all - from_before) / (1 + law.of_a_node(span_s)));
  const double expected = from_before + nodes * law.of_a_node(span_s);
  const double level = law.draw(expected, nodes, span_s, p.repair_stream) + pooled.rest;
  const Excursion around = law.excursion(expected, nodes, span_s, p.repair_stream);
  pooled.rest = level - std::floor(level);
  pooled.history.push_back({now(), nodes});
  p.background = parts_.clock.schedule(month_settles(), EventKind::kBackground, pool);
  const auto highest = static_cast<std::int64_t>(level + around.above);
  const auto lowest = static_cast<std::int64_t>(std::max(0.0, level - around.below));
  hold_in_repair(pool, around.above_first ? highest : lowest);
  hold_in_repair(pool, around.above_first ? lowest : highest);
  hold_in_repair(pool, static_cast<std::int64_t>(level));
  pooled.history.back().nodes = static_cast<double>(p.idle.value() + p.elastic_nodes);
}

void Pools::hold_in_repair(std::uint32_t pool, std::int64_t nodes) {
  PoolState& p = state_.pools.each[pool];
  if (nodes > p.pooled.down) {
    const std::int64_t taken = std::min(nodes - p.pooled.down, p.idle.value() + p.elastic_nodes);
    const std::int64_t idle = std::min(taken, p.idle.value());
    p.pooled.down += taken;
    change_idle(pool, -idle);
    take_from_serving(pool, taken - idle, p.failure_stream);
    change_down(pool, taken);
    parts_.board.tell(Fate{Fate::Kind::kNodesFail, pool, taken}, now());
  } else if (const std::int64_t back = p.pooled.down - nodes; back > 0) {
    p.pooled.down = nodes;
    return_nodes(pool, back);
  }
}

void Pools::take_from_serving(std::uint32_t pool, std::int64_t nodes, random::Stream& stream) {
  PoolState& p = state_.pools.each[pool];
  for (; nodes > 0 && p.elastic_nodes > 0; --nodes) {
    std::int64_t mark = static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(p.elastic_nodes)));
    for (const std::uint32_t j : state_.demand.serving) {
      if (mark < 0) break;
      for (std::size_t o = 0; o < model_.jobs[j].elastic.size(); ++o) {
        const ElasticOption& option = model_.jobs[j].elastic[o];
        if (option.pool != pool || mark < 0) continue;
        mark -= state_.demand.each[j].nodes[o].value();
        if (mark >= 0) continue;
        parts_.demand.lose_node(j, o);
      }
    }
  }
}

void Pools::send_to_repair(std::uint32_t pool, std::uint32_t cause, bool lemon, base::Duration after,
                           random::Stream& stream) {
  change_down(pool, 1);
  parts_.board.tell(Fate{Fate::Kind::kNodesFail, pool, 1}, now());
  reliability::RepairShop& shop = state_.sites.each[model_.pools[pool].site].shop;
  double back_s = 0;  // from now
  if (shop.model().limited()) {
    const double now_s = (now() - model_.start).to_seconds();
    back_s = after.to_seconds() + shop.leaves_s(now_s, stream) - now_s;
  } else {
    back_s = after.to_seconds() + model_.kinds[model_.pools[pool].kind].failures.repair_s(cause, stream);
  }
  if (lemon && stream.uniform() < frailty(pool).lemon_cure) {
    lemon = false;
    --state_.pools.each[pool].lemons;
  }
  if (back_s > (model_.end - now()).to_seconds()) return;  // not within the run
  parts_.clock.schedule(now() + base::Duration::seconds(back_s), EventKind::kRepair, pool,
                        repair_data(1, lemon ? 1 : 0));
}

void Pools::on_repair(std::uint32_t pool, std::int64_t data) {
  state_.pools.each[pool].free_lemons += data >> kRepairBits;
  return_nodes(pool, data & kRepairMask);
  redraw_background(pool);
}

void Pools::return_nodes(std::uint32_t pool, std::int64_t nodes) {
  change_down(pool, -nodes);
  parts_.board.tell(Fate{Fate::Kind::kNodesReturn, pool, nodes}, now());
  node_free(pool, nodes);
  for (std::int64_t i = 0; i < nodes && state_.pools.each[pool].idle.value() > 0; ++i)
    parts_.demand.feed_elastic(pool);
}

}  // namespace gigawatt::fleet
