#pragma once
/// Fabrics from the catalogue's networks: their tiers of switches, buildings and sites (catalog/network_table.h).

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/catalog.h"
#include "gigawatt/topology/fabric.h"

namespace gigawatt::topology {

/// What a question changes of a network.
struct CableOverride {
  std::optional<double> capacity;  ///< of the tree's cables, or the torus's
  std::optional<double> latency_s;
  /// Optical switches that join cubes (`torus_block`) make a torus of their own for so many endpoints, the one with the
  /// shortest longest side, where cubes can; 0: the whole network's.
  std::int64_t slice = 0;
};

using MadeFabric = tl::expected<std::shared_ptr<const Fabric>, base::Diagnostics>;

/// The fabric of a network's tiers; fails where there are none, or where counts, rails and capacities do not match.
MadeFabric fabric_of(const catalog::Network& network, const CableOverride& changed = {});
/// By name or alias.
MadeFabric catalog_fabric(const catalog::Catalog& catalog, const std::string& name,
                          const CableOverride& changed = {});
/// A network in the catalogue's format (TOML).
tl::expected<catalog::Network, base::Diagnostics> file_network(const std::string& text,
                                                               const std::string& name);
MadeFabric file_fabric(const std::string& text, const std::string& name, const CableOverride& changed = {});

/// The network that stands for fabrics of a kind without a name: full bisection of any size.
const catalog::Network& generic_network(const catalog::Catalog& catalog, std::string_view kind);

/// Accelerators in a scale-up domain of the fabric; 1 where it has none.
std::int64_t domain_size(const Fabric& fabric);

/// What headers leave of a link's rate, of the network that stands for fabrics without a name.
double payload_share(const catalog::Catalog& catalog);

}  // namespace gigawatt::topology
