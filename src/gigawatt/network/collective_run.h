#pragma once
/// A collective on a fabric: its program, or the fastest of those that a library could run, flow by flow.
///
/// `kAuto` runs each algorithm that serves the collective, the ranks and the fabric, and takes the one that ends first, as
/// NCCL's tuner takes the least of its predictions; of equals the one that stands first in `candidates`. Programs of more
/// than `kMostTriedFlows` are not tried while a smaller one serves, and reductions in switches only where the fabric is
/// known to have them; the answer says what the others take, or why they were left out.
///
/// With a library (nccl_library.h) a program's flows run at what its kernels reach, hops take what they take with the
/// library's protocol (or their flight, where that is longer), and `kAuto` is what the library would choose.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "gigawatt/network/flow_program.h"
#include "gigawatt/network/nccl_library.h"

namespace gigawatt::network {

inline constexpr double kMostTriedFlows = 1e7;

struct ProgramResult {
  FlowResult total;  ///< phases one after another; `finish_s` is empty
  struct PhaseTime {
    std::string name;
    double seconds = 0;
    double repeats = 1;
    std::uint64_t flows = 0, classes = 0;
  };
  std::vector<PhaseTime> phases;
  Algorithm algorithm = Algorithm::kAuto;
  double bus_bandwidth = 0;
  std::string protocol;       ///< of the library; empty: none
  std::int64_t channels = 0;  ///< of the library
  /// What `kAuto` looked at, the fastest first, then those that were left out.
  struct Tried {
    Algorithm algorithm = Algorithm::kAuto;
    double seconds = -1;
    std::string left_out;  ///< why there is no time
  };
  std::vector<Tried> tried;
};

/// Algorithms that serve a collective on some fabric, the usual one first.
std::span<const Algorithm> candidates(Collective collective);

/// The request with what the fabric's kind says: the sides of a torus, and that only trees of switches reduce.
ProgramRequest on_fabric(const topology::Fabric& fabric, ProgramRequest request);

/// `hop_s`: what a step costs beside its flows (software, launch). All-to-all goes by tree_exchange.h and
/// torus_program.h where it can. A library is of as many ranks as the request.
tl::expected<ProgramResult, base::Diagnostics> run_collective(const topology::Fabric& fabric,
                                                              const ProgramRequest& request,
                                                              const FlowOptions& options, double hop_s = 0,
                                                              const NcclLibrary* library = nullptr);

}  // namespace gigawatt::network
