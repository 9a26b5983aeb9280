/// Flows on fabrics: SimGrid's answers on random platforms, folded against unfolded, collectives against closed forms.

#include <cmath>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "gigawatt/network/collective_run.h"
#include "gigawatt/network/flow_list.h"
#include "gigawatt/network/tree_exchange.h"
#include "gigawatt/topology/fabric_text.h"
#include "gigawatt/topology/simgrid_platform.h"
#include "gigawatt/topology/tree_fabric.h"

namespace gigawatt::network {
namespace {

std::shared_ptr<const topology::Fabric> fabric_of(std::string_view text, double capacity = 1e9,
                                                  double latency = 1e-6) {
  return *topology::parse_fabric(text, {capacity, latency});
}

FlowOptions with(flows::SharingKind kind, Routing routing = Routing::kSingle, bool folding = true) {
  FlowOptions o;
  o.sharing = flows::sharing_model(kind);
  o.routing = routing;
  o.folding = folding;
  return o;
}

/// One section of the stored table (made by tools/simgrid with SimGrid 3.32).
struct Stored {
  std::string name, platform, flows;
  std::vector<double> cm02, lv08;
};

std::vector<Stored> stored() {
  std::ifstream in(std::string(GW_SOURCE_DIR) + "/tests/oracle/simgrid/random_platforms.txt");
  std::vector<Stored> all;
  bool rows = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("=== ")) {
      all.push_back({line.substr(4), "", "src,dst,bytes,start_s\n", {}, {}});
      rows = false;
    } else if (line.starts_with("--- ")) {
      rows = true;
    } else if (!rows) {
      all.back().platform += line + "\n";
    } else {
      const auto last = line.rfind(','), before = line.rfind(',', last - 1);
      all.back().flows += line.substr(0, before) + "\n";
      all.back().cm02.push_back(std::stod(line.substr(before + 1, last - before - 1)));
      all.back().lv08.push_back(std::stod(line.substr(last + 1)));
    }
  }
  return all;
}

TEST(FlowRun, AgreesWithSimGridOnRandomPlatforms) {
  const auto all = stored();
  ASSERT_GT(all.size(), 40U);
  for (const Stored& s : all) {
    const auto platform = topology::parse_simgrid_platform(s.platform, s.name);
    ASSERT_TRUE(platform.has_value()) << s.name << base::render(platform.error());
    const auto requests = parse_flows(s.flows, s.name, **platform);
    ASSERT_TRUE(requests.has_value()) << s.name;
    for (const auto kind : {flows::SharingKind::kSimGridCm02, flows::SharingKind::kSimGridLv08}) {
      const auto r = run_flows(**platform, *requests, with(kind));
      ASSERT_TRUE(r.has_value()) << s.name;
      const auto& wanted = kind == flows::SharingKind::kSimGridCm02 ? s.cm02 : s.lv08;
      for (std::size_t i = 0; i < wanted.size(); ++i)
        ASSERT_NEAR(r->finish_s[i], wanted[i], 1e-6 * wanted[i] + 2e-12) << s.name << ", flow " << i;
    }
  }
}

TEST(FlowRun, FoldedIsUnfoldedOnFabrics) {
  for (const auto* text : {"fat-tree:4", "clos:4x4:2", "torus:4x4", "star:9"})
    for (const auto routing :
         {Routing::kSingle, Routing::kSpray, Routing::kEcmp, Routing::kFlowlet, Routing::kAdaptive}) {
      const auto f = fabric_of(text);
      const auto requests = random_permutation(f->endpoints(), 1e6, 7);
      for (const auto kind : {flows::SharingKind::kMaxMin, flows::SharingKind::kSimGridLv08}) {
        const auto a = run_flows(*f, requests, with(kind, routing, true)),
                   b = run_flows(*f, requests, with(kind, routing, false));
        ASSERT_TRUE(a && b);
        for (std::size_t i = 0; i < requests.size(); ++i)
          ASSERT_NEAR(a->finish_s[i], b->finish_s[i], 1e-8) << text;
        EXPECT_GE(a->outcome.makespan_s, a->lower_bound_s * (1 - 1e-9));
      }
    }
}

