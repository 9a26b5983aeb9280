#pragma once
/// A torus of any number of dimensions: an endpoint has a cable to the next one in each dimension, the last to the
/// first (ICI of TPU pods, and SimGrid's TORUS clusters).
///
/// Endpoint e has the coordinates e mod d_0, e / d_0 mod d_1, ... The single way goes through the dimensions in order,
/// on each the shorter way round; at the same length to the higher coordinates as SimGrid does. A hashed way takes the
/// dimensions in a hashed order and a tie by a coin; spreading takes the D rotations of the order in equal parts and
/// both directions of a tie.

#include "gigawatt/topology/fabric.h"

namespace gigawatt::topology {

class TorusFabric final : public Fabric {
 public:
  struct Cable {
    double capacity = 0;
    double latency_s = 0;
    bool shared = false;
    bool fat_pipe = false;
  };
  TorusFabric(std::vector<std::int64_t> sizes, Cable cable);

  const std::vector<std::int64_t>& sizes() const { return sizes_; }
  std::int64_t endpoints() const override { return product_.back(); }
  std::int64_t links() const override { return 2 * dimensions() * endpoints(); }
  FabricLink link(std::int64_t id) const override;
  std::string link_name(std::int64_t id) const override;
  bool route(std::int64_t src, std::int64_t dst, PathChoice choice,
             std::vector<FabricHop>& out) const override;
  std::int64_t ways(std::int64_t src, std::int64_t dst) const override;
  std::int64_t opposite(std::int64_t link) const override { return cable_.shared ? link : link ^ 1; }
  std::pair<std::int64_t, std::int64_t> ends(std::int64_t link) const override;
  std::string describe() const override;

 private:
  std::int64_t dimensions() const { return static_cast<std::int64_t>(sizes_.size()); }
  std::int64_t coordinate(std::int64_t e, std::size_t d) const { return e / product_[d] % sizes_[d]; }
  std::int64_t next(std::int64_t e, std::size_t d, bool up) const;
  /// Steps in dimension d; `up` and `tie` say which way round.
  std::int64_t distance(std::int64_t src, std::int64_t dst, std::size_t d, bool& up, bool& tie) const;
  void walk(std::int64_t& at, std::int64_t steps, std::size_t d, bool up, double weight,
            std::vector<FabricHop>& out) const;

  std::vector<std::int64_t> sizes_;
  std::vector<std::int64_t> product_;
  Cable cable_;
};

}  // namespace gigawatt::topology
