#pragma once
/// From the accelerators of a site's jobs to what its meter sees.
///
///     accelerators -> servers and network (power/node.h) -> supplies' lag -> conversion chain -> + cooling
///
/// Supplies lend energy from their capacitors for some milliseconds, so power at their input follows with a first-order
/// lag. Cooling follows the heat with the plant's own lag, from its steady power on: within a minute it hardly moves.
/// IT power is at the servers' inlets, facility power at the meter; both are series of the same steps, and
/// facility = IT + losses of each stage + cooling in the mean, checked.

#include <string>
#include <vector>

#include "gigawatt/power/chain.h"
#include "gigawatt/power/library.h"
#include "gigawatt/power/node.h"
#include "gigawatt/waveform/jobs.h"

namespace gigawatt::waveform {

struct SiteJob {
  JobPattern pattern;
  double accelerators = 0;
};

/// How the site is built.
struct SiteBuild {
  power::NodeLaw node;
  double capacity_it_w = 0;   ///< what the chain is rated for
  double cooling_per_it = 0;  ///< facility power of the plant per IT power
  bool whole_path = true;     ///< false: IT power only (a rack)
};

struct Load {
  Series it;                             ///< servers and network
  Series facility;                       ///< at the meter
  std::vector<power::StageLoad> losses;  ///< means
  double cooling_mean_w = 0;
};

/// IT power of the jobs, each with its own pattern over the same profile.
Series it_power(const Profile& profile, const std::vector<SiteJob>& jobs, const SiteBuild& build,
                const power::ActivityLevels& levels, double window_s, double dt_s);

/// What the meter sees of an IT series. `steady_it_w`: before the window, for the plant.
Load meter(Series it, const power::BuiltChain& chain, const SiteBuild& build,
           const power::ActivityLevels& levels, double steady_it_w);

}  // namespace gigawatt::waveform
