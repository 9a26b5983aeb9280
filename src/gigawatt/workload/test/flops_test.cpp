#include "gigawatt/workload/flops.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/workload/operators.h"
#include "gigawatt/workload/parameters.h"
#include "gigawatt/workload/test/shipped.h"

namespace gigawatt::workload {
namespace {

using test::model;

/// PaLM 540B, table 1 of arXiv 2204.02311: one key/value head, SwiGLU, tied embedding.
catalog::Model palm() {
  catalog::Model m;
  m.layers = 118;
  m.hidden = 18432;
  m.ffn = 4 * 18432;
  m.heads = 48;
  m.kv_heads = 1;
  m.head_dim = 256;
  m.vocab = 256000;
  m.tied_embeddings = true;
  return m;
}

double d(std::int64_t x) { return static_cast<double>(x); }

/// Weights that multiply: everything but norms, biases and the table that is only looked up.
double multiplying(const catalog::Model& m) {
  const ParameterCount c = count_parameters(m);
  return d(c.active - c.embedding - c.final_norm - m.layers * c.norms +
           (m.tied_embeddings ? m.vocab * m.hidden : 0));
}

void expect_relative(double value, double expected, double tolerance) {
  EXPECT_NEAR(value, expected, tolerance * expected);
}

TEST(FlopsPerToken, PalmFormula) {
  // Appendix B: 6 N + 12 L H Q T.
  const catalog::Model m = palm();
  const double seq = 2048;
  const FlopCount f = flops_per_token(m, 2048);
  EXPECT_DOUBLE_EQ(f.model_full, 6 * multiplying(m) + 12.0 * 118 * 48 * 256 * seq);
  EXPECT_DOUBLE_EQ(f.model_causal, 6 * multiplying(m) + 12.0 * 118 * 48 * 256 * (seq + 1) / 2);
  expect_relative(d(count_parameters(m).total), 540.35e9, 1e-4);
}

TEST(FlopsPerToken, PalmUtilization) {
  // 238.3 thousand tokens/s on 6144 TPU v4 of 275 TFLOP/s: published as 46.2%, without attention 45.7%.
  const FlopCount f = flops_per_token(palm(), 2048);
  const double per_flop = 238.3e3 / (6144 * 275e12);
  EXPECT_NEAR(f.model_full * per_flop, 0.462, 0.0006);
  EXPECT_NEAR(3 * f.products_forward * per_flop, 0.457, 0.0006);
}

TEST(FlopsPerToken, MegatronFormula) {
  // arXiv 2104.04473, equation 3 without recompute: 72 B s l h^2 (1 + s/6h + V/12lh), per token.
  for (const char* name : {"gpt3-175b", "gpt-22b", "gpt-1t", "mt-nlg-530b"}) {
    SCOPED_TRACE(name);
    const catalog::Model& m = model(name);
    const double l = d(m.layers);
    const double h = d(m.hidden);
    const double s = 2048;
    const double expected = 72 * l * h * h * (1 + s / (6 * h) + d(m.vocab) / (12 * l * h));
    expect_relative(flops_per_token(m, 2048).model_full, expected, 1e-12);
  }
}

TEST(FlopsPerToken, TrainingTotalsAsPublished) {
  // arXiv 2407.21783: 3.8e25 for 15.6 trillion tokens; arXiv 2005.14165, table D.1: 3.14e23 for 300 billion.
  expect_relative(6 * d(count_parameters(model("llama3.1-405b")).total) * 15.6e12, 3.8e25, 0.001);
  expect_relative(6 * d(count_parameters(model("gpt3-175b")).total) * 300e9, 3.14e23, 0.002);
  // Leaving out the embedding and adding causal attention over 8192 tokens makes it 4% more.
  expect_relative(flops_per_token(model("llama3.1-405b"), 8192).model_causal * 15.6e12, 1.036 * 3.8e25,
                  0.001);
}

TEST(FlopsPerToken, ExpertsCountOnlyWhereTokensGo) {
  for (const char* name : {"mixtral-8x7b", "qwen3-30b-a3b", "llama4-maverick", "deepseek-v2"}) {
    SCOPED_TRACE(name);
    const catalog::Model& m = model(name);
    double weights = multiplying(m);
    const ParameterCount c = count_parameters(m);
    if (m.qk_norm) weights -= d(m.layers * 2 * m.head_dim);
    if (m.attention == catalog::AttentionKind::kMla)
      weights -= d(m.layers * (m.mla.q_lora_rank + m.mla.kv_lora_rank));
    expect_relative(flops_per_token(m, 4096).products_forward, 2 * weights, 1e-12);
    EXPECT_LT(weights, d(c.active));
  }
}

TEST(FlopsPerToken, LatentAttentionByHand) {
  // 128 heads, keys of 128 + 64, values of 128, 61 layers and one more that predicts the token after next.
  const FlopCount f = flops_per_token(model("deepseek-v3"), 4096);
  EXPECT_DOUBLE_EQ(f.attention_full_forward, 62 * 2.0 * 128 * (192 + 128) * 4096);
  EXPECT_DOUBLE_EQ(f.attention_causal_forward, 62 * 2.0 * 128 * (192 + 128) * 4097 / 2);
}

TEST(FlopsPerToken, FrozenWeightsHaveNoGradient) {
  const FlopCount trained = flops_per_token(model("llama2-70b"), 8192);
  const FlopCount frozen = flops_per_token(model("llama2-70b"), 8192, true);
  EXPECT_DOUBLE_EQ(trained.model_full - frozen.model_full, trained.products_forward);
  EXPECT_DOUBLE_EQ(frozen.attention_full_forward, trained.attention_full_forward);
}

TEST(Pairs, CountedOneByOne) {
  for (const int s : {1, 5, 8, 12, 17})
    for (const int w : {0, 1, 3, 4, 8, 30})
      for (const bool chunked : {false, true}) {
        SCOPED_TRACE(testing::Message() << s << " " << w << " " << chunked);
        int causal = 0;
        int full = 0;
        for (int q = 0; q < s; ++q)
          for (int k = 0; k < s; ++k) {
            const bool same_chunk = w == 0 || !chunked || q / w == k / w;
            causal += k <= q && same_chunk && (w == 0 || q - k < w);
            full += same_chunk;
          }
        EXPECT_EQ(causal_pairs(s, w, chunked), causal);
        // Without the mask a sliding window counts w keys per query, also at the ends.
        EXPECT_EQ(full_pairs(s, w, chunked), chunked || w == 0 || w >= s ? full : s * w);
      }
}

TEST(FlopsPerToken, LongContextStaysLinearInChunks) {
  // 12 of Scout's 48 layers see everything, 36 their chunk of 8192.
  const FlopCount f = flops_per_token(model("llama4-scout"), 131072);
  const double per_pair = 2.0 * 40 * 2 * 128;
  EXPECT_DOUBLE_EQ(f.attention_causal_forward, per_pair * (12 * 131073.0 / 2 + 36 * 8193.0 / 2));
  EXPECT_DOUBLE_EQ(f.attention_full_forward, per_pair * (12 * 131072.0 + 36 * 8192.0));
}

}  // namespace
}  // namespace gigawatt::workload
