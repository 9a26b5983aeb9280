#include "gigawatt/scheduling/queue.h"

#include <algorithm>
#include <bit>

#include "gigawatt/base/check.h"

namespace gigawatt::scheduling {
namespace {

constexpr std::size_t kSmallest = 16;

bool before(const Waiting& a, const Waiting& b) {
  return a.queued != b.queued ? a.queued < b.queued : a.job < b.job;
}

}  // namespace

Queue::Least Queue::least(const Slot& slot) {
  Least l;
  if (!slot.live) return l;
  l.units = kNobody - 1;  // a job without options is there all the same
  for (const Option& option : slot.options) {
    l.units = std::min(l.units, option.units);
    l.expected_us = std::min(l.expected_us, option.expected_us);
  }
  return l;
}

void Queue::update(std::size_t position) {
  std::size_t node = leaves_ + position;
  tree_[node] = least(slots_[position]);
  for (node /= 2; node > 0; node /= 2)
    tree_[node] = {std::min(tree_[2 * node].units, tree_[2 * node + 1].units),
                   std::min(tree_[2 * node].expected_us, tree_[2 * node + 1].expected_us)};
}

OrderedIndex::Key Queue::key_of(const Waiting& waiting) const {
  std::int64_t first = 0;
  if (ordering_ == Ordering::kPriority) first = -std::int64_t{waiting.priority};
  if (ordering_ == Ordering::kShortest) {
    first = kForever;
    for (const Option& option : waiting.options) first = std::min(first, option.expected_us);
  }
  return {first, waiting.queued, waiting.job};
}

void Queue::sweep(std::size_t room) {
  std::erase_if(slots_, [](const Slot& slot) { return !slot.live; });
  if (ordering_ != Ordering::kArrival)
    for (std::size_t i = 0; i < slots_.size(); ++i)
      positions_[slots_[i].waiting.job] = static_cast<std::uint32_t>(i);
  // A vector that moves keeps its elements where they are: the spans still point to them.
  leaves_ = std::bit_ceil(std::max(kSmallest, slots_.size() + room));
  tree_.assign(2 * leaves_, {});
  for (std::size_t i = 0; i < slots_.size(); ++i) tree_[leaves_ + i] = least(slots_[i]);
  for (std::size_t node = leaves_ - 1; node > 0; --node)
    tree_[node] = {std::min(tree_[2 * node].units, tree_[2 * node + 1].units),
                   std::min(tree_[2 * node].expected_us, tree_[2 * node + 1].expected_us)};
}

std::uint32_t Queue::find(std::uint32_t from, std::int64_t units, std::int64_t within_us,
                          std::int64_t always) const {
  if (from >= slots_.size()) return kEnd;
  const auto may = [&](const Least& l) {
    return l.units <= units && (l.expected_us <= within_us || l.units <= always);
  };
  std::size_t node = leaves_ + from;
  // Up to the first subtree at or behind `from` that may hold one, then down to its first leaf that does; a subtree
  // whose minima come from different jobs turns out empty, and the way goes on behind it.
  for (;;) {
    while (!may(tree_[node])) {
      while (node % 2 == 1) {
        node /= 2;
        if (node <= 1) return kEnd;
      }
      ++node;
    }
    if (node >= leaves_) return static_cast<std::uint32_t>(node - leaves_);
    node *= 2;
  }
}

void Queue::insert(Waiting waiting) {
  if (slots_.size() >= leaves_ || slots_.size() > 2 * live_ + kSmallest) sweep(live_ + 1);
  std::size_t last = slots_.size();  // of those who wait
  while (last > 0 && !slots_[last - 1].live) --last;
  const bool behind_all = last == 0 || before(slots_[last - 1].waiting, waiting);
  Slot slot;
  slot.live = true;
  slot.options.assign(waiting.options.begin(), waiting.options.end());
  slot.waiting = waiting;
  slot.waiting.options = slot.options;
  ++live_;
  if (ordering_ != Ordering::kArrival) {
    const Least needs = least(slot);
    order_of(slot.waiting).insert(key_of(slot.waiting), {needs.units, needs.expected_us});
  }
  if (behind_all) {
    slots_.push_back(std::move(slot));
    if (ordering_ != Ordering::kArrival)
      positions_[slots_.back().waiting.job] = static_cast<std::uint32_t>(slots_.size() - 1);
    update(slots_.size() - 1);
    return;
  }
  std::size_t place = 0;
  while (place < slots_.size() && (!slots_[place].live || before(slots_[place].waiting, waiting))) ++place;
  slots_.insert(slots_.begin() + static_cast<std::ptrdiff_t>(place), std::move(slot));
  sweep(live_);
}

void Queue::remove(std::uint32_t position) {
  GW_CHECK(position < slots_.size() && slots_[position].live, "nobody waits at {}", position);
  if (ordering_ != Ordering::kArrival) {
    const Waiting& waiting = slots_[position].waiting;
    order_of(waiting).erase(key_of(waiting));
    positions_.erase(waiting.job);
  }
  slots_[position].live = false;
  --live_;
  update(position);
}

void Queue::clear() {
  slots_.clear();
  tree_.clear();
  orders_.clear();
  positions_.clear();
  leaves_ = 0;
  live_ = 0;
}

}  // namespace gigawatt::scheduling
