#pragma once
/// What the jobs of a site do in a window of time, and the power of their accelerators.
///
/// A job runs steps from its start to its end; every so often a checkpoint holds all ranks for a while (`kHost`: the
/// accelerators wait for the storage). A failure stops all ranks at once: they poll until the failure is noticed
/// (`kWaiting`), the process is started anew (`kIdle`), and steps begin again. Before its start and after its end a
/// job's accelerators idle. Steps of a job that was there before the window go on at the phase that `offset_s` gives.

#include <vector>

#include "gigawatt/waveform/profile.h"
#include "gigawatt/waveform/series.h"

namespace gigawatt::waveform {

/// All times in seconds of the window; negative: never.
struct JobPattern {
  double start_s = -1;  ///< below zero: it runs already
  double end_s = -1;
  double offset_s = 0;             ///< time since a step began, when the window or the job begins
  double checkpoint_every_s = -1;  ///< of running time
  double checkpoint_s = 0;
  double failure_s = -1;
  double detection_s = 0;
  double restart_s = 0;

  bool steady() const { return start_s <= 0 && end_s < 0 && checkpoint_every_s <= 0 && failure_s < 0; }
};

/// A stretch of time in which a job does one thing.
struct Phase {
  double from_s = 0;
  double to_s = 0;
  bool running = false;
  Doing doing = Doing::kIdle;  ///< where it does not run
  double step_s = 0;           ///< running: time since a step began, at `from_s`
};

/// The phases of a window, in order and without gaps.
std::vector<Phase> phases(const JobPattern& job, double period_s, double window_s);

/// Mean power of an accelerator of the job in each step of the window.
Series accelerator_power(const Profile& profile, const JobPattern& job, double window_s, double dt_s);

}  // namespace gigawatt::waveform
