// Who runs where: gangs in line, pools of jobs that follow their demand.
#include <algorithm>
#include <cmath>

#include "gigawatt/base/check.h"
#include "gigawatt/fleet/simulation.h"

namespace gigawatt::fleet {
namespace {

// Demand moves slowly: it is looked at once a day.
constexpr base::Duration kDemandStep{86'400'000'000};
constexpr double kDemandTolerance = 1e-9;

}  // namespace

void Simulation::request_dispatch() {
  if (state_.dispatch_pending) return;
  state_.dispatch_pending = true;
  schedule(now(), EventKind::kDispatch, 0);
}

void Simulation::make_ready(std::uint32_t job) {
  schedule(std::max(now(), state_.jobs[job].ready_at), EventKind::kReady, job);
}

void Simulation::prerequisite_met(std::uint32_t job, base::SimTime when) {
  JobState& s = state_.jobs[job];
  s.ready_at = std::max(s.ready_at, when);
  GW_CHECK(s.waits_for > 0, "job '{}' was waiting for nothing", model_.jobs[job].name);
  if (--s.waits_for == 0 && model_.jobs[job].refusal.empty()) make_ready(job);
}

void Simulation::on_ready(std::uint32_t job) {
  state_.active.push_back(job);
  const JobModel& m = model_.jobs[job];
  if (m.is_gang()) {
    state_.gangs[job].phase = GangPhase::kQueued;
    state_.gangs[job].queued_at = now();
    state_.queued.push_back(job);
  } else {
    for (Integrated& nodes : state_.elastic[job].nodes) nodes.start(now());
    state_.elastic[job].accounted.resize(m.elastic.size());
    state_.jobs[job].month_energy.resize(m.elastic.size());
    state_.jobs[job].month_node_time.resize(m.elastic.size());
    state_.elastic[job].active = true;
    state_.serving.push_back(job);
    if (m.kind == scenario::JobKind::kInference) schedule(now() + kDemandStep, EventKind::kDemand, job);
    if (m.latest < model_.end) schedule(std::max(m.latest, now()), EventKind::kDemand, job, 1);
  }
  request_dispatch();
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

bool Simulation::goes_before(std::uint32_t a, std::uint32_t b) const {
  if (model_.discipline != Discipline::kFifo && model_.jobs[a].priority != model_.jobs[b].priority)
    return model_.jobs[a].priority > model_.jobs[b].priority;
  if (state_.gangs[a].queued_at != state_.gangs[b].queued_at)
    return state_.gangs[a].queued_at < state_.gangs[b].queued_at;
  return a < b;
}

const GangOption* Simulation::best_option(std::uint32_t job, const std::vector<char>& closed) const {
  const JobModel& m = model_.jobs[job];
  const GangOption* best = nullptr;
  std::uint32_t pool = kNoIndex;
  std::int64_t room = 0;
  for (const GangOption& option : m.gangs) {
    if (option.pool != pool) {
      pool = option.pool;
      room = available(pool, m);
    }
    if (option.nodes > room || option.accelerators < m.min_accelerators) continue;
    if (closed[pool] && !backfills(option)) continue;
    if (best == nullptr || option.expected_us < best->expected_us) best = &option;
  }
  return best;
}

bool Simulation::backfills(const GangOption& option) const {
  const Shadow& shadow = shadows_[option.pool];
  if (model_.discipline != Discipline::kBackfill || !shadow.active) return false;
  return now() + base::Duration{option.expected_us} <= shadow.time || option.nodes <= shadow.extra;
}

void Simulation::reserve_for(std::uint32_t job, std::vector<char>& closed) {
  // A gang that does not fit holds the pools where it could run: later ones may not overtake it there, except
  // (backfill) where they do not delay it.
  const JobModel& m = model_.jobs[job];
  std::uint32_t seen = kNoIndex;
  for (const GangOption& option : m.gangs) {
    PoolState& pool = state_.pools[option.pool];
    if (option.accelerators >= m.min_accelerators)
      pool.smallest_need = std::min(pool.smallest_need, option.nodes);
    if (option.pool == seen || closed[option.pool]) continue;
    seen = option.pool;
    closed[option.pool] = 1;
    if (model_.discipline != Discipline::kBackfill) continue;
    std::vector<std::pair<base::SimTime, std::int64_t>> ends;
    for (const std::uint32_t other : state_.active) {
      const GangState& g = state_.gangs[other];
      if (!model_.jobs[other].is_gang() || g.nodes == 0 || option_of(other).pool != option.pool) continue;
      ends.emplace_back(state_.jobs[other].start + base::Duration{option_of(other).expected_us},
                        option_of(other).nodes);
    }
    std::sort(ends.begin(), ends.end());
    std::int64_t room = available(option.pool, m);
    for (const auto& [end, nodes] : ends) {
      room += nodes;
      if (room < option.nodes) continue;
      shadows_[option.pool] = {std::max(end, now()), room - option.nodes, true};
      break;
    }
  }
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

void Simulation::dispatch_gangs() {
  shadows_.assign(model_.pools.size(), {});
  for (PoolState& pool : state_.pools) pool.smallest_need = std::numeric_limits<std::int64_t>::max();
  if (state_.queued.empty()) return;
  std::sort(state_.queued.begin(), state_.queued.end(),
            [this](std::uint32_t a, std::uint32_t b) { return goes_before(a, b); });
  std::vector<char> closed(model_.pools.size(), 0);
  std::vector<std::uint32_t> left;
  const std::vector<std::uint32_t> line = state_.queued;
  for (const std::uint32_t job : line) {
    const GangOption* option = best_option(job, closed);
    if (option == nullptr) {
      reserve_for(job, closed);
      left.push_back(job);
      continue;
    }
    PoolState& pool = state_.pools[option->pool];
    if (shadows_[option->pool].active &&
        now() + base::Duration{option->expected_us} > shadows_[option->pool].time)
      shadows_[option->pool].extra -= option->nodes;
    const std::int64_t short_of = option->nodes - (pool.idle.value() - reserve(option->pool));
    if (short_of > 0) yield_nodes(option->pool, short_of, model_.jobs[job]);
    if (pool.idle.value() < option->nodes) {  // a gang that lost a node was served first
      left.push_back(job);
      continue;
    }
    start_gang(job, *option);
  }
  state_.queued = std::move(left);
}

void Simulation::dispatch() {
  state_.dispatch_pending = false;
  dispatch_gangs();
  std::vector<std::uint32_t> pools_of_jobs = state_.serving;
  std::stable_sort(pools_of_jobs.begin(), pools_of_jobs.end(), [this](std::uint32_t a, std::uint32_t b) {
    return model_.jobs[a].priority != model_.jobs[b].priority
               ? model_.jobs[a].priority > model_.jobs[b].priority
               : a < b;
  });
  for (const std::uint32_t j : pools_of_jobs) adjust_elastic(j);
  for (std::uint32_t p = 0; p < model_.pools.size(); ++p) redraw_background(p);
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

void Simulation::adjust_elastic(std::uint32_t job) {
  const JobModel& m = model_.jobs[job];
  ElasticState& s = state_.elastic[job];
  s.target = demand_now(job);
  for (std::size_t o = 0; o < m.elastic.size() && s.held < s.target * (1 - kDemandTolerance); ++o) {
    const double value = unit_value(job, o);
    if (!(value > 0)) continue;
    const std::uint32_t pool = m.elastic[o].pool;
    const std::int64_t room = std::max<std::int64_t>(0, state_.pools[pool].idle.value() - reserve(pool));
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
  if (p.idle.value() <= reserve(pool)) return;
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
  if (best != kNoIndex) change_elastic(best, best_option, 1);
}

}  // namespace gigawatt::fleet
