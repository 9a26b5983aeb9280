#pragma once
/// A cluster: scale-up domains (NVLink, xGMI, ICI switches) whose accelerators each have a network card on a tree of
/// switches, perhaps on several planes, perhaps by rails.
///
/// Endpoints e of one domain (e / domain equal) reach each other over the domain's switch: a link out of the one, a link
/// into the other. All others go over the tree. *Rails*: card r of each of the domains under a leaf group sits on leaf r,
/// so that the tree's first tier joins cards of the same number; a flow to another rail first goes to the card of that
/// rail within its own domain, as NCCL's PXN does. *Planes*: the whole tree exists several times, and each card has a
/// port on every plane (Alibaba HPN); spread flows use all, others one.

#include "gigawatt/topology/tree_fabric.h"

namespace gigawatt::topology {

class ClusterFabric final : public Fabric {
 public:
  struct Domain {
    std::int64_t size = 1;
    double capacity = 0;  ///< byte/s of an accelerator in each direction
    double latency_s = 0;
  };
  /// With rails, tier 0 joins `children` domains' cards of one number, and tier 1's children are a multiple of the
  /// domain's size.
  ClusterFabric(std::vector<Tier> tiers, Domain domain, bool rails, std::int64_t planes);

  const TreeFabric& tree() const { return tree_; }
  std::int64_t domain_size() const { return domain_.size; }

  std::int64_t endpoints() const override { return tree_.endpoints(); }
  std::int64_t links() const override { return planes_ * tree_.links() + 2 * endpoints(); }
  FabricLink link(std::int64_t id) const override;
  std::string link_name(std::int64_t id) const override;
  bool route(std::int64_t src, std::int64_t dst, PathChoice choice,
             std::vector<FabricHop>& out) const override;
  std::int64_t ways(std::int64_t src, std::int64_t dst) const override;
  std::int64_t opposite(std::int64_t link) const override;
  std::int64_t bundle_of(std::int64_t link) const override;
  std::string describe() const override;

 private:
  std::int64_t position(std::int64_t endpoint) const;  ///< in the tree
  std::int64_t out_of(std::int64_t endpoint) const { return planes_ * tree_.links() + 2 * endpoint; }

  TreeFabric tree_;
  Domain domain_;
  bool rails_;
  std::int64_t planes_;
};

}  // namespace gigawatt::topology
