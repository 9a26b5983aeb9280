#include "gigawatt/kernels/exchange.h"

#include <cmath>

namespace gigawatt::kernels {
namespace {
constexpr double kMicrosecond = 1e-6;
constexpr double kNanosecond = 1e-9;
}  // namespace

double reached(double topk, double ranks) { return ranks * (1 - std::pow(1 - 1 / ranks, topk)); }

Terms collective_terms(const Device& d, double bytes, double ranks, double passes) {
  const double moved = passes * (ranks - 1) / ranks * bytes;
  const bool shared = !d.switched && ranks > 2;  // PCIe: beyond two cards the path crosses the host
  Terms t;
  t.add("launch", kMicrosecond);
  t.add("steps", std::log2(ranks) * kMicrosecond);
  t.add("link", moved / d.link);
  t.add("host", shared ? moved / d.link : 0);
  t.add("host launch", shared ? kMicrosecond : 0);
  t.add("copy", bytes / d.bandwidth);
  t.add("ramp", std::sqrt(moved / d.link * kMicrosecond));
  t.add("one shot", (ranks - 1) * bytes / d.link);
  return t;
}

Terms dispatch_terms(const Device& d, const Dispatch& c) {
  constexpr double kRanks = 8;
  constexpr double kBlocks = 24;
  const double copy = c.tokens * c.hidden / d.link;
  const double share = kBlocks / c.blocks;
  const double ranks = reached(c.topk, kRanks);
  Terms t;
  t.add("launch", kMicrosecond);
  t.add("link", copy * ranks);
  t.add("copies", copy * c.topk);
  t.add("blocks", copy * ranks * share);
  t.add("block copies", copy * c.topk * share);
  t.add("experts", c.experts * 10 * kNanosecond);
  t.add("tokens", c.tokens * kNanosecond);
  t.add("block tokens", c.tokens * share * kNanosecond);
  t.add("reduce", copy * share);
  return t;
}

Terms expert_exchange_terms(const Device& d, double tokens, double hidden, double topk, double ranks,
                            double element_bytes) {
  const double bytes = tokens * hidden * element_bytes;
  Terms t;
  t.add("launch", kMicrosecond);
  t.add("ranks", ranks * kMicrosecond);
  t.add("link", bytes * reached(topk, ranks) / d.link);
  t.add("copies", bytes * topk / d.link);
  t.add("tokens", tokens * kNanosecond);
  t.add("pairs", tokens * ranks * kNanosecond);
  return t;
}

}  // namespace gigawatt::kernels
