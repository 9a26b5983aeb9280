#pragma once
/// Which channels NCCL finds in a node of equal GPUs on one NVSwitch crossbar, each with network cards of its own or
/// shared ones: how many rings, trees and multicast heads, and at what speed.
///
/// A channel takes the same share s of every link on its way, s from a short list of speeds. NCCL fills channels into what
/// is left of the links, depth first, the neighbors in the order of GPUs first, and gives up after a number of steps;
/// then it allows longer ways (over another GPU to its card, PXN; over the host), other cards at the two ends of a ring
/// (crossed cards), and at last less speed, as long as speed times channels may still grow. What it has found is
/// doubled where the channels are fast, and in the end the speed inside of the node is raised as far as the same channels
/// allow. What is found depends on the order and on the giving up, so both are those of NCCL 2.30.7
/// (src/graph/search.cc, paths.cc, topo.cc); without a crossbar (PCIe servers, direct NVLinks) nothing is said here.
///
/// Bandwidths are NCCL's GB/s in `float`, rounded to 1e-3 as there, because equal sums decide.

#include <cstdint>
#include <vector>

namespace gigawatt::network {

/// How far apart two devices are, in NCCL's order.
enum class NcclReach : std::uint8_t {
  kSelf = 0,
  kNvlink = 1,
  kSwitch = 4,   ///< one PCIe switch
  kBridges = 5,  ///< several
  kPackage = 6,  ///< over the host on the package
  kPeer = 7,     ///< over another GPU to its card
  kSocket = 8,   ///< over the host
  kSystem = 9,   ///< over two sockets
  kNone = 11
};

enum class NcclPattern : std::uint8_t {
  kBalancedTree = 1,  ///< the card serves two GPUs
  kTree = 3,
  kRing = 4,
  kMulticast = 5,
  kCollnetDirect = 6
};

struct NcclNode {
  int gpus = 8;
  float nvlink = 0;     ///< of a GPU, all links
  int cards = 8;        ///< spread evenly over the GPUs
  float card = 0;       ///< of one
  float pcie = 0;       ///< of a card's slot
  float host_link = 0;  ///< of a GPU
  int gpus_per_switch = 1, gpus_per_socket = 4;
  bool on_package = false;  ///< host link to the processor on the package
  int trays = 1;            ///< hosts that the crossbar joins
  float bridge = 0;         ///< between sockets
  bool amd = false;
  int capability = 90;
  std::vector<float> inside_speeds, across_speeds;
};

struct NcclGraph {
  NcclPattern pattern = NcclPattern::kRing;
  int channels = 0;
  float inside = 0, across = 0;  ///< speed of a channel
  NcclReach reach_inside = NcclReach::kSelf, reach_across = NcclReach::kSelf;
  bool same_channels = false;
  int crossed = 0;
  int hops = 0;
  int least = 1, most = 1;  ///< channels allowed
};

/// `across`: the group has further nodes.
NcclGraph nccl_channels(const NcclNode& node, NcclPattern pattern, int least, int most, bool across);

}  // namespace gigawatt::network
