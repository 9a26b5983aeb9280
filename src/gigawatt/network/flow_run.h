#pragma once
/// A set of flows between endpoints of a fabric: their ways by a routing, their run by `flows/`, and what came of it.
///
/// Routings, for a flow of F bytes with n shortest ways:
///   single    the fabric's fixed way
///   ecmp      one way for the flow's life, by a hash of its ends, its place in the list and the seed
///   flowlet   `subflows` equal parts, each on a way by a hash of its own
///   spray     all ways in equal parts (packets), so that nothing collides but at the ends
///   adaptive  the flow takes, of `candidates` hashed ways, the one whose fullest link carries the least so far
///
/// The lower bound is what the busiest link needs for its bytes and what the slowest flow needs alone: no schedule on
/// these ways is faster. Fairness is Jain's index of the flows' mean rates. All is a function of the inputs and the seed.
///
/// Units: bytes, seconds, byte/s.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/flows/flow_set.h"
#include "gigawatt/flows/sharing_model.h"
#include "gigawatt/topology/fabric.h"

namespace gigawatt::network {

enum class Routing : std::uint8_t { kSingle, kEcmp, kFlowlet, kSpray, kAdaptive };
inline constexpr std::string_view kRoutingNames[] = {"single", "ecmp", "flowlet", "spray", "adaptive"};

struct FlowRequest {
  std::int64_t src = 0;
  std::int64_t dst = 0;
  double bytes = 0;
  double start_s = 0;
};

struct FlowOptions {
  flows::SharingModel sharing;
  Routing routing = Routing::kSingle;
  bool folding = true;
  std::uint64_t seed = 1;
  int subflows = 8;    ///< of flowlet routing
  int candidates = 4;  ///< of adaptive routing
  std::size_t busiest = 10;
  double simultaneous_s = 1e-9;
  /// More hashed flows than this that are equal and start together are not simulated: the last of them ends when the
  /// fullest link has passed its bytes. 0: all are simulated.
  std::size_t most_simulated = 0;
  /// Part of a link's rate that flows reach, by its tier; none: all of it. Beside the sharing model's own factor.
  std::vector<double> tier_share;
  bool delays = true;  ///< false: flows start without their latency
  /// Flows are stages of one pipeline and go at one pace, each in proportion to its bytes, so that all end when the fullest
  /// link has passed its bytes: nothing is simulated. Where shares of a link depend on latency or way back they are.
  bool one_pace = false;
};

/// A link and what it carried.
struct LinkLoad {
  std::int64_t link = 0;
  double bytes = 0;        ///< of users' flows, without acknowledgements
  double utilization = 0;  ///< over the whole run
  std::uint64_t flows = 0;
};

struct FlowResult {
  flows::Outcome outcome;
  std::uint64_t flows = 0;
  std::uint64_t classes = 0;
  std::vector<double> finish_s;   ///< in the order of the requests; below zero: never
  std::vector<LinkLoad> busiest;  ///< the most utilized first
  std::vector<LinkLoad> tiers;    ///< per tier of the fabric: mean utilization, total bytes, links used
  double lower_bound_s = 0;
  double fairness = 1;
  double mean_delay_s = 0;  ///< latency of a flow, by bytes, whether flows wait for it or not
  double solve_s = 0;       ///< wall time of routing, folding and simulating
};

/// Fails where two endpoints are not connected (every such pair up to a bound) and where flows can never finish.
tl::expected<FlowResult, base::Diagnostics> run_flows(const topology::Fabric& fabric,
                                                      std::span<const FlowRequest> requests,
                                                      const FlowOptions& options);

/// What flows reach of a link; see FlowOptions::tier_share.
double reached_capacity(const topology::FabricLink& link, const FlowOptions& options);

/// Latency of a flow from `src` to `dst`, as the model counts it; 0 where there is no way.
double way_delay(const topology::Fabric& fabric, std::int64_t src, std::int64_t dst,
                 const FlowOptions& options);

/// Ways of requests as a flow set on densely numbered links.
class FlowBuilder {
 public:
  FlowBuilder(const topology::Fabric& fabric, const FlowOptions& options);

  /// Adds one request (as several flows where the routing splits it); false: there is no way.
  bool add(const FlowRequest& request, std::uint64_t number);

  /// Room for the ways of all requests: their number, and later what the first ones have taken.
  void expect(std::size_t requests);
  void expect_hops(std::size_t added, std::size_t requests);

  flows::FlowSet& set() { return set_; }
  const std::vector<std::int64_t>& link_ids() const { return link_ids_; }
  const std::vector<double>& link_bytes() const { return link_bytes_; }
  const std::vector<std::uint64_t>& link_flows() const { return link_flows_; }
  /// Request of each flow of the set.
  const std::vector<std::uint32_t>& request_of() const { return request_of_; }
  double slowest_alone_s() const { return slowest_alone_s_; }
  /// When the last flow begins to move.
  double latest_begin_s() const { return latest_begin_s_; }
  double mean_delay_s() const { return bytes_ > 0 ? delay_bytes_ / bytes_ : 0; }

 private:
  flows::LinkId dense(std::int64_t link);
  bool way(const FlowRequest& request, topology::PathChoice choice);
  std::uint64_t least_loaded(const FlowRequest& request, std::uint64_t hash);
  bool add_part(const FlowRequest& request, std::uint64_t number, topology::PathChoice choice, double bytes);

  const topology::Fabric& fabric_;
  const FlowOptions& options_;
  bool loads_only_;  ///< flows at one pace are known by what links carry, and are not kept
  flows::FlowSet set_;
  std::vector<std::int32_t> index_;  ///< dense number + 1 of a link, 0: not met yet
  std::vector<std::int64_t> link_ids_;
  std::vector<double> link_latency_;
  std::vector<double>
      link_cables_;  ///< a bundle's way is as wide as one of its cables to a latency's penalty
  std::vector<double> link_bytes_;
  std::vector<std::uint64_t> link_flows_;
  std::vector<std::uint32_t> request_of_;
  std::vector<topology::FabricHop> hops_, back_;
  std::vector<flows::LinkId> back_links_;
  std::vector<flows::Hop> dense_hops_;
  double slowest_alone_s_ = 0, latest_begin_s_ = 0;
  double delay_bytes_ = 0, bytes_ = 0;  ///< latencies times bytes, and bytes
};

/// The loads of the links that a builder met, and the summary of a finished run.
void summarize(const topology::Fabric& fabric, const FlowBuilder& builder, const FlowOptions& options,
               FlowResult& result);

}  // namespace gigawatt::network
