#include "gigawatt/kernels/exchange.h"

#include <cmath>

#include "gigawatt/units/scale.h"

namespace gigawatt::kernels {
namespace {
using units::kMicro;
using units::kNano;
}  // namespace

double reached(double topk, double ranks) { return ranks * (1 - std::pow(1 - 1 / ranks, topk)); }

Terms collective_terms(const Device& d, double bytes, double ranks, double passes) {
  const double moved = passes * (ranks - 1) / ranks * bytes;
  const bool shared = !d.switched && ranks > 2;  // PCIe: beyond two cards the path crosses the host
  Terms t;
  t.add("launch", kMicro);
  t.add("steps", std::log2(ranks) * kMicro);
  t.add("link", moved / d.link);
  t.add("host", shared ? moved / d.link : 0);
  t.add("host launch", shared ? kMicro : 0);
  t.add("copy", bytes / d.bandwidth);
  t.add("ramp", std::sqrt(moved / d.link * kMicro));
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
  t.add("launch", kMicro);
  t.add("link", copy * ranks);
  t.add("copies", copy * c.topk);
  t.add("blocks", copy * ranks * share);
  t.add("block copies", copy * c.topk * share);
  t.add("experts", c.experts * 10 * kNano);
  t.add("tokens", c.tokens * kNano);
  t.add("block tokens", c.tokens * share * kNano);
  t.add("reduce", copy * share);
  return t;
}

Terms expert_exchange_terms(const Device& d, double tokens, double hidden, double topk, double ranks,
                            double element_bytes) {
  const double bytes = tokens * hidden * element_bytes;
  Terms t;
  t.add("launch", kMicro);
  t.add("ranks", ranks * kMicro);
  t.add("link", bytes * reached(topk, ranks) / d.link);
  t.add("copies", bytes * topk / d.link);
  t.add("tokens", tokens * kNano);
  t.add("pairs", tokens * ranks * kNano);
  return t;
}

}  // namespace gigawatt::kernels
