#include "gigawatt/waveform/jobs.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/base/check.h"

namespace gigawatt::waveform {
namespace {

/// The energy of a periodic profile up to any time.
class Energy {
 public:
  explicit Energy(const Profile& p) : profile_(p), sum_(p.energy_j()) {}

  /// From the beginning of a step to `t` after it, over as many steps as that takes. Asked in ascending order of t.
  double upto(double t) {
    const double steps = std::floor(t / profile_.period_s);
    const double in = t - steps * profile_.period_s;
    if (steps != steps_) {
      steps_ = steps;
      piece_ = 0;
    }
    while (piece_ + 1 < profile_.from_s.size() && profile_.from_s[piece_ + 1] <= in) ++piece_;
    return steps * sum_.back() + sum_[piece_] + profile_.watts[piece_] * (in - profile_.from_s[piece_]);
  }

 private:
  const Profile& profile_;
  std::vector<double> sum_;
  double steps_ = -1;
  std::size_t piece_ = 0;
};

/// Adds the energy of a phase to the steps of the window.
void add(const Phase& phase, Energy& energy, const Levels& levels, double dt_s, std::vector<double>& joules) {
  double before = phase.running ? energy.upto(phase.step_s) : 0;
  const auto n = joules.size();
  for (auto i = static_cast<std::size_t>(phase.from_s / dt_s); i < n; ++i) {
    const double from = std::max(phase.from_s, static_cast<double>(i) * dt_s);
    const double to = std::min(phase.to_s, static_cast<double>(i + 1) * dt_s);
    if (to <= from) {
      if (from >= phase.to_s) break;
      continue;
    }
    if (phase.running) {
      const double after = energy.upto(phase.step_s + to - phase.from_s);
      joules[i] += after - before;
      before = after;
    } else {
      joules[i] += levels[phase.doing] * (to - from);
    }
  }
}

}  // namespace

std::vector<Phase> phases(const JobPattern& job, double period_s, double window_s) {
  std::vector<Phase> out;
  const double end = job.end_s >= 0 ? std::min(job.end_s, window_s) : window_s;
  double at = 0;
  const auto still = [&](Doing doing, double seconds) {
    const double to = std::min(end, at + seconds);
    if (to > at) out.push_back({at, to, false, doing, 0});
    at = std::max(at, to);
  };
  if (job.start_s > 0) still(Doing::kIdle, job.start_s);
  bool fails = job.failure_s >= 0;
  double step = std::fmod(job.offset_s, period_s);
  double since = 0;  // running time since the last checkpoint
  while (at < end) {
    double to = end;
    if (job.checkpoint_every_s > 0) to = std::min(to, at + job.checkpoint_every_s - since);
    const bool breaks = fails && job.failure_s >= at && job.failure_s < to;
    if (breaks) to = job.failure_s;
    if (to > at) out.push_back({at, to, true, Doing::kIdle, step});
    step = std::fmod(step + to - at, period_s);
    since += to - at;
    at = to;
    if (at >= end) break;
    if (breaks) {
      fails = false;
      still(Doing::kWaiting, job.detection_s);
      still(Doing::kIdle, job.restart_s);
      step = 0;
      since = 0;
    } else {
      still(Doing::kHost, job.checkpoint_s);
      since = 0;
    }
  }
  if (end < window_s) out.push_back({end, window_s, false, Doing::kIdle, 0});
  return out;
}

Series accelerator_power(const Profile& profile, const JobPattern& job, double window_s, double dt_s) {
  GW_CHECK(dt_s > 0 && window_s >= dt_s, "{} s in steps of {} s", window_s, dt_s);
  const auto n = static_cast<std::size_t>(std::llround(window_s / dt_s));
  std::vector<double> joules(n, 0.0);
  Energy energy(profile);
  for (const Phase& phase : phases(job, profile.period_s, static_cast<double>(n) * dt_s))
    add(phase, energy, profile.levels, dt_s, joules);
  for (double& j : joules) j /= dt_s;
  return {dt_s, std::move(joules)};
}

}  // namespace gigawatt::waveform
