#include "gigawatt/network/collective_run.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "gigawatt/network/torus_program.h"
#include "gigawatt/network/tree_exchange.h"
#include "gigawatt/topology/cluster_fabric.h"

namespace gigawatt::network {
namespace {

constexpr double kMostHashedPairs = 4'000'000;  ///< of an all-to-all: half a kilobyte each
constexpr std::size_t kMostFolded = 200'000;    ///< equal flows on hashed ways
constexpr double kMostSecondTree = 1e6;         ///< flows of a single tree beside two
/// Of an empty buffer, so that the hops of a ring still have their parts: nothing beside any latency.
constexpr double kLeastBytes = 1e-9;

using Ran = tl::expected<ProgramResult, base::Diagnostics>;

base::Diagnostics refusal(std::string code, std::string message, std::string hint = {}) {
  return {base::error(std::move(code), std::move(message), std::move(hint))};
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

/// One algorithm on a fabric.
class ProgramRun {
 public:
  ProgramRun(const topology::Fabric& fabric, const ProgramRequest& request, const FlowOptions& options,
             double hop_s, const NcclLibrary* library)
      : fabric_(fabric), r_(request), options_(options), hop_s_(hop_s) {
    out_.algorithm = request.algorithm;
    if (library != nullptr) run_by(library->call(r_.collective, r_.algorithm, r_.bytes));
  }

  Ran run() {
    if (r_.collective == Collective::kAllToAll && r_.algorithm == Algorithm::kDirect) {
      if (const auto symmetric = exchange()) return whole(*symmetric);
      const bool hashed = options_.routing != Routing::kSpray && options_.routing != Routing::kSingle;
      const auto n = static_cast<double>(r_.ranks);
      const double pairs = n * (n - 1) * (options_.routing == Routing::kFlowlet ? options_.subflows : 1);
      if (hashed && pairs > kMostHashedPairs)
        return tl::unexpected(
            refusal("too-many-flows",
                    fmt::format("{:.0f} flows on ways of their own, at most {:.0f}", pairs, kMostHashedPairs),
                    "fewer ranks, the algorithm pairwise, or spread ways, whose equal flows are one"));
    }
    const auto program = make_program(r_);
    if (!program) return tl::unexpected(refusal("no-program", program.error()));
    double seconds = 0;
    for (const FlowPhase& p : *program) {
      const auto once = phase(p);
      if (!once) return tl::unexpected(once.error());
      seconds += p.repeats * *once;
    }
    return finish(call_ ? call_->seconds(hops_s_, seconds) : seconds);
  }

 private:
  void run_by(const LibraryCall& call) {
    call_ = call;
    out_.protocol = call.protocol;
    out_.channels = call.channels;
    // Shares are of the link; the sharing model's factor is part of them.
    const double headers = options_.sharing.bandwidth_factor;
    if (r_.domain > 1)
      options_.tier_share = {call.domain_share / headers, call.card_share / headers};
    else
      options_.tier_share = {call.card_share / headers};
    if (call.reduction_share > 0) r_.reduction_share = call.reduction_share / headers;
  }
  /// All pairs at once where all ranks, or whole groups of them, are alike.
  std::optional<FlowResult> exchange() const {
    if (!options_.folding || r_.imbalance != 1) return std::nullopt;
    const double pair = r_.bytes / static_cast<double>(r_.ranks);
    if (const auto* tree = dynamic_cast<const topology::TreeFabric*>(&fabric_))
      return tree_exchange(*tree, r_.ranks, pair, options_);
    const auto* torus = dynamic_cast<const topology::TorusFabric*>(&fabric_);
    if (torus == nullptr || torus->endpoints() != r_.ranks) return std::nullopt;
    return torus_exchange(*torus, pair, options_);
  }
  Ran whole(const FlowResult& all) {
    merge(out_.total, all, 1);
    out_.phases.push_back({"all pairs", all.outcome.makespan_s, 1, all.flows, all.classes});
    if (!call_) return finish(all.outcome.makespan_s + hop_s_);
    // Endpoints without a domain are cards.
    const bool across = r_.ranks > r_.domain;
    return finish(call_->seconds(hop_s(way_delay(fabric_, 0, r_.ranks - 1, options_), across ? 1 : 0),
                                 all.outcome.makespan_s));
  }
  /// Of a hop by the library, `across` of whose bytes leave a domain: at least its flight.
  double hop_s(double flight_s, double across) const {
    return std::max(flight_s, (1 - across) * call_->inside_hop_s + across * call_->across_hop_s);
  }
  bool crosses(std::int64_t a, std::int64_t b) const { return a / r_.domain != b / r_.domain; }
  double crossing_share(const FlowPhase& p) const {
    double all = 0, across = 0;
    for (const auto& f : p.flows) {
      all += f.bytes;
      if (crosses(f.src, f.dst)) across += f.bytes;
    }
    return all > 0 ? across / all : 0;
  }
  /// Kernels that reduce in a domain also copy what its cards carry: what that adds where cards do not take longer anyway.
  double copying_for_cards(const FlowResult& r) const {
    double domain = 0, cards = 0;
    for (const LinkLoad& t : r.tiers) {
      double& stage = t.link == 0 ? domain : cards;
      stage = std::max(stage, t.utilization);
    }
    return std::max(0.0, domain + call_->card_copy * cards - 1) * r.outcome.makespan_s;
  }
  /// Time of one repeat; with a library without its hops, which are counted apart.
  tl::expected<double, base::Diagnostics> phase(const FlowPhase& p) {
    FlowOptions each = options_;
    if (options_.folding) each.most_simulated = kMostFolded;
    each.delays = p.own_delays(options_.sharing);
    each.one_pace = !each.delays;
    if (p.domain_share > 0 && !each.tier_share.empty()) each.tier_share.front() = p.domain_share;
    if (call_) each.delays = false;
    const auto r = run_flows(fabric_, p.flows, each);
    if (!r) return tl::unexpected(r.error());
    double once = r->outcome.makespan_s;
    if (call_) {
      once += copying_for_cards(*r);
      hops_s_ += p.repeats * library_hops(p, r->mean_delay_s);
    } else {
      once += each.delays ? hop_s_ : p.mean_hops * (r->mean_delay_s + hop_s_);
      for (const auto& w : p.waits) once += w.times * (way_delay(fabric_, w.src, w.dst, options_) + hop_s_);
    }
    merge(out_.total, *r, p.repeats);
    out_.phases.push_back({p.name, once, p.repeats, r->flows, r->classes});
    return once;
  }
  /// Of one repeat.
  double library_hops(const FlowPhase& p, double flight_s) const {
    const double across = crossing_share(p);
    double hops =
        p.mean_hops < 0 ? hop_s(flight_s, across > 0 ? 1 : 0) : p.mean_hops * hop_s(flight_s, across);
    for (const auto& w : p.waits)
      hops += w.times * hop_s(way_delay(fabric_, w.src, w.dst, options_), crosses(w.src, w.dst) ? 1 : 0);
    return hops;
  }
  Ran finish(double seconds) {
    FlowResult& t = out_.total;
    t.outcome.makespan_s = seconds;
    for (auto* loads : {&t.busiest, &t.tiers})
      for (LinkLoad& l : *loads) l.utilization = seconds > 0 ? l.utilization / seconds : 0;
    std::sort(t.busiest.begin(), t.busiest.end(), [](const LinkLoad& x, const LinkLoad& y) {
      return x.utilization != y.utilization ? x.utilization > y.utilization : x.link < y.link;
    });
    if (t.busiest.size() > options_.busiest) t.busiest.resize(options_.busiest);
    double spans = 0;
    for (const auto& p : out_.phases) spans += p.repeats * p.seconds;
    // A library's hops are counted over all phases, each of which takes its part of them.
    if (call_ && spans > 0)
      for (auto& p : out_.phases) p.seconds *= seconds / spans;
    if (seconds > 0) out_.bus_bandwidth = r_.bytes * bus_factor(r_.collective, r_.ranks) / seconds;
    return std::move(out_);
  }

  const topology::Fabric& fabric_;
  ProgramRequest r_;
  FlowOptions options_;
  double hop_s_;
  std::optional<LibraryCall> call_;
  double hops_s_ = 0;  ///< of the library, over all phases
  ProgramResult out_;
};

/// Why an algorithm is not tried, or nothing.
std::string unfit(const topology::Fabric& fabric, const ProgramRequest& r, bool have_one) {
  if (r.algorithm == Algorithm::kInNetwork && r.reduction == Reduction::kUnknown)
    return "the fabric is not known to reduce";
  if (r.algorithm == Algorithm::kHierarchical && (r.domain <= 1 || r.ranks <= r.domain))
    return "all ranks are in one domain, or none are";
  // One tree has the depth of two and more bytes on its fullest links: it is of interest where links fail it, not where
  // millions of flows are to be laid once more.
  if (r.algorithm == Algorithm::kTree && have_one && program_flows(r) > kMostSecondTree)
    return "two trees have its depth and share its bytes";
  const bool symmetric = r.algorithm == Algorithm::kDirect && r.imbalance == 1 &&
                         (dynamic_cast<const topology::TreeFabric*>(&fabric) != nullptr || !r.torus.empty());
  if (have_one && !symmetric && program_flows(r) > kMostTriedFlows)
    return fmt::format("about {:.2g} flows, at most {:.2g} are tried", program_flows(r), kMostTriedFlows);
  return {};
}

/// NCCL has no hierarchy of rings and no halving.
bool library_has(Algorithm a) {
  return a != Algorithm::kHierarchical && a != Algorithm::kHalvingDoubling && a != Algorithm::kTree;
}

Ran run_fastest(const topology::Fabric& fabric, const ProgramRequest& request, const FlowOptions& options,
                double hop_s, const NcclLibrary* library) {
  const auto chosen = library != nullptr ? library->choose(request.collective, request.bytes) : std::nullopt;
  std::optional<ProgramResult> best;
  std::vector<ProgramResult::Tried> tried, left_out;
  base::Diagnostics problems;
  double wall = 0;
  for (const Algorithm a : candidates(request.collective)) {
    ProgramRequest r = request;
    r.algorithm = a;
    if (library != nullptr && !library_has(a)) continue;
    if (auto why = unfit(fabric, r, best.has_value() && a != chosen); !why.empty()) {
      left_out.push_back({a, -1, std::move(why)});
      continue;
    }
    auto ran = ProgramRun(fabric, r, options, hop_s, library).run();
    if (!ran) {
      if (problems.empty()) problems = ran.error();
      left_out.push_back({a, -1, ran.error().front().message});
      continue;
    }
    const double seconds = ran->total.outcome.makespan_s;
    wall += ran->total.solve_s;
    tried.push_back({a, seconds, {}});
    const bool better = best && best->algorithm != chosen && seconds < best->total.outcome.makespan_s;
    if (!best || a == chosen || better) best = *std::move(ran);
  }
  if (!best) return tl::unexpected(problems);
  std::stable_sort(tried.begin(), tried.end(),
                   [](const auto& x, const auto& y) { return x.seconds < y.seconds; });
  tried.insert(tried.end(), left_out.begin(), left_out.end());
  best->tried = std::move(tried);
  best->total.solve_s = wall;
  return *std::move(best);
}

}  // namespace

std::span<const Algorithm> candidates(Collective collective) {
  static constexpr Algorithm kReduce[] = {Algorithm::kRing,         Algorithm::kDoubleTree,
                                          Algorithm::kTree,         Algorithm::kInNetwork,
                                          Algorithm::kHierarchical, Algorithm::kHalvingDoubling};
  static constexpr Algorithm kGather[] = {Algorithm::kRing, Algorithm::kPat, Algorithm::kHierarchical,
                                          Algorithm::kHalvingDoubling};
  static constexpr Algorithm kExchange[] = {Algorithm::kDirect, Algorithm::kHierarchical,
                                            Algorithm::kPairwise};
  static constexpr Algorithm kSpread[] = {Algorithm::kDoubleTree, Algorithm::kTree, Algorithm::kRing};
  static constexpr Algorithm kSend[] = {Algorithm::kDirect};
  switch (collective) {
    case Collective::kAllReduce: return kReduce;
    case Collective::kReduceScatter:
    case Collective::kAllGather: return kGather;
    case Collective::kAllToAll: return kExchange;
    case Collective::kBroadcast: return kSpread;
    case Collective::kSendRecv: break;
  }
  return kSend;
}

ProgramRequest on_fabric(const topology::Fabric& fabric, ProgramRequest r) {
  if (const auto* torus = dynamic_cast<const topology::TorusFabric*>(&fabric)) r.torus = torus->sizes();
  const bool tree = dynamic_cast<const topology::TreeFabric*>(&fabric) != nullptr ||
                    dynamic_cast<const topology::ClusterFabric*>(&fabric) != nullptr;
  if (!tree) r.reduction = Reduction::kNone;
  return r;
}

Ran run_collective(const topology::Fabric& fabric, const ProgramRequest& request, const FlowOptions& options,
                   double hop_s, const NcclLibrary* library) {
  if (request.ranks > fabric.endpoints())
    return tl::unexpected(refusal("too-many-ranks", fmt::format("{} ranks on a fabric of {} endpoints",
                                                                request.ranks, fabric.endpoints())));
  ProgramRequest r = on_fabric(fabric, request);
  r.bytes = std::max(r.bytes, kLeastBytes);
  if (r.algorithm == Algorithm::kAuto) return run_fastest(fabric, r, options, hop_s, library);
  return ProgramRun(fabric, r, options, hop_s, library).run();
}

}  // namespace gigawatt::network
