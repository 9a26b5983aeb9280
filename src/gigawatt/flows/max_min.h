#pragma once
/// Weighted max-min fair rates of the flows that are active now, kept up to date by re-solving only what a change
/// touches.
///
/// Flow f has a rate x_f, a penalty p_f > 0, a cap c_f and a set of hops (link l, weight w). A rate is *fair* when
/// no level y_f = p_f x_f can be raised without lowering one that is no higher:
///
///   sum over flows on l of  w_fl x_f <= B_l   (a shared link)
///   max over flows on l of  w_fl x_f <= B_l   (a fat pipe: every flow may have the whole link)
///   x_f <= c_f
///
/// That allocation is unique, and it is the one in which every flow is at its cap or has a *bottleneck*: a full
/// link on which no other flow has a higher level (Bertsekas and Gallager, Data Networks, 6.5.2). Penalties of 1
/// give plain max-min; penalties that grow with latency give the bias of TCP against long routes (SimGrid).
///
/// Progressive filling finds it: the link with the least remaining / sum(w/p) fills first, at that level; its flows
/// are fixed and taken from the other links. Levels never fall while links fill, so a heap with stale keys suffices
/// (a popped key is recomputed, and goes back when it grew). A fat pipe is a cap of
/// B / w on each of its flows.
///
/// After a change only a set S of flows is filled anew, with all other rates kept. Then the bottleneck condition is
/// checked on every link that S touches, for flows inside and outside of S; those that violate it join S, and S is
/// filled again. S only grows, and an empty list of violators is the proof that the result is the fair allocation
/// of all flows (within kTolerance). A change in a corner of a fabric costs what the corner costs.
///
/// SimGrid's solver leaves a link out as soon as less than 1e-5 of its capacity remains, and flows that have no other
/// link get nothing until the next change. `Compatibility` reproduces that, for which up to `whole_below` flows are filled
/// all at once; it matters where penalties differ by factors of thousands. A fat pipe of SimGrid fills at B / max(w/p) and
/// then fixes all its flows at that level, unless the flow that fills it reaches its own cap before by rounding.
///
/// Link and flow ids are dense integers of this object. Units: bytes, bytes per second, seconds. Nothing throws
/// but GW_CHECK.

#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

namespace gigawatt::flows {

using LinkId = std::int32_t;
using FlowId = std::int32_t;

inline constexpr double kUnbounded = std::numeric_limits<double>::infinity();

/// One link on a flow's way. A flow that is spread over many paths has fractions as weights.
struct Hop {
  LinkId link = 0;
  double weight = 1;
};

struct Compatibility {
  double drop_below = 0;  ///< share of a link's capacity that counts as nothing
  std::size_t whole_below = 0;
  bool fat_pipes_freeze = false;
};

class MaxMin {
 public:
  explicit MaxMin(Compatibility compatibility = {}) : compatibility_(compatibility) {}

  /// Relative difference below which two levels are the same and a link is full.
  static constexpr double kTolerance = 1e-11;

  LinkId add_link(double capacity, bool fat_pipe = false);
  std::size_t links() const { return links_.size(); }

  /// Room for so many flows and hops at once.
  void expect(std::size_t flows, std::size_t hops);

  /// A flow becomes active. `hops` are copied; a link appears once. Its rate is known after `solve`.
  FlowId add_flow(std::span<const Hop> hops, double penalty, double cap);
  /// An active flow is gone; its id may be given out again.
  void remove_flow(FlowId flow);
  void set_capacity(LinkId link, double capacity);

  /// Brings the rates up to date. `changed()` then holds the flows whose rate is new, each once, in the order of
  /// re-solving (the same on every machine).
  void solve();
  std::span<const FlowId> changed() const { return changed_; }
  /// The rates of `changed()` before.
  std::span<const double> rates_before() const { return before_; }

  double rate(FlowId flow) const { return flows_[static_cast<std::size_t>(flow)].rate; }
  double capacity(LinkId link) const { return links_[static_cast<std::size_t>(link)].capacity; }
  std::size_t active() const { return active_; }
  /// Number of flows filled so far, for measurements of how local the re-solving is.
  std::uint64_t filled() const { return filled_; }

 private:
  struct Link {
    double capacity = 0;
    double level = kUnbounded;  ///< at which it is full; unbounded: not full
    double remaining = 0;       ///< while filling
    double usage = 0;           ///< while filling: sum of w/p of the flows not fixed yet
    std::uint32_t list_begin = 0;
    std::uint32_t list_size = 0;
    std::uint32_t list_room = 0;
    std::int32_t unfixed = 0;
    std::uint32_t stamp = 0;  ///< of the filling that touched it last
    bool fat_pipe = false;
    bool dirty = false;
  };
  struct Flow {
    double rate = 0;
    double level = 0;
    double penalty = 1;
    double cap = kUnbounded;
    std::uint32_t hops_begin = 0;
    std::uint32_t hops_size = 0;
    LinkId bottleneck = kNone;
    std::uint32_t fixed = 0;  ///< stamp of the filling that fixed it last
    bool in_set = false;
    bool active = false;
  };
  /// An entry of a flow's hops; `place` is its index in the link's list.
  struct Entry {
    double weight = 1;
    LinkId link = 0;
    std::uint32_t place = 0;
  };
  struct Member {
    FlowId flow = 0;
    std::uint32_t entry = 0;
  };
  struct Key {
    double level = 0;
    LinkId link = 0;
    /// For a heap with the least level on top, the lower link first.
    friend bool operator<(const Key& a, const Key& b) {
      return a.level != b.level ? a.level > b.level : a.link > b.link;
    }
  };
  static constexpr LinkId kNone = -1;   ///< held by nothing yet
  static constexpr LinkId kAtCap = -2;  ///< held by its own cap

  std::span<const Member> members(const Link& l) const {
    return {members_.data() + l.list_begin, l.list_size};
  }
  void append(LinkId link, Member member);
  void detach(std::uint32_t entry);
  std::uint32_t take_hops(std::size_t count);
  void mark_dirty(LinkId link);
  void join(FlowId flow);
  void seed();
  void fill();
  void touch_links();
  void fill_level(Link& l, LinkId id);
  std::size_t saturate(LinkId id, double level);
  void fix(FlowId flow, double level, LinkId bottleneck);
  bool grow();
  double highest_open(const Link& l) const;
  void join_all();
  void check_link(LinkId id);

  Compatibility compatibility_;
  std::vector<Link> links_;
  std::vector<Flow> flows_;
  std::vector<Entry> entries_;
  std::vector<Member> members_;
  std::vector<FlowId> free_flows_;
  std::vector<std::vector<std::uint32_t>> free_hops_;   ///< by number of hops
  std::vector<std::vector<std::uint32_t>> free_lists_;  ///< by the logarithm of a list's room
  std::vector<LinkId> dirty_;
  std::vector<LinkId> resized_;
  std::vector<FlowId> set_;
  std::vector<FlowId> fresh_;
  std::vector<LinkId> touched_;
  std::vector<Key> heap_;
  std::vector<std::pair<double, FlowId>> caps_;
  std::vector<double> before_;
  std::vector<FlowId> changed_;
  std::size_t active_ = 0;
  std::uint32_t stamp_ = 0;
  std::uint64_t filled_ = 0;
};

}  // namespace gigawatt::flows
