#pragma once
/// Platforms of SimGrid (version 4 of its XML) as fabrics: zones, hosts, routers, links and routes.
///
/// Read are zones with routing Full, Floyd, Dijkstra, DijkstraCache, None, Empty and Cluster, clusters (flat, FAT_TREE,
/// TORUS, DRAGONFLY) with backbone, loopback and limiter, cabinets, routes and zone routes with their directions and
/// their bypasses, and the <config> of the network model. A way between hosts of different zones goes up through the
/// gateways of the zones that hold them, as SimGrid's global routing does. What has no counterpart here (Vivaldi and
/// Wi-Fi zones, star zones, traces of changing availability) is a diagnostic, never left out silently.
///
/// Ways of clusters are computed (tree_fabric.h, torus_fabric.h), those of Floyd and Dijkstra zones come from their
/// shortest paths with SimGrid's order of ties. Units: byte/s, seconds.

#include <map>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/topology/fabric.h"

namespace gigawatt::topology {

class Platform;

/// Everything wrong in the file, at once where that is possible.
tl::expected<std::shared_ptr<const Platform>, base::Diagnostics> parse_simgrid_platform(
    std::string_view text, const std::string& name);

/// A link of its own, or one of those that a cluster computes.
class Platform final : public Fabric {
 public:
  struct Link {
    std::string name;
    FabricLink link;
    std::int64_t opposite = 0;
  };
  /// Links first .. first + fabric->links() belong to a cluster.
  struct Block {
    std::int64_t first = 0;
    std::string name;
    std::shared_ptr<const Fabric> fabric;
  };
  using Ids = std::vector<std::int64_t>;
  struct Route {
    int gateway_src = -1;  ///< netpoints
    int gateway_dst = -1;
    Ids links;
  };
  enum class ZoneKind { kFull, kShortest, kFlat, kComputed, kNone };
  struct Zone {
    std::string name;
    ZoneKind kind = ZoneKind::kFull;
    int parent = -1;
    int netpoint = -1;                              ///< of the zone in its parent
    std::vector<int> members;                       ///< netpoints
    std::map<std::pair<int, int>, Route> routes;    ///< by index of the member
    std::map<std::pair<int, int>, Route> bypasses;  ///< by netpoint
    std::int64_t loopback = -1;                     ///< link of routes from a member to itself
    /// Of a Floyd or Dijkstra zone: the member before the last one on the way from a to b, or -1.
    std::vector<int> before;
    std::int64_t block = -1;      ///< of a cluster: index in `blocks`
    std::int64_t first_host = 0;  ///< member index of the cluster's endpoint 0
    std::int64_t backbone = -1;
    std::vector<std::int64_t> loopbacks;  ///< by endpoint, may be empty
    /// By endpoint, then by switch of a computed cluster; may be empty. Whatever passes a node passes its limiter.
    std::vector<std::int64_t> limiters;
    /// Of a Cluster zone without a block, by member: its links up and down.
    std::vector<std::pair<std::int64_t, std::int64_t>> ports;
  };
  struct Netpoint {
    std::string name;
    int zone = -1;   ///< that holds it
    int index = -1;  ///< in the zone's members
    int inner = -1;  ///< the zone that it stands for
    std::int64_t endpoint = -1;
  };

  std::int64_t endpoints() const override { return static_cast<std::int64_t>(hosts.size()); }
  std::int64_t links() const override;
  FabricLink link(std::int64_t id) const override;
  std::string link_name(std::int64_t id) const override;
  std::string endpoint_name(std::int64_t id) const override;
  std::optional<std::int64_t> endpoint(std::string_view name) const override;
  bool route(std::int64_t src, std::int64_t dst, PathChoice choice,
             std::vector<FabricHop>& out) const override;
  std::int64_t ways(std::int64_t src, std::int64_t dst) const override;
  std::int64_t opposite(std::int64_t link) const override;
  std::string describe() const override;
  /// Host names, for hints.
  std::vector<std::string> host_names(std::size_t most) const;

  std::vector<Link> own_links;
  std::vector<Block> blocks;
  std::vector<Zone> zones;
  std::vector<Netpoint> netpoints;
  std::vector<int> hosts;  ///< netpoints
  std::map<std::string, int, std::less<>> by_name;
  std::map<std::string, std::string> config;  ///< "network/model" -> "CM02"

 private:
  bool global_route(int src, int dst, PathChoice choice, std::vector<FabricHop>& out, int depth) const;
  bool local_route(const Zone& zone, int src, int dst, PathChoice choice, std::vector<FabricHop>& out,
                   int& gateway_src, int& gateway_dst) const;
  bool flat_route(const Zone& zone, int src, int dst, PathChoice choice, std::vector<FabricHop>& out) const;
  void add_limiters(const Zone& zone, std::int64_t src, const std::vector<FabricHop>& hops,
                    std::vector<FabricHop>& out) const;
  bool bypass(const Zone& common, int src, int dst, PathChoice choice, std::vector<FabricHop>& out, int depth,
              bool& found) const;
};

/// Fills `Zone::before` from the zone's one-hop routes.
void find_shortest_ways(Platform::Zone& zone, bool floyd);

}  // namespace gigawatt::topology
