#include "gigawatt/power/chain.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/base/check.h"
#include "gigawatt/config/fields.h"

namespace gigawatt::power {
namespace {

double loss_share(const LoadPoint& p) { return p.load * (1 / p.efficiency - 1); }

}  // namespace

double Stage::loss_w(double out_w, double rating_w) const {
  GW_CHECK(rating_w > 0 && out_w >= 0, "stage {}: {} W of {} W", name, out_w, rating_w);
  if (points.empty()) {
    const double units = rating_w / unit_w;
    return (out_w + units * constant_w) / efficiency - out_w;
  }
  const double x = out_w / rating_w;
  if (points.size() == 1) return out_w * (1 / points.front().efficiency - 1);
  // The segment that holds the load, or the nearest one.
  std::size_t right = 1;
  while (right + 1 < points.size() && points[right].load < x) ++right;
  const LoadPoint& a = points[right - 1];
  const LoadPoint& b = points[right];
  const double slope = (loss_share(b) - loss_share(a)) / (b.load - a.load);
  return rating_w * std::max(0.0, loss_share(a) + slope * (x - a.load));
}

const Stage* ChainLibrary::stage(std::string_view name) const {
  const auto it = std::find_if(stages.begin(), stages.end(), [&](const Stage& s) { return s.name == name; });
  return it == stages.end() ? nullptr : &*it;
}

const Chain* ChainLibrary::chain(std::string_view name) const {
  const auto it = std::find_if(chains.begin(), chains.end(), [&](const Chain& c) { return c.name == name; });
  return it == chains.end() ? nullptr : &*it;
}

BuiltChain::BuiltChain(const ChainLibrary& library, const Chain& chain, double capacity_it_w)
    : capacity_it_w_(capacity_it_w) {
  GW_CHECK(capacity_it_w > 0, "capacity {} W", capacity_it_w);
  double through = capacity_it_w;
  for (const Link& link : chain.links) {
    const Stage* stage = library.stage(link.stage);
    GW_CHECK(stage != nullptr, "no stage {}", link.stage);
    const double rating = through * static_cast<double>(link.installed) / static_cast<double>(link.needed);
    stages_.push_back({stage, rating});
    through += stage->loss_w(through, rating);
  }
}

void BuiltChain::losses(double it_w, std::span<double> loss_w) const {
  GW_CHECK(loss_w.size() == stages_.size(), "{} losses of {} stages", loss_w.size(), stages_.size());
  double through = it_w;
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    loss_w[i] = stages_[i].stage->loss_w(through, stages_[i].rating_w);
    through += loss_w[i];
  }
}

double BuiltChain::input_w(double it_w) const {
  double through = it_w;
  for (const Rated& r : stages_) through += r.stage->loss_w(through, r.rating_w);
  return through;
}

Converted BuiltChain::convert(double it_w) const {
  Converted out;
  out.it_w = it_w;
  double through = it_w;
  double lost = 0;
  for (const Rated& r : stages_) {
    const double loss = r.stage->loss_w(through, r.rating_w);
    out.stages.push_back({r.stage->name, through, loss, through / r.rating_w});
    through += loss;
    lost += loss;
  }
  out.input_w = through;
  GW_CHECK(std::abs(out.input_w - out.it_w - lost) <= 1e-9 * (1 + out.input_w),
           "{} W in, {} W out, {} W lost", out.input_w, out.it_w, lost);
  return out;
}

double trips_at_s(const Breaker& breaker, const std::vector<double>& watts, double dt_s) {
  const double limit = 3 * breaker.seconds_at_double;
  double heat = 0;
  for (std::size_t i = 0; i < watts.size(); ++i) {
    const double load = watts[i] / breaker.rating_w;
    heat = std::max(0.0, heat + (load * load - 1) * dt_s);
    if (heat >= limit) return static_cast<double>(i + 1) * dt_s;
  }
  return -1;
}

void fields(config::FieldVisitor& v, LoadPoint& x) {
  v(x.load, {.key = "load", .doc = "Share of the rating.", .min = 0, .max = 2, .required = true});
  sourced(v, x.efficiency,
          {.key = "efficiency", .doc = "Out over in.", .min = 0.01, .max = 1, .required = true});
}

void fields(config::FieldVisitor& v, Stage& x) {
  v(x.name, {.key = "name", .doc = "Canonical name.", .required = true});
  v(x.title, {.key = "title", .doc = "What it is.", .required = true});
  v(x.source, {.key = "source", .doc = "Key of sources.toml, for loads."});
  v(x.points, {.key = "point", .doc = "Efficiency by load, ascending."});
  sourced(v, x.constant_w, {.key = "constant", .doc = "Loss of a unit at any load.", .unit = "W", .min = 0});
  sourced(v, x.efficiency, {.key = "efficiency", .doc = "Of what exceeds that.", .min = 0.01, .max = 1});
  sourced(v, x.unit_w, {.key = "unit", .doc = "Rating of one unit.", .unit = "W", .min = 0});
  sourced(v, x.hold_up_s,
          {.key = "hold_up", .doc = "Full load after the input is lost.", .unit = "ms", .min = 0});
}

void fields(config::FieldVisitor& v, Link& x) {
  v(x.stage, {.key = "stage", .doc = "Name of a stage.", .required = true});
  v(x.needed, {.key = "needed", .doc = "Units that carry the load.", .min = 1});
  v(x.installed, {.key = "installed", .doc = "Units that share it.", .min = 1});
}

void fields(config::FieldVisitor& v, Chain& x) {
  v(x.name, {.key = "name", .doc = "Canonical name.", .required = true});
  v(x.title, {.key = "title", .doc = "What it is.", .required = true});
  v(x.source, {.key = "source", .doc = "Key of sources.toml.", .required = true});
  v(x.ride_through, {.key = "ride_through", .doc = "Device in a dip.", .required = true});
  v(x.links, {.key = "link", .doc = "Stages from the servers to the meter.", .required = true});
}

void fields(config::FieldVisitor& v, ChainLibrary& x) {
  v(x.stages, {.key = "stage", .doc = "Conversion stages."});
  v(x.chains, {.key = "chain", .doc = "Chains of them."});
}

}  // namespace gigawatt::power
