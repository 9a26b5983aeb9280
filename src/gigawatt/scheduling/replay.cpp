#include "gigawatt/scheduling/replay.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/base/check.h"
#include "gigawatt/events/event_queue.h"
#include "gigawatt/scheduling/replay_statistics.h"

namespace gigawatt::scheduling {
namespace {

constexpr std::size_t kNamed = 5;
constexpr std::uint64_t kPollEvents = 16384;

enum Kind : std::uint16_t { kEnd, kWake };

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
        expected_end_(jobs.size()) {}

  ReplayResult run() {
    for (std::uint32_t j = 0; j < jobs_.size(); ++j) {
      left_us_[j] = jobs_[j].run_us;
      GW_CHECK(j == 0 || jobs_[j].submit >= jobs_[j - 1].submit, "job {} before the one in front of it", j);
      accounts_ = std::max<std::size_t>(accounts_, jobs_[j].account + std::size_t{1});
    }
    usage_.resize(accounts_);
    std::uint32_t next = 0;
    while (true) {
      const auto end = ends_.next_time();
      if (next == jobs_.size() && !end) break;
      const bool arrives = next < jobs_.size() && (!end || jobs_[next].submit < *end);
      move_to(arrives ? jobs_[next].submit : *end);
      while (ends_.next_time() == now_) handle(*ends_.pop());
      for (; next < jobs_.size() && jobs_[next].submit == now_; ++next) arrive(next);
      dispatch();
      if (++rounds_ % kPollEvents == 0) {
        if (options_.progress) options_.progress(statistics_.done());
        if (options_.stop.stop_requested()) {
          result_.stopped = true;
          break;
        }
      }
    }
    result_.never_started = queue_.size();
    for (auto p = queue_.next(0); p != Queue::kEnd && result_.never_started_first.size() < kNamed;
         p = queue_.next(p + 1))
      result_.never_started_first.push_back(queue_[p].job);
    result_.events += rounds_;
    statistics_.finish(result_);
    return result_;
  }

 private:
  double it_w() const {
    const std::int64_t busy = capacity_.total(0) - capacity_.free(0);
    return static_cast<double>(busy) * options_.unit_it_w +
           static_cast<double>(capacity_.free(0)) * options_.idle_it_w;
  }

  void move_to(base::SimTime time) {
    if (time > now_ && rounds_ > 0) {
      const double span_s = (time - now_).to_seconds();
      result_.it_energy_j += it_w() * span_s;
      const double kept = std::exp2(-span_s / options_.usage_half_life.to_seconds());
      if (accounts_ > 1)
        for (double& used : usage_) used *= kept;
    }
    now_ = time;
  }

  void arrive(std::uint32_t job) {
    ++result_.events;
    const ReplayJob& j = jobs_[job];
    const double work_w = static_cast<double>(j.units) * (options_.unit_it_w - options_.idle_it_w);
    const double idle_w = static_cast<double>(capacity_.total(0)) * options_.idle_it_w;
    if (!capacity_.ever_fits(0, j.units) || j.units <= 0 || idle_w + work_w > options_.it_cap_w) {
      ++result_.too_large;
      if (result_.too_large_first.size() < kNamed) result_.too_large_first.push_back(job);
      return;
    }
    enqueue(job, j.submit);
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
    release(job);
    left_us_[job] = 0;
    statistics_.ended(job, now_);
  }

  Running release(std::uint32_t job) {
    Running running = running_.remove(job, expected_end_[job]);
    capacity_.give(0, running.shares);
    if (options_.span) options_.span(job, running.start, now_, running.shares);
    statistics_.ran(job, running.start, now_);
    usage_[jobs_[job].account] += static_cast<double>(running.units) * (now_ - running.start).to_seconds();
    return running;
  }

  void start(const Start& s) {
    const Waiting& waiting = queue_[s.position];
    const Option& option = waiting.options[s.option];
    capacity_.take(0, s.shares);
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
    for (const std::uint32_t job : stopped) enqueue(job, jobs_[job].submit);
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
  std::vector<double> usage_;
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
