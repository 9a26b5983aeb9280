#pragma once
/// Links that fail, come back or run slower while flows are on them, and what routing does about it.
///
/// A cable that goes down leaves its flows at rate zero until routing has converged, `convergence_s` after the failure;
/// then a flow with several ways takes one by another hash that has no dead link, with what is left of its bytes, and the
/// others wait for the cable to come back. A bundle of spread ways loses the failed cable's part at once, since packets
/// avoid it within a round trip. A cable that comes back serves whoever is still on it; nobody is moved back.

#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/network/flow_run.h"

namespace gigawatt::network {

struct LinkFault {
  std::int64_t link = 0;
  double from_s = 0;
  double until_s = flows::kUnbounded;
  double capacity_share = 0;  ///< that is left of the cable: 0 down, 0.5 degraded
};

struct FaultOptions {
  std::vector<LinkFault> faults;
  double convergence_s = 0;
  int attempts = 64;  ///< hashes tried for a way without dead links
};

struct FaultResult {
  FlowResult flows;
  std::uint64_t rerouted = 0;
  std::uint64_t waited = 0;  ///< flows that found no other way at some convergence
};

/// As run_flows without folding. Fails like it, among others for flows that wait for ever.
tl::expected<FaultResult, base::Diagnostics> run_with_faults(const topology::Fabric& fabric,
                                                             std::span<const FlowRequest> requests,
                                                             const FlowOptions& options,
                                                             const FaultOptions& faults);

/// CSV with a header naming `link`, `from_s` and perhaps `until_s` (empty: for good) and `capacity_share`. Links by the
/// names that results print ("edge 0.0 to aggregation 0.1") or their numbers. Both directions of a cable fail.
tl::expected<std::vector<LinkFault>, base::Diagnostics> parse_faults(std::string_view text,
                                                                     const std::string& name,
                                                                     const topology::Fabric& fabric);

}  // namespace gigawatt::network
