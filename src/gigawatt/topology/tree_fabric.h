#pragma once
/// Trees of switches in tiers: star, leaf and spine, k-ary fat-tree, oversubscribed Clos, halls, buildings and sites
/// (extended generalized fat-trees, XGFT: Oehring et al. 1995).
///
/// Tier t joins nodes of level t to switches of level t + 1. A switch of level t + 1 has `children` m_t nodes below
/// it, each of these has `parents` w_t such switches above it, by `cables` c_t links each way between the two. So
/// with M_t = m_0 ... m_{t-1} and W_t = w_0 ... w_{t-1} the endpoints of M_t consecutive numbers form a *group* of
/// level t that W_t switches serve alike, and the way from src to dst climbs to the first level whose group holds
/// both, choosing a parent on each tier, then descends in the same positions.
///
///   single    parent and cable on tier t are (dst / W_t) mod (w_t c_t), by destination ("d-mod-k"); down by src mod c_t
///   hashed    by a hash of the flow, anew on each tier
///   spread    all at once: the W_t w_t c_t up links of a group are one bundle, and so are its down links
///
/// A k-ary fat-tree of k-port switches (Al-Fares et al. 2008): children k/2, k/2, k; parents 1, k/2, k/2.
/// Oversubscription of a tier: m_t times what a child gets from below, over w_t c_t times the cable's capacity.

#include "gigawatt/topology/fabric.h"

namespace gigawatt::topology {

struct Tier {
  std::int64_t children = 1;
  std::int64_t parents = 1;
  std::int64_t cables = 1;
  double capacity = 0;   ///< byte/s of one cable in one direction
  double latency_s = 0;  ///< of one cable
  bool shared = false;   ///< both directions share the capacity (half duplex)
  bool fat_pipe = false;
  std::string name;  ///< of what it joins upwards: "leaf", "spine", "building"; may be empty
};

class TreeFabric final : public Fabric {
 public:
  explicit TreeFabric(std::vector<Tier> tiers);

  const std::vector<Tier>& tiers() const { return tiers_; }
  std::int64_t group_size(std::size_t level) const { return group_[level]; }

  std::int64_t endpoints() const override { return group_.back(); }
  std::int64_t links() const override { return first_.back() + first_bundle_.back(); }
  FabricLink link(std::int64_t id) const override;
  std::string link_name(std::int64_t id) const override;
  bool route(std::int64_t src, std::int64_t dst, PathChoice choice,
             std::vector<FabricHop>& out) const override;
  std::int64_t ways(std::int64_t src, std::int64_t dst) const override;
  std::int64_t opposite(std::int64_t link) const override;
  std::int64_t bundle_of(std::int64_t link) const override;
  std::int64_t switches() const override { return switches_below(tiers_.size() + 1); }
  std::pair<std::int64_t, std::int64_t> ends(std::int64_t link) const override;
  std::string describe() const override;

  /// The bundle of the up (or down) links of a group of a level.
  std::int64_t bundle(std::size_t tier, std::int64_t group, bool down) const {
    return first_.back() + first_bundle_[tier] + 2 * group + (down && !tiers_[tier].shared ? 1 : 0);
  }
  /// The least level whose group holds both.
  std::size_t meeting_level(std::int64_t src, std::int64_t dst) const;

 private:
  struct Place {
    std::size_t tier;
    std::int64_t group;  ///< of the lower node
    std::int64_t position, parent, cable;
    bool down;
    bool bundle;
  };
  Place place(std::int64_t id) const;
  /// Of the levels from 1 up to, but not including, `level`.
  std::int64_t switches_below(std::size_t level) const;
  std::int64_t cable_id(std::size_t tier, std::int64_t group, std::int64_t position, std::int64_t parent,
                        std::int64_t cable, bool down) const;

  std::vector<Tier> tiers_;
  std::vector<std::int64_t> group_;         ///< M_t
  std::vector<std::int64_t> width_;         ///< W_t
  std::vector<std::int64_t> first_;         ///< link id of tier t's first cable
  std::vector<std::int64_t> first_bundle_;  ///< the same for bundles, after all cables
};

}  // namespace gigawatt::topology
