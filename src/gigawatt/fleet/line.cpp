// Which gangs run where: the line, what the policy is shown, and what becomes of its decision.
#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/core.h>

#include "gigawatt/base/check.h"
#include "gigawatt/fleet/simulation.h"
#include "gigawatt/fleet/simulator.h"

namespace gigawatt::fleet {
namespace {

// Usage for fair share fades with this half-life: Slurm's default PriorityDecayHalfLife.
constexpr double kUsageHalfLife_s = 7 * 86400.0;

}  // namespace

void Line::begin(std::stop_token stop, double most_bytes) {
  stop_ = std::move(stop);
  most_bytes_ = most_bytes;
  const auto* policy = scheduling::find_policy(model_.policy);
  GW_CHECK(policy != nullptr, "no policy '{}'", model_.policy);
  spec_ = policy->spec;
  policy_ = scheduling::make_policy(spec_);
  line_.keep(policy_->ordering());
  state_.line.usage.resize(model_.account_shares.size());
  state_.line.account_nodes.resize(model_.account_shares.size());
  state_.line.usage_at = model_.start;
  dependants_.resize(model_.jobs.size());
  followers_.resize(model_.jobs.size());
  for (std::uint32_t j = 0; j < model_.jobs.size(); ++j) {
    for (const std::uint32_t other : model_.jobs[j].after) dependants_[other].push_back(j);
    if (model_.jobs[j].starts_with != kNoIndex) followers_[model_.jobs[j].starts_with].push_back(j);
  }
  for (std::uint32_t j = 0; j < model_.jobs.size(); ++j) {
    const JobModel& job = model_.jobs[j];
    JobState& state = state_.books.jobs[j];
    state.ready_at = std::max(job.earliest, model_.start);
    state.waits_for = static_cast<std::uint32_t>(job.after.size()) + (job.starts_with == kNoIndex ? 0 : 1);
    if (job.refusal.empty() && !job.is_batch() && state.waits_for == 0) make_ready(j);
  }
  state_.line.members.reset(0);
  arrivals_.emplace(model_);
  next_arrival();
}

void Line::heed(const Fate& fate) {
  parts_.board.tell(fate, now());
  if (fate.who >= model_.jobs.size()) return;  // nobody waits for a single job of a batch
  if (fate.kind == Fate::Kind::kStarted) {
    for (const std::uint32_t other : followers_[fate.who]) prerequisite_met(other, now());
  } else if (fate.kind == Fate::Kind::kEnded && state_.books.jobs[fate.who].status == JobStatus::kCompleted) {
    for (const std::uint32_t other : dependants_[fate.who])
      prerequisite_met(other, now() + model_.jobs[other].delay);
    for (const std::uint32_t student : followers_[fate.who]) parts_.gangs.teacher_done(student);
  }
}

void Line::woken() {
  state_.line.wake = base::SimTime::max();
  request_dispatch();
}

void Line::hold(std::uint32_t job, std::int64_t nodes) {
  if (spec_.order != scheduling::Order::kFairShare) return;
  fade_usage();
  state_.line.account_nodes[job_model(job).account] += nodes;
}

void Line::note_start(std::uint32_t job) { note_wait(job, state_.line.overtaken); }

Overtaken Line::overtaken() const {
  Overtaken all = state_.line.overtaken;
  for (auto p = line_.next(0); p != scheduling::Queue::kEnd; p = line_.next(p + 1))
    note_wait(line_[p].job, all);
  return all;
}

void Line::post_dispatch() {
  state_.line.dispatch_pending = true;
  parts_.clock.schedule(now(), EventKind::kDispatch, 0);
}

void Line::make_ready(std::uint32_t job) {
  parts_.clock.schedule(std::max(now(), state_.books.jobs[job].ready_at), EventKind::kReady, job);
}

void Line::prerequisite_met(std::uint32_t job, base::SimTime when) {
  JobState& s = state_.books.jobs[job];
  s.ready_at = std::max(s.ready_at, when);
  GW_CHECK(s.waits_for > 0, "job '{}' was waiting for nothing", model_.jobs[job].name);
  if (--s.waits_for == 0 && model_.jobs[job].refusal.empty()) make_ready(job);
}

void Line::on_ready(std::uint32_t job) {
  if (job >= model_.jobs.size()) {
    const std::uint32_t batch = model_.batch_of(job);
    const BatchModel& b = model_.batches[batch];
    state_.line.members.add(job, b.draw(model_.seed, batch, job - b.first));
    check_memory(job);
    next_arrival();
    state_.books.active.push_back(job);
    enqueue(job);
    request_dispatch();
    return;
  }
  state_.books.active.push_back(job);
  if (model_.jobs[job].is_gang()) {
    state_.gangs.each[job].phase = GangPhase::kQueued;
    state_.gangs.each[job].queued_at = now();
    enqueue(job);
  } else {
    parts_.demand.begin(job);
  }
  request_dispatch();
}

void Line::check_memory(std::uint32_t job) const {
  // Measured: what one that has started takes until the month of its end is closed.
  constexpr double kStarted_bytes = 1'300;
  const std::size_t there = state_.line.members.size(), begun = state_.gangs.each.size();
  if (static_cast<double>(there) * kWaitingJobBytes + static_cast<double>(begun) * kStarted_bytes <=
      most_bytes_)
    return;
  throw TooMuch(fmt::format(
      "on {} the jobs of batches that wait or run fill the {:.3g} GB that a run may take: {} are there, {} "
      "of "
      "them have started, and batch '{}' goes on; fewer or shorter jobs, or more accelerators, would do",
      base::to_iso_date(now()), most_bytes_ * 1e-9, there, begun - model_.jobs.size(),
      model_.jobs[job_model(job).batch].name));
}

bool Line::shows(std::uint32_t job, std::uint32_t option) const {
  // Who has begun keeps its plan.
  if (started(job)) return option == state_.gangs.each[job].option;
  const JobModel& m = job_model(job);
  return m.options()[option].accelerators >= m.min_accelerators;
}

std::uint32_t Line::option_index(std::uint32_t job, std::uint32_t shown) const {
  for (std::uint32_t o = 0;; ++o)
    if (shows(job, o) && shown-- == 0) return o;
}

std::int64_t Line::useful_us(std::uint32_t job, const GangOption& option) const {
  return job < model_.jobs.size() ? option.useful_us : state_.line.members[job].useful_us;
}

std::int64_t Line::estimate_us(std::uint32_t job, const GangOption& option) const {
  constexpr double kLongest_s = 1e11;
  std::int64_t expected_us = option.expected_us;
  if (job >= model_.jobs.size()) {
    const double stretch = state_.line.members[job].stretch;
    expected_us =
        base::Duration::seconds(std::min(base::Duration{expected_us}.to_seconds() * stretch, kLongest_s)).us;
  }
  const GangState* g = state_.gangs.each.find(job);
  return std::max<std::int64_t>(1, expected_us - (g != nullptr ? g->base_us : 0));
}

bool Line::started(std::uint32_t job) const {
  const JobState* state = state_.books.jobs.find(job);
  return state != nullptr && state->started;
}

base::SimTime Line::queued_at(std::uint32_t job) const {
  const GangState* g = state_.gangs.each.find(job);
  return g != nullptr ? g->queued_at : state_.line.members[job].arrival;
}

std::int64_t Line::added_it_milliw(const GangOption& option) const {
  const NodeKind& kind = model_.kinds[model_.pools[option.pool].kind];
  return option.nodes * (option.productive_it_milliw - kind.idle_it_milliw);
}

void Line::enqueue(std::uint32_t job) {
  const JobModel& m = job_model(job);
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
                .queued = queued_at(job),
                .may_defer = m.may_defer,
                .options = options});
}

