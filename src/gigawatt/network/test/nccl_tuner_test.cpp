#include <string>

#include <gtest/gtest.h>

#include "gigawatt/network/nccl_tuner.h"

namespace gigawatt::network {
namespace {

const NcclConstants& nccl_constants() {
  static const auto loaded = load_nccl_constants(std::string(GW_SOURCE_DIR) + "/data");
  return *loaded;
}

/// Servers of eight H100: eighteen NVLinks, a card of 400 Gbit/s a GPU.
NcclTuner hopper(std::int64_t ranks) {
  const auto g = nccl_group(
      nccl_constants(),
      {.name = "h100", .generation = "hopper", .gpus = 8, .nvlink = 450e9, .cards = 8, .card = 50e9}, ranks);
  return {nccl_constants(), *g};
}

std::string name(const NcclOption& o) {
  return nccl_constants().algorithms[o.algorithm].name + " " + std::string(kNcclProtocolNames[o.protocol]);
}

/// 370.8 GB/s of NVLink hold six rings of 60, which become twelve of 30; a group of kernels has two for each.
TEST(NcclTuner, RingsOfEightByHand) {
  const auto tuner = hopper(8);
  EXPECT_EQ(tuner.rings().channels, 12);
  EXPECT_FLOAT_EQ(tuner.rings().inside, 30);
  EXPECT_EQ(tuner.channels(), 24);
  EXPECT_EQ(tuner.multicast().channels, 8);
  EXPECT_FLOAT_EQ(tuner.multicast().inside, 40);
}

/// Ring LL: 6.6 + 14 x 0.6 us, min(141, 12 x 30 / 2) x 8/14 GB/s. NVLS: 25 us, 8 x 40 x 0.85 x 7/8 x 2 x 8/14 GB/s.
TEST(NcclTuner, AllReduceOfEightByHand) {
  const auto small = hopper(8).choose(Collective::kAllReduce, 1024);
  ASSERT_TRUE(small.has_value());
  EXPECT_EQ(small->channels, 1);
  const auto& tree = small->options.front();  // 6.8 + 14 x 0.6, min(12 x 30 x 0.92, 12 x 38.7) / 3.8 / 2
  EXPECT_EQ(name(tree), "tree LL");
  EXPECT_NEAR(tree.latency_us, 6.8 + 14 * 0.6, 1e-5);
  EXPECT_NEAR(tree.bandwidth, 12 * 30 * 0.92 / 3.8 / 2, 1e-4);
  const auto& ring = small->chosen;
  EXPECT_EQ(name(ring), "ring LL");
  EXPECT_NEAR(ring.latency_us, 15.0, 1e-5);
  EXPECT_NEAR(ring.bandwidth, 141 * 8.0 / 14, 1e-4);
  EXPECT_NEAR(ring.time_us, 15 + 1024 / (1000 * 141 * 8.0 / 14), 1e-5);
  const auto large = hopper(8).choose(Collective::kAllReduce, 1 << 30);
  ASSERT_TRUE(large.has_value());
  EXPECT_EQ(name(large->chosen), "nvls Simple");
  EXPECT_NEAR(large->chosen.bandwidth, 8 * 40 * 0.85 * 7 / 8 * 2 * 8 / 14, 1e-3);
  EXPECT_NEAR(large->chosen.time_us, 25 + (1 << 30) / 272000.0, 0.01);
  EXPECT_EQ(large->channels, 16);
}

/// Sixteen nodes, one way through each: 8 channels of 48 across; a ring's 254 steps, 30 of them over the network, and the
/// plateau of 1.4.
TEST(NcclTuner, RingOfSixteenNodesByHand) {
  const auto far = hopper(128).choose(Collective::kAllReduce, std::uint64_t{1} << 34);
  ASSERT_TRUE(far.has_value());
  EXPECT_EQ(name(far->chosen), "ring Simple");
  EXPECT_NEAR(far->chosen.latency_us, 8.4 + (254 - 30) * 3.4 + 30 * 14, 1e-2);
  EXPECT_NEAR(far->chosen.bandwidth, 8 * 48 * 128.0 / 254, 1e-3);
  EXPECT_NEAR(far->chosen.time_us,
              1.4 * (8.4 + 224 * 3.4 + 420) + 17179869184.0 / (1000 * 8 * 48 * 128.0 / 254), 1);
}

/// All protocols of a group take longer for more bytes, within one pair.
TEST(NcclTuner, BytesCostTime) {
  const auto tuner = hopper(64);
  for (const auto c : {Collective::kAllReduce, Collective::kAllGather, Collective::kBroadcast}) {
    double before = 0;
    for (int power = 0; power < 40; ++power) {
      const auto choice = tuner.choose(c, std::uint64_t{1} << power);
      ASSERT_TRUE(choice.has_value());
      EXPECT_GE(choice->chosen.time_us, 0.9 * before) << power;  // corrections of trees jump by up to a tenth
      EXPECT_GE(choice->channels, 1);
      EXPECT_LE(choice->channels, tuner.channels());
      before = choice->chosen.time_us;
    }
  }
}

/// PAT is for nodes of one GPU.
TEST(NcclTuner, PatNeedsOneGpuANode) {
  const auto g = nccl_group(
      nccl_constants(),
      {.name = "h100", .generation = "hopper", .gpus = 1, .nvlink = 450e9, .cards = 1, .card = 50e9}, 32);
  const auto alone = NcclTuner(nccl_constants(), *g).choose(Collective::kAllGather, 1 << 20);
  ASSERT_TRUE(alone.has_value());
  EXPECT_EQ(name(alone->options.back()), "pat Simple");
  EXPECT_NEAR(alone->options.back().latency_us, 8 + 5 * (14 / 3.5) + 32 * 2.8, 1e-4);
  const auto eight = hopper(64).choose(Collective::kAllGather, 1 << 20);
  ASSERT_TRUE(eight.has_value());
  for (const auto& o : eight->options) EXPECT_NE(name(o), "pat Simple");
}

}  // namespace
}  // namespace gigawatt::network
