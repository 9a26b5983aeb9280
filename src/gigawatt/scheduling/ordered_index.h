#pragma once
/// Waiting jobs in an order of their own (priority, estimate), with the same question as the queue's: which is the next
/// behind this one that could fit? A treap whose nodes hold the fewest units and the shortest estimate below them, so
/// that jobs come, go and are found in O(log n). Private to this module.

#include <compare>
#include <cstdint>
#include <limits>
#include <vector>

#include "gigawatt/base/sim_time.h"

namespace gigawatt::scheduling {

class OrderedIndex {
 public:
  /// The order: `first`, then arrival, then number.
  struct Key {
    std::int64_t first = 0;
    base::SimTime queued;
    std::uint32_t job = 0;

    friend auto operator<=>(const Key&, const Key&) = default;
  };
  /// What a job needs at least.
  struct Needs {
    std::int64_t units = std::numeric_limits<std::int64_t>::max();
    std::int64_t expected_us = std::numeric_limits<std::int64_t>::max();
  };
  /// What there is: at most `units`, and either `within_us` of time or no more than `always` units.
  struct Room {
    std::int64_t units = std::numeric_limits<std::int64_t>::max();
    std::int64_t within_us = std::numeric_limits<std::int64_t>::max();
    std::int64_t always = 0;
  };

  bool empty() const { return root_ == kNone; }
  void insert(const Key& key, const Needs& needs);
  void erase(const Key& key);
  /// The first behind `after` (null: of all) that may fit; null: none. Valid until the index is changed.
  const Key* next(const Key* after, const Room& room) const { return find(root_, after, room); }

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  struct Node {
    Key key;
    Needs needs, least;  // of itself; of its subtree
    std::uint32_t rank = 0, left = kNone, right = kNone;
  };
  static bool may(const Needs& needs, const Room& room) {
    return needs.units <= room.units && (needs.expected_us <= room.within_us || needs.units <= room.always);
  }
  const Key* find(std::uint32_t node, const Key* after, const Room& room) const;
  void update(std::uint32_t node);
  /// Those before `key` to the left, the others to the right.
  void split(std::uint32_t node, const Key& key, std::uint32_t& left, std::uint32_t& right);
  std::uint32_t merge(std::uint32_t left, std::uint32_t right);
  std::uint32_t without(std::uint32_t node, const Key& key);

  std::vector<Node> nodes_;
  std::vector<std::uint32_t> free_;
  std::uint32_t root_ = kNone;
};

}  // namespace gigawatt::scheduling
