#include "gigawatt/network/nccl_tuner.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace gigawatt::network {
namespace {

/// NCCL's order of algorithms, in which the constants are listed.
enum NcclAlgorithm : std::size_t {
  kNcclTree,
  kNcclRing,
  kNcclDirect,
  kNcclChain,
  kNvls,
  kNvlsTree,
  kNcclPat
};
enum NcclProtocol : std::size_t { kLl, kLl128, kSimple };

constexpr int kMostRings = 32, kMostInKernel = 64, kNvlsFrom = 90, kSharedMulticastFrom = 100;
constexpr std::int64_t kMostDirect = 8, kMostMulticast = 32;
constexpr int kThreads = 512, kThreadsLl128 = 5 * 128, kThreadsSlow = 256;
constexpr float kSlowRings = 12;    // GB/s of all rings up to which they get few threads
constexpr float kNarrowRings = 45;  // GB/s of a ring above which few rings are doubled once more
constexpr int kFewRings = 16;
constexpr std::uint64_t kTrafficOfChannel = 32 << 10;

/// Rounded as NCCL's `float` is: one operation on two of them is exact before that.
double single(double x) { return static_cast<double>(static_cast<float>(x)); }

int log_2(std::uint64_t n) { return n == 0 ? -1 : std::bit_width(n) - 1; }

std::uint64_t divided_up(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }
std::uint64_t rounded(std::uint64_t a) { return divided_up(a, 16) * 16; }

bool of_multicast(std::size_t a) { return a == kNvls || a == kNvlsTree; }
bool of_collnet(std::size_t a) { return a == kNcclDirect || a == kNcclChain; }

}  // namespace

NcclTuner::NcclTuner(const NcclConstants& constants, const NcclGroup& group)
    : constants_(constants), group_(group) {
  find_channels();
  count_channels();
}

void NcclTuner::find_channels() {
  const bool across = group_.nodes > 1;
  ring_ = nccl_channels(group_.node, NcclPattern::kRing, 1, kMostRings, across);
  tree_ = nccl_channels(group_.node, NcclPattern::kBalancedTree, ring_.channels, ring_.channels, across);
  if (group_.collnet) {
    chain_ = nccl_channels(group_.node, NcclPattern::kTree, ring_.channels, ring_.channels, across);
    direct_ = nccl_channels(group_.node, NcclPattern::kCollnetDirect, 1, kMostInKernel, across);
  }
  multicast_ = nccl_channels(group_.node, NcclPattern::kMulticast, 1, kMostInKernel, across);
  ring_.channels = tree_.channels = std::min(ring_.channels, tree_.channels);
  if (chain_.channels == 0) group_.collnet = false;
}

/// Two kernels' channels for each channel that was found; more where they are few and fast.
void NcclTuner::count_channels() {
  const auto& g = *group_.generation;
  std::int64_t n = std::min(kMostInKernel, 2 * ring_.channels);
  if (group_.collnet && chain_.inside > chain_.across && group_.node.gpus > 1)
    n = std::min<std::int64_t>(kMostInKernel, n + n / 2);
  if (g.capability >= kNvlsFrom && group_.nodes > 1 && ring_.inside > kNarrowRings && n < kFewRings) n *= 2;
  channels_ = n;
  multicast_channels_ = multicast_.channels == 0 ? 0 : g.nvls_channels[group_.nodes > 1 ? 1 : 0];
  if (multicast_channels_ == 0 || g.capability < kSharedMulticastFrom || group_.nodes < 2) return;
  // The slower the cards and the fewer the GPUs of a node, the fewer channels of multicast.
  const auto speeds = [&](double speed) {
    return double{group_.node.card} >= speed && double{group_.node.pcie} >= speed;
  };
  const auto& inside = g.nvls_channels.front();
  if (group_.nodes == 2 && speeds(48)) return;
  if (speeds(96)) {
    if (group_.node.gpus <= kMostDirect) multicast_channels_ = inside;
  } else if (speeds(48)) {
    multicast_channels_ = inside;
  }
}

