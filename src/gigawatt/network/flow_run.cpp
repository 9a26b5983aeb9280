#include "gigawatt/network/flow_run.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "gigawatt/base/check.h"
#include "gigawatt/base/stop.h"
#include "gigawatt/network/flow_limits.h"

namespace gigawatt::network {
namespace {

constexpr std::int64_t kMostLinks = std::int64_t{1} << 31;

/// Requests from whose ways the room for all of them is guessed, and how much more is taken.
constexpr std::size_t kSample = 1024;
constexpr double kSpare = 1.0625;

using topology::FabricHop;
using topology::PathChoice;

std::uint64_t flow_hash(std::uint64_t seed, const FlowRequest& r, std::uint64_t number) {
  const auto ends = topology::path_hash(static_cast<std::uint64_t>(r.src), static_cast<std::uint64_t>(r.dst));
  return topology::path_hash(topology::path_hash(ends, number), seed);
}

double since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

bool at_one_pace(const FlowOptions& o) {
  return o.one_pace && !o.sharing.latency_bias && o.sharing.reverse_weight <= 0;
}

/// Whether the fullest link alone says when a set has ended: the stages of a pipeline, or many equal flows on hashed ways,
/// fairly shared.
bool by_fullest_link(const flows::FlowSet& set, const FlowOptions& o) {
  if (at_one_pace(o)) return true;
  if (o.sharing.latency_bias || o.sharing.reverse_weight > 0) return false;
  const bool hashed = o.routing == Routing::kEcmp || o.routing == Routing::kAdaptive;
  if (!hashed || o.most_simulated == 0 || set.flows.size() <= o.most_simulated) return false;
  const auto& first = set.flows.front().spec;
  return std::all_of(set.flows.begin(), set.flows.end(), [&](const flows::FlowSet::Flow& f) {
    return f.spec.bytes == first.bytes && f.spec.start_s == first.start_s;
  });
}

/// Its time, after the longest delay of a flow.
double fullest_link_s(const FlowBuilder& builder, const FlowOptions& o, const flows::FlowSet& set) {
  double fullest = 0;
  for (std::size_t l = 0; l < set.links.size(); ++l)
    if (!set.links[l].fat_pipe)
      fullest =
          std::max(fullest, builder.link_bytes()[l] / o.sharing.bandwidth_factor / set.links[l].capacity);
  return fullest + builder.latest_begin_s();
}

}  // namespace

double way_delay(const topology::Fabric& fabric, std::int64_t src, std::int64_t dst,
                 const FlowOptions& options) {
  std::vector<FabricHop> hops;
  const bool spread = options.routing == Routing::kSpray;
  if (!fabric.route(src, dst, {spread ? PathChoice::Kind::kSpread : PathChoice::Kind::kSingle, 0}, hops))
    return 0;
  double sum = 0;
  for (const FabricHop& h : hops) sum += fabric.link(h.link).latency_s * h.weight;
  return options.sharing.latency_factor * sum;
}

double reached_capacity(const topology::FabricLink& link, const FlowOptions& o) {
  const auto tier = static_cast<std::size_t>(link.tier);
  return link.capacity * (tier < o.tier_share.size() ? o.tier_share[tier] : 1);
}

FlowBuilder::FlowBuilder(const topology::Fabric& fabric, const FlowOptions& options)
    : fabric_(fabric), options_(options), loads_only_(at_one_pace(options)) {
  GW_CHECK(fabric.links() < kMostLinks, "a fabric of {} links", fabric.links());
  index_.assign(static_cast<std::size_t>(fabric.links()), 0);
}

flows::LinkId FlowBuilder::dense(std::int64_t link) {
  std::int32_t& i = index_[static_cast<std::size_t>(link)];
  if (i == 0) {
    const auto known = fabric_.link(link);
    set_.links.push_back({reached_capacity(known, options_), known.fat_pipe});
    link_ids_.push_back(link);
    link_latency_.push_back(known.latency_s);
    link_cables_.push_back(static_cast<double>(known.cables));
    link_bytes_.push_back(0);
    link_flows_.push_back(0);
    i = static_cast<std::int32_t>(link_ids_.size());
  }
  return i - 1;
}

void FlowBuilder::expect(std::size_t requests) {
  if (loads_only_) return;
  set_.flows.reserve(requests);
  set_.way_begin.reserve(requests + 1);
  request_of_.reserve(requests);
}

void FlowBuilder::expect_hops(std::size_t added, std::size_t requests) {
  if (loads_only_) return;
  const double each = static_cast<double>(set_.hops.size()) / static_cast<double>(added);
  set_.hops.reserve(static_cast<std::size_t>(kSpare * each * static_cast<double>(requests)));
}

bool FlowBuilder::way(const FlowRequest& r, PathChoice choice) {
  hops_.clear();
  if (!fabric_.route(r.src, r.dst, choice, hops_)) return false;
  dense_hops_.clear();
  for (const FabricHop& h : hops_) dense_hops_.push_back({dense(h.link), h.weight});
  return true;
}

/// The hash, of several, whose way has the least loaded fullest link.
std::uint64_t FlowBuilder::least_loaded(const FlowRequest& r, std::uint64_t hash) {
  std::uint64_t best = hash;
  double least = flows::kUnbounded;
  for (int i = 0; i < options_.candidates; ++i) {
    const std::uint64_t candidate = topology::path_hash(hash, static_cast<std::uint64_t>(i));
    if (!way(r, {PathChoice::Kind::kHashed, candidate})) return hash;
    double fullest = 0;
    for (const flows::Hop& h : dense_hops_) {
      const auto l = static_cast<std::size_t>(h.link);
      fullest = std::max(fullest, link_bytes_[l] / set_.links[l].capacity);
    }
    if (fullest < least) {
      least = fullest;
      best = candidate;
    }
  }
  return best;
}

bool FlowBuilder::add_part(const FlowRequest& r, std::uint64_t number, PathChoice choice, double bytes) {
  if (!way(r, choice)) return false;
  flows::WaySums sums;
  double narrowest = flows::kUnbounded;
  for (flows::Hop& h : dense_hops_) {
    const auto l = static_cast<std::size_t>(h.link);
    const double capacity = set_.links[l].capacity;
    sums.latency_s += link_latency_[l] * h.weight;
    sums.inverse_capacity += h.weight * link_cables_[l] / capacity;
    sums.narrowest = std::min(sums.narrowest, capacity);
    if (set_.links[l].fat_pipe) h.weight = std::min(1.0, h.weight);
    narrowest = std::min(narrowest, capacity / h.weight);
    link_bytes_[l] += h.weight * bytes;
    ++link_flows_[l];
  }
  flows::FlowSet::Flow flow{flows::flow_spec(options_.sharing, sums, bytes, r.start_s), 0};
  delay_bytes_ += flow.spec.delay_s * bytes;
  bytes_ += bytes;
  if (!options_.delays) flow.spec.delay_s = 0;
  if (options_.sharing.reverse_weight > 0) {
    back_.clear();
    if (!fabric_.route(r.dst, r.src, choice, back_)) return false;
    back_links_.clear();
    for (const FabricHop& h : back_)
      for (double times = h.weight; times > 0.5; times -= 1) back_links_.push_back(dense(h.link));
    flows::add_reverse(
        options_.sharing, back_links_,
        [&](flows::LinkId l) { return set_.links[static_cast<std::size_t>(l)].fat_pipe; }, dense_hops_);
  }
  slowest_alone_s_ = std::max(
      slowest_alone_s_, r.start_s + flow.spec.delay_s + flow.spec.bytes / std::min(narrowest, flow.spec.cap));
  latest_begin_s_ = std::max(latest_begin_s_, r.start_s + flow.spec.delay_s);
  if (loads_only_) return true;
  set_.hops.insert(set_.hops.end(), dense_hops_.begin(), dense_hops_.end());
  flow.way = set_.end_way();
  set_.flows.push_back(flow);
  request_of_.push_back(static_cast<std::uint32_t>(number));
  return true;
}

bool FlowBuilder::add(const FlowRequest& r, std::uint64_t number) {
  if (number % 1024 == 0) base::heed_stop();
  const std::uint64_t hash = options_.routing == Routing::kSingle || options_.routing == Routing::kSpray
                                 ? 0
                                 : flow_hash(options_.seed, r, number);
  switch (options_.routing) {
    case Routing::kSingle: return add_part(r, number, {PathChoice::Kind::kSingle, 0}, r.bytes);
    case Routing::kSpray: return add_part(r, number, {PathChoice::Kind::kSpread, 0}, r.bytes);
    case Routing::kEcmp: return add_part(r, number, {PathChoice::Kind::kHashed, hash}, r.bytes);
    case Routing::kAdaptive:
      return add_part(r, number, {PathChoice::Kind::kHashed, least_loaded(r, hash)}, r.bytes);
    case Routing::kFlowlet: break;
  }
  const auto parts = std::min<std::int64_t>(options_.subflows, fabric_.ways(r.src, r.dst));
  for (std::int64_t i = 0; i < parts; ++i)
    if (!add_part(r, number,
                  {PathChoice::Kind::kHashed, topology::path_hash(hash, static_cast<std::uint64_t>(i))},
                  r.bytes / static_cast<double>(parts)))
      return false;
  return true;
}

void summarize(const topology::Fabric& fabric, const FlowBuilder& b, const FlowOptions& options,
               FlowResult& r) {
  const double span = r.outcome.makespan_s;
  std::vector<LinkLoad> loads;
  std::map<int, LinkLoad> tiers;
  std::map<int, double> tier_utilization;
  for (std::size_t l = 0; l < b.link_ids().size(); ++l) {
    LinkLoad load{b.link_ids()[l], b.link_bytes()[l], 0, b.link_flows()[l]};
    if (load.bytes <= 0) continue;
    const auto known = fabric.link(load.link);
    const double alone = load.bytes / options.sharing.bandwidth_factor / reached_capacity(known, options);
    if (!known.fat_pipe) r.lower_bound_s = std::max(r.lower_bound_s, alone);
    load.utilization = span > 0 ? alone / span : 0;
    auto& tier = tiers[known.tier];
    tier.link = known.tier;
    tier.bytes += load.bytes;
    tier.flows += 1;
    tier_utilization[known.tier] += load.utilization;
    loads.push_back(load);
  }
  r.lower_bound_s = std::max(r.lower_bound_s, b.slowest_alone_s());
  for (auto& [tier, load] : tiers) {
    load.utilization = tier_utilization[tier] / static_cast<double>(load.flows);
    r.tiers.push_back(load);
  }
  const auto most = static_cast<std::ptrdiff_t>(std::min(options.busiest, loads.size()));
  std::partial_sort(loads.begin(), loads.begin() + most, loads.end(),
                    [](const LinkLoad& x, const LinkLoad& y) {
                      return x.utilization != y.utilization ? x.utilization > y.utilization : x.link < y.link;
                    });
  loads.resize(static_cast<std::size_t>(most));
  r.busiest = std::move(loads);
}

tl::expected<FlowResult, base::Diagnostics> run_flows(const topology::Fabric& fabric,
                                                      std::span<const FlowRequest> requests,
                                                      const FlowOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  FlowBuilder builder(fabric, options);
  base::Diagnostics problems;
  std::size_t unreachable = 0;
  builder.expect(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (i == kSample) builder.expect_hops(i, requests.size());
    if (builder.add(requests[i], i) || ++unreachable > kMostProblems) continue;
    problems.push_back(base::error(
        "no-way", fmt::format("flow {}: there is no way from '{}' to '{}'", i + 1,
                              fabric.endpoint_name(requests[i].src), fabric.endpoint_name(requests[i].dst))));
  }
  if (unreachable > kMostProblems)
    problems.push_back(
        base::error("no-way", fmt::format("{} more flows have no way", unreachable - kMostProblems)));
  if (!problems.empty()) return tl::unexpected(problems);

  FlowResult r;
  r.mean_delay_s = builder.mean_delay_s();
  if (by_fullest_link(builder.set(), options)) {
    r.flows = r.outcome.finished = requests.size();
    r.outcome.makespan_s = fullest_link_s(builder, options, builder.set());
    if (options.one_pace) {
      r.outcome.makespan_s = std::max(r.outcome.makespan_s, builder.slowest_alone_s());
      r.classes = options.folding ? 1 : r.flows;
    }
    summarize(fabric, builder, options, r);
    r.solve_s = since(start);
    return r;
  }
  flows::SetResult run =
      flows::run(builder.set(), options.folding, options.sharing.compatibility, options.simultaneous_s);
  r.outcome = run.outcome;
  r.flows = requests.size();
  r.classes = options.folding ? run.classes : requests.size();
  r.finish_s.assign(requests.size(), 0);
  for (std::size_t i = 0; i < run.finish_s.size(); ++i) {
    double& finish = r.finish_s[builder.request_of()[i]];
    finish = finish < 0 || run.finish_s[i] < 0 ? -1 : std::max(finish, run.finish_s[i]);
  }
  if (run.outcome.stalled > 0) {
    const auto stuck = static_cast<std::size_t>(
        std::find_if(r.finish_s.begin(), r.finish_s.end(), [](double t) { return t < 0; }) -
        r.finish_s.begin());
    return tl::unexpected(base::Diagnostics{
        base::error("never-finishes",
                    fmt::format("{} flows can never finish, the first of them flow {} from '{}' to '{}'",
                                run.outcome.stalled, stuck + 1, fabric.endpoint_name(requests[stuck].src),
                                fabric.endpoint_name(requests[stuck].dst)),
                    "a link on its way has no capacity, and nothing will change that")});
  }
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const double took = r.finish_s[i] - requests[i].start_s;
    const double rate = took > 0 ? requests[i].bytes / took : 0;
    sum += rate;
    squares += rate * rate;
  }
  if (squares > 0) r.fairness = sum * sum / (static_cast<double>(requests.size()) * squares);
  summarize(fabric, builder, options, r);
  r.solve_s = since(start);
  return r;
}

}  // namespace gigawatt::network
