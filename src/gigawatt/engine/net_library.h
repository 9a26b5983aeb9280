#pragma once
/// What a question of `gigawatt net` gets from a system of the catalogue: its fabric, and the library that runs on it.

#include <filesystem>
#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/catalog.h"
#include "gigawatt/engine/net_nccl.h"
#include "gigawatt/network/nccl_library.h"
#include "gigawatt/topology/fabric.h"

namespace gigawatt::engine {

/// A system's own folded Clos with its scale-up domains, with room for so many accelerators.
tl::expected<std::shared_ptr<const topology::Fabric>, base::Diagnostic> fabric_of_system(
    const catalog::Catalog& catalog, const std::string& system, std::int64_t accelerators);

/// NCCL on so many ranks of a system, with the constants that it refers to.
struct NetLibrary {
  network::NcclConstants constants;
  network::NcclKernels kernels;
  std::unique_ptr<network::NcclLibrary> nccl;
};

/// `query.gpus_per_node` is the fabric's domain. Fails where NCCL's model does not hold: no NVSwitch, no constants of the
/// generation, ranks that do not fill their domains.
tl::expected<std::shared_ptr<const NetLibrary>, base::Diagnostics> net_library(
    const catalog::Catalog& catalog, const std::filesystem::path& data, const NcclQuery& query,
    std::int64_t ranks);

}  // namespace gigawatt::engine
