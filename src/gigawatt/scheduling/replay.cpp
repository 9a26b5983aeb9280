#include "gigawatt/scheduling/replay.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <unordered_map>

#include "gigawatt/base/check.h"
#include "gigawatt/events/event_queue.h"
#include "gigawatt/scheduling/replay_statistics.h"

namespace gigawatt::scheduling {
namespace {

constexpr std::size_t kNamed = 5;
constexpr std::uint64_t kPollEvents = 16384;

enum Kind : std::uint16_t { kEnd, kWake, kArrive };

class Cluster {
 public:
  Cluster(std::span<const ReplayJob> jobs, Policy& policy, const ReplayOptions& options)
      : jobs_(jobs),
        policy_(policy),
        options_(options),
        capacity_({options.cluster}),
        statistics_(jobs, options),
        left_us_(jobs.size()),
        handles_(jobs.size()),
        expected_end_(jobs.size()),
        eligible_(jobs.size()) {}

  ReplayResult run() {
    for (std::uint32_t j = 0; j < jobs_.size(); ++j) {
      left_us_[j] = jobs_[j].run_us;
      GW_CHECK(j == 0 || jobs_[j].submit >= jobs_[j - 1].submit, "job {} before the one in front of it", j);
      accounts_ = std::max<std::size_t>(accounts_, jobs_[j].account + std::size_t{1});
      eligible_[j] = jobs_[j].submit;
      if (const std::uint32_t after = jobs_[j].after; after != ReplayJob::kNone) {
        GW_CHECK(after < j, "job {} waits for job {}, which comes later", j, after);
        followers_[after].push_back(j);
      }
    }
    queue_.keep(policy_.ordering());
    usage_.resize(accounts_);
    held_units_.resize(accounts_);
    std::uint32_t next = 0;
    while (true) {
      const auto end = ends_.next_time();
      if (next == jobs_.size() && !end) break;
      const bool arrives = next < jobs_.size() && (!end || jobs_[next].submit < *end);
      move_to(arrives ? jobs_[next].submit : *end);
      while (ends_.next_time() == now_) handle(*ends_.pop());
      for (; next < jobs_.size() && jobs_[next].submit == now_; ++next)
        if (jobs_[next].after == ReplayJob::kNone) arrive(next);
      dispatch();
      if (++rounds_ % kPollEvents == 0) {
        if (options_.progress) options_.progress(statistics_.done());
        if (options_.stop.stop_requested()) {
          result_.stopped = true;
          break;
        }
      }
    }
    result_.never_started = queue_.size() + never_released();
    for (auto p = queue_.next(0); p != Queue::kEnd && result_.never_started_first.size() < kNamed;
         p = queue_.next(p + 1))
      result_.never_started_first.push_back(queue_[p].job);
    result_.events += rounds_;
    statistics_.finish(result_);
    return result_;
  }

 private:
  /// Jobs that wait for one that never ended.
  std::uint64_t never_released() const {
    std::uint64_t held = 0;
    for (const auto& [job, followers] : followers_) held += followers.size();
    return held;
  }

  /// Lets go what waited for this job; `ended`: it has run, so that think times count.
  void release_followers(std::uint32_t job, bool ended) {
    const auto found = followers_.find(job);
    if (found == followers_.end()) return;
    for (const std::uint32_t follower : found->second) {
      const ReplayJob& f = jobs_[follower];
      eligible_[follower] =
          ended ? std::max(f.submit, now_ + base::Duration{f.think_us}) : std::max(f.submit, now_);
      ends_.schedule({.time = eligible_[follower], .priority = 0, .kind = kArrive, .entity = follower});
    }
    followers_.erase(found);
  }

  double it_w() const {
    const std::int64_t busy = capacity_.total(0) - capacity_.free(0);
    return static_cast<double>(busy) * options_.unit_it_w +
           static_cast<double>(capacity_.free(0)) * options_.idle_it_w;
  }

  void move_to(base::SimTime time) {
    if (time > now_ && rounds_ > 0) {
      const double span_s = (time - now_).to_seconds();
      result_.it_energy_j += it_w() * span_s;
      if (accounts_ > 1 && policy_.reads_usage()) fade_usage(span_s);
    }
    now_ = time;
  }

  /// What an account holds counts while it holds it, and fades from then on.
  void fade_usage(double span_s) {
    const double half_life_s = options_.usage_half_life.to_seconds();
    const double kept = std::exp2(-span_s / half_life_s);
    const double grown_s =
        half_life_s / std::numbers::ln2 * -std::expm1(-span_s / half_life_s * std::numbers::ln2);
    for (std::size_t a = 0; a < accounts_; ++a)
      usage_[a] = usage_[a] * kept + static_cast<double>(held_units_[a]) * grown_s;
  }

  void arrive(std::uint32_t job) {
    ++result_.events;
    const ReplayJob& j = jobs_[job];
    const double work_w = static_cast<double>(j.units) * (options_.unit_it_w - options_.idle_it_w);
    const double idle_w = static_cast<double>(capacity_.total(0)) * options_.idle_it_w;
    if (!capacity_.ever_fits(0, j.units) || j.units <= 0 || idle_w + work_w > options_.it_cap_w) {
      ++result_.too_large;
      if (result_.too_large_first.size() < kNamed) result_.too_large_first.push_back(job);
      release_followers(job, false);
      return;
    }
    enqueue(job, eligible_[job]);
  }

