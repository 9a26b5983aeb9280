#include "gigawatt/engine/accelerator_power.h"

#include "gigawatt/site/node_power.h"

namespace gigawatt::engine {

AcceleratorPower accelerator_power(const catalog::Catalog& catalog, const catalog::System& system) {
  const auto levels = site::load_levels(catalog.facility());
  const auto node = site::node_power(system);
  const double per_node = system.accelerators_per_node.value;
  return {node.training_it_w(levels, 1) / per_node, node.training_it_w(levels, 0) / per_node};
}

}  // namespace gigawatt::engine
