#pragma once
/// Time of one collective operation on a two-level fabric, in closed form.
///
/// A group has n ranks on d = n/m scale-up domains (NVLink, xGMI, ICI) with m ranks in each; domains are joined
/// by the scale-out network, one link per accelerator. An operation of S bytes on n ranks takes
///
///   t = base + steps * latency + moved / B * (1 + (ramp_bytes / S)^q)
///
/// (alpha-beta with a bandwidth that grows slowly with the message: protocols, channels and chunks.) `moved` is
/// what one rank sends: (n-1)/n S for reduce-scatter and all-gather plus the copy of its own shard, twice
/// (n-1)/n S for an all-reduce. The fastest algorithm is taken, as NCCL's tuner does:
///   ring           n-1 steps for reduce-scatter and all-gather, 2(n-1) for all-reduce; the many rings of a
///                  library use all m rails, so that B = min(scale-up, m * scale-out)
///   tree           2 (ceil(log2 d) + m - 1) steps, the whole buffer up and down (all-reduce, broadcast)
///   NVLS           the scale-up switch reduces and multicasts: (1 + 1/n) S at `in_network_bandwidth`
///   hierarchical   all-reduce: reduce-scatter inside the domain, the operation on the shard (S/m) across domains on
///                  m rails at once, all-gather inside; with NVLS the two levels run as one pipeline (NVLSTree), and
///                  the slower sets the time. Gathers and scatters alone have no such form in NCCL: they take the ring
///   logarithmic    ceil(log2 n) steps for reduce-scatter and all-gather of one rank per domain (NCCL's PAT)
///   all-to-all     every pair at once, one hop: the part inside the domain beside the part that leaves it; small
///                  messages go eagerly: base + S/n / eager_bandwidth
/// Above a pod the scale-out bandwidth is divided by the oversubscription: a ring crosses a pod's border once for
/// its k ranks in the pod, so it keeps min(1, k / oversubscription) of its bandwidth; an all-to-all crosses with
/// its whole inter-pod part.
///
/// Sizes follow nccl-tests: `bytes` is the buffer of one rank for all-reduce, broadcast, send; the gathered
/// (whole) buffer for all-gather and reduce-scatter; the whole send buffer of one rank for all-to-all.
/// Bus bandwidth = bytes * f / t with f = 2(n-1)/n for all-reduce, (n-1)/n for the others.
///
/// Functions are pure, allocate nothing, never throw. One rank takes no time; zero bytes take the latency.
/// Assumptions: no other traffic than the concurrent groups named in the placement; balanced routing.
/// Sources: Thakur, Rabenseifner, Gropp 2005 (alpha-beta costs); NCCL 2.x algorithms and tuner; nccl-tests
/// PERFORMANCE.md (bus bandwidth); Jeaugey, PAT (arXiv 2506.20252).

#include <cstdint>

#include "gigawatt/network/network_parameters.h"
#include "gigawatt/network/placement.h"

namespace gigawatt::network {

enum class Collective { kAllReduce, kReduceScatter, kAllGather, kAllToAll, kBroadcast, kSendRecv };

double all_reduce_seconds(const Fabric& fabric, const GroupPlacement& group, double bytes);
double reduce_scatter_seconds(const Fabric& fabric, const GroupPlacement& group, double bytes);
double all_gather_seconds(const Fabric& fabric, const GroupPlacement& group, double bytes);
/// `imbalance`: load of the busiest rank over the mean (all-to-all-v of a mixture of experts).
double all_to_all_seconds(const Fabric& fabric, const GroupPlacement& group, double bytes,
                          double imbalance = 1);
double broadcast_seconds(const Fabric& fabric, const GroupPlacement& group, double bytes);
/// Between neighbors of the group (pipeline stages): the slower kind of link that the group crosses.
double send_recv_seconds(const Fabric& fabric, const GroupPlacement& group, double bytes);

double collective_seconds(Collective collective, const Fabric& fabric, const GroupPlacement& group,
                          double bytes, double imbalance = 1);

/// Bytes that one rank sends out of its scale-up domain, on the scale-out network: the mean over ranks of a
/// whole collective, however many steps it takes (d domains of m ranks: (d-1)/d S/m for an all-gather).
double scale_out_bytes(Collective collective, const GroupPlacement& group, double bytes);

/// f of the header comment: bus bandwidth = bytes * f / t.
double bus_factor(Collective collective, std::int64_t ranks);

}  // namespace gigawatt::network
