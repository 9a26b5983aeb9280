#pragma once
/// Time of one collective operation on a two-level fabric, in closed form.
///
/// A group has n ranks on n/m scale-up domains (NVLink, xGMI, ICI) with m ranks in each; domains are joined by
/// the scale-out network, one link per accelerator. One ring or exchange of S bytes on a link costs
///
///   alpha-beta:  t = base + steps * latency + moved / (bandwidth * e(S)),    e(S) = S / (S + half_bytes)
///
/// where `moved` is what one rank sends: (n-1)/n S for reduce-scatter, all-gather and all-to-all, twice that for
/// an all-reduce. Algorithms, the fastest of which is taken as NCCL's tuner does:
///   ring          n-1 steps for reduce-scatter and all-gather, 2(n-1) for all-reduce
///   tree          2 ceil(log2 n) steps, every rank sends the buffer up and down once
///   NVLS / SHARP  the switch reduces: a rank sends S/n-th shards once and receives the result by multicast
///   hierarchical  reduce-scatter inside the domain, all-reduce of the shard (S/m) across domains on all m rails
///                 at once, all-gather inside; likewise for the other operations
/// Above a pod of `pod_size` accelerators the scale-out bandwidth is divided by the oversubscription.
///
/// Sizes follow nccl-tests: `bytes` is the buffer of one rank for all-reduce, broadcast, send; the gathered
/// (whole) buffer for all-gather and reduce-scatter; the whole send buffer of one rank for all-to-all.
/// Bus bandwidth = bytes * f / t with f = 2(n-1)/n for all-reduce, (n-1)/n for the others.
///
/// Functions are pure, allocate nothing, never throw. One rank takes no time; zero bytes take the latency.
/// Assumptions: no other traffic than the concurrent groups named in the placement; balanced routing.
/// Sources: Thakur, Rabenseifner, Gropp 2005 (alpha-beta costs); NCCL 2.x tuner; nccl-tests PERFORMANCE.md.

#include <cstdint>

#include "gigawatt/network/network_parameters.h"
#include "gigawatt/network/placement.h"

namespace gigawatt::network {

enum class Collective { kAllReduce, kReduceScatter, kAllGather, kAllToAll, kBroadcast, kSendRecv };

double all_reduce_seconds(const Fabric& fabric, const GroupPlacement& group, double bytes);
double reduce_scatter_seconds(const Fabric& fabric, const GroupPlacement& group, double bytes);
double all_gather_seconds(const Fabric& fabric, const GroupPlacement& group, double bytes);
/// `imbalance`: load of the busiest rank over the mean (all-to-all-v of a mixture of experts).
double all_to_all_seconds(const Fabric& fabric, const GroupPlacement& group, double bytes, double imbalance = 1);
double broadcast_seconds(const Fabric& fabric, const GroupPlacement& group, double bytes);
/// Between neighbours of the group (pipeline stages): the slower kind of link that the group crosses.
double send_recv_seconds(const Fabric& fabric, const GroupPlacement& group, double bytes);

double collective_seconds(Collective collective, const Fabric& fabric, const GroupPlacement& group, double bytes);

/// f of the header comment: bus bandwidth = bytes * f / t.
double bus_factor(Collective collective, std::int64_t ranks);

}  // namespace gigawatt::network
