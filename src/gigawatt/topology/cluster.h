#pragma once
/// A cluster's fabric as bought: sizes and data-sheet bandwidths of its levels, symmetric parts folded.
///
/// Level 0 is the scale-up domain (NVLink/xGMI/ICI: 8 accelerators, 72 in an NVL72 rack), level 1 the scale-out
/// pod with full bisection, level 2 everything above it with an oversubscription. Every accelerator of a level
/// sees the same fabric, so that sizes and ratios describe the whole graph.

#include <cstdint>
#include <string>

#include "gigawatt/catalog/accelerator.h"
#include "gigawatt/catalog/system.h"

namespace gigawatt::topology {

struct Cluster {
  std::string generation;     ///< of the accelerator: picks the fitted network constants
  std::string scaleout_kind;  ///< "infiniband", "roce", "ethernet", "ici", "efa"
  std::int64_t accelerators = 1;
  std::int64_t accelerators_per_node = 1;
  std::int64_t domain_size = 1;     ///< accelerators in one scale-up domain
  double scaleup_direct_links = 0;  ///< peers joined each by links of its own; 0: switched
  double scaleup_bandwidth = 0;     ///< byte/s per direction and accelerator
  double scaleout_bandwidth = 0;    ///< byte/s per direction and accelerator
  std::int64_t pod_size = 0;        ///< 0: the whole cluster is one pod
  double pod_oversubscription = 1;

  std::int64_t nodes() const { return (accelerators + accelerators_per_node - 1) / accelerators_per_node; }
  std::int64_t domains() const { return (accelerators + domain_size - 1) / domain_size; }
};

/// The fabric of `accelerators` pieces of `system`. A system without a scale-up fabric has domains of one.
Cluster make_cluster(const catalog::System& system, const catalog::Accelerator& accelerator,
                     std::int64_t accelerators);

}  // namespace gigawatt::topology
