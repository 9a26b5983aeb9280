#pragma once
/// Collectives as programs of flows: phases that follow each other, each a set of flows that run at once.
///
/// n ranks, S bytes (nccl-tests' sizes: the buffer for all-reduce and broadcast, the gathered buffer for all-gather and
/// reduce-scatter, the send buffer of a rank for all-to-all), m ranks a scale-up domain, d = n/m domains. A library cuts
/// the buffer into m parts and works on all of them at once, part r on the cards of number r of all domains (its *rail*),
/// in chunks that follow each other, so that the links of a domain and the rails are busy together:
///
///   ring                m rings, part r enters and leaves each domain by card r and passes all its ranks: 2(n-1) or n-1
///                       steps with S/n in a domain, S/(n m) on a card; a broadcast is a chain; on a torus the rings of
///                       torus_program.h
///   tree                m trees: a chain through the domain to card r, a binary tree over the domains on rail r, whose
///                       nodes lie between their children so that most edges are short, as one pipeline; every edge
///                       carries S/m both ways (all-reduce) or down (broadcast)
///   double-tree         on each rail two trees with half of the part each, in the second of which leaves and inner ranks
///                       change places (Sanders, Speck, Traeff 2009; NCCL's tree)
///   halving-doubling    log2 n steps with partner r xor 2^k: S/2 to the next, S/4 to the next but one, ... and back
///                       (n a power of two)
///   in-network          a switch reduces and multicasts: each rank sends (1 + 1/m) S up and gets as much (NVLS). Domains
///                       join their shards of S/m by two trees on each rail (NVLSTree), or, where all switches reduce,
///                       by sending them up once (SHARP)
///   hierarchical        reduce-scatter in the domain, the operation on S/m across domains on m rails at once, all-gather
///                       in the domain, each part a ring: 2(m-1)/m S in a domain, 2(d-1)/d S/m on a card
///   pat                 ceil(log2 n) steps of all-gather or reduce-scatter with doubling distances (Jeaugey 2025)
///   direct              all pairs at once, S/n each
///   pairwise            n-1 steps, in step k rank r sends to r+k
///   hierarchical (all-to-all)  within the domain to the rank of the receiver's rail, then across on the rails
///
/// The steps of a ring are the same flows over and over, so one is simulated and repeated. A chunk passes every hop in
/// turn, so that K steps of n hops cost K / n times the latency once around, which is K times the mean over hops by their
/// bytes. Pipelines are one phase with all their bytes, after the latencies of their depth: their
/// stages go at one pace, that of the fullest link. Where the last domain is not
/// full, rings have as many rails as it has ranks, and trees go over single ranks.
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
  /// Below zero: each flow waits for its own latency. Else flows wait for nothing, and each repeat for the latency of that
  /// many hops of the mean over flows by their bytes.
  double mean_hops = -1;
  /// Ways whose latency comes on top, each so many times in a repeat.
  struct Wait {
    std::int64_t src = 0, dst = 0;
    double times = 0;
  };
  std::vector<Wait> waits;
  /// Whether flows wait for their own latency: also in a ring's steps under SimGrid's models, where all of a step's flows
  /// start together when the last of the step before has ended.
  bool own_delays(const flows::SharingModel& sharing) const {
    return mean_hops < 0 || (sharing.latency_bias && mean_hops == 1);
  }
  double domain_share = 0;  ///< of the links of a domain that this phase reaches; 0: FlowOptions' own
  std::string name;
};

/// Which switches add up what passes them.
enum class Reduction : std::uint8_t {
  kNone,
  kUnknown,  ///< a fabric that says nothing: all switches where in-network is asked for, none for `kAuto`
  kDomain,   ///< those of scale-up domains (NVLS)
  kAll       ///< and those of the scale-out network (SHARP)
};

struct ProgramRequest {
  Collective collective = Collective::kAllReduce;
  Algorithm algorithm = Algorithm::kAuto;
  std::int64_t ranks = 2;
  double bytes = 0;
  std::int64_t domain = 1;  ///< m: ranks that share a scale-up domain
  double imbalance = 1;
  Reduction reduction = Reduction::kUnknown;
  double reduction_share = 0;         ///< of a domain's links that reducing switches reach; 0: as all flows
  std::vector<std::int64_t> torus{};  ///< sides of the torus whose first endpoints the ranks are
};

using FlowProgram = std::vector<FlowPhase>;

/// Fails with the reason where the algorithm does not fit the collective or the ranks, or the flows are too many.
/// `kAuto` makes the program that `usual_algorithm` names.
tl::expected<FlowProgram, std::string> make_program(const ProgramRequest& request);

/// What stands first where nothing is known of times: ring, double-tree, direct.
Algorithm usual_algorithm(Collective collective);

/// Flows that the program would have, without making it (about).
double program_flows(const ProgramRequest& request);

}  // namespace gigawatt::network
