#pragma once
/// Collectives whose flows share the links of a fabric: the second `CollectiveModel`.
///
/// All groups of a kind (every data-parallel group, every expert group ...) work at the same time, so all their flows are
/// put on the fabric at once. Ranks of a group are `stride` accelerators apart, groups tile the accelerators, and what
/// stays in a scale-up domain is left out. Three patterns leave it (m ranks of a group a domain, d domains):
///
///   ring      rank i to i + m: the rail to the next domain (all-reduce, reduce-scatter, all-gather, broadcast)
///   exchange  rank i to all ranks of other domains in equal parts (all-to-all)
///   neighbor  rank i to i + 1 where that is another domain (sends of a pipeline)
///
/// Each accelerator sends what its card would take a second for. Flows of equal size that start together end when the
/// fullest link has passed its bytes, and a collective's every step waits for its slowest flow, so that
///
///   share = 1 s / (time of the last flow)
///
/// is the part of the card's bandwidth that the collective reaches, 1 where nothing contends. A collective then takes
/// its closed form, with fitted latencies and protocol, at `share` of the scale-out bandwidth, and what long-haul links
/// take beyond a fitted step (once around the ring) on top. The closed form's rules for pods and
/// its factor for the kind of fabric, which stand for contention, are left out: the flows say it.
///
/// *Together.* Kinds that run at the same time share cards and links: `together` simulates one set of flows of two or
/// more kinds with their bytes. On a card each kind has its weight, however many flows it is split into.
///
/// Cost: a route a flow, folded into a few classes where ways are spread; an exchange of many peers is sampled by equal
/// shifts (its load on each tier is the same); hashed ways beyond `kMostSimulated` flows are not simulated, since the
/// fullest link alone decides, and beyond `kMostHashed` they are those of the first accelerators, which have all that
/// meets on their links. What is known of a pattern is kept, so that plans of a search share it.
///
/// Units: bytes, byte/s, seconds. Safe to use from several threads. The same inputs give the same bits.

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "gigawatt/network/collective_model.h"
#include "gigawatt/network/flow_run.h"

namespace gigawatt::network {

enum class FlowPattern : std::uint8_t { kRing, kExchange, kNeighbor };
inline constexpr std::string_view kFlowPatternNames[] = {"ring", "exchange", "neighbor"};

FlowPattern pattern_of(Collective collective);

/// Hashed flows that are simulated; of more only the fullest link is sought.
inline constexpr std::size_t kMostSimulated = 40'000;
/// Parts of flows on hashed ways; of more those of the first accelerators stand for all.
inline constexpr std::size_t kMostHashed = 150'000;
/// Flows of an exchange, about; of more a sample of its shifts stands for all.
inline constexpr std::size_t kMostExchanged = 200'000;

/// A group's pattern with what an accelerator sends out of its domain.
struct ScaleOutLoad {
  FlowPattern pattern = FlowPattern::kRing;
  GroupPlacement group;
  double bytes = 0;
  double weight = 1;  ///< on a card beside other loads
};

class FlowNetwork {
 public:
  struct Options {
    std::shared_ptr<const topology::Fabric> fabric;
    Routing routing = Routing::kSpray;
    int subflows = 8;        ///< of flowlet routing
    std::uint64_t seed = 1;  ///< of hashes
    std::int64_t accelerators = 1;
    std::int64_t domain_size = 1;  ///< accelerators in a scale-up domain
    double card_bandwidth = 0;     ///< byte/s of an accelerator's scale-out link, in each direction
  };
  /// A link and the bytes on it for each byte that an accelerator sends out of its domain.
  struct Load {
    std::int64_t link = 0;
    double bytes = 0;
  };
  struct Reach {
    double share = 1;
    std::vector<double>
        hop_latency_s;  ///< of the hops of a ring, or the longest of another pattern, descending
    std::uint64_t flows = 0;
    std::uint64_t classes = 0;  ///< simulated; 0: the fullest link alone was sought
    std::vector<Load> loads;    ///< by link
  };

  explicit FlowNetwork(Options options);

  const Options& options() const { return o_; }
  std::shared_ptr<const Reach> reach(FlowPattern pattern, const GroupPlacement& group) const;
  /// When the last flow of each load ends if all start at once, on spread ways; 0: nothing leaves the domains.
  std::vector<double> together(const std::vector<ScaleOutLoad>& loads) const;

 private:
  std::vector<FlowRequest> flows_of(FlowPattern pattern, const GroupPlacement& group, double bytes) const;
  Reach work_out(FlowPattern pattern, const GroupPlacement& group) const;
  std::vector<double> hop_latencies(FlowPattern pattern, const GroupPlacement& group) const;
  FlowOptions flow_options(Routing routing) const;

  Options o_;
  mutable std::mutex mutex_;
  mutable std::map<std::tuple<int, std::int64_t, std::int64_t, std::int64_t, std::int64_t>,
                   std::shared_ptr<const Reach>>
      known_;
};

/// Closed forms at the bandwidth that flows reach. `constants`, without factors that stand for contention, and the
/// network must outlive the model.
class FlowModel final : public CollectiveModel {
 public:
  FlowModel(const Fabric& constants, const FlowNetwork& network)
      : constants_(&constants), network_(&network) {}
  double seconds(Collective collective, const GroupPlacement& group, double bytes,
                 double imbalance = 1) const override;

 private:
  const Fabric* constants_;
  const FlowNetwork* network_;
};

}  // namespace gigawatt::network
