#pragma once
/// A published scale-out fabric: islands of full bisection and what joins them; data/networks/*.toml.
///
/// The sizes (pod, oversubscription, region) feed the closed forms of module network; tiers or a torus, where they are
/// published, are what flows run on (topology/catalog_fabric.h). Bandwidths are payload and headers, in one direction.

#include <string>
#include <vector>

#include "gigawatt/catalog/sourced.h"

namespace gigawatt::config {
class FieldVisitor;
}

namespace gigawatt::catalog {

/// One tier of a fabric to simulate: `children` nodes below each group of switches (or halls, buildings, sites), each
/// joined to `parents` of them by `cables` links (topology/tree_fabric.h). From the endpoints upwards.
struct NetworkTier {
  std::string name;  ///< of what it joins to: leaf, spine, building, region
  Sourced children;
  Sourced parents;
  Sourced cables;
  Sourced bandwidth;  ///< byte/s of a cable in each direction
  Sourced latency;    ///< s of a cable and the switch behind it
};

void fields(config::FieldVisitor& v, NetworkTier& x);

/// Zero members are not published.
struct Network {
  std::string name;
  std::string title;
  std::vector<std::string> aliases;
  std::string fabric;            ///< infiniband roce ethernet ici efa
  std::string system;            ///< whose accelerators are its endpoints; empty: any
  Sourced pod_accelerators;      ///< full-bisection island; 0: the whole cluster
  Sourced pod_oversubscription;  ///< bandwidth inside over bandwidth above the island
  Sourced region_accelerators;
  Sourced rack_accelerators;
  Sourced total_accelerators;
  Sourced buildings;
  Sourced building_oversubscription;
  Sourced inter_site_bandwidth;  ///< byte/s
  Sourced switch_ports;
  Sourced ecmp_loss;            ///< share of throughput lost to hash collisions without tuning
  Sourced link_failure_rate;    ///< 1/s per link
  Sourced switch_failure_rate;  ///< 1/s per switch
  Sourced link_flaps_per_day;
  // What is simulated flow by flow; a network without tiers and torus is known by its sizes alone.
  Sourced domain_accelerators;  ///< accelerators in a scale-up domain
  Sourced scaleup_bandwidth;    ///< byte/s of an accelerator, or of a torus's cable, in each direction
  Sourced scaleup_latency;      ///< s
  Sourced scaleup_share;    ///< of that bandwidth that a library's kernels reach; zero: what headers leave
  Sourced reduction_share;  ///< the same where the domain's switches reduce (NVLS); zero: they do not
  bool reducing_switches = false;  ///< the scale-out switches reduce as well (SHARP)
  Sourced planes;                  ///< copies of the tree that each card has a port on
  Sourced payload_share;           ///< what headers leave of a link's rate
  std::string routing;     ///< single ecmp flowlet spray adaptive (network/flow_run.h); empty: not said
  Sourced flows_per_pair;  ///< that carry what one card sends another, each hashed on its own
  bool rails = false;      ///< card r of every domain sits on leaf r
  Sourced torus_x, torus_y, torus_z;  ///< endpoints of a torus on each side, in place of tiers
  Sourced
      torus_block;  ///< side of the cubes that optical switches join to a torus for fewer ranks; zero: none do
  std::vector<NetworkTier> tiers;
};

void fields(config::FieldVisitor& v, Network& x);

}  // namespace gigawatt::catalog
