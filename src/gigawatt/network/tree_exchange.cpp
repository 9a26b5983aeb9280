#include "gigawatt/network/tree_exchange.h"

#include <algorithm>
#include <chrono>
#include <map>

namespace gigawatt::network {
namespace {

using topology::Tier;
using topology::TreeFabric;

/// Fixed ways by destination load the cables of a bundle evenly when a port is a digit of the destination that takes
/// all its values equally often among the first `ranks` endpoints.
bool even_ports(const TreeFabric& f, std::int64_t ranks) {
  std::size_t top = 0;  // the digit that may not take all its values
  while (top + 1 < f.tiers().size() && ranks > f.group_size(top + 1)) ++top;
  if (ranks % f.group_size(top) != 0) return false;
  std::int64_t width = 1;
  for (std::size_t t = 0; t <= top; ++t) {
    const std::int64_t ports = f.tiers()[t].parents * f.tiers()[t].cables;
    bool even = ports == 1;
    for (std::size_t s = 0; s <= top && !even; ++s) {
      const std::int64_t values = s < top ? f.tiers()[s].children : ranks / f.group_size(top);
      even = f.group_size(s) == width && values % ports == 0;
    }
    if (!even || f.tiers()[t].cables > 1) return false;
    width *= f.tiers()[t].parents;
  }
  return true;
}

class Exchange {
 public:
  Exchange(const TreeFabric& fabric, std::int64_t ranks, double bytes, const FlowOptions& options)
      : f_(fabric), n_(ranks), bytes_(bytes), options_(options), levels_(fabric.tiers().size()) {
    std::int64_t below = 0;
    for (std::size_t l = 0; l <= levels_; ++l) {
      const std::int64_t filled = n_ - (n_ - 1) / f_.group_size(l) * f_.group_size(l);
      of_type_.push_back(filled - below);
      below = filled;
    }
  }

  FlowResult run() {
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t a = 0; a <= levels_; ++a)
      for (std::size_t b = 0; b <= levels_; ++b) {
        if (a != b)
          add_class(a, b, std::max(a, b), of_type_[b]);
        else
          for (std::size_t meet = 1; meet <= a; ++meet)
            add_class(a, a, meet,
                      meet < a ? f_.group_size(meet) - f_.group_size(meet - 1)
                               : of_type_[a] - f_.group_size(a - 1));
      }
    FlowResult r;
    const auto solved = flows::run(set_, false, options_.sharing.compatibility, options_.simultaneous_s);
    r.outcome = solved.outcome;
    r.flows = static_cast<std::uint64_t>(n_) * static_cast<std::uint64_t>(n_ - 1);
    r.outcome.finished = r.flows;
    r.classes = set_.flows.size();
    loads(r);
    r.solve_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return r;
  }

 private:
  /// `partners`: receivers of the class that one sender of type a has.
  void add_class(std::size_t a, std::size_t b, std::size_t meet, std::int64_t partners) {
    if (of_type_[a] <= 0 || partners <= 0) return;
    const auto senders = static_cast<double>(of_type_[a]);
    const auto out = static_cast<double>(partners);                      // a sender's
    const double in = senders * out / static_cast<double>(of_type_[b]);  // a receiver's
    std::map<flows::LinkId, double> weights, back;
    flows::WaySums sums;
    for (std::size_t l = 0; l < meet; ++l) {
      const Tier& t = f_.tiers()[l];
      const auto bundle = f_.link(f_.bundle(l, 0, false));
      const double all = reached_capacity(bundle, options_), cable = all / bundle.capacity * t.capacity;
      sums.latency_s += 2 * t.latency_s;
      sums.inverse_capacity += 2 / cable;
      sums.narrowest = std::min(sums.narrowest, options_.routing == Routing::kSpray ? all : cable);
      const double up = out * ranks_in(l, a), down = in * ranks_in(l, b);
      weights[link(l, a, false)] += up;
      weights[link(l, b, true)] += down;
      back[link(l, b, false)] += down;
      back[link(l, a, true)] += up;
    }
    for (auto& [l, w] : weights) bytes_on_[static_cast<std::size_t>(l)] += w * bytes_;
    for (auto& [l, w] : back) weights[l] += options_.sharing.reverse_weight * w;
    for (const auto& [l, w] : weights) set_.hops.push_back({l, w});
    const auto spec = flows::flow_spec(options_.sharing, sums, bytes_, 0);
    alone_ = std::max(alone_, spec.delay_s + spec.bytes / std::min(sums.narrowest, spec.cap));
    set_.flows.push_back({spec, set_.end_way()});
  }

  /// Ranks of type t in a group of level l that holds some of them.
  double ranks_in(std::size_t l, std::size_t type) const {
    return static_cast<double>(l < type ? f_.group_size(l) : of_type_[type]);
  }

  /// The bundle of a group of level l around ranks of a type: of the spine, or below spine group `type`.
  flows::LinkId link(std::size_t l, std::size_t type, bool down) {
    const bool spine = type <= l;
    const std::size_t of = spine ? l : type;
    const std::int64_t in_spine = (n_ - 1) / f_.group_size(of);
    const std::int64_t group = spine ? in_spine : in_spine * (f_.group_size(of) / f_.group_size(l));
    const std::int64_t id = f_.bundle(l, group, down);
    const auto [at, fresh] = index_.try_emplace(id, static_cast<flows::LinkId>(ids_.size()));
    if (fresh) {
      const auto known = f_.link(id);
      set_.links.push_back({reached_capacity(known, options_), known.fat_pipe});
      ids_.push_back(id);
      bytes_on_.push_back(0);
    }
    return at->second;
  }

  void loads(FlowResult& r) const {
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      const auto known = f_.link(ids_[i]);
      const double alone =
          bytes_on_[i] / options_.sharing.bandwidth_factor / reached_capacity(known, options_);
      r.lower_bound_s = std::max(r.lower_bound_s, alone);
      const double span = r.outcome.makespan_s;
      r.busiest.push_back({ids_[i], bytes_on_[i], span > 0 ? alone / span : 0, 0});
    }
    r.lower_bound_s = std::max(r.lower_bound_s, alone_);
    std::sort(r.busiest.begin(), r.busiest.end(), [](const LinkLoad& x, const LinkLoad& y) {
      return x.utilization != y.utilization ? x.utilization > y.utilization : x.link < y.link;
    });
    if (r.busiest.size() > options_.busiest) r.busiest.resize(options_.busiest);
  }

  const TreeFabric& f_;
  std::int64_t n_;
  double bytes_;
  const FlowOptions& options_;
  std::size_t levels_;
  std::vector<std::int64_t> of_type_;
  flows::FlowSet set_;
  std::map<std::int64_t, flows::LinkId> index_;
  std::vector<std::int64_t> ids_;
  std::vector<double> bytes_on_;
  double alone_ = 0;
};

}  // namespace

std::optional<FlowResult> tree_exchange(const TreeFabric& fabric, std::int64_t ranks, double bytes_per_pair,
                                        const FlowOptions& options) {
  const bool spread = options.routing == Routing::kSpray;
  const bool even = options.routing == Routing::kSingle && even_ports(fabric, ranks);
  if (ranks < 2 || ranks > fabric.endpoints() || !(spread || even)) return std::nullopt;
  for (const Tier& t : fabric.tiers())
    if (t.shared || t.fat_pipe) return std::nullopt;
  return Exchange(fabric, ranks, bytes_per_pair, options).run();
}

}  // namespace gigawatt::network
