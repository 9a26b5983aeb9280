#include "gigawatt/measured/serving_errors.h"

#include <filesystem>

#include <gtest/gtest.h>

namespace gigawatt::measured {
namespace {

const std::filesystem::path kData = std::filesystem::path(GW_SOURCE_DIR) / "data";

// Means over sources of their median errors, percent.
constexpr double kMacroRate = 20, kMacroToken = 20, kMacroFirst = 53;

/// What the rows below stand on; built once.
struct World {
  catalog::Catalog catalog = catalog::Catalog::load(kData).value();
  kernels::LawBook laws = kernels::LawBook::load(kData / "calibration" / "laws").value();
  catalog::FittedLibrary calibration{kData / "calibration", {}};
  ServingBasis basis = serving_basis(kData, catalog, laws, calibration).value();

  static const World& get() {
    static const World world;
    return world;
  }
};

ServingTable read(const std::string& rows) {
  const auto table = config::parse_csv(
      "id,source,model,gpu,n_gpus,precision,isl,osl,concurrency_or_batch,parallelism,tokens_per_s_per_gpu,"
      "token_kind,ttft_ms,tpot_ms,notes\n" +
          rows,
      "rows.csv");
  return parse_serving_rows(table.value(), World::get().basis);
}

TEST(ServingRows, RunsOfABenchmarkHaveTheRequestsOfItsPublishedProcedure) {
  const auto t = read(
      "t-1,TensorRT-LLM,Llama-3.1-405B,B200,4,fp4,128,4096,inf rate,TP4,1586,output,,,trtllm-bench\n"
      "t-2,TensorRT-LLM,Llama-3.1-405B,B200,4,fp4,130,130,inf rate,TP4,1586,output,,,trtllm-bench\n"
      "t-3,TensorRT-LLM,Llama-3.1-405B,B200,4,fp4,128,4096,inf rate,TP4,1586,output,,,\n");
  ASSERT_EQ(t.cases.size(), 3U);
  EXPECT_EQ(t.cases[0].load.requests, 1500);
  EXPECT_EQ(t.cases[1].load.requests, 30000);  // of the nearest lengths, 128 and 128
  EXPECT_EQ(t.cases[2].load.requests, 0);
}

TEST(ServingRows, TheBestAtASpeedIsOfAPoolOfUnknownSize) {
  const auto t = read(
      "x-1,a vllm page,DeepSeek-R1,B200,,fp4+MTP disagg,1024,1024,119,best at interactivity,941,output,,8,"
      "interpolated at 125 tok/s/user\n"
      "x-2,a vllm page,DeepSeek-R1,B200,8,fp4,1024,1024,119,TP8 MTP2,941,output,,8,\n");
  ASSERT_EQ(t.cases.size(), 2U);
  EXPECT_EQ(t.cases[0].load.concurrency, 0);
  EXPECT_TRUE(t.cases[0].split);
  EXPECT_EQ(t.cases[0].draft, 3);
  EXPECT_NEAR(t.cases[0].tpot_limit_s, 8e-3, 1e-12);
  EXPECT_FALSE(t.cases[0].measured.contains("tpot_ms"));  // the condition, not an answer
  EXPECT_EQ(t.cases[1].load.concurrency, 119);
  EXPECT_FALSE(t.cases[1].split);
  EXPECT_EQ(t.cases[1].draft, 2);
}

TEST(ServingRows, AClientSendsSomeRequestsASlotOfShorterLengths) {
  const auto t = read(
      "c-1,InferenceX,Llama-3.1-70B,H100,4,fp8,1024,8192,16,TP4 vllm 0.19.0,,output,90,10,\n"
      "c-2,AIPerf,Llama-3.1-70B,H100,4,fp8,1000,128,16,TP4 vllm,,output,90,10,medians\n"
      "c-3,somebody,Llama-3.1-70B,H100,4,fp8,1024,8192,16,TP4 vllm,,output,90,10,p99 TTFT\n");
  ASSERT_EQ(t.cases.size(), 3U);
  EXPECT_EQ(t.cases[0].client.per_slot, 10);
  EXPECT_NEAR(t.cases[0].load.input, 0.9 * 1024, 1e-9);
  EXPECT_NEAR(t.cases[0].load.output, 0.9 * 8192, 1e-9);
  EXPECT_NEAR(t.cases[0].client.spread(), 0.1 / 0.9, 1e-12);
  EXPECT_EQ(t.cases[0].statistic, Statistic::kMean);
  EXPECT_EQ(t.cases[1].statistic, Statistic::kMedian);  // the row's word counts more than the client's
  EXPECT_EQ(t.cases[1].load.input, 1000);
  EXPECT_EQ(t.cases[2].client.per_slot, 0);
  EXPECT_EQ(t.cases[2].statistic, Statistic::kP99);
}

TEST(ServingRows, TheEngineIsTheOneNamedInItsVersion) {
  const auto t = read(
      "e-1,somebody,Llama-3.1-70B,H100,4,fp16,1024,128,8,TP4 vllm 0.2.1,,output,90,10,\n"
      "e-2,somebody,Llama-3.1-70B,H100,4,fp16,1024,128,8,TP4 vllm 0.19.0,,output,90,10,\n"
      "e-3,Mutinifni/splitwise-sim,Llama-3.1-70B,H100,8,fp16,512,128,8,TP8,,output,90,10,ttft=prompt phase "
      "time "
      "of the batch\n"
      "e-4,MLPerf Inference v5.1 X,llama2-70b,H100,8,fp8,dataset,300,Server,,100,output,90,10,NVIDIA; "
      "TensorRT 10.11\n");
  ASSERT_EQ(t.cases.size(), 4U);
  const auto& engines = World::get().basis.engines;
  EXPECT_EQ(engines[t.cases[0].engine].name, "vllm-0.2");
  EXPECT_FALSE(engines[t.cases[0].engine].graphs);
  EXPECT_EQ(engines[t.cases[1].engine].name, "vllm");
  EXPECT_EQ(engines[t.cases[2].engine].name, "vllm-0.2");
  EXPECT_TRUE(t.cases[2].batch);
  EXPECT_EQ(engines[t.cases[3].engine].name, "trtllm");
  EXPECT_TRUE(t.cases[3].load.in_process);
}

TEST(ServingRows, AWidthThatAttentionCannotHaveIsDataParallel) {
  const auto t = read(
      "w-1,somebody,DeepSeek-R1,GB200,,fp8,1024,1024,8,disagg P 1x(TP8 DP1 EP1) D 1x(TP72 DP1 EP1) "
      "sglang,,output,90,10,\n");
  ASSERT_EQ(t.cases.size(), 1U);
  EXPECT_EQ(t.cases[0].prefill->plan.tp, 8);
  EXPECT_EQ(t.cases[0].plans[0].plan.tp, 1);
  EXPECT_EQ(t.cases[0].plans[0].plan.dp, 72);
  EXPECT_EQ(t.cases[0].plans[0].plan.accelerators(), 72);
}

TEST(ServingRows, AnAnswersLengthFollowsFromTheWholeTime) {
  const auto t = read(
      "l-1,somebody,Llama-3.1-8B,H100,1,bf16,sharegpt,sharegpt,10 req/s,TP1 vllm,,output,1000,20,means; e2e "
      "mean 11000 ms\n");
  ASSERT_EQ(t.cases.size(), 1U);
  EXPECT_NEAR(t.cases[0].load.output, (11000.0 - 1000) / 20 + 1, 1e-9);
}

/// Rows of the shipped table under the shipped constants: what docs/models/serving.md says, with a little room.
TEST(ServingRows, AccuracyOnTheShippedTableHolds) {
  const auto csv = config::read_csv(kData / "validation" / "serving.csv");
  ASSERT_TRUE(csv.has_value());
  const auto& basis = World::get().basis;
  const auto r = validate_serving(parse_serving_rows(*csv, basis), basis);
  EXPECT_EQ(r.rows, 652U);
  EXPECT_GE(r.predicted, 638U);
  EXPECT_LT(r.macro_by_quantity.at("tokens_per_s_per_gpu"), kMacroRate);
  EXPECT_LT(r.macro_by_quantity.at("tpot_ms"), kMacroToken);
  EXPECT_LT(r.macro_by_quantity.at("ttft_ms"), kMacroFirst);
  EXPECT_NEAR(r.coverage_80, 0.8, 0.05);
  const auto median = [&](const char* source, const char* quantity) {
    for (const auto& g : r.groups)
      if (g.value == source && g.quantity == quantity) return g.median_abs_pct;
    return 1e9;
  };
  EXPECT_LT(median("aic", "tokens_per_s_per_gpu"), 14.5);
  EXPECT_LT(median("aic", "tpot_ms"), 15);
  EXPECT_LT(median("aic", "ttft_ms"), 33);
  EXPECT_LT(median("trtllm1", "tokens_per_s_per_gpu"), 11);
  EXPECT_LT(median("mlperf51", "tokens_per_s_per_gpu"), 21);
  EXPECT_LT(median("splitwise", "ttft_ms"), 32);
}

TEST(ServingRows, WhatIsNotStatedIsSkippedWithTheReason) {
  const auto t = read(
      "y-1,vllm,DeepSeek-R1,H200,,fp8,,,,wide-EP,2200,output,,,\n"
      "y-2,vllm,Llama-9,H200,8,fp8,1024,1024,4,TP8,2200,output,,,\n");
  ASSERT_EQ(t.skipped.size(), 2U);
  EXPECT_EQ(t.skipped[0].why, "prompt length not stated");
  EXPECT_EQ(t.skipped[1].why, "unknown model 'Llama-9'");
}

}  // namespace
}  // namespace gigawatt::measured
