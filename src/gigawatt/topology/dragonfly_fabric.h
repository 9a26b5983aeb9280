#pragma once
/// A dragonfly (Kim et al. 2008) as Cray built it and SimGrid's DRAGONFLY clusters have it: groups of chassis of blades,
/// a router on each blade, endpoints on each router.
///
/// Routers of a chassis are joined all to all (green), routers of the same blade number in a group likewise (black).
/// Groups i and j are joined by one cable (blue) between router j of group i's first chassis and router i of group j's,
/// so that there are at most as many groups as blades in a chassis. Ways are minimal: to the router that holds the blue
/// cable, over it, then green, then black. There is one minimal way for each pair, so hashing and spreading take it too.

#include "gigawatt/topology/fabric.h"

namespace gigawatt::topology {

class DragonflyFabric final : public Fabric {
 public:
  struct Shape {
    std::int64_t groups = 1, chassis = 1, blades = 1, nodes = 1;
    std::int64_t blue_cables = 1, black_cables = 1, green_cables = 1;
    double capacity = 0;
    double latency_s = 0;
    bool shared = false;
    bool fat_pipe = false;
    /// SimGrid 3.32 takes a way within a group for one from the first chassis once it went to another blade.
    bool forgets_chassis = false;
  };
  explicit DragonflyFabric(const Shape& shape) : s_(shape) {}

  std::int64_t endpoints() const override { return s_.groups * routers_per_group() * s_.nodes; }
  std::int64_t links() const override { return first_blue() + 2 * s_.groups * s_.groups; }
  FabricLink link(std::int64_t id) const override;
  std::string link_name(std::int64_t id) const override;
  bool route(std::int64_t src, std::int64_t dst, PathChoice choice,
             std::vector<FabricHop>& out) const override;
  std::int64_t ways(std::int64_t, std::int64_t) const override { return 1; }
  std::int64_t opposite(std::int64_t link) const override { return s_.shared ? link : link ^ 1; }
  std::int64_t switches() const override { return s_.groups * routers_per_group(); }
  std::pair<std::int64_t, std::int64_t> ends(std::int64_t link) const override;
  std::string describe() const override;

 private:
  std::int64_t routers_per_group() const { return s_.chassis * s_.blades; }
  std::int64_t routers() const { return s_.groups * routers_per_group(); }
  std::int64_t first_green() const { return 2 * endpoints(); }
  std::int64_t first_black() const {
    return first_green() + 2 * s_.groups * s_.chassis * s_.blades * s_.blades;
  }
  std::int64_t first_blue() const {
    return first_black() + 2 * s_.groups * s_.blades * s_.chassis * s_.chassis;
  }
  /// The directed link from a to b of a set of all-to-all cables of `n` ends; the cable belongs to the lower end.
  std::int64_t between(std::int64_t first, std::int64_t set, std::int64_t n, std::int64_t a,
                       std::int64_t b) const;

  Shape s_;
};

}  // namespace gigawatt::topology
