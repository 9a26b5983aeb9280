/// Collectives on clusters: rails by hand, closed forms where nothing contends, the fastest program, properties.

#include "gigawatt/network/collective_run.h"

#include <gtest/gtest.h>

#include "gigawatt/network/collectives.h"
#include "gigawatt/network/test/spread_ways.h"
#include "gigawatt/topology/cluster_fabric.h"
#include "gigawatt/topology/fabric_text.h"

namespace gigawatt::network {
namespace {

constexpr double kBuffer = 8e9;

/// Four servers of eight on eight rails; NVLink at 450 GB/s, cards at 50 GB/s.
topology::ClusterFabric servers(double latency = 0, double card = 50e9, bool rails = true) {
  topology::Tier leaf, spine;
  leaf.children = rails ? 4 : 8;
  spine.children = rails ? 8 : 4;
  leaf.capacity = spine.capacity = card;
  leaf.latency_s = spine.latency_s = 2 * latency;
  spine.parents = 4;
  return {{leaf, spine}, {8, 450e9, latency}, rails, 1};
}

ProgramRequest asked(Collective c, Algorithm a, double bytes = kBuffer, std::int64_t ranks = 32) {
  ProgramRequest r{c, a, ranks, bytes, 8};
  r.reduction = Reduction::kDomain;
  return r;
}

double taken(const topology::Fabric& f, const ProgramRequest& r, const FlowOptions& o = test::spread_ways()) {
  const auto out = run_collective(f, r, o);
  EXPECT_TRUE(out.has_value()) << (out ? "" : out.error().front().message);
  return out ? out->total.outcome.makespan_s : 0;
}

/// A card carries its eighth of the buffer, the domain all of it; the slower of the two counts.
TEST(Rails, TakeTheirPartsAtTheSameTime) {
  const auto f = servers();
  using enum Collective;
  EXPECT_NEAR(taken(f, asked(kAllReduce, Algorithm::kRing)), 2 * 31.0 / 32 * 1e9 / 50e9, 1e-9);
  EXPECT_NEAR(taken(servers(0, 100e9), asked(kAllReduce, Algorithm::kRing)), 2 * 31.0 / 32 * 8e9 / 450e9,
              1e-9);
  EXPECT_NEAR(taken(f, asked(kAllGather, Algorithm::kRing)), 31.0 / 32 * 1e9 / 50e9, 1e-9);
  EXPECT_NEAR(taken(f, asked(kReduceScatter, Algorithm::kRing)), 31.0 / 32 * 1e9 / 50e9, 1e-9);
  EXPECT_NEAR(taken(f, asked(kBroadcast, Algorithm::kRing)), 1e9 / 50e9, 1e-9);
  // Of servers 0 - 2 - (1, 3) the inner one sends its eighth up and to two others.
  EXPECT_NEAR(taken(f, asked(kAllReduce, Algorithm::kTree)), 3 * 1e9 / 50e9, 1e-9);
  // In the second tree it is a leaf: two sends in all; faster cards leave it to the chains in the servers.
  EXPECT_NEAR(taken(f, asked(kAllReduce, Algorithm::kDoubleTree)), 2 * 1e9 / 50e9, 1e-9);
  EXPECT_NEAR(taken(servers(0, 100e9), asked(kAllReduce, Algorithm::kDoubleTree)), 2 * 7.0 / 8 * 8e9 / 450e9,
              1e-9);
  EXPECT_NEAR(taken(f, asked(kAllReduce, Algorithm::kHierarchical)), 2 * 7.0 / 8 * 8e9 / 450e9, 1e-9);
  EXPECT_NEAR(taken(servers(0, 25e9), asked(kAllReduce, Algorithm::kHierarchical)), 2 * 3.0 / 4 * 1e9 / 25e9,
              1e-9);
  // 24 of 32 parts leave the server on the cards; 7 of 8 pass NVLink first.
  EXPECT_NEAR(taken(f, asked(kAllToAll, Algorithm::kHierarchical)), 24.0 / 32 * 8e9 / 50e9, 1e-9);
  EXPECT_NEAR(taken(f, asked(kAllToAll, Algorithm::kDirect)), 24.0 / 32 * 8e9 / 50e9, 1e-9);
}

/// One server alone, two servers, and a last server with four of twelve ranks, whose four rings use four cards.
TEST(Rails, GoWithWhatDomainsHold) {
  const auto f = servers();
  EXPECT_NEAR(taken(f, asked(Collective::kAllReduce, Algorithm::kRing, kBuffer, 8)),
              2 * 7.0 / 8 * 8e9 / 450e9, 1e-9);
  EXPECT_NEAR(taken(f, asked(Collective::kAllReduce, Algorithm::kRing, kBuffer, 12)),
              2 * 11.0 / 12 * 2e9 / 50e9, 1e-9);
  // Of two trees over two servers each sends half up and half down.
  EXPECT_NEAR(taken(servers(0, 20e9), asked(Collective::kAllReduce, Algorithm::kDoubleTree, kBuffer, 16)),
              1e9 / 20e9, 1e-9);
}

TEST(InNetwork, ReducesInTheDomainAndByTreesOrSwitchesAcross) {
  const auto f = servers();
  auto r = asked(Collective::kAllReduce, Algorithm::kInNetwork, kBuffer, 8);
  EXPECT_NEAR(taken(f, r), 9.0 / 8 * 8e9 / 450e9, 1e-9);
  r.ranks = 32;
  EXPECT_NEAR(taken(f, r), 2 * 1e9 / 50e9, 1e-9);  // NVLSTree: the cards' trees
  FlowOptions o = test::spread_ways();
  o.tier_share = {0.8};
  r.reduction_share = 0.5;
  EXPECT_NEAR(taken(f, r, o), 9.0 / 8 * 8e9 / 225e9, 1e-9);  // what NVLS reaches of NVLink
  r.reduction = Reduction::kAll;
  r.reduction_share = 0;
  EXPECT_NEAR(taken(f, r), 1e9 / 50e9, 1e-9);  // SHARP: each card once up and once down
  r.reduction = Reduction::kNone;
  EXPECT_FALSE(run_collective(f, r, test::spread_ways()).has_value());
  EXPECT_FALSE(run_collective(**topology::parse_fabric("torus:4x4", {1e9, 0}),
                              {Collective::kAllReduce, Algorithm::kInNetwork, 16, 1}, test::spread_ways())
                   .has_value());
}

/// Once around 28 hops of 1 us in servers and 4 over NVLink to the card of the rail and two cables of 2 us.
TEST(Rails, WaitForTheLatenciesOfTheirHops) {
  const auto f = servers(1e-6);
  EXPECT_NEAR(taken(f, asked(Collective::kAllReduce, Algorithm::kRing, 0)),
              62.0 / 32 * (28 * 1e-6 + 4 * 5e-6), 1e-12);
  // Up and down seven hops in the server and two levels of servers.
  EXPECT_NEAR(taken(f, asked(Collective::kAllReduce, Algorithm::kTree, 0)), 2 * (7 * 1e-6 + 2 * 4e-6), 1e-12);
  EXPECT_NEAR(taken(f, asked(Collective::kAllReduce, Algorithm::kHierarchical, 0)), 2 * (7 * 1e-6 + 3 * 4e-6),
              1e-12);
  // All hops but the last into the root: within its server in seven of eight rings, from the last server in one.
  EXPECT_NEAR(taken(f, asked(Collective::kBroadcast, Algorithm::kRing, 0)), (7 * 47e-6 + 43e-6) / 8, 1e-12);
}

/// The step's closed forms without latencies and ramps, at the same bandwidths; over cards that are not far slower than
/// NVLink a ring is their fastest, since their shards in the domain and across follow each other.
TEST(ClosedForms, AreTheRingsOfTheFlows) {
  Fabric constants;
  constants.domain_size = 8;
  constants.scaleup.bandwidth = 450e9;
  for (const double card : {50e9, 100e9}) {
    constants.scaleout.bandwidth = card;
    const auto f = servers(0, card);
    for (const std::int64_t ranks : {8, 16, 32}) {
      const auto placed = place_group(constants, ranks, 1);
      for (const Collective c :
           {Collective::kReduceScatter, Collective::kAllGather, Collective::kBroadcast}) {
        const double flows = taken(f, asked(c, Algorithm::kRing, kBuffer, ranks));
        EXPECT_NEAR(collective_seconds(c, constants, placed, kBuffer), flows, 1e-9 * flows) << ranks;
      }
      const double flows = taken(f, asked(Collective::kAllReduce, Algorithm::kRing, kBuffer, ranks));
      EXPECT_NEAR(all_reduce_seconds(constants, placed, kBuffer), flows, 1e-9 * flows) << ranks;
    }
  }
}

/// The least of its algorithms at every size, never below what links need, more for more bytes, folded or not.
TEST(Fastest, IsTheLeastOfAllAndGrowsWithTheBytes) {
  const auto cluster = servers(1e-6), spread = servers(1e-6, 50e9, false);
  const auto tree = *topology::parse_fabric("clos:8x4:2", {50e9, 1e-6});
  const auto torus = *topology::parse_fabric("torus:4x4x2", {50e9, 1e-6});
  const topology::Fabric* fabrics[] = {&cluster, &spread, tree.get(), torus.get()};
  for (const auto* f : fabrics)
    for (const Collective c : {Collective::kAllReduce, Collective::kReduceScatter, Collective::kAllGather,
                               Collective::kAllToAll, Collective::kBroadcast, Collective::kSendRecv})
      for (const std::int64_t ranks : {2, 12, 32}) {
        double before = 0;
        for (const double bytes : {0.0, 8.0, 1e5, 1e7, 1e9}) {
          auto r = asked(c, Algorithm::kAuto, bytes, ranks);
          if (f->endpoints() == 0 || f == tree.get() || f == torus.get()) r.domain = 1;
          const auto best = run_collective(*f, r, test::spread_ways());
          ASSERT_TRUE(best.has_value()) << best.error().front().message;
          const double seconds = best->total.outcome.makespan_s;
          EXPECT_GE(seconds, before);
          EXPECT_GE(seconds, best->total.lower_bound_s * (1 - 1e-9));
          before = seconds;
          ASSERT_EQ(best->tried.size(), candidates(c).size());
          EXPECT_EQ(best->tried.front().algorithm, best->algorithm);
          for (const Algorithm a : candidates(c)) {
            r.algorithm = a;
            const auto one = run_collective(*f, r, test::spread_ways());
            if (!one) continue;
            EXPECT_GE(one->total.outcome.makespan_s, seconds * (1 - 1e-12)) << static_cast<int>(a);
            const double unfolded = taken(*f, r, test::spread_ways(false));
            EXPECT_NEAR(one->total.outcome.makespan_s, unfolded, 1e-6 * unfolded + 1e-12)
                << f->describe() << " " << static_cast<int>(c) << " " << static_cast<int>(a) << " " << ranks;
          }
        }
      }
}

/// Fair shares of flows that know nothing of each other end a pipeline no sooner than its fullest link, and hardly later.
TEST(Fastest, OnePaceIsWhatFairSharesReach) {
  const auto cluster = servers(), rails_apart = servers(0, 50e9, false);
  const auto tree = *topology::parse_fabric("clos:8x4:2", {50e9, 0});
  const auto torus = *topology::parse_fabric("torus:4x4x2", {50e9, 0});
  const topology::Fabric* fabrics[] = {&cluster, &rails_apart, tree.get(), torus.get()};
  for (const auto* f : fabrics)
    for (const Collective c : {Collective::kAllReduce, Collective::kAllGather, Collective::kBroadcast})
      for (const Algorithm a : candidates(c))
        for (const std::int64_t ranks : {2, 12, 32}) {
          auto r = on_fabric(*f, asked(c, a, kBuffer, ranks));
          if (f == tree.get() || f == torus.get()) r.domain = 1;
          const auto program = make_program(r);
          if (!program || program->front().mean_hops < 0) continue;
          FlowOptions o = test::spread_ways(false);
          o.delays = false;
          const double fair = run_flows(*f, program->front().flows, o)->outcome.makespan_s;
          o.one_pace = true;
          const double paced = run_flows(*f, program->front().flows, o)->outcome.makespan_s;
          EXPECT_GE(fair, paced * (1 - 1e-9));
          EXPECT_LE(fair, paced * 1.02)
              << f->describe() << ", " << kAlgorithmNames[static_cast<int>(a)] << ", " << ranks;
        }
}

/// What libraries reach of a tier's links holds for exchanges that are written down as for those that are not.
TEST(Fastest, SharesOfLinksHoldForFoldedExchanges) {
  const auto f = *topology::parse_fabric("clos:8x4:2", {50e9, 1e-6});
  const ProgramRequest r{Collective::kAllToAll, Algorithm::kDirect, 24, 1e9};
  FlowOptions folded = test::spread_ways(), each = test::spread_ways(false);
  const double all = taken(*f, r, folded);
  folded.tier_share = each.tier_share = {0.25};
  EXPECT_GT(taken(*f, r, folded), 1.5 * all);
  EXPECT_NEAR(taken(*f, r, folded), taken(*f, r, each), 1e-8);
}

/// SimGrid's models run a ring step by step, so that each step waits for its longest hop: of 16 hops around this tree four
/// leave their leaf over four cables of 1 us, the others over two.
TEST(Rails, GoInStepsUnderSimGridsModels) {
  const auto f = *topology::parse_fabric("clos:4x4", {1e9, 1e-6});
  const ProgramRequest r{Collective::kAllReduce, Algorithm::kRing, 16, 16e6};
  FlowOptions o = test::spread_ways();
  o.routing = Routing::kSingle;
  EXPECT_NEAR(taken(*f, r, o), 30 * (1e-3 + 2.5e-6), 1e-9);
  o.sharing = flows::sharing_model(flows::SharingKind::kRaw);
  EXPECT_NEAR(taken(*f, r, o), 30 * (1e-3 + 4e-6), 1e-9);
}

/// A small buffer goes down trees, a large one around rings; the answer says what was left out.
TEST(Fastest, ChangesWithTheSize) {
  const auto f = *topology::parse_fabric("star:64", {900e9, 500e-9});
  const auto run = [&](double bytes) {
    return *run_collective(*f, {Collective::kAllReduce, Algorithm::kAuto, 64, bytes}, test::spread_ways());
  };
  const auto small = run(1e4), large = run(1e11);
  EXPECT_NE(small.algorithm, Algorithm::kRing);
  EXPECT_LT(small.total.outcome.makespan_s, 20e-6);
  EXPECT_NEAR(large.bus_bandwidth, 900e9, 1e8);
  EXPECT_EQ(large.tried.back().left_out, "all ranks are in one domain, or none are");
}

}  // namespace
}  // namespace gigawatt::network
