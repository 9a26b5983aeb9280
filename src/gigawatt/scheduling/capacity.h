#pragma once
/// Free capacity of places, in units of the caller's (GPUs or nodes), with the topology inside a place.
///
/// A place (a cluster, a pool of one site) is a tree: blocks (a scale-up domain, a pod) in larger units (a pod, a
/// building, a site). A gang belongs into the smallest unit that could hold it when empty: a job of 8 GPUs into one
/// domain of 72, one of 1,000 into one building, and it waits when no such unit has room, however much is free
/// elsewhere. Among the units with room the fullest is taken (best fit), so that large holes stay for large gangs;
/// inside it the emptiest blocks first, so that a gang spans as few as it can. A gang larger than the largest unit
/// goes anywhere, the emptiest units first. A place without a topology is one block.
///
/// A Capacity is a value: policies copy it to try things.

#include <cstdint>
#include <vector>

namespace gigawatt::scheduling {

/// Units of one block that a job holds.
struct Share {
  std::uint32_t block = 0;
  std::int64_t units = 0;

  friend bool operator==(const Share&, const Share&) = default;
};

struct PlaceShape {
  std::int64_t units = 0;  ///< in service
  /// Sizes of the nested units, ascending, each a multiple of the one before; empty: no topology. The last unit of a
  /// level may be smaller where the place is no multiple of it.
  std::vector<std::int64_t> levels;
};

class Capacity {
 public:
  Capacity() = default;
  /// All free.
  explicit Capacity(const std::vector<PlaceShape>& places);

  /// A place without a topology has other numbers now; places in between come into being, empty.
  void set(std::uint32_t place, std::int64_t total, std::int64_t free);

  std::size_t places() const { return places_.size(); }
  std::int64_t total(std::uint32_t place) const { return places_[place].total; }
  std::int64_t free(std::uint32_t place) const { return places_[place].free; }
  std::int64_t block_free(std::uint32_t place, std::uint32_t block) const;

  /// Shares for a gang as above; false when it does not fit. `units` > 0.
  bool find(std::uint32_t place, std::int64_t units, std::vector<Share>& shares) const;

  /// The same, in an empty place: false when it can never fit.
  bool ever_fits(std::uint32_t place, std::int64_t units) const { return units <= places_[place].total; }

  void take(std::uint32_t place, const std::vector<Share>& shares) { change(place, shares, -1); }
  void give(std::uint32_t place, const std::vector<Share>& shares) { change(place, shares, +1); }

  /// Block by block the smaller of the two, in one place; the other places are left as they are.
  void limit(std::uint32_t place, const Capacity& other);

 private:
  struct Level {
    std::int64_t size = 0;    // of a whole unit
    std::int64_t blocks = 1;  // in a whole unit
    std::vector<std::int64_t> free;
  };
  struct Place {
    std::int64_t total = 0;
    std::int64_t free = 0;
    std::vector<Level> levels;  // the first holds the blocks; always there
  };
  void change(std::uint32_t place, const std::vector<Share>& shares, std::int64_t sign);
  static void fill(const Level& blocks, std::size_t from, std::size_t to, std::int64_t units,
                   std::vector<Share>& shares);

  std::vector<Place> places_;
};

}  // namespace gigawatt::scheduling
