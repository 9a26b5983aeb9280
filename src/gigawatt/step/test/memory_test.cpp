#include <cmath>

#include <gtest/gtest.h>

#include "fixture.h"
#include "gigawatt/workload/parameters.h"

namespace gigawatt::step {
namespace {

using test::Fixture;

TEST(Memory, StatesOfAReplicaByHand) {
  Fixture f;
  f.request.plan = {};
  f.request.plan.dp = 64;
  f.request.plan.zero_stage = 0;
  f.request.global_batch = 64;
  const double parameters = static_cast<double>(workload::count_parameters(f.model).total);
  const auto m = f.run().memory;
  EXPECT_NEAR(m[MemoryPart::kWeights], 2 * parameters, 1);
  EXPECT_NEAR(m[MemoryPart::kGradients], 4 * parameters, 1);
  EXPECT_NEAR(m[MemoryPart::kOptimizer], 12 * parameters, 1);
  EXPECT_FALSE(m.fits);
}

TEST(Memory, EachShardingStageNeedsLess) {
  Fixture f;
  f.request.plan = {};
  f.request.plan.dp = 64;
  f.request.global_batch = 64;
  double last = 1e18;
  for (int stage = 0; stage <= 3; ++stage) {
    f.request.plan.zero_stage = stage;
    const auto m = f.run().memory;
    EXPECT_LT(m.peak_bytes, last) << "stage " << stage;
    last = m.peak_bytes;
  }
  const auto m = f.run().memory;  // fully sharded: 16 bytes per parameter over 64 ranks
  const double parameters = static_cast<double>(workload::count_parameters(f.model).total);
  EXPECT_NEAR(m[MemoryPart::kWeights] + m[MemoryPart::kGradients] + m[MemoryPart::kOptimizer],
              16 * parameters / 64, 1e3);
}

TEST(Memory, ExpertsAreMadeAgainOperatorByOperator) {
  Fixture f;
  f.model = test::moe();
  f.request.plan = {};
  f.request.plan.dp = 64;
  f.request.plan.ep = 8;
  f.request.global_batch = 64;
  const double whole = f.run().memory[MemoryPart::kActivations];
  f.software.selective_products = 0.5;  // every second product is kept, but none of the experts'
  f.software.selective_attention = 0;
  f.request.plan.recompute.kind = RecomputeKind::kSelective;
  const double routed = 8192 * 4 * f.calibration.shared.moe_imbalance;
  const double inner = 16 * routed * 2048 * 3 * 2;  // gate, up, activation of 16 layers in 16 bits
  const double input = 8192.0 * 4096 * 2;           // of the stage, which stays
  EXPECT_NEAR(f.run().memory[MemoryPart::kActivations] - input, (whole - input - inner) / 2, 1e-9 * whole);
}

TEST(Memory, GroupsOfLayersKeepOneInputAndLiveTogether) {
  Fixture f;
  f.request.plan = {};
  f.request.plan.dp = 64;
  f.request.global_batch = 64;
  f.request.plan.recompute = {RecomputeKind::kFull, 0, 0};
  const auto each = f.run();
  f.request.plan.recompute = {RecomputeKind::kFull, 0, 0, 4};
  const auto groups = f.run();
  EXPECT_EQ(groups.step_time_s, each.step_time_s);  // every layer is computed twice either way
  const double input = static_cast<double>(f.request.seq_len) * static_cast<double>(f.model.hidden) * 2;
  const auto layers = static_cast<double>(f.model.layers);
  EXPECT_NEAR(each.memory[MemoryPart::kActivations] - groups.memory[MemoryPart::kActivations],
              input * layers * 3 / 4, 1e-6 * input);
  f.request.plan.recompute = {};
  const double whole = (f.run().memory[MemoryPart::kActivations] - input) / layers;
  EXPECT_NEAR(groups.memory[MemoryPart::kBuffers] - each.memory[MemoryPart::kBuffers], 3 * whole,
              1e-6 * whole);
  f.request.plan.recompute = {RecomputeKind::kFull, 0, 0, 1000};  // no more than there are
  EXPECT_NEAR(f.run().memory[MemoryPart::kBuffers] - each.memory[MemoryPart::kBuffers], (layers - 1) * whole,
              1e-6 * layers * whole);
}

TEST(Memory, OffloadedActivationsLeaveLayerByLayer) {
  Fixture f;
  f.request.plan = {};
  f.request.plan.dp = 64;
  f.request.global_batch = 64;
  const double kept = f.run().memory[MemoryPart::kActivations];
  f.request.plan.offload_activations = true;
  const double input = 8192.0 * 8192 * 2;  // of the stage, which stays
  EXPECT_NEAR(f.run().memory[MemoryPart::kActivations] - input, (kept - input) * 2 / 80, 1e-9 * kept);
}

/// What leaves the device is on the host, whose memory bounds it: eight accelerators share a node's.
TEST(Memory, TheHostHoldsWhatIsOffloaded) {
  Fixture f;
  f.request.plan = {};
  f.request.plan.dp = 64;
  f.request.global_batch = 64;
  const auto before = f.run().memory;
  EXPECT_EQ(before.host_bytes, 0);
  f.request.plan.offload_activations = f.request.plan.offload_optimizer = true;
  const auto after = f.run().memory;
  EXPECT_NEAR(
      after.host_bytes,
      before[MemoryPart::kActivations] - after[MemoryPart::kActivations] + before[MemoryPart::kOptimizer],
      1e-9 * after.host_bytes);
  EXPECT_FALSE(std::isfinite(after.host_limit_bytes)) << "a system that does not say";
  f.system.host_memory.value = 1.001 * after.host_bytes * f.system.accelerators_per_node.value;
  EXPECT_LE(f.run().memory.host_bytes, f.run().memory.host_limit_bytes);
  f.system.host_memory.value *= 0.99;
  EXPECT_FALSE(f.run().memory.fits);
}

TEST(Memory, GradientsThatAccumulateAreHeldWhole) {
  Fixture f;  // a pipeline, 32 micro-batches
  f.request.plan.zero_stage = 1;
  const auto first = f.run();
  f.request.plan.zero_stage = 2;
  const auto second = f.run();
  EXPECT_EQ(second.memory.peak_bytes, first.memory.peak_bytes);
  EXPECT_EQ(second.step_time_s, first.step_time_s);
  f.request.plan.zero_stage = 3;  // reduced in each of them
  EXPECT_LT(f.run().memory[MemoryPart::kGradients], 0.5 * first.memory[MemoryPart::kGradients]);
}

TEST(Memory, GradientsInShardsAreReducedInEveryMicroBatch) {
  Fixture f;
  f.system.nic_bandwidth.value = 2e9;
  f.request.plan = {};
  f.request.plan.dp = 64;
  f.request.global_batch = 256;
  const double parameters = static_cast<double>(workload::count_parameters(f.model).total);
  f.request.plan.zero_stage = 1;
  const auto first = f.run();
  f.request.plan.zero_stage = 2;
  const auto second = f.run();
  EXPECT_NEAR(second.memory[MemoryPart::kGradients], 4 * parameters / 64, 1e3);
  EXPECT_GT(second.time[TimeTerm::kDpComm], 2 * first.time[TimeTerm::kDpComm]);
  // Who accumulates has the time and the memory of ZeRO-1.
  f.software.fsdp_reduce_every_micro_batch = false;
  const auto accumulated = f.run();
  EXPECT_EQ(accumulated.memory.peak_bytes, first.memory.peak_bytes);
  EXPECT_EQ(accumulated.step_time_s, first.step_time_s);
}

TEST(Memory, AChunkThatIsDoneLeavesShards) {
  Fixture f;
  auto& plan = f.request.plan;
  plan = {};
  plan.pp = 4;
  plan.vpp = 5;
  plan.schedule = Schedule::kInterleaved;
  plan.dp = 16;
  plan.zero_stage = 1;
  f.request.global_batch = 64;  // as many micro-batches as stages: each chunk passes once
  const double whole = f.run().memory[MemoryPart::kGradients];
  plan.zero_stage = 2;
  EXPECT_NEAR(f.run().memory[MemoryPart::kGradients], whole / 16 + whole / 5, 1e3);
  f.request.global_batch = 128;  // each chunk comes twice
  EXPECT_NEAR(f.run().memory[MemoryPart::kGradients], whole, 1e3);
  f.request.global_batch = 16 * 6;  // six micro-batches in groups of four leave two: Megatron-LM stops
  EXPECT_EQ(evaluate(f.request, f.calibration).error().code, PlanErrorCode::kBatchDoesNotDivide);
  plan.zero_stage = 1;
  plan.vpp = 1;
  plan.schedule = Schedule::k1f1b;
  f.request.global_batch = 16;  // one micro-batch
  const double all = f.run().memory[MemoryPart::kGradients];
  plan.zero_stage = 2;
  EXPECT_NEAR(f.run().memory[MemoryPart::kGradients], all / 16, 1e3);
}

TEST(Memory, TheFirstStageHoldsMostMicroBatches) {
  Fixture f;
  f.model.vocab = 8;
  const auto r = f.run();
  EXPECT_EQ(r.memory.peak_stage, 0);
}

TEST(Memory, GraphsKeepTheirBuffers) {
  Fixture f;
  ASSERT_GT(f.request.plan.pp, 1);
  const double plain = f.run().memory.peak_bytes;
  f.request.plan.cuda_graph = true;
  EXPECT_NEAR(f.run().memory.peak_bytes - plain, 10e9, 1);
  f.request.plan = {};
  f.request.plan.dp = 64;
  f.request.global_batch = 64;
  const double alone = f.run().memory.peak_bytes;
  f.request.plan.cuda_graph = true;
  EXPECT_NEAR(f.run().memory.peak_bytes - alone, 3e9, 1);
}

TEST(Memory, InterleavingHoldsMoreActivations) {
  Fixture f;
  f.model.vocab = 8;
  const double plain = f.run().memory[MemoryPart::kActivations];
  f.request.plan.vpp = 5;
  f.request.plan.schedule = Schedule::kInterleaved;
  const double interleaved = f.run().memory[MemoryPart::kActivations];
  // 4 micro-batches in flight against (2 * 3 + 4 * 4 + 1) / 5 = 4.6.
  EXPECT_NEAR(interleaved / plain, 4.6 / 4, 0.02);
}

TEST(Memory, ScoresOfUnfusedAttentionAreQuadratic) {
  Fixture f;
  f.request.plan.flash_attention = false;
  const double at_8k = f.run().memory[MemoryPart::kActivations];
  f.request.seq_len = 4096;
  const double at_4k = f.run().memory[MemoryPart::kActivations];
  EXPECT_GT(at_8k / at_4k, 3);
}

TEST(Memory, ActivationsOfALayerByHand) {
  // Korthikanti et al.: a GPT layer with flash attention, no dropout, one rank: inputs of both norms 4, of the two
  // column products 4, q, k, v 6, attention output 2, FFN 8 + 8: 32 bytes per token and hidden element.
  Fixture f;
  f.model.ffn_gated = false;
  f.model.ffn = 4 * f.model.hidden;
  f.model.kv_heads = f.model.heads;
  f.model.vocab = 8;
  f.request.gpus = 1;
  f.request.plan = {};
  f.request.global_batch = 1;
  const double per_layer = f.run().memory[MemoryPart::kActivations] / 80;
  EXPECT_NEAR(per_layer / (8192.0 * 8192), 32, 0.1);
}

TEST(Memory, FrozenWeightsAreShardedInTheirOwnWidth) {
  Fixture f;  // 70 billion parameters over 64 ranks: 2 bytes each, not the 4 of a main weight
  f.request.plan = {};
  f.request.plan.dp = 64;
  f.request.plan.zero_stage = 3;
  f.request.global_batch = 64;
  f.request.kind = TrainingKind::kLora;
  const double parameters = static_cast<double>(workload::count_parameters(f.model).total);
  EXPECT_NEAR(f.run().memory[MemoryPart::kWeights], 2 * parameters / 64, 1e3);
}

TEST(Memory, FrozenWeightsOfFourBitsByHand) {
  Fixture f;
  f.request.kind = TrainingKind::kLora;
  f.request.plan = {};
  f.request.plan.dp = 64;
  f.request.global_batch = 64;
  const auto count = workload::count_parameters(f.model);
  const double outer = static_cast<double>(count.embedding + count.head + count.final_norm);
  const double layers = static_cast<double>(count.total) - outer;
  EXPECT_NEAR(f.run().memory[MemoryPart::kWeights], 2 * (layers + outer), 1);
  f.request.frozen_bits = f.request.frozen_expert_bits = 4.5;
  EXPECT_NEAR(f.run().memory[MemoryPart::kWeights], 4.5 / 8 * layers + 2 * outer, 1);
  f.request.plan.zero_stage = 3;
  EXPECT_NEAR(f.run().memory[MemoryPart::kWeights], (4.5 / 8 * layers + 2 * outer) / 64, 1);
  f.request.kind = TrainingKind::kPretrain;  // what is trained is not stored so
  f.request.plan.zero_stage = 0;
  EXPECT_NEAR(f.run().memory[MemoryPart::kWeights], 2 * (layers + outer), 1);
}

}  // namespace
}  // namespace gigawatt::step
