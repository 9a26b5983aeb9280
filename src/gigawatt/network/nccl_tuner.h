#pragma once
/// Which algorithm and protocol NCCL 2.30.7 takes for a collective, over how many channels, and how long it reckons with.
///
/// For every algorithm a and protocol p NCCL has a latency l and a bandwidth B of the group, from the channels that it found
/// (nccl_channels.h) and a table of constants (nccl_constants.h), and takes the pair with the least
///
///     time = l + bytes / B
///
/// the first in its own order where two are equal. The bandwidth begins with channels times speed (inside of the node up to
/// two nodes and for reductions in the switch, else across), is cut by what a protocol carries and by what a channel of this
/// generation can do, and is turned from bus to algorithm bandwidth (n/(2(n-1)) for a ring's all-reduce). The latency is a
/// base and as many hops as the algorithm has: n-1 or 2(n-1) of a ring, depth and width of a tree. Between 64 B and 512 MiB
/// trees are corrected by a table over the size. Bytes are those of nccl-tests (the gathered buffer of an all-gather).
///
/// This is NCCL's own estimate, by which it chooses; measured times are in docs/models/collectives.md. All-to-all and
/// point-to-point transfers are not in it. Every sum is rounded to `float` where NCCL's are, since ties decide.
///
/// Source: NCCL 2.30.7, src/graph/tuning.cc, src/enqueue.cc (channels), src/graph/connect.cc, src/transport/nvls.cc.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/network/collectives.h"
#include "gigawatt/network/nccl_channels.h"
#include "gigawatt/network/nccl_constants.h"

namespace gigawatt::network {

inline constexpr std::string_view kNcclProtocolNames[] = {"LL", "LL128", "Simple"};

/// A group of equal nodes.
struct NcclGroup {
  NcclNode node;
  const NcclGeneration* generation = nullptr;
  const NcclHost* host = nullptr;
  std::int64_t nodes = 1;
  bool collnet = false;  ///< reductions in the switches of the network (SHARP), which NCCL has off

  std::int64_t ranks() const { return nodes * node.gpus; }
};

/// One pair of algorithm and protocol.
struct NcclOption {
  std::size_t algorithm = 0;  ///< index into NcclConstants::algorithms
  std::size_t protocol = 0;
  double latency_us = 0;
  double bandwidth = 0;  ///< GB/s
  double time_us = 0;
};

struct NcclChoice {
  NcclOption chosen;
  std::vector<NcclOption> options;  ///< all that can be had, in NCCL's order
  std::int64_t channel_limit = 0;   ///< that the algorithm may use at this size
  std::int64_t channels = 0;        ///< that the operation is spread over
};

class NcclTuner {
 public:
  NcclTuner(const NcclConstants& constants, const NcclGroup& group);

  /// Fails for what NCCL's model does not hold (all-to-all, send-recv).
  tl::expected<NcclChoice, std::string> choose(Collective collective, std::uint64_t bytes) const;

  const NcclGraph& rings() const { return ring_; }
  const NcclGraph& trees() const { return tree_; }
  const NcclGraph& multicast() const { return multicast_; }
  std::int64_t channels() const { return channels_; }

 private:
  const NcclGraph& graph(std::size_t algorithm) const;
  void find_channels();
  void count_channels();
  bool available(std::size_t algorithm, std::size_t protocol, Collective collective) const;
  bool ll128(const NcclGraph& graph) const;
  double bus_bandwidth(std::size_t algorithm, std::size_t protocol, Collective collective) const;
  double multicast_speed(std::size_t algorithm, Collective collective) const;
  double algorithm_bandwidth(std::size_t algorithm, Collective collective, double bus) const;
  double latency(std::size_t algorithm, std::size_t protocol, Collective collective) const;
  double ring_latency(std::size_t protocol, Collective collective, double inside, double across) const;
  double time(const NcclOption& option, Collective collective, std::uint64_t bytes) const;
  double size_factor(std::size_t protocol, int size) const;
  std::int64_t channel_limit(const NcclOption& option, std::uint64_t bytes) const;
  std::int64_t spread(const NcclOption& option, Collective collective, std::uint64_t bytes,
                      std::int64_t limit) const;
  std::int64_t steps(Collective collective) const;
  std::size_t by_nodes() const;
  bool gathers(Collective collective) const;

  const NcclConstants& constants_;
  NcclGroup group_;
  NcclGraph ring_, tree_, chain_, direct_, multicast_;
  std::int64_t channels_ = 0, multicast_channels_ = 0;
};

/// The group of `ranks` accelerators of a system, filled node by node.
struct NcclSystem {
  std::string name = {}, generation = {};
  std::int64_t gpus = 8;   ///< of a scale-up domain
  std::int64_t trays = 1;  ///< hosts in it
  double nvlink = 0;       ///< byte/s of an accelerator, one direction, by its data sheet
  std::int64_t cards = 8;  ///< of a domain
  double card = 0;         ///< byte/s
  std::string host = {};   ///< empty: of the package or of the vendor's servers
  bool collnet = false;
};
tl::expected<NcclGroup, base::Diagnostic> nccl_group(const NcclConstants& constants, const NcclSystem& system,
                                                     std::int64_t ranks);

}  // namespace gigawatt::network
