/// Rings along all axes of a torus in both directions, by hand; all-to-all by symmetry.

#include "gigawatt/network/torus_program.h"

#include <gtest/gtest.h>

#include "gigawatt/network/collective_run.h"
#include "gigawatt/network/test/spread_ways.h"
#include "gigawatt/topology/fabric_text.h"

namespace gigawatt::network {
namespace {

double on_torus(std::string_view text, Collective c, std::int64_t ranks, double bytes, double latency = 0) {
  const auto f = *topology::parse_fabric(text, {1e9, latency});
  const auto out = run_collective(*f, {c, Algorithm::kRing, ranks, bytes}, test::spread_ways());
  EXPECT_TRUE(out.has_value()) << (out ? "" : out.error().front().message);
  return out ? out->total.outcome.makespan_s : 0;
}

/// Closed axes together have 2 D cables: twice (1 - 1/n) of the buffer over them.
TEST(TorusRings, UseEveryCable) {
  using enum Collective;
  EXPECT_NEAR(on_torus("torus:8", kAllReduce, 8, 1e9), 2 * 7.0 / 8 / 2, 1e-9);
  EXPECT_NEAR(on_torus("torus:4x4", kAllReduce, 16, 1e9), 2 * 15.0 / 16 / 4, 1e-9);
  EXPECT_NEAR(on_torus("torus:4x4x4", kAllReduce, 64, 1e9), 2 * 63.0 / 64 / 6, 1e-9);
  EXPECT_NEAR(on_torus("torus:4x4x4", kReduceScatter, 64, 1e9), 63.0 / 64 / 6, 1e-9);
  EXPECT_NEAR(on_torus("torus:4x4x4", kAllGather, 64, 1e9), 63.0 / 64 / 6, 1e-9);
  EXPECT_NEAR(on_torus("torus:4x4x4", kBroadcast, 64, 1e9), 1.0 / 6, 1e-9);
  // Unequal sides: a sixth of the buffer goes through the axis of four first, the rest through that of two.
  EXPECT_NEAR(on_torus("torus:4x2", kAllReduce, 8, 1e9), 2 * 7.0 / 8 / 4, 1e-9);
  EXPECT_NEAR(on_torus("torus:8x4x4", kAllReduce, 128, 1e9), 2 * 127.0 / 128 / 6, 1e-9);
}

/// A block of a larger torus is open where it does not reach around.
TEST(TorusRings, OnABlock) {
  EXPECT_NEAR(on_torus("torus:8x8", Collective::kAllReduce, 4, 1e9), 1, 1e-9);
  EXPECT_NEAR(on_torus("torus:8x8", Collective::kAllGather, 4, 1e9), 3.0 / 4, 1e-9);
  // 8 x 2: on the open axis all of half the buffer, on the closed one 7/8 of the other, and what halves leave of it: the
  // parts w (first along the closed axis) and 1 - w make 7/8 (w + (1-w)/2) = w/8 + 1 - w at w = 3/7.
  EXPECT_NEAR(on_torus("torus:8x8", Collective::kAllReduce, 16, 1e9), 7.0 / 8 * (3.0 / 7 + 2.0 / 7), 1e-9);
  EXPECT_EQ(torus_rings({Collective::kAllReduce, Algorithm::kRing, 12, 1, 1, 1, Reduction::kNone, 0, {8, 8}}),
            std::nullopt);
}

/// Half way around each axis and back; to the end of an open one.
TEST(TorusRings, WaitForTheirHops) {
  EXPECT_NEAR(on_torus("torus:4x4x4", Collective::kAllReduce, 64, 0, 1e-6), 2 * 3 * 2 * 1e-6, 1e-12);
  EXPECT_NEAR(on_torus("torus:8x8", Collective::kAllGather, 4, 0, 1e-6), 3e-6, 1e-12);
}

TEST(TorusExchange, IsTheUnfoldedAllToAll) {
  for (const auto* text : {"torus:5", "torus:4x4", "torus:4x3x2"}) {
    const auto f = *topology::parse_fabric(text, {1e9, 1e-6});
    const ProgramRequest r{Collective::kAllToAll, Algorithm::kDirect, f->endpoints(), 1e9};
    const auto folded = run_collective(*f, r, test::spread_ways()),
               whole = run_collective(*f, r, test::spread_ways(false));
    ASSERT_TRUE(folded && whole);
    EXPECT_NEAR(folded->total.outcome.makespan_s, whole->total.outcome.makespan_s,
                1e-8 * whole->total.outcome.makespan_s)
        << text;
    EXPECT_NEAR(folded->total.lower_bound_s, whole->total.lower_bound_s, 1e-8 * whole->total.lower_bound_s)
        << text;
    EXPECT_EQ(folded->total.flows, whole->total.flows);
  }
  // By hand: on a ring of 5 a link carries the pairs at distance 1 and two of distance 2, each a fifth of the buffer.
  const auto ring = *topology::parse_fabric("torus:5", {1e9, 0});
  EXPECT_NEAR(run_collective(*ring, {Collective::kAllToAll, Algorithm::kDirect, 5, 1e9}, test::spread_ways())
                  ->total.outcome.makespan_s,
              3.0 / 5, 1e-9);
}

}  // namespace
}  // namespace gigawatt::network
