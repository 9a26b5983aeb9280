// Pools of jobs: they follow their demand, take what is free, and give way to gangs.
#include <algorithm>
#include <cmath>
#include <limits>

#include "gigawatt/base/check.h"
#include "gigawatt/fleet/simulation.h"

namespace gigawatt::fleet {
namespace {

// Demand moves slowly: it is looked at once a day.
constexpr base::Duration kDemandStep{86'400'000'000};
constexpr double kDemandTolerance = 1e-9;

}  // namespace

std::int64_t Simulation::reserve(std::uint32_t pool) const {
  return state_.pools[pool].owned.value() * model_.pools[pool].spare_per_million / 1'000'000;
}

bool Simulation::yields_to(std::uint32_t elastic, const JobModel& gang) const {
  return model_.jobs[elastic].yields || gang.priority > model_.jobs[elastic].priority;
}

std::int64_t Simulation::available(std::uint32_t pool, const JobModel& job) const {
  std::int64_t nodes = std::max<std::int64_t>(0, state_.pools[pool].idle.value() - reserve(pool));
  if (state_.pools[pool].elastic_nodes == 0) return nodes;
  for (const std::uint32_t j : state_.serving) {
    if (!yields_to(j, job)) continue;
    for (std::size_t o = 0; o < model_.jobs[j].elastic.size(); ++o)
      if (model_.jobs[j].elastic[o].pool == pool) nodes += state_.elastic[j].nodes[o].value();
  }
  return nodes;
}

void Simulation::yield_nodes(std::uint32_t pool, std::int64_t wanted, const JobModel& gang) {
  // The least important give first.
  std::vector<std::uint32_t> givers;
  for (const std::uint32_t j : state_.serving)
    if (yields_to(j, gang)) givers.push_back(j);
  std::stable_sort(givers.begin(), givers.end(), [this](std::uint32_t a, std::uint32_t b) {
    return model_.jobs[a].priority != model_.jobs[b].priority
               ? model_.jobs[a].priority < model_.jobs[b].priority
               : a > b;
  });
  for (const std::uint32_t j : givers) {
    for (std::size_t o = 0; o < model_.jobs[j].elastic.size() && wanted > 0; ++o) {
      if (model_.jobs[j].elastic[o].pool != pool) continue;
      const std::int64_t given = std::min(wanted, state_.elastic[j].nodes[o].value());
      change_elastic(j, o, -given);
      wanted -= given;
    }
  }
}

void Simulation::node_free(std::uint32_t pool, std::int64_t nodes) {
  PoolState& p = state_.pools[pool];
  const std::int64_t owed = std::min(nodes, p.retire_owed);
  if (owed > 0) {
    p.retire_owed -= owed;
    nodes -= owed;
    take_out(pool, owed);
  }
  change_idle(pool, nodes);
  while (p.idle.value() > 0 && !p.starving.empty()) {
    const std::uint32_t job = p.starving.front();
    p.starving.erase(p.starving.begin());
    noticed(job);  // takes the node
  }
  regrow(pool);
  if (p.idle.value() + p.elastic_nodes >= p.smallest_need) request_dispatch();
}

double Simulation::unit_value(std::uint32_t job, std::size_t option) const {
  const JobModel& m = model_.jobs[job];
  const ElasticOption& o = m.elastic[option];
  if (m.demand_in_tokens) return o.tokens_per_day_per_node;
  return static_cast<double>(model_.kinds[model_.pools[o.pool].kind].accelerators);
}

double Simulation::demand_now(std::uint32_t job) const {
  const JobModel& m = model_.jobs[job];
  if (now() >= m.latest) return 0;
  if (m.kind == scenario::JobKind::kResearch) {
    double accelerators = 0;
    for (const ElasticOption& option : m.elastic)
      accelerators += static_cast<double>(state_.pools[option.pool].owned.value() *
                                          model_.kinds[model_.pools[option.pool].kind].accelerators);
    return m.share * accelerators;
  }
  const auto after = std::upper_bound(m.demand.begin(), m.demand.end(), now(),
                                      [](base::SimTime t, const DemandStep& step) { return t < step.time; });
  if (after == m.demand.begin()) return 0;
  const auto before = after - 1;
  if (after == m.demand.end()) return before->value;
  const double part = (now() - before->time).to_seconds() / (after->time - before->time).to_seconds();
  return before->value + part * (after->value - before->value);
}

void Simulation::on_demand(std::uint32_t job) {
  const JobModel& m = model_.jobs[job];
  ElasticState& s = state_.elastic[job];
  if (!s.active) return;
  if (now() >= m.latest) {
    for (std::size_t o = 0; o < m.elastic.size(); ++o) change_elastic(job, o, -s.nodes[o].value());
    s.active = false;
    std::erase(state_.serving, job);
    state_.jobs[job].status = JobStatus::kCompleted;
    state_.jobs[job].end = now();
    request_dispatch();
    return;
  }
  const bool moves = !m.demand.empty() && now() < m.demand.back().time + kDemandStep;
  if (moves) {
    schedule(now() + kDemandStep, EventKind::kDemand, job);
    request_dispatch();
  }
}

std::int64_t Simulation::power_room(const ElasticOption& option) const {
  if (!has_power_cap()) return std::numeric_limits<std::int64_t>::max();
  const double per_node_w =
      1e-3 *
      static_cast<double>(option.it_milliw - model_.kinds[model_.pools[option.pool].kind].idle_it_milliw);
  const double room_w = model_.it_power_cap_w - committed_it_w();
  return room_w <= 0 ? 0 : per_node_w <= 0 ? 1'000'000'000 : static_cast<std::int64_t>(room_w / per_node_w);
}

void Simulation::adjust_elastic(std::uint32_t job) {
  const JobModel& m = model_.jobs[job];
  ElasticState& s = state_.elastic[job];
  s.target = demand_now(job);
  for (std::size_t o = 0; o < m.elastic.size() && s.held < s.target * (1 - kDemandTolerance); ++o) {
    const double value = unit_value(job, o);
    if (!(value > 0)) continue;
    const std::uint32_t pool = m.elastic[o].pool;
    const std::int64_t room =
        std::min(power_room(m.elastic[o]),
                 std::max<std::int64_t>(0, state_.pools[pool].idle.value() - reserve(pool) - claimed(pool)));
    const double wanted = std::ceil((s.target - s.held) / value * (1 - kDemandTolerance));
    change_elastic(job, o, std::min(room, static_cast<std::int64_t>(std::min(wanted, 1e15))));
  }
  for (std::size_t o = m.elastic.size(); o-- > 0 && s.held > s.target;) {
    const double value = unit_value(job, o);
    if (!(value > 0)) continue;
    const auto spare =
        static_cast<std::int64_t>(std::floor((s.held - s.target) / value * (1 + kDemandTolerance)));
    change_elastic(job, o, -std::min(spare, s.nodes[o].value()));
  }
}

void Simulation::change_elastic(std::uint32_t job, std::size_t option, std::int64_t delta) {
  if (delta == 0) return;
  const ElasticOption& o = model_.jobs[job].elastic[option];
  ElasticState& s = state_.elastic[job];
  JobState& j = state_.jobs[job];
  if (!j.started) {
    j.started = true;
    j.status = JobStatus::kRunning;
    j.start = now();
    j.first_month = state_.month;
  }
  s.nodes[option].add(delta, now());
  s.held += static_cast<double>(delta) * unit_value(job, option);
  state_.pools[o.pool].elastic_nodes += delta;
  set_load(model_.pools[o.pool].site, delta * o.it_milliw);
  if (delta > 0)
    change_idle(o.pool, -delta);
  else
    node_free(o.pool, -delta);
}

void Simulation::feed_elastic(std::uint32_t pool) {
  PoolState& p = state_.pools[pool];
  if (p.idle.value() <= reserve(pool) + claimed(pool)) return;
  std::uint32_t best = kNoIndex;
  std::size_t best_option = 0;
  for (const std::uint32_t j : state_.serving) {
    const ElasticState& s = state_.elastic[j];
    if (s.held >= s.target * (1 - kDemandTolerance)) continue;
    if (best != kNoIndex && model_.jobs[j].priority <= model_.jobs[best].priority) continue;
    for (std::size_t o = 0; o < model_.jobs[j].elastic.size(); ++o) {
      if (model_.jobs[j].elastic[o].pool != pool || !(unit_value(j, o) > 0)) continue;
      best = j;
      best_option = o;
      break;
    }
  }
  if (best != kNoIndex && power_room(model_.jobs[best].elastic[best_option]) > 0)
    change_elastic(best, best_option, 1);
}

}  // namespace gigawatt::fleet
