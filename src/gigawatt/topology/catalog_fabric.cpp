#include "gigawatt/topology/catalog_fabric.h"

#include <cmath>

#include <fmt/format.h>

#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"
#include "gigawatt/topology/cluster_fabric.h"
#include "gigawatt/topology/limits.h"
#include "gigawatt/topology/torus_fabric.h"

namespace gigawatt::topology {
namespace {

std::int64_t count(const catalog::Sourced& s) { return s.value > 0 ? std::llround(s.value) : 1; }

class Maker {
 public:
  Maker(const catalog::Network& network, const CableOverride& changed) : n_(network), changed_(changed) {}

  MadeFabric make() {
    if (n_.torus_x.value > 0) return torus();
    if (n_.tiers.empty())
      return tl::unexpected(base::Diagnostics{
          base::error("no-tiers", fmt::format("network '{}' has no tiers to simulate", n_.name),
                      "see `gigawatt catalog show` for one that has")});
    std::vector<Tier> tiers;
    double endpoints = 1, links = 0, width = 1;
    for (const auto& t : n_.tiers) {
      tiers.push_back(tier(t));
      endpoints *= static_cast<double>(tiers.back().children);
    }
    double below = 1;
    for (const Tier& t : tiers) {
      links += 2 * endpoints / below * width * static_cast<double>(t.parents * t.cables);
      below *= static_cast<double>(t.children);
      width *= static_cast<double>(t.parents);
    }
    const std::int64_t domain = count(n_.domain_accelerators), planes = count(n_.planes);
    if (endpoints > kMostEndpoints || links * static_cast<double>(planes) > kMostLinks)
      wrong("too-large", fmt::format("{:.3g} endpoints and {:.3g} links", endpoints, links));
    if (domain > 1 && !(n_.scaleup_bandwidth.value > 0))
      wrong("no-capacity", "scaleup_bandwidth must be above zero");
    if (problems_.empty() && std::fmod(endpoints, static_cast<double>(domain)) != 0)
      wrong("counts", fmt::format("{} endpoints are no whole number of domains of {}", endpoints, domain));
    if (problems_.empty() && n_.rails && domain > 1 && (tiers.size() < 2 || tiers[1].children % domain != 0))
      wrong("counts", fmt::format("with rails the second tier joins a multiple of {} leaves", domain));
    if (!problems_.empty()) return tl::unexpected(problems_);
    if (domain == 1 && planes == 1) return std::make_shared<TreeFabric>(std::move(tiers));
    return std::make_shared<ClusterFabric>(
        std::move(tiers), ClusterFabric::Domain{domain, n_.scaleup_bandwidth.value, n_.scaleup_latency.value},
        n_.rails, planes);
  }

