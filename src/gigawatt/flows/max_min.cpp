#include "gigawatt/flows/max_min.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "gigawatt/base/check.h"

namespace gigawatt::flows {
namespace {

constexpr std::uint32_t kFirstRoom = 2;  ///< of a link's list of flows
/// A set that holds more than this share of all flows grows to all of them at once.
constexpr std::size_t kWholeAbove = 2;

template <typename T>
T& at(std::vector<T>& v, std::int32_t i) {
  return v[static_cast<std::size_t>(i)];
}

}  // namespace

LinkId MaxMin::add_link(double capacity, bool fat_pipe) {
  Link l;
  l.capacity = capacity;
  l.fat_pipe = fat_pipe;
  links_.push_back(l);
  return static_cast<LinkId>(links_.size() - 1);
}

void MaxMin::expect(std::size_t flows, std::size_t hops) {
  flows_.reserve(flows);
  entries_.reserve(hops);
}

std::uint32_t MaxMin::take_hops(std::size_t count) {
  if (count >= free_hops_.size()) free_hops_.resize(count + 1);
  if (auto& pool = free_hops_[count]; !pool.empty()) {
    const auto begin = pool.back();
    pool.pop_back();
    return begin;
  }
  const auto begin = static_cast<std::uint32_t>(entries_.size());
  GW_CHECK(entries_.size() + count < UINT32_MAX, "too many hops");
  entries_.resize(entries_.size() + count);
  return begin;
}

void MaxMin::append(LinkId link, Member member) {
  Link& l = at(links_, link);
  if (l.list_size == l.list_room) {
    const std::uint32_t room = l.list_room == 0 ? kFirstRoom : 2 * l.list_room;
    const auto rank = static_cast<std::size_t>(std::bit_width(room));
    if (rank >= free_lists_.size()) free_lists_.resize(rank + 1);
    std::uint32_t begin = 0;
    if (auto& pool = free_lists_[rank]; !pool.empty()) {
      begin = pool.back();
      pool.pop_back();
    } else {
      GW_CHECK(members_.size() + room < UINT32_MAX, "too many flows on links");
      begin = static_cast<std::uint32_t>(members_.size());
      members_.resize(members_.size() + room);
    }
    std::copy_n(members_.begin() + l.list_begin, l.list_size, members_.begin() + begin);
    if (l.list_room > 0)
      free_lists_[static_cast<std::size_t>(std::bit_width(l.list_room))].push_back(l.list_begin);
    l.list_begin = begin;
    l.list_room = room;
  }
  entries_[member.entry].place = l.list_size;
  members_[l.list_begin + l.list_size++] = member;
}

void MaxMin::detach(std::uint32_t entry) {
  Link& l = at(links_, entries_[entry].link);
  const auto place = entries_[entry].place;
  const Member last = members_[l.list_begin + --l.list_size];
  members_[l.list_begin + place] = last;
  entries_[last.entry].place = place;
}

FlowId MaxMin::add_flow(std::span<const Hop> hops, double penalty, double cap) {
  FlowId id = 0;
  if (free_flows_.empty()) {
    id = static_cast<FlowId>(flows_.size());
    flows_.emplace_back();
  } else {
    id = free_flows_.back();
    free_flows_.pop_back();
  }
  Flow& f = at(flows_, id);
  f = Flow{};
  f.penalty = penalty;
  f.cap = cap;
  f.active = true;
  f.hops_size = static_cast<std::uint32_t>(hops.size());
  f.hops_begin = take_hops(hops.size());
  for (std::uint32_t i = 0; i < f.hops_size; ++i) {
    entries_[f.hops_begin + i].weight = hops[i].weight;
    entries_[f.hops_begin + i].link = hops[i].link;
    append(hops[i].link, {id, f.hops_begin + i});
    mark_dirty(hops[i].link);
  }
  ++active_;
  fresh_.push_back(id);
  return id;
}

void MaxMin::remove_flow(FlowId id) {
  Flow& f = at(flows_, id);
  GW_CHECK(f.active, "flow {} is not active", id);
  for (std::uint32_t i = 0; i < f.hops_size; ++i) {
    detach(f.hops_begin + i);
    mark_dirty(entries_[f.hops_begin + i].link);
  }
  free_hops_[f.hops_size].push_back(f.hops_begin);
  free_flows_.push_back(id);
  f.active = false;
  --active_;
}

void MaxMin::set_capacity(LinkId link, double capacity) {
  Link& l = at(links_, link);
  if (l.capacity == capacity) return;
  l.capacity = capacity;
  resized_.push_back(link);
}

void MaxMin::mark_dirty(LinkId link) {
  Link& l = at(links_, link);
  if (l.level == kUnbounded || l.dirty) return;  // a link with room to spare holds nobody back
  l.dirty = true;
  dirty_.push_back(link);
}

void MaxMin::join(FlowId id) {
  Flow& f = at(flows_, id);
  if (f.in_set) return;
  f.in_set = true;
  set_.push_back(id);
  before_.push_back(f.rate);
}

/// The flows that the changes since the last call concern at first sight.
void MaxMin::seed() {
  for (const LinkId id : dirty_) {
    Link& l = at(links_, id);
    l.dirty = false;
    for (const Member& m : members(l))
      if (at(flows_, m.flow).bottleneck == id) join(m.flow);
    if (l.list_size == 0) l.level = kUnbounded;
  }
  dirty_.clear();
  for (const LinkId id : resized_)
    for (const Member& m : members(at(links_, id))) join(m.flow);
  resized_.clear();
  for (const FlowId id : fresh_)
    if (at(flows_, id).active) join(id);
  fresh_.clear();
}

void MaxMin::touch_links() {
  touched_.clear();
  caps_.clear();
  for (const FlowId id : set_) {
    const Flow& f = at(flows_, id);
    double cap = f.cap;
    for (std::uint32_t i = 0; i < f.hops_size; ++i) {
      const Entry& e = entries_[f.hops_begin + i];
      Link& l = at(links_, e.link);
      if (l.fat_pipe && !compatibility_.fat_pipes_freeze) {
        cap = std::min(cap, l.capacity / e.weight);
        continue;
      }
      if (l.stamp == stamp_) continue;
      l.stamp = stamp_;
      touched_.push_back(e.link);
    }
    if (cap < kUnbounded) caps_.emplace_back(cap * f.penalty, id);
  }
  heap_.clear();
  for (const LinkId id : touched_) fill_level(at(links_, id), id);
  std::make_heap(heap_.begin(), heap_.end());
  std::sort(caps_.begin(), caps_.end(), std::greater<>());  // least last
}

/// What the flows outside of the set leave of a link.
void MaxMin::fill_level(Link& l, LinkId id) {
  l.remaining = l.capacity;
  l.usage = 0;
  l.unfixed = 0;
  l.level = kUnbounded;
  for (const Member& m : members(l)) {
    const Flow& f = at(flows_, m.flow);
    const double w = entries_[m.entry].weight;
    if (f.in_set) {
      ++l.unfixed;
      l.usage = l.fat_pipe ? std::max(l.usage, w / f.penalty) : l.usage + w / f.penalty;
    } else if (!l.fat_pipe) {
      l.remaining -= w * f.rate;
    }
  }
  l.remaining = std::max(0.0, l.remaining);
  if (l.usage > 0) heap_.push_back({l.remaining / l.usage, id});
}

void MaxMin::fix(FlowId id, double level, LinkId bottleneck) {
  Flow& f = at(flows_, id);
  f.fixed = stamp_;
  f.level = level;
  f.rate = level / f.penalty;
  f.bottleneck = bottleneck;
  for (std::uint32_t i = 0; i < f.hops_size; ++i) {
    const Entry& e = entries_[f.hops_begin + i];
    Link& l = at(links_, e.link);
    l.unfixed = std::max(0, l.unfixed - 1);
    if (l.fat_pipe) continue;
    l.remaining = std::max(0.0, l.remaining - e.weight * f.rate);
    l.usage -= e.weight / f.penalty;
    if (l.remaining < compatibility_.drop_below * l.capacity) l.unfixed = 0;
  }
}

std::size_t MaxMin::saturate(LinkId id, double level) {
  Link& l = at(links_, id);
  l.level = level;
  std::size_t count = 0;
  // Fixing changes no list, so the members stay in place.
  for (const Member& m : members(l)) {
    const Flow& f = at(flows_, m.flow);
    if (!f.in_set || f.fixed == stamp_) continue;
    fix(m.flow, level, id);
    ++count;
  }
  return count;
}

/// Of a fat pipe that freezes: the largest w/p of its flows that are not fixed.
double MaxMin::highest_open(const Link& l) const {
  double usage = 0;
  for (const Member& m : members(l)) {
    const Flow& f = flows_[static_cast<std::size_t>(m.flow)];
    if (f.in_set && f.fixed != stamp_) usage = std::max(usage, entries_[m.entry].weight / f.penalty);
  }
  return usage;
}

void MaxMin::fill() {
  ++stamp_;
  filled_ += set_.size();
  touch_links();
  std::size_t open = set_.size();
  double floor = 0;
  while (open > 0) {
    double level = kUnbounded;
    LinkId next = kNone;
    while (!heap_.empty()) {
      const Key key = heap_.front();
      Link& l = at(links_, key.link);
      if (l.unfixed > 0) {
        if (l.fat_pipe) l.usage = highest_open(l);
        const double now = l.usage > 0 ? std::max(floor, l.remaining / l.usage) : key.level;
        if (now <= key.level * (1 + kTolerance / 16)) {
          level = now;
          next = key.link;
          break;
        }
        std::pop_heap(heap_.begin(), heap_.end());
        heap_.back().level = now;
        std::push_heap(heap_.begin(), heap_.end());
        continue;
      }
      std::pop_heap(heap_.begin(), heap_.end());
      heap_.pop_back();
    }
    while (!caps_.empty() && at(flows_, caps_.back().second).fixed == stamp_) caps_.pop_back();
    if (!caps_.empty() &&
        (caps_.back().first < level || (caps_.back().first == level && compatibility_.whole_below == 0))) {
      floor = std::max(floor, caps_.back().first);
      fix(caps_.back().second, caps_.back().first, kAtCap);
      --open;
      continue;
    }
    if (next == kNone) break;  // flows without a link and without a cap
    floor = std::max(floor, level);
    open -= saturate(next, level);
  }
  for (const FlowId id : set_)
    if (const Flow& f = at(flows_, id); f.fixed != stamp_) fix(id, f.hops_size == 0 ? kUnbounded : 0, kAtCap);
}

/// Flows of one touched link that the bottleneck condition does not hold for, into the set.
void MaxMin::check_link(LinkId id) {
  Link& l = at(links_, id);
  double highest = 0;  // level of the flows of the set
  double own = 0;      // level of the flows outside that are held back here
  bool outside = false;
  for (const Member& m : members(l)) {
    const Flow& f = at(flows_, m.flow);
    if (f.in_set)
      highest = std::max(highest, f.level);
    else {
      outside = true;
      if (f.bottleneck == id) own = std::max(own, f.level);
    }
  }
  if (!outside) return;
  const bool filled_here = l.level < kUnbounded;
  const bool full = filled_here || (!l.fat_pipe && l.remaining <= kTolerance * l.capacity);
  for (const Member& m : members(l)) {
    const Flow& f = at(flows_, m.flow);
    if (f.in_set) continue;
    const bool held = f.bottleneck == id;
    const bool above = filled_here && f.level > l.level * (1 + kTolerance);
    const bool raised = held && (!full || highest > f.level * (1 + kTolerance));
    if (above || raised || (held && l.fat_pipe)) fresh_.push_back(m.flow);
  }
  if (!filled_here && full && own > 0) l.level = own;
}

bool MaxMin::grow() {
  fresh_.clear();
  for (const LinkId id : touched_) check_link(id);
  if (fresh_.empty()) return false;
  for (const FlowId id : fresh_) join(id);
  fresh_.clear();
  if (set_.size() * kWholeAbove > active_) join_all();
  return true;
}

void MaxMin::join_all() {
  for (std::size_t i = 0; i < flows_.size(); ++i)
    if (flows_[i].active) join(static_cast<FlowId>(i));
}

void MaxMin::solve() {
  changed_.clear();
  before_.clear();
  seed();
  if (set_.empty()) return;
  if (active_ <= compatibility_.whole_below) join_all();
  do fill();
  while (grow());
  for (std::size_t i = 0; i < set_.size(); ++i) {
    Flow& f = at(flows_, set_[i]);
    f.in_set = false;
    if (std::abs(f.rate - before_[i]) <= kTolerance / 100 * before_[i]) {
      f.rate = before_[i];
      continue;
    }
    before_[changed_.size()] = before_[i];
    changed_.push_back(set_[i]);
  }
  set_.clear();
  before_.resize(changed_.size());
}

}  // namespace gigawatt::flows
