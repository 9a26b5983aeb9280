#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gigawatt/network/collective_run.h"
#include "gigawatt/network/nccl_library.h"
#include "gigawatt/topology/tree_fabric.h"

namespace gigawatt::network {
namespace {

const NcclConstants& library_constants() {
  static const auto loaded = load_nccl_constants(std::string(GW_SOURCE_DIR) + "/data");
  return *loaded;
}

/// Round figures in place of the fitted ones: links of 400 GB/s reach half of it, and nothing ramps.
NcclKernels round_kernels() {
  NcclKernels k;
  k.ramp_exponent = 1;
  k.copy_share = 0.5;
  k.own_share = 0.5;
  k.eager_bandwidth = 4;
  k.card_share = 0.9;
  NcclKernelRates r;
  r.names = {"hopper"};
  r.start = 5;
  r.ll_hop = 1;
  r.ll_channel = 8;
  r.simple_start = 10;
  r.simple_hop = 4;
  r.link_share = r.exchange_share = 0.5;
  r.exchange_start = 50;
  r.nvls_start = 20;
  r.nvls_share = 0.75;
  k.generations = {r};
  return k;
}

class RoundLibrary {
 public:
  RoundLibrary(std::int64_t ranks, NcclKernels kernels)
      : kernels_(std::move(kernels)),
        library_(library_constants(), kernels_, kernels_.generations.front(),
                 *nccl_group(library_constants(),
                             {.name = "h100",
                              .generation = "hopper",
                              .gpus = 8,
                              .nvlink = 450e9,
                              .cards = 8,
                              .card = 50e9},
                             ranks)) {}
  const NcclLibrary& operator*() const { return library_; }

 private:
  NcclKernels kernels_;
  NcclLibrary library_;
};

topology::TreeFabric one_domain(std::int64_t ranks, double capacity, double latency_s = 0) {
  topology::Tier t;
  t.children = ranks;
  t.capacity = capacity;
  t.latency_s = latency_s;
  return topology::TreeFabric({t});
}

ProgramRequest all_reduce_of(std::int64_t ranks, double bytes, Algorithm algorithm) {
  ProgramRequest p;
  p.ranks = p.domain = ranks;
  p.bytes = bytes;
  p.algorithm = algorithm;
  p.reduction = Reduction::kDomain;
  return p;
}

double ran(const topology::Fabric& fabric, const ProgramRequest& p, const NcclLibrary& library) {
  FlowOptions options;
  options.sharing.bandwidth_factor = 0.98;  // headers are part of what kernels reach
  const auto r = run_collective(fabric, p, options, 0, &library);
  EXPECT_TRUE(r.has_value());
  return r ? r->total.outcome.makespan_s : -1;
}

/// A channel: 14 steps of 1 us after 5, and (14 + 0.5)/8 of 64 KiB through 8 GB/s of each of two channels.
TEST(NcclLibrary, SmallBuffersGoByLl) {
  const RoundLibrary library(8, round_kernels());
  const auto fabric = one_domain(8, 400e9);
  const double moved = 14.5 / 8 * 65536;
  EXPECT_NEAR(ran(fabric, all_reduce_of(8, 65536, Algorithm::kRing), *library), 19e-6 + moved / 16e9, 1e-12);
  const auto call = (*library).call(Collective::kAllReduce, Algorithm::kRing, 65536);
  EXPECT_EQ(call.protocol, "LL");
  EXPECT_EQ(call.channels, 2);
}

/// 14 hops of 4 us and 10 beside data: 1.75 GB at 200 GB/s, over which the copy of an eighth adds 0.5/14.
TEST(NcclLibrary, DataHideHopsOfLargeBuffers) {
  const RoundLibrary library(8, round_kernels());
  const auto fabric = one_domain(8, 400e9);
  const double wire = 1.75e9 / 200e9 * (1 + 0.5 / 14);
  EXPECT_NEAR(ran(fabric, all_reduce_of(8, 1e9, Algorithm::kRing), *library), 5e-6 + std::hypot(66e-6, wire),
              1e-9);
  // Switches that reduce: 9/8 of the buffer at three quarters of the link, after 25 us.
  EXPECT_NEAR(ran(fabric, all_reduce_of(8, 1e9, Algorithm::kInNetwork), *library), 25e-6 + 1.125e9 / 300e9,
              1e-9);
}

TEST(NcclLibrary, KernelsAreSlowerWithSmallParts) {
  auto kernels = round_kernels();
  kernels.generations.front().ramp_bytes = 125e6;  // a rank's part of 1 GB
  const RoundLibrary library(8, kernels);
  EXPECT_NEAR((*library).call(Collective::kAllGather, Algorithm::kRing, 1e9).domain_share,
              0.5 / 2 / (1 + 0.5 / 7), 1e-12);
}

/// Small exchanges send each peer its part eagerly: 5 us, three doublings, an eighth at 4 GB/s.
TEST(NcclLibrary, SmallExchangesAreEager) {
  const RoundLibrary library(8, round_kernels());
  const auto fabric = one_domain(8, 400e9);
  auto p = all_reduce_of(8, 8000, Algorithm::kDirect);
  p.collective = Collective::kAllToAll;
  EXPECT_NEAR(ran(fabric, p, *library), 5e-6 + 3e-6 + 1000 / 4e9, 1e-12);
}

TEST(NcclLibrary, AHopTakesAtLeastItsFlight) {
  const RoundLibrary library(8, round_kernels());
  const auto near = one_domain(8, 400e9), far = one_domain(8, 400e9, 1e-3);
  const auto p = all_reduce_of(8, 65536, Algorithm::kRing);
  EXPECT_NEAR(ran(far, p, *library) - ran(near, p, *library), 14 * (2e-3 - 1e-6), 1e-9);
}

TEST(NcclLibrary, AutoIsWhatNcclChooses) {
  const RoundLibrary library(8, round_kernels());
  const auto fabric = one_domain(8, 400e9);
  const auto r = run_collective(fabric, all_reduce_of(8, 1e9, Algorithm::kAuto), {}, 0, &*library);
  ASSERT_TRUE(r.has_value());
  EXPECT_EQ(r->algorithm, Algorithm::kInNetwork);
  EXPECT_EQ(r->protocol, "Simple");
  double phases = 0;
  for (const auto& p : r->phases) phases += p.repeats * p.seconds;
  EXPECT_NEAR(phases, r->total.outcome.makespan_s, 1e-12);
  for (const auto& t : r->tried) EXPECT_NE(t.algorithm, Algorithm::kHierarchical);
}

TEST(NcclLibrary, ShippedRatesAreReadAndCoverNcclsGenerations) {
  const auto kernels = load_nccl_kernels(std::string(GW_SOURCE_DIR) + "/data");
  ASSERT_TRUE(kernels.has_value()) << base::render(kernels.error());
  for (const auto& g : library_constants().generations)
    for (const auto& name : g.names) EXPECT_NE(kernels->generation(name), nullptr) << name;
  EXPECT_EQ(kernels->generation("cdna3"), nullptr);
}

}  // namespace
}  // namespace gigawatt::network