void Line::restore() {
  line_.clear();
  running_ = {};
  // Jobs of batches as the rules now in force draw them; arrivals go on behind those that were there.
  const auto redraw = [this](std::uint32_t job) {
    const std::uint32_t batch = model_.batch_of(job);
    const BatchModel& b = model_.batches[batch];
    state_.line.members[job] = b.draw(model_.seed, batch, job - b.first);
  };
  state_.line.members.for_each_sparse(redraw);
  arrivals_.emplace(model_);
  for (std::size_t i = 0; i < state_.line.arrived; ++i) arrivals_->next(stop_);
  for (const std::uint32_t j : state_.books.active) {
    if (!job_model(j).is_gang()) continue;
    if (!state_.gangs.each.has(j)) {
      enqueue(j);
      continue;
    }
    const GangState& g = state_.gangs.each[j];
    const bool claims =
        std::find(state_.line.claims.begin(), state_.line.claims.end(), j) != state_.line.claims.end();
    if (g.phase == GangPhase::kQueued && !claims) enqueue(j);
    if (claims ||
        (g.phase > GangPhase::kQueued && g.phase != GangPhase::kSaving && g.phase != GangPhase::kDone))
      running_begins(j);
  }
  policy_ = scheduling::make_policy(spec_);
}

void Line::running_begins(std::uint32_t job) {
  if (spec_.overtaking == scheduling::Overtaking::kNone && !spec_.preempt) return;  // nobody asks
  const GangState& g = state_.gangs.each[job];
  const GangOption& option = parts_.gangs.option_of(job);
  running_.add({.job = job,
                .priority = job_model(job).priority,
                .place = option.pool,
                .units = option.nodes,
                .preemptible = job_model(job).yields && g.phase != GangPhase::kQueued,
                .start = g.held_from,
                .expected_end = g.expected_end,
                .it_w = 1e-3 * static_cast<double>(added_it_milliw(option)),
                .shares = {{0, option.nodes}}});
}

