#include "gigawatt/events/event_queue.h"

#include <algorithm>

#include "gigawatt/base/check.h"

namespace gigawatt::events {
namespace {

constexpr std::size_t kChildren = 4;
constexpr std::size_t kRebuildSize = 64;  // below it a rebuild saves nothing

}  // namespace

void EventQueue::sift_up(std::size_t top, std::size_t at, Entry entry) {
  while (at > top) {
    const std::size_t parent = (at - 1) / kChildren;
    if (heap_[parent] < entry) break;
    heap_[at] = heap_[parent];
    at = parent;
  }
  heap_[at] = entry;
}

std::size_t EventQueue::least_child(std::size_t at) const {
  const std::size_t first = at * kChildren + 1;
  const auto earlier_of = [&](std::size_t a, std::size_t b) { return heap_[b] < heap_[a] ? b : a; };
  if (first + kChildren <= heap_.size())
    return earlier_of(earlier_of(first, first + 1), earlier_of(first + 2, first + 3));
  std::size_t least = first;
  for (std::size_t child = first + 1; child < heap_.size(); ++child) least = earlier_of(least, child);
  return least;
}

void EventQueue::sift_down(std::size_t at, Entry entry) {
  std::size_t hole = at;
  while (hole * kChildren + 1 < heap_.size()) {
    const std::size_t least = least_child(hole);
    heap_[hole] = heap_[least];
    hole = least;
  }
  sift_up(at, hole, entry);
}

Handle EventQueue::schedule(const Event& event) {
  GW_CHECK(event.time >= now_, "event of kind {} at {} us is before now, {} us", event.kind, event.time.us,
           now_.us);
  std::uint32_t slot;
  if (free_slots_.empty()) {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  slots_[slot].event = event;
  slots_[slot].live = true;
  GW_CHECK(slot >> kSlotBits == 0 && sequence_ >> kSequenceBits == 0 &&
               event.priority >> (64 - kSequenceBits - kSlotBits) == 0,
           "{} events pending, {} scheduled, priority {}", live_, sequence_, event.priority);
  const std::uint64_t order =
      (((std::uint64_t{event.priority} << kSequenceBits) | sequence_++) << kSlotBits) | slot;
  const Entry entry = (static_cast<Entry>(event.time.us) << 64) | static_cast<Entry>(order);
  heap_.push_back(entry);
  sift_up(0, heap_.size() - 1, entry);
  ++live_;
  return {slot, slots_[slot].generation};
}

bool EventQueue::pending(Handle handle) const {
  return handle.slot < slots_.size() && slots_[handle.slot].generation == handle.generation &&
         slots_[handle.slot].live;
}

bool EventQueue::cancel(Handle handle) {
  if (!pending(handle)) return false;
  slots_[handle.slot].live =
      false;  // the slot is freed when its heap entry goes, so that no other entry names it
  --live_;
  if (heap_.size() >= kRebuildSize && live_ * 2 < heap_.size()) rebuild();
  return true;
}

void EventQueue::release(std::uint32_t slot) {
  slots_[slot].live = false;
  ++slots_[slot].generation;
  free_slots_.push_back(slot);
}

void EventQueue::rebuild() {
  const auto dead =
      std::partition(heap_.begin(), heap_.end(), [this](Entry e) { return slots_[slot_of(e)].live; });
  for (auto it = dead; it != heap_.end(); ++it) release(slot_of(*it));
  heap_.erase(dead, heap_.end());
  for (std::size_t i = heap_.size() / kChildren + 1; i-- > 0;)
    if (i < heap_.size()) sift_down(i, heap_[i]);
}

void EventQueue::drop_top() {
  const Entry last = heap_.back();
  heap_.pop_back();
  if (!heap_.empty()) sift_down(0, last);
}

void EventQueue::drop_cancelled() {
  while (!heap_.empty() && !slots_[slot_of(heap_.front())].live) {
    release(slot_of(heap_.front()));
    drop_top();
  }
}

std::optional<Event> EventQueue::pop() {
  drop_cancelled();
  if (heap_.empty()) return std::nullopt;
  const std::uint32_t slot = slot_of(heap_.front());
  const Event event = slots_[slot].event;
  drop_top();
  release(slot);
  --live_;
  ++popped_;
  now_ = event.time;
  return event;
}

std::vector<Event> EventQueue::upcoming() const {
  std::vector<Entry> entries;
  for (const Entry entry : heap_)
    if (slots_[slot_of(entry)].live) entries.push_back(entry);
  std::sort(entries.begin(), entries.end());
  std::vector<Event> result;
  for (const Entry entry : entries) result.push_back(slots_[slot_of(entry)].event);
  return result;
}

}  // namespace gigawatt::events
