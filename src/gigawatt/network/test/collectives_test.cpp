#include "gigawatt/network/collectives.h"

#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace gigawatt::network {
namespace {

/// 8 accelerators at 400 GB/s per domain, 50 GB/s between domains; no ramps, no copies.
Fabric plain() {
  Fabric f;
  f.domain_size = 8;
  f.scaleup = {5e-6, 1e-6, 400e9, 10e-6, 320e9, 0};
  f.scaleout = {15e-6, 4e-6, 50e9, 25e-6, 45e9, 0};
  f.ramp_exponent = 1;
  return f;
}

GroupPlacement group(std::int64_t ranks, std::int64_t per_domain) { return {ranks, per_domain, ranks, 1}; }

constexpr Collective kAll[] = {Collective::kAllReduce, Collective::kReduceScatter, Collective::kAllGather,
                               Collective::kAllToAll,  Collective::kBroadcast,     Collective::kSendRecv};

TEST(Collectives, RingByHand) {
  // 8 ranks, 1 GB: 14 steps of 1 us, 5 us base, 2 * 7/8 GB at 400 GB/s.
  EXPECT_NEAR(all_reduce_seconds(plain(), group(8, 8), 1e9), 5e-6 + 14e-6 + 1.75e9 / 400e9, 1e-12);
  EXPECT_NEAR(all_gather_seconds(plain(), group(8, 8), 1e9), 5e-6 + 7e-6 + 0.875e9 / 400e9, 1e-12);
  EXPECT_NEAR(all_to_all_seconds(plain(), group(8, 8), 1e9), 10e-6 + 0.875e9 / 320e9, 1e-12);
}

TEST(Collectives, AllReduceIsReduceScatterAndAllGatherInTheRingLimit) {
  const double both =
      reduce_scatter_seconds(plain(), group(8, 8), 8e9) + all_gather_seconds(plain(), group(8, 8), 8e9);
  EXPECT_NEAR(all_reduce_seconds(plain(), group(8, 8), 8e9), both, 1e-3 * both);
}

TEST(Collectives, OneRankTakesNoTimeAndNoBytesTakeLatency) {
  for (const Collective c : kAll) {
    EXPECT_EQ(collective_seconds(c, plain(), group(1, 1), 1e9), 0);
    const double latency = collective_seconds(c, plain(), group(16, 8), 0);
    EXPECT_GT(latency, 1e-6);
    EXPECT_LT(latency, 1e-3);
  }
}

TEST(Collectives, RampHalvesTheBandwidthAtItsBytes) {
  Fabric f = plain();
  f.scaleup.ramp_bytes = 1e8;
  const double latency = all_gather_seconds(f, group(8, 8), 0);
  EXPECT_NEAR(all_gather_seconds(f, group(8, 8), 1e8) - latency, 2 * 0.875e8 / 400e9, 1e-12);
}

TEST(Collectives, InNetworkReductionBeatsTheRing) {
  Fabric f = plain();
  f.in_network_bandwidth = 300e9;
  f.in_network_base_s = 30e-6;
  EXPECT_NEAR(all_reduce_seconds(f, group(8, 8), 1e9), 30e-6 + 1.125e9 / 300e9, 1e-12);
  EXPECT_DOUBLE_EQ(all_reduce_seconds(f, group(2, 2), 1e9), all_reduce_seconds(plain(), group(2, 2), 1e9));
}

TEST(Collectives, RailsOfADomainWorkTogether) {
  // 8 rails of 50 GB/s equal the 400 GB/s inside: a ring over 64 ranks keeps the full bandwidth.
  const double t = all_gather_seconds(plain(), group(64, 8), 64e9);
  EXPECT_NEAR(64e9 * 63 / 64 / t, 400e9, 0.01 * 400e9);
  const double lonely = all_gather_seconds(plain(), group(8, 1), 8e9);
  EXPECT_NEAR(8e9 * 7 / 8 / lonely, 50e9, 0.01 * 50e9);
}

TEST(Collectives, SeveralRanksADomainGatherInOneRing) {
  // 64 ranks in 8 domains: 7 hops between them, 56 inside; no library gathers in two levels.
  const double by_hand = 15e-6 + 7 * 4e-6 + 56 * 1e-6 + 63.0 / 64 * 1e9 / 400e9;
  EXPECT_NEAR(all_gather_seconds(plain(), group(64, 8), 1e9), by_hand, 1e-12);
  EXPECT_NEAR(reduce_scatter_seconds(plain(), group(64, 8), 1e9), by_hand, 1e-12);
}

TEST(Collectives, AnExchangeWaitsForOneHop) {
  EXPECT_NEAR(all_to_all_seconds(plain(), group(16, 8), 0), 25e-6 + 4e-6, 1e-15);
  EXPECT_DOUBLE_EQ(all_to_all_seconds(plain(), group(1024, 8), 0),
                   all_to_all_seconds(plain(), group(16, 8), 0));
}

TEST(Collectives, SmallMessagesAtScaleDoNotPayTheRing) {
  // 1,024 domains: 2,046 steps of 4 us would be 8 ms; a tree needs 2 * 10.
  EXPECT_LT(all_reduce_seconds(plain(), group(8192, 8), 1024), 0.5e-3);
  EXPECT_LT(all_gather_seconds(plain(), group(1024, 1), 1024), 0.5e-3);
}

TEST(Collectives, OversubscriptionSlowsAllToAllAcrossPods) {
  Fabric f = plain();
  f.pod_size = 32;
  f.pod_oversubscription = 4;
  GroupPlacement g = place_group(f, 64, 1);
  EXPECT_EQ(g.ranks_per_pod, 32);
  const double inside = all_to_all_seconds(plain(), group(64, 8), 64e9);
  EXPECT_NEAR(all_to_all_seconds(f, g, 64e9) / inside, 4 * 32.0 / 56, 0.01);
  // A ring crosses the border once for its 32 ranks: no loss.
  EXPECT_DOUBLE_EQ(all_reduce_seconds(f, g, 64e9), all_reduce_seconds(plain(), group(64, 8), 64e9));
}

TEST(Collectives, MeshGivesAPairOneLink) {
  Fabric f = plain();
  f.direct_links = 7;
  const double pair = all_gather_seconds(f, group(2, 2), 7e9), all = all_gather_seconds(f, group(8, 8), 7e9);
  EXPECT_NEAR(3.5e9 / pair, 400e9 / 7, 0.01 * 400e9 / 7);
  EXPECT_DOUBLE_EQ(all, all_gather_seconds(plain(), group(8, 8), 7e9));
}

TEST(Collectives, ImbalanceScalesAllToAll) {
  const double latency = all_to_all_seconds(plain(), group(16, 8), 0);
  const double even = all_to_all_seconds(plain(), group(16, 8), 1e9) - latency;
  EXPECT_NEAR(all_to_all_seconds(plain(), group(16, 8), 1e9, 1.5) - latency, 1.5 * even, 1e-9);
}

TEST(Collectives, BusFactors) {
  EXPECT_DOUBLE_EQ(bus_factor(Collective::kAllReduce, 8), 1.75);
  EXPECT_DOUBLE_EQ(bus_factor(Collective::kAllToAll, 8), 0.875);
  EXPECT_DOUBLE_EQ(bus_factor(Collective::kSendRecv, 8), 1);
}

TEST(CollectiveProperties, GrowWithBytesAndNeverBeatTheLink) {
  rc::check([] {
    Fabric f = plain();
    f.scaleup.ramp_bytes = *rc::gen::inRange(0, 10000000);
    f.ramp_exponent = *rc::gen::inRange(2, 12) / 10.0;
    f.in_network_bandwidth = *rc::gen::element(0.0, 300e9);
    f.eager_bandwidth = *rc::gen::element(0.0, 4e9);
    const auto per_domain = *rc::gen::element<std::int64_t>(1, 2, 4, 8);
    const auto domains = *rc::gen::element<std::int64_t>(1, 2, 16, 1000);
    RC_PRE(per_domain * domains > 1);
    const GroupPlacement g = group(per_domain * domains, per_domain);
    const double bytes = *rc::gen::inRange<std::int64_t>(1, 1000000000);
    for (const Collective c : kAll) {
      const double t = collective_seconds(c, f, g, bytes);
      RC_ASSERT(std::isfinite(t) && t > 0);
      RC_ASSERT(collective_seconds(c, f, g, bytes * 1.5) >= t);
      if (f.in_network_bandwidth == 0.0) RC_ASSERT(bytes * bus_factor(c, g.ranks) / t <= 400e9 * 1.0001);
    }
  });
}

TEST(CollectiveProperties, HierarchyIsNeverWorseThanTheRailsRingAlone) {
  rc::check([] {
    const Fabric f = plain();
    const auto domains = *rc::gen::inRange<std::int64_t>(2, 2000);
    const double bytes = *rc::gen::inRange<std::int64_t>(1, 1000000000);
    const auto n = static_cast<double>(8 * domains);
    const double ring =
        f.scaleout.base_s +
        2 * ((static_cast<double>(domains) - 1) * 4e-6 + static_cast<double>(domains) * 7 * 1e-6) +
        2 * (n - 1) / n * bytes / 400e9;
    RC_ASSERT(all_reduce_seconds(f, group(8 * domains, 8), bytes) <= ring * (1 + 1e-12));
  });
}

TEST(Placement, MegatronOrder) {
  Fabric f = plain();
  const Placements p = place(f, {.tp = 4, .cp = 2, .dp = 16, .pp = 4, .etp = 1, .ep = 8});
  EXPECT_EQ(p.tensor.ranks_per_domain, 4);
  EXPECT_EQ(p.context.ranks_per_domain, 2);  // 2 ranks 4 apart: one domain
  EXPECT_EQ(p.data.ranks_per_domain, 1);     // 8 apart
  EXPECT_EQ(p.data_context.ranks, 32);
  EXPECT_EQ(p.data_context.ranks_per_domain, 2);
  EXPECT_EQ(p.pipeline.ranks_per_domain, 1);
  EXPECT_EQ(p.expert.ranks_per_domain, 8);
  EXPECT_EQ(p.expert_data.ranks, 16);
  EXPECT_EQ(p.expert_data.ranks_per_domain, 1);
  EXPECT_EQ(p.world.ranks, 512);
  EXPECT_EQ(p.world.domains(), 64);
}

TEST(Placement, GroupsThatDoNotFitADomainTakeADivisor) {
  Fabric f = plain();
  f.domain_size = 72;
  EXPECT_EQ(place_group(f, 64, 1).ranks_per_domain, 64);
  EXPECT_EQ(place_group(f, 128, 1).ranks_per_domain, 64);
  EXPECT_EQ(place_group(f, 16, 8).ranks_per_domain, 8);  // nine spans fit, eight divide 16
  EXPECT_EQ(place_group(f, 4, 100).ranks_per_domain, 1);
}

TEST(NetworkParameters, NamesReachEveryMemberOnce) {
  NetworkParameters p;
  const auto names = network_parameter_names();
  for (std::size_t i = 0; i < names.size(); ++i) network_parameter(p, i) = static_cast<double>(i + 1);
  for (std::size_t i = 0; i < names.size(); ++i)
    EXPECT_DOUBLE_EQ(network_parameter(p, i), static_cast<double>(i + 1)) << names[i];
  EXPECT_EQ(sizeof(NetworkParameters), names.size() * sizeof(double));
}

/// Shipped constants against published bus bandwidths of 8 accelerators in one domain.
double published(const std::string& generation, double scaleup, double bytes) {
  catalog::Accelerator a;
  a.generation = generation;
  const auto p = load_network_parameters(GW_SOURCE_DIR "/data/calibration", a);
  EXPECT_TRUE(p.has_value());
  topology::Cluster cluster;
  cluster.domain_size = 8;
  cluster.scaleup_bandwidth = scaleup;
  cluster.scaleout_bandwidth = 50e9;
  const Fabric f = make_fabric(cluster, p.value_or(NetworkParameters{}));
  return bytes * 1.75 / all_reduce_seconds(f, place_group(f, 8, 1), bytes) / 1e9;
}

TEST(Shipped, BusBandwidthsOfLargeAllReduces) {
  EXPECT_NEAR(published("hopper", 450e9, 17179869184.0), 479.9, 0.05 * 479.9);   // nccl-tests, H100, 16 GiB
  EXPECT_NEAR(published("ampere", 300e9, 1073741824.0), 229.0, 0.1 * 229.0);     // nccl-tests, A100, 1 GiB
  EXPECT_NEAR(published("blackwell", 900e9, 8589934592.0), 838.0, 0.1 * 838.0);  // B200, 8 GiB
}

}  // namespace
}  // namespace gigawatt::network
