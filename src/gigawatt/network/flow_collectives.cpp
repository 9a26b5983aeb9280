#include "gigawatt/network/flow_collectives.h"

#include <algorithm>
#include <numeric>

#include "gigawatt/base/check.h"

namespace gigawatt::network {
namespace {

constexpr std::int64_t kGroupsAsked = 16;  ///< whose latencies are added up: they tile the fabric evenly

/// Endpoints of a kind's groups: rank i of group g.
class Tiling {
 public:
  Tiling(const FlowNetwork::Options& o, const GroupPlacement& g)
      : stride_(g.stride), span_(g.ranks * g.stride), blocks_(o.accelerators / span_) {
    // Where groups do not fill a domain, the next one follows in the next domain.
    if (g.domain_used > 0 && g.domain_used < o.domain_size) {
      used_ = g.domain_used;
      domain_ = o.domain_size;
      if (position(blocks_ * span_ - 1) >= o.fabric->endpoints()) used_ = domain_ = 1;
    }
  }
  std::int64_t groups() const { return blocks_ * stride_; }
  std::int64_t endpoint(std::int64_t group, std::int64_t rank) const {
    return position(group / stride_ * span_ + rank * stride_ + group % stride_);
  }

 private:
  std::int64_t position(std::int64_t r) const { return r / used_ * domain_ + r % used_; }

  std::int64_t stride_, span_, blocks_;
  std::int64_t used_ = 1, domain_ = 1;
};

/// Shifts i -> i + s that leave the domain for every rank, evenly spread but at no common distance.
std::vector<std::int64_t> sampled_shifts(std::int64_t n, std::int64_t m, std::int64_t count) {
  const std::int64_t span = n - 2 * m + 1;  // shifts m ... n - m
  std::vector<std::int64_t> shifts;
  for (std::int64_t k = 0; k < count; ++k) {
    const std::int64_t from = span * k / count,
                       width = std::max<std::int64_t>(1, span * (k + 1) / count - from);
    const auto hash = topology::path_hash(static_cast<std::uint64_t>(k), static_cast<std::uint64_t>(n));
    shifts.push_back(m + from + static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(width)));
  }
  return shifts;
}

/// Flows that leave one card; those of a card follow each other in the list.
double flows_of_a_card(FlowPattern pattern, const std::vector<FlowRequest>& flows) {
  if (pattern != FlowPattern::kExchange) return 1;
  const auto other = std::find_if(flows.begin(), flows.end(),
                                  [&](const FlowRequest& f) { return f.src != flows.front().src; });
  return static_cast<double>(other - flows.begin());
}

/// Leaves the flows of the first accelerators, of which `parts` each make at most `kMostHashed`.
void keep_first(std::vector<FlowRequest>& flows, int parts) {
  const auto most = kMostHashed / static_cast<std::size_t>(std::max(1, parts));
  if (flows.size() <= most) return;
  std::vector<std::int64_t> sources;
  for (const auto& f : flows) sources.push_back(f.src);
  std::nth_element(sources.begin(), sources.begin() + static_cast<std::ptrdiff_t>(most), sources.end());
  std::erase_if(flows, [end = sources[most]](const FlowRequest& f) { return f.src >= end; });
}

}  // namespace

FlowPattern pattern_of(Collective c) {
  switch (c) {
    case Collective::kAllReduce:
    case Collective::kReduceScatter:
    case Collective::kAllGather:
    case Collective::kBroadcast: return FlowPattern::kRing;
    case Collective::kAllToAll: return FlowPattern::kExchange;
    case Collective::kSendRecv: return FlowPattern::kNeighbor;
  }
  return FlowPattern::kRing;
}

FlowNetwork::FlowNetwork(Options options) : o_(std::move(options)) {
  GW_CHECK(o_.fabric != nullptr && o_.fabric->endpoints() >= o_.accelerators && o_.card_bandwidth > 0,
           "{} accelerators on a fabric of {}", o_.accelerators, o_.fabric ? o_.fabric->endpoints() : 0);
}

FlowOptions FlowNetwork::flow_options(Routing routing) const {
  FlowOptions f;
  f.sharing = flows::sharing_model(flows::SharingKind::kMaxMin);
  f.sharing.latency_factor = 0;  // latencies are the closed form's; here bandwidth is shared
  f.routing = routing;
  f.subflows = o_.subflows;
  f.seed = o_.seed;
  f.busiest = 0;
  return f;
}