 private:
  void wrong(std::string code, std::string message) {
    problems_.push_back(base::error(std::move(code), fmt::format("network '{}': {}", n_.name, message)));
  }
  MadeFabric torus() {
    std::vector<std::int64_t> sizes;
    double endpoints = 1;
    for (const auto* side : {&n_.torus_x, &n_.torus_y, &n_.torus_z}) {
      if (side->value == 0) continue;
      if (std::round(side->value) != side->value)
        wrong("counts", fmt::format("a torus has no side of {}", side->value));
      sizes.push_back(count(*side));
      endpoints *= side->value;
    }
    if (endpoints > kMostEndpoints || sizes.size() > 8)
      wrong("too-large", fmt::format("{:.3g} endpoints", endpoints));
    if (sizes.size() == 3 && problems_.empty()) sizes = slice(sizes);
    const double capacity = changed_.capacity.value_or(n_.scaleup_bandwidth.value);
    if (!(capacity > 0))
      wrong("no-capacity", "scaleup_bandwidth, of a cable in each direction, must be above zero");
    if (!problems_.empty()) return tl::unexpected(problems_);
    return std::make_shared<TorusFabric>(
        sizes, TorusFabric::Cable{capacity, changed_.latency_s.value_or(n_.scaleup_latency.value)});
  }
  /// Sides of cubes' multiples for `changed_.slice` endpoints, the longest as short as can be, then the shortest as long;
  /// else the whole torus.
  std::vector<std::int64_t> slice(const std::vector<std::int64_t>& whole) const {
    const std::int64_t block = n_.torus_block.value > 0 ? count(n_.torus_block) : 0, n = changed_.slice;
    std::vector<std::int64_t> best = whole;
    if (block < 1 || n < 1 || n >= whole[0] * whole[1] * whole[2]) return best;
    bool found = false;
    for (std::int64_t x = block; x * x * x <= n; x += block)
      for (std::int64_t y = x; n % x == 0 && x * y * y <= n; y += block) {
        const std::int64_t z = n / x / y;
        if (x * y * z != n || z % block != 0 || (found && z > best.back())) continue;
        found = true;
        best = {x, y, z};
      }
    return best;
  }
  Tier tier(const catalog::NetworkTier& t) {
    Tier out;
    out.children = count(t.children);
    out.parents = count(t.parents);
    out.cables = count(t.cables);
    out.capacity = changed_.capacity.value_or(t.bandwidth.value);
    out.latency_s = changed_.latency_s.value_or(t.latency.value);
    out.name = t.name;
    for (const auto* s : {&t.children, &t.parents, &t.cables})
      if (s->value < 0 || s->value > kMostEndpoints || std::round(s->value) != s->value)
        wrong("counts", fmt::format("tier '{}': {} is no count", t.name, s->value));
    if (!(out.capacity > 0))
      wrong("no-capacity", fmt::format("tier '{}': its bandwidth must be above zero", t.name));
    return out;
  }

  const catalog::Network& n_;
  const CableOverride& changed_;
  base::Diagnostics problems_;
};

}  // namespace

MadeFabric fabric_of(const catalog::Network& network, const CableOverride& changed) {
  return Maker(network, changed).make();
}

MadeFabric catalog_fabric(const catalog::Catalog& catalog, const std::string& name,
                          const CableOverride& changed) {
  const auto network = catalog.network(name);
  if (!network)
    return tl::unexpected(
        base::Diagnostics{base::error("unknown-network", network.error().message(),
                                      "or a line such as fat-tree:8, clos:32x16:2, torus:4x4x4")});
  return fabric_of(**network, changed);
}

tl::expected<catalog::Network, base::Diagnostics> file_network(const std::string& text,
                                                               const std::string& name) {
  const auto root = config::parse_toml(std::make_shared<base::SourceText>(base::SourceText{name, text}));
  if (!root) return tl::unexpected(root.error());
  base::Diagnostics problems;
  catalog::Network network;
  config::Reader reader(*root, problems);
  reader.read(network);
  if (base::has_errors(problems)) return tl::unexpected(problems);
  return network;
}

MadeFabric file_fabric(const std::string& text, const std::string& name, const CableOverride& changed) {
  const auto network = file_network(text, name);
  if (!network) return tl::unexpected(network.error());
  return fabric_of(*network, changed);
}

const catalog::Network& generic_network(const catalog::Catalog& catalog, std::string_view kind) {
  const auto stands = [](const catalog::Network& n) {
    return n.tiers.empty() && n.torus_x.value == 0 && n.pod_accelerators.value == 0 &&
           n.switch_ports.value > 0;
  };
  for (const auto& n : catalog.networks())
    if (n.fabric == kind && stands(n)) return n;
  for (const auto& n : catalog.networks())
    if (stands(n)) return n;
  static const catalog::Network none;
  return none;
}

std::int64_t domain_size(const Fabric& fabric) {
  const auto* cluster = dynamic_cast<const ClusterFabric*>(&fabric);
  return cluster != nullptr ? cluster->domain_size() : 1;
}

double payload_share(const catalog::Catalog& catalog) {
  const auto network = catalog.network("full-bisection");
  return network && (*network)->payload_share.value > 0 ? (*network)->payload_share.value : 1;
}

}  // namespace gigawatt::topology