const NcclGraph& NcclTuner::graph(std::size_t a) const {
  switch (a) {
    case kNcclRing: return ring_;
    case kNcclDirect: return direct_;
    case kNcclChain: return chain_;
    case kNvls:
    case kNvlsTree: return multicast_;
    default: return tree_;
  }
}

std::int64_t NcclTuner::steps(Collective collective) const {
  const std::int64_t n = group_.ranks();
  if (collective == Collective::kAllReduce) return 2 * (n - 1);
  return gathers(collective) ? n - 1 : n;
}

std::size_t NcclTuner::by_nodes() const {
  return static_cast<std::size_t>(std::min<std::int64_t>(group_.nodes, 3) - 1);
}

bool NcclTuner::gathers(Collective c) const {
  return c == Collective::kAllGather || c == Collective::kReduceScatter;
}

// ---- what can be had

bool NcclTuner::ll128(const NcclGraph& graph) const {
  // Up to cards of a peer GPU from Hopper on; over PCIe bridges alone before that.
  const auto most = group_.generation->capability >= kNvlsFrom ? NcclReach::kPeer : NcclReach::kBridges;
  return graph.reach_across <= most && graph.reach_inside < NcclReach::kSwitch;
}

bool NcclTuner::available(std::size_t a, std::size_t p, Collective c) const {
  const std::int64_t gpus = group_.node.gpus, nodes = group_.nodes;
  if (c == Collective::kBroadcast && a != kNcclRing) return false;
  if (gathers(c) && a != kNcclPat && a != kNcclRing && a != kNvls && a != kNcclDirect) return false;
  if (p != kSimple && a != kNcclRing && a != kNcclTree) return false;
  if (a == kNcclPat) return gathers(c) && nodes == group_.ranks();
  if (of_collnet(a))
    return group_.collnet && gpus <= kMostDirect && (!gathers(c) || direct_.channels >= gpus);
  if (of_multicast(a)) {
    if (multicast_.channels < 2 || (c != Collective::kAllReduce && gpus > kMostMulticast)) return false;
    if (a == kNvlsTree) return nodes > 1;
    return nodes == 1 || (group_.collnet && (!gathers(c) || direct_.channels >= gpus));
  }
  return p != kLl128 || ll128(graph(a));
}

// ---- bandwidth

double NcclTuner::multicast_speed(std::size_t a, Collective c) const {
  const double m = multicast_.channels, ppn = group_.node.gpus;
  double inside = single(double{multicast_.inside} * single(group_.generation->nvls_efficiency));
  inside = single(single(inside * (m - 1)) / m);
  inside = single(c == Collective::kAllReduce ? inside * 2 : inside * single((ppn - 1) / ppn));
  const double across = double{multicast_.across} * (group_.nodes <= 2 && a == kNvlsTree ? 2 : 1);
  const double most = a == kNvlsTree ? single(group_.generation->nvls_tree[by_nodes()]) : inside;
  return std::min({inside, across, most});
}

double NcclTuner::bus_bandwidth(std::size_t a, std::size_t p, Collective c) const {
  const NcclGraph& g = graph(a);
  const auto& gen = *group_.generation;
  const auto& f = constants_.factor;
  const std::size_t i = by_nodes();
  const double n = g.channels, ppn = group_.node.gpus;
  const double ll = group_.nodes == 1 ? gen.ll[0] : group_.host->ll_across[i];
  const double speed = of_multicast(a)                      ? multicast_speed(a, c)
                       : group_.nodes <= 2 || of_collnet(a) ? double{g.inside}
                                                            : double{g.across};
  double bus = single(n * speed);
  if (a == kNcclRing && p == kLl) bus = single(std::min(ll, bus * f.ring_ll));
  if (a == kNcclRing && p == kLl128) bus = single(std::min(bus * f.ring_ll128, n * gen.ring_ll128[i]));
  if (a == kNcclTree) {
    bus = single(std::min(bus * f.tree, n * gen.tree[i]));
    if (p == kLl) bus = single(std::min(bus / f.tree_ll, ll));
    if (p == kLl128)
      bus = single(std::min(bus * (group_.nodes == 1 ? f.tree_ll128_inside : f.tree_ll128_across),
                            n * gen.tree_ll128[i]));
    if (tree_.pattern == NcclPattern::kTree) bus = single(bus * f.one_sided_tree);
  }
  if (a == kNcclPat) bus = single(bus * f.pat);
  if (a != kNcclDirect) return bus;
  if (gathers(c)) return single(ppn * std::min(double{g.inside}, single(double{g.across} * f.collnet_card)));
  const double share = single(ppn / n);  // GPUs for each card
  bus = single(bus / single(share - single(single(share - 1) / 2)));
  return gen.capability >= kNvlsFrom ? single(bus * f.collnet_direct) : bus;
}

