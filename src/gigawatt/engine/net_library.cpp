#include "gigawatt/engine/net_library.h"

#include <algorithm>

#include <fmt/format.h>

#include "gigawatt/topology/catalog_fabric.h"
#include "gigawatt/topology/system_fabric.h"

namespace gigawatt::engine {

tl::expected<std::shared_ptr<const topology::Fabric>, base::Diagnostic> fabric_of_system(
    const catalog::Catalog& catalog, const std::string& name, std::int64_t accelerators) {
  const auto system = catalog.find<catalog::System>(name);
  if (!system) return tl::unexpected(base::error("unknown-name", system.error().message()));
  const auto accelerator = catalog.find<catalog::Accelerator>((*system)->accelerator);
  if (!accelerator) return tl::unexpected(base::error("unknown-name", accelerator.error().message()));
  auto cluster = topology::make_cluster(**system, **accelerator, accelerators);
  if (accelerators <= 0) cluster.accelerators = cluster.domain_size;
  if (!(cluster.scaleout_bandwidth > 0))
    return tl::unexpected(base::error("no-network", fmt::format("{} has no scale-out network", name),
                                      "--topology with its network"));
  const auto ports =
      static_cast<std::int64_t>(topology::generic_network(catalog, cluster.scaleout_kind).switch_ports.value);
  return topology::system_fabric(cluster, std::max<std::int64_t>(2, ports));
}

tl::expected<std::shared_ptr<const NetLibrary>, base::Diagnostics> net_library(
    const catalog::Catalog& catalog, const std::filesystem::path& data, const NcclQuery& query,
    std::int64_t ranks) {
  auto constants = network::load_nccl_constants(data);
  if (!constants) return tl::unexpected(constants.error());
  auto kernels = network::load_nccl_kernels(data);
  if (!kernels) return tl::unexpected(kernels.error());
  auto out = std::make_shared<NetLibrary>();
  out->constants = *std::move(constants);
  out->kernels = *std::move(kernels);
  const auto group = nccl_nodes(catalog, out->constants, query, ranks);
  if (!group) return tl::unexpected(base::Diagnostics{group.error()});
  const std::string& generation = group->generation->names.front();
  const auto* rates = out->kernels.generation(generation);
  if (rates == nullptr)
    return tl::unexpected(base::Diagnostics{base::error(
        "no-nccl", fmt::format("{}: nothing measured of NCCL's kernels on {}", query.system, generation))});
  out->nccl = std::make_unique<network::NcclLibrary>(out->constants, out->kernels, *rates, *group);
  return out;
}

}  // namespace gigawatt::engine
