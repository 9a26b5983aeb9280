#include "gigawatt/events/event_queue.h"

#include <algorithm>

#include "gigawatt/base/check.h"

namespace gigawatt::events {
namespace {

constexpr int kSequenceBits = 56;
constexpr std::size_t kChildren = 4;
constexpr std::size_t kRebuildSize = 64;  // below it a rebuild saves nothing

}  // namespace

void EventQueue::sift_up(std::size_t at, Entry entry) {
  while (at > 0) {
    const std::size_t parent = (at - 1) / kChildren;
    if (!earlier(entry, heap_[parent])) break;
    heap_[at] = heap_[parent];
    at = parent;
  }
  heap_[at] = entry;
}

void EventQueue::sift_down(std::size_t at, Entry entry) {
  const std::size_t size = heap_.size();
  for (;;) {
    const std::size_t first = at * kChildren + 1;
    if (first >= size) break;
    const std::size_t end = std::min(first + kChildren, size);
    std::size_t least = first;
    for (std::size_t child = first + 1; child < end; ++child)
      if (earlier(heap_[child], heap_[least])) least = child;
    if (!earlier(heap_[least], entry)) break;
    heap_[at] = heap_[least];
    at = least;
  }
  heap_[at] = entry;
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
  const std::uint64_t order = (std::uint64_t{event.priority} << kSequenceBits) | sequence_++;
  heap_.push_back({event.time.us, order, slot});
  sift_up(heap_.size() - 1, heap_.back());
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
      std::partition(heap_.begin(), heap_.end(), [this](const Entry& e) { return slots_[e.slot].live; });
  for (auto it = dead; it != heap_.end(); ++it) release(it->slot);
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
  while (!heap_.empty() && !slots_[heap_.front().slot].live) {
    release(heap_.front().slot);
    drop_top();
  }
}

std::optional<Event> EventQueue::pop() {
  drop_cancelled();
  if (heap_.empty()) return std::nullopt;
  const std::uint32_t slot = heap_.front().slot;
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
  for (const Entry& entry : heap_)
    if (slots_[entry.slot].live) entries.push_back(entry);
  std::sort(entries.begin(), entries.end(), earlier);
  std::vector<Event> result;
  for (const Entry& entry : entries) result.push_back(slots_[entry.slot].event);
  return result;
}

}  // namespace gigawatt::events
