#pragma once
/// All-to-all on a tree of switches as a few classes of flows, whatever its size.
///
/// Ranks are the endpoints 0 .. n-1. In a tree all groups of a level are alike but those on the *spine*: the group of
/// each level that holds the last rank, which may be partly filled. A rank's type is the least level t whose spine group
/// holds it; all ranks of a type see the same tree. With spread ways (or fixed ones that a full group uses evenly) the
/// flows from type a to type b that meet on level m form one class, and the bundles of links of the groups of level l
/// below spine group t another, so that the quotient of flow_set.h can be written down: at most (levels + 1)^2 classes of
/// flows and as many of links. Loads on a bundle are counted exactly; the answer is that of the unfolded run.

#include <cstdint>
#include <optional>

#include "gigawatt/network/flow_run.h"
#include "gigawatt/topology/tree_fabric.h"

namespace gigawatt::network {

/// Every rank sends `bytes_per_pair` to every other, all at once. Nothing where the routing has no such symmetry: hashed
/// ways, or fixed ones with n that leaves a group partly filled.
std::optional<FlowResult> tree_exchange(const topology::TreeFabric& fabric, std::int64_t ranks,
                                        double bytes_per_pair, const FlowOptions& options);

}  // namespace gigawatt::network