std::vector<FlowRequest> FlowNetwork::flows_of(FlowPattern pattern, const GroupPlacement& g,
                                               double bytes) const {
  const Tiling at(o_, g);
  const std::int64_t n = g.ranks, m = g.ranks_per_domain;
  std::vector<FlowRequest> out;
  const auto send = [&](std::int64_t group, std::int64_t i, std::int64_t j, double part) {
    out.push_back({at.endpoint(group, i), at.endpoint(group, j), part, 0});
  };
  if (pattern == FlowPattern::kRing) {
    for (std::int64_t group = 0; group < at.groups(); ++group)
      for (std::int64_t i = 0; i < n; ++i) send(group, i, (i + m) % n, bytes);
  } else if (pattern == FlowPattern::kNeighbor) {
    for (std::int64_t group = 0; group < at.groups(); ++group)
      for (std::int64_t i = m - 1; i + 1 < n; i += m) send(group, i, i + 1, bytes);
  } else if (at.groups() * n * (n - m) <= static_cast<std::int64_t>(kMostExchanged)) {
    for (std::int64_t group = 0; group < at.groups(); ++group)
      for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j < n; ++j)
          if (i / m != j / m) send(group, i, j, bytes / static_cast<double>(n - m));
  } else {
    constexpr std::int64_t kLeastShifts = 4;
    const std::int64_t whole = n - 2 * m + 1;  // shifts that leave the domain for every rank
    const auto most = static_cast<std::int64_t>(kMostExchanged) / std::max<std::int64_t>(1, at.groups() * n);
    const auto shifts = sampled_shifts(n, m, std::clamp(most, std::min(kLeastShifts, whole), whole));
    const double part = bytes / static_cast<double>(n - m);
    const double each = part * static_cast<double>(whole) / static_cast<double>(shifts.size());
    for (std::int64_t group = 0; group < at.groups(); ++group)
      for (std::int64_t i = 0; i < n; ++i) {
        for (const auto s : shifts) send(group, i, (i + s) % n, each);
        // The other shifts leave it for some ranks, to the next domain.
        if (m > 1) send(group, i, (i + m) % n, part * static_cast<double>(m - 1));
      }
  }
  return out;
}

std::vector<double> FlowNetwork::hop_latencies(FlowPattern pattern, const GroupPlacement& g) const {
  const Tiling at(o_, g);
  const std::int64_t n = g.ranks, m = g.ranks_per_domain, asked = std::min(at.groups(), kGroupsAsked);
  std::vector<topology::FabricHop> hops;
  const auto latency = [&](std::int64_t from, std::int64_t to) {
    hops.clear();
    double sum = 0;
    if (o_.fabric->route(from, to, {}, hops))
      for (const auto& h : hops) sum += o_.fabric->link(h.link).latency_s;
    return sum;
  };
  std::vector<double> slowest;
  double most = -1;
  for (std::int64_t k = 0; k < asked; ++k) {
    const std::int64_t group = k * at.groups() / asked;
    std::vector<double> of;
    for (std::int64_t i = 0; i < n; i += m) {
      of.push_back(latency(at.endpoint(group, i), at.endpoint(group, (i + m) % n)));
      if (pattern == FlowPattern::kExchange)
        of.push_back(latency(at.endpoint(group, 0), at.endpoint(group, i)));
    }
    const double around = std::accumulate(of.begin(), of.end(), 0.0);
    if (around <= most) continue;
    most = around;
    slowest = std::move(of);
  }
  std::sort(slowest.rbegin(), slowest.rend());
  // A ring's bytes pass every hop; other patterns wait for the longest.
  if (pattern != FlowPattern::kRing) slowest.resize(std::min<std::size_t>(1, slowest.size()));
  return slowest;
}

