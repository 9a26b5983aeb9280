/// Collectives by their flows: the closed forms where nothing contends, oversubscription, hashing, several at once.

#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "gigawatt/network/flow_collectives.h"
#include "gigawatt/network/flow_list.h"
#include "gigawatt/topology/catalog_fabric.h"
#include "gigawatt/topology/fabric_text.h"
#include "gigawatt/topology/system_fabric.h"

namespace gigawatt::network {
namespace {

constexpr double kCard = 50e9;

Fabric constants() {
  Fabric f;
  f.domain_size = 8;
  f.scaleup = {5e-6, 1e-6, 400e9, 10e-6, 320e9, 0};
  f.scaleout = {10e-6, 4e-6, 46e9, 20e-6, 40e9, 0};
  return f;
}

topology::Cluster cluster(std::int64_t accelerators, std::int64_t pod = 0, double oversubscription = 1) {
  topology::Cluster c;
  c.accelerators = accelerators;
  c.accelerators_per_node = c.domain_size = 8;
  c.scaleup_bandwidth = 450e9;
  c.scaleout_bandwidth = kCard;
  c.pod_size = pod;
  c.pod_oversubscription = oversubscription;
  return c;
}

FlowNetwork network_of(const topology::Cluster& c, Routing routing = Routing::kSpray) {
  return FlowNetwork({topology::system_fabric(c, 64), routing, 8, 1, c.accelerators, c.domain_size, kCard});
}

Fabric with_pods(const topology::Cluster& c) {
  Fabric f = constants();
  f.pod_size = c.pod_size;
  f.pod_oversubscription = c.pod_oversubscription;
  return f;
}

constexpr Collective kEvery[] = {Collective::kAllReduce, Collective::kReduceScatter, Collective::kAllGather,
                                 Collective::kAllToAll,  Collective::kBroadcast,     Collective::kSendRecv};

TEST(FlowModel, IsTheClosedFormWhereNothingContends) {
  for (const std::int64_t accelerators : {64, 512, 4096}) {
    const Fabric f = constants();
    const FlowNetwork network = network_of(cluster(accelerators));
    const ClosedForm closed(f);
    const FlowModel flow(f, network);
    for (const auto& [ranks, stride] : std::initializer_list<std::pair<std::int64_t, std::int64_t>>{
             {8, 1}, {64, 1}, {accelerators / 8, 8}, {8, accelerators / 8}, {accelerators / 4, 4}, {2, 32}})
      for (const Collective c : kEvery) {
        const GroupPlacement g = place_group(f, ranks, stride);
        const double expected = closed.seconds(c, g, 1e8);
        EXPECT_NEAR(flow.seconds(c, g, 1e8), expected, 1e-6 * expected)
            << accelerators << ": " << ranks << " at " << stride << ", collective " << static_cast<int>(c);
      }
  }
}

/// Pods of 256 whose uplinks have a quarter of their cards' bandwidth.
TEST(FlowModel, KnowsPodsAsTheClosedFormsDo) {
  const auto c = cluster(1024, 256, 4);
  const Fabric f = with_pods(c);
  const FlowNetwork network = network_of(c);
  const auto share = [&](FlowPattern pattern, std::int64_t ranks, std::int64_t stride) {
    return network.reach(pattern, place_group(f, ranks, stride))->share;
  };
  EXPECT_NEAR(share(FlowPattern::kRing, 4, 256), 1.0 / 4, 1e-9);  // every flow leaves its pod
  EXPECT_NEAR(share(FlowPattern::kRing, 8, 128), 1.0 / 2, 1e-9);  // every second one
  EXPECT_NEAR(share(FlowPattern::kRing, 16, 64), 1, 1e-9);        // one of four
  EXPECT_NEAR(share(FlowPattern::kRing, 32, 8), 1, 1e-9);         // none: groups of 256 accelerators
  EXPECT_NEAR(share(FlowPattern::kNeighbor, 4, 256), 1.0 / 4, 1e-9);
  // 256 cards send 256 of 504 parts to the other pod, over 64 links.
  EXPECT_NEAR(share(FlowPattern::kExchange, 512, 1), 504.0 / 1024, 0.002);  // sampled
  const ClosedForm closed(f);
  const FlowModel flow(f, network);
  for (const auto& [ranks, stride] : std::initializer_list<std::pair<std::int64_t, std::int64_t>>{
           {4, 256}, {8, 128}, {16, 64}, {512, 1}, {128, 8}})
    for (const Collective c1 : {Collective::kReduceScatter, Collective::kAllToAll}) {
      if (c1 == Collective::kAllToAll && stride > 8)
        continue;  // closed forms know strided exchanges by the mean
      const double expected = closed.seconds(c1, place_group(f, ranks, stride), 1e9);
      EXPECT_NEAR(flow.seconds(c1, place_group(f, ranks, stride), 1e9), expected, 0.01 * expected)
          << ranks << " at " << stride;
    }
}

/// The sampled shifts of an exchange load the tiers as all pairs do.
TEST(FlowNetwork, SamplesLargeExchanges) {
  const auto c = cluster(4096, 256, 4);
  const FlowNetwork network = network_of(c);
  const auto g = place_group(constants(), 512, 1);
  ASSERT_GT(4096 * (512 - 8), static_cast<std::int64_t>(kMostExchanged));
  const auto reach = network.reach(FlowPattern::kExchange, g);
  EXPECT_LE(reach->flows, 1.1 * kMostExchanged);
  EXPECT_NEAR(reach->share, 504.0 / 1024, 0.02);
}

const catalog::Catalog& data() {
  static const auto catalog = *catalog::Catalog::load(std::string(GW_SOURCE_DIR) + "/data");
  return catalog;
}

/// The published fabrics: ring and pairwise exchange of neighbors' groups run as their sizes say.
TEST(FlowModel, AgreesWithTheClosedFormsOnPublishedFabrics) {
  struct Case {
    const char* network;
    std::int64_t accelerators, pod;
    double oversubscription, card;
  };
  for (const auto& [name, accelerators, pod, oversubscription, card] : {
           Case{"superpod-h100", 1024, 0, 1, 50e9}, Case{"colossus", 16384, 0, 1, 50e9},
           Case{"meta-llama3", 24576, 3072, 3072.0 / (27 * 16), 50e9},
           Case{"alibaba-hpn", 30720, 15360, 16, 50e9}  // 15,360 cards over 60 x 8 x 2 uplinks
       }) {
    Fabric f = constants();
    f.pod_size = pod;
    f.pod_oversubscription = oversubscription;
    const FlowNetwork network(
        {*topology::catalog_fabric(data(), name), Routing::kSpray, 8, 1, accelerators, 8, card});
    const ClosedForm closed(f);
    const FlowModel flow(f, network);
    for (const auto& [ranks, stride] : std::initializer_list<std::pair<std::int64_t, std::int64_t>>{
             {accelerators / 8, 8}, {64, 1}, {2, accelerators / 2}, {accelerators / 256, 256}}) {
      const auto g = place_group(f, ranks, stride);
      const double expected = closed.all_gather(g, 1e10);
      EXPECT_NEAR(flow.all_gather(g, 1e10) / expected, 1, 0.03) << name << ": " << ranks << " at " << stride;
    }
  }
}

/// Llama 3's fabric: plain ECMP loses more than 30% of a data-parallel ring's bandwidth, since some uplink of a rack
/// carries several of sixteen cards' flows while others carry none; sixteen flows a pair lose less, spraying nothing.
TEST(FlowNetwork, PlainEcmpLosesMoreThanAThirdOnMetas24k) {
  const auto fabric = *topology::catalog_fabric(data(), "meta-llama3");
  const auto g = place_group(constants(), 3072 / 8, 8);
  const auto reach = [&](Routing routing, int subflows) {
    return FlowNetwork({fabric, routing, subflows, 1, 3072, 8, kCard}).reach(FlowPattern::kRing, g);
  };
  const auto ecmp = reach(Routing::kEcmp, 1), flowlet = reach(Routing::kFlowlet, 16),
             spray = reach(Routing::kSpray, 1);
  EXPECT_NEAR(spray->share, 1, 1e-9);
  EXPECT_LT(ecmp->share, 0.7);
  EXPECT_GT(flowlet->share, 1.5 * ecmp->share);
  double fullest = 0, bytes = 0;
  std::size_t used = 0, uplinks = 0;
  for (const auto& l : ecmp->loads) {
    const auto link = fabric->link(l.link);
    if (link.tier != 2 || fabric->link_name(l.link).find(" to ") == std::string::npos) continue;
    fullest = std::max(fullest, l.bytes);
    bytes += l.bytes;
    ++used;
  }
  uplinks = 3072;                  // sixteen of each of 192 racks
  EXPECT_GE(fullest, 3);           // three cards' flows on one uplink
  EXPECT_LT(used, 0.8 * uplinks);  // and none on others
  EXPECT_NEAR(1 / ecmp->share, fullest, 1e-9);
}

/// Flows of one size that start together end when the fullest link has passed its bytes: what `reach` uses beyond
/// `kMostSimulated` hashed flows.
TEST(FlowNetwork, TheFullestLinkDecidesAmongEqualFlows) {
  rc::check("makespan is the lower bound", [] {
    const auto* text =
        *rc::gen::element("fat-tree:4", "clos:4x4:2", "clos:3x4x3:1,3", "torus:4x3x2", "dragonfly:3x2x4x2");
    const auto routing = *rc::gen::element(Routing::kSingle, Routing::kSpray, Routing::kEcmp);
    const auto fabric = *topology::parse_fabric(text, {1e9, 0});
    const auto count = *rc::gen::inRange<std::size_t>(1, 40);
    std::vector<FlowRequest> flows;
    for (std::size_t i = 0; i < count; ++i) {
      const auto a = *rc::gen::inRange<std::int64_t>(0, fabric->endpoints());
      const auto b = *rc::gen::inRange<std::int64_t>(0, fabric->endpoints());
      if (a != b) flows.push_back({a, b, 1e6, 0});
    }
    RC_PRE(!flows.empty());
    FlowOptions o;
    o.sharing = flows::sharing_model(flows::SharingKind::kMaxMin);
    o.routing = routing;
    const auto r = run_flows(*fabric, flows, o);
    RC_ASSERT(r.has_value());
    RC_ASSERT(std::abs(r->outcome.makespan_s / r->lower_bound_s - 1) < 1e-6);
  });
}

TEST(FlowNetwork, KindsTogetherShareTheirCards) {
  const FlowNetwork network = network_of(cluster(512));
  const auto ring = place_group(constants(), 64, 8), exchange = place_group(constants(), 64, 1);
  // One second each alone; two equal loads on one card take two, into however many flows they are split.
  const auto same =
      network.together({{FlowPattern::kRing, ring, kCard}, {FlowPattern::kExchange, exchange, kCard}});
  EXPECT_NEAR(same[0], 2, 1e-6);
  EXPECT_NEAR(same[1], 2, 1e-6);
  // A tenth of the bytes gets half the card until it ends; the long one then has what both sent.
  const auto uneven =
      network.together({{FlowPattern::kRing, ring, kCard}, {FlowPattern::kExchange, exchange, 0.1 * kCard}});
  EXPECT_NEAR(uneven[0], 1.1, 1e-6);
  EXPECT_NEAR(uneven[1], 0.2, 1e-6);
}

/// Groups of 16 and 128 in domains of 72: 64 of each are used, by all groups of the job, and rails stay rails.
TEST(FlowModel, GroupsThatDoNotFillADomainStandTogether) {
  Fabric f = constants();
  f.domain_size = 72;
  topology::Cluster c = cluster(1024);
  c.domain_size = 72;
  const FlowNetwork network(
      {topology::system_fabric(c, 64), Routing::kSpray, 8, 1, c.accelerators, 72, kCard});
  const auto p = place(f, {.tp = 16, .dp = 16, .pp = 4, .ep = 128});
  EXPECT_EQ(p.tensor.domain_used, 64);
  EXPECT_EQ(p.expert_data.domain_used, 64);
  for (const auto* g : {&p.expert, &p.expert_data, &p.data, &p.pipeline})
    EXPECT_NEAR(network.reach(FlowPattern::kRing, *g)->share, 1, 1e-9) << g->ranks << " at " << g->stride;
  EXPECT_EQ(place(f, {.tp = 8, .dp = 128}).data.domain_used, 72);
}

TEST(FlowModel, LongHaulLinksAddTheirLatencyOnceAroundARing) {
  const auto fabric = *topology::catalog_fabric(data(), "two-sites");
  const std::int64_t half = fabric->endpoints() / 2;
  Fabric f = constants();
  const FlowNetwork network({fabric, Routing::kSpray, 8, 1, 2 * half, 8, kCard});
  const FlowModel flow(f, network);
  const auto g = place_group(f, 2, half);
  const auto reach = network.reach(FlowPattern::kRing, g);
  ASSERT_EQ(reach->hop_latency_s.size(), 2U);  // there and back
  EXPECT_NEAR(reach->hop_latency_s[0], 14.8e-3, 0.2e-3);
  const double without = collective_seconds(Collective::kAllGather, f, g, 1);
  EXPECT_NEAR(flow.all_gather(g, 1) - without, 2 * (reach->hop_latency_s[0] - f.scaleout.latency_s), 1e-6);
}

}  // namespace
}  // namespace gigawatt::network
