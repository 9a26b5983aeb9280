#pragma once
/// Picks one of many by integer weight in O(log n) (binary indexed tree; Fenwick 1994).

#include <cstdint>
#include <vector>

namespace gigawatt::fleet {

class WeightedPick {
 public:
  /// A new entry of weight 0; slots of released entries are used again.
  std::uint32_t add(std::uint32_t value) {
    if (!free_.empty()) {
      const std::uint32_t slot = free_.back();
      free_.pop_back();
      values_[slot] = value;
      return slot;
    }
    values_.push_back(value);
    weights_.push_back(0);
    // The new node of the tree sums the slots that its lowest bit covers.
    const std::size_t i = values_.size();
    std::int64_t sum = 0;
    for (std::size_t k = i - 1, end = i - (i & (~i + 1)); k > end; k -= k & (~k + 1)) sum += tree_[k - 1];
    tree_.push_back(sum);
    return static_cast<std::uint32_t>(i - 1);
  }

  void set(std::uint32_t slot, std::int64_t weight) {
    const std::int64_t delta = weight - weights_[slot];
    if (delta == 0) return;
    weights_[slot] = weight;
    total_ += delta;
    for (std::size_t i = slot + 1; i <= tree_.size(); i += i & (~i + 1)) tree_[i - 1] += delta;
  }

  void release(std::uint32_t slot) {
    set(slot, 0);
    free_.push_back(slot);
  }

  std::int64_t total() const { return total_; }

  /// The value whose weights, in the order of slots, cover `mark` in [0, total).
  std::uint32_t at(std::int64_t mark) const {
    std::size_t step = 1;
    while (step * 2 <= tree_.size()) step *= 2;
    std::size_t i = 0;
    for (; step > 0; step /= 2) {
      if (i + step > tree_.size() || tree_[i + step - 1] > mark) continue;
      i += step;
      mark -= tree_[i - 1];
    }
    return values_[i];
  }

 private:
  std::vector<std::uint32_t> values_;
  std::vector<std::int64_t> weights_;
  std::vector<std::int64_t> tree_;
  std::vector<std::uint32_t> free_;
  std::int64_t total_ = 0;
};

}  // namespace gigawatt::fleet
