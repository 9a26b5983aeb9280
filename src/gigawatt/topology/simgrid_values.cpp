#include "gigawatt/topology/simgrid_values.h"

#include <charconv>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "gigawatt/topology/dragonfly_fabric.h"
#include "gigawatt/topology/limits.h"
#include "gigawatt/topology/torus_fabric.h"
#include "gigawatt/topology/tree_fabric.h"

namespace gigawatt::topology {
namespace {

struct Scale {
  std::string_view unit;
  double factor;
};

/// A number and what follows it.
std::optional<double> next_number(std::string_view text, std::string_view& rest) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !std::isfinite(value)) return std::nullopt;
  rest = text.substr(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto at = text.find(by);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::optional<std::int64_t> whole(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size() || n < 0 || n > kMostHosts)
    return std::nullopt;
  return n;
}

std::optional<std::vector<std::int64_t>> number_list(std::string_view text) {
  std::vector<std::int64_t> out;
  for (const auto part : split(text, ',')) {
    const auto n = whole(part);
    if (!n || *n < 1) return std::nullopt;
    out.push_back(*n);
  }
  return out;
}

using Made = tl::expected<std::shared_ptr<const Fabric>, base::Diagnostic>;

Made wrong_value(std::string message, std::string hint) {
  return tl::unexpected(base::error("bad-topology", std::move(message), std::move(hint)));
}

Made mismatch(std::int64_t made, std::int64_t hosts) {
  return wrong_value(fmt::format("topo_parameters make {} hosts, radical names {}", made, hosts),
                     "the two must agree");
}

Made simgrid_fat_tree(std::string_view text, std::int64_t hosts, double capacity, double latency_s,
                      SharingPolicy policy) {
  static const std::string kHint =
      "as in \"2;4,4;1,2;1,2\": levels; children; parents; cables, lowest level first";
  const auto parts = split(text, ';');
  const auto levels = whole(parts[0]);
  if (parts.size() != 4 || !levels || *levels < 1 || *levels > 16)
    return wrong_value(fmt::format("topo_parameters: '{}' does not describe a fat-tree", text), kHint);
  const auto children = number_list(parts[1]), parents = number_list(parts[2]),
             cables = number_list(parts[3]);
  const auto n = static_cast<std::size_t>(*levels);
  if (!children || !parents || !cables || children->size() != n || parents->size() != n ||
      cables->size() != n)
    return wrong_value(
        fmt::format("topo_parameters: {} levels need as many children, parents and cables", *levels), kHint);
  std::vector<Tier> tiers;
  double made = 1, width = 1;
  for (std::size_t i = 0; i < n; ++i) {
    Tier t;
    t.children = (*children)[i];
    t.parents = (*parents)[i];
    t.cables = (*cables)[i];
    t.capacity = capacity;
    t.latency_s = latency_s;
    t.shared = policy != SharingPolicy::kSplitDuplex;
    tiers.push_back(t);
    made *= static_cast<double>(t.children);
    width *= static_cast<double>(t.parents * t.cables);
  }
  if (made > kMostHosts || width * made > 1e15)
    return wrong_value("topo_parameters describe too large a fat-tree", kHint);
  auto fabric = std::make_shared<TreeFabric>(std::move(tiers));
  if (fabric->endpoints() != hosts) return mismatch(fabric->endpoints(), hosts);
  return fabric;
}

Made simgrid_dragonfly(std::string_view text, std::int64_t hosts, double capacity, double latency_s,
                       SharingPolicy policy) {
  static const std::string kHint =
      "as in \"3,4;3,2;3,1;2\": groups,cables; chassis,cables; blades,cables; nodes";
  const auto parts = split(text, ';');
  std::vector<std::vector<std::int64_t>> n;
  for (const auto part : parts)
    if (auto list = number_list(part)) n.push_back(*std::move(list));
  if (n.size() != 4 || n[0].size() != 2 || n[1].size() != 2 || n[2].size() != 2 || n[3].size() != 1)
    return wrong_value(fmt::format("topo_parameters: '{}' does not describe a dragonfly", text), kHint);
  DragonflyFabric::Shape s{n[0][0], n[1][0], n[2][0],  n[3][0],   n[0][1],
                           n[1][1], n[2][1], capacity, latency_s, policy != SharingPolicy::kSplitDuplex,
                           false,   true};
  const double made = static_cast<double>(s.groups) * static_cast<double>(s.chassis) *
                      static_cast<double>(s.blades) * static_cast<double>(s.nodes);
  if (made != static_cast<double>(hosts))
    return mismatch(static_cast<std::int64_t>(std::min(made, 1e15)), hosts);
  if (s.groups > s.blades)
    return wrong_value(
        fmt::format("{} groups need as many blades in a chassis, there are {}", s.groups, s.blades), kHint);
  return std::make_shared<DragonflyFabric>(s);
}

}  // namespace