void Line::running_ends(std::uint32_t job) {
  if (spec_.overtaking == scheduling::Overtaking::kNone && !spec_.preempt) return;
  running_.remove(job, state_.gangs.each[job].expected_end);
}

double Line::committed_it_w() const {
  std::int64_t milliw = parts_.sites.it_load_milliw();
  for (const std::uint32_t j : state_.books.active) {
    const GangState* g = state_.gangs.each.find(j);
    if (g == nullptr || g->nodes == 0 || g->phase == GangPhase::kSaving) continue;
    const std::int64_t at_work = parts_.gangs.option_of(j).productive_it_milliw;
    milliw += g->nodes * std::max<std::int64_t>(0, at_work - parts_.gangs.gang_power(j));
  }
  for (const std::uint32_t j : state_.line.claims) milliw += added_it_milliw(parts_.gangs.option_of(j));
  return static_cast<double>(milliw) * 1e-3;
}

std::int64_t Line::claimed(std::uint32_t pool) const {
  std::int64_t nodes = -state_.pools.each[pool].saving_nodes;
  for (const std::uint32_t j : state_.line.claims)
    if (parts_.gangs.option_of(j).pool == pool) nodes += parts_.gangs.option_of(j).nodes;
  return std::max<std::int64_t>(0, nodes);
}

void Line::add_yielding(const scheduling::Yielding& one) {
  const auto after = std::upper_bound(yielding_.begin(), yielding_.end(), one,
                                      [](const auto& a, const auto& b) { return a.priority < b.priority; });
  yielding_.insert(after, one);
}

