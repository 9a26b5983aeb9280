#include "gigawatt/workload/parameters.h"

#include <gtest/gtest.h>

#include "gigawatt/workload/flops.h"

namespace gigawatt::workload {
namespace {

catalog::Model dense(std::int64_t layers, std::int64_t hidden, std::int64_t ffn, std::int64_t heads,
                     std::int64_t kv, std::int64_t vocab) {
  catalog::Model m;
  m.layers = layers;
  m.hidden = hidden;
  m.ffn = ffn;
  m.heads = heads;
  m.kv_heads = kv;
  m.head_dim = hidden / heads;
  m.vocab = vocab;
  return m;
}

catalog::Model deepseek_v3() {
  catalog::Model m = dense(61, 7168, 18432, 128, 128, 129280);
  m.attention = catalog::AttentionKind::kMla;
  m.mla = {1536, 512, 128, 64, 128};
  m.moe = {.experts = 256,
           .topk = 8,
           .expert_ffn = 2048,
           .shared_ffn = 2048,
           .first_dense_layers = 3,
           .layer_period = 1,
           .router_bias = true};
  m.mtp_layers = 1;
  return m;
}

TEST(Parameters, PublishedTotalsAreMetExactly) {
  EXPECT_EQ(count_parameters(dense(126, 16384, 53248, 128, 8, 128256)).total,
            405'853'388'800);                                                               // Llama 3.1 405B
  EXPECT_EQ(count_parameters(dense(32, 4096, 14336, 32, 8, 128256)).total, 8'030'261'248);  // Llama 3 8B
  EXPECT_EQ(count_parameters(dense(80, 8192, 28672, 64, 8, 32000)).total, 68'976'648'192);  // Llama 2 70B
  catalog::Model mixtral = dense(32, 4096, 14336, 32, 8, 32000);
  mixtral.moe = {.experts = 8, .topk = 2, .expert_ffn = 14336};
  EXPECT_EQ(count_parameters(mixtral).total, 46'702'792'704);
  EXPECT_EQ(count_parameters(mixtral).active, 12'879'925'248);
}

TEST(Parameters, LatentAttentionAndSharedExperts) {
  const auto c = count_parameters(deepseek_v3());
  EXPECT_EQ(c.total, 671'026'419'200);  // the published checkpoint without its prediction module
  EXPECT_EQ(c.moe_layers, 58);
  EXPECT_EQ(c.dense_layers, 3);
  EXPECT_NEAR(static_cast<double>(c.active), 37.5e9, 0.3e9);
  EXPECT_GT(c.mtp, 11'000'000'000);
}

TEST(Parameters, BiasesSinksAndAlternatingWindows) {
  catalog::Model m = dense(36, 2880, 2880, 64, 8, 201088);  // GPT-OSS 120B
  m.head_dim = 64;
  m.qkv_bias = m.out_bias = m.mlp_bias = m.attention_sinks = true;
  m.window = 128;
  m.full_attention_period = 2;
  m.moe = {.experts = 128, .topk = 4, .expert_ffn = 2880, .router_bias = true};
  EXPECT_EQ(count_parameters(m).total, 116'829'156'672);
  EXPECT_FALSE(is_full_attention_layer(m, 0));
  EXPECT_TRUE(is_full_attention_layer(m, 1));
}

TEST(Parameters, TiedEmbeddingsAndLearnedPositionsOfGpt) {
  catalog::Model m = dense(12, 768, 3072, 12, 12, 50257);  // GPT-2 small
  m.ffn_gated = false;
  m.norm = catalog::NormKind::kLayer;
  m.position = catalog::PositionKind::kLearned;
  m.max_positions = 1024;
  m.tied_embeddings = m.qkv_bias = m.out_bias = m.mlp_bias = true;
  EXPECT_EQ(count_parameters(m).total, 124'439'808);
}

TEST(Parameters, ExpertsOnEveryNthLayer) {
  catalog::Model m = dense(48, 5120, 16384, 40, 8, 202048);  // Maverick's pattern
  m.moe = {.experts = 128, .topk = 1, .expert_ffn = 8192, .shared_ffn = 8192, .layer_period = 2};
  EXPECT_FALSE(is_moe_layer(m, 0));
  EXPECT_TRUE(is_moe_layer(m, 1));
  EXPECT_EQ(count_parameters(m).moe_layers, 24);
}

/// A layer that runs again computes with its weights and counts none of them.
TEST(Parameters, ALayerThatReusesWeightsCountsWhatIsItsOwn) {
  catalog::Model m = dense(2, 64, 256, 4, 4, 100);
  const std::int64_t once = count_parameters(m).total;
  const std::int64_t layer = 4 * 64 * 64 + 3 * 64 * 256 + 2 * 64;
  catalog::LayerShape own = m;
  catalog::LayerShape again = own;
  again.reused_weights = layer;
  m.layers = 4;
  m.shapes = {own, again};
  m.pattern = {0, 1, 1, 0};
  EXPECT_EQ(count_parameters(m).total, once);
  EXPECT_EQ(layer_parameters(m, kind_of_layer(m, 1)).total(), 0);
  again.reused_weights = layer - 100;
  m.shapes[1] = again;
  EXPECT_EQ(count_parameters(m).total, once + 200);
  catalog::Model twice = dense(4, 64, 256, 4, 4, 100);
  EXPECT_DOUBLE_EQ(flops_per_token(m, 128).model_causal, flops_per_token(twice, 128).model_causal);
}

}  // namespace
}  // namespace gigawatt::workload
