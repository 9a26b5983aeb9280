#include "gigawatt/fleet/simulation.h"

#include <algorithm>

#include "gigawatt/base/check.h"

namespace gigawatt::fleet {
namespace {

// Order of events at one instant: a month is closed before anything of the next one happens, capacity and nodes
// come before those who ask for them, and jobs are placed last, once everything else is known.
constexpr std::uint8_t priority(EventKind kind) { return static_cast<std::uint8_t>(kind); }

constexpr std::uint64_t kStopPollEvents = 4096;
// Streams of pools and jobs share domains; pools count from here.
constexpr std::uint64_t kPoolEntity = std::uint64_t{1} << 32;

}  // namespace

double price_at(const std::vector<PriceStep>& steps, base::SimTime t) {
  double value = steps.empty() ? 0 : steps.front().value;
  for (const PriceStep& step : steps)
    if (step.from <= t) value = step.value;
  return value;
}

std::int64_t JobModel::expected_us(const GangOption& option) const {
  if (!shared_gangs) return option.expected_us;
  return base::Duration::seconds(std::min(base::Duration{option.expected_us}.to_seconds() * stretch, 1e11))
      .us;
}

Simulation::Simulation(const FleetModel& model, std::optional<base::SimTime> until)
    : model_(model), end_(until ? std::min(*until, model.end) : model.end) {
  GW_CHECK(end_ > model.start, "the run ends at {}, before its start", base::to_iso_date(end_));
  stopped_early_ = end_ < model.end;
  const auto* policy = scheduling::find_policy(model.policy);
  GW_CHECK(policy != nullptr, "no policy '{}'", model.policy);
  spec_ = policy->spec;
  policy_ = scheduling::make_policy(spec_);
  state_.usage.resize(model.account_shares.size());
  state_.account_nodes.resize(model.account_shares.size());
  state_.usage_at = model.start;
  state_.queue = events::EventQueue(model.start);
  state_.sites.resize(model.sites.size());
  for (std::size_t s = 0; s < state_.sites.size(); ++s) {
    SiteState& site = state_.sites[s];
    site.shop = reliability::RepairShop(model.sites[s].repair);
    site.call_until = model.start;
    site.settled = model.start;
    site.it_milliw.start(model.start);
  }
  for (std::uint32_t p = 0; p < model.pools.size(); ++p) {
    PoolState& pool =
        state_.pools.emplace_back(random::Stream(model.seed, random::Domain::kFailure, kPoolEntity + p),
                                  random::Stream(model.seed, random::Domain::kRepair, kPoolEntity + p),
                                  random::Stream(model.seed, random::Domain::kVictim, kPoolEntity + p));
    pool.fresh_at = model.start;
    bursts_.emplace_back(model.kinds[model.pools[p].kind].bursts, (model.end - model.start).to_seconds(),
                         random::Stream(model.seed, random::Domain::kCause, kPoolEntity + p));
    for (Integrated* count : {&pool.owned, &pool.idle, &pool.down}) count->start(model.start);
    pool.failures_by_cause.resize(model.kinds[model.pools[p].kind].failures.classes().size());
  }
  state_.jobs.reset(model.jobs.size());
  state_.gangs.reset(model.jobs.size());
  state_.elastic.reset(model.jobs.size());
  for (std::uint32_t j = 0; j < model.jobs.size(); ++j) {
    if (model.jobs[j].batch != kNoIndex) {
      arrivals_.emplace_back(model.jobs[j].earliest, j);
      continue;
    }
    add_job(j);
    if (!model.jobs[j].elastic.empty())
      state_.elastic.add(j, ElasticState{}).nodes.resize(model.jobs[j].elastic.size());
  }
  std::sort(arrivals_.begin(), arrivals_.end());
  state_.batches.resize(model.jobs.size() - arrivals_.size());  // jobs of batches come after all others
  dependants_.resize(model.jobs.size());
  followers_.resize(model.jobs.size());
  for (std::uint32_t j = 0; j < model.jobs.size(); ++j) {
    for (const std::uint32_t other : model.jobs[j].after) dependants_[other].push_back(j);
    if (model.jobs[j].starts_with != kNoIndex) followers_[model.jobs[j].starts_with].push_back(j);
  }
  state_.money = finance::MoneyBook(model.money);
  state_.record.start = model.start;
  schedule_start();
}

events::Handle Simulation::schedule(base::SimTime time, EventKind kind, std::uint32_t entity,
                                    std::int64_t data) {
  return state_.queue.schedule({.time = time,
                                .priority = priority(kind),
                                .kind = static_cast<std::uint16_t>(kind),
                                .entity = entity,
                                .data = data});
}

void Simulation::schedule_start() {
  const auto& months = model_.money.months();
  for (std::uint32_t m = 1; m < months.count(); ++m) schedule(months.starts[m], EventKind::kMonthEnd, m);
  for (std::uint32_t i = 0; i < model_.plan.size(); ++i)
    schedule(std::max(model_.plan[i].time, model_.start), EventKind::kPlan, i);
  for (std::uint32_t j = 0; j < model_.jobs.size(); ++j) {
    const JobModel& job = model_.jobs[j];
    if (job.batch != kNoIndex) continue;
    state_.jobs[j].ready_at = std::max(job.earliest, model_.start);
    state_.jobs[j].waits_for =
        static_cast<std::uint32_t>(job.after.size()) + (job.starts_with == kNoIndex ? 0 : 1);
    if (job.refusal.empty() && !job.is_batch() && state_.jobs[j].waits_for == 0) make_ready(j);
  }
  next_arrival();
}

void Simulation::add_job(std::uint32_t job) {
  state_.jobs.add(job, JobState{});
  const std::uint64_t entity = model_.jobs[job].entity != 0 ? model_.jobs[job].entity : job;
  state_.gangs.add(job, GangState(random::Stream(model_.seed, random::Domain::kFailure, entity),
                                  random::Stream(model_.seed, random::Domain::kRepair, entity)));
}

void Simulation::next_arrival() {
  // One at a time: the calendar holds what comes next, not a year of arrivals.
  if (state_.arrived == arrivals_.size()) return;
  const auto [when, job] = arrivals_[state_.arrived++];
  schedule(std::max(when, now()), EventKind::kReady, job);
}

void Simulation::depart(std::uint32_t job) {
  const JobModel& m = model_.jobs[job];
  state_.batches[m.batch].add(model_, m, option_of(job), state_.jobs[job], now());
  state_.jobs.remove(job);
  state_.gangs.remove(job);
}

void Simulation::handle(const events::Event& event) {
  switch (static_cast<EventKind>(event.kind)) {
    case EventKind::kMonthEnd: close_month(); return;
    case EventKind::kPlan: on_plan(model_.plan[event.entity]); return;
    case EventKind::kRepair: on_repair(event.entity, event.data); return;
    case EventKind::kGang: on_gang(event.entity); return;
    case EventKind::kBackground: on_background(event.entity); return;
    case EventKind::kReady: on_ready(event.entity); return;
    case EventKind::kDemand: on_demand(event.entity); return;
    case EventKind::kDispatch:
      if (event.data == 0) return dispatch();
      state_.wake = base::SimTime::max();  // the policy asked for it
      return request_dispatch();
    case EventKind::kDomain: on_domain(event.entity); return;
  }
}

void Simulation::run_to(base::SimTime time) {
  for (auto next = state_.queue.next_time(); next && *next <= time; next = state_.queue.next_time())
    handle(*state_.queue.pop());
}

bool Simulation::run(const std::stop_token& stop,
                     const std::function<void(base::SimTime, double, std::uint64_t)>& progress) {
  const double span_s = (end_ - model_.start).to_seconds();
  std::size_t month = state_.month;
  bool stopped = false;
  for (auto next = state_.queue.next_time(); next && *next < end_; next = state_.queue.next_time()) {
    handle(*state_.queue.pop());
    if (state_.queue.popped() % kStopPollEvents == 0 && stop.stop_requested()) {
      stopped = true;
      break;
    }
    if (state_.month != month) {
      month = state_.month;
      if (progress) progress(now(), (now() - model_.start).to_seconds() / span_s, state_.queue.popped());
      if (stop.stop_requested()) {
        stopped = true;
        break;
      }
    }
  }
  if (stopped) {
    stopped_early_ = true;
    end_ = now();
  }
  // Close the last, perhaps partial month at end_ with a last event, so that the clock stands there.
  schedule(end_, EventKind::kMonthEnd, 0);
  while (state_.queue.now() < end_ || state_.record.end < end_) handle(*state_.queue.pop());
  return !stopped;
}

}  // namespace gigawatt::fleet
