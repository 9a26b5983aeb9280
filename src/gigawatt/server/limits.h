#pragma once
/// What a server's runs may take, unless it was started with other bounds.

#include <chrono>
#include <cstddef>

namespace gigawatt::server {

/// How much may be stored; a run that would be more is refused, and the oldest are named for removal.
struct StoreQuota {
  std::size_t runs = 1000;
  double bytes = 20e9;  ///< of a file's contents
};

/// What one run may take of this server.
struct RunLimits {
  std::chrono::seconds time{3600};  ///< of simulating; then it is stored with what it has, as interrupted
  double bytes = 700e6;             ///< of memory that jobs of batches may fill; a run that needs more fails
};

}  // namespace gigawatt::server
