#include "gigawatt/flows/flow_set.h"

#include <algorithm>
#include <bit>
#include <unordered_map>

#include "gigawatt/base/stop.h"

namespace gigawatt::flows {
namespace {

using Color = std::uint64_t;

/// A bijection of 64-bit words that leaves no pattern (the finalizer of splitmix64).
Color mix(Color x) {
  x += 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}
Color mix(Color x, Color y) { return mix(x ^ (y * 0xD6E8FEB86659FD93 + 0x2545F4914F6CDD1D)); }
Color bits(double x) { return std::bit_cast<Color>(x + 0.0); }

/// Numbers of distinct colors, counted with a table that grows to what is needed.
class Distinct {
 public:
  explicit Distinct(std::size_t first = 1024) : slots_(first, 0) {}
  void add(Color c) {
    c |= 1;  // zero marks an empty slot; one bit less to tell colors apart
    if (2 * count_ > slots_.size()) grow();
    if (put(c)) ++count_;
  }
  std::size_t count() const { return count_; }

 private:
  bool put(Color c) {
    for (std::size_t i = c >> 1;; ++i) {
      Color& slot = slots_[i & (slots_.size() - 1)];
      if (slot == c) return false;
      if (slot != 0) continue;
      slot = c;
      return true;
    }
  }
  void grow() {
    const auto old = std::move(slots_);
    slots_.assign(old.size() * 4, 0);
    for (const Color c : old)
      if (c != 0) put(c);
  }
  std::vector<Color> slots_;
  std::size_t count_ = 0;
};

struct Colors {
  std::vector<Color> link, flow;
  std::size_t distinct = 0;
};

Colors first_colors(const FlowSet& set) {
  Colors c;
  for (const auto& l : set.links) c.link.push_back(mix(bits(l.capacity), l.fat_pipe ? 2 : 1));
  for (const auto& f : set.flows) {
    const auto& s = f.spec;
    c.flow.push_back(
        mix(mix(mix(bits(s.bytes), bits(s.start_s)), mix(bits(s.delay_s), bits(s.penalty))), bits(s.cap)));
  }
  return c;
}

void refine(const FlowSet& set, Colors& c) {
  std::vector<Color> sum(c.link.size(), 0);
  for (std::size_t i = 0; i < set.flows.size(); ++i)
    for (const Hop& h : set.way(set.flows[i].way))
      sum[static_cast<std::size_t>(h.link)] += mix(c.flow[i], bits(h.weight));
  Distinct distinct;
  for (std::size_t i = 0; i < sum.size(); ++i) c.link[i] = mix(c.link[i], sum[i]);
  for (std::size_t i = 0; i < set.flows.size(); ++i) {
    Color all = 0;
    for (const Hop& h : set.way(set.flows[i].way))
      all += mix(c.link[static_cast<std::size_t>(h.link)], bits(h.weight));
    c.flow[i] = mix(c.flow[i], all);
    distinct.add(c.flow[i]);
  }
  c.distinct = distinct.count();
}

/// Dense ids of colors in the order of first appearance.
std::vector<std::uint32_t> dense(const std::vector<Color>& colors, std::size_t& count) {
  std::unordered_map<Color, std::uint32_t> ids;
  std::vector<std::uint32_t> out;
  out.reserve(colors.size());
  Color last = 0;
  std::uint32_t last_id = 0;
  for (const Color c : colors) {
    if (out.empty() || c != last) {
      last = c;
      last_id = ids.try_emplace(c, static_cast<std::uint32_t>(ids.size())).first->second;
    }
    out.push_back(last_id);
  }
  count = ids.size();
  return out;
}

/// The quotient: weights of a class of flows on a class of links add up, and are shared by the links of the class.
void build_quotient(const FlowSet& set, const Colors& c, Folded& out) {
  std::size_t flow_classes = 0, link_classes = 0;
  out.class_of = dense(c.flow, flow_classes);
  const auto link_class = dense(c.link, link_classes);
  out.size.assign(flow_classes, 0);
  std::vector<double> links_in(link_classes, 0);
  out.set.links.resize(link_classes);
  for (std::size_t i = 0; i < link_class.size(); ++i) {
    out.set.links[link_class[i]] = set.links[i];
    links_in[link_class[i]] += 1;
  }
  std::vector<std::uint32_t> first(flow_classes, UINT32_MAX);
  for (std::size_t i = 0; i < set.flows.size(); ++i) {
    auto& f = first[out.class_of[i]];
    if (f == UINT32_MAX) f = static_cast<std::uint32_t>(i);
    ++out.size[out.class_of[i]];
  }
  for (std::size_t k = 0; k < flow_classes; ++k) {
    const auto begin = out.set.hops.size();
    for (const Hop& h : set.way(set.flows[first[k]].way)) {
      const auto id = static_cast<LinkId>(link_class[static_cast<std::size_t>(h.link)]);
      const bool fat = out.set.links[static_cast<std::size_t>(id)].fat_pipe;
      const double w =
          fat ? h.weight
              : h.weight * static_cast<double>(out.size[k]) / links_in[static_cast<std::size_t>(id)];
      const auto same = std::find_if(out.set.hops.begin() + static_cast<std::ptrdiff_t>(begin),
                                     out.set.hops.end(), [&](const Hop& other) { return other.link == id; });
      if (same == out.set.hops.end())
        out.set.hops.push_back({id, w});
      else
        same->weight = fat ? std::max(same->weight, w) : same->weight + w;
    }
    out.set.flows.push_back({set.flows[first[k]].spec, out.set.end_way()});
  }
}

class Finishes final : public Listener {
 public:
  explicit Finishes(std::vector<double>& at) : at_(at) {}
  void finished(Ticket flow, double time_s) override { at_[flow] = time_s; }

