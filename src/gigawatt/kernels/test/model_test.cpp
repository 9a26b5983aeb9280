#include "gigawatt/kernels/model.h"

#include <array>
#include <cmath>

#include <gtest/gtest.h>

namespace gigawatt::kernels {
namespace {

using catalog::Precision;

/// A round-numbered chip: 1 PFLOP/s bf16, 100 SMs, 3 TB/s.
ChipModel chip() {
  ChipModel c;
  c.name = "round";
  c.peak_flops[static_cast<std::size_t>(Precision::kBf16)] = 1e15;
  c.peak_flops[static_cast<std::size_t>(Precision::kFp8)] = 2e15;
  c.memory_bandwidth = 3e12;
  c.sm_count = 100;
  for (auto& g : c.kernel.gemm) g = {0.8, 100, 20, 0.5, 0.1, 0.9, 0, 3e-6};
  c.kernel.of(Precision::kFp8).quantise_bytes = 6;
  c.kernel.attention = {0.6, 200, 2, 50, 0.9, 1e-5};
  c.kernel.overlap_exponent = 3;
  c.kernel.throttle_s = 1e-3;
  c.kernel.memory_efficiency = 0.85;
  c.kernel.memory_ramp_bytes = 1e6;
  c.kernel.memory_overhead_s = 2e-6;
  return c;
}

/// Nothing lost: what remains is tiles, waves and the roofline.
ChipModel ideal() {
  ChipModel c = chip();
  for (auto& g : c.kernel.gemm) g = {1, 0, 0, 1, 0, 1, 0, 0};
  c.kernel.attention = {1, 0, 1, 0, 1, 0};
  c.kernel.overlap_exponent = 1000;
  c.kernel.memory_efficiency = 1;
  c.kernel.memory_ramp_bytes = 0;
  c.kernel.memory_overhead_s = 0;
  return c;
}

double gemm(const ChipModel& c, std::int64_t m, std::int64_t n, std::int64_t k,
            Precision p = Precision::kBf16) {
  return gemm_seconds(c, {m, n, k, 1}, p);
}

TEST(Gemm, FullWavesOfTheIdealChipReachThePeak) {
  // 100 SMs, 128x128 tiles: 1280 x 1280 is one wave exactly; K long enough to be compute-bound.
  EXPECT_NEAR(gemm(ideal(), 1280, 1280, 8192), 2.0 * 1280 * 1280 * 8192 / 1e15, 1e-12);
}

TEST(Gemm, OneTileMoreThanAWaveCostsMore) {
  // 110 tiles of 128x128 on 100 SMs: smaller tiles and cuts of K soften two waves, but 10% of the work is padding.
  const double full = gemm(ideal(), 1280, 1280, 8192), spill = gemm(ideal(), 1281, 1280, 8192);
  EXPECT_GT(spill, full * 1.05);
  EXPECT_LT(spill, full * 2);
}

TEST(Gemm, FewRowsAreBoundByReadingTheWeights) {
  const double bytes = 2.0 * (16.0 * 8192 + 8192.0 * 8192 + 16.0 * 8192);
  EXPECT_NEAR(gemm(ideal(), 16, 8192, 8192), bytes / 3e12, 1e-3 * bytes / 3e12);
}

TEST(Gemm, NeverBelowEitherRooflineLimit) {
  for (const ChipModel& c : {chip(), ideal()})
    for (const std::int64_t m : {1, 17, 256, 1000, 4096})
      for (const std::int64_t n : {64, 999, 8192})
        for (const std::int64_t k : {32, 1024, 7168}) {
          const double flops = 2.0 * static_cast<double>(m * n) * static_cast<double>(k);
          const double bytes = 2.0 * static_cast<double>(m * k + k * n + m * n);
          EXPECT_GE(gemm(c, m, n, k), flops / 1e15 * (1 - 1e-9)) << m << ' ' << n << ' ' << k;
          EXPECT_GE(gemm(c, m, n, k), bytes / 3e12 * (1 - 1e-9)) << m << ' ' << n << ' ' << k;
        }
}

TEST(Gemm, GrowsWithEachDimension) {
  const ChipModel c = chip();
  double before = 0;
  for (std::int64_t m = 1; m < 20000; m = m * 9 / 8 + 1) {
    const double t = gemm(c, m, 4096, 4096);
    EXPECT_GE(t, before) << "m = " << m;
    before = t;
  }
  before = 0;
  for (std::int64_t k = 32; k < 70000; k = k * 9 / 8 + 1) {
    const double t = gemm(c, 2048, 5120, k);
    EXPECT_GE(t, before) << "k = " << k;
    before = t;
  }
}

TEST(Gemm, SymmetricInRowsAndColumns) {
  EXPECT_NEAR(gemm(chip(), 3000, 700, 1024), gemm(chip(), 700, 3000, 1024), 1e-12);
}

TEST(Gemm, NothingTakesNoTimeAndBatchesAddUp) {
  EXPECT_EQ(gemm(chip(), 0, 10, 10), 0);
  EXPECT_EQ(gemm_seconds(chip(), {10, 10, 10, 0}, Precision::kBf16), 0);
  const double one = gemm_seconds(ideal(), {1280, 1280, 4096, 1}, Precision::kBf16);
  EXPECT_NEAR(gemm_seconds(ideal(), {1280, 1280, 4096, 8}, Precision::kBf16), 8 * one, 1e-9);
}

TEST(Gemm, Fp8IsFasterForLargeProductsAndPaysForCasting) {
  EXPECT_LT(gemm(chip(), 8192, 8192, 8192, Precision::kFp8), 0.6 * gemm(chip(), 8192, 8192, 8192));
  ChipModel free = chip();
  free.kernel.of(Precision::kFp8).quantise_bytes = 0;
  const double casting = 6.0 * 8192 * 8192 / (3e12 * 0.9);
  EXPECT_NEAR(gemm(chip(), 8192, 8192, 8192, Precision::kFp8) - gemm(free, 8192, 8192, 8192, Precision::kFp8),
              casting, 1e-9);
}

TEST(Gemm, BlockScaledFp8RunsOnPlainFp8UnitsWhereTheChipHasNoOther) {
  EXPECT_DOUBLE_EQ(chip().peak(Precision::kMxfp8), 2e15);
  EXPECT_DOUBLE_EQ(chip().peak(Precision::kNvfp4), 1e15);
  EXPECT_DOUBLE_EQ(chip().peak(Precision::kFp16), 1e15);
}

TEST(Gemm, SustainedClockSlowsWhatIsComputeBound) {
  ChipModel slow = chip();
  slow.sustained_clock = 0.8;
  EXPECT_NEAR(gemm(slow, 8192, 8192, 8192) / gemm(chip(), 8192, 8192, 8192), 1.25, 0.03);
  EXPECT_NEAR(gemm(slow, 16, 8192, 8192) / gemm(chip(), 16, 8192, 8192), 1, 0.03);
}

TEST(GroupedGemm, EvenGroupsEqualABatchedProduct) {
  const double batched = gemm_seconds(chip(), {512, 2048, 4096, 8}, Precision::kBf16);
  EXPECT_NEAR(grouped_gemm_seconds(chip(), {8, 8 * 512, 2048, 4096, 1}, Precision::kBf16), batched, 1e-12);
}

TEST(GroupedGemm, UnevenGroupsWasteHalfATile) {
  EXPECT_GT(grouped_gemm_seconds(chip(), {8, 8 * 512, 2048, 4096, 1.3}, Precision::kBf16),
            grouped_gemm_seconds(chip(), {8, 8 * 512, 2048, 4096, 1}, Precision::kBf16));
  EXPECT_EQ(grouped_gemm_seconds(chip(), {8, 0, 2048, 4096, 1}, Precision::kBf16), 0);
}

TEST(Attention, FlopsOfMasks) {
  const AttentionShape full{2, 8, 8, 1024, 1024, 128, 0, false, 0};
  EXPECT_DOUBLE_EQ(attention_flops(full, Direction::kForward), 4.0 * 128 * 1024 * 1024 * 16);
  AttentionShape causal = full;
  causal.causal = true;
  EXPECT_DOUBLE_EQ(attention_flops(causal, Direction::kForward), 4.0 * 128 * (1024.0 * 1025 / 2) * 16);
  EXPECT_DOUBLE_EQ(attention_flops(causal, Direction::kBackward),
                   2.5 * attention_flops(causal, Direction::kForward));
  AttentionShape wide = full;
  wide.v_dim = 64;
  EXPECT_DOUBLE_EQ(attention_flops(wide, Direction::kForward), 2.0 * (128 + 64) * 1024 * 1024 * 16);
}

/// Pairs counted one by one, the oracle for the closed form.
double brute_force_pairs(std::int64_t q, std::int64_t kv, std::int64_t window) {
  double pairs = 0;
  for (std::int64_t i = 0; i < q; ++i) {
    const std::int64_t last = kv - q + i;  // newest visible key
    pairs += static_cast<double>(std::min(window > 0 ? window : kv, last + 1));
  }
  return pairs;
}

TEST(Attention, CausalAndWindowedPairsEqualACount) {
  for (const std::int64_t q : {1, 7, 64, 100})
    for (const std::int64_t kv : {100, 128, 513})
      for (const std::int64_t window : {0, 1, 30, 99, 1000}) {
        const AttentionShape s{1, 1, 1, q, kv, 1, 0, true, window};
        EXPECT_DOUBLE_EQ(attention_flops(s, Direction::kForward), 4 * brute_force_pairs(q, kv, window))
            << q << ' ' << kv << ' ' << window;
      }
}

TEST(Attention, IdealChipReachesThePeakAtReferenceHeadDimension) {
  const AttentionShape s{4, 32, 32, 8192, 8192, 128, 0, true, 0};
  EXPECT_NEAR(attention_seconds(ideal(), s, Direction::kForward, true, Precision::kBf16),
              attention_flops(s, Direction::kForward) / 1e15, 1e-12);
}

TEST(Attention, BackwardIsSlowerThanItsFlops) {
  const AttentionShape s{1, 32, 8, 4096, 4096, 128, 0, true, 0};
  const double forward = attention_seconds(chip(), s, Direction::kForward, true, Precision::kBf16);
  const double backward = attention_seconds(chip(), s, Direction::kBackward, true, Precision::kBf16);
  EXPECT_GT(backward, 2.5 * forward);
  EXPECT_LT(backward, 5 * forward);
}

TEST(Attention, UnfusedPaysForTheScoreMatrix) {
  const AttentionShape s{1, 32, 32, 4096, 4096, 128, 0, true, 0};
  const double scores = 32.0 * 4096 * 4096 * 2;
  EXPECT_GT(attention_seconds(chip(), s, Direction::kForward, false, Precision::kBf16),
            attention_seconds(chip(), s, Direction::kForward, true, Precision::kBf16) + 4 * scores / 3e12);
}

TEST(Attention, NarrowHeadsAreLessEfficient) {
  const AttentionShape wide{1, 16, 16, 8192, 8192, 128, 0, true, 0},
      narrow{1, 32, 32, 8192, 8192, 64, 0, true, 0};
  EXPECT_GT(attention_seconds(chip(), narrow, Direction::kForward, true, Precision::kBf16),
            attention_seconds(chip(), wide, Direction::kForward, true, Precision::kBf16));
}

TEST(MemoryBound, BandwidthPlusOverhead) {
  EXPECT_NEAR(memory_bound_seconds(chip(), 3e9), 2e-6 + 3.001e9 / (3e12 * 0.85), 1e-12);
  EXPECT_EQ(memory_bound_seconds(chip(), 0), 0);
}

TEST(ElementBytes, CountBlockScales) {
  EXPECT_DOUBLE_EQ(element_bytes(Precision::kMxfp8), 33.0 / 32);
  EXPECT_DOUBLE_EQ(element_bytes(Precision::kNvfp4), 9.0 / 16);
  EXPECT_DOUBLE_EQ(element_bytes(Precision::kFp32), 4);
}

TEST(KernelParameters, NamesReachEveryMemberOnce) {
  KernelParameters p;
  const auto names = kernel_parameter_names();
  for (std::size_t i = 0; i < names.size(); ++i) kernel_parameter(p, i) = static_cast<double>(i + 1);
  for (std::size_t i = 0; i < names.size(); ++i)
    EXPECT_DOUBLE_EQ(kernel_parameter(p, i), static_cast<double>(i + 1)) << names[i];
  EXPECT_EQ(sizeof(KernelParameters), names.size() * sizeof(double));
}

class ShippedCalibration : public testing::Test {
 protected:
  static KernelParameters load(const std::string& name, const std::string& generation) {
    catalog::Accelerator a;
    a.name = name;
    a.generation = generation;
    const auto p = load_kernel_parameters(GW_SOURCE_DIR "/data/calibration", a);
    EXPECT_TRUE(p.has_value()) << (p ? "" : base::render(p.error()));
    return p.value_or(KernelParameters{});
  }
};

TEST_F(ShippedCalibration, ChipThenGenerationThenAllChips) {
  const auto own = load("h100-sxm-80", "hopper"), generation = load("h20-sxm-96", "hopper"),
             pooled = load("x", "y");
  EXPECT_NE(own.of(Precision::kBf16).max_efficiency, generation.of(Precision::kBf16).max_efficiency);
  EXPECT_NE(generation.of(Precision::kBf16).max_efficiency, pooled.of(Precision::kBf16).max_efficiency);
}

TEST_F(ShippedCalibration, H100ReachesItsPublishedBestProduct) {
  // Maximum achievable on H100 SXM, bf16: 794.5 TFLOP/s (stas00/ml-engineering); data sheet 989.4.
  ChipModel c = chip();
  c.peak_flops[static_cast<std::size_t>(Precision::kBf16)] = 989.4e12;
  c.memory_bandwidth = 3.35e12;
  c.sm_count = 132;
  c.kernel = load("h100-sxm-80", "hopper");
  const double t = gemm(c, 2048, 2048, 13312);
  EXPECT_NEAR(2.0 * 2048 * 2048 * 13312 / t / 1e12, 794.5, 0.08 * 794.5);
}

}  // namespace
}  // namespace gigawatt::kernels
