#include "gigawatt/step/step.h"

#include <gtest/gtest.h>

#include "fixture.h"
#include "gigawatt/workload/parameters.h"

namespace gigawatt::step {
namespace {

using test::Fixture;

TEST(Step, TermsSumToTheStepTime) {
  Fixture f;
  const StepResult r = f.run();
  double sum = 0;
  for (const double s : r.time.seconds) {
    EXPECT_GE(s, 0);
    sum += s;
  }
  EXPECT_DOUBLE_EQ(sum, r.step_time_s);
  double bytes = 0;
  for (const double b : r.memory.bytes) bytes += b;
  EXPECT_DOUBLE_EQ(bytes, r.memory.peak_bytes);
}

TEST(Step, UtilizationIsFlopsOverPeak) {
  Fixture f;
  const StepResult r = f.run();
  EXPECT_NEAR(r.mfu, r.model_flops / (r.step_time_s * 64 * 989e12), 1e-12);
  EXPECT_LT(r.mfu_causal, r.mfu);
  EXPECT_GT(r.mfu, 0.2);
  EXPECT_LT(r.mfu, 0.8);
  EXPECT_NEAR(r.tokens_per_s_per_gpu, 128.0 * 8192 / r.step_time_s / 64, 1e-9);
}

TEST(Step, ThirtyTwoBitsAreNotFasterThanTheirPeak) {
  test::Fixture f;
  f.request.plan.precision = catalog::Precision::kFp32;
  f.request.plan.cp = 8;
  f.request.plan.dp = std::max(1, f.request.plan.dp / 8);
  f.request.gpus =
      std::int64_t{f.request.plan.tp} * f.request.plan.cp * f.request.plan.pp * f.request.plan.dp;
  f.request.seq_len = 1 << 19;  // attention takes most of the time
  const auto r = evaluate(f.request, f.calibration);
  ASSERT_TRUE(r) << r.error().message;
  EXPECT_LE(r->hfu, 1);
}

TEST(Step, FasterPartsNeverMakeASlowerStep) {
  Fixture f;
  const double base = f.run().step_time_s;
  f.accelerator.memory_bandwidth.value *= 2;
  const double memory = f.run().step_time_s;
  EXPECT_LT(memory, base);
  for (auto& p : f.accelerator.peak_flops) p.value *= 2;
  const double compute = f.run().step_time_s;
  EXPECT_LT(compute, memory);
  f.system.nic_bandwidth.value *= 4;
  f.system.scaleup_bandwidth.value *= 4;
  EXPECT_LT(f.run().step_time_s, compute);
}

TEST(Step, FullRecomputeCostsAboutAThirdMoreAndSavesMemory) {
  Fixture f;
  const StepResult none = f.run();
  f.request.plan.recompute = {RecomputeKind::kFull, 0, 0};
  const StepResult full = f.run();
  EXPECT_GT(full.step_time_s / none.step_time_s, 1.2);
  EXPECT_LT(full.step_time_s / none.step_time_s, 1.4);
  EXPECT_LT(full.memory[MemoryPart::kActivations], 0.2 * none.memory[MemoryPart::kActivations]);
  f.request.plan.recompute = {RecomputeKind::kFull, 0, 10};  // half of the 20 layers of a stage
  const double half = f.run().step_time_s;
  EXPECT_GT(half, none.step_time_s);
  EXPECT_LT(half, full.step_time_s);
}

TEST(Step, VirtualStagesShrinkTheBubble) {
  Fixture f;
  const double plain = f.run().time[TimeTerm::kPpBubble];
  f.request.plan.vpp = 5;
  f.request.plan.schedule = Schedule::kInterleaved;
  EXPECT_NEAR(f.run().time[TimeTerm::kPpBubble], plain / 5, plain * 0.005);  // the head is not divided
  f.request.plan.vpp = 1;
  f.request.plan.schedule = Schedule::kZeroBubble;
  EXPECT_LT(f.run().time[TimeTerm::kPpBubble], plain);
}

TEST(Step, BubbleOfAUniformPipelineIsItsTextbookShare) {
  Fixture f;
  f.model.vocab = 8;  // no head, no embedding to speak of
  f.software.host_launch_s = 0;
  const StepResult r = f.run();
  const double work = r.time[TimeTerm::kCompute] + r.time[TimeTerm::kAttention] + r.time[TimeTerm::kTpComm];
  EXPECT_NEAR(r.time[TimeTerm::kPpBubble] / work, 3.0 / 32, 0.01);  // (p - 1) / n with n = 128 / 4
}

TEST(Step, EightBitProductsAreFasterButNotTwice) {
  Fixture f;
  const double bf16 = f.run().step_time_s;
  f.request.plan.precision = catalog::Precision::kFp8;
  const double fp8 = f.run().step_time_s;
  EXPECT_LT(fp8, bf16);
  EXPECT_GT(fp8, bf16 / 2);
}

TEST(Step, HostBoundWhenKernelsAreSmall) {
  Fixture f;
  f.software.host_launch_s = 1e-3;
  const StepResult slow = f.run();
  EXPECT_GT(slow.time[TimeTerm::kLaunch], slow.time[TimeTerm::kCompute]);
  f.request.plan.cuda_graph = true;
  f.software.graph_coverage = 1;
  EXPECT_DOUBLE_EQ(f.run().time[TimeTerm::kLaunch], 0);
}

TEST(Step, GraphsOfLayersLeaveDispatchAndExpertsToTheHost) {
  Fixture f;
  f.software.host_launch_s = 0.1;  // the step is what the host issues
  f.software.host_step_s = 0;
  f.calibration.shared.moe_host_exposed = 0;
  f.request.plan = {};
  f.request.plan.dp = 64;
  const auto left = [&] {
    f.request.plan.cuda_graph = false;
    const double eager = f.run().time[TimeTerm::kLaunch];
    f.request.plan.cuda_graph = true;
    return f.run().time[TimeTerm::kLaunch] / eager;
  };
  EXPECT_LT(left(), 0.1);
  f.model = test::moe();
  f.request.plan.ep = 8;
  const double routed = left();
  EXPECT_GT(routed, 0.3);
  EXPECT_LT(routed, 0.7);
  f.software.sync_free_moe = true;  // nothing is read back: experts have fixed shapes too
  EXPECT_LT(left(), 0.1);
}

TEST(Step, PackedSamplesAttendToThemselves) {
  Fixture f;
  const double whole = f.run().time[TimeTerm::kAttention];
  f.request.packed_tokens = 512;
  EXPECT_LT(f.run().time[TimeTerm::kAttention], 0.3 * whole);
}

TEST(Step, FrozenWeightsSaveGradientsAndOptimizer) {
  Fixture f;
  const StepResult all = f.run();
  f.request.kind = TrainingKind::kLora;
  f.software.adapted = Adapted::kInputs;
  const StepResult lora = f.run();
  EXPECT_LT(lora.step_time_s, 0.8 * all.step_time_s);
  EXPECT_EQ(lora.memory[MemoryPart::kOptimizer], 0);
  EXPECT_EQ(lora.memory[MemoryPart::kGradients], 0);
}

TEST(Step, AdaptersPassOverWhatTheyReadAndWrite) {
  Fixture f;
  f.request.kind = TrainingKind::kLora;
  f.request.plan.tp = 1;
  f.request.plan.pp = 1;
  f.request.plan.dp = 64;
  f.request.plan.sequence_parallel = false;
  const auto work = [&](Adapted which) {
    f.software.adapted = which;
    return f.run().time[TimeTerm::kCompute];
  };
  const double inputs = work(Adapted::kInputs);
  const double attention = work(Adapted::kAttention);
  const double all = work(Adapted::kAll);
  // Of one product of k inputs and n outputs a token moves 2 (6 k + 10 n) bytes where sums and scales are one pass each.
  const auto& m = f.model;
  const double hidden = static_cast<double>(m.hidden);
  const double output = static_cast<double>(m.heads * m.head_dim);
  const double ffn = static_cast<double>(m.ffn);
  const double tokens = static_cast<double>(f.request.global_batch * f.request.seq_len) / 64;
  const double layers = static_cast<double>(m.layers);
  const auto moved = [](double k, double n) { return 2 * (6 * k + 10 * n); };
  EXPECT_NEAR((all - attention) / (attention - inputs),
              (moved(hidden, (m.ffn_gated ? 2 : 1) * ffn) + moved(ffn, hidden)) / moved(output, hidden),
              0.15);
  const double bytes = moved(output, hidden) * tokens * layers;
  const double seconds = attention - inputs;
  EXPECT_GT(seconds, bytes / f.accelerator.memory_bandwidth.value);
  EXPECT_LT(seconds, 2.5 * bytes / f.accelerator.memory_bandwidth.value);
}

TEST(Step, AdaptersShowTensorParallelTrafficUnlessTheFrameworkHidesIt) {
  Fixture f;
  f.request.plan.tp = 8;
  f.request.plan.sequence_parallel = true;
  f.request.plan.dp = 64 / (8 * f.request.plan.pp);
  f.request.kind = TrainingKind::kLora;
  f.software.tp_overlap = 0.7;
  const double shown = f.run().time[TimeTerm::kTpComm];
  f.software.adapters_overlap_tp = true;
  EXPECT_LT(f.run().time[TimeTerm::kTpComm], 0.8 * shown);
  f.software.adapters_overlap_tp = false;
  f.software.tp_overlap = 0;
  EXPECT_DOUBLE_EQ(f.run().time[TimeTerm::kTpComm], shown);
}

TEST(Step, WhatWaitsForTheEndOfAPassHidesUnderNoVirtualStage) {
  Fixture f;
  f.software.grad_reduce_overlap = f.software.param_gather_overlap = 0;
  const double plain = f.run().time[TimeTerm::kDpComm];
  EXPECT_GT(plain, 0);
  f.request.plan.vpp = 5;
  f.request.plan.schedule = Schedule::kInterleaved;
  EXPECT_DOUBLE_EQ(f.run().time[TimeTerm::kDpComm], plain);
  f.software.grad_reduce_overlap = f.software.param_gather_overlap = 1;
  EXPECT_LT(f.run().time[TimeTerm::kDpComm], plain / 5);
  f.software.grad_reduce_overlap = f.software.param_gather_overlap = 0.5;
  EXPECT_GT(f.run().time[TimeTerm::kDpComm], plain / 2);
}

TEST(Step, AShareOfTheBandwidthLeavesLatenciesAsTheyAre) {
  Fixture f;
  f.request.plan = {};
  f.request.plan.dp = 64;
  f.request.plan.zero_stage = 3;
  f.request.plan.micro_batch = 1;
  f.software.grad_reduce_overlap = f.software.param_gather_overlap = 0;  // nothing hides
  f.software.sharded_messages_per_layer = 1000;  // so many that little else than latencies is left
  const double whole = f.run().time[TimeTerm::kDpComm];
  f.software.sharded_bandwidth = 0.5;
  EXPECT_GT(f.run().time[TimeTerm::kDpComm], whole);
  EXPECT_LT(f.run().time[TimeTerm::kDpComm], 1.5 * whole);
}

TEST(Step, BroadcastsByOwnersGrowWithTheRing) {
  Fixture f;
  f.request.plan = {};
  f.request.plan.dp = 64;
  f.request.plan.zero_stage = 1;
  f.request.plan.micro_batch = 1;
  f.software.param_gather_overlap = 0;  // nothing hides
  const double gathered = f.run().time[TimeTerm::kDpComm];
  f.software.broadcast_hop_s = 3e-6;
  f.software.broadcast_hop_between_s = 14e-6;
  // 64 owners, each through 56 hops inside the 8 nodes and 7 between them.
  EXPECT_NEAR(f.run().time[TimeTerm::kDpComm] - gathered, 64 * (56 * 3e-6 + 7 * 14e-6), 1e-6);
  f.request.plan.shard_group = 8;
  const double grouped = f.run().time[TimeTerm::kDpComm];
  f.software.broadcast_hop_s = f.software.broadcast_hop_between_s = 0;
  EXPECT_NEAR(grouped - f.run().time[TimeTerm::kDpComm], 8 * 7 * 3e-6, 1e-6);
}

TEST(Step, PiecesOfTwoMicroBatchesTakeTheHostLonger) {
  Fixture f;
  f.model = test::moe();
  f.request.plan = {};
  f.request.plan.dp = 64;
  f.request.plan.ep = 8;
  f.software.host_launch_s = 200e-6;  // the host decides
  f.software.ep_overlapped = true;
  f.calibration.shared.overlapped_issue = 1;
  const double whole = f.run().time[TimeTerm::kLaunch];
  f.calibration.shared.overlapped_issue = 1.5;
  EXPECT_GT(f.run().time[TimeTerm::kLaunch], 1.3 * whole);
  f.software.ep_overlapped = false;
  const double plain = f.run().time[TimeTerm::kLaunch];
  f.calibration.shared.overlapped_issue = 1;
  EXPECT_DOUBLE_EQ(f.run().time[TimeTerm::kLaunch], plain);
}

TEST(Step, ExpertsPayForDispatch) {
  Fixture f;
  f.model = test::moe();
  f.request.plan = {};
  f.request.plan.dp = 64;
  f.request.plan.ep = 8;
  const StepResult inside = f.run();
  EXPECT_GT(inside.time[TimeTerm::kEpComm], 0);
  f.request.plan.ep = 64;  // leaves the server
  EXPECT_GT(f.run().time[TimeTerm::kEpComm], inside.time[TimeTerm::kEpComm]);
}

TEST(Step, DualPipeHidesTheExchangeOfExperts) {
  Fixture f;
  f.model = test::moe();
  f.request.plan = {};
  f.request.plan.pp = 4;
  f.request.plan.dp = 16;
  f.request.plan.ep = 16;
  const double plain = f.run().time[TimeTerm::kEpComm];
  f.request.plan.schedule = Schedule::kDualPipe;
  EXPECT_LT(f.run().time[TimeTerm::kEpComm], 0.6 * plain);
}

TEST(Step, WeightGradientsAreAddedToSumsInMemory) {
  Fixture f;
  f.request.plan = {};
  f.request.plan.dp = 64;
  f.request.global_batch = 64;
  f.software.gradient_bytes = 4;
  const double without = f.run().time[TimeTerm::kCompute];
  f.calibration.shared.accumulation_share = 1;
  const double with = f.run().time[TimeTerm::kCompute];
  // Every matrix of 64 replicas of one micro-batch: read and written in 32 bits instead of written in 16.
  const auto count = workload::count_parameters(f.model);
  const double matrices = static_cast<double>(80 * (count.attention + count.dense_ffn)) +
                          static_cast<double>(f.model.vocab * f.model.hidden);
  const auto& chip = f.calibration.chips.front();
  EXPECT_NEAR(with - without,
              6 * matrices / (3.35e12 * chip.kernel.memory_efficiency * chip.memory_sustained),
              1e-6 * without);
  f.software.gradient_bytes = 2;
  EXPECT_LT(f.run().time[TimeTerm::kCompute] - without, 0.4 * (with - without));
}

TEST(Step, SelectiveRecomputeMayGatherAgain) {
  Fixture f;
  f.request.plan.recompute.kind = RecomputeKind::kSelective;
  const double kept = f.run().time[TimeTerm::kTpComm];
  f.software.selective_gathers = true;
  const double again = f.run().time[TimeTerm::kTpComm];
  // Of two gathers and two scatters a block and micro-batch, forward and backward, one gather more.
  EXPECT_GT(again, 1.2 * kept);
  EXPECT_LT(again, 1.3 * kept);
}

TEST(Step, ProjectionsOfTheirOwnAreSlower) {
  Fixture f;
  const double fused = f.run().time[TimeTerm::kCompute];
  f.software.fused_projections = false;
  EXPECT_GT(f.run().time[TimeTerm::kCompute], 1.01 * fused);
}

TEST(Step, TimeOfCheckpointsScalesTheRecompute) {
  Fixture f;
  f.request.plan.recompute.kind = RecomputeKind::kFull;
  f.calibration.shared.checkpoint_time = 0.5;
  const double whole = f.run().time[TimeTerm::kRecompute];
  f.software.checkpoints_layers = true;
  EXPECT_NEAR(f.run().time[TimeTerm::kRecompute], 0.5 * whole, 1e-9 * whole);
}

TEST(Step, RecurrencesTakeTheirMeasuredTime) {
  Fixture f;
  f.model.state = {.kind = catalog::StateKind::kGatedDelta,
                   .in_width = 3 * 8192,
                   .out_width = 8192,
                   .conv_channels = 3 * 8192,
                   .conv_kernel = 4,
                   .heads = 64,
                   .key_dim = 128,
                   .value_dim = 128};
  f.request.plan.tp = 1;
  f.request.plan.dp = 16;
  const double fast = f.run().time[TimeTerm::kCompute];
  f.calibration.chips.front().mixers.gated_delta = 3;
  const double slow = f.run().time[TimeTerm::kCompute];
  f.calibration.chips.front().mixers.gated_delta = 5;
  EXPECT_NEAR(f.run().time[TimeTerm::kCompute] - slow, slow - fast, 1e-9 * slow);
}

TEST(Step, IllegalPlansSayWhatWouldBeLegal) {
  Fixture f;
  f.request.plan.dp = 3;
  const auto ranks = evaluate(f.request, f.calibration);
  ASSERT_FALSE(ranks);
  EXPECT_EQ(ranks.error().code, PlanErrorCode::kRanksDoNotMultiply);
  EXPECT_EQ(ranks.error().hint, "DP 4");
  f.request.plan.dp = 4;
  f.request.global_batch = 130;
  EXPECT_EQ(evaluate(f.request, f.calibration).error().code, PlanErrorCode::kBatchDoesNotDivide);
  f.request.global_batch = 128;
  f.request.plan.vpp = 40;
  EXPECT_EQ(evaluate(f.request, f.calibration).error().code, PlanErrorCode::kTooManyStages);
  f.request.plan.vpp = 1;
  f.request.plan.ep = 2;
  EXPECT_EQ(evaluate(f.request, f.calibration).error().code, PlanErrorCode::kExpertsDoNotDivide);
  f.request.gpus = 1'000'000'000'000;
  EXPECT_EQ(evaluate(f.request, f.calibration).error().code, PlanErrorCode::kBadArgument);
}

TEST(Step, FormatsWithoutHardwareAreRefused) {
  test::Fixture f;
  f.accelerator.title = "H100";
  for (const auto precision : {catalog::Precision::kMxfp8, catalog::Precision::kNvfp4}) {
    f.request.plan.precision = precision;
    const auto refused = check_plan(f.request);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, PlanErrorCode::kPrecisionUnsupported);
    EXPECT_EQ(refused.error().message,
              "H100 does not compute in " + std::string(catalog::to_string(precision)));
    EXPECT_EQ(refused.error().hint, "fp8, bf16, fp16");
  }
  // A chip with one of the 16-bit formats takes the other at its rate.
  f.accelerator.peak_flops[static_cast<std::size_t>(catalog::Precision::kBf16)].value = 0;
  f.request.plan.precision = catalog::Precision::kBf16;
  EXPECT_TRUE(check_plan(f.request));
}

TEST(Step, UnknownChipsFallBackToTheirGeneration) {
  Fixture f;
  f.accelerator.name = "somebody-elses";
  f.accelerator.generation = "cdna3";
  EXPECT_TRUE(evaluate(f.request, f.calibration));
  f.calibration.chips.clear();
  EXPECT_FALSE(evaluate(f.request, f.calibration));
}

}  // namespace
}  // namespace gigawatt::step
