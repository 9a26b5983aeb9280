#include "gigawatt/network/flow_program.h"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "gigawatt/network/torus_program.h"
#include "gigawatt/network/tree_depth.h"

namespace gigawatt::network {
namespace {

constexpr std::int64_t kMostFlows = 30'000'000;
constexpr std::int64_t kMostPairedRanks = 5000;

using Made = tl::expected<FlowProgram, std::string>;

bool is_power_of_two(std::int64_t n) { return std::has_single_bit(static_cast<std::uint64_t>(n)); }
double rounds_of(Collective c) { return c == Collective::kAllReduce ? 2 : 1; }

/// How ranks lie in domains: m in each of d, or, where the last is not full, one in each.
struct Rails {
  std::int64_t m = 1, d = 1;
  double ranks() const { return static_cast<double>(m) * static_cast<double>(d); }
};
Rails rails_of(const ProgramRequest& r) {
  const std::int64_t m = std::clamp<std::int64_t>(r.domain, 1, r.ranks);
  if (r.ranks % m != 0) return {1, r.ranks};
  return {m, r.ranks / m};
}

/// Latencies of `times` passes of the ring that joins the domains on the first rail.
void wait_around(FlowPhase& p, const Rails& at, double times) {
  for (std::int64_t g = 0; g < at.d; ++g)
    p.waits.push_back({g * at.m, (g + 1) % at.d * at.m, times / static_cast<double>(at.d)});
}

/// Ring after ring where the last domain is not full: ring c starts in each domain with its rank c.
void uneven_rings(const ProgramRequest& r, FlowPhase& p, double hop_bytes) {
  const std::int64_t rings = r.ranks % r.domain;
  for (std::int64_t c = 0; c < rings; ++c)
    for (std::int64_t i = 0; i < r.ranks; ++i) {
      const std::int64_t start = i / r.domain * r.domain, of = std::min(r.domain, r.ranks - start);
      const std::int64_t at = (i - start - c + of) % of;  // its place in the domain's chain
      const std::int64_t next = start + of == r.ranks ? 0 : start + of;
      const std::int64_t to = at + 1 == of ? next + c : start + (c + at + 1) % of;
      p.flows.push_back({i, to, hop_bytes / static_cast<double>(rings), 0});
    }
}

/// Flows of one step of m rings in which each hop carries `hop_bytes` over all of them.
FlowPhase ring_flows(const ProgramRequest& r, double hop_bytes) {
  FlowPhase p;
  p.name = "ring";
  p.mean_hops = 1;
  if (r.domain > 1 && r.ranks > r.domain && r.ranks % r.domain != 0) {
    uneven_rings(r, p, hop_bytes);
    return p;
  }
  const Rails at = rails_of(r);
  const double part = hop_bytes / static_cast<double>(at.m);
  p.flows.reserve(static_cast<std::size_t>(2 * r.ranks));
  for (std::int64_t i = 0; i < r.ranks; ++i) {
    const std::int64_t domain = i / at.m, first = domain * at.m;
    const std::int64_t next =
        (i % at.m + 1) % at.m;  // ring `next` leaves the domain from here, the others go on
    const double inside = at.d > 1 ? part * static_cast<double>(at.m - 1) : hop_bytes;
    if (at.m > 1) p.flows.push_back({i, first + next, inside, 0});
    if (at.d > 1) p.flows.push_back({i, (domain + 1) % at.d * at.m + next, part, 0});
  }
  return p;
}

Made ring_program(const ProgramRequest& r) {
  if (r.collective == Collective::kAllToAll || r.collective == Collective::kSendRecv)
    return tl::unexpected(std::string("no ring serves all-to-all and send-recv: direct, pairwise"));
  if (auto torus = torus_rings(r)) return FlowProgram{*std::move(torus)};
  const auto n = static_cast<double>(r.ranks);
  if (r.collective == Collective::kBroadcast) {
    FlowPhase p = ring_flows(r, r.bytes);
    std::erase_if(p.flows, [](const FlowRequest& f) { return f.dst == 0; });  // it has the buffer
    p.name = "chain";
    p.mean_hops = n - 1;
    return FlowProgram{std::move(p)};
  }
  FlowPhase p = ring_flows(r, r.bytes / n);
  p.repeats = rounds_of(r.collective) * (n - 1);
  return FlowProgram{std::move(p)};
}

/// Parent of node g > 0 of d in the tree in which a node lies between its children (odd ones are leaves, 0 is the root):
/// the lowest bit moves up by one place, or goes where that leaves the tree.
std::int64_t tree_parent(std::int64_t g, std::int64_t d) {
  const std::int64_t bit = g & -g, parent = (g ^ bit) | (bit << 1);
  return parent < d ? parent : g ^ bit;
}

/// Edges between domains (single ranks where m is 1). In the second tree leaves and inner nodes change places: mirrored
/// where their number is even, shifted by one where it is odd.
void tree_edges(FlowPhase& p, const Rails& at, double bytes, bool reduce, bool two) {
  const double part = bytes / static_cast<double>(at.m) / (two ? 2 : 1);
  for (int tree = 0; tree < (two ? 2 : 1); ++tree) {
    const auto domain = [&](std::int64_t g) {
      return (tree == 0 ? g : at.d % 2 == 0 ? at.d - 1 - g : (g + 1) % at.d) * at.m;
    };
    for (std::int64_t g = 1; g < at.d; ++g)
      for (std::int64_t rail = 0; rail < at.m; ++rail) {
        std::int64_t child = domain(g) + rail, parent = domain(tree_parent(g, at.d)) + rail;
        // A broadcast's source has the buffer: instead of receiving a half in the second tree it feeds that tree's root.
        if (!reduce && child == rail) {
          parent = rail;
          child = domain(0) + rail;
        }
        if (reduce) p.flows.push_back({child, parent, part, 0});
        p.flows.push_back({parent, child, part, 0});
      }
  }
  // From the deepest leaf to the root, and back.
  for (std::int64_t g = 1; g < at.d; g *= 2)
    p.waits.push_back({g * at.m, tree_parent(g, at.d) * at.m, reduce ? 2.0 : 1.0});
}

Made tree_program(const ProgramRequest& r, bool two) {
  if (r.collective != Collective::kAllReduce && r.collective != Collective::kBroadcast)
    return tl::unexpected(std::string("trees serve all-reduce and broadcast"));
  const bool reduce = r.collective == Collective::kAllReduce;
  Rails at = rails_of(r);
  if (at.d == 1) at = {1, r.ranks};  // within a domain a tree of its ranks
  FlowPhase p;
  p.name = two ? "two trees" : "tree";
  p.mean_hops = 0;
  tree_edges(p, at, r.bytes, reduce, two);
  if (at.m > 1) {
    const auto m = static_cast<double>(at.m);
    const double bytes = (m - 1) / m * r.bytes;  // m - 1 of m chains pass each hop
    for (std::int64_t i = 0; i < r.ranks; ++i) {
      const std::int64_t next = i / at.m * at.m + (i + 1) % at.m;
      if (reduce) p.flows.push_back({i, next, bytes, 0});
      p.flows.push_back({next, i, bytes, 0});
    }
    p.waits.push_back({0, 1, (reduce ? 2 : 1) * (m - 1)});
  }
  return FlowProgram{std::move(p)};
}

Made halving_program(const ProgramRequest& r) {
  if (!is_power_of_two(r.ranks))
    return tl::unexpected(fmt::format("halving-doubling needs a power of two of ranks, not {}", r.ranks));
  if (r.collective == Collective::kAllToAll || r.collective == Collective::kBroadcast ||
      r.collective == Collective::kSendRecv)
    return tl::unexpected(std::string("halving-doubling serves all-reduce, reduce-scatter and all-gather"));
  FlowProgram program;
  double bytes = r.bytes;
  for (std::int64_t distance = 1; distance < r.ranks; distance *= 2) {
    bytes /= 2;  // most of it goes the shortest way
    FlowPhase p;
    p.name = fmt::format("distance {}", distance);
    p.repeats = rounds_of(r.collective);
    p.flows.reserve(static_cast<std::size_t>(r.ranks));
    for (std::int64_t i = 0; i < r.ranks; ++i) p.flows.push_back({i, i ^ distance, bytes, 0});
    program.push_back(std::move(p));
  }
  return program;
}

Made pat_program(const ProgramRequest& r) {
  if (r.collective != Collective::kAllGather && r.collective != Collective::kReduceScatter)
    return tl::unexpected(std::string("pat serves all-gather and reduce-scatter"));
  FlowProgram program;
  const double share = r.bytes / static_cast<double>(r.ranks);
  for (std::int64_t distance = 1; distance < r.ranks; distance *= 2) {
    FlowPhase p;
    p.name = fmt::format("distance {}", distance);
    const auto blocks = static_cast<double>(std::min(distance, r.ranks - distance));
    p.flows.reserve(static_cast<std::size_t>(r.ranks));
    for (std::int64_t i = 0; i < r.ranks; ++i)
      p.flows.push_back({i, (i + distance) % r.ranks, share * blocks, 0});
    program.push_back(std::move(p));
  }
  return program;
}

Made in_network_program(const ProgramRequest& r) {
  if (r.collective != Collective::kAllReduce)
    return tl::unexpected(std::string("in-network reduction serves all-reduce"));
  if (r.reduction == Reduction::kNone)
    return tl::unexpected(std::string("this fabric has no switches that reduce"));
  const bool all = r.reduction == Reduction::kUnknown || r.reduction == Reduction::kAll;
  Rails at = rails_of(r);
  if (at.m == 1 && all) at = {r.ranks, 1};  // no domains: every switch reduces
  if (at.m == 1) return tl::unexpected(fmt::format("{} ranks are no whole number of domains", r.ranks));
  FlowPhase p;
  p.name = "switch";
  p.mean_hops = 0;
  p.domain_share = r.reduction_share;
  for (std::int64_t i = 0; i < r.ranks; ++i)
    p.flows.push_back({i, i, r.bytes * (1 + 1 / static_cast<double>(at.m)), 0});  // up and down by its switch
  p.waits.push_back({0, at.m - 1, 2});
  if (at.d > 1 && all) {
    // Up to the first switch that reduces and down from it: as much as a rank sends its neighbor on the rail.
    for (std::int64_t i = 0; i < r.ranks; ++i)
      p.flows.push_back({i, (i + at.m) % r.ranks, r.bytes / static_cast<double>(at.m), 0});
    p.waits.push_back({0, (at.d - 1) * at.m, 2});
  } else {
    tree_edges(p, at, r.bytes, true, true);
  }
  return FlowProgram{std::move(p)};
}

Made direct_program(const ProgramRequest& r) {
  FlowPhase p;
  if (r.collective == Collective::kSendRecv) {
    p.name = "send";
    p.flows.push_back({0, r.ranks - 1, r.bytes, 0});
    return FlowProgram{std::move(p)};
  }
  if (r.collective != Collective::kAllToAll)
    return tl::unexpected(std::string("direct serves all-to-all and send-recv"));
  if (r.ranks > kMostPairedRanks)
    return tl::unexpected(fmt::format("{} ranks make more than {} flows", r.ranks, kMostFlows));
  p.name = "all pairs";
  const double pair = r.bytes / static_cast<double>(r.ranks);
  p.flows.reserve(static_cast<std::size_t>(r.ranks * (r.ranks - 1)));
  for (std::int64_t i = 0; i < r.ranks; ++i)
    for (std::int64_t k = 1; k < r.ranks; ++k) {
      const std::int64_t to = (i + k) % r.ranks;
      p.flows.push_back({i, to, to == 0 ? pair * r.imbalance : pair, 0});
    }
  return FlowProgram{std::move(p)};
}

Made pairwise_program(const ProgramRequest& r) {
  if (r.collective != Collective::kAllToAll) return tl::unexpected(std::string("pairwise serves all-to-all"));
  if (r.ranks > kMostPairedRanks)
    return tl::unexpected(fmt::format("{} ranks make more than {} flows", r.ranks, kMostFlows));
  FlowProgram program;
  const double pair = r.bytes / static_cast<double>(r.ranks);
  for (std::int64_t k = 1; k < r.ranks; ++k) {
    FlowPhase p;
    p.name = fmt::format("step {}", k);
    p.flows.reserve(static_cast<std::size_t>(r.ranks));
    for (std::int64_t i = 0; i < r.ranks; ++i) {
      const std::int64_t to = (i + k) % r.ranks;
      p.flows.push_back({i, to, to == 0 ? pair * r.imbalance : pair, 0});
    }
    program.push_back(std::move(p));
  }
  return program;
}

/// Each rank gathers what its domain sends to ranks of its number; busy rank 0 gets `imbalance` times the mean.
Made hierarchical_exchange(const ProgramRequest& r, const Rails& at) {
  if (at.ranks() * static_cast<double>(at.d) > static_cast<double>(kMostFlows))
    return tl::unexpected(fmt::format("{} ranks make more than {} flows", r.ranks, kMostFlows));
  const auto m = static_cast<double>(at.m), d = static_cast<double>(at.d);
  FlowPhase p;
  p.name = "domains and rails";
  for (std::int64_t i = 0; i < r.ranks; ++i) {
    const std::int64_t first = i / at.m * at.m;
    for (std::int64_t k = 1; k < at.m; ++k) {
      const std::int64_t to = (i + k) % at.m;
      const double busy = to == 0 ? (d - 1 + r.imbalance) / d : 1;  // one of its rail's ranks is the busy one
      p.flows.push_back({i, first + to, r.bytes / m * busy, 0});
    }
    for (std::int64_t k = 1; k < at.d; ++k) {
      const std::int64_t to = (i + k * at.m) % r.ranks;
      p.flows.push_back({i, to, r.bytes / d * (to == 0 ? r.imbalance : 1), 0});
    }
  }
  if (at.m > 1 && at.d > 1) p.waits.push_back({0, 1, 1});
  return FlowProgram{std::move(p)};
}

Made hierarchical_program(const ProgramRequest& r) {
  if (r.domain < 1 || r.ranks % r.domain != 0)
    return tl::unexpected(fmt::format("{} ranks are no whole number of domains of {}", r.ranks, r.domain));
  if (r.collective == Collective::kBroadcast || r.collective == Collective::kSendRecv)
    return tl::unexpected(
        std::string("hierarchical serves all-reduce, all-gather, reduce-scatter and all-to-all"));
  const Rails at{r.domain, r.ranks / r.domain};
  if (r.collective == Collective::kAllToAll) return hierarchical_exchange(r, at);
  const auto m = static_cast<double>(at.m), d = static_cast<double>(at.d);
  const double rounds = rounds_of(r.collective);
  FlowPhase p;
  p.name = "domains and rails";
  p.mean_hops = 0;
  for (std::int64_t i = 0; i < r.ranks; ++i) {
    if (at.m > 1) p.flows.push_back({i, i / at.m * at.m + (i + 1) % at.m, rounds * (m - 1) / m * r.bytes, 0});
    if (at.d > 1) p.flows.push_back({i, (i + at.m) % r.ranks, rounds * (d - 1) / d * r.bytes / m, 0});
  }
  if (at.m > 1) p.waits.push_back({0, 1, rounds * (m - 1)});
  if (at.d > 1) wait_around(p, at, rounds * (d - 1));
  return FlowProgram{std::move(p)};
}

}  // namespace

Algorithm usual_algorithm(Collective c) {
  if (c == Collective::kAllToAll || c == Collective::kSendRecv) return Algorithm::kDirect;
  return c == Collective::kBroadcast ? Algorithm::kDoubleTree : Algorithm::kRing;
}

double program_flows(const ProgramRequest& r) {
  const auto n = static_cast<double>(r.ranks);
  const Rails at = rails_of(r);
  const double ways = r.collective == Collective::kAllReduce ? 2 : 1;
  const double inside = at.m > 1 && at.d > 1 ? n : 0;
  switch (r.algorithm) {
    case Algorithm::kAuto:
    case Algorithm::kRing: return r.torus.empty() ? n + inside : 2 * n * static_cast<double>(r.torus.size());
    case Algorithm::kTree: return ways * (n + inside);
    case Algorithm::kDoubleTree: return ways * (2 * n + inside);
    case Algorithm::kHalvingDoubling:
    case Algorithm::kPat: return n * depth(r.ranks);
    case Algorithm::kInNetwork: return at.d > 1 ? 5 * n : n;
    case Algorithm::kHierarchical:
      return r.collective == Collective::kAllToAll
                 ? n * (static_cast<double>(at.m) + static_cast<double>(at.d))
                 : n + inside;
    case Algorithm::kDirect: return r.collective == Collective::kSendRecv ? 1 : n * n;
    case Algorithm::kPairwise: return n * n;
  }
  return 0;
}

Made make_program(const ProgramRequest& request) {
  ProgramRequest r = request;
  if (r.ranks < 2) return tl::unexpected(std::string("a collective needs two ranks or more"));
  if (r.ranks > kMostFlows) return tl::unexpected(fmt::format("more than {} ranks", kMostFlows));
  if (r.algorithm == Algorithm::kAuto) r.algorithm = usual_algorithm(r.collective);
  switch (r.algorithm) {
    case Algorithm::kAuto:
    case Algorithm::kRing: return ring_program(r);
    case Algorithm::kTree: return tree_program(r, false);
    case Algorithm::kDoubleTree: return tree_program(r, true);
    case Algorithm::kHalvingDoubling: return halving_program(r);
    case Algorithm::kInNetwork: return in_network_program(r);
    case Algorithm::kHierarchical: return hierarchical_program(r);
    case Algorithm::kPat: return pat_program(r);
    case Algorithm::kDirect: return direct_program(r);
    case Algorithm::kPairwise: return pairwise_program(r);
  }
  return tl::unexpected(std::string("no such algorithm"));
}

}  // namespace gigawatt::network
