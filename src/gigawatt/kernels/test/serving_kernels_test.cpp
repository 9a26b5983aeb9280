#include "gigawatt/kernels/serving_kernels.h"

#include <cmath>

#include <gtest/gtest.h>

#include "gigawatt/kernels/latent_modules.h"

namespace gigawatt::kernels {
namespace {

Device device() {
  Device d;
  d.peak16 = 1e15;
  d.peak8 = 2e15;
  d.peak4 = 4e15;
  d.bandwidth = 4e12;
  d.sms = 100;
  d.link = 4e11;
  return d;
}

double term(const Terms& t, std::string_view name) {
  for (const auto& x : t.all())
    if (x.name == name) return x.seconds;
  return -1;
}

TEST(ProductTerms, WeightsAndFlopsAreThoseOfTheShape) {
  const Terms t = product_terms(device(), 8, 4096, 1024, Format::kFp8);
  EXPECT_DOUBLE_EQ(term(t, "weights"), 4096.0 * 1024 / 4e12);
  EXPECT_DOUBLE_EQ(term(t, "flops"), 2.0 * 8 * 4096 * 1024 / 2e15);
  EXPECT_GE(term(t, "tiles"), term(t, "flops"));
}

TEST(PromptAttentionTerms, CountsCausalPairsWindowsAndHistory) {
  PromptAttention s{.batch = 1, .length = 4, .heads = 1, .kv_heads = 1, .qk_dim = 64, .v_dim = 64};
  EXPECT_DOUBLE_EQ(term(prompt_attention_terms(device(), s), "flops"), 4.0 * 64 * 10 / 1e15);
  s.history = 6;  // every query sees six keys more
  EXPECT_DOUBLE_EQ(term(prompt_attention_terms(device(), s), "flops"), 4.0 * 64 * (10 + 24) / 1e15);
  s.history = 0;
  s.window = 2;  // 1 + 2 + 2 + 2 pairs
  EXPECT_DOUBLE_EQ(term(prompt_attention_terms(device(), s), "flops"), 4.0 * 64 * 7 / 1e15);
}

TEST(CacheAttentionTerms, ReadsTheCacheOnceAndNoMoreThanTheWindow) {
  CacheAttention s{.batch = 2, .keys = 1000, .heads = 8, .kv_heads = 2, .head_dim = 128};
  EXPECT_DOUBLE_EQ(term(cache_attention_terms(device(), s), "cache"), 2.0 * 2 * 2 * 128 * 2 * 1000 / 4e12);
  s.window = 100;
  EXPECT_DOUBLE_EQ(term(cache_attention_terms(device(), s), "cache"), 2.0 * 2 * 2 * 128 * 2 * 100 / 4e12);
}

TEST(ExpertLoad, BalancedLoadsKeepTheRows) {
  const ExpertLoad all = busiest_device(1024, 8, 64, 1, 0);
  EXPECT_DOUBLE_EQ(all.rows, 8192);
  EXPECT_DOUBLE_EQ(all.active, 64);
  EXPECT_DOUBLE_EQ(all.padded_rows, 8192);
  EXPECT_DOUBLE_EQ(busiest_device(1024, 8, 64, 8, 0).rows, 1024);
}

TEST(ExpertLoad, SkewLoadsTheBusiestDeviceMoreAndTouchesFewerExperts) {
  const ExpertLoad even = busiest_device(4096, 8, 128, 8, 0);
  const ExpertLoad skewed = busiest_device(4096, 8, 128, 8, 1.2);
  EXPECT_GT(skewed.rows, even.rows);
  EXPECT_LT(busiest_device(64, 8, 128, 1, 1.2).active, busiest_device(64, 8, 128, 1, 0).active);
  // All rows are somewhere: one device holds them all.
  EXPECT_NEAR(busiest_device(4096, 8, 128, 1, 1.2).rows, 4096 * 8, 4096 * 8 * 0.35);
}

TEST(LatentModuleTerms, SparseAttentionReadsNoMoreThanTheChosenKeys) {
  LatentArchitecture a;
  LatentModule m{.kind = LatentKind::kSparse,
                 .indexed = true,
                 .decode = true,
                 .batch = 4,
                 .history = 99999,
                 .heads = 16};
  const double sparse = term(latent_module_terms(device(), a, m), "attention");
  m.selects = false;
  const double dense = term(latent_module_terms(device(), a, m), "attention");
  EXPECT_NEAR(dense / sparse, 100000 / a.chosen, 0.01);
}

}  // namespace
}  // namespace gigawatt::kernels