 private:
  std::vector<double>& at_;
};

}  // namespace

Folded fold(const FlowSet& set, double most_classes_share) {
  Folded out;
  const auto most = static_cast<std::size_t>(most_classes_share * static_cast<double>(set.flows.size()));
  Colors c = first_colors(set);
  for (std::size_t before = 0;; before = c.distinct) {
    refine(set, c);
    if (c.distinct > most) return out;
    if (c.distinct == before) break;
  }
  build_quotient(set, c, out);
  return out;
}

SetResult run(const FlowSet& set, bool folding, Compatibility compatibility, double simultaneous_s) {
  SetResult r;
  if (folding) {
    const Folded folded = fold(set);
    if (!folded.class_of.empty()) {
      const SetResult quotient = run(folded.set, false, compatibility, simultaneous_s);
      r.outcome = quotient.outcome;
      r.outcome.finished = 0;
      r.outcome.stalled = 0;
      r.classes = folded.size.size();
      for (std::size_t k = 0; k < folded.size.size(); ++k)
        (quotient.finish_s[k] < 0 ? r.outcome.stalled : r.outcome.finished) += folded.size[k];
      r.finish_s.reserve(set.flows.size());
      for (const auto k : folded.class_of) r.finish_s.push_back(quotient.finish_s[k]);
      return r;
    }
  }
  Simulator simulator(simultaneous_s, compatibility);
  for (const auto& l : set.links) simulator.add_link(l.capacity, l.fat_pipe);
  simulator.lend(set.hops, set.flows.size());
  for (const auto& f : set.flows) {
    const auto first = set.way_begin[f.way];
    simulator.add(f.spec, first, static_cast<std::uint32_t>(set.way_begin[f.way + std::size_t{1}] - first));
  }
  base::heed_stop();
  r.finish_s.assign(set.flows.size(), -1);
  Finishes finishes(r.finish_s);
  r.outcome = simulator.run(finishes);
  r.classes = set.flows.size();
  return r;
}

}  // namespace gigawatt::flows
