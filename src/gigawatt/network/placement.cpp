#include "gigawatt/network/placement.h"

#include <algorithm>

namespace gigawatt::network {
namespace {

/// Largest divisor of `ranks` not above `limit`.
std::int64_t largest_divisor(std::int64_t ranks, std::int64_t limit) {
  for (std::int64_t d = std::min(ranks, limit); d > 1; --d)
    if (ranks % d == 0) return d;
  return 1;
}

}  // namespace

std::int64_t domain_used(const Fabric& fabric, std::int64_t used, const GroupPlacement& g) {
  const std::int64_t part = g.ranks_per_domain * g.stride;
  if (part <= 1 || part >= fabric.domain_size || used % part == 0 || used < part) return used;
  return used / part * part;
}

GroupPlacement place_group(const Fabric& fabric, std::int64_t ranks, std::int64_t stride) {
  GroupPlacement g;
  g.ranks = std::max<std::int64_t>(1, ranks);
  const std::int64_t step = std::max<std::int64_t>(1, stride);
  g.stride = step;
  g.ranks_per_domain = largest_divisor(g.ranks, fabric.domain_size / step);
  g.ranks_per_pod = fabric.pod_size > 0 ? largest_divisor(g.ranks, fabric.pod_size / step) : g.ranks;
  g.ranks_per_pod = std::max(g.ranks_per_pod, g.ranks_per_domain);
  g.domain_used = domain_used(fabric, fabric.domain_size, g);
  return g;
}

Placements place(const Fabric& fabric, const ParallelSizes& s) {
  Placements p;
  const std::int64_t stage = s.tp * s.cp * s.dp;  // accelerators of one pipeline stage
  const std::int64_t expert = s.etp * s.ep;
  p.tensor = place_group(fabric, s.tp, 1);
  p.context = place_group(fabric, s.cp, s.tp);
  p.data = place_group(fabric, s.dp, s.tp * s.cp);
  p.data_context = place_group(fabric, s.cp * s.dp, s.tp);
  p.pipeline = place_group(fabric, s.pp, stage);
  p.expert_tensor = place_group(fabric, s.etp, 1);
  p.expert = place_group(fabric, s.ep, s.etp);
  p.expert_data = place_group(fabric, std::max<std::int64_t>(1, stage / expert), expert);
  p.world = place_group(fabric, stage * s.pp, 1);
  std::int64_t used = fabric.domain_size;
  for (const auto* g : {&p.tensor, &p.context, &p.expert_tensor, &p.expert})
    used = domain_used(fabric, used, *g);
  for (auto* g : {&p.tensor, &p.context, &p.data, &p.data_context, &p.pipeline, &p.expert_tensor, &p.expert,
                  &p.expert_data, &p.world})
    g->domain_used = used;
  return p;
}

}  // namespace gigawatt::network