double NcclTuner::algorithm_bandwidth(std::size_t a, Collective c, double bus) const {
  if (a != kNcclRing && gathers(c)) return bus;
  if (a != kNcclRing && !of_multicast(a)) return bus / 2;
  return single(bus * single(static_cast<double>(group_.ranks()) / static_cast<double>(steps(c))));
}

// ---- latency

double NcclTuner::ring_latency(std::size_t p, Collective c, double inside, double across) const {
  const double base = single(constants_.algorithms[kNcclRing].base[p]);
  const std::int64_t all = steps(c), nodes = group_.nodes;
  if (c == Collective::kBroadcast) {
    const bool tree = p == kSimple && !ring_.same_channels;
    const auto& t = constants_.algorithms[tree ? kNcclTree : kNcclRing];
    const auto& hops = nodes > 1 ? t.network : ring_.reach_inside == NcclReach::kNvlink ? t.nvlink : t.pci;
    return single(base + single((ring_.same_channels ? 1 : static_cast<double>(all)) * single(hops[p])));
  }
  const double posting = nodes > 1 ? group_.host->post * (p == kSimple ? 3 : 1) : 0;
  const std::int64_t between = nodes == 1 ? 0 : c == Collective::kAllReduce ? 2 * (nodes - 1) : nodes - 1;
  const double in_nodes = single(static_cast<double>(all - between) * std::max(inside, posting));
  return single(base + single(in_nodes + single(static_cast<double>(between) * across)));
}

double NcclTuner::latency(std::size_t a, std::size_t p, Collective c) const {
  const auto& t = constants_.algorithms[a];
  const auto& f = constants_.factor;
  const double base = single(t.base[p]), width = group_.node.gpus - 1;
  const double inside = single(graph(a).reach_inside == NcclReach::kNvlink ? t.nvlink[p] : t.pci[p]);
  // GPUs alone in their nodes wait for the whole of the network's latency.
  const double across =
      single(group_.node.gpus == 1 ? constants_.algorithms[kNcclTree].network[p] : t.network[p]);
  const double levels = log_2(static_cast<std::uint64_t>(group_.nodes));
  switch (a) {
    case kNcclRing: return ring_latency(p, c, inside, across);
    case kNcclTree:
      return single(base + single(2 * single(single(width * inside) + single(levels * across))));
    case kNcclDirect:
      return single(base + 2 * (std::min(1.0, width) * inside + width * f.collnet_arity_us) + across);
    case kNcclChain: return single(base + single(single(2 * width * inside) + across));
    case kNvls: return group_.nodes > 1 ? single(inside + across) : inside;
    case kNvlsTree: return single(base + single(inside + single(2 * levels * across)));
    default:
      return single(base +
                    (levels * (across / f.pat_hop) + static_cast<double>(group_.ranks()) * f.pat_rank_us));
  }
}

// ---- time

double NcclTuner::size_factor(std::size_t p, int size) const {
  const auto& f = constants_.factor;
  const auto& list = p == kLl      ? f.tree_by_size_ll
                     : p == kLl128 ? f.tree_by_size_ll128
                                   : f.tree_by_size_simple;
  return single(list[static_cast<std::size_t>(size)]);
}

