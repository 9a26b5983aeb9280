#pragma once
/// Values by job number that only some jobs have at a time: storage follows how many have one, not how many jobs there
/// are. References hold until the next add().

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace gigawatt::fleet {

template <typename T>
class ByJob {
 public:
  /// None of `jobs` has a value.
  void reset(std::size_t jobs) {
    slots_.assign(jobs, kNone);
    values_.clear();
    free_.clear();
  }
  bool has(std::uint32_t job) const { return slots_[job] != kNone; }
  T& operator[](std::uint32_t job) { return values_[slots_[job]]; }
  const T& operator[](std::uint32_t job) const { return values_[slots_[job]]; }

  /// The job has none yet.
  T& add(std::uint32_t job, T value) {
    if (free_.empty()) {
      slots_[job] = static_cast<std::uint32_t>(values_.size());
      return values_.emplace_back(std::move(value));
    }
    slots_[job] = free_.back();
    free_.pop_back();
    return values_[slots_[job]] = std::move(value);
  }
  void remove(std::uint32_t job) {
    free_.push_back(slots_[job]);
    slots_[job] = kNone;
  }

 private:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> slots_;
  std::vector<T> values_;
  std::vector<std::uint32_t> free_;
};

}  // namespace gigawatt::fleet
