#include "gigawatt/scheduling/capacity.h"

#include <algorithm>

#include "gigawatt/base/check.h"

namespace gigawatt::scheduling {

Capacity::Capacity(const std::vector<PlaceShape>& places) {
  for (const PlaceShape& shape : places) {
    GW_CHECK(shape.units >= 0, "a place of {} units", shape.units);
    Place& place = places_.emplace_back();
    place.total = place.free = shape.units;
    std::vector<std::int64_t> sizes = shape.levels;
    if (sizes.empty()) sizes.push_back(std::max<std::int64_t>(1, shape.units));
    for (std::size_t l = 0; l < sizes.size(); ++l) {
      GW_CHECK(sizes[l] > 0 && (l == 0 || sizes[l] % sizes[l - 1] == 0), "level {} of size {}", l, sizes[l]);
      Level level{.size = sizes[l], .blocks = sizes[l] / sizes[0], .free = {}};
      for (std::int64_t left = shape.units; left > 0; left -= sizes[l])
        level.free.push_back(std::min(left, sizes[l]));
      place.levels.push_back(std::move(level));
    }
  }
}

void Capacity::set(std::uint32_t place, std::int64_t total, std::int64_t free) {
  while (places_.size() <= place) places_.push_back({0, 0, {Level{.size = 1, .blocks = 1, .free = {0}}}});
  Place& p = places_[place];
  GW_CHECK(p.levels.size() == 1 && p.levels[0].free.size() == 1 && free >= 0 && free <= total,
           "place {}: {} of {} units free", place, free, total);
  p.total = total;
  p.free = free;
  p.levels[0].size = std::max<std::int64_t>(1, total);
  p.levels[0].free[0] = free;
}

std::int64_t Capacity::block_free(std::uint32_t place, std::uint32_t block) const {
  return places_[place].levels[0].free[block];
}

void Capacity::fill(const Level& blocks, std::size_t from, std::size_t to, std::int64_t units,
                    std::vector<Share>& shares) {
  std::vector<std::uint32_t> order;
  for (std::size_t b = from; b < to; ++b)
    if (blocks.free[b] > 0) order.push_back(static_cast<std::uint32_t>(b));
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return blocks.free[a] > blocks.free[b]; });
  for (const std::uint32_t b : order) {
    const std::int64_t taken = std::min(units, blocks.free[b]);
    shares.push_back({b, taken});
    units -= taken;
    if (units == 0) return;
  }
  GW_CHECK(units == 0, "{} units too many for their unit", units);
}

bool Capacity::find(std::uint32_t place, std::int64_t units, std::vector<Share>& shares) const {
  shares.clear();
  const Place& p = places_[place];
  if (units > p.free) return false;
  for (const Level& level : p.levels) {
    if (units > level.size) continue;
    std::size_t best = level.free.size();
    for (std::size_t u = 0; u < level.free.size(); ++u)
      if (level.free[u] >= units && (best == level.free.size() || level.free[u] < level.free[best])) best = u;
    if (best == level.free.size()) return false;
    const auto first = best * static_cast<std::size_t>(level.blocks);
    fill(p.levels[0], first,
         std::min(first + static_cast<std::size_t>(level.blocks), p.levels[0].free.size()), units, shares);
    return true;
  }
  // Larger than the largest unit: the emptiest of these one after the other.
  const Level& top = p.levels.back();
  std::vector<std::size_t> order(top.free.size());
  for (std::size_t u = 0; u < order.size(); ++u) order[u] = u;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return top.free[a] > top.free[b]; });
  for (const std::size_t u : order) {
    const std::int64_t taken = std::min(units, top.free[u]);
    const auto first = u * static_cast<std::size_t>(top.blocks);
    fill(p.levels[0], first, std::min(first + static_cast<std::size_t>(top.blocks), p.levels[0].free.size()),
         taken, shares);
    units -= taken;
    if (units == 0) break;
  }
  return true;
}

void Capacity::change(std::uint32_t place, const std::vector<Share>& shares, std::int64_t sign) {
  Place& p = places_[place];
  for (const Share& share : shares) {
    for (Level& level : p.levels)
      level.free[static_cast<std::size_t>(share.block / level.blocks)] += sign * share.units;
    p.free += sign * share.units;
    GW_CHECK(p.levels[0].free[share.block] >= 0 && p.levels[0].free[share.block] <= p.levels[0].size,
             "block {} has {} free units", share.block, p.levels[0].free[share.block]);
  }
}

void Capacity::limit(std::uint32_t place, const Capacity& other) {
  Place& p = places_[place];
  const Place& o = other.places_[place];
  for (std::uint32_t b = 0; b < p.levels[0].free.size(); ++b) {
    const std::int64_t excess = p.levels[0].free[b] - o.levels[0].free[b];
    if (excess > 0) change(place, {{b, excess}}, -1);
  }
}

}  // namespace gigawatt::scheduling
