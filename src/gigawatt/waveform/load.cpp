#include "gigawatt/waveform/load.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/base/check.h"

namespace gigawatt::waveform {

Series it_power(const Profile& profile, const std::vector<SiteJob>& jobs, const SiteBuild& build,
                const power::ActivityLevels& levels, double window_s, double dt_s) {
  GW_CHECK(!jobs.empty());
  Series sum;
  for (const SiteJob& job : jobs) {
    // What lags and spreads needs to have begun before the window does; a step before it is as good as any.
    const double before = job.pattern.start_s > 0 ? 0 : std::ceil(profile.spread_s / dt_s + 64) * dt_s;
    JobPattern pattern = job.pattern;
    pattern.offset_s = std::fmod(pattern.offset_s - before, profile.period_s);
    if (pattern.offset_s < 0) pattern.offset_s += profile.period_s;
    for (double* t : {&pattern.end_s, &pattern.failure_s})
      if (*t >= 0) *t += before;
    // And what spreads looks beyond its end.
    const double beyond = std::ceil(profile.spread_s / dt_s + 1) * dt_s;
    Series one = accelerator_power(profile, pattern, window_s + before + beyond, dt_s);
    spread(one.watts, dt_s, profile.spread_s);
    lag(one.watts, dt_s, levels.host_follow_s, one.watts.front());
    const auto skip = static_cast<std::size_t>(std::llround(before / dt_s));
    const auto n = static_cast<std::size_t>(std::llround(window_s / dt_s));
    sum.dt_s = dt_s;
    sum.watts.resize(n, 0.0);
    const double nodes = job.accelerators / build.node.accelerators;
    for (std::size_t i = 0; i < n; ++i) sum.watts[i] += nodes * build.node.it_w(one.watts[skip + i]);
  }
  return sum;
}

Load meter(Series it, const power::BuiltChain& chain, const SiteBuild& build,
           const power::ActivityLevels& levels, double steady_it_w) {
  Load out;
  const auto n = static_cast<double>(it.watts.size());
  out.facility = it;
  if (!build.whole_path) {
    out.it = std::move(it);
    return out;
  }
  std::vector<double> plant = it.watts;
  lag(plant, it.dt_s, levels.cooling_follow_s, steady_it_w);
  double lost = 0, converted = 0, it_sum = 0;
  for (std::size_t i = 0; i < plant.size(); ++i) {
    const power::Converted c = chain.convert(it.watts[i]);
    if (out.losses.empty()) {
      out.losses = c.stages;
      for (power::StageLoad& s : out.losses) s.out_w = s.loss_w = s.load = 0;
    }
    for (std::size_t s = 0; s < c.stages.size(); ++s) {
      out.losses[s].out_w += c.stages[s].out_w / n;
      out.losses[s].loss_w += c.stages[s].loss_w / n;
      out.losses[s].load += c.stages[s].load / n;
      lost += c.stages[s].loss_w / n;
    }
    plant[i] *= build.cooling_per_it;
    out.cooling_mean_w += plant[i] / n;
    out.facility.watts[i] = c.input_w + plant[i];
    converted += out.facility.watts[i] / n;
    it_sum += it.watts[i] / n;
  }
  GW_CHECK(std::abs(converted - it_sum - lost - out.cooling_mean_w) <= 1e-9 * converted,
           "{} W at the meter, {} W of IT, {} W lost, {} W of cooling", converted, it_sum, lost,
           out.cooling_mean_w);
  out.it = std::move(it);
  return out;
}

}  // namespace gigawatt::waveform