TEST(TreeExchange, IsTheUnfoldedAllToAll) {
  for (const auto* text : {"fat-tree:4", "fat-tree:6", "clos:4x3:2", "clos:3x3x3:1,3", "star:5"})
    for (const auto kind :
         {flows::SharingKind::kMaxMin, flows::SharingKind::kSimGridLv08, flows::SharingKind::kSimGridCm02})
      for (const auto routing : {Routing::kSpray, Routing::kSingle}) {
        const auto f = fabric_of(text);
        for (std::int64_t n = 2; n <= f->endpoints(); n += 1 + f->endpoints() / 11) {
          const auto folded =
              tree_exchange(dynamic_cast<const topology::TreeFabric&>(*f), n, 1e6, with(kind, routing));
          if (!folded) continue;
          std::vector<FlowRequest> all;
          for (std::int64_t a = 0; a < n; ++a)
            for (std::int64_t b = 0; b < n; ++b)
              if (a != b) all.push_back({a, b, 1e6, 0});
          const auto whole = run_flows(*f, all, with(kind, routing, false));
          ASSERT_TRUE(whole.has_value());
          EXPECT_NEAR(folded->outcome.makespan_s, whole->outcome.makespan_s, 1e-8 * whole->outcome.makespan_s)
              << text << " " << n;
          EXPECT_NEAR(folded->lower_bound_s, whole->lower_bound_s, 1e-9 * whole->lower_bound_s)
              << text << " " << n;
          EXPECT_EQ(folded->flows, whole->flows);
        }
      }
}

double seconds(std::string_view fabric, ProgramRequest r, Routing routing = Routing::kSpray) {
  const auto out = run_collective(*fabric_of(fabric, 1e9, 0), r, with(flows::SharingKind::kMaxMin, routing));
  EXPECT_TRUE(out.has_value()) << (out ? "" : out.error().front().message);
  return out ? out->total.outcome.makespan_s : 0;
}

/// On a fabric without contention and latency each algorithm takes its bytes over the bandwidth.
TEST(FlowProgram, TakesItsBytesOverTheBandwidth) {
  const double s = 1e9;
  EXPECT_NEAR(seconds("star:8", {Collective::kAllReduce, Algorithm::kRing, 8, s}), 2 * 7.0 / 8, 1e-9);
  EXPECT_NEAR(seconds("star:8", {Collective::kAllGather, Algorithm::kRing, 8, s}), 7.0 / 8, 1e-9);
  EXPECT_NEAR(seconds("fat-tree:4", {Collective::kAllReduce, Algorithm::kRing, 16, s}), 2 * 15.0 / 16, 1e-9);
  EXPECT_NEAR(seconds("star:8", {Collective::kAllReduce, Algorithm::kHalvingDoubling, 8, s}), 2 * 7.0 / 8,
              1e-9);
  EXPECT_NEAR(seconds("star:8", {Collective::kReduceScatter, Algorithm::kPat, 8, s}), 7.0 / 8, 1e-9);
  EXPECT_NEAR(seconds("star:8", {Collective::kAllReduce, Algorithm::kInNetwork, 8, s}), 1 + 1.0 / 8, 1e-9);
  EXPECT_NEAR(seconds("star:8", {Collective::kAllToAll, Algorithm::kDirect, 8, s}), 7.0 / 8, 1e-9);
  EXPECT_NEAR(seconds("star:8", {Collective::kAllToAll, Algorithm::kPairwise, 8, s}), 7.0 / 8, 1e-9);
  EXPECT_NEAR(seconds("star:8", {Collective::kSendRecv, Algorithm::kAuto, 2, s}), 1, 1e-9);
  // An inner rank of one tree sends up once and down twice; in two trees with halves everybody sends 1 + 1.
  EXPECT_NEAR(seconds("star:8", {Collective::kBroadcast, Algorithm::kTree, 8, s}), 2, 1e-9);
  // Two trees feed each rank once; the source, which has the buffer, sends it at least once.
  EXPECT_NEAR(seconds("star:8", {Collective::kBroadcast, Algorithm::kDoubleTree, 2, s}), 1, 1e-9);
  for (std::int64_t ranks = 3; ranks <= 8; ++ranks)
    EXPECT_GE(seconds("star:8", {Collective::kBroadcast, Algorithm::kDoubleTree, ranks, s}), 1) << ranks;
  EXPECT_NEAR(seconds("star:7", {Collective::kAllReduce, Algorithm::kTree, 7, s}), 3, 1e-9);
  EXPECT_LT(seconds("star:8", {Collective::kAllReduce, Algorithm::kDoubleTree, 8, s}), 2.6);
  // The busy receiver of an uneven all-to-all takes in 7/8 of three times the mean.
  EXPECT_NEAR(seconds("star:8", {Collective::kAllToAll, Algorithm::kDirect, 8, s, 1, 3}), 3 * 7.0 / 8, 1e-9);
  // Half of the leaf's traffic must leave it at a quarter of the bandwidth.
  EXPECT_NEAR(seconds("clos:4x2:4", {Collective::kAllToAll, Algorithm::kDirect, 8, s}), 4.0 * 4 / 8, 1e-9);
}

