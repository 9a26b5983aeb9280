#pragma once
/// Collectives on a torus: rings along all its axes, in both directions at once (as XLA runs them on TPU pods).
///
/// The ranks are a block of k_1 x k_2 x ... endpoints. The buffer is cut into parts; part p goes through the axes in an
/// order of its own: a reduce-scatter along the first axis leaves 1/k_1 of it on each rank, which is scattered along the
/// next axis, and so on; an all-gather takes the same way back. On an axis that is closed in the block half of what is
/// there goes round each way, so that with R rounds (2: all-reduce, 1: its halves) a link carries R (k-1) / (2k) of it. On
/// one that is open each link carries all of it in each direction (all-reduce), at most (k-1)/k (its halves). Of all orders
/// of three axes (the rotations of more) each gets the share w_p at which the fullest axis carries least:
///
///   minimize max over axes a of  f_a sum_p w_p prod (1/k_b, b before a in p),   sum w = 1
///
/// a linear program whose vertices are few enough to try. Equal sides k of D closed axes give S (1 - k^-D) / (2 D) a link
/// and round: 2 D links' bandwidth. Steps wait for k/2 hops on closed axes, k - 1 on open ones.
///
/// A broadcast goes down as many edge-disjoint trees as the first rank has links (Edmonds 1973: there are as many), each
/// with an equal part.
///
/// *All-to-all* on a whole torus looks the same from every rank, so that the flows of one, on one link of each axis and
/// direction, stand for all: the answer is that of the unfolded run where ways are spread.

#include <cstdint>
#include <optional>
#include <vector>

#include "gigawatt/network/flow_program.h"
#include "gigawatt/topology/torus_fabric.h"

namespace gigawatt::network {

/// Nothing where the ranks are no block of `request.torus`, or the collective no all-reduce, reduce-scatter, all-gather
/// or broadcast.
std::optional<FlowPhase> torus_rings(const ProgramRequest& request);

/// Every rank of the whole torus sends `bytes_per_pair` to every other, all at once, on spread ways. Nothing for other
/// routings and models with acknowledgements.
std::optional<FlowResult> torus_exchange(const topology::TorusFabric& fabric, double bytes_per_pair,
                                         const FlowOptions& options);

}  // namespace gigawatt::network
