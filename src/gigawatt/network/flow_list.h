#pragma once
/// Flow sets from a file, and random permutations.

#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/network/flow_run.h"

namespace gigawatt::network {

/// CSV with a header line that names `src`, `dst`, `bytes` and perhaps `start_s` (0 where it is missing or empty), in any
/// order; other columns are ignored. Endpoints by the fabric's names or numbers, bytes as in 1e9, nothing negative. Every
/// bad line is reported with its number up to a bound, and one bad line means that nothing is used. A line costs about a
/// microsecond, and no memory but its flow's.
tl::expected<std::vector<FlowRequest>, base::Diagnostics> parse_flows(std::string_view text,
                                                                      const std::string& name,
                                                                      const topology::Fabric& fabric);

/// Flow i goes from endpoint i to p(i), p a random permutation of 0..n-1 in which nobody sends to itself.
std::vector<FlowRequest> random_permutation(std::int64_t n, double bytes, std::uint64_t seed);

/// The flows with their finish as CSV: src,dst,bytes,start_s,finish_s.
std::string flows_csv(const topology::Fabric& fabric, std::span<const FlowRequest> requests,
                      std::span<const double> finish_s);

}  // namespace gigawatt::network
