#pragma once
/// What NCCL adds to the flows of a collective: protocol, channels, launch, steps, and what its kernels reach of a link.
///
/// NCCL's tuner (nccl_tuner.h) says which algorithm, protocol and how many channels a collective gets; a program of flows
/// (flow_program.h) says what its links carry, W seconds for the fullest, and how many hops it waits for, h inside of a
/// domain and H across. S bytes on n ranks, m of them in a domain, c channels:
///
///   LL         start + h ll_hop + H net_LL + max(2 W, moved / (c ll_channel))      half of what LL sends are flags
///   LL128      start + h hop_LL128 + H net_LL128 + max(128/120 W, NCCL's own S/bandwidth), in a domain times ll128_slowdown
///   Simple     start + hypot(simple_start + h simple_hop + H net_Simple, W)        data hide the hops, hops small data
///   NVLS       start + nvls_start + H net + W
///   all-to-all as Simple with exchange_start; small ones eagerly: start + log2(n) ll_hop + S/n / eager_bandwidth
///
/// W has kernels at `link_share` of the domain's links (`nvls_share`, `exchange_share`), less where a rank's part is small:
/// over 1 + (ramp_bytes m / S)^q, and less by the copy of a rank's own part, 1 + copy_share / (rounds (n-1)). Cards
/// reach `card_share` of their rate. Below a tree the kernels of NVLS also copy what cards carry: their stage takes
/// `card_copy` of the cards' time more. moved = (rounds (n-1) + copy_share) S/n. Hops across and of LL128 are NCCL's own constants.
///
/// Fitted inside of a domain, 2 to 8 accelerators of Ampere, Hopper and Blackwell; see docs/models/flows.md.

#include <optional>
#include <string>

#include "gigawatt/network/flow_program.h"
#include "gigawatt/network/nccl_kernels.h"
#include "gigawatt/network/nccl_tuner.h"

namespace gigawatt::network {

/// One collective by one algorithm. Seconds, and shares of links' rates.
struct LibraryCall {
  std::string protocol;
  std::int64_t channels = 0;
  double start_s = 0;
  double first_s = 0;  ///< of the hops, whatever their number
  double inside_hop_s = 0, across_hop_s = 0;
  double wire_factor = 1;      ///< bytes on the wire over payload
  double least_wire_s = 0;     ///< what channels need for the same bytes
  bool hides = false;          ///< data hide hops
  double eager_s = 0;          ///< another way that takes this in all; 0: none
  double domain_share = 1;     ///< of a domain's links
  double reduction_share = 0;  ///< of them where switches reduce
  double card_share = 1;       ///< of cards
  double card_copy = 0;        ///< of the cards' time, that the domain's kernels need besides

  double seconds(double hops_s, double wire_s) const;
};

class NcclLibrary {
 public:
  /// All but the group outlive it.
  NcclLibrary(const NcclConstants& constants, const NcclKernels& kernels, const NcclKernelRates& rates,
              const NcclGroup& group);

  LibraryCall call(Collective collective, Algorithm algorithm, double bytes) const;

  /// The program that NCCL runs; none where its tuner has no answer.
  std::optional<Algorithm> choose(Collective collective, double bytes) const;

  /// Whether switches of domains reduce (NVLS).
  bool reduces() const { return rates_.nvls_share > 0; }

 private:
  std::size_t kind_of(Algorithm algorithm) const;
  double slowed(double part_ramp, double bytes) const;
  void simple(LibraryCall& call, Collective collective, Algorithm algorithm, double bytes) const;

  const NcclConstants& constants_;
  const NcclKernels& kernels_;
  const NcclKernelRates& rates_;
  NcclGroup group_;
  NcclTuner tuner_;
};

}  // namespace gigawatt::network
