#pragma once
/// Values by job number that only some jobs have at a time: storage follows how many have one, not how many jobs there
/// are. References hold until the next add().

#include <bit>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace gigawatt::fleet {

/// Numbers below a bound in a table, the others, of which few are there at a time, by open addressing with linear
/// probing (Knuth 6.4, algorithms L and R: removal leaves no marks behind).
class SlotIndex {
 public:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  void reset(std::size_t dense) {
    dense_.assign(dense, kNone);
    sparse_.clear();
    used_ = 0;
  }
  std::uint32_t find(std::uint32_t number) const {
    if (number < dense_.size()) return dense_[number];
    if (sparse_.empty()) return kNone;
    for (std::size_t at = home(number);; at = next(at))
      if (sparse_[at].number == number || sparse_[at].number == kNone) return sparse_[at].slot;
  }
  void set(std::uint32_t number, std::uint32_t slot) {
    if (number < dense_.size()) {
      dense_[number] = slot;
      return;
    }
    if (2 * (used_ + 1) > sparse_.size()) grow();
    place({number, slot});
    ++used_;
  }
  void erase(std::uint32_t number) {
    if (number < dense_.size()) {
      dense_[number] = kNone;
      return;
    }
    std::size_t hole = home(number);
    while (sparse_[hole].number != number) hole = next(hole);
    for (std::size_t at = next(hole); sparse_[at].number != kNone; at = next(at)) {
      // Whoever is at home between the hole and its place must not move before its home.
      const std::size_t from = home(sparse_[at].number);
      const bool stays = hole <= at ? hole < from && from <= at : hole < from || from <= at;
      if (stays) continue;
      sparse_[hole] = sparse_[at];
      hole = at;
    }
    sparse_[hole] = {};
    --used_;
  }
  /// The numbers beyond the bound, in no order.
  template <typename Use>
  void for_each_sparse(Use use) const {
    for (const Entry& entry : sparse_)
      if (entry.number != kNone) use(entry.number);
  }

 private:
  struct Entry {
    std::uint32_t number = kNone, slot = kNone;
  };
  std::size_t home(std::uint32_t number) const {
    return static_cast<std::size_t>((number * std::uint64_t{0x9E3779B97F4A7C15}) >> shift_);
  }
  std::size_t next(std::size_t at) const { return (at + 1) & (sparse_.size() - 1); }
  void place(Entry entry) {
    std::size_t at = home(entry.number);
    while (sparse_[at].number != kNone) at = next(at);
    sparse_[at] = entry;
  }
  void grow() {
    constexpr std::size_t kSmallest = 64;
    const std::vector<Entry> before =
        std::exchange(sparse_, std::vector<Entry>(sparse_.empty() ? kSmallest : 2 * sparse_.size()));
    shift_ = 64 - std::countr_zero(sparse_.size());
    for (const Entry& entry : before)
      if (entry.number != kNone) place(entry);
  }

  std::vector<std::uint32_t> dense_;
  std::vector<Entry> sparse_;
  std::size_t used_ = 0;
  int shift_ = 0;
};

template <typename T>
class ByJob {
 public:
  /// None has a value. Numbers below `dense` are the quickest to find.
  void reset(std::size_t dense) {
    index_.reset(dense);
    values_.clear();
    free_.clear();
  }
  bool has(std::uint32_t job) const { return index_.find(job) != SlotIndex::kNone; }
  std::size_t size() const { return values_.size() - free_.size(); }
  T& operator[](std::uint32_t job) { return values_[index_.find(job)]; }
  const T& operator[](std::uint32_t job) const { return values_[index_.find(job)]; }
  /// Null: it has none.
  const T* find(std::uint32_t job) const {
    const std::uint32_t slot = index_.find(job);
    return slot == SlotIndex::kNone ? nullptr : &values_[slot];
  }
  /// Numbers at or beyond the bound of reset() that have a value, in no order.
  template <typename Use>
  void for_each_sparse(Use use) const {
    index_.for_each_sparse(use);
  }

  /// The job has none yet.
  T& add(std::uint32_t job, T value) {
    if (free_.empty()) {
      index_.set(job, static_cast<std::uint32_t>(values_.size()));
      return values_.emplace_back(std::move(value));
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    index_.set(job, slot);
    return values_[slot] = std::move(value);
  }
  void remove(std::uint32_t job) {
    free_.push_back(index_.find(job));
    index_.erase(job);
  }

 private:
  SlotIndex index_;
  std::vector<T> values_;
  std::vector<std::uint32_t> free_;
};

}  // namespace gigawatt::fleet
