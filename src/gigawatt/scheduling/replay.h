#pragma once
/// A list of jobs on a cluster of one place under a policy: submissions at their dates, run times as they were, the
/// policy sees the estimates. One event per arrival, end and wish of the policy; all that happens at one instant is
/// seen together.
///
/// Wait = start - submission. Bounded slowdown = max(1, (wait + run) / max(run, 10 s)) (Feitelson et al., JSSPP
/// 1997). Utilization = unit-seconds of work / (units x time from the first submission to the last end).
///
/// A job that waits for another (`after`) joins the queue when that one has ended, and its wait counts from then. What
/// waits for a job that is refused joins at its own submission.
///
/// A preempted job keeps what its last checkpoint holds and goes to the place in the queue that its submission
/// gives it. Usage for fair share decays with a half-life H and grows with the units that an account holds, while it
/// holds them: du/dt = units - u ln 2 / H.

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "gigawatt/scheduling/policy.h"

namespace gigawatt::scheduling {

struct ReplayJob {
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  /// An estimate for jobs of which nobody says when they end: longer than any replay.
  static constexpr std::int64_t kNoLimit_us = 1'000LL * 366 * 86'400 * 1'000'000;

  base::SimTime submit;  ///< when it may start; with `after`, not before `think_us` after that job's end
  std::int64_t run_us = 0;
  std::int64_t estimate_us = 0;  ///< not positive: the run time itself
  std::int64_t units = 0;
  std::int64_t think_us = 0;
  std::int32_t priority = 0;
  std::uint32_t account = 0;
  std::uint32_t after = kNone;  ///< the job, one of those before this one, that has to end first
  std::uint32_t tag = 0;        ///< the caller's number of it
};

struct ReplayOptions {
  PlaceShape cluster;
  double unit_it_w = 0;  ///< IT power of one unit at work
  double idle_it_w = 0;  ///< of one unit that is free
  double it_cap_w = std::numeric_limits<double>::infinity();
  const Signal* signal = nullptr;
  base::Duration may_defer;                              ///< each job
  base::Duration usage_half_life{7 * 86'400'000'000LL};  ///< Slurm's default PriorityDecayHalfLife
  base::Duration checkpoint_interval;                    ///< 0: a preempted job keeps everything
  bool exact_estimates = false;                          ///< the policy knows the run times
  std::stop_token stop;
  std::function<void(double done)> progress;  ///< share of the jobs that have ended, now and then
  /// A stretch in which a job ran, when it ends.
  std::function<void(std::uint32_t job, base::SimTime start, base::SimTime end, std::span<const Share>)> span;
};

struct Spread {
  double mean = 0, median = 0, p90 = 0, p99 = 0, max = 0;
};

/// Jobs of a range of sizes.
struct SizeClass {
  std::int64_t from = 0, to = 0;  ///< units, inclusive
  std::uint64_t jobs = 0;
  double wait_mean_s = 0;
  double bounded_slowdown_mean = 0;
  double wait_max_s = 0;
};

struct ReplayResult {
  std::uint64_t jobs = 0;                      ///< that ended
  std::uint64_t too_large = 0;                 ///< refused: more units, or more power, than there ever are
  std::vector<std::uint32_t> too_large_first;  ///< the first few of them
  std::uint64_t never_started = 0;             ///< the policy left them in the queue when all else was over
  std::vector<std::uint32_t> never_started_first;  ///< the first few of them
  Spread wait_s;
  Spread bounded_slowdown;
  double utilization = 0;
  double makespan_s = 0;
  base::SimTime first_submit, last_end;
  std::uint64_t waited = 0;  ///< jobs that did not start at once
  std::uint64_t queue_max = 0;
  std::int64_t busy_max = 0;  ///< units
  std::uint64_t preemptions = 0;
  double lost_unit_s = 0;  ///< work that preemptions took back
  double it_energy_j = 0;
  double it_peak_w = 0;
  double signal_mean = 0;  ///< of a unit-second at work; 0 without a signal
  std::vector<SizeClass> sizes;
  std::uint64_t events = 0;
  bool stopped = false;
};

/// `jobs` in the order of submission (base::InternalError otherwise).
ReplayResult replay(std::span<const ReplayJob> jobs, Policy& policy, const ReplayOptions& options);

}  // namespace gigawatt::scheduling
