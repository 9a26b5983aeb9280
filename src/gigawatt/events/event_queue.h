#pragma once
/// A simulation clock and its future events, in the order (time, priority, sequence of scheduling): exact integer
/// ties, the same on every machine. Knows no domain: an event is a kind, an entity and a number.
///
/// A heap of 16-byte entries with four children each (half the levels of a binary one) with lazy deletion: cancelling
/// marks the event's slot, a marked entry is dropped when it surfaces, and the heap is rebuilt when more than half of
/// it is marked. Schedule and pop cost O(log n), cancel O(1) amortized. Which of four children is the least cannot be
/// predicted, so that is found by selection, without a branch, and an entry that replaces the top sinks to the bottom
/// unasked and rises from there: it came from the bottom and mostly belongs there (Wegener 1993). Room for 2^24 pending
/// and 2^34 scheduled events, and priorities below 64. A queue is a value: a copy of it is a snapshot that continues
/// identically.

#include <cstdint>
#include <optional>
#include <vector>

#include "gigawatt/base/sim_time.h"

namespace gigawatt::events {

struct Event {
  base::SimTime time;
  std::uint8_t priority = 0;  ///< at equal times the lower one comes first
  std::uint16_t kind = 0;
  std::uint32_t entity = 0;
  std::int64_t data = 0;

  friend bool operator==(const Event&, const Event&) = default;
};

/// Names a scheduled event until it has happened or was cancelled; safe to keep longer.
struct Handle {
  std::uint32_t slot = UINT32_MAX;
  std::uint32_t generation = 0;

  friend bool operator==(const Handle&, const Handle&) = default;
};

class EventQueue {
 public:
  explicit EventQueue(base::SimTime start = {}) : now_(start) {}

  /// `event.time` must not be before now(): time does not run backwards.
  Handle schedule(const Event& event);

  /// False when the event has already happened or was cancelled.
  bool cancel(Handle handle);

  /// The next event; moves the clock to it. Nothing when none is left.
  std::optional<Event> pop();

  /// Time of the next event without taking it.
  std::optional<base::SimTime> next_time() {
    if (!heap_.empty() && !slots_[slot_of(heap_.front())].live) drop_cancelled();
    if (heap_.empty()) return std::nullopt;
    return time_of(heap_.front());
  }

  bool pending(Handle handle) const;
  bool empty() const { return live_ == 0; }
  std::size_t size() const { return live_; }
  base::SimTime now() const { return now_; }
  std::uint64_t popped() const { return popped_; }

  /// Live events in the order in which they will happen: a canonical form to store or compare.
  std::vector<Event> upcoming() const;

 private:
  // One number orders events and finds them: time in the upper half, then priority, sequence number and slot. Sixteen
  // bytes, so that four children fill one cache line.
  __extension__ using Entry = __int128;
  static constexpr int kSlotBits = 24;
  static constexpr int kSequenceBits = 34;
  static base::SimTime time_of(Entry e) { return base::SimTime{static_cast<std::int64_t>(e >> 64)}; }
  static std::uint32_t slot_of(Entry e) {
    return static_cast<std::uint32_t>(e) & ((std::uint32_t{1} << kSlotBits) - 1);
  }

  struct Slot {
    Event event;
    std::uint32_t generation = 0;
    bool live = false;
  };
  void sift_up(std::size_t top, std::size_t at, Entry entry);
  void sift_down(std::size_t at, Entry entry);
  std::size_t least_child(std::size_t at) const;  // of those that there are
  void drop_top();
  void drop_cancelled();
  void rebuild();
  void release(std::uint32_t slot);

  std::vector<Entry> heap_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::size_t live_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint64_t popped_ = 0;
  base::SimTime now_;
};

}  // namespace gigawatt::events