FlowNetwork::Reach FlowNetwork::work_out(FlowPattern pattern, const GroupPlacement& g) const {
  Reach r;
  if (g.domains() <= 1 || g.ranks * g.stride > o_.accelerators) return r;
  const double unit = o_.card_bandwidth;  // byte that a card sends in a second
  auto requests = flows_of(pattern, g, unit);
  if (o_.routing == Routing::kEcmp || o_.routing == Routing::kFlowlet || o_.routing == Routing::kAdaptive)
    keep_first(requests, o_.routing == Routing::kFlowlet ? o_.subflows : 1);
  const FlowOptions options = flow_options(o_.routing);
  FlowBuilder builder(*o_.fabric, options);
  builder.set().flows.reserve(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i)
    GW_CHECK(builder.add(requests[i], i), "no way from {} to {}", requests[i].src, requests[i].dst);
  double fullest = 0;
  for (std::size_t l = 0; l < builder.link_ids().size(); ++l) {
    const double bytes = builder.link_bytes()[l];
    if (bytes <= 0) continue;
    const auto& link = builder.set().links[l];
    if (!link.fat_pipe) fullest = std::max(fullest, bytes / link.capacity);
    r.loads.push_back({builder.link_ids()[l], bytes / unit});
  }
  std::sort(r.loads.begin(), r.loads.end(), [](const Load& a, const Load& b) { return a.link < b.link; });
  r.flows = requests.size();
  const bool spread = o_.routing == Routing::kSpray;
  double last = fullest;
  if (spread || requests.size() <= kMostSimulated) {
    const auto run = flows::run(builder.set(), spread, options.sharing.compatibility, options.simultaneous_s);
    GW_CHECK(run.outcome.stalled == 0, "{} flows never end", run.outcome.stalled);
    last = run.outcome.makespan_s;
    r.classes = run.classes;
  }
  // A card faster than the system's own does not make it faster.
  r.share = std::min(1.0, 1 / last);
  r.hop_latency_s = hop_latencies(pattern, g);
  return r;
}

std::shared_ptr<const FlowNetwork::Reach> FlowNetwork::reach(FlowPattern pattern,
                                                             const GroupPlacement& g) const {
  const std::lock_guard lock(mutex_);
  auto& known = known_[{static_cast<int>(pattern), g.ranks, g.ranks_per_domain, g.stride, g.domain_used}];
  if (!known) known = std::make_shared<const Reach>(work_out(pattern, g));
  return known;
}

std::vector<double> FlowNetwork::together(const std::vector<ScaleOutLoad>& loads) const {
  if (loads.size() == 1 && o_.routing == Routing::kSpray)
    return {loads[0].bytes / o_.card_bandwidth / reach(loads[0].pattern, loads[0].group)->share};
  const FlowOptions options = flow_options(Routing::kSpray);
  FlowBuilder builder(*o_.fabric, options);
  std::vector<std::size_t> end;
  for (const auto& l : loads) {
    if (l.bytes > 0 && l.group.domains() > 1 && l.group.ranks * l.group.stride <= o_.accelerators) {
      const auto requests = flows_of(l.pattern, l.group, l.bytes);
      const auto from = builder.set().flows.size();
      for (std::size_t i = 0; i < requests.size(); ++i)
        GW_CHECK(builder.add(requests[i], i), "no way from {} to {}", requests[i].src, requests[i].dst);
      const double a_card = flows_of_a_card(l.pattern, requests);
      for (auto i = from; i < builder.set().flows.size(); ++i)
        builder.set().flows[i].spec.penalty = a_card / l.weight;
    }
    end.push_back(builder.set().flows.size());
  }
  const auto run = flows::run(builder.set(), true, options.sharing.compatibility, options.simultaneous_s);
  GW_CHECK(run.outcome.stalled == 0, "{} flows never end", run.outcome.stalled);
  std::vector<double> last(loads.size(), 0);
  for (std::size_t k = 0; k < loads.size(); ++k)
    for (std::size_t i = k == 0 ? 0 : end[k - 1]; i < end[k]; ++i)
      last[k] = std::max(last[k], run.finish_s[i]);
  return last;
}

double FlowModel::seconds(Collective collective, const GroupPlacement& group, double bytes,
                          double imbalance) const {
  if (group.domains() <= 1) return collective_seconds(collective, *constants_, group, bytes, imbalance);
  const auto reach = network_->reach(pattern_of(collective), group);
  Fabric fabric = *constants_;
  fabric.scaleout.bandwidth *= reach->share;
  fabric.scaleout.exchange_bandwidth *= reach->share;
  GroupPlacement placed = group;
  placed.ranks_per_pod = placed.ranks;  // the flows know the pods
  double farther = 0;
  for (const double hop : reach->hop_latency_s)
    farther += std::max(0.0, hop - constants_->scaleout.latency_s);
  const double rounds = collective == Collective::kAllReduce ? 2 : 1;
  return collective_seconds(collective, fabric, placed, bytes, imbalance) + rounds * farther;
}

}  // namespace gigawatt::network
