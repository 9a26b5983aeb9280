#pragma once
/// What the closed forms of `collectives.h` know of a fabric: data-sheet bandwidths and fitted constants.

#include <cstdint>
#include <string>
#include <vector>

#include "gigawatt/topology/cluster.h"

namespace gigawatt::network {

/// One kind of link as a collective sees it.
struct LinkModel {
  double base_s = 0;      ///< start of a collective on this link: launch, rendezvous, flag polling
  double latency_s = 0;   ///< per further step of a ring, tree or exchange
  double bandwidth = 0;   ///< byte/s per direction and accelerator that large messages reach
  double half_bytes = 0;  ///< message per step at which half of `bandwidth` is reached
};

/// Fitted constants, one set per kind of fabric; see data/calibration/network-*.toml.
struct LinkParameters {
  double base_s = 0;
  double latency_s = 0;
  double efficiency = 0;          ///< achieved over data-sheet bandwidth
  double half_bytes = 0;
  double all_to_all_efficiency = 0;  ///< further factor for all-to-all (many small peers)
};

struct NetworkParameters {
  LinkParameters scaleup;
  LinkParameters scaleout;
  /// In-network reduction (NVLS): sent volume of one rank relative to bytes / bandwidth; 0: not present.
  double in_network_efficiency = 0;
  double in_network_base_s = 0;
};

struct Fabric {
  std::int64_t domain_size = 1;       ///< accelerators in one scale-up domain
  LinkModel scaleup;
  LinkModel scaleout;
  double scaleup_all_to_all = 1;      ///< efficiency of all-to-all relative to a ring
  double scaleout_all_to_all = 1;
  bool in_network_reduction = false;  ///< NVLS (scale-up)
  double in_network_bandwidth = 0;    ///< byte/s of reduced buffer per rank
  double in_network_base_s = 0;
  std::int64_t pod_size = 0;          ///< accelerators with full scale-out bisection; 0: all
  double pod_oversubscription = 1;    ///< bandwidth inside a pod over bandwidth above it
};

Fabric make_fabric(const topology::Cluster& cluster, const NetworkParameters& parameters);

}  // namespace gigawatt::network