double NcclTuner::time(const NcclOption& o, Collective c, std::uint64_t bytes) const {
  double bandwidth = o.bandwidth, wait = o.latency_us;
  const int size = log_2(bytes / 64);
  const auto sizes = static_cast<int>(constants_.factor.tree_by_size_ll.size());
  const bool reduces = c == Collective::kAllReduce;
  const bool modern = group_.generation->capability >= kSharedMulticastFrom && group_.host->x86;
  const bool corrected =
      (o.algorithm == kNcclTree && size < sizes - 1) || (o.algorithm == kNvlsTree && size < sizes && modern);
  if (reduces && size >= 0 && corrected) bandwidth = single(bandwidth * size_factor(o.protocol, size));
  if (reduces && o.algorithm == kNcclRing && o.protocol == kSimple && group_.nodes > 1 &&
      bytes / static_cast<std::uint64_t>(channels_ * group_.ranks()) >= 64)
    wait = single(wait * constants_.factor.ring_plateau);
  return single(wait + single(single(static_cast<double>(bytes)) / single(1000 * bandwidth)));
}

tl::expected<NcclChoice, std::string> NcclTuner::choose(Collective c, std::uint64_t bytes) const {
  if (c == Collective::kAllToAll || c == Collective::kSendRecv)
    return tl::unexpected(std::string("NCCL sends it as single transfers, for which its model has no times"));
  NcclChoice choice;
  choice.chosen.time_us = std::numeric_limits<double>::infinity();
  for (std::size_t a = 0; a < constants_.algorithms.size(); ++a)
    for (std::size_t p = 0; p <= kSimple; ++p) {
      if (!available(a, p, c)) continue;
      NcclOption o{.algorithm = a, .protocol = p, .latency_us = latency(a, p, c)};
      o.bandwidth = algorithm_bandwidth(a, c, bus_bandwidth(a, p, c));
      if (o.bandwidth <= 0) continue;
      o.time_us = time(o, c, bytes);
      choice.options.push_back(o);
      if (o.time_us < choice.chosen.time_us) choice.chosen = o;
    }
  if (choice.options.empty()) return tl::unexpected(std::string("NCCL finds no channels in such a node"));
  choice.channel_limit = channel_limit(choice.chosen, bytes);
  choice.channels = spread(choice.chosen, c, bytes, choice.channel_limit);
  return choice;
}

// ---- channels of one operation

/// Small operations take fewer channels, so that each thread has something to do.
std::int64_t NcclTuner::channel_limit(const NcclOption& o, std::uint64_t bytes) const {
  const std::size_t a = o.algorithm, p = o.protocol;
  if (of_multicast(a))
    return group_.nodes > 1 && a == kNvls ? std::min(multicast_channels_, channels_) : multicast_channels_;
  if (a == kNcclPat) return channels_;
  const bool slow = ring_.inside * static_cast<float>(ring_.channels) <= kSlowRings;
  std::uint64_t threads = p == kLl128 || of_collnet(a) ? kThreadsLl128 : kThreads;
  if (a == kNcclRing && p == kSimple && slow) threads = kThreadsSlow;
  std::uint64_t each = p == kSimple ? 64 : 8;
  if (a == kNcclRing && p == kLl) each *= static_cast<std::uint64_t>(group_.ranks());
  if (of_collnet(a)) each = 512;
  auto n = static_cast<std::uint64_t>(channels_);
  if (a != kNcclDirect) {
    while (n >= 2 && bytes < n * threads * each) --n;
    return static_cast<std::int64_t>(n);
  }
  const auto heads = static_cast<std::uint64_t>(direct_.channels);
  bool less = true;
  for (std::uint64_t step = 16; step >= 1 && less; step /= 2)
    while ((less = bytes < n * threads * heads * each) && n > step) {
      if (n == step + step / 2) each /= 2;
      --n;
    }
  return static_cast<std::int64_t>(n);
}

