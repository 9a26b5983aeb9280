#include "gigawatt/topology/cluster.h"

#include <algorithm>
#include <cmath>

namespace gigawatt::topology {
namespace {

std::int64_t at_least_one(double value) { return std::max<std::int64_t>(1, std::llround(value)); }

}  // namespace

Cluster make_cluster(const catalog::System& system, const catalog::Accelerator& accelerator,
                     std::int64_t accelerators) {
  Cluster c;
  c.generation = accelerator.generation;
  c.scaleout_kind = system.fabric;
  c.accelerators = std::max<std::int64_t>(1, accelerators);
  c.accelerators_per_node = at_least_one(system.accelerators_per_node.value);
  c.scaleup_bandwidth = system.scaleup_bandwidth.value > 0 ? system.scaleup_bandwidth.value
                                                           : accelerator.scaleup_bandwidth.value;
  c.domain_size = c.scaleup_bandwidth > 0 ? at_least_one(system.scaleup_domain.value) : 1;
  c.scaleup_direct_links = system.scaleup_direct_links.value;
  c.scaleout_bandwidth = system.nic_bandwidth.value;
  c.pod_size = std::llround(system.pod_accelerators.value);
  c.pod_oversubscription = std::max(1.0, system.pod_oversubscription.value);
  return c;
}

}  // namespace gigawatt::topology
