#include "gigawatt/topology/dragonfly_fabric.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace gigawatt::topology {

std::int64_t DragonflyFabric::between(std::int64_t first, std::int64_t set, std::int64_t n, std::int64_t a,
                                      std::int64_t b) const {
  const std::int64_t low = std::min(a, b), high = std::max(a, b);
  return first + 2 * ((set * n + low) * n + high) + (a > b && !s_.shared ? 1 : 0);
}

FabricLink DragonflyFabric::link(std::int64_t id) const {
  const auto [tier, cables] = id < first_green()   ? std::pair{0, std::int64_t{1}}
                              : id < first_black() ? std::pair{1, s_.green_cables}
                              : id < first_blue()  ? std::pair{2, s_.black_cables}
                                                   : std::pair{3, s_.blue_cables};
  return {s_.capacity * static_cast<double>(cables), s_.latency_s, s_.fat_pipe, tier, cables};
}

std::string DragonflyFabric::link_name(std::int64_t id) const {
  if (id < first_green()) return fmt::format("endpoint {} {} router", id / 2, id % 2 == 0 ? "to" : "from");
  const auto name = [&](const char* kind, std::int64_t first, std::int64_t n) {
    std::int64_t low = (id - first) / 2 / n % n, high = (id - first) / 2 % n;
    if (id % 2 == 1) std::swap(low, high);
    return fmt::format("{} {}: {} to {}", kind, (id - first) / 2 / n / n, low, high);
  };
  if (id < first_black()) return name("chassis", first_green(), s_.blades);
  if (id < first_blue()) return name("blades", first_black(), s_.chassis);
  return name("groups", first_blue(), s_.groups);
}

std::pair<std::int64_t, std::int64_t> DragonflyFabric::ends(std::int64_t id) const {
  const auto router = [&](std::int64_t group, std::int64_t chassis, std::int64_t blade) {
    return endpoints() + group * routers_per_group() + chassis * s_.blades + blade;
  };
  const auto directed = [&](std::int64_t from, std::int64_t to) {
    return id % 2 == 0 ? std::pair{from, to} : std::pair{to, from};
  };
  if (id < first_green()) return directed(id / 2, endpoints() + id / 2 / s_.nodes);
  const auto parted = [&](std::int64_t first, std::int64_t n) {
    const std::int64_t cable = (id - first) / 2;
    return std::array{cable / n / n, cable / n % n, cable % n};
  };
  if (id < first_black()) {
    const auto [set, low, high] = parted(first_green(), s_.blades);
    return directed(router(set / s_.chassis, set % s_.chassis, low),
                    router(set / s_.chassis, set % s_.chassis, high));
  }
  if (id < first_blue()) {
    const auto [set, low, high] = parted(first_black(), s_.chassis);
    return directed(router(set / s_.blades, low, set % s_.blades),
                    router(set / s_.blades, high, set % s_.blades));
  }
  const auto [set, low, high] = parted(first_blue(), s_.groups);
  return directed(router(low, 0, high), router(high, 0, low));
}

bool DragonflyFabric::route(std::int64_t src, std::int64_t dst, PathChoice,
                            std::vector<FabricHop>& out) const {
  struct At {
    std::int64_t group, chassis, blade;
  };
  const auto place = [&](std::int64_t e) {
    const std::int64_t router = e / s_.nodes;
    return At{router / routers_per_group(), router / s_.blades % s_.chassis, router % s_.blades};
  };
  const auto green = [&](At& at, std::int64_t blade) {
    out.push_back(
        {between(first_green(), at.group * s_.chassis + at.chassis, s_.blades, at.blade, blade), 1});
    at.blade = blade;
  };
  const auto black = [&](At& at, std::int64_t chassis) {
    out.push_back(
        {between(first_black(), at.group * s_.blades + at.blade, s_.chassis, at.chassis, chassis), 1});
    at.chassis = chassis;
  };
  At at = place(src);
  const At target = place(dst);
  out.push_back({2 * src, 1});
  if (at.group != target.group) {
    const std::int64_t home = at.group;
    if (at.blade != target.group) green(at, target.group);
    if (at.chassis != 0) black(at, 0);
    out.push_back({between(first_blue(), 0, s_.groups, home, target.group), 1});
    at = {target.group, 0, home};
  }
  if (at.blade != target.blade) {
    green(at, target.blade);
    if (s_.forgets_chassis) at.chassis = 0;
  }
  if (at.chassis != target.chassis) black(at, target.chassis);
  out.push_back({2 * dst + (s_.shared ? 0 : 1), 1});
  return true;
}

std::string DragonflyFabric::describe() const {
  return fmt::format("{} endpoints; dragonfly of {} groups, {} chassis, {} blades, {} endpoints a router",
                     endpoints(), s_.groups, s_.chassis, s_.blades, s_.nodes);
}

}  // namespace gigawatt::topology
