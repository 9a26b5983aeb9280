// Which gangs run where: the line, what the policy is shown, and what becomes of its decision.
#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/core.h>

#include "gigawatt/base/check.h"
#include "gigawatt/fleet/simulation.h"

namespace gigawatt::fleet {
namespace {

// Usage for fair share fades with this half-life: Slurm's default PriorityDecayHalfLife.
constexpr double kUsageHalfLife_s = 7 * 86400.0;
constexpr base::Duration kDemandStep{86'400'000'000};

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
  const JobModel& m = model_.jobs[job];
  if (m.batch != kNoIndex) {
    add_job(job);
    next_arrival();
  }
  state_.active.push_back(job);
  if (m.is_gang()) {
    state_.gangs[job].phase = GangPhase::kQueued;
    state_.gangs[job].queued_at = now();
    enqueue(job);
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

bool Simulation::shows(std::uint32_t job, std::uint32_t option) const {
  // Who has begun keeps its plan.
  if (state_.jobs[job].started) return option == state_.gangs[job].option;
  const JobModel& m = model_.jobs[job];
  return m.options()[option].accelerators >= m.min_accelerators;
}

std::uint32_t Simulation::option_index(std::uint32_t job, std::uint32_t shown) const {
  for (std::uint32_t o = 0;; ++o)
    if (shows(job, o) && shown-- == 0) return o;
}

std::int64_t Simulation::estimate_us(std::uint32_t job, const GangOption& option) const {
  const JobModel& m = model_.jobs[job];
  return std::max<std::int64_t>(1, m.expected_us(option) - state_.gangs[job].base_us);
}

std::int64_t Simulation::added_it_milliw(const GangOption& option) const {
  const NodeKind& kind = model_.kinds[model_.pools[option.pool].kind];
  return option.nodes * (option.productive_it_milliw - kind.idle_it_milliw);
}

void Simulation::enqueue(std::uint32_t job) {
  const JobModel& m = model_.jobs[job];
  std::vector<scheduling::Option>& options = options_shown_;
  options.clear();
  for (std::uint32_t o = 0; o < m.options().size(); ++o) {
    if (!shows(job, o)) continue;
    const GangOption& option = m.options()[o];
    options.push_back({.place = option.pool,
                       .units = option.nodes,
                       .expected_us = estimate_us(job, option),
                       .it_w = 1e-3 * static_cast<double>(added_it_milliw(option))});
  }
  line_.insert({.job = job,
                .priority = m.priority,
                .account = m.account,
                .queued = state_.gangs[job].queued_at,
                .may_defer = m.may_defer,
                .options = options});
}

void Simulation::restore(State state) {
  state_ = std::move(state);
  line_.clear();
  running_ = {};
  for (const std::uint32_t j : state_.active) {
    if (!model_.jobs[j].is_gang()) continue;
    const GangState& g = state_.gangs[j];
    const bool claims = std::find(state_.claims.begin(), state_.claims.end(), j) != state_.claims.end();
    if (g.phase == GangPhase::kQueued && !claims) enqueue(j);
    if (claims ||
        (g.phase > GangPhase::kQueued && g.phase != GangPhase::kSaving && g.phase != GangPhase::kDone))
      running_begins(j);
  }
  policy_ = scheduling::make_policy(spec_);
}

void Simulation::running_begins(std::uint32_t job) {
  if (spec_.overtaking == scheduling::Overtaking::kNone && !spec_.preempt) return;  // nobody asks
  const GangState& g = state_.gangs[job];
  const GangOption& option = option_of(job);
  running_.add({.job = job,
                .priority = model_.jobs[job].priority,
                .place = option.pool,
                .units = option.nodes,
                .preemptible = model_.jobs[job].yields && g.phase != GangPhase::kQueued,
                .start = g.held_from,
                .expected_end = g.expected_end,
                .it_w = 1e-3 * static_cast<double>(added_it_milliw(option)),
                .shares = {{0, option.nodes}}});
}

void Simulation::running_ends(std::uint32_t job) {
  if (spec_.overtaking == scheduling::Overtaking::kNone && !spec_.preempt) return;
  running_.remove(job, state_.gangs[job].expected_end);
}

double Simulation::committed_it_w() const {
  std::int64_t milliw = 0;
  for (const SiteState& site : state_.sites) milliw += site.it_milliw.value();
  for (const std::uint32_t j : state_.active) {
    if (!model_.jobs[j].is_gang() || state_.gangs[j].nodes == 0) continue;
    if (state_.gangs[j].phase == GangPhase::kSaving) continue;
    const std::int64_t at_work = option_of(j).productive_it_milliw;
    milliw += state_.gangs[j].nodes * std::max<std::int64_t>(0, at_work - gang_power(j));
  }
  for (const std::uint32_t j : state_.claims) milliw += added_it_milliw(option_of(j));
  return static_cast<double>(milliw) * 1e-3;
}

std::int64_t Simulation::claimed(std::uint32_t pool) const {
  std::int64_t nodes = -state_.pools[pool].saving_nodes;
  for (const std::uint32_t j : state_.claims)
    if (option_of(j).pool == pool) nodes += option_of(j).nodes;
  return std::max<std::int64_t>(0, nodes);
}

void Simulation::add_yielding(const scheduling::Yielding& one) {
  const auto after = std::upper_bound(yielding_.begin(), yielding_.end(), one,
                                      [](const auto& a, const auto& b) { return a.priority < b.priority; });
  yielding_.insert(after, one);
}

void Simulation::show_capacity() {
  yielding_.clear();
  for (std::uint32_t p = 0; p < model_.pools.size(); ++p) {
    const PoolState& pool = state_.pools[p];
    std::int64_t free = pool.idle.value() - reserve(p);
    if (pool.elastic_nodes > 0) {
      for (const std::uint32_t j : state_.serving) {
        const JobModel& m = model_.jobs[j];
        for (std::size_t o = 0; o < m.elastic.size(); ++o) {
          if (m.elastic[o].pool != p) continue;
          const std::int64_t nodes = state_.elastic[j].nodes[o].value();
          if (m.yields)
            free += nodes;
          else if (nodes > 0)
            add_yielding({p, m.priority, nodes});
        }
      }
    }
    // Nodes that are kept for those who wait for others to save are not free; those that will be given away beyond
    // that are not yet.
    free -= claimed(p);
    capacity_.set(p, pool.owned.value(), std::max<std::int64_t>(0, free));
  }
}

void Simulation::fade_usage() {
  // What an account holds counts while it holds it: du/dt = nodes - u ln 2 / half-life.
  const double half_lives = (now() - state_.usage_at).to_seconds() / kUsageHalfLife_s;
  const double kept = std::exp2(-half_lives);
  const double grown_s = -std::expm1(-half_lives * std::numbers::ln2) * kUsageHalfLife_s / std::numbers::ln2;
  state_.usage_at = now();
  for (std::size_t a = 0; a < state_.usage.size(); ++a)
    state_.usage[a] = state_.usage[a] * kept + static_cast<double>(state_.account_nodes[a]) * grown_s;
}

std::span<const double> Simulation::show_usage() {
  if (spec_.order != scheduling::Order::kFairShare) return {};
  fade_usage();
  usage_shown_.resize(state_.usage.size());
  for (std::size_t a = 0; a < state_.usage.size(); ++a)
    usage_shown_[a] = state_.usage[a] / model_.account_shares[a];
  return usage_shown_;
}

void Simulation::note_wait(std::uint32_t job, Overtaken& overtaken) const {
  const GangState& g = state_.gangs[job];
  const base::Duration waited = now() - g.queued_at;
  if (waited <= model_.wait_warning || state_.jobs[job].started) return;
  bool others = false;  // came later and ran where it could have
  for (const GangOption& option : model_.jobs[job].options()) {
    const PoolState& pool = state_.pools[option.pool];
    others = others || (pool.newest_start > g.queued_at && pool.owned.value() >= option.nodes);
  }
  if (!others) return;
  ++overtaken.jobs;
  if (waited.us <= overtaken.longest_us) return;
  overtaken.longest_us = waited.us;
  overtaken.longest = job;
}

bool Simulation::try_start(std::uint32_t job, const GangOption& option) {
  PoolState& pool = state_.pools[option.pool];
  // Nobody yields in vain: who waits for others to save is asked again and again.
  if (pool.idle.value() < option.nodes && available(option.pool, model_.jobs[job]) < option.nodes)
    return false;
  const std::int64_t short_of = option.nodes - (pool.idle.value() - reserve(option.pool));
  if (short_of > 0) yield_nodes(option.pool, short_of, model_.jobs[job]);
  if (pool.idle.value() < option.nodes) return false;  // a gang that lost a node was served first
  start_gang(job, option);
  return true;
}

void Simulation::dispatch_gangs() {
  serve_claims();
  if (!line_.empty()) {
    show_capacity();
    decision_.clear();
    policy_->decide({.now = now(),
                     .queue = line_,
                     .running = running_,
                     .capacity = capacity_,
                     .it_w = has_power_cap() ? committed_it_w() : 0,
                     .it_cap_w = model_.it_power_cap_w,
                     .signal = model_.signal ? &*model_.signal : nullptr,
                     .usage = show_usage(),
                     .yielding = yielding_},
                    decision_);
    if (decision_.wake && *decision_.wake > now() && *decision_.wake < state_.wake &&
        *decision_.wake < model_.end) {
      state_.wake = *decision_.wake;
      schedule(state_.wake, EventKind::kDispatch, 0, 1);
    }
    // Positions hold until somebody joins the line.
    std::vector<std::pair<std::uint32_t, const GangOption*>>& starts = starting_;
    starts.clear();
    for (const scheduling::Start& s : decision_.start) {
      const std::uint32_t job = line_[s.position].job;
      starts.emplace_back(job, &model_.jobs[job].options()[option_index(job, s.option)]);
      line_.remove(s.position);
    }
    const bool preempts = !decision_.preempt.empty();
    for (const std::uint32_t job : decision_.preempt) preempt(job);
    for (const auto& [job, option] : starts) {
      if (try_start(job, *option)) continue;
      if (!preempts) {
        enqueue(job);
        continue;
      }
      GangState& g = state_.gangs[job];
      g.option = static_cast<std::uint32_t>(option - model_.jobs[job].options().data());
      g.held_from = now();
      g.expected_end = now() + base::Duration{estimate_us(job, *option)};
      state_.claims.push_back(job);
      running_begins(job);
    }
  }
  for (PoolState& pool : state_.pools) pool.smallest_need = line_.least_units();
}

void Simulation::dispatch() {
  state_.dispatch_pending = false;
  dispatch_gangs();
  by_priority_ = state_.serving;
  std::sort(by_priority_.begin(), by_priority_.end(), [this](std::uint32_t a, std::uint32_t b) {
    return model_.jobs[a].priority != model_.jobs[b].priority
               ? model_.jobs[a].priority > model_.jobs[b].priority
               : a < b;
  });
  for (const std::uint32_t j : by_priority_) adjust_elastic(j);
  for (std::uint32_t p = 0; p < model_.pools.size(); ++p) redraw_background(p);
}

std::string Simulation::job_name(std::uint32_t job) const {
  const JobModel& m = model_.jobs[job];
  if (m.batch == kNoIndex) return "'" + m.name + "'";
  std::uint32_t first = job;
  while (first > 0 && model_.jobs[first - 1].batch == m.batch) --first;
  return fmt::format("{} of batch '{}' (of {} accelerators)", job - first + 1, model_.jobs[m.batch].name,
                     m.options().front().accelerators);
}

}  // namespace gigawatt::fleet
