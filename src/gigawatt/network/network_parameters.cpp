#include "gigawatt/network/network_parameters.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace gigawatt::network {
namespace {

struct LinkMember {
  std::string_view name;
  double LinkParameters::* member;
};
constexpr std::array<LinkMember, 6> kLinkMembers = {{
    {"base_s", &LinkParameters::base_s},
    {"latency_s", &LinkParameters::latency_s},
    {"efficiency", &LinkParameters::efficiency},
    {"ramp_bytes", &LinkParameters::ramp_bytes},
    {"exchange_base_s", &LinkParameters::exchange_base_s},
    {"exchange_efficiency", &LinkParameters::exchange_efficiency},
}};

struct FabricMember {
  std::string_view name;
  double NetworkParameters::* member;
};
constexpr std::array<FabricMember, 6> kFabricMembers = {{
    {"ramp_exponent", &NetworkParameters::ramp_exponent},
    {"copy_share", &NetworkParameters::copy_share},
    {"eager_bandwidth", &NetworkParameters::eager_bandwidth},
    {"in_network.efficiency", &NetworkParameters::in_network_efficiency},
    {"in_network.base_s", &NetworkParameters::in_network_base_s},
    {"scaleup.direct_links", &NetworkParameters::direct_links},
}};

constexpr std::size_t kLinks = kLinkMembers.size();
constexpr std::size_t kCount = 2 * kLinks + kFabricMembers.size();

LinkModel make_link(const LinkParameters& p, double bandwidth) {
  return {p.base_s,
          p.latency_s,
          bandwidth * p.efficiency,
          p.exchange_base_s,
          bandwidth * p.exchange_efficiency,
          p.ramp_bytes};
}

}  // namespace

std::span<const std::string> network_parameter_names() {
  static const std::array<std::string, kCount> names = [] {
    std::array<std::string, kCount> all;
    std::size_t at = 0;
    for (const auto* link : {"scaleup", "scaleout"})
      for (const auto& m : kLinkMembers) all[at++] = fmt::format("{}.{}", link, m.name);
    for (const auto& m : kFabricMembers) all[at++] = std::string(m.name);
    return all;
  }();
  return names;
}

double& network_parameter(NetworkParameters& p, std::size_t i) {
  if (i < kLinks) return p.scaleup.*kLinkMembers[i].member;
  if (i < 2 * kLinks) return p.scaleout.*kLinkMembers[i - kLinks].member;
  return p.*kFabricMembers.at(i - 2 * kLinks).member;
}

double network_parameter(const NetworkParameters& p, std::size_t i) {
  if (i < kLinks) return p.scaleup.*kLinkMembers[i].member;
  if (i < 2 * kLinks) return p.scaleout.*kLinkMembers[i - kLinks].member;
  return p.*kFabricMembers.at(i - 2 * kLinks).member;
}

tl::expected<NetworkParameters, base::Diagnostics> network_parameters(const catalog::FittedSet& set) {
  NetworkParameters p;
  base::Diagnostics problems;
  const auto names = network_parameter_names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (const auto* constant = set.find(names[i]))
      network_parameter(p, i) = constant->value;
    else
      problems.push_back(
          base::error("missing-parameter", fmt::format("calibration '{}' lacks '{}'", set.name, names[i])));
  }
  if (!problems.empty()) return tl::unexpected(problems);
  return p;
}

tl::expected<NetworkParameters, base::Diagnostics> load_network_parameters(
    const catalog::FittedLibrary& calibration, const catalog::Accelerator& accelerator) {
  const std::array<std::string, 3> candidates = {accelerator.name, accelerator.generation, "pooled"};
  return calibration.find("network", candidates).and_then([](const catalog::FittedSet& set) {
    return network_parameters(set);
  });
}

Fabric make_fabric(const topology::Cluster& cluster, const NetworkParameters& p) {
  Fabric f;
  f.domain_size = std::max<std::int64_t>(1, cluster.domain_size);
  f.scaleup = make_link(p.scaleup, cluster.scaleup_bandwidth);
  f.scaleout = make_link(p.scaleout, cluster.scaleout_bandwidth);
  f.ramp_exponent = p.ramp_exponent;
  f.copy_share = p.copy_share;
  f.eager_bandwidth = p.eager_bandwidth;
  f.in_network_bandwidth = cluster.scaleup_bandwidth * p.in_network_efficiency;
  f.in_network_base_s = p.in_network_base_s;
  f.direct_links = cluster.scaleup_direct_links > 0 ? cluster.scaleup_direct_links : p.direct_links;
  f.pod_size = cluster.pod_size;
  f.pod_oversubscription = std::max(1.0, cluster.pod_oversubscription);
  return f;
}

}  // namespace gigawatt::network
