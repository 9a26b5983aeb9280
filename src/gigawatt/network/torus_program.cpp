#include "gigawatt/network/torus_program.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gigawatt::network {
namespace {

struct Axis {
  std::int64_t ranks = 1;   ///< k
  std::int64_t stride = 1;  ///< between neighbors
  bool closed = false;
  double load = 0;  ///< f: of the fullest link, of what there is on the axis
};

/// The axes on which the first `ranks` endpoints are more than one; empty where they are no block.
std::vector<Axis> block(const std::vector<std::int64_t>& sides, std::int64_t ranks, double rounds) {
  std::vector<Axis> axes;
  std::int64_t stride = 1, left = ranks;
  for (const std::int64_t side : sides) {
    const std::int64_t k = std::min(side, left);
    if (left % k != 0) return {};
    if (k > 1) {
      Axis a{k, stride, k == side, 0};
      const auto n = static_cast<double>(k);
      a.load = a.closed ? rounds * (n - 1) / (2 * n) : rounds > 1 ? 1 : (n - 1) / n;
      axes.push_back(a);
    }
    if (k < side && left > k) return {};
    left /= k;
    stride *= side;
  }
  return left == 1 ? axes : std::vector<Axis>{};
}

using Matrix = std::vector<std::vector<double>>;

/// Solves A x = b in place; false: singular.
bool eliminate(Matrix& a, std::vector<double>& b) {
  const std::size_t n = b.size();
  for (std::size_t c = 0; c < n; ++c) {
    std::size_t best = c;
    for (std::size_t r = c + 1; r < n; ++r)
      if (std::abs(a[r][c]) > std::abs(a[best][c])) best = r;
    if (std::abs(a[best][c]) < 1e-12) return false;
    std::swap(a[c], a[best]);
    std::swap(b[c], b[best]);
    for (std::size_t r = 0; r < n; ++r) {
      if (r == c) continue;
      const double factor = a[r][c] / a[c][c];
      for (std::size_t k = c; k < n; ++k) a[r][k] -= factor * a[c][k];
      b[r] -= factor * b[c];
    }
  }
  for (std::size_t c = 0; c < n; ++c) b[c] /= a[c][c];
  return true;
}

/// The weights of the columns of `load` (rows: axes) whose fullest row is least: the best vertex, as many columns in use
/// as rows are full.
std::vector<double> best_weights(const Matrix& load, std::size_t columns) {
  const std::size_t rows = load.size();
  std::vector<double> best;
  double least = flows::kUnbounded;
  for (std::uint32_t used = 1; used < (1U << columns); ++used)
    for (std::uint32_t full = 1; full < (1U << rows); ++full) {
      const auto k = static_cast<std::size_t>(std::popcount(used));
      if (k != static_cast<std::size_t>(std::popcount(full))) continue;
      Matrix a;
      std::vector<double> x(k + 1, 0);
      for (std::size_t r = 0; r < rows; ++r) {
        if ((full >> r & 1) == 0) continue;
        auto& row = a.emplace_back();
        for (std::size_t c = 0; c < columns; ++c)
          if ((used >> c & 1) != 0) row.push_back(load[r][c]);
        row.push_back(-1);
      }
      a.emplace_back(k, 1.0).push_back(0);
      x.back() = 1;
      if (!eliminate(a, x) || *std::min_element(x.begin(), x.end() - 1) < -1e-12) continue;
      std::vector<double> w(columns, 0);
      for (std::size_t c = 0, at = 0; c < columns; ++c)
        if ((used >> c & 1) != 0) w[c] = std::max(0.0, x[at++]);
      double most = 0;
      for (const auto& row : load)
        most = std::max(most, std::inner_product(row.begin(), row.end(), w.begin(), 0.0));
      if (most >= least * (1 - 1e-12)) continue;
      least = most;
      best = std::move(w);
    }
  return best;
}

/// What each axis has to reduce and gather, of a buffer of one.
std::vector<double> shares(const std::vector<Axis>& axes) {
  constexpr std::size_t kMostPermuted = 3;
  std::vector<std::size_t> order(axes.size());
  std::iota(order.begin(), order.end(), 0);
  std::vector<std::vector<std::size_t>> orders;
  if (axes.size() <= kMostPermuted) {
    do orders.push_back(order);
    while (std::next_permutation(order.begin(), order.end()));
  } else {
    for (std::size_t i = 0; i < axes.size(); ++i) {
      orders.push_back(order);
      std::rotate(order.begin(), order.begin() + 1, order.end());
    }
  }
  Matrix there(axes.size(), std::vector<double>(orders.size(), 0)), load = there;
  for (std::size_t p = 0; p < orders.size(); ++p) {
    double left = 1;
    for (const std::size_t a : orders[p]) {
      there[a][p] = left;
      load[a][p] = axes[a].load * left;
      left /= static_cast<double>(axes[a].ranks);
    }
  }
  const auto w = best_weights(load, orders.size());
  std::vector<double> out;
  for (const auto& row : there) out.push_back(std::inner_product(row.begin(), row.end(), w.begin(), 0.0));
  return out;
}

/// Part of what is on an axis that goes up, or down, from place i.
double part_up(const Axis& a, Collective c, double i) {
  const auto k = static_cast<double>(a.ranks);
  if (c == Collective::kAllReduce) return a.closed ? (k - 1) / k : 1;
  if (a.closed) return (k - 1) / (2 * k);
  return c == Collective::kAllGather ? (i + 1) / k : (k - 1 - i) / k;
}

void add_axis(FlowPhase& p, const ProgramRequest& r, const Axis& a, double bytes) {
  const auto last = static_cast<double>(a.ranks - 1);
  for (std::int64_t e = 0; e < r.ranks; ++e) {
    const std::int64_t i = e / a.stride % a.ranks;
    const std::int64_t above = i + 1 < a.ranks ? e + a.stride : e - i * a.stride;
    if (i + 1 == a.ranks && !a.closed) continue;
    const auto place = static_cast<double>(i);
    p.flows.push_back({e, above, bytes * part_up(a, r.collective, place), 0});
    // The way down from `above` sees the same, counted from the other end.
    p.flows.push_back({above, e, bytes * part_up(a, r.collective, a.closed ? place : last - 1 - place), 0});
  }
}

void add_broadcast(FlowPhase& p, const ProgramRequest& r, const std::vector<Axis>& axes) {
  double trees = 0;
  for (const Axis& a : axes) trees += a.closed && a.ranks > 2 ? 2 : 1;
  for (const Axis& a : axes)
    for (std::int64_t e = 0; e < r.ranks; ++e) {
      const std::int64_t i = e / a.stride % a.ranks;
      if (i + 1 == a.ranks && (!a.closed || a.ranks == 2)) continue;
      const std::int64_t above = i + 1 < a.ranks ? e + a.stride : e - i * a.stride;
      if (above != 0) p.flows.push_back({e, above, r.bytes / trees, 0});
      if (e != 0) p.flows.push_back({above, e, r.bytes / trees, 0});
    }
}

}  // namespace

