#include "gigawatt/topology/tree_fabric.h"

#include <algorithm>

#include <fmt/format.h>

#include "gigawatt/base/check.h"

namespace gigawatt::topology {
namespace {

constexpr std::int64_t kMostWays = std::int64_t{1} << 40;

}  // namespace

TreeFabric::TreeFabric(std::vector<Tier> tiers) : tiers_(std::move(tiers)) {
  group_ = {1};
  width_ = {1};
  for (const Tier& t : tiers_) {
    group_.push_back(group_.back() * t.children);
    width_.push_back(width_.back() * t.parents);
  }
  first_ = {0};
  first_bundle_ = {0};
  for (std::size_t t = 0; t < tiers_.size(); ++t) {
    const std::int64_t groups = endpoints() / group_[t];
    first_.push_back(first_.back() + 2 * groups * width_[t] * tiers_[t].parents * tiers_[t].cables);
    first_bundle_.push_back(first_bundle_.back() + 2 * groups);
  }
}

std::size_t TreeFabric::meeting_level(std::int64_t src, std::int64_t dst) const {
  std::size_t level = 0;
  while (src != dst) {
    src /= tiers_[level].children;
    dst /= tiers_[level].children;
    ++level;
  }
  return level;
}

std::int64_t TreeFabric::cable_id(std::size_t tier, std::int64_t group, std::int64_t position,
                                  std::int64_t parent, std::int64_t cable, bool down) const {
  const Tier& t = tiers_[tier];
  const std::int64_t node = group * width_[tier] + position;
  const std::int64_t edge = (node * t.parents + parent) * t.cables + cable;
  return first_[tier] + 2 * edge + (down && !t.shared ? 1 : 0);
}

bool TreeFabric::route(std::int64_t src, std::int64_t dst, PathChoice choice,
                       std::vector<FabricHop>& out) const {
  // To itself: by the first switch, as a network card does without a loop of its own.
  const std::size_t top = std::max<std::size_t>(1, meeting_level(src, dst));
  if (choice.kind == PathChoice::Kind::kSpread) {
    for (std::size_t t = 0; t < top; ++t) out.push_back({bundle(t, src / group_[t], false), 1});
    for (std::size_t t = top; t-- > 0;) out.push_back({bundle(t, dst / group_[t], true), 1});
    return true;
  }
  const bool hashed = choice.kind == PathChoice::Kind::kHashed;
  std::int64_t position = 0;
  for (std::size_t t = 0; t < top; ++t) {
    const Tier& tier = tiers_[t];
    const auto pick = [&](std::uint64_t of) {
      return static_cast<std::int64_t>(path_hash(choice.hash, t) % of);
    };
    const std::int64_t port = hashed ? pick(static_cast<std::uint64_t>(tier.parents * tier.cables))
                                     : dst / width_[t] % (tier.parents * tier.cables);
    const std::int64_t parent = port % tier.parents;
    out.push_back({cable_id(t, src / group_[t], position, parent, port / tier.parents, false), 1});
    position += parent * width_[t];
  }
  for (std::size_t t = top; t-- > 0;) {
    const Tier& tier = tiers_[t];
    const std::int64_t parent = position / width_[t];
    position %= width_[t];
    const std::int64_t cable = hashed ? static_cast<std::int64_t>(path_hash(choice.hash, 64 + t) %
                                                                  static_cast<std::uint64_t>(tier.cables))
                                      : src % tier.cables;
    out.push_back({cable_id(t, dst / group_[t], position, parent, cable, true), 1});
  }
  return true;
}

std::int64_t TreeFabric::ways(std::int64_t src, std::int64_t dst) const {
  const std::size_t top = meeting_level(src, dst);
  std::int64_t n = 1;
  for (std::size_t t = 0; t < top && n < kMostWays; ++t)
    n *= tiers_[t].parents * tiers_[t].cables * tiers_[t].cables;
  return std::min(n, kMostWays);
}

TreeFabric::Place TreeFabric::place(std::int64_t id) const {
  GW_CHECK(id >= 0 && id < links(), "link {} of {}", id, links());
  Place p{};
  p.bundle = id >= first_.back();
  const auto& first = p.bundle ? first_bundle_ : first_;
  if (p.bundle) id -= first_.back();
  p.tier = static_cast<std::size_t>(std::upper_bound(first.begin(), first.end(), id) - first.begin()) - 1;
  id -= first[p.tier];
  p.down = id % 2 == 1;
  id /= 2;
  if (p.bundle) {
    p.group = id;
    return p;
  }
  const Tier& t = tiers_[p.tier];
  p.cable = id % t.cables;
  id /= t.cables;
  p.parent = id % t.parents;
  id /= t.parents;
  p.position = id % width_[p.tier];
  p.group = id / width_[p.tier];
  return p;
}

FabricLink TreeFabric::link(std::int64_t id) const {
  const Place p = place(id);
  const Tier& t = tiers_[p.tier];
  const std::int64_t cables = p.bundle ? width_[p.tier] * t.parents * t.cables : 1;
  return {t.capacity * static_cast<double>(cables), t.latency_s, t.fat_pipe, static_cast<int>(p.tier),
          cables};
}

std::string TreeFabric::link_name(std::int64_t id) const {
  const Place p = place(id);
  const auto level = [&](std::size_t l) {
    if (l == 0) return std::string("endpoint");
    return tiers_[l - 1].name.empty() ? fmt::format("switch{}", l) : tiers_[l - 1].name;
  };
  const char* way = tiers_[p.tier].shared ? "to and from" : p.down ? "from" : "to";
  if (p.bundle) return fmt::format("{} {} {} {}", level(p.tier), p.group, way, level(p.tier + 1));
  const std::string node = p.tier == 0 ? std::to_string(p.group) : fmt::format("{}.{}", p.group, p.position);
  const std::int64_t group = p.group / tiers_[p.tier].children;
  const std::int64_t position = p.position + p.parent * width_[p.tier];
  std::string name =
      fmt::format("{} {} {} {} {}.{}", level(p.tier), node, way, level(p.tier + 1), group, position);
  if (tiers_[p.tier].cables > 1) name += fmt::format(" cable {}", p.cable);
  return name;
}

std::int64_t TreeFabric::opposite(std::int64_t id) const {
  const Place p = place(id);
  if (tiers_[p.tier].shared) return id;
  return p.down ? id - 1 : id + 1;
}

std::int64_t TreeFabric::switches_below(std::size_t level) const {
  std::int64_t n = 0;
  for (std::size_t l = 1; l < level; ++l) n += endpoints() / group_[l] * width_[l];
  return n;
}

std::pair<std::int64_t, std::int64_t> TreeFabric::ends(std::int64_t id) const {
  const Place p = place(id);
  if (p.bundle) return {-1, -1};
  const auto node = [&](std::size_t level, std::int64_t group, std::int64_t position) {
    return level == 0 ? group : endpoints() + switches_below(level) + group * width_[level] + position;
  };
  const std::int64_t lower = node(p.tier, p.group, p.position);
  const std::int64_t upper =
      node(p.tier + 1, p.group / tiers_[p.tier].children, p.position + p.parent * width_[p.tier]);
  return p.down ? std::pair{upper, lower} : std::pair{lower, upper};
}

std::int64_t TreeFabric::bundle_of(std::int64_t id) const {
  const Place p = place(id);
  return p.bundle ? id : bundle(p.tier, p.group, p.down);
}

std::string TreeFabric::describe() const {
  std::string text = fmt::format("{} endpoints", endpoints());
  for (std::size_t t = 0; t < tiers_.size(); ++t)
    text += fmt::format("; {} {} of {}", endpoints() / group_[t + 1] * width_[t + 1],
                        tiers_[t].name.empty() ? fmt::format("switches of level {}", t + 1) : tiers_[t].name,
                        tiers_[t].children);
  return text;
}

}  // namespace gigawatt::topology
