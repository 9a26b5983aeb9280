#pragma once
/// A published scale-out fabric: islands of full bisection and what joins them.

#include <string>
#include <vector>

#include "gigawatt/catalog/sourced.h"

namespace gigawatt::config {
class FieldVisitor;
}

namespace gigawatt::catalog {

/// Zero members are not published.
struct Network {
  std::string name;
  std::string title;
  std::vector<std::string> aliases;
  std::string fabric;            ///< infiniband roce ethernet ici efa
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
};

void fields(config::FieldVisitor& v, Network& x);

}  // namespace gigawatt::catalog