void Line::show_capacity() {
  yielding_.clear();
  for (std::uint32_t p = 0; p < model_.pools.size(); ++p) {
    const PoolState& pool = state_.pools.each[p];
    std::int64_t free = pool.idle.value() - parts_.pools.reserve(p);
    if (pool.elastic_nodes > 0) {
      for (const std::uint32_t j : state_.demand.serving) {
        const JobModel& m = model_.jobs[j];
        for (std::size_t o = 0; o < m.elastic.size(); ++o) {
          if (m.elastic[o].pool != p) continue;
          const std::int64_t nodes = state_.demand.each[j].nodes[o].value();
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

void Line::fade_usage() {
  // What an account holds counts while it holds it: du/dt = nodes - u ln 2 / half-life.
  const double half_lives = (now() - state_.line.usage_at).to_seconds() / kUsageHalfLife_s;
  const double kept = std::exp2(-half_lives);
  const double grown_s = -std::expm1(-half_lives * std::numbers::ln2) * kUsageHalfLife_s / std::numbers::ln2;
  state_.line.usage_at = now();
  for (std::size_t a = 0; a < state_.line.usage.size(); ++a)
    state_.line.usage[a] =
        state_.line.usage[a] * kept + static_cast<double>(state_.line.account_nodes[a]) * grown_s;
}

std::span<const double> Line::show_usage() {
  if (spec_.order != scheduling::Order::kFairShare) return {};
  fade_usage();
  usage_shown_.resize(state_.line.usage.size());
  for (std::size_t a = 0; a < state_.line.usage.size(); ++a)
    usage_shown_[a] = state_.line.usage[a] / model_.account_shares[a];
  return usage_shown_;
}

void Line::note_wait(std::uint32_t job, Overtaken& overtaken) const {
  const base::SimTime since = queued_at(job);
  const base::Duration waited = now() - since;
  if (waited <= model_.wait_warning || started(job)) return;
  bool others = false;  // came later and ran where it could have
  for (const GangOption& option : job_model(job).options()) {
    const PoolState& pool = state_.pools.each[option.pool];
    others = others || (pool.newest_start > since && pool.owned.value() >= option.nodes);
  }
  if (!others) return;
  ++overtaken.jobs;
  if (waited.us <= overtaken.longest_us) return;
  overtaken.longest_us = waited.us;
  overtaken.longest = job;
}

bool Line::try_start(std::uint32_t job, const GangOption& option) {
  PoolState& pool = state_.pools.each[option.pool];
  // Nobody yields in vain: who waits for others to save is asked again and again.
  if (pool.idle.value() < option.nodes && parts_.demand.available(option.pool, job_model(job)) < option.nodes)
    return false;
  const std::int64_t short_of = option.nodes - (pool.idle.value() - parts_.pools.reserve(option.pool));
  if (short_of > 0) parts_.demand.yield_nodes(option.pool, short_of, job_model(job));
  if (pool.idle.value() < option.nodes) return false;  // a gang that lost a node was served first
  parts_.gangs.start_gang(job, option);
  return true;
}

void Line::dispatch_gangs() {
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
    if (decision_.wake && *decision_.wake > now() && *decision_.wake < state_.line.wake &&
        *decision_.wake < model_.end) {
      state_.line.wake = *decision_.wake;
      parts_.clock.schedule(state_.line.wake, EventKind::kDispatch, 0, 1);
    }
    // Positions hold until somebody joins the line.
    std::vector<std::pair<std::uint32_t, const GangOption*>>& starts = starting_;
    starts.clear();
    for (const scheduling::Start& s : decision_.start) {
      const std::uint32_t job = line_[s.position].job;
      starts.emplace_back(job, &job_model(job).options()[option_index(job, s.option)]);
      line_.remove(s.position);
    }
    const bool preempts = !decision_.preempt.empty();
    for (const std::uint32_t job : decision_.preempt)
      parts_.gangs.preempt(job, "had to stop for a job of higher priority and waits to go on");
    for (const auto& [job, option] : starts) {
      if (try_start(job, *option)) continue;
      if (!preempts) {
        enqueue(job);
        continue;
      }
      if (!state_.gangs.each.has(job)) parts_.books.add_job(job);
      GangState& g = state_.gangs.each[job];
      g.option = static_cast<std::uint32_t>(option - job_model(job).options().data());
      g.held_from = now();
      g.expected_end = now() + base::Duration{estimate_us(job, *option)};
      state_.line.claims.push_back(job);
      running_begins(job);
    }
  }
  for (PoolState& pool : state_.pools.each) pool.smallest_need = line_.least_units();
}

void Line::dispatch() {
  state_.line.dispatch_pending = false;
  dispatch_gangs();
  by_priority_ = state_.demand.serving;
  std::sort(by_priority_.begin(), by_priority_.end(), [this](std::uint32_t a, std::uint32_t b) {
    return model_.jobs[a].priority != model_.jobs[b].priority
               ? model_.jobs[a].priority > model_.jobs[b].priority
               : a < b;
  });
  for (const std::uint32_t j : by_priority_) parts_.demand.adjust_elastic(j);
  for (std::uint32_t p = 0; p < model_.pools.size(); ++p) parts_.pools.redraw_background(p);
}

std::string Line::job_name(std::uint32_t job) const {
  if (job < model_.jobs.size()) return "'" + model_.jobs[job].name + "'";
  // It may have left.
  const std::uint32_t batch = model_.batch_of(job);
  const BatchModel& b = model_.batches[batch];
  const Member member = b.draw(model_.seed, batch, job - b.first);
  return fmt::format("{} of batch '{}' (of {} accelerators)", job - b.first + 1, model_.jobs[b.row].name,
                     b.by_size[member.size].options().front().accelerators);
}

void Line::serve_claims() {
  std::vector<std::uint32_t> left;
  for (const std::uint32_t job : std::exchange(state_.line.claims, {})) {
    const GangOption& option = parts_.gangs.option_of(job);
    running_ends(job);
    if (try_start(job, option)) continue;
    if (state_.pools.each[option.pool].saving_nodes > 0) {
      running_begins(job);
      left.push_back(job);
    } else {
      enqueue(job);  // a failure took what was meant for it
    }
  }
  state_.line.claims = std::move(left);
}

void Line::next_arrival() {
  // One at a time: the calendar holds what comes next, not a year of arrivals.
  const auto arrival = arrivals_->next(stop_);
  if (!arrival) return;
  ++state_.line.arrived;
  parts_.clock.schedule(std::max(arrival->time, now()), EventKind::kReady, arrival->job);
}

}  // namespace gigawatt::fleet