TEST(FlowProgram, SaysWhatDoesNotFit) {
  for (const ProgramRequest& r :
       std::initializer_list<ProgramRequest>{{Collective::kAllReduce, Algorithm::kRing, 1, 1},
                                             {Collective::kAllReduce, Algorithm::kHalvingDoubling, 6, 1},
                                             {Collective::kAllToAll, Algorithm::kRing, 4, 1},
                                             {Collective::kAllReduce, Algorithm::kHierarchical, 6, 1, 4},
                                             {Collective::kAllToAll, Algorithm::kDirect, 100000, 1}})
    EXPECT_FALSE(make_program(r).has_value());
  EXPECT_FALSE(
      run_collective(*fabric_of("star:4"), {Collective::kAllReduce, Algorithm::kRing, 5, 1}, {}).has_value());
}

/// The htsim figures for 128 hosts x 2 MB at 400 Gbit/s: 198 us with ECMP against 56 to 78 us with spraying.
TEST(FlowRun, EcmpCollidesWhereSprayDoesNot) {
  const auto f = fabric_of("fat-tree:8", 50e9, 500e-9);
  double ecmp = 0, spray = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const auto requests = random_permutation(128, 2e6, seed);
    auto o = with(flows::SharingKind::kMaxMin, Routing::kEcmp);
    o.seed = seed;
    ecmp += run_flows(*f, requests, o)->outcome.makespan_s / 10;
    o.routing = Routing::kSpray;
    spray += run_flows(*f, requests, o)->outcome.makespan_s / 10;
  }
  EXPECT_GT(ecmp / spray, 3);
  EXPECT_LT(ecmp / spray, 5);
}

/// Many equal flows on hashed ways need no simulation: the fullest link says when the last of them ends.
TEST(FlowRun, EqualHashedFlowsEndWithTheFullestLink) {
  const auto f = fabric_of("fat-tree:8", 50e9, 500e-9);
  const auto requests = random_permutation(128, 2e6, 3);
  auto o = with(flows::SharingKind::kMaxMin, Routing::kEcmp);
  const double simulated = run_flows(*f, requests, o)->outcome.makespan_s;
  o.most_simulated = 100;
  const auto r = run_flows(*f, requests, o);
  EXPECT_EQ(r->classes, 0U);
  EXPECT_NEAR(r->outcome.makespan_s, simulated, 1e-3 * simulated);
  EXPECT_GE(r->outcome.makespan_s, simulated * (1 - 1e-9));
}

TEST(FlowList, SaysWhichLinesAreBad) {
  const auto f = fabric_of("star:4");
  const auto bad = parse_flows("src,dst,bytes\n0,1,5\n0,9,5\n1,2,-3\n1,2\n1,2,x\n", "f.csv", *f);
  ASSERT_FALSE(bad.has_value());
  ASSERT_EQ(bad.error().size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(bad.error()[i].span.line, static_cast<int>(i) + 3);
  EXPECT_FALSE(parse_flows("", "f.csv", *f).has_value());
  EXPECT_FALSE(parse_flows("src,dst\n", "f.csv", *f).has_value());
  const auto good = parse_flows("bytes, start_s,src,dst,note\r\n1e3,,0,1,x\r\n2,0.5,3,2,\r\n", "f.csv", *f);
  ASSERT_TRUE(good.has_value());
  EXPECT_DOUBLE_EQ((*good)[1].start_s, 0.5);
  EXPECT_EQ((*good)[1].src, 3);
}

}  // namespace
}  // namespace gigawatt::network
