#include "gigawatt/topology/torus_fabric.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gigawatt::topology {

TorusFabric::TorusFabric(std::vector<std::int64_t> sizes, Cable cable)
    : sizes_(std::move(sizes)), cable_(cable) {
  product_ = {1};
  for (const auto s : sizes_) product_.push_back(product_.back() * s);
}

FabricLink TorusFabric::link(std::int64_t id) const {
  return {cable_.capacity, cable_.latency_s, cable_.fat_pipe, static_cast<int>(id / 2 % dimensions()), 1};
}

std::int64_t TorusFabric::next(std::int64_t e, std::size_t d, bool up) const {
  const std::int64_t c = coordinate(e, d);
  const std::int64_t to = up ? (c + 1 == sizes_[d] ? 0 : c + 1) : (c == 0 ? sizes_[d] - 1 : c - 1);
  return e + (to - c) * product_[d];
}

std::string TorusFabric::link_name(std::int64_t id) const {
  const std::int64_t e = id / 2 / dimensions();
  const auto d = static_cast<std::size_t>(id / 2 % dimensions());
  const auto above = next(e, d, true);
  if (cable_.shared) return fmt::format("{} with {} (dimension {})", e, above, d);
  return id % 2 == 0 ? fmt::format("{} to {} (dimension {})", e, above, d)
                     : fmt::format("{} to {} (dimension {})", above, e, d);
}

std::pair<std::int64_t, std::int64_t> TorusFabric::ends(std::int64_t id) const {
  const std::int64_t e = id / 2 / dimensions();
  const auto above = next(e, static_cast<std::size_t>(id / 2 % dimensions()), true);
  return id % 2 == 0 ? std::pair{e, above} : std::pair{above, e};
}

std::int64_t TorusFabric::distance(std::int64_t src, std::int64_t dst, std::size_t d, bool& up,
                                   bool& tie) const {
  const std::int64_t from = coordinate(src, d), to = coordinate(dst, d), n = sizes_[d], half = n / 2;
  up = (to > from && to <= from + half) || (from > half && (from + half) % n >= to);
  const std::int64_t ahead = (to - from + n) % n;
  tie = 2 * ahead == n;
  return up ? ahead : n - ahead;
}

void TorusFabric::walk(std::int64_t& at, std::int64_t steps, std::size_t d, bool up, double weight,
                       std::vector<FabricHop>& out) const {
  for (std::int64_t i = 0; i < steps; ++i) {
    const std::int64_t to = next(at, d, up);
    // A cable belongs to the endpoint that it leads up from; its second direction leads down to that.
    const std::int64_t owner = up ? at : to;
    out.push_back(
        {2 * (owner * dimensions() + static_cast<std::int64_t>(d)) + (up || cable_.shared ? 0 : 1), weight});
    at = to;
  }
}

bool TorusFabric::route(std::int64_t src, std::int64_t dst, PathChoice choice,
                        std::vector<FabricHop>& out) const {
  const std::size_t dims = sizes_.size();
  const auto first = out.size();
  const bool spread = choice.kind == PathChoice::Kind::kSpread;
  const std::size_t orders = spread ? dims : 1;
  const std::size_t shift = choice.kind == PathChoice::Kind::kHashed ? path_hash(choice.hash, 0) % dims : 0;
  for (std::size_t order = 0; order < orders; ++order) {
    const double weight = 1.0 / static_cast<double>(orders);
    std::int64_t at = src;
    for (std::size_t i = 0; i < dims; ++i) {
      const std::size_t d = (i + order + shift) % dims;
      if (coordinate(at, d) == coordinate(dst, d)) continue;
      bool up = false, tie = false;
      const std::int64_t steps = distance(src, dst, d, up, tie);
      if (tie && choice.kind == PathChoice::Kind::kHashed) up = path_hash(choice.hash, 1 + d) % 2 == 0;
      if (tie && spread) {
        std::int64_t other = at;
        walk(other, steps, d, !up, weight / 2, out);
      }
      walk(at, steps, d, up, tie && spread ? weight / 2 : weight, out);
    }
  }
  if (!spread) return true;
  std::sort(out.begin() + static_cast<std::ptrdiff_t>(first), out.end(),
            [](const FabricHop& a, const FabricHop& b) { return a.link < b.link; });
  auto kept = first;
  for (auto i = first; i < out.size(); ++i) {
    if (kept > first && out[kept - 1].link == out[i].link)
      out[kept - 1].weight += out[i].weight;
    else
      out[kept++] = out[i];
  }
  out.resize(kept);
  return true;
}

std::int64_t TorusFabric::ways(std::int64_t src, std::int64_t dst) const {
  std::int64_t n = 1, moved = 0;
  for (std::size_t d = 0; d < sizes_.size(); ++d) {
    bool up = false, tie = false;
    if (coordinate(src, d) == coordinate(dst, d)) continue;
    distance(src, dst, d, up, tie);
    ++moved;
    n *= tie ? 2 : 1;
  }
  return n * std::max<std::int64_t>(1, moved);
}

std::string TorusFabric::describe() const {
  return fmt::format("{} endpoints; torus of {}", endpoints(), fmt::join(sizes_, " x "));
}

}  // namespace gigawatt::topology