/// An operation alone is cut into cells of at least 32 KiB of traffic, which fill one channel after another.
std::int64_t NcclTuner::spread(const NcclOption& o, Collective c, std::uint64_t bytes,
                               std::int64_t limit) const {
  if (of_collnet(o.algorithm) || (o.algorithm == kNvls && group_.nodes > 1)) return limit;
  const auto ranks = static_cast<std::uint64_t>(group_.ranks());
  const std::uint64_t per_byte = c == Collective::kAllReduce ? 2 : gathers(c) ? ranks : 1;
  const std::uint64_t own = gathers(c) ? bytes / ranks : bytes;
  const std::uint64_t part = o.protocol == kLl ? 4 : 1;
  const std::uint64_t traffic = std::max(kTrafficOfChannel, own * per_byte * part);
  const std::uint64_t of_channel = rounded(traffic / static_cast<std::uint64_t>(limit));
  const std::uint64_t cell = rounded(divided_up(kTrafficOfChannel, per_byte * part));
  const std::uint64_t cells = divided_up(own, cell);
  if (cells == 0) return 1;
  const std::uint64_t each = std::min(cells, divided_up(of_channel, cell * per_byte * part));
  return static_cast<std::int64_t>(
      std::min<std::uint64_t>(divided_up(cells, each), static_cast<std::uint64_t>(limit)));
}

tl::expected<NcclGroup, base::Diagnostic> nccl_group(const NcclConstants& constants, const NcclSystem& system,
                                                     std::int64_t ranks) {
  const auto fail = [&](const std::string& why, const std::string& hint = {}) {
    return tl::unexpected(base::error("no-nccl", fmt::format("{}: {}", system.name, why), hint));
  };
  NcclGroup g;
  g.generation = constants.generation(system.generation);
  if (g.generation == nullptr)
    return fail(fmt::format("NCCL's constants hold no generation '{}'", system.generation),
                "they are those of Ampere, Hopper and Blackwell");
  const auto& packaged = constants.package.systems;
  const bool on_package = std::find(packaged.begin(), packaged.end(), system.name) != packaged.end();
  const std::string host = !system.host.empty() ? system.host
                           : on_package         ? constants.package.host
                                                : g.generation->host;
  g.host = constants.host(host);
  if (g.host == nullptr) return fail(fmt::format("no host '{}'", host), "intel, amd or arm");
  const std::int64_t gpus = std::min(ranks, system.gpus);
  if (ranks < 2 || ranks % gpus != 0)
    return fail(fmt::format("{} ranks do not fill nodes of {} GPUs", ranks, gpus), "a multiple, from 2 on");
  const std::int64_t per_tray = std::max<std::int64_t>(1, system.gpus / system.trays);
  if (gpus > per_tray && gpus % per_tray != 0)
    return fail(fmt::format("{} GPUs do not fill hosts of {}", gpus, per_tray));
  auto& n = g.node;
  n.gpus = static_cast<int>(gpus);
  n.trays = static_cast<int>(std::max<std::int64_t>(1, gpus / per_tray));
  n.nvlink = static_cast<float>(std::round(system.nvlink / 1e9 / g.generation->data_sheet_link)) *
             static_cast<float>(g.generation->link);
  n.cards = static_cast<int>(std::max<std::int64_t>(1, system.cards * gpus / system.gpus));
  n.card = static_cast<float>(system.card / 1e9);
  n.pcie = static_cast<float>(g.generation->pcie);
  n.on_package = on_package;
  n.host_link = on_package ? static_cast<float>(constants.package.link) : n.pcie;
  n.gpus_per_switch = static_cast<int>(g.generation->gpus_per_switch);
  n.gpus_per_socket = static_cast<int>(std::max<std::int64_t>(1, per_tray / 2));
  n.bridge = static_cast<float>(g.host->bridge);
  n.amd = host == "amd";
  n.capability = static_cast<int>(g.generation->capability);
  for (const double s : g.generation->inside_speeds) n.inside_speeds.push_back(static_cast<float>(s));
  for (const double s : g.generation->across_speeds) n.across_speeds.push_back(static_cast<float>(s));
  g.nodes = ranks / gpus;
  g.collnet = system.collnet && g.nodes > 1;
  return g;
}

}  // namespace gigawatt::network
