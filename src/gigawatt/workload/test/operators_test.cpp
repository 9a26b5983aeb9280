#include "gigawatt/workload/operators.h"

#include <gtest/gtest.h>

#include "gigawatt/workload/flops.h"
#include "gigawatt/workload/parameters.h"

namespace gigawatt::workload {
namespace {

catalog::Model llama8b() {
  catalog::Model m;
  m.layers = 32;
  m.hidden = 4096;
  m.ffn = 14336;
  m.heads = 32;
  m.kv_heads = 8;
  m.head_dim = 128;
  m.vocab = 128256;
  return m;
}

double product_flops(const OperatorList& list) {
  double sum = 0;
  for (const auto& p : list.products()) sum += p.flops();
  return sum;
}

TEST(Operators, ProductsOfALayerAreTwiceItsMatrixParametersPerToken) {
  const auto m = llama8b();
  const auto count = count_parameters(m);
  const auto list = layer_operators(m, {}, {.seq_len = 4096});
  EXPECT_DOUBLE_EQ(product_flops(list) / 4096, 2.0 * static_cast<double>(count.attention + count.dense_ffn));
}

TEST(Operators, TensorParallelismDividesTheWorkOfALayer) {
  const auto m = llama8b();
  const double one = product_flops(layer_operators(m, {}, {.seq_len = 4096}));
  const double eight =
      product_flops(layer_operators(m, {}, {.seq_len = 4096, .tp = 8, .sequence_parallel = true}));
  EXPECT_NEAR(eight * 8, one, one * 1e-12);
  const double ring = product_flops(layer_operators(m, {}, {.seq_len = 4096, .cp = 4}));
  EXPECT_NEAR(ring * 4, one, one * 1e-12);
}

TEST(Operators, ProjectionsOfTheirOwnDoTheSameWorkInMorePieces) {
  const auto m = llama8b();
  const auto fused = layer_operators(m, {}, {.seq_len = 4096});
  const auto loose = layer_operators(m, {}, {.seq_len = 4096, .fused_projections = false});
  EXPECT_DOUBLE_EQ(product_flops(loose), product_flops(fused));
  EXPECT_EQ(loose.products().size(), fused.products().size() + 3);  // q, k, v; gate, up
  // Two sums of three and one of two gradients of the input: read twice, written once.
  double more = 0;
  for (const auto& k : loose.memory()) more += k.backward_bytes;
  for (const auto& k : fused.memory()) more -= k.backward_bytes;
  EXPECT_DOUBLE_EQ(more, 3 * 3 * 2.0 * 4096 * 4096);
}

TEST(Operators, SequenceParallelismDividesNorms) {
  const auto m = llama8b();
  const auto norm_bytes = [&](bool sp) {
    return layer_operators(m, {}, {.seq_len = 4096, .tp = 8, .sequence_parallel = sp})
        .memory()[0]
        .forward_bytes;
  };
  EXPECT_DOUBLE_EQ(norm_bytes(false), 8 * norm_bytes(true));
  EXPECT_DOUBLE_EQ(norm_bytes(false), 2 * 2.0 * 4096 * 4096);  // read and write 2-byte elements
}

TEST(Operators, ExpertsMultiplyRoutedRowsOnTheRank) {
  catalog::Model m = llama8b();
  m.moe = {.experts = 64, .topk = 4, .expert_ffn = 1024};
  const auto list = layer_operators(m, {true, true}, {.seq_len = 2048, .ep = 8});
  bool found = false;
  for (const auto& p : list.products())
    if (p.module == Module::kExperts && std::string(p.name) == "expert_in") {
      found = true;
      EXPECT_EQ(p.groups, 8);
      EXPECT_DOUBLE_EQ(p.m, 2048 * 4);
      EXPECT_DOUBLE_EQ(p.n, 2 * 1024);
    }
  EXPECT_TRUE(found);
}

TEST(Operators, CausalPairsByHand) {
  EXPECT_DOUBLE_EQ(causal_pairs(4, 0), 10);         // 1 + 2 + 3 + 4
  EXPECT_DOUBLE_EQ(causal_pairs(5, 2), 1 + 4 * 2);  // first sees itself, others two
  EXPECT_DOUBLE_EQ(full_pairs(5, 2), 10);
  EXPECT_DOUBLE_EQ(causal_pairs(4, 8), causal_pairs(4, 0));
}

TEST(Flops, ThreeDefinitionsOfLlama8b) {
  const auto m = llama8b();
  const auto count = count_parameters(m);
  const auto f = flops_per_token(m, 8192);
  const double matrices = static_cast<double>(32 * (count.attention + count.dense_ffn) + count.head);
  EXPECT_NEAR(f.products_forward, 2 * matrices, 1);
  EXPECT_NEAR(f.attention_full_forward, 4.0 * 8192 * 4096 * 32, 1);  // 4 s h per layer
  EXPECT_NEAR(f.model_full, 6 * matrices + 12.0 * 8192 * 4096 * 32, 10);
  EXPECT_NEAR(f.model_causal, 6 * matrices + 6.0 * 8193 * 4096 * 32, 10);
}

TEST(Flops, FrozenWeightsHaveNoWeightGradient) {
  const auto m = llama8b();
  const auto all = flops_per_token(m, 4096);
  const auto frozen = flops_per_token(m, 4096, true);
  EXPECT_NEAR(all.model_full - frozen.model_full, all.products_forward, 1);
}

TEST(Flops, Gpt3MatchesThePublishedFormula) {
  // Narayanan et al. 2021: 72 l h^2 (1 + s / 6h + V / 12 l h) per token without recompute, 4h FFN.
  catalog::Model m;
  m.layers = 96;
  m.hidden = 12288;
  m.ffn = 49152;
  m.ffn_gated = false;
  m.heads = m.kv_heads = 96;
  m.head_dim = 128;
  m.vocab = 51200;
  const double l = 96, h = 12288, s = 2048, v = 51200;
  const double formula = 72 * l * h * h * (1 + s / (6 * h) + v / (12 * l * h));
  EXPECT_NEAR(flops_per_token(m, 2048).model_full / formula, 1, 1e-9);
}

}  // namespace
}  // namespace gigawatt::workload
