#include "gigawatt/network/flow_program.h"

#include <algorithm>
#include <bit>
#include <map>

#include <fmt/format.h>

#include "gigawatt/network/tree_depth.h"
#include "gigawatt/network/tree_exchange.h"

namespace gigawatt::network {
namespace {

constexpr std::int64_t kMostFlows = 30'000'000;
constexpr std::int64_t kMostHashedPairs = 4'000'000;  ///< of an all-to-all: half a kilobyte each
constexpr std::size_t kMostFolded = 200'000;          ///< equal flows on hashed ways

using Made = tl::expected<FlowProgram, std::string>;

bool is_power_of_two(std::int64_t n) { return std::has_single_bit(static_cast<std::uint64_t>(n)); }
/// Ring over ranks first, first + stride, ... (`count` of them) for each of the `groups` that start at `start_of(g)`.
template <typename StartOf>
FlowPhase rings(std::string name, std::int64_t groups, const StartOf& start_of, std::int64_t count,
                std::int64_t stride, double bytes, double repeats) {
  FlowPhase p{{}, repeats, 0, std::move(name)};
  p.flows.reserve(static_cast<std::size_t>(groups * count));
  for (std::int64_t g = 0; g < groups; ++g)
    for (std::int64_t i = 0; i < count; ++i)
      p.flows.push_back(
          {start_of(g) + i * stride, start_of(g) + (i + 1 == count ? 0 : i + 1) * stride, bytes, 0});
  return p;
}

FlowPhase ring(const ProgramRequest& r, double rounds) {
  const auto n = static_cast<double>(r.ranks);
  return rings(
      "ring", 1, [](std::int64_t) { return std::int64_t{0}; }, r.ranks, 1, r.bytes / n, rounds * (n - 1));
}

double rounds_of(Collective c) { return c == Collective::kAllReduce ? 2 : 1; }

Made ring_program(const ProgramRequest& r) {
  if (r.collective == Collective::kBroadcast) {
    FlowPhase p{{}, 1, static_cast<double>(r.ranks - 2), "chain"};
    for (std::int64_t i = 0; i + 1 < r.ranks; ++i) p.flows.push_back({i, i + 1, r.bytes, 0});
    return FlowProgram{p};
  }
  if (r.collective == Collective::kAllToAll)
    return tl::unexpected(std::string("all-to-all has no ring: direct, pairwise or hierarchical"));
  return FlowProgram{ring(r, rounds_of(r.collective))};
}

/// Edges child to parent of the binary tree in which rank r's parent is (r-1)/2, shifted by `shift`.
Made tree_program(const ProgramRequest& r, bool two) {
  if (r.collective != Collective::kAllReduce && r.collective != Collective::kBroadcast)
    return tl::unexpected(std::string("trees serve all-reduce and broadcast"));
  FlowPhase p{{}, 1, 0, two ? "two trees" : "tree"};
  const bool reduce = r.collective == Collective::kAllReduce;
  p.extra_hops = (reduce ? 2 : 1) * std::max(0.0, depth(r.ranks + 1) - 2);
  for (int tree = 0; tree < (two ? 2 : 1); ++tree) {
    // Inner ranks of the first tree are the lower half; the mirrored tree makes them leaves.
    const auto rank = [&](std::int64_t i) { return tree == 0 ? i : r.ranks - 1 - i; };
    for (std::int64_t i = 1; i < r.ranks; ++i) {
      const std::int64_t child = rank(i), parent = rank((i - 1) / 2);
      const double bytes = two ? r.bytes / 2 : r.bytes;
      if (reduce) p.flows.push_back({child, parent, bytes, 0});
      p.flows.push_back({parent, child, bytes, 0});
    }
  }
  return FlowProgram{p};
}

Made halving_program(const ProgramRequest& r) {
  if (!is_power_of_two(r.ranks))
    return tl::unexpected(fmt::format("halving-doubling needs a power of two of ranks, not {}", r.ranks));
  if (r.collective == Collective::kAllToAll || r.collective == Collective::kBroadcast ||
      r.collective == Collective::kSendRecv)
    return tl::unexpected(std::string("halving-doubling serves all-reduce, reduce-scatter and all-gather"));
  FlowProgram program;
  for (std::int64_t distance = r.ranks / 2; distance >= 1; distance /= 2) {
    FlowPhase p{{}, rounds_of(r.collective), 0, fmt::format("distance {}", distance)};
    const double bytes = r.bytes * static_cast<double>(distance) / static_cast<double>(r.ranks);
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
    FlowPhase p{{}, 1, 0, fmt::format("distance {}", distance)};
    const auto blocks = static_cast<double>(std::min(distance, r.ranks - distance));
    for (std::int64_t i = 0; i < r.ranks; ++i)
      p.flows.push_back({i, (i + distance) % r.ranks, share * blocks, 0});
    program.push_back(std::move(p));
  }
  return program;
}

Made in_network_program(const ProgramRequest& r) {
  if (r.collective != Collective::kAllReduce)
    return tl::unexpected(std::string("in-network reduction serves all-reduce"));
  FlowPhase p{{}, 1, 0, "switch"};
  const double bytes = r.bytes * (1 + 1 / static_cast<double>(r.ranks));
  for (std::int64_t i = 0; i < r.ranks; ++i)
    p.flows.push_back({i, i, bytes, 0});  // up and down by the first switch
  return FlowProgram{p};
}

Made direct_program(const ProgramRequest& r) {
  if (r.collective == Collective::kSendRecv)
    return FlowProgram{{{{0, r.ranks - 1, r.bytes, 0}}, 1, 0, "send"}};
  if (r.collective != Collective::kAllToAll)
    return tl::unexpected(std::string("direct serves all-to-all and send-recv"));
  if (r.ranks > 5000)
    return tl::unexpected(fmt::format("{} ranks make more than {} flows", r.ranks, kMostFlows));
  FlowPhase p{{}, 1, 0, "all pairs"};
  const double pair = r.bytes / static_cast<double>(r.ranks);
  for (std::int64_t i = 0; i < r.ranks; ++i)
    for (std::int64_t k = 1; k < r.ranks; ++k) {
      const std::int64_t to = (i + k) % r.ranks;
      p.flows.push_back({i, to, to == 0 ? pair * r.imbalance : pair, 0});
    }
  return FlowProgram{p};
}

Made pairwise_program(const ProgramRequest& r) {
  if (r.collective != Collective::kAllToAll) return tl::unexpected(std::string("pairwise serves all-to-all"));
  if (r.ranks > 5000)
    return tl::unexpected(fmt::format("{} ranks make more than {} flows", r.ranks, kMostFlows));
  FlowProgram program;
  const double pair = r.bytes / static_cast<double>(r.ranks);
  for (std::int64_t k = 1; k < r.ranks; ++k) {
    FlowPhase p{{}, 1, 0, fmt::format("step {}", k)};
    for (std::int64_t i = 0; i < r.ranks; ++i) {
      const std::int64_t to = (i + k) % r.ranks;
      p.flows.push_back({i, to, to == 0 ? pair * r.imbalance : pair, 0});
    }
    program.push_back(std::move(p));
  }
  return program;
}

Made hierarchical_program(const ProgramRequest& r) {
  const std::int64_t m = r.domain, d = r.ranks / m;
  if (m < 1 || r.ranks % m != 0)
    return tl::unexpected(fmt::format("{} ranks are no whole number of domains of {}", r.ranks, m));
  if (r.collective == Collective::kBroadcast || r.collective == Collective::kSendRecv)
    return tl::unexpected(
        std::string("hierarchical serves all-reduce, all-gather, reduce-scatter and all-to-all"));
  const auto domain_start = [&](std::int64_t g) { return g * m; };
  const auto rail_start = [](std::int64_t g) { return g; };
  const auto dm = static_cast<double>(m), dd = static_cast<double>(d);
  FlowProgram program;
  if (r.collective == Collective::kAllToAll) {
    if (static_cast<double>(d) * dd * dm > static_cast<double>(kMostFlows))
      return tl::unexpected(fmt::format("{} ranks make more than {} flows", r.ranks, kMostFlows));
    FlowPhase inside{{}, 1, 0, "in the domain"}, across{{}, 1, 0, "on the rails"};
    for (std::int64_t i = 0; i < r.ranks; ++i) {
      for (std::int64_t k = 1; k < m; ++k)
        inside.flows.push_back({i, i / m * m + (i % m + k) % m, r.bytes / dm, 0});
      for (std::int64_t k = 1; k < d; ++k)
        across.flows.push_back({i, (i + k * m) % r.ranks, r.bytes / dd, 0});
    }
    for (auto* p : {&inside, &across})
      if (!p->flows.empty()) program.push_back(std::move(*p));
    return program;
  }
  const double rounds = rounds_of(r.collective);
  if (m > 1)
    program.push_back(rings("in the domain", d, domain_start, m, 1, r.bytes / dm, rounds * (dm - 1)));
  if (d > 1)
    program.push_back(rings("on the rails", m, rail_start, d, m, r.bytes / dm / dd, rounds * (dd - 1)));
  return program;
}

void merge(FlowResult& total, const FlowResult& part, double repeats) {
  total.outcome.events += part.outcome.events;
  total.outcome.finished += part.outcome.finished;
  total.flows += part.flows * static_cast<std::uint64_t>(repeats);
  total.classes += part.classes;
  total.lower_bound_s += part.lower_bound_s * repeats;
  total.solve_s += part.solve_s;
  const auto add = [&](std::vector<LinkLoad>& to, const std::vector<LinkLoad>& from) {
    for (const LinkLoad& l : from) {
      const auto same =
          std::find_if(to.begin(), to.end(), [&](const LinkLoad& x) { return x.link == l.link; });
      LinkLoad scaled{l.link, l.bytes * repeats, l.utilization * part.outcome.makespan_s * repeats, l.flows};
      if (same == to.end()) {
        to.push_back(scaled);
        continue;
      }
      same->bytes += scaled.bytes;
      same->utilization += scaled.utilization;
      same->flows += scaled.flows;
    }
  };
  add(total.busiest, part.busiest);
  add(total.tiers, part.tiers);
}

}  // namespace

Algorithm default_algorithm(Collective c, std::int64_t ranks, std::int64_t domain) {
  if (c == Collective::kAllToAll || c == Collective::kSendRecv) return Algorithm::kDirect;
  if (c == Collective::kBroadcast) return Algorithm::kTree;
  return domain > 1 && ranks > domain && ranks % domain == 0 ? Algorithm::kHierarchical : Algorithm::kRing;
}

Made make_program(const ProgramRequest& request) {
  ProgramRequest r = request;
  if (r.ranks < 2) return tl::unexpected(std::string("a collective needs two ranks or more"));
  if (r.ranks > kMostFlows) return tl::unexpected(fmt::format("more than {} ranks", kMostFlows));
  if (r.algorithm == Algorithm::kAuto) r.algorithm = default_algorithm(r.collective, r.ranks, r.domain);
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

tl::expected<ProgramResult, base::Diagnostics> run_collective(const topology::Fabric& fabric,
                                                              const ProgramRequest& request,
                                                              const FlowOptions& options, double hop_s) {
  ProgramResult out;
  out.algorithm = request.algorithm == Algorithm::kAuto
                      ? default_algorithm(request.collective, request.ranks, request.domain)
                      : request.algorithm;
  if (request.ranks > fabric.endpoints())
    return tl::unexpected(
        base::Diagnostics{base::error("too-many-ranks", fmt::format("{} ranks on a fabric of {} endpoints",
                                                                    request.ranks, fabric.endpoints()))});
  const auto finish = [&](double seconds) {
    FlowResult& t = out.total;
    t.outcome.makespan_s = seconds;
    const auto normal = [&](std::vector<LinkLoad>& loads) {
      for (LinkLoad& l : loads) l.utilization = seconds > 0 ? l.utilization / seconds : 0;
    };
    normal(t.busiest);
    normal(t.tiers);
    std::sort(t.busiest.begin(), t.busiest.end(), [](const LinkLoad& x, const LinkLoad& y) {
      return x.utilization != y.utilization ? x.utilization > y.utilization : x.link < y.link;
    });
    if (t.busiest.size() > options.busiest) t.busiest.resize(options.busiest);
    if (seconds > 0)
      out.bus_bandwidth = request.bytes * bus_factor(request.collective, request.ranks) / seconds;
    return out;
  };
  const auto* tree = dynamic_cast<const topology::TreeFabric*>(&fabric);
  if (out.algorithm == Algorithm::kDirect && request.collective == Collective::kAllToAll && tree != nullptr &&
      options.folding && request.imbalance == 1) {
    if (auto r = tree_exchange(*tree, request.ranks, request.bytes / static_cast<double>(request.ranks),
                               options)) {
      merge(out.total, *r, 1);
      out.phases.push_back({"all pairs", r->outcome.makespan_s, 1, r->flows, r->classes});
      return finish(r->outcome.makespan_s + hop_s);
    }
  }
  const bool hashed = options.routing == Routing::kEcmp || options.routing == Routing::kFlowlet ||
                      options.routing == Routing::kAdaptive;
  const auto pairs = static_cast<double>(request.ranks) * static_cast<double>(request.ranks - 1) *
                     (options.routing == Routing::kFlowlet ? options.subflows : 1);
  if (out.algorithm == Algorithm::kDirect && request.collective == Collective::kAllToAll && hashed &&
      pairs > static_cast<double>(kMostHashedPairs))
    return tl::unexpected(base::Diagnostics{
        base::error("too-many-flows",
                    fmt::format("{:.0f} flows on ways of their own, at most {}", pairs, kMostHashedPairs),
                    "fewer ranks, the algorithm pairwise, or spread ways, whose equal flows are one")});
  const auto program = make_program(request);
  if (!program) return tl::unexpected(base::Diagnostics{base::error("no-program", program.error())});
  double seconds = 0;
  FlowOptions each = options;
  if (options.folding) each.most_simulated = kMostFolded;
  for (const FlowPhase& phase : *program) {
    const auto r = run_flows(fabric, phase.flows, each);
    if (!r) return tl::unexpected(r.error());
    double hop = hop_s;
    if (phase.extra_hops > 0) {
      // A pipeline's first byte passes its depth hop by hop, each with the delay of an empty flow.
      const FlowRequest empty{phase.flows.front().src, phase.flows.front().dst, 0, 0};
      if (const auto alone = run_flows(fabric, {&empty, 1}, options)) hop += alone->outcome.makespan_s;
    }
    const double once = r->outcome.makespan_s + hop_s + phase.extra_hops * hop;
    seconds += phase.repeats * once;
    merge(out.total, *r, phase.repeats);
    out.phases.push_back({phase.name, once, phase.repeats, r->flows, r->classes});
  }
  return finish(seconds);
}

}  // namespace gigawatt::network
