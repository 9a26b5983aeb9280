#pragma once
/// The scale-out fabric of a system that names none: a folded Clos of equal switches around its cards.
///
/// A leaf has half of its P ports down and half up. Where a scale-up domain holds several accelerators, leaves are by
/// rails (card r of P/2 domains on leaf r). Spines of half their ports down join the leaves of P/2 units to a pod without
/// oversubscription, cores join the pods. A pod of the system's own (`pod_size`) is that tier instead, and its uplinks are
/// the cards' bandwidth over `pod_oversubscription`, rounded to whole links of every spine. Every cable has the card's
/// bandwidth. Latencies are zero: a closed form's fitted steps hold those of a hall.

#include <memory>

#include "gigawatt/topology/cluster.h"
#include "gigawatt/topology/fabric.h"

namespace gigawatt::topology {

/// With room for `cluster.accelerators`, also where a domain is not filled. The cluster has a scale-out bandwidth.
std::shared_ptr<const Fabric> system_fabric(const Cluster& cluster, std::int64_t switch_ports);

}  // namespace gigawatt::topology
