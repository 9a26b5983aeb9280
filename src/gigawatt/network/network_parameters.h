#pragma once
/// What the closed forms of `collectives.h` know of a fabric: data-sheet bandwidths and fitted constants.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/fitted_library.h"
#include "gigawatt/topology/cluster.h"

namespace gigawatt::network {

/// Fitted constants of one kind of link; see data/calibration/network/*.toml.
struct LinkParameters {
  double base_s = 0;               ///< start of a collective: launch, rendezvous, flag polling
  double latency_s = 0;            ///< per step of a ring or tree
  double efficiency = 0;           ///< bandwidth that very large messages reach over the data sheet's
  double ramp_bytes = 0;           ///< buffer at which half of it is reached
  double exchange_base_s = 0;      ///< start of a bulk all-to-all
  double exchange_efficiency = 0;  ///< as `efficiency`, for all-to-all
};

struct NetworkParameters {
  LinkParameters scaleup;
  LinkParameters scaleout;
  double ramp_exponent = 0;    ///< q: time grows by the factor 1 + (ramp_bytes / bytes)^q
  double copy_share = 0;       ///< a rank's copy of its own shard, relative to sending it (out of place)
  double eager_bandwidth = 0;  ///< byte/s per peer of small all-to-all messages (eager protocol)
  double in_network_efficiency = 0;  ///< NVLS: bandwidth over the data sheet's; 0: no in-network reduction
  double in_network_base_s = 0;      ///< start of an NVLS all-reduce
  /// Peers that an accelerator reaches over links of their own (a mesh without switches, MI300X: 7), so that a
  /// group of n ranks has (n-1)/direct_links of the scale-up bandwidth; 0: switched. From data sheets, not fitted.
  double direct_links = 0;
};

/// Names in the order of `network_parameter`: "scaleup.base_s", ..., "in_network.base_s".
std::span<const std::string> network_parameter_names();
double& network_parameter(NetworkParameters& parameters, std::size_t index);
double network_parameter(const NetworkParameters& parameters, std::size_t index);

/// Fails when a constant is missing.
tl::expected<NetworkParameters, base::Diagnostics> network_parameters(const catalog::FittedSet& set);

/// From `calibration`/network: the accelerator's own file, else its generation's, else pooled.toml (the fit
/// over all chips), else default.toml.
tl::expected<NetworkParameters, base::Diagnostics> load_network_parameters(
    const catalog::FittedLibrary& calibration, const catalog::Accelerator& accelerator);

/// One kind of link as a collective sees it.
struct LinkModel {
  double base_s = 0;
  double latency_s = 0;
  double bandwidth = 0;  ///< byte/s per direction and accelerator that large messages reach
  double exchange_base_s = 0;
  double exchange_bandwidth = 0;  ///< the same for all-to-all
  double ramp_bytes = 0;
};

struct Fabric {
  std::int64_t domain_size = 1;  ///< accelerators in one scale-up domain
  LinkModel scaleup;
  LinkModel scaleout;
  double ramp_exponent = 1;
  double copy_share = 0;
  double eager_bandwidth = 0;
  double in_network_bandwidth = 0;  ///< byte/s, see `all_reduce_seconds`; 0: no in-network reduction
  double in_network_base_s = 0;
  double direct_links = 0;          ///< see NetworkParameters
  std::int64_t pod_size = 0;        ///< accelerators with full scale-out bisection; 0: all
  double pod_oversubscription = 1;  ///< bandwidth inside a pod over bandwidth above it
};

Fabric make_fabric(const topology::Cluster& cluster, const NetworkParameters& parameters);

}  // namespace gigawatt::network
