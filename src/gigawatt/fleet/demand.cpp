// Pools of jobs: they follow their demand, take what is free, and give way to gangs.
#include <algorithm>
#include <cmath>
#include <limits>

#include "gigawatt/base/check.h"
#include "gigawatt/fleet/demand_shape.h"
#include "gigawatt/fleet/simulation.h"

namespace gigawatt::fleet {
namespace {

// Demand moves slowly and is looked at once a day; a pool that follows the hours, every hour.
constexpr base::Duration kDemandStep{86'400'000'000};
constexpr double kDemandTolerance = 1e-9;

}  // namespace

void Demand::begin(std::uint32_t job) {
  const JobModel& m = model_.jobs[job];
  ElasticState& s = state_.demand.each[job];
  for (Integrated& nodes : s.nodes) nodes.start(now());
  s.accounted.resize(m.elastic.size());
  state_.books.jobs[job].month_energy.resize(m.elastic.size());
  state_.books.jobs[job].month_node_time.resize(m.elastic.size());
  s.active = true;
  state_.demand.serving.push_back(job);
  s.served_until = now();
  if (m.kind == scenario::JobKind::kInference)
    parts_.clock.schedule(now() + demand_step(m), EventKind::kDemand, job);
  if (m.latest < model_.end) parts_.clock.schedule(std::max(m.latest, now()), EventKind::kDemand, job, 1);
}

bool Demand::yields_to(std::uint32_t elastic, const JobModel& gang) const {
  if (&model_.jobs[elastic] == &gang) return false;
  return model_.jobs[elastic].yields || gang.priority > model_.jobs[elastic].priority;
}

std::int64_t Demand::available(std::uint32_t pool, const JobModel& job) const {
  std::int64_t nodes =
      std::max<std::int64_t>(0, state_.pools.each[pool].idle.value() - parts_.pools.reserve(pool));
  if (state_.pools.each[pool].elastic_nodes == 0) return nodes;
  for (const std::uint32_t j : state_.demand.serving) {
    if (!yields_to(j, job)) continue;
    for (std::size_t o = 0; o < model_.jobs[j].elastic.size(); ++o)
      if (model_.jobs[j].elastic[o].pool == pool) nodes += state_.demand.each[j].nodes[o].value();
  }
  return nodes;
}

void Demand::yield_nodes(std::uint32_t pool, std::int64_t wanted, const JobModel& gang) {
  // The least important give first.
  std::vector<std::uint32_t> givers;
  for (const std::uint32_t j : state_.demand.serving)
    if (yields_to(j, gang)) givers.push_back(j);
  std::stable_sort(givers.begin(), givers.end(), [this](std::uint32_t a, std::uint32_t b) {
    return model_.jobs[a].priority != model_.jobs[b].priority
               ? model_.jobs[a].priority < model_.jobs[b].priority
               : a > b;
  });
  for (const std::uint32_t j : givers) {
    for (std::size_t o = 0; o < model_.jobs[j].elastic.size() && wanted > 0; ++o) {
      if (model_.jobs[j].elastic[o].pool != pool) continue;
      const std::int64_t given = std::min(wanted, state_.demand.each[j].nodes[o].value());
      change_elastic(j, o, -given);
      wanted -= given;
    }
  }
}

void Demand::take_back(std::uint32_t pool, const std::function<std::int64_t()>& missing) {
  for (std::uint32_t j = 0; j < model_.jobs.size() && missing() > 0; ++j)
    for (std::size_t o = 0; o < model_.jobs[j].elastic.size(); ++o)
      if (model_.jobs[j].elastic[o].pool == pool)
        change_elastic(j, o, -std::min(missing(), state_.demand.each[j].nodes[o].value()));
}

double Demand::unit_value(std::uint32_t job, std::size_t option) const {
  const JobModel& m = model_.jobs[job];
  const ElasticOption& o = m.elastic[option];
  if (m.demand_in_tokens) return o.tokens_per_day_per_node;
  return static_cast<double>(model_.kinds[model_.pools[o.pool].kind].accelerators);
}

base::Duration Demand::demand_step(const JobModel& job) const {
  return job.shape.moves() && job.shape.autoscale ? kOneHour : kDemandStep;
}

void Demand::serve(std::uint32_t job) {
  const JobModel& m = model_.jobs[job];
  ElasticState& s = state_.demand.each[job];
  if (m.kind != scenario::JobKind::kInference) return;
  const double days = (now() - s.served_until).to_days(), demand = s.target / m.held_factor;
  s.served += std::min(s.held, demand) * days;
  s.wanted += demand * days;
  s.served_until = now();
}

double Demand::demand_now(std::uint32_t job) const {
  const JobModel& m = model_.jobs[job];
  if (now() >= m.latest) return 0;
  if (m.kind == scenario::JobKind::kResearch) {
    double accelerators = 0;
    for (const ElasticOption& option : m.elastic)
      accelerators += static_cast<double>(state_.pools.each[option.pool].owned.value() *
                                          model_.kinds[model_.pools[option.pool].kind].accelerators);
    return m.share * accelerators;
  }
  const auto after = std::upper_bound(m.demand.begin(), m.demand.end(), now(),
                                      [](base::SimTime t, const DemandStep& step) { return t < step.time; });
  if (after == m.demand.begin()) return 0;
  const auto before = after - 1;
  const double factor = m.shape.moves() && m.shape.autoscale ? demand_factor(m.shape, now()) : m.held_factor;
  if (after == m.demand.end()) return factor * before->value;
  const double part = (now() - before->time).to_seconds() / (after->time - before->time).to_seconds();
  return factor * (before->value + part * (after->value - before->value));
}

void Demand::on_demand(std::uint32_t job) {
  const JobModel& m = model_.jobs[job];
  ElasticState& s = state_.demand.each[job];
  if (!s.active) return;
  if (now() >= m.latest) {
    for (std::size_t o = 0; o < m.elastic.size(); ++o) change_elastic(job, o, -s.nodes[o].value());
    s.target = 0;  // nobody asks it any more
    s.active = false;
    std::erase(state_.demand.serving, job);
    state_.books.jobs[job].status = JobStatus::kCompleted;
    state_.books.jobs[job].end = now();
    parts_.board.tell(Fate{Fate::Kind::kEnded, job, 0}, now());
    parts_.line.request_dispatch();
    return;
  }
  const bool hourly = m.shape.moves() && m.shape.autoscale;
  const bool moves = hourly || (!m.demand.empty() && now() < m.demand.back().time + kDemandStep);
  if (moves) {
    s.look = true;
    parts_.clock.schedule(now() + demand_step(m), EventKind::kDemand, job);
    parts_.line.request_dispatch();
  }
}

std::int64_t Demand::power_room(const ElasticOption& option) const {
  if (!parts_.line.has_power_cap()) return std::numeric_limits<std::int64_t>::max();
  const double per_node_w =
      1e-3 *
      static_cast<double>(option.it_milliw - model_.kinds[model_.pools[option.pool].kind].idle_it_milliw);
  const double room_w = model_.it_power_cap_w - parts_.line.committed_it_w();
  return room_w <= 0 ? 0 : per_node_w <= 0 ? 1'000'000'000 : static_cast<std::int64_t>(room_w / per_node_w);
}

void Demand::adjust_elastic(std::uint32_t job) {
  const JobModel& m = model_.jobs[job];
  ElasticState& s = state_.demand.each[job];
  serve(job);
  if (s.look || m.kind == scenario::JobKind::kResearch) s.target = demand_now(job);
  s.look = false;
  for (std::size_t o = 0; o < m.elastic.size() && s.held < s.target * (1 - kDemandTolerance); ++o) {
    const double value = unit_value(job, o);
    if (!(value > 0)) continue;
    const std::uint32_t pool = m.elastic[o].pool;
    const auto room = [&] {
      return std::min(power_room(m.elastic[o]),
                      std::max<std::int64_t>(0, state_.pools.each[pool].idle.value() -
                                                    parts_.pools.reserve(pool) - parts_.line.claimed(pool)));
    };
    const double wanted = std::ceil((s.target - s.held) / value * (1 - kDemandTolerance));
    // The morning takes back what the night lent.
    const double missing = wanted - static_cast<double>(room());
    if (m.shape.moves() && m.shape.autoscale && missing > 0)
      yield_nodes(pool, static_cast<std::int64_t>(std::min(missing, 1e15)), m);
    change_elastic(job, o, std::min(room(), static_cast<std::int64_t>(std::min(wanted, 1e15))));
  }
  for (std::size_t o = m.elastic.size(); o-- > 0 && s.held > s.target;) {
    const double value = unit_value(job, o);
    if (!(value > 0)) continue;
    const auto spare =
        static_cast<std::int64_t>(std::floor((s.held - s.target) / value * (1 + kDemandTolerance)));
    change_elastic(job, o, -std::min(spare, s.nodes[o].value()));
  }
}

void Demand::change_elastic(std::uint32_t job, std::size_t option, std::int64_t delta) {
  if (delta == 0) return;
  const ElasticOption& o = model_.jobs[job].elastic[option];
  ElasticState& s = state_.demand.each[job];
  JobState& j = state_.books.jobs[job];
  if (!j.started) {
    j.started = true;
    j.status = JobStatus::kRunning;
    j.start = now();
    j.first_month = state_.books.month;
    parts_.board.tell(Fate{Fate::Kind::kStarted, job, delta}, now());
  }
  serve(job);
  s.nodes[option].add(delta, now());
  s.held += static_cast<double>(delta) * unit_value(job, option);
  state_.pools.each[o.pool].elastic_nodes += delta;
  parts_.sites.load({model_.pools[o.pool].site, delta * o.it_milliw, Activity::kServing});
  if (delta > 0)
    parts_.pools.change_idle(o.pool, -delta);
  else
    parts_.pools.node_free(o.pool, -delta);
}

void Demand::lose_node(std::uint32_t job, std::size_t option) {
  const ElasticOption& o = model_.jobs[job].elastic[option];
  serve(job);
  state_.demand.each[job].nodes[option].add(-1, now());
  state_.demand.each[job].held -= unit_value(job, option);
  --state_.pools.each[o.pool].elastic_nodes;
  parts_.sites.load({model_.pools[o.pool].site, -o.it_milliw, Activity::kServing});
}

void Demand::feed_elastic(std::uint32_t pool) {
  PoolState& p = state_.pools.each[pool];
  if (p.idle.value() <= parts_.pools.reserve(pool) + parts_.line.claimed(pool)) return;
  std::uint32_t best = kNoIndex;
  std::size_t best_option = 0;
  for (const std::uint32_t j : state_.demand.serving) {
    const ElasticState& s = state_.demand.each[j];
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

void Demand::account_elastic(std::uint32_t job) {
  serve(job);
  const JobModel& m = model_.jobs[job];
  ElasticState& s = state_.demand.each[job];
  JobState& j = state_.books.jobs[job];
  for (std::size_t o = 0; o < m.elastic.size(); ++o) {
    s.nodes[o].advance(now());
    const CountTime delta = s.nodes[o].integral() - s.accounted[o];
    s.accounted[o] = s.nodes[o].integral();
    if (delta == 0) continue;
    const CountTime accelerator_time =
        delta * model_.kinds[model_.pools[m.elastic[o].pool].kind].accelerators;
    const MilliwattTime energy = delta * m.elastic[o].it_milliw;
    j.node_time[static_cast<std::size_t>(HourUse::kUseful)] += accelerator_time;
    j.held += accelerator_time;
    j.month_held += accelerator_time;
    j.it_energy += energy;
    j.month_energy[o] += energy;
    j.month_node_time[o] += delta;
  }
}

}  // namespace gigawatt::fleet