std::optional<double> simgrid_bandwidth(std::string_view text) {
  static constexpr Scale kScales[] = {
      {"", 1},           {"Bps", 1},        {"kBps", 1e3},     {"MBps", 1e6},     {"GBps", 1e9},
      {"TBps", 1e12},    {"KiBps", 0x1p10}, {"kiBps", 0x1p10}, {"MiBps", 0x1p20}, {"GiBps", 0x1p30},
      {"TiBps", 0x1p40}, {"bps", 0.125},    {"kbps", 125},     {"Mbps", 125e3},   {"Gbps", 125e6},
      {"Tbps", 125e9},   {"Kibps", 128},    {"kibps", 128},    {"Mibps", 0x1p17}, {"Gibps", 0x1p27},
      {"Tibps", 0x1p37}};
  std::string_view unit;
  const auto value = next_number(text, unit);
  if (!value) return std::nullopt;
  for (const auto& s : kScales)
    if (s.unit == unit) return *value * s.factor;
  return std::nullopt;
}

std::optional<double> simgrid_time(std::string_view text) {
  static constexpr Scale kScales[] = {{"", 1},       {"s", 1},  {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9},
                                      {"ps", 1e-12}, {"m", 60}, {"h", 3600},  {"d", 86400}, {"w", 604800}};
  std::string_view unit;
  const auto value = next_number(text, unit);
  if (!value) return std::nullopt;
  for (const auto& s : kScales)
    if (s.unit == unit) return *value * s.factor;
  return std::nullopt;
}

std::optional<SharingPolicy> simgrid_policy(std::string_view text) {
  if (text == "SHARED") return SharingPolicy::kShared;
  if (text == "SPLITDUPLEX" || text == "FULLDUPLEX") return SharingPolicy::kSplitDuplex;
  if (text == "FATPIPE") return SharingPolicy::kFatPipe;
  return std::nullopt;
}

tl::expected<std::vector<std::int64_t>, std::string> simgrid_radical(std::string_view text) {
  std::vector<std::int64_t> out;
  for (const auto part : split(text, ',')) {
    const auto dash = part.find('-');
    const auto first = whole(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : whole(part.substr(dash + 1));
    if (!first || !last || *last < *first)
      return tl::unexpected(fmt::format("'{}' is no range of numbers", part));
    if (static_cast<std::int64_t>(out.size()) + *last - *first > kMostHosts)
      return tl::unexpected(fmt::format("more than {} hosts", kMostHosts));
    for (auto n = *first; n <= *last; ++n) out.push_back(n);
  }
  return out;
}

Made simgrid_cluster(std::string_view topology, std::string_view parameters, std::int64_t hosts,
                     double capacity, double latency_s, SharingPolicy policy) {
  if (topology == "FAT_TREE") return simgrid_fat_tree(parameters, hosts, capacity, latency_s, policy);
  if (topology == "DRAGONFLY") return simgrid_dragonfly(parameters, hosts, capacity, latency_s, policy);
  if (topology != "TORUS")
    return wrong_value(fmt::format("topology '{}' is not read here", topology),
                       "FLAT, FAT_TREE, TORUS or DRAGONFLY");
  const auto sizes = number_list(parameters);
  if (!sizes || sizes->size() > 8)
    return wrong_value(fmt::format("topo_parameters: '{}' does not describe a torus", parameters),
                       "as in \"4,4,2\"");
  double made = 1;
  for (const auto s : *sizes) made *= static_cast<double>(s);
  if (made != static_cast<double>(hosts))
    return mismatch(static_cast<std::int64_t>(std::min(made, 1e15)), hosts);
  return std::make_shared<TorusFabric>(
      *sizes, TorusFabric::Cable{capacity, latency_s, policy != SharingPolicy::kSplitDuplex, false});
}

}  // namespace gigawatt::topology
