#include "gigawatt/power/node.h"

#include <algorithm>

namespace gigawatt::power {

double NodeLaw::it_w(double accelerator_w) const {
  const double range = accelerator_limit_w - accelerator_idle_w;
  const double share = range > 0 ? (accelerator_w - accelerator_idle_w) / range : 1;
  return idle_it_w + (full_it_w - idle_it_w) * share + network_it_w;
}

NodeLaw node_law(const catalog::System& system, const catalog::Accelerator& accelerator) {
  NodeLaw law;
  law.accelerators = system.accelerators_per_node;
  law.accelerator_idle_w = accelerator.idle_w;
  law.accelerator_limit_w = accelerator.tdp_w;
  law.idle_it_w = system.node_idle_w;
  law.full_it_w = std::max(system.node_idle_w.value, system.node_max_w.low);
  law.rated_it_w = system.node_max_w;
  law.network_it_w = system.network_w_per_accelerator * system.accelerators_per_node;
  return law;
}

}  // namespace gigawatt::power
