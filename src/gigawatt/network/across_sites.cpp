#include "gigawatt/network/across_sites.h"

#include <algorithm>

namespace gigawatt::network {
namespace {

constexpr double kUnnoticed = 0.01;  ///< share of a step that counts as nothing lost

double share(const SplitTraining& t) {
  const auto s = static_cast<double>(t.sites);
  return 2 * (s - 1) / s;
}
double hops(const SplitTraining& t) { return 2 * static_cast<double>(t.sites - 1); }

SplitCost cost(const SplitTraining& t, double exchange_s, double added_s, double needed) {
  SplitCost c;
  c.exchange_s = exchange_s;
  c.step_s = t.step_s + added_s;
  c.slowdown = t.step_s > 0 ? c.step_s / t.step_s : 1;
  c.bandwidth_needed = needed;
  return c;
}

/// Gradients that cross borders every step, `bytes` of them in `crossings` of a border one after the other.
SplitCost reduced(const SplitTraining& t, double bytes, double crossings, const SiteLink& link) {
  const double exchange = bytes / link.capacity + crossings * link.latency_s;
  return cost(t, exchange, std::max(0.0, exchange - t.overlap * t.step_s),
              bytes / ((t.overlap + kUnnoticed) * t.step_s));
}

}  // namespace

SplitCost synchronous(const SplitTraining& t, const SiteLink& link) {
  if (t.sites < 2) return cost(t, 0, 0, 0);
  return reduced(t, 2 * t.gradient_bytes, 2 * hops(t), link);
}

SplitCost hierarchical(const SplitTraining& t, const SiteLink& link) {
  if (t.sites < 2) return cost(t, 0, 0, 0);
  return reduced(t, share(t) * t.gradient_bytes, hops(t), link);
}

SplitCost low_communication(const SplitTraining& t, const SiteLink& link) {
  if (t.sites < 2) return cost(t, 0, 0, 0);
  const double bytes = share(t) * t.gradient_bytes * t.compression;
  const double exchange = bytes / link.capacity + hops(t) * link.latency_s;
  const auto inner = static_cast<double>(t.inner_steps);
  return cost(t, exchange, std::max(0.0, exchange - t.staleness_steps * t.step_s) / inner,
              bytes / ((t.staleness_steps + kUnnoticed * inner) * t.step_s));
}

SplitCost pipeline_split(const SplitTraining& t, const SiteLink& link) {
  if (t.sites < 2) return cost(t, 0, 0, 0);
  const double latency = hops(t) * link.latency_s;
  const double bytes = t.micro_batches * t.activation_bytes, unnoticed_s = (1 + kUnnoticed) * t.step_s;
  // What each way of laying the stages needs to lose nothing against the step at one site; the longer bubble may be a loss.
  const double plain_s = std::max(t.step_s, t.plain_step_s);
  const bool plain_enough = t.chunks <= 1 || plain_s <= unnoticed_s;
  const double needed = (plain_enough ? 1 : 2 * t.chunks - 1) * bytes / unnoticed_s;
  const auto laid = [&](double crossings, double step_s) {
    const double carried = crossings * bytes / link.capacity;
    return cost(t, carried + latency, step_s - t.step_s + std::max(0.0, carried - step_s) + latency, needed);
  };
  const SplitCost chunked = laid(2 * t.chunks - 1, t.step_s);
  if (t.chunks <= 1) return chunked;
  const SplitCost plain = laid(1, plain_s);
  return plain.step_s < chunked.step_s ? plain : chunked;
}

}  // namespace gigawatt::network