  void enqueue(std::uint32_t job, base::SimTime queued) {
    const ReplayJob& j = jobs_[job];
    const bool exact = options_.exact_estimates || j.estimate_us <= 0;
    const std::int64_t done_us = j.run_us - left_us_[job];
    const std::int64_t expected_us =
        exact ? left_us_[job] : std::max<std::int64_t>(j.estimate_us - done_us, 1);
    const Option option{.place = 0,
                        .units = j.units,
                        .expected_us = expected_us,
                        .it_w = static_cast<double>(j.units) * (options_.unit_it_w - options_.idle_it_w)};
    queue_.insert({.job = job,
                   .priority = j.priority,
                   .account = j.account,
                   .queued = queued,
                   .may_defer = options_.may_defer,
                   .options = {&option, 1}});
    result_.queue_max = std::max<std::uint64_t>(result_.queue_max, queue_.size());
  }

  void handle(const events::Event& event) {
    ++result_.events;
    if (event.kind == kWake) return;
    const std::uint32_t job = event.entity;
    if (event.kind == kArrive) {
      --result_.events;  // arrivals count themselves
      return arrive(job);
    }
    release(job);
    left_us_[job] = 0;
    statistics_.ended(job, eligible_[job], now_);
    release_followers(job, true);
  }

  Running release(std::uint32_t job) {
    Running running = running_.remove(job, expected_end_[job]);
    capacity_.give(0, running.shares);
    if (options_.span) options_.span(job, running.start, now_, running.shares);
    statistics_.ran(job, running.start, now_);
    held_units_[jobs_[job].account] -= running.units;
    return running;
  }

  void start(const Start& s) {
    const Waiting& waiting = queue_[s.position];
    const Option& option = waiting.options[s.option];
    capacity_.take(0, s.shares);
    held_units_[waiting.account] += option.units;
    expected_end_[waiting.job] = now_ + base::Duration{option.expected_us};
    running_.add({.job = waiting.job,
                  .priority = waiting.priority,
                  .place = 0,
                  .units = option.units,
                  .preemptible = true,
                  .start = now_,
                  .expected_end = expected_end_[waiting.job],
                  .it_w = option.it_w,
                  .shares = s.shares});
    handles_[waiting.job] = ends_.schedule({.time = now_ + base::Duration{left_us_[waiting.job]},
                                            .priority = 0,
                                            .kind = kEnd,
                                            .entity = waiting.job,
                                            .data = 0});
    statistics_.started(waiting.job, now_);
  }

  void dispatch() {
    if (queue_.empty()) return;
    decision_.clear();
    policy_.decide({.now = now_,
                    .queue = queue_,
                    .running = running_,
                    .capacity = capacity_,
                    .it_w = it_w(),
                    .it_cap_w = options_.it_cap_w,
                    .signal = options_.signal,
                    .usage = usage_},
                   decision_);
    if (decision_.wake && *decision_.wake > now_ && *decision_.wake != wake_) {
      wake_ = *decision_.wake;
      ends_.schedule({.time = wake_, .priority = 1, .kind = kWake, .entity = 0, .data = 0});
    }
    // Those who are stopped join the queue behind what the decision refers to.
    std::vector<std::uint32_t> stopped;
    stopped.swap(decision_.preempt);
    if (stopped.empty()) {
      start_all();
      return;
    }
    for (const std::uint32_t job : stopped) give_back(job);
    start_all();
    for (const std::uint32_t job : stopped) enqueue(job, eligible_[job]);
    dispatch();  // one of them may fit beside those for whom it stopped
  }

  void give_back(std::uint32_t job) {
    GW_CHECK(ends_.cancel(handles_[job]), "job {} is stopped and does not run", job);
    const Running running = release(job);
    const std::int64_t ran_us = (now_ - running.start).us;
    const std::int64_t interval = options_.checkpoint_interval.us;
    const std::int64_t kept_us = interval > 0 ? ran_us / interval * interval : ran_us;
    left_us_[job] -= kept_us;
    ++result_.preemptions;
    result_.lost_unit_s += static_cast<double>(running.units) * static_cast<double>(ran_us - kept_us) * 1e-6;
  }

  void start_all() {
    if (decision_.start.empty()) return;
    for (const Start& s : decision_.start) {
      start(s);
      queue_.remove(s.position);
    }
    const std::int64_t busy = capacity_.total(0) - capacity_.free(0);
    result_.busy_max = std::max(result_.busy_max, busy);
    result_.it_peak_w = std::max(result_.it_peak_w, it_w());
  }

  std::span<const ReplayJob> jobs_;
  Policy& policy_;
  const ReplayOptions& options_;
  Capacity capacity_;
  Statistics statistics_;
  RunningSet running_;
  Queue queue_;
  events::EventQueue ends_{base::SimTime{std::numeric_limits<std::int64_t>::min()}};
  std::vector<std::int64_t> left_us_;
  std::vector<events::Handle> handles_;
  std::vector<base::SimTime> expected_end_;
  std::vector<base::SimTime> eligible_;  // when each could start at the earliest, once that is known
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> followers_;  // of jobs that have not ended
  std::vector<double> usage_;
  std::vector<std::int64_t> held_units_;  // by account
  std::size_t accounts_ = 1;
  Decision decision_;
  base::SimTime now_;
  base::SimTime wake_{std::numeric_limits<std::int64_t>::min()};
  std::uint64_t rounds_ = 0;
  ReplayResult result_;
};

}  // namespace

ReplayResult replay(std::span<const ReplayJob> jobs, Policy& policy, const ReplayOptions& options) {
  return Cluster(jobs, policy, options).run();
}

}  // namespace gigawatt::scheduling
