#pragma once
/// Sums by cause for the few causes that a job meets, in the order of the causes.

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace gigawatt::fleet {

template <typename T>
class Tally {
 public:
  /// Zero where nothing was added.
  T& operator[](std::uint32_t cause) {
    const auto at = std::lower_bound(entries_.begin(), entries_.end(), cause,
                                     [](const auto& entry, std::uint32_t c) { return entry.first < c; });
    if (at != entries_.end() && at->first == cause) return at->second;
    return entries_.insert(at, {cause, T{}})->second;
  }
  T total() const {
    T sum{};
    for (const auto& [cause, value] : entries_) sum += value;
    return sum;
  }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

 private:
  std::vector<std::pair<std::uint32_t, T>> entries_;
};

}  // namespace gigawatt::fleet
