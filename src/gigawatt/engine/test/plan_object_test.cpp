#include "gigawatt/engine/plan_object.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "gigawatt/base/random.h"

namespace gigawatt::engine {
namespace {

/// Plans with uneven cuts, graphs, recompute of modules, offload: whatever a search may list.
step::ParallelPlan drawn(random::Stream& random) {
  const auto pick = [&](std::int32_t n) {
    return static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(n)));
  };
  step::ParallelPlan p;
  p.tp = 1 << pick(4);
  p.cp = 1 << pick(3);
  p.pp = 1 + pick(16);
  p.vpp = 1 + pick(8);
  p.ep = 1 << pick(6);
  p.etp = 1 << pick(3);
  p.dp = 1 + pick(2048);
  p.micro_batch = 1 + pick(8);
  p.zero_stage = pick(4);
  p.shard_group = pick(3) * 8;
  p.first_layers = pick(12);
  p.last_layers = pick(12);
  const char* recompute[] = {
      "none", "selective", "full", "full:3", "modules:layernorm+moe_act", "modules:mla_up_proj"};
  p.recompute = *step::parse_recompute(recompute[pick(6)]);
  const char* schedules[] = {"1f1b", "interleaved", "zero-bubble", "dualpipe"};
  p.schedule = *step::parse_schedule(schedules[pick(4)]);
  const char* precisions[] = {"bf16", "fp8", "mxfp8", "nvfp4"};
  p.precision = *catalog::parse_precision(precisions[pick(4)]);
  p.sequence_parallel = pick(2) == 1;
  p.flash_attention = pick(2) == 1;
  p.cuda_graph = pick(2) == 1;
  p.offload_optimizer = pick(2) == 1;
  p.offload_activations = pick(2) == 1;
  return p;
}

TEST(PlanObject, ComesBackToTheLastPart) {
  random::Stream random(7, random::Domain::kTest, 0);
  for (int i = 0; i < 300; ++i) {
    const step::ParallelPlan plan = drawn(random);
    const auto back = plan_from_json(plan_json(plan).dump());
    ASSERT_TRUE(back) << base::render(back.error());
    EXPECT_EQ(*back, plan) << plan_json(plan).dump();
  }
}

TEST(PlanObject, NamesWhatIsWrong) {
  const auto wrong = plan_from_json(R"({"tp": 0.5, "recompute": "ful", "first_layer": 3, "cuda_graph": 1})");
  ASSERT_FALSE(wrong);
  const std::string text = base::render(wrong.error());
  for (const char* part : {"plan.tp", "plan.recompute", "first_layers", "plan.cuda_graph"})
    EXPECT_NE(text.find(part), std::string::npos) << text;
  EXPECT_FALSE(plan_from_json("[1, 2]"));
  EXPECT_FALSE(plan_from_json("{\"tp\": "));
}

}  // namespace
}  // namespace gigawatt::engine
