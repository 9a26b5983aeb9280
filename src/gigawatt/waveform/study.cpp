#include "gigawatt/waveform/study.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/base/check.h"
#include "gigawatt/base/stop.h"

namespace gigawatt::waveform {
namespace {

/// The largest battery of a curve over the smallest that meets the limit.
constexpr double kMostOfSmallest = 1.5;

class Site {
 public:
  Site(const StudyInput& input, const Profile& profile, const power::NodeLaw& node,
       const power::PowerLibrary& library)
      : input_(input), profile_(profile), library_(library), build_{.node = node} {
    accelerators_ = input.accelerators * static_cast<double>(input.jobs);
    build_.capacity_it_w = accelerators_ / node.accelerators * node.rated_node_it_w();
    build_.whole_path = input.level != Level::kRack;
    power::Chain chain = *input.chain;
    if (input.level == Level::kHall && !chain.links.empty()) chain.links.pop_back();
    chain_.emplace(library.chains, chain, build_.capacity_it_w);
    // The plant's share is what the yearly mean leaves beside the conversion.
    const power::Chain& usual = input.pue_chain != nullptr ? *input.pue_chain : *input.chain;
    const power::BuiltChain whole(library.chains, usual, build_.capacity_it_w);
    const double conversion = whole.input_w(build_.capacity_it_w) / build_.capacity_it_w;
    if (input.level == Level::kCampus) build_.cooling_per_it = std::max(0.0, input.pue - conversion);
  }

  double accelerators() const { return accelerators_; }
  const SiteBuild& build() const { return build_; }
  double step_it_w() const {
    return accelerators_ / build_.node.accelerators * build_.node.it_w(profile_.mean_w);
  }

  double meter_w(double it_w) const {
    if (!build_.whole_path) return it_w;
    return chain_->input_w(it_w) + build_.cooling_per_it * it_w;
  }

  /// The plant stays where it is while accelerators rise to a floor.
  double floor_w(double share) const {
    const double accelerator = share * build_.node.accelerator_limit_w;
    const double it = accelerators_ / build_.node.accelerators * build_.node.it_w(accelerator);
    if (!build_.whole_path) return it;
    return chain_->input_w(it) + build_.cooling_per_it * step_it_w();
  }

  Load load(bool staggered) const {
    std::vector<SiteJob> jobs;
    for (std::int64_t j = 0; j < input_.jobs; ++j) {
      base::heed_stop();
      JobPattern pattern;
      if (j == 0) pattern = input_.pattern;
      if (staggered)
        pattern.offset_s += profile_.period_s * static_cast<double>(j) / static_cast<double>(input_.jobs);
      jobs.push_back({pattern, input_.accelerators});
    }
    Series it = it_power(profile_, jobs, build_, library_.activity, input_.window_s, input_.dt_s);
    const double before = input_.pattern.start_s > 0 ? it.watts.front() : step_it_w();
    return meter(std::move(it), *chain_, build_, library_.activity, before);
  }

  bool steady() const { return input_.pattern.steady(); }

 private:
  const StudyInput& input_;
  const Profile& profile_;
  const power::PowerLibrary& library_;
  SiteBuild build_;
  std::optional<power::BuiltChain> chain_;
  double accelerators_ = 0;
};

/// The window that analyses look at: whole periods where the load repeats.
Series window_of(const Series& s, double whole_s) {
  if (whole_s <= 0) return s;
  return rebin(s, whole_s, static_cast<std::size_t>(std::max(1.0, std::round(whole_s / s.dt_s))));
}

std::vector<LimitResult> all_limits(const std::vector<Limit>& limits, const Series& s, double whole_s) {
  std::vector<LimitResult> out;
  for (const Limit& l : limits)
    if (l.bounds_power()) out.push_back({&l, evaluate(l, s, whole_s)});
  return out;
}

std::size_t choose(const std::vector<LimitResult>& results, const Limit* asked) {
  std::size_t best = 0;
  double worst = -1;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i].limit == asked) return i;
    const double ratio = results[i].verdict.applies ? results[i].verdict.worst()->ratio() : 0;
    if (ratio > worst) {
      worst = ratio;
      best = i;
    }
  }
  return best;
}

}  // namespace