std::optional<FlowPhase> torus_rings(const ProgramRequest& r) {
  if (r.torus.empty() || r.collective == Collective::kAllToAll || r.collective == Collective::kSendRecv)
    return std::nullopt;
  const double rounds = r.collective == Collective::kAllReduce ? 2 : 1;
  const auto axes = block(r.torus, r.ranks, rounds);
  if (axes.empty()) return std::nullopt;
  FlowPhase p;
  p.mean_hops = 0;
  std::vector<std::int64_t> sides;
  for (const Axis& a : axes) {
    sides.push_back(a.ranks);
    const auto k = static_cast<double>(a.ranks);
    p.waits.push_back({0, a.stride, rounds * (a.closed ? std::floor(k / 2) : k - 1)});
  }
  p.name = fmt::format("rings of {}, both ways", fmt::join(sides, " x "));
  if (r.collective == Collective::kBroadcast) {
    add_broadcast(p, r, axes);
    return p;
  }
  const auto there = shares(axes);
  for (std::size_t a = 0; a < axes.size(); ++a) add_axis(p, r, axes[a], r.bytes * there[a]);
  return p;
}

std::optional<FlowResult> torus_exchange(const topology::TorusFabric& fabric, double bytes_per_pair,
                                         const FlowOptions& options) {
  const std::int64_t n = fabric.endpoints();
  if (options.routing != Routing::kSpray || options.sharing.reverse_weight > 0 || n < 2 ||
      fabric.link(0).fat_pipe || fabric.opposite(0) == 0)
    return std::nullopt;
  const auto begin = std::chrono::steady_clock::now();
  const auto kinds = static_cast<std::int64_t>(2 * fabric.sizes().size());  // axis and direction
  flows::FlowSet set;
  auto cable = fabric.link(0);
  cable.capacity = reached_capacity(cable, options);
  for (std::int64_t k = 0; k < kinds; ++k) set.links.push_back({cable.capacity, false});
  std::vector<double> bytes_on(static_cast<std::size_t>(kinds), 0);
  std::vector<topology::FabricHop> way;
  double alone = 0;
  for (std::int64_t to = 1; to < n; ++to) {
    way.clear();
    fabric.route(0, to, {topology::PathChoice::Kind::kSpread, 0}, way);
    std::vector<double> weight(static_cast<std::size_t>(kinds), 0);
    flows::WaySums sums;
    sums.narrowest = cable.capacity;
    double fullest = 0;
    for (const auto& h : way) {
      weight[static_cast<std::size_t>(h.link % kinds)] += h.weight;
      sums.latency_s += h.weight * cable.latency_s;
      sums.inverse_capacity += h.weight / cable.capacity;
      fullest = std::max(fullest, h.weight);
    }
    const auto spec = flows::flow_spec(options.sharing, sums, bytes_per_pair, 0);
    for (std::size_t k = 0; k < weight.size(); ++k) {
      if (weight[k] <= 0) continue;
      bytes_on[k] += weight[k] * bytes_per_pair;
      set.hops.push_back({static_cast<flows::LinkId>(k), weight[k]});
    }
    alone = std::max(alone, spec.delay_s + spec.bytes / std::min(cable.capacity / fullest, spec.cap));
    set.flows.push_back({spec, set.end_way()});
  }
  FlowResult r;
  r.outcome = flows::run(set, true, options.sharing.compatibility, options.simultaneous_s).outcome;
  r.flows = r.outcome.finished = static_cast<std::uint64_t>(n) * static_cast<std::uint64_t>(n - 1);
  r.classes = set.flows.size();
  const double span = r.outcome.makespan_s;
  for (std::int64_t k = 0; k < kinds; ++k) {
    const double bytes = bytes_on[static_cast<std::size_t>(k)];
    if (bytes <= 0) continue;
    const double full = bytes / options.sharing.bandwidth_factor / cable.capacity;
    r.lower_bound_s = std::max(r.lower_bound_s, full);
    r.busiest.push_back({k, bytes, span > 0 ? full / span : 0, 0});
  }
  r.lower_bound_s = std::max(r.lower_bound_s, alone);
  std::sort(r.busiest.begin(), r.busiest.end(), [](const LinkLoad& x, const LinkLoad& y) {
    return x.utilization != y.utilization ? x.utilization > y.utilization : x.link < y.link;
  });
  if (r.busiest.size() > options.busiest) r.busiest.resize(options.busiest);
  r.solve_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return r;
}

}  // namespace gigawatt::network
