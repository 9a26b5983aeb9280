#include "gigawatt/topology/fabric_text.h"

#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/topology/dragonfly_fabric.h"
#include "gigawatt/topology/limits.h"
#include "gigawatt/topology/torus_fabric.h"
#include "gigawatt/topology/tree_fabric.h"

namespace gigawatt::topology {
namespace {

using Made = tl::expected<std::shared_ptr<const Fabric>, base::Diagnostic>;

Made wrong(std::string message, std::string hint) {
  return tl::unexpected(base::error("bad-topology", std::move(message), std::move(hint)));
}

template <typename T>
std::optional<T> number(std::string_view text) {
  T n{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return n;
}

template <typename T>
std::optional<std::vector<T>> numbers(std::string_view text, char by) {
  std::vector<T> out;
  for (;;) {
    const auto at = text.find(by);
    const auto n = number<T>(text.substr(0, at));
    if (!n || !(*n >= 1) || static_cast<double>(*n) > kMostEndpoints || out.size() == 16) return std::nullopt;
    out.push_back(*n);
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at + 1);
  }
}

double product(const std::vector<std::int64_t>& list) {
  double p = 1;
  for (const auto n : list) p *= static_cast<double>(n);
  return p;
}

Made too_large(std::string_view text) {
  return wrong(
      fmt::format("'{}' is a fabric of more than {:.0f} million endpoints", text, kMostEndpoints / 1e6),
      "a smaller one");
}

Made tree(std::string_view text, std::vector<Tier> tiers) {
  double endpoints = 1, width = 1, links = 0;
  for (const Tier& t : tiers) endpoints *= static_cast<double>(t.children);
  double below = 1;
  for (const Tier& t : tiers) {
    links += 2 * endpoints / below * width * static_cast<double>(t.parents * t.cables);
    below *= static_cast<double>(t.children);
    width *= static_cast<double>(t.parents);
  }
  if (endpoints > kMostEndpoints || links > kMostLinks) return too_large(text);
  return std::make_shared<TreeFabric>(std::move(tiers));
}

Made fat_tree(std::string_view text, std::string_view rest, CableSpec c) {
  const auto k = number<std::int64_t>(rest);
  if (!k || *k < 2 || *k % 2 != 0 || *k > 2000)
    return wrong(fmt::format("'{}' is no fat-tree", text),
                 "fat-tree:K with an even number K of ports from 2 to 2000");
  const std::int64_t h = *k / 2;
  return tree(text, {{h, 1, 1, c.capacity, c.latency_s, false, false, "edge"},
                     {h, h, 1, c.capacity, c.latency_s, false, false, "aggregation"},
                     {*k, h, 1, c.capacity, c.latency_s, false, false, "core"}});
}

Made clos(std::string_view text, std::string_view rest, CableSpec c) {
  static const std::string kHint =
      "clos:AxB[xC]: endpoints a leaf, leaves a pod, pods; then :R, the oversubscription";
  const auto colon = rest.find(':');
  const auto sizes = numbers<std::int64_t>(rest.substr(0, colon), 'x');
  if (!sizes || sizes->size() < 2) return wrong(fmt::format("'{}' is no Clos network", text), kHint);
  std::vector<double> ratios(sizes->size() - 1, 1.0);
  if (colon != std::string_view::npos) {
    const auto given = numbers<double>(rest.substr(colon + 1), ',');
    if (!given || (given->size() != 1 && given->size() != ratios.size()))
      return wrong(fmt::format("'{}': an oversubscription is a number from 1 on, one or {} of them", text,
                               ratios.size()),
                   kHint);
    for (std::size_t i = 0; i < ratios.size(); ++i) ratios[i] = (*given)[given->size() == 1 ? 0 : i];
  }
  static constexpr std::string_view kNames[] = {"leaf", "spine", "core"};
  const auto name = [&](std::size_t t) {
    return t < 3 ? std::string(kNames[t]) : fmt::format("tier{}", t + 1);
  };
  std::vector<Tier> tiers = {{sizes->front(), 1, 1, c.capacity, c.latency_s, false, false, name(0)}};
  double ports = static_cast<double>(sizes->front());  // below one switch of the tier
  for (std::size_t t = 1; t < sizes->size(); ++t) {
    const double up = std::round(ports / ratios[t - 1]);
    if (up < 1)
      return wrong(
          fmt::format("'{}': a switch with {} ports below has no uplink at an oversubscription of {}", text,
                      ports, ratios[t - 1]),
          kHint);
    tiers.push_back(
        {(*sizes)[t], static_cast<std::int64_t>(up), 1, c.capacity, c.latency_s, false, false, name(t)});
    ports = static_cast<double>((*sizes)[t]);
  }
  return tree(text, std::move(tiers));
}

Made torus(std::string_view text, std::string_view rest, CableSpec c) {
  const auto sizes = numbers<std::int64_t>(rest, 'x');
  if (!sizes || sizes->size() > 8)
    return wrong(fmt::format("'{}' is no torus", text), "torus:AxBxC with at most 8 sizes from 1 on");
  if (product(*sizes) > kMostEndpoints) return too_large(text);
  return std::make_shared<TorusFabric>(*sizes, TorusFabric::Cable{c.capacity, c.latency_s});
}

Made dragonfly(std::string_view text, std::string_view rest, CableSpec c) {
  const auto n = numbers<std::int64_t>(rest, 'x');
  if (!n || n->size() != 4)
    return wrong(fmt::format("'{}' is no dragonfly", text),
                 "dragonfly:GxCxBxN: groups, chassis, blades, endpoints");
  if (product(*n) > kMostEndpoints) return too_large(text);
  if ((*n)[0] > (*n)[2])
    return wrong(
        fmt::format("'{}': {} groups need as many blades in a chassis, there are {}", text, (*n)[0], (*n)[2]),
        "a router holds one cable to another group");
  return std::make_shared<DragonflyFabric>(
      DragonflyFabric::Shape{(*n)[0], (*n)[1], (*n)[2], (*n)[3], 1, 1, 1, c.capacity, c.latency_s});
}

Made star(std::string_view text, std::string_view rest, CableSpec c) {
  const auto n = number<std::int64_t>(rest);
  if (!n || *n < 1 || static_cast<double>(*n) > kMostEndpoints)
    return wrong(fmt::format("'{}' is no star", text), "star:N with N endpoints");
  return tree(text, {{*n, 1, 1, c.capacity, c.latency_s, false, false, "switch"}});
}

struct Kind {
  std::string_view name;
  Made (*make)(std::string_view, std::string_view, CableSpec);
};
constexpr Kind kKinds[] = {
    {"fat-tree", fat_tree}, {"clos", clos}, {"torus", torus}, {"dragonfly", dragonfly}, {"star", star}};

}  // namespace

bool is_fabric_text(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  for (const auto& k : kKinds)
    if (k.name == text.substr(0, colon)) return true;
  return false;
}

Made parse_fabric(std::string_view text, CableSpec cable) {
  if (!(cable.capacity > 0) || !std::isfinite(cable.capacity))
    return wrong(fmt::format("a link's bandwidth must be above zero, not {}", cable.capacity),
                 "as in \"400 Gbit/s\"");
  if (!(cable.latency_s >= 0) || !std::isfinite(cable.latency_s))
    return wrong(fmt::format("a link's latency must not be negative, as {} is", cable.latency_s),
                 "as in \"1 us\"");
  const auto colon = text.find(':');
  for (const auto& k : kKinds)
    if (colon != std::string_view::npos && k.name == text.substr(0, colon))
      return k.make(text, text.substr(colon + 1), cable);
  std::vector<std::string> names;
  for (const auto& k : kKinds) names.emplace_back(k.name);
  auto hint = base::did_you_mean(text.substr(0, colon), names);
  if (hint.empty()) hint = "fat-tree:K, clos:AxB[:R], torus:AxBxC, dragonfly:GxCxBxN or star:N";
  return wrong(fmt::format("'{}' names no kind of fabric", text), hint);
}

}  // namespace gigawatt::topology
