#include "gigawatt/topology/cluster_fabric.h"

#include <fmt/format.h>

namespace gigawatt::topology {

ClusterFabric::ClusterFabric(std::vector<Tier> tiers, Domain domain, bool rails, std::int64_t planes)
    : tree_(std::move(tiers)), domain_(domain), rails_(rails && domain.size > 1), planes_(planes) {}

std::int64_t ClusterFabric::position(std::int64_t e) const {
  if (!rails_) return e;
  const std::int64_t leaf = tree_.tiers().front().children, block = leaf * domain_.size;
  const std::int64_t within = e % block;
  return e - within + within % domain_.size * leaf + within / domain_.size;
}

bool ClusterFabric::route(std::int64_t src, std::int64_t dst, PathChoice choice,
                          std::vector<FabricHop>& out) const {
  if (domain_.size > 1 && src / domain_.size == dst / domain_.size) {
    out.push_back({out_of(src), 1});
    out.push_back({out_of(dst) + 1, 1});
    return true;
  }
  if (rails_ && src % domain_.size != dst % domain_.size) {
    const std::int64_t peer = src / domain_.size * domain_.size + dst % domain_.size;
    out.push_back({out_of(src), 1});
    out.push_back({out_of(peer) + 1, 1});
    src = peer;
  }
  const auto first = out.size();
  if (!tree_.route(position(src), position(dst), choice, out)) return false;
  if (planes_ == 1) return true;
  if (choice.kind != PathChoice::Kind::kSpread) {
    const auto plane =
        choice.kind == PathChoice::Kind::kHashed
            ? static_cast<std::int64_t>(path_hash(choice.hash, 200) % static_cast<std::uint64_t>(planes_))
            : dst % planes_;
    for (auto i = first; i < out.size(); ++i) out[i].link += plane * tree_.links();
    return true;
  }
  const auto last = out.size();
  for (std::int64_t plane = 1; plane < planes_; ++plane)
    for (auto i = first; i < last; ++i)
      out.push_back({out[i].link + plane * tree_.links(), 1 / static_cast<double>(planes_)});
  for (auto i = first; i < last; ++i) out[i].weight = 1 / static_cast<double>(planes_);
  return true;
}

FabricLink ClusterFabric::link(std::int64_t id) const {
  if (id >= planes_ * tree_.links()) return {domain_.capacity, domain_.latency_s / 2, false, 0, 1};
  FabricLink l = tree_.link(id % tree_.links());
  ++l.tier;  // tier 0 is the domain
  return l;
}

std::string ClusterFabric::link_name(std::int64_t id) const {
  const std::int64_t trees = planes_ * tree_.links();
  if (id >= trees)
    return fmt::format("accelerator {} {} domain {}", (id - trees) / 2, (id - trees) % 2 == 0 ? "to" : "from",
                       (id - trees) / 2 / domain_.size);
  const auto name = tree_.link_name(id % tree_.links());
  return planes_ == 1 ? name : fmt::format("plane {}: {}", id / tree_.links(), name);
}

std::int64_t ClusterFabric::opposite(std::int64_t id) const {
  const std::int64_t trees = planes_ * tree_.links();
  if (id >= trees) return trees + ((id - trees) ^ 1);
  return id / tree_.links() * tree_.links() + tree_.opposite(id % tree_.links());
}

std::int64_t ClusterFabric::bundle_of(std::int64_t id) const {
  if (id >= planes_ * tree_.links()) return id;
  return id / tree_.links() * tree_.links() + tree_.bundle_of(id % tree_.links());
}

std::int64_t ClusterFabric::ways(std::int64_t src, std::int64_t dst) const {
  if (domain_.size > 1 && src / domain_.size == dst / domain_.size) return 1;
  if (rails_) src = src / domain_.size * domain_.size + dst % domain_.size;
  return planes_ * tree_.ways(position(src), position(dst));
}

std::string ClusterFabric::describe() const {
  auto text = tree_.describe();
  if (domain_.size > 1)
    text += fmt::format("; scale-up domains of {}{}", domain_.size, rails_ ? ", by rails" : "");
  if (planes_ > 1) text += fmt::format("; {} planes", planes_);
  return text;
}

}  // namespace gigawatt::topology
