#pragma once
/// A fabric as flows see it: endpoints, directed links with capacity and latency, and ways between endpoints.
///
/// Ways are computed from the arithmetic of a topology, never stored: a fat-tree of a million endpoints is a few
/// hundred bytes. Link ids are 64-bit numbers below `links()`; who simulates gives dense numbers to the few it meets.
///
/// Three kinds of way exist. *Single*: one fixed way for each pair (by destination, as InfiniBand's tables or
/// SimGrid's zones). *Hashed*: one of the shortest ways, chosen by a hash, as ECMP does. *Spread*: all shortest ways
/// at once in equal parts, as packet spraying does; where equal parts over parallel links make them one, that bundle
/// is one link with the summed capacity, so that spreading costs no more than a single way.
///
/// Units: byte/s, seconds. Implementations are immutable.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gigawatt::topology {

struct FabricLink {
  double capacity = 0;
  double latency_s = 0;
  bool fat_pipe = false;    ///< every flow may use all of it
  int tier = 0;             ///< distance from the endpoints, for pictures and sums
  std::int64_t cables = 1;  ///< physical links that it stands for
};

struct FabricHop {
  std::int64_t link = 0;
  double weight = 1;
};

struct PathChoice {
  enum class Kind : std::uint8_t { kSingle, kHashed, kSpread };
  Kind kind = Kind::kSingle;
  std::uint64_t hash = 0;  ///< of kHashed
};

class Fabric {
 public:
  virtual ~Fabric() = default;

  virtual std::int64_t endpoints() const = 0;
  virtual std::int64_t links() const = 0;
  virtual FabricLink link(std::int64_t id) const = 0;
  virtual std::string link_name(std::int64_t id) const = 0;
  virtual std::string endpoint_name(std::int64_t id) const { return std::to_string(id); }
  /// By the number, or by a name where endpoints have names.
  virtual std::optional<std::int64_t> endpoint(std::string_view name) const;
  /// Appends the hops from `src` to `dst`; a link appears once. False: there is no way.
  virtual bool route(std::int64_t src, std::int64_t dst, PathChoice choice,
                     std::vector<FabricHop>& out) const = 0;
  /// Number of shortest ways between two endpoints, at most 2^40.
  virtual std::int64_t ways(std::int64_t src, std::int64_t dst) const = 0;
  /// The link of the same cable in the other direction; itself where both directions share it.
  virtual std::int64_t opposite(std::int64_t link) const = 0;
  /// The bundle of links that spread ways take where they could take this cable; the link itself where there is none.
  virtual std::int64_t bundle_of(std::int64_t link) const { return link; }
  /// Switches, numbered from 0; an endpoint that forwards is none.
  virtual std::int64_t switches() const { return 0; }
  /// What a link joins, from and to: an endpoint's number, or `endpoints()` and a switch's; of a bundle nothing (-1).
  virtual std::pair<std::int64_t, std::int64_t> ends(std::int64_t /*link*/) const { return {-1, -1}; }
  /// The fabric in a line.
  virtual std::string describe() const = 0;
};

/// A hash of the numbers of a flow and a place in the fabric; equal on every machine.
std::uint64_t path_hash(std::uint64_t flow, std::uint64_t place);

}  // namespace gigawatt::topology
