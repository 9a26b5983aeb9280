#include "gigawatt/step/plan.h"

#include <gtest/gtest.h>

#include "fixture.h"

#include "gigawatt/step/stage_layout.h"

namespace gigawatt::step {
namespace {

TEST(Plan, PrintsAndReadsTheSamePlan) {
  ParallelPlan p;
  p.tp = 8;
  p.pp = 16;
  p.vpp = 7;
  p.dp = 64;
  p.cp = 2;
  p.ep = 4;
  p.zero_stage = 2;
  p.shard_group = 16;
  p.micro_batch = 2;
  p.sequence_parallel = true;
  p.flash_attention = false;
  p.cuda_graph = true;
  p.offload_activations = true;
  p.precision = catalog::Precision::kMxfp8;
  p.schedule = Schedule::kInterleaved;
  p.recompute = {RecomputeKind::kModules, kRecomputeMlp | kRecomputeMoeAct, 0};
  const auto back = parse_plan(to_string(p));
  ASSERT_TRUE(back) << back.error();
  EXPECT_EQ(*back, p);
  EXPECT_EQ(to_string(ParallelPlan{}), "TP1 PP1 DP1 MB1 ZeRO1 bf16");
}

TEST(Plan, RefusesWhatIsNoPlan) {
  EXPECT_FALSE(parse_plan("TP8 XP3"));
  EXPECT_FALSE(parse_plan("TP"));
  EXPECT_EQ(parse_plan("TP2 PP0").error(), "\"pp0\": the smallest value is 1");
  EXPECT_EQ(parse_plan("ZeRO0 shard0")->zero_stage, 0);
  EXPECT_FALSE(parse_plan("TP99999999999"));
  EXPECT_NE(parse_plan("TP8 banana").error().find("banana"), std::string::npos);
}

TEST(Plan, RecomputePolicies) {
  EXPECT_EQ(parse_recompute("full:3")->full_layers, 3);
  EXPECT_EQ(to_string(*parse_recompute("modules:layernorm+moe_act")), "modules:layernorm+moe_act");
  EXPECT_FALSE(parse_recompute("full:0"));
  EXPECT_FALSE(parse_recompute("modules:"));
  EXPECT_NE(parse_recompute("modules:nope").error().find("layernorm"), std::string::npos);
}

catalog::Model layers(std::int64_t n) {
  catalog::Model m;
  m.layers = n;
  return m;
}

std::int64_t on_stage(const StageLayout& layout, std::int32_t stage) {
  std::int64_t n = 0;
  for (const auto k : layout.stage(stage)) n += k;
  return n;
}

TEST(StageLayout, EmbeddingAndHeadCountAsLayers) {
  const auto m = layers(126);  // Llama 3.1 405B on 16 stages: 7, 8 x 14, 7
  const StageLayout layout(m, 16, 1);
  EXPECT_EQ(on_stage(layout, 0), 7);
  EXPECT_EQ(on_stage(layout, 1), 8);
  EXPECT_EQ(on_stage(layout, 15), 7);
}

TEST(StageLayout, EvenAndRaggedCuts) {
  const auto even = layers(80);
  EXPECT_EQ(on_stage(StageLayout(even, 4, 5), 3), 20);
  const auto ragged = layers(61);  // DeepSeek-V3 on 16 stages: 4 each, 1 on the last
  const StageLayout layout(ragged, 16, 1);
  EXPECT_EQ(on_stage(layout, 0), 4);
  EXPECT_EQ(on_stage(layout, 15), 1);
  const auto few = layers(10);  // 8 stages: ceil would leave stages empty
  std::int64_t sum = 0;
  const StageLayout spread(few, 8, 1);
  for (int s = 0; s < 8; ++s) {
    EXPECT_GE(on_stage(spread, s), 1);
    sum += on_stage(spread, s);
  }
  EXPECT_EQ(sum, 10);
}

TEST(StageLayout, FirstAndLastChunkAsSaid) {
  catalog::Model m;
  m.layers = 61;
  const StageLayout light(m, 16, 1, 4, 1);  // 56 layers for 14 stages
  EXPECT_EQ(on_stage(light, 0), 4);
  EXPECT_EQ(on_stage(light, 7), 4);
  EXPECT_EQ(on_stage(light, 15), 1);
  const StageLayout ragged(m, 4, 2, 5, 0);  // 56 for 7 chunks
  EXPECT_EQ(ragged.chunk_begin(1), 5);
  EXPECT_EQ(ragged.chunk_begin(2), 13);
  EXPECT_EQ(ragged.chunk_begin(8), 61);
  std::int64_t all = 0;
  for (std::int32_t s = 0; s < 4; ++s) all += on_stage(ragged, s);
  EXPECT_EQ(all, 61);
}

TEST(StageLayout, EveryLayerIsSomewhereOnce) {
  for (std::int64_t n = 1; n <= 130; ++n)
    for (const auto& [pp, vpp] : {std::pair{1, 1}, {4, 1}, {4, 3}, {8, 2}, {7, 2}}) {
      if (pp * vpp > n) continue;
      const auto m = layers(n);
      const StageLayout layout(m, pp, vpp);
      std::int64_t sum = 0;
      for (int s = 0; s < pp; ++s) sum += on_stage(layout, s);
      EXPECT_EQ(sum, n) << n << " layers on " << pp << " x " << vpp;
    }
}

TEST(CheckPlan, WhatMegatronRefusesIsRefused) {
  test::Fixture f;
  const auto refused = [&] {
    const auto legal = check_plan(f.request);
    return legal ? std::string() : legal.error().message + "; " + legal.error().hint;
  };
  EXPECT_EQ(refused(), "");
  f.request.plan.vpp = 2;
  f.request.plan.schedule = Schedule::kInterleaved;
  f.request.global_batch = f.request.plan.dp * f.request.plan.micro_batch * (7 * f.request.plan.pp + 1);
  EXPECT_NE(refused().find("leave 1;"), std::string::npos) << refused();
  test::Fixture odd;
  odd.request.plan.cp = 2;
  odd.request.plan.dp /= 2;
  odd.request.seq_len = 8190;
  EXPECT_NE(check_plan(odd.request).error().message.find("4 pieces"), std::string::npos);
  test::Fixture heads;
  heads.model.heads = 24;
  heads.model.kv_heads = 6;
  heads.request.plan.dp = static_cast<std::int32_t>(heads.request.gpus / (4 * heads.request.plan.pp));
  heads.request.plan.tp = 4;
  EXPECT_NE(check_plan(heads.request).error().message.find("neither divides"), std::string::npos)
      << check_plan(heads.request).error().message;
}

}  // namespace
}  // namespace gigawatt::step
