#include "gigawatt/site/node_power.h"

#include <algorithm>

namespace gigawatt::site {
LoadLevels load_levels(double typical, double swing, double compute_share) {
  const double compute = std::min(1.0, typical + (1 - compute_share) * swing);
  return {.compute = compute, .wait = std::max(0.0, compute - swing)};
}

LoadLevels load_levels(const catalog::FacilityDefaults& defaults) {
  return load_levels(defaults.design_to_typical_ratio, defaults.training_swing,
                     defaults.typical_day.compute_share);
}

double NodePower::at_it_w(double fraction) const {
  return std::max(idle_server_it_w, fraction * rated_server_it_w) + network_it_w;
}

double NodePower::training_it_w(const LoadLevels& levels, double compute_share) const {
  return at_it_w(levels.wait + (levels.compute - levels.wait) * compute_share);
}

double NodePower::serving_it_w(const LoadLevels& levels, double utilization) const {
  return idle_it_w() + utilization * (at_it_w(levels.compute) - idle_it_w());
}

NodePower node_power(const catalog::System& system) {
  return {.idle_server_it_w = system.node_idle_w,
          .rated_server_it_w = system.node_max_w,
          .network_it_w = system.network_w_per_accelerator * system.accelerators_per_node};
}

}  // namespace gigawatt::site
