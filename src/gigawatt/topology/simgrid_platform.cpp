#include "gigawatt/topology/simgrid_platform.h"

#include <algorithm>
#include <queue>

#include <fmt/format.h>

#include "gigawatt/topology/dragonfly_fabric.h"

namespace gigawatt::topology {
namespace {

constexpr int kDeepest = 64;  ///< gateways of gateways

/// All zones from the one that holds a netpoint to the root.
std::vector<int> ancestors(const Platform& p, int netpoint) {
  std::vector<int> path;
  for (int z = p.netpoints[static_cast<std::size_t>(netpoint)].zone; z >= 0;
       z = p.zones[static_cast<std::size_t>(z)].parent)
    path.push_back(z);
  return path;
}

void add(std::vector<FabricHop>& out, std::int64_t link, double times = 1) {
  // A link that a way crosses twice carries the flow twice.
  for (FabricHop& h : out)
    if (h.link == link) {
      h.weight += times;
      return;
    }
  out.push_back({link, times});
}

}  // namespace

std::int64_t Platform::links() const {
  return blocks.empty() ? static_cast<std::int64_t>(own_links.size())
                        : blocks.back().first + blocks.back().fabric->links();
}

namespace {

const Platform::Block& block_of(const Platform& p, std::int64_t id) {
  const auto after = std::upper_bound(p.blocks.begin(), p.blocks.end(), id,
                                      [](std::int64_t x, const Platform::Block& b) { return x < b.first; });
  return *std::prev(after);
}

}  // namespace

FabricLink Platform::link(std::int64_t id) const {
  if (id < static_cast<std::int64_t>(own_links.size())) return own_links[static_cast<std::size_t>(id)].link;
  const Block& b = block_of(*this, id);
  return b.fabric->link(id - b.first);
}

std::string Platform::link_name(std::int64_t id) const {
  if (id < static_cast<std::int64_t>(own_links.size())) return own_links[static_cast<std::size_t>(id)].name;
  const Block& b = block_of(*this, id);
  return b.name + ": " + b.fabric->link_name(id - b.first);
}

std::int64_t Platform::opposite(std::int64_t id) const {
  if (id < static_cast<std::int64_t>(own_links.size()))
    return own_links[static_cast<std::size_t>(id)].opposite;
  const Block& b = block_of(*this, id);
  return b.first + b.fabric->opposite(id - b.first);
}

std::string Platform::endpoint_name(std::int64_t id) const {
  return netpoints[static_cast<std::size_t>(hosts[static_cast<std::size_t>(id)])].name;
}

std::optional<std::int64_t> Platform::endpoint(std::string_view name) const {
  if (const auto found = by_name.find(name); found != by_name.end()) {
    const auto id = netpoints[static_cast<std::size_t>(found->second)].endpoint;
    return id >= 0 ? std::optional(id) : std::nullopt;
  }
  return Fabric::endpoint(name);
}

std::vector<std::string> Platform::host_names(std::size_t most) const {
  std::vector<std::string> names;
  for (const int h : hosts) {
    if (names.size() == most) break;
    names.push_back(netpoints[static_cast<std::size_t>(h)].name);
  }
  return names;
}

std::string Platform::describe() const {
  return fmt::format("{} hosts in {} zones, {} links", endpoints(), zones.size(), links());
}

std::int64_t Platform::ways(std::int64_t, std::int64_t) const { return 1; }

bool Platform::route(std::int64_t src, std::int64_t dst, PathChoice choice,
                     std::vector<FabricHop>& out) const {
  return global_route(hosts[static_cast<std::size_t>(src)], hosts[static_cast<std::size_t>(dst)], choice, out,
                      0);
}

bool Platform::bypass(const Zone& common, int src, int dst, PathChoice choice, std::vector<FabricHop>& out,
                      int depth, bool& found) const {
  found = false;
  if (common.bypasses.empty()) return false;
  const Route* way = nullptr;
  const auto look = [&](int a, int b) {
    const auto at = common.bypasses.find({a, b});
    if (at != common.bypasses.end()) way = &at->second;
    return way != nullptr;
  };
  if (!look(src, dst)) {
    auto up = ancestors(*this, src), down = ancestors(*this, dst);
    while (up.size() > 1 && down.size() > 1 && up.back() == down.back()) {
      up.pop_back();
      down.pop_back();
    }
    const auto point = [&](int zone) { return zones[static_cast<std::size_t>(zone)].netpoint; };
    for (std::size_t most = 0; most < std::max(up.size(), down.size()) && way == nullptr; ++most) {
      for (std::size_t i = 0; i < most && way == nullptr; ++i) {
        if (i < up.size() && most < down.size() && look(point(up[i]), point(down[most]))) break;
        if (most < up.size() && i < down.size()) look(point(up[most]), point(down[i]));
      }
      if (way == nullptr && most < up.size() && most < down.size()) look(point(up[most]), point(down[most]));
    }
  }
  if (way == nullptr) return false;
  found = true;
  if (way->gateway_src >= 0 && src != way->gateway_src &&
      !global_route(src, way->gateway_src, choice, out, depth + 1))
    return false;
  for (const auto l : way->links) add(out, l);
  return way->gateway_dst < 0 || dst == way->gateway_dst ||
         global_route(way->gateway_dst, dst, choice, out, depth + 1);
}

bool Platform::global_route(int src, int dst, PathChoice choice, std::vector<FabricHop>& out,
                            int depth) const {
  if (depth > kDeepest) return false;
  auto up = ancestors(*this, src), down = ancestors(*this, dst);
  int shared = -1;
  while (!up.empty() && !down.empty() && up.back() == down.back()) {
    shared = up.back();
    up.pop_back();
    down.pop_back();
  }
  if (shared < 0) return false;
  // The members of the common zone that lead to either end: the end itself or a zone.
  const int from = up.empty() ? src : zones[static_cast<std::size_t>(up.back())].netpoint;
  const int to = down.empty() ? dst : zones[static_cast<std::size_t>(down.back())].netpoint;
  const Zone& common = zones[static_cast<std::size_t>(shared)];
  bool found = false;
  const bool whole = bypass(common, src, dst, choice, out, depth, found);
  if (found) return whole;
  int gateway_src = -1, gateway_dst = -1;
  std::vector<FabricHop> middle;
  if (!local_route(common, from, to, choice, middle, gateway_src, gateway_dst)) return false;
  if (from != src &&
      (gateway_src < 0 || (gateway_src != src && !global_route(src, gateway_src, choice, out, depth + 1))))
    return false;
  for (const FabricHop& h : middle) add(out, h.link, h.weight);
  if (to != dst &&
      (gateway_dst < 0 || (gateway_dst != dst && !global_route(gateway_dst, dst, choice, out, depth + 1))))
    return false;
  return true;
}

/// Of every node that a way through a computed cluster passes, its ends included.
void Platform::add_limiters(const Zone& z, std::int64_t src, const std::vector<FabricHop>& hops,
                            std::vector<FabricHop>& out) const {
  if (z.limiters.empty()) return;
  const Fabric& fabric = *blocks[static_cast<std::size_t>(z.block)].fabric;
  const auto limit = [&](std::int64_t node) {
    if (node >= 0 && node < static_cast<std::int64_t>(z.limiters.size()))
      add(out, z.limiters[static_cast<std::size_t>(node)]);
  };
  std::int64_t at = src;
  limit(at);
  for (std::size_t i = 0; i < hops.size(); ++i) {
    const auto [from, to] = fabric.ends(hops[i].link);
    at = at == to ? from : to;  // a shared link is used both ways
    if (i + 1 < hops.size()) {
      // Where SimGrid's dragonfly forgets its chassis, the way goes on from another router.
      const auto [next, after] = fabric.ends(hops[i + 1].link);
      const bool directed = fabric.opposite(hops[i + 1].link) != hops[i + 1].link;
      if (directed || (at != next && at != after)) at = next;
    }
    limit(at);
  }
}

bool Platform::flat_route(const Zone& z, int src, int dst, PathChoice choice,
                          std::vector<FabricHop>& out) const {
  const auto end = [&](int netpoint) {
    return netpoints[static_cast<std::size_t>(netpoint)].endpoint < 0
               ? std::int64_t{-1}
               : netpoints[static_cast<std::size_t>(netpoint)].index - z.first_host;
  };
  const std::int64_t from = end(src), to = end(dst);
  const auto per_host = [&](const std::vector<std::int64_t>& links, std::int64_t host) {
    if (host >= 0 && !links.empty()) add(out, links[static_cast<std::size_t>(host)]);
  };
  if (src == dst && !z.loopbacks.empty() && from >= 0) {
    per_host(z.loopbacks, from);
    return true;
  }
  if (z.kind == ZoneKind::kComputed) {
    if (from < 0 || to < 0) return true;
    const Block& b = blocks[static_cast<std::size_t>(z.block)];
    std::vector<FabricHop> hops;
    if (!b.fabric->route(from, to, choice, hops)) return false;
    add_limiters(z, from, hops, out);
    for (const FabricHop& h : hops) out.push_back({b.first + h.link, h.weight});
    return true;
  }
  // A flat cluster is a star: each host's link up, the backbone, the other host's link down, each taken once.
  const auto port = [&](std::int64_t host, bool up) {
    if (z.block < 0) {
      const auto& [there, back] = z.ports[static_cast<std::size_t>(host)];
      return up ? there : back;
    }
    const Block& b = blocks[static_cast<std::size_t>(z.block)];
    return b.first + (up ? 2 * host : b.fabric->opposite(2 * host));
  };
  std::vector<std::int64_t> links;
  if (from >= 0 && !z.limiters.empty()) links.push_back(z.limiters[static_cast<std::size_t>(from)]);
  if (from >= 0) links.push_back(port(from, true));
  if (z.backbone >= 0) links.push_back(z.backbone);
  if (to >= 0) links.push_back(port(to, false));
  if (to >= 0 && !z.limiters.empty()) links.push_back(z.limiters[static_cast<std::size_t>(to)]);
  for (std::size_t i = 0; i < links.size(); ++i)
    if (std::find(links.begin(), links.begin() + static_cast<std::ptrdiff_t>(i), links[i]) ==
        links.begin() + static_cast<std::ptrdiff_t>(i))
      add(out, links[i]);
  return true;
}

bool Platform::local_route(const Zone& z, int src, int dst, PathChoice choice, std::vector<FabricHop>& out,
                           int& gateway_src, int& gateway_dst) const {
  if (z.kind == ZoneKind::kNone) return false;
  if (z.kind == ZoneKind::kFlat || z.kind == ZoneKind::kComputed) return flat_route(z, src, dst, choice, out);
  const int a = netpoints[static_cast<std::size_t>(src)].index,
            b = netpoints[static_cast<std::size_t>(dst)].index;
  const auto direct = z.routes.find({a, b});
  if (a == b && direct == z.routes.end()) {
    if (z.loopback >= 0) add(out, z.loopback);
    return z.loopback >= 0;
  }
  if (z.kind == ZoneKind::kFull || (a == b)) {
    if (direct == z.routes.end()) return false;
    for (const auto l : direct->second.links) add(out, l);
    gateway_src = direct->second.gateway_src;
    gateway_dst = direct->second.gateway_dst;
    return true;
  }
  const std::size_t n = z.members.size();
  std::vector<const Route*> steps;
  for (int at = b; at != a;) {
    const int before = z.before[static_cast<std::size_t>(a) * n + static_cast<std::size_t>(at)];
    if (before < 0 || steps.size() > n) return false;
    steps.push_back(&z.routes.at({before, at}));
    at = before;
  }
  std::reverse(steps.begin(), steps.end());
  gateway_src = steps.front()->gateway_src;
  gateway_dst = steps.back()->gateway_dst;
  int reached = -1;
  for (const Route* step : steps) {
    // Between two zones on the way: from the gateway that one step reached to the one that the next leaves from.
    if (reached >= 0 && step->gateway_src >= 0 && reached != step->gateway_src &&
        !global_route(reached, step->gateway_src, choice, out, 1))
      return false;
    for (const auto l : step->links) add(out, l);
    reached = step->gateway_dst;
  }
  return true;
}

void find_shortest_ways(Platform::Zone& z, bool floyd) {
  const std::size_t n = z.members.size();
  constexpr std::int64_t kFar = INT64_MAX / 4;
  std::vector<std::int64_t> cost(n * n, kFar);
  z.before.assign(n * n, -1);
  std::vector<std::vector<std::pair<int, std::int64_t>>> next(n);
  for (const auto& [key, route] : z.routes) {
    const auto a = static_cast<std::size_t>(key.first), b = static_cast<std::size_t>(key.second);
    cost[a * n + b] = static_cast<std::int64_t>(route.links.size());
    z.before[a * n + b] = key.first;
    next[a].emplace_back(key.second, static_cast<std::int64_t>(route.links.size()));
  }
  if (floyd) {
    for (std::size_t c = 0; c < n; ++c)
      for (std::size_t a = 0; a < n; ++a)
        for (std::size_t b = 0; b < n; ++b)
          if (cost[a * n + c] + cost[c * n + b] < cost[a * n + b]) {
            cost[a * n + b] = cost[a * n + c] + cost[c * n + b];
            z.before[a * n + b] = z.before[c * n + b];
          }
    return;
  }
  for (std::size_t a = 0; a < n; ++a) {
    std::vector<std::int64_t> reach(n, kFar);
    std::fill_n(z.before.begin() + static_cast<std::ptrdiff_t>(a * n), n, -1);
    using Item = std::pair<std::int64_t, int>;
    std::priority_queue<Item, std::vector<Item>, std::greater<>> queue;
    reach[a] = 0;
    queue.emplace(0, static_cast<int>(a));
    while (!queue.empty()) {
      const auto [c, at] = queue.top();
      queue.pop();
      if (c > reach[static_cast<std::size_t>(at)]) continue;
      for (const auto& [to, step] : next[static_cast<std::size_t>(at)]) {
        if (c + step >= reach[static_cast<std::size_t>(to)]) continue;
        reach[static_cast<std::size_t>(to)] = c + step;
        z.before[a * n + static_cast<std::size_t>(to)] = at;
        queue.emplace(c + step, to);
      }
    }
  }
}

}  // namespace gigawatt::topology
