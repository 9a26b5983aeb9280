#include "gigawatt/network/collectives.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "gigawatt/network/tree_depth.h"

namespace gigawatt::network {
namespace {

/// Share of the scale-up bandwidth that `ranks` accelerators of a mesh reach among themselves.
double mesh_share(const Fabric& f, double ranks) {
  return f.direct_links > 0 ? std::min(1.0, (ranks - 1) / f.direct_links) : 1.0;
}

/// A group in floating point, with the bandwidths that its placement leaves.
struct View {
  double n, m, d;  ///< ranks, ranks per domain, domains
  double scaleup;  ///< byte/s of one rank inside its domain
  double scaleup_exchange;
  double scaleout;       ///< byte/s of one rail of a ring or tree
  double exchange;       ///< byte/s of one rail of an all-to-all inside a pod
  double depth_all;      ///< ceil(log2 n)
  double depth_domains;  ///< ceil(log2 d)
};

View view(const Fabric& f, const GroupPlacement& g) {
  View v{};
  v.n = static_cast<double>(g.ranks);
  v.m = static_cast<double>(g.ranks_per_domain);
  v.d = static_cast<double>(g.domains());
  v.scaleup = f.scaleup.bandwidth * mesh_share(f, v.m);
  v.scaleup_exchange = f.scaleup.exchange_bandwidth * mesh_share(f, v.m);
  const double sharing = std::max(1.0, g.link_sharing);
  const bool pods = g.ranks_per_pod < g.ranks;
  const double kept =
      pods ? std::min(1.0, static_cast<double>(g.ranks_per_pod) / f.pod_oversubscription) : 1.0;
  v.scaleout = f.scaleout.bandwidth / sharing * kept;
  v.exchange = f.scaleout.exchange_bandwidth / sharing;
  v.depth_all = depth(g.ranks);
  v.depth_domains = depth(g.domains());
  return v;
}

/// Time of sending `moved` bytes of an operation on `bytes`; see the header for the ramp.
double transfer(const Fabric& f, double ramp_bytes, double moved, double bytes, double bandwidth) {
  if (bytes <= 0) return 0;
  if (bandwidth <= 0) return std::numeric_limits<double>::infinity();
  return moved / bandwidth * (1 + std::pow(ramp_bytes / bytes, f.ramp_exponent));
}

/// Ring over `n` ranks of one kind of link; `rounds` 1: reduce-scatter or all-gather, 2: all-reduce.
double flat_ring(const Fabric& f, const LinkModel& link, double bandwidth, double n, double bytes,
                 double rounds) {
  const double copy = rounds < 2 ? f.copy_share / n : 0;
  return link.base_s + rounds * (n - 1) * link.latency_s +
         transfer(f, link.ramp_bytes, (rounds * (n - 1) / n + copy) * bytes, bytes, bandwidth);
}

/// Ring over all ranks of several domains: d hops leave a domain, the others stay inside.
double multi_domain_ring(const Fabric& f, const View& v, double bytes, double rounds) {
  const double bandwidth = v.m > 1 ? std::min(v.scaleup, v.m * v.scaleout) : v.scaleout;
  const double inside = v.m > 1 ? v.d * (v.m - 1) * f.scaleup.latency_s : 0;
  const double copy = rounds < 2 ? f.copy_share / v.n : 0;
  return f.scaleout.base_s + rounds * ((v.d - 1) * f.scaleout.latency_s + inside) +
         transfer(f, f.scaleout.ramp_bytes, (rounds * (v.n - 1) / v.n + copy) * bytes, bytes, bandwidth);
}

double in_network_all_reduce(const Fabric& f, double ranks, double bytes) {
  if (f.in_network_bandwidth <= 0 || ranks <= 2) return std::numeric_limits<double>::infinity();
  return f.in_network_base_s + (1 + 1 / ranks) * bytes / f.in_network_bandwidth;
}

double tree_all_reduce(const Fabric& f, const View& v, double bytes) {
  const double bandwidth = v.m > 1 ? std::min(v.scaleup, v.m * v.scaleout) : v.scaleout;
  const double inside = v.m > 1 ? (v.m - 1) * f.scaleup.latency_s : 0;
  return f.scaleout.base_s + 2 * (v.depth_domains * f.scaleout.latency_s + inside) +
         transfer(f, f.scaleout.ramp_bytes, 2 * bytes, bytes, bandwidth);
}

/// Reduce-scatter or all-gather across domains of one rank each: ring, or in log2 steps.
double across_domains(const Fabric& f, const View& v, double bytes) {
  const double steps = std::min(v.d - 1, 2 * v.depth_domains);
  return f.scaleout.base_s + steps * f.scaleout.latency_s +
         transfer(f, f.scaleout.ramp_bytes, ((v.d - 1) / v.d + f.copy_share / v.d) * bytes, bytes,
                  v.scaleout);
}

/// All-gather and reduce-scatter move the same bytes in opposite directions.
double gather_or_scatter(const Fabric& f, const GroupPlacement& g, double bytes) {
  if (g.ranks <= 1) return 0;
  const View v = view(f, g);
  if (g.domains() == 1) return flat_ring(f, f.scaleup, v.scaleup, v.n, bytes, 1);
  if (g.ranks_per_domain == 1) return across_domains(f, v, bytes);
  return multi_domain_ring(f, v, bytes, 1);
}

}  // namespace

double all_gather_seconds(const Fabric& f, const GroupPlacement& g, double bytes) {
  return gather_or_scatter(f, g, bytes);
}

double reduce_scatter_seconds(const Fabric& f, const GroupPlacement& g, double bytes) {
  return gather_or_scatter(f, g, bytes);
}

double all_reduce_seconds(const Fabric& f, const GroupPlacement& g, double bytes) {
  if (g.ranks <= 1) return 0;
  const View v = view(f, g);
  if (g.domains() == 1)
    return std::min(flat_ring(f, f.scaleup, v.scaleup, v.n, bytes, 2), in_network_all_reduce(f, v.n, bytes));
  double best = std::min(multi_domain_ring(f, v, bytes, 2), tree_all_reduce(f, v, bytes));
  if (g.ranks_per_domain > 1) {
    GroupPlacement rails = g;  // the groups that each connect one rank per domain
    rails.ranks = g.domains();
    rails.ranks_per_domain = 1;
    rails.ranks_per_pod = std::max<std::int64_t>(1, g.ranks_per_pod / g.ranks_per_domain);
    const double across = all_reduce_seconds(f, rails, bytes / v.m);
    const double inside = 2 * flat_ring(f, f.scaleup, v.scaleup, v.m, bytes, 1);
    const double pipelined = std::max(in_network_all_reduce(f, v.m, bytes), across) + f.scaleup.base_s;
    best = std::min({best, inside + across, pipelined});
  }
  return best;
}

double all_to_all_seconds(const Fabric& f, const GroupPlacement& g, double bytes, double imbalance) {
  if (g.ranks <= 1) return 0;
  const View v = view(f, g);
  const double load = std::max(0.0, bytes) * std::max(1.0, imbalance);
  const double inside = (v.m - 1) / v.n * load;
  if (g.domains() == 1) {
    const double bulk =
        f.scaleup.exchange_base_s + transfer(f, f.scaleup.ramp_bytes, inside, load, v.scaleup_exchange);
    const double eager = f.scaleup.base_s + f.scaleup.latency_s + load / v.n / f.eager_bandwidth;
    return f.eager_bandwidth > 0 ? std::min(bulk, eager) : bulk;
  }
  const double outside = (v.n - v.m) / v.n * load;
  const double above_pod = (v.n - static_cast<double>(g.ranks_per_pod)) / v.n * load;
  const double local = v.m > 1 ? transfer(f, f.scaleup.ramp_bytes, inside, load, v.scaleup_exchange) : 0;
  const double remote =
      std::max(transfer(f, f.scaleout.ramp_bytes, outside, load, v.exchange),
               transfer(f, f.scaleout.ramp_bytes, above_pod * f.pod_oversubscription, load, v.exchange));
  return f.scaleout.exchange_base_s + f.scaleout.latency_s + std::max(local, remote);
}

double broadcast_seconds(const Fabric& f, const GroupPlacement& g, double bytes) {
  if (g.ranks <= 1) return 0;
  const View v = view(f, g);
  if (g.domains() == 1)
    return f.scaleup.base_s + v.depth_all * f.scaleup.latency_s +
           transfer(f, f.scaleup.ramp_bytes, bytes, bytes, v.scaleup);
  const double bandwidth = v.m > 1 ? std::min(v.scaleup, v.m * v.scaleout) : v.scaleout;
  return f.scaleout.base_s + v.depth_domains * f.scaleout.latency_s +
         (v.m > 1 ? (v.m - 1) * f.scaleup.latency_s : 0) +
         transfer(f, f.scaleout.ramp_bytes, bytes, bytes, bandwidth);
}

double send_recv_seconds(const Fabric& f, const GroupPlacement& g, double bytes) {
  if (g.ranks <= 1) return 0;
  const View v = view(f, g);
  if (g.domains() == 1)
    return f.scaleup.exchange_base_s + f.scaleup.latency_s +
           transfer(f, f.scaleup.ramp_bytes, bytes, bytes, v.scaleup);
  return f.scaleout.exchange_base_s + f.scaleout.latency_s +
         transfer(f, f.scaleout.ramp_bytes, bytes, bytes, v.scaleout);
}

double collective_seconds(Collective collective, const Fabric& f, const GroupPlacement& g, double bytes,
                          double imbalance) {
  switch (collective) {
    case Collective::kAllReduce: return all_reduce_seconds(f, g, bytes);
    case Collective::kReduceScatter: return reduce_scatter_seconds(f, g, bytes);
    case Collective::kAllGather: return all_gather_seconds(f, g, bytes);
    case Collective::kAllToAll: return all_to_all_seconds(f, g, bytes, imbalance);
    case Collective::kBroadcast: return broadcast_seconds(f, g, bytes);
    case Collective::kSendRecv: return send_recv_seconds(f, g, bytes);
  }
  return 0;
}

double scale_out_bytes(Collective collective, const GroupPlacement& g, double bytes) {
  const auto d = static_cast<double>(g.domains()), m = static_cast<double>(g.ranks_per_domain);
  if (g.domains() <= 1) return 0;
  switch (collective) {
    case Collective::kAllReduce: return 2 * (d - 1) / d * bytes / m;
    case Collective::kReduceScatter:
    case Collective::kAllGather: return (d - 1) / d * bytes / m;
    case Collective::kAllToAll: return (d - 1) / d * bytes;
    case Collective::kBroadcast: return bytes / m;
    case Collective::kSendRecv: return bytes / m;  // of the ranks of a domain one has its neighbor outside
  }
  return 0;
}

double bus_factor(Collective collective, std::int64_t ranks) {
  const auto n = static_cast<double>(std::max<std::int64_t>(1, ranks));
  switch (collective) {
    case Collective::kAllReduce: return 2 * (n - 1) / n;
    case Collective::kReduceScatter:
    case Collective::kAllGather:
    case Collective::kAllToAll: return (n - 1) / n;
    case Collective::kBroadcast:
    case Collective::kSendRecv: return 1;
  }
  return 1;
}

}  // namespace gigawatt::network
