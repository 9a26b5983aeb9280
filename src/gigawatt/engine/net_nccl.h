#pragma once
/// The part of `gigawatt net` that asks what NCCL would choose (network/nccl_tuner.h) for a system of the catalogue.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/catalog.h"
#include "gigawatt/network/nccl_tuner.h"

namespace gigawatt::engine {

struct NcclQuery {
  std::string system = {};                            ///< empty: NCCL is not asked
  std::string host = {};                              ///< intel, amd, arm; empty: the system's
  std::int64_t gpus_per_node = 0, nics_per_node = 0;  ///< 0: the system's
  bool collnet = false;
};

struct NcclAnswer {
  struct Size {
    std::uint64_t bytes = 0;
    network::NcclChoice choice;
    double bus_bandwidth = 0;  ///< byte/s
  };
  std::string version, system, host, collective;
  std::vector<std::string> algorithms;  ///< names by index
  std::int64_t nodes = 1, gpus_per_node = 1, nics_per_node = 0, channels = 0;
  network::NcclGraph rings, trees, multicast;
  std::vector<Size> sizes;
};

/// The nodes that `ranks` accelerators of a system of the catalogue fill; 0: one scale-up domain.
tl::expected<network::NcclGroup, base::Diagnostic> nccl_nodes(const catalog::Catalog& catalog,
                                                              const network::NcclConstants& constants,
                                                              const NcclQuery& query, std::int64_t ranks);

/// `bytes`: one size, or powers of two from 1 KiB to 16 GiB.
tl::expected<NcclAnswer, base::Diagnostics> ask_nccl(const catalog::Catalog& catalog,
                                                     const std::filesystem::path& data,
                                                     const NcclQuery& query, network::Collective collective,
                                                     std::int64_t ranks, std::optional<double> bytes);

}  // namespace gigawatt::engine