Study study(const StudyInput& input, const Profile& profile, const power::NodeLaw& node,
            const power::PowerLibrary& library, const std::vector<Limit>& limits) {
  StudyInput sized = input;
  if (input.level == Level::kRack) {
    sized.accelerators = std::min(input.accelerators, input.accelerators_of_a_rack);
    sized.jobs = 1;
  }
  const Site site(sized, profile, node, library);
  Study out;
  out.load = site.load(false);
  out.accelerators = site.accelerators();
  out.step_it_w = site.step_it_w();
  out.capacity_it_w = site.build().capacity_it_w;
  out.capacity_facility_w = site.meter_w(out.capacity_it_w);
  const double window = out.load.facility.seconds();
  if (site.steady()) out.window_s = std::floor(window / profile.period_s * (1 + 1e-12)) * profile.period_s;
  out.facility = extremes(out.load.facility.watts);
  out.it = extremes(out.load.it.watts);
  const double mean_s = out.window_s > 0 ? std::min(out.window_s, window) : window;
  out.mean_w = mean_over(out.load.facility, mean_s);
  out.it_mean_w = mean_over(out.load.it, mean_s);

  const Series seen = window_of(out.load.facility, out.window_s);
  // Above half of the sampling rate the lines are those below, mirrored. Whole periods may be sampled a little finer than
  // the load that they are cut from, which shows nothing that the load does not.
  out.spectrum = spectrum(seen, seen.seconds(), out.window_s > 0, kSpectrumLowHz,
                          std::min(kSpectrumHighHz, 0.5 / std::max(seen.dt_s, out.load.facility.dt_s)));
  out.limits = all_limits(limits, seen, out.window_s);
  GW_CHECK(!out.limits.empty(), "no limit bounds the power");
  out.chosen = choose(out.limits, input.limit);
  const Limit& limit = *out.limits[out.chosen].limit;

  Ground ground;
  ground.accelerators = site.accelerators();
  ground.floor_w = [&site](double share) { return site.floor_w(share); };
  ground.window_s = out.window_s;
  ground.before_w =
      input.pattern.start_s > 0 ? out.load.facility.watts.front() : site.meter_w(site.step_it_w());
  const auto one = [&](Series& s, const Mitigation& m) {
    if (m.means == Means::kStagger) {
      const Series before = s;
      s = window_of(site.load(true).facility, out.window_s);
      const Extremes e = extremes(s.watts);
      Mitigated done{.means = m.means,
                     .size = static_cast<double>(sized.jobs),
                     .peak_w = e.most,
                     .least_w = e.least,
                     .mean_w = e.mean,
                     .energy_overhead_pct = overhead_pct(before, s),
                     .storage = {},
                     .meets = evaluate(limit, s, out.window_s).holds()};
      return done;
    }
    return apply(s, m, ground, library, &limit);
  };
  out.combined = !input.mitigations.empty();
  out.after_series = seen;
  if (out.combined) {
    for (const Mitigation& m : input.mitigations) out.mitigated.push_back(one(out.after_series, m));
  } else {
    for (std::size_t m = 0; m < kMeans; ++m) {
      base::heed_stop();
      if (static_cast<Means>(m) == Means::kStagger && sized.jobs < 2) continue;
      Series s = seen;
      out.mitigated.push_back(one(s, {static_cast<Means>(m), -1}));
    }
  }
  out.after = evaluate(limit, out.after_series, out.window_s);
  if (input.batteries > 1) {
    Series smallest = seen;
    const double enough_j = one(smallest, {Means::kBattery, -1}).storage.energy_j;
    for (std::int64_t i = 0; i < input.batteries && enough_j > 0; ++i) {
      base::heed_stop();
      const double energy_j =
          kMostOfSmallest * enough_j * static_cast<double>(i) / static_cast<double>(input.batteries - 1);
      Series s = seen;
      if (energy_j > 0) one(s, {Means::kBattery, energy_j});
      const Verdict verdict = evaluate(limit, s, out.window_s);
      const Extremes e = extremes(s.watts);
      out.batteries.push_back(
          {energy_j, e.most - e.least, verdict.worst() == nullptr ? 0 : verdict.worst()->ratio()});
    }
  }
  return out;
}

}  // namespace gigawatt::waveform
