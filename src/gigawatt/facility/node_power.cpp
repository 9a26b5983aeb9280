#include "gigawatt/facility/node_power.h"

namespace gigawatt::facility {

NodePower node_power(const catalog::System& system) {
  const double network_it_w = system.network_w_per_accelerator * system.accelerators_per_node;
  return {.idle_it_w = system.node_idle_w + network_it_w, .max_it_w = system.node_max_w + network_it_w};
}

double training_activity(const ActivityLevels& levels, double compute_share) {
  return levels.communication + (levels.compute - levels.communication) * compute_share;
}

}  // namespace gigawatt::facility
