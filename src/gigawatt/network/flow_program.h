#pragma once
/// Collectives as programs of flows: phases that follow each other, each a set of flows that run at once.
///
/// n ranks, S bytes (nccl-tests' sizes: the buffer for all-reduce and broadcast, the gathered buffer for all-gather and
/// reduce-scatter, the send buffer of a rank for all-to-all), m ranks a scale-up domain, d = n/m domains:
///
///   ring                2(n-1) or n-1 equal steps, rank r sends S/n to r+1
///   tree                reduce and broadcast over a binary tree as one pipeline: every edge carries S both ways
///   double-tree         two trees with half of S each, in the second of which leaves and inner ranks change places
///                       (Sanders, Speck, Traeff 2009; NCCL's tree)
///   halving-doubling    log2 n steps with partner r xor 2^k: S/2, S/4, ... and back (n a power of two)
///   in-network          the switch reduces and multicasts: each rank sends (1 + 1/n) S up and gets as much (NVLS)
///   hierarchical        reduce-scatter in the domain, the operation on S/m across domains on m rails at once,
///                       all-gather in the domain; each part a ring
///   pat                 ceil(log2 n) steps of all-gather or reduce-scatter with doubling distances (Jeaugey 2025)
///   direct              all pairs at once, S/n each
///   pairwise            n-1 steps, in step k rank r sends to r+k
///   hierarchical (all-to-all)  within the domain to the rank of the receiver's rail, then across on the rails
///
/// The steps of a ring are the same flows over and over, so one is simulated and repeated: the slowest hop decides each
/// step, and every later step waits for it, so that the time of 2(n-1) steps is 2(n-1) times that of one (exact where
/// rates do not depend on when the flows of a step start). Pipelines are one phase with their depth as extra latencies.
/// A busy receiver (`imbalance` above 1, all-to-all-v) is one rank that gets that many times the mean.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/network/collectives.h"
#include "gigawatt/network/flow_run.h"

namespace gigawatt::network {

enum class Algorithm : std::uint8_t {
  kAuto,
  kRing,
  kTree,
  kDoubleTree,
  kHalvingDoubling,
  kInNetwork,
  kHierarchical,
  kPat,
  kDirect,
  kPairwise
};
inline constexpr std::string_view kAlgorithmNames[] = {
    "auto",       "ring",         "tree", "double-tree", "halving-doubling",
    "in-network", "hierarchical", "pat",  "direct",      "pairwise"};
inline constexpr std::string_view kCollectiveNames[] = {"all-reduce", "reduce-scatter", "all-gather",
                                                        "all-to-all", "broadcast",      "send-recv"};

struct FlowPhase {
  std::vector<FlowRequest> flows;
  double repeats = 1;
  double extra_hops = 0;  ///< latencies of a hop added to each repeat (the depth of a pipeline)
  std::string name;
};

struct ProgramRequest {
  Collective collective = Collective::kAllReduce;
  Algorithm algorithm = Algorithm::kAuto;
  std::int64_t ranks = 2;
  double bytes = 0;
  std::int64_t domain = 1;  ///< m: ranks that share a scale-up domain
  double imbalance = 1;
};

using FlowProgram = std::vector<FlowPhase>;

/// Fails with the reason where the algorithm does not fit the collective or the ranks, or the flows are too many.
tl::expected<FlowProgram, std::string> make_program(const ProgramRequest& request);

/// What `kAuto` stands for.
Algorithm default_algorithm(Collective collective, std::int64_t ranks, std::int64_t domain);

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
};

/// `hop_s`: what a step costs beside its flows (software, launch). All-to-all goes by tree_exchange.h where it can.
tl::expected<ProgramResult, base::Diagnostics> run_collective(const topology::Fabric& fabric,
                                                              const ProgramRequest& request,
                                                              const FlowOptions& options, double hop_s = 0);

}  // namespace gigawatt::network
