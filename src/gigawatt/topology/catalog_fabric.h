#pragma once
/// Fabrics from the catalogue's networks: their tiers of switches, buildings and sites (catalog/network_table.h).

#include <memory>
#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/catalog.h"
#include "gigawatt/topology/fabric.h"

namespace gigawatt::topology {

/// What a question changes of the tree's cables.
struct CableOverride {
  std::optional<double> capacity;
  std::optional<double> latency_s;
};

using MadeFabric = tl::expected<std::shared_ptr<const Fabric>, base::Diagnostics>;

/// The fabric of a network's tiers; fails where there are none, or where counts, rails and capacities do not match.
MadeFabric fabric_of(const catalog::Network& network, const CableOverride& changed = {});
/// By name or alias.
MadeFabric catalog_fabric(const catalog::Catalog& catalog, const std::string& name,
                          const CableOverride& changed = {});
/// A file in the catalogue's format (TOML).
MadeFabric file_fabric(const std::string& text, const std::string& name, const CableOverride& changed = {});

/// Accelerators in a scale-up domain of the fabric; 1 where it has none.
std::int64_t domain_size(const Fabric& fabric);

/// What headers leave of a link's rate, of the network that stands for fabrics without a name.
double payload_share(const catalog::Catalog& catalog);

}  // namespace gigawatt::topology
