#include "gigawatt/topology/system_fabric.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/base/check.h"
#include "gigawatt/topology/cluster_fabric.h"

namespace gigawatt::topology {
namespace {

std::int64_t over(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// Largest divisor of n not above `limit`.
std::int64_t divisor(std::int64_t n, std::int64_t limit) {
  for (std::int64_t d = std::min(n, limit); d > 1; --d)
    if (n % d == 0) return d;
  return 1;
}

}  // namespace

std::shared_ptr<const Fabric> system_fabric(const Cluster& c, std::int64_t switch_ports) {
  GW_CHECK(c.scaleout_bandwidth > 0 && switch_ports >= 2, "{} byte/s, switches of {} ports",
           c.scaleout_bandwidth, switch_ports);
  const std::int64_t half = switch_ports / 2, domain = std::max<std::int64_t>(1, c.domain_size);
  // Domains that groups do not fill take more room than their ranks.
  const std::int64_t wanted = 2 * over(std::max<std::int64_t>(2, c.accelerators), domain) * domain;
  const bool pods = c.pod_size > 0 && c.pod_oversubscription > 1 && c.pod_size < c.accelerators;
  const std::int64_t in_pod = pods ? over(c.pod_size, domain) : 0;  // domains
  const std::int64_t leaf = pods ? divisor(in_pod, half) : half;    // domains under the leaves of a unit
  const std::int64_t units = pods ? in_pod / leaf : std::max<std::int64_t>(1, half / domain);
  const std::int64_t pod = leaf * units * domain;
  const auto tier = [&](std::int64_t children, std::int64_t parents, const char* name) {
    return Tier{children, parents, 1, c.scaleout_bandwidth, 0, false, false, name};
  };
  // Without rails a leaf holds the cards of neighbors, which for domains of one is the same.
  std::vector<Tier> tiers = {tier(leaf, 1, "leaf"), tier(domain * units, leaf, "spine")};
  if (pod < wanted || pods) {
    const double up = static_cast<double>(pod) / (pods ? c.pod_oversubscription : 1);
    const auto each = std::max<std::int64_t>(1, std::llround(up / static_cast<double>(leaf)));
    tiers.push_back(tier(over(wanted, pod), each, "core"));
  }
  return std::make_shared<ClusterFabric>(
      std::move(tiers), ClusterFabric::Domain{domain, std::max(c.scaleup_bandwidth, 1.0), 0}, domain > 1, 1);
}

}  // namespace gigawatt::topology
