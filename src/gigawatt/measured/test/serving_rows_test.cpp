#include "gigawatt/measured/serving_errors.h"

#include <filesystem>

#include <gtest/gtest.h>

namespace gigawatt::measured {
namespace {

const std::filesystem::path kData = std::filesystem::path(GW_SOURCE_DIR) / "data";

// Means over sources of their median errors, percent.
constexpr double kMacroRate = 17, kMacroToken = 7.5, kMacroFirst = 28;

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

TEST(ServingRows, WidthsThatATableMultipliedAreTheirFirstFactor) {
  const auto t = read(
      "m-1,AIPerf,gpt-oss-120b,H200,4,fp4,1000,1000,4,agg TP4 DP1 EP2 trtllm,,output,90,10,row id "
      "x_c4_tp2_ep2_9\n"
      "m-2,InferenceX,DeepSeek-R1,B200,16,fp4,1024,1024,4,agg TP16 DP1 EP4 sglang,,output,90,10,row id cfg1\n"
      "m-3,InferenceX,MiniMax-M2.5,B200,16,fp4,1024,1024,4,agg TP4 DP4 EP16 vllm,,output,90,10,row id cfg1\n"
      "m-4,InferenceX,DeepSeek-R1,B200,16,fp4,1024,1024,4,agg TP1 DP16 EP4 trtllm,,output,90,10,row id cfg1\n"
      "m-5,InferenceX,DeepSeek-R1,GB200,16,fp4,1024,1024,4,agg TP16 DP1 EP4 sglang,,output,90,10,row id "
      "cfg1\n"
      "m-6,InferenceX,DeepSeek-R1,B200,8,fp4,1024,1024,4,agg TP8 DP1 EP8 sglang,,output,90,10,row id "
      "x_tp8_0_ep8_1\n");
  ASSERT_EQ(t.cases.size(), 6U);
  const auto plan = [&](std::size_t i) { return t.cases[i].plans[0].plan; };
  EXPECT_EQ(plan(0).tp, 2);
  for (const std::size_t i : {std::size_t{1}, std::size_t{2}}) {
    EXPECT_EQ(plan(i).tp, 4);
    EXPECT_EQ(plan(i).ep, 4);
    EXPECT_EQ(plan(i).dp, 1);
    EXPECT_EQ(t.cases[i].plans[0].replicas, 1);
    EXPECT_EQ(t.cases[i].accelerators, 16);  // what the row divides by
  }
  EXPECT_EQ(plan(3).dp, 4);
  EXPECT_EQ(plan(3).tp, 1);
  EXPECT_EQ(plan(4).tp, 16);  // within a domain of 72 it may be so
  EXPECT_EQ(plan(5).tp, 8);
}

TEST(ServingRows, WorkersThatAreNotStatedKeepUp) {
  const std::string row =
      ",AIPerf,DeepSeek-R1,H200,,fp8,8192,1024,768,disagg P 1x(TP8 DP1 EP8) D 1x(TP8 DP1 EP8) "
      "trtllm,,output,8764,44.0,";
  const auto t = read("k-1" + row + "GPU count/worker numbers ambiguous in source\nk-2" + row + "\n");
  ASSERT_EQ(t.cases.size(), 2U);
  EXPECT_TRUE(t.cases[0].workers_unknown);
  EXPECT_FALSE(t.cases[1].workers_unknown);
  const auto first = [&](std::size_t i) {
    return predict(prepare(t.cases[i], World::get().basis).value()).value().at("ttft_ms");
  };
  EXPECT_LT(first(0), 20e3);   // five replicas compute prompts
  EXPECT_GT(first(1), 100e3);  // one has a line of hundreds
}

TEST(ServingRows, SplitPoolsOfAClientsSweepAreThoseThatItPublished) {
  const std::string many = "disagg P 1x(TP4 DP1 EP4) D 1x(TP8 DP1 EP4) trtllm,,output,100,10,";
  const std::string lost = "GPU count/worker numbers ambiguous in source\n";
  const auto t = read(
      "s-1,InferenceX,DeepSeek-R1,GB200,,fp4,1024,1024,16130,disagg P 1x(TP4 DP1 EP4) D 1x(TP4 DP1 EP4) "
      "trtllm,,output,100,10," +
      lost + "s-2,InferenceX,DeepSeek-R1,GB200,,fp4,1024,1024,24," + many + lost +
      "s-3,InferenceX,DeepSeek-R1,GB200,,fp4,1024,1024,25," + many + lost +
      "s-4,AIPerf,DeepSeek-R1,GB200,,fp4,1024,1024,24," + many + lost +
      "s-5,InferenceX,DeepSeek-R1,GB200,,fp4,1024,1024,24," + many + "\n" +
      "s-6,InferenceX,DeepSeek-R1,B200,,fp8,1024,1024,128,disagg P 1x(TP8 DP1 EP8) D 1x(TP8 DP1 EP8) "
      "trtllm,,output,100,10," +
      lost);
  ASSERT_EQ(t.cases.size(), 6U);
  // Three servers of four for prompts, five of four with data-parallel attention for answers, one token drafted.
  EXPECT_FALSE(t.cases[0].workers_unknown);
  EXPECT_EQ(t.cases[0].prefill->replicas, 3);
  EXPECT_EQ(t.cases[0].plans[0].replicas, 5);
  EXPECT_EQ(t.cases[0].plans[0].plan.dp, 4);
  EXPECT_EQ(t.cases[0].plans[0].plan.tp, 1);
  EXPECT_EQ(t.cases[0].draft, 1);
  EXPECT_EQ(t.cases[1].plans[0].replicas, 4);
  EXPECT_EQ(t.cases[1].plans[0].plan.tp, 8);
  EXPECT_EQ(t.cases[1].draft, 3);
  for (const std::size_t i : {std::size_t{2}, std::size_t{3}}) {  // other loads and other clients
    EXPECT_TRUE(t.cases[i].workers_unknown);
    EXPECT_EQ(t.cases[i].draft, 0);
  }
  EXPECT_FALSE(t.cases[4].workers_unknown);  // what the row states counts
  EXPECT_EQ(t.cases[4].plans[0].replicas, 1);
  EXPECT_EQ(t.cases[5].draft, 0);  // its sweep drafts at other loads
  EXPECT_EQ(t.cases[5].plans[0].replicas, 3);
}

TEST(ServingRows, CachesAreThoseOfEnginesClientsAndSecondWords) {
  const auto t = read(
      "p-1,somebody,Llama-3.1-70B,H100,4,fp8,1000,128,8,TP4 vllm 0.19.0,,output,90,10,\n"
      "p-2,somebody,Llama-3.1-70B,H100,4,fp8,1000,128,8,TP4 trtllm,,output,90,10,\n"
      "p-3,InferenceX,Llama-3.1-70B,B200,4,fp8,1024,1024,8,TP4 vllm 0.19.0,,output,90,10,\n"
      "p-4,somebody,DeepSeek-R1,GB300,8,fp8/fp4,1000,1000,8,TP8 sglang,,output,90,10,\n"
      "p-5,somebody,Llama-3.1-70B,B200,4,fp4,1000,128,8,TP4 vllm 0.19.0,,output,90,10,\n");
  ASSERT_EQ(t.cases.size(), 5U);
  const double bytes[] = {2, 1, 1, 1, 1};
  for (std::size_t i = 0; i < 5; ++i) {
    const auto prepared = prepare(t.cases[i], World::get().basis);
    ASSERT_TRUE(prepared.has_value());
    EXPECT_EQ(prepared->plans[0].model->deployment().formats.cache_bytes, bytes[i]) << i;
  }
  const auto mixed = prepare(t.cases[3], World::get().basis);
  const auto& formats = mixed->plans[0].model->deployment().formats;
  EXPECT_EQ(formats.dense, kernels::Format::kFp8Block);
  EXPECT_EQ(formats.experts, kernels::Format::kNvfp4);
}

TEST(ServingRows, AnAnswersLengthFollowsFromTheWholeTime) {
  const auto t = read(
      "l-1,somebody,Llama-3.1-8B,H100,1,bf16,sharegpt,sharegpt,10 req/s,TP1 vllm,,output,1000,20,means; e2e "
      "mean 11000 ms\n");
  ASSERT_EQ(t.cases.size(), 1U);
  EXPECT_NEAR(t.cases[0].load.output, (11000.0 - 1000) / 20 + 1, 1e-9);
}

/// LoadGen's run of DeepSeek-R1 ends with an answer of 20,000 tokens, five times the mean: a third of its time passes with few
/// sequences. Answers of Llama 2 end at 1,024.
TEST(ServingRows, AnOfflineRunEndsWithItsLongestAnswer) {
  const auto t = read(
      "m-1,MLPerf Inference v5.1,deepseek-r1,B200,8,fp4,dataset,3759,Offline,TP1 DP8 EP8 "
      "trtllm,4172,output,,,\n"
      "m-2,MLPerf Inference v5.1,llama2-70b-99,B200,8,fp4,dataset,292,Offline,TP1 trtllm,12000,output,,,\n");
  ASSERT_EQ(t.cases.size(), 2U);
  EXPECT_EQ(t.cases[0].longest, 20000);
  const auto share = [&](const ServingCase& c) {
    auto endless = c;
    endless.longest = 0;
    const auto with = prepare(c, World::get().basis);
    const auto without = prepare(endless, World::get().basis);
    return predict(*with)->at("tokens_per_s_per_gpu") / predict(*without)->at("tokens_per_s_per_gpu");
  };
  const auto prepared = prepare(t.cases[0], World::get().basis);
  const double end = (20000 - 3759) * prepared->plans[0].model->decode_seconds(1, 820 + 10000);
  EXPECT_NEAR(share(t.cases[0]), 600 / (600 + end),
              1e-3);  // 4,388 samples take less than LoadGen's ten minutes
  EXPECT_LT(share(t.cases[0]), 0.75);
  EXPECT_GT(share(t.cases[1]), 0.98);
  EXPECT_LT(share(t.cases[1]), 1);
}

/// Rows of the shipped table under the shipped constants: what docs/models/serving.md says, with a little room.
TEST(ServingRows, AccuracyOnTheShippedTableHolds) {
  const auto csv = config::read_csv(kData / "validation" / "serving.csv");
  ASSERT_TRUE(csv.has_value());
  const auto& basis = World::get().basis;
  const auto r = validate_serving(parse_serving_rows(*csv, basis), basis);
  EXPECT_EQ(r.rows, 652U);
  EXPECT_GE(r.predicted, 584U);  // 54 more are not comparable
  EXPECT_LT(r.macro_by_quantity.at("tokens_per_s_per_gpu"), kMacroRate);
  EXPECT_LT(r.macro_by_quantity.at("tpot_ms"), kMacroToken);
  EXPECT_LT(r.macro_by_quantity.at("ttft_ms"), kMacroFirst);
  EXPECT_NEAR(r.coverage_80, 0.8, 0.05);
  const auto median = [&](const char* source, const char* quantity) {
    for (const auto& g : r.groups)
      if (g.value == source && g.quantity == quantity) return g.median_abs_pct;
    return 1e9;
  };
  EXPECT_LT(median("aic", "tokens_per_s_per_gpu"), 12.2);
  EXPECT_LT(median("aic", "tpot_ms"), 13.2);
  EXPECT_LT(median("aic", "ttft_ms"), 25);
  EXPECT_LT(median("trtllm1", "tokens_per_s_per_gpu"), 11);
  EXPECT_LT(median("mlperf51", "tokens_per_s_per_gpu"), 22.5);
  EXPECT_LT(median("splitwise", "ttft_ms"), 28);
}

TEST(ServingRows, RowsThatTheirPublisherDisownsAreNotScored) {
  const auto t = read(
      "d-1,SemiAnalysisAI/InferenceX "
      "experimental/token_position_decode_slo/glm-5,GLM-5,H200,8,fp8,1024,128,4,TP8 "
      "vLLM,20.6,output,265,21.4,medians\n"
      "d-2,SemiAnalysisAI/InferenceX,GLM-5,H200,8,fp8,1024,1024,4,TP8 vLLM,20.6,output,265,21.4,\n");
  ASSERT_EQ(t.skipped.size(), 1U);
  EXPECT_TRUE(t.skipped[0].why.starts_with("not comparable: ")) << t.skipped[0].why;
  ASSERT_EQ(t.cases.size(), 1U);
  EXPECT_EQ(t.cases[0].id, "d-2");
}

TEST(ServingRows, RowsOfAllTokensCountThePromptsToo) {
  const auto t = read(
      "k-1,InferenceX,MiniMax-M2.5,H200,8,fp8,1024,1024,16,TP8 vLLM,400,total(in+out),,,\n"
      "k-2,InferenceX,MiniMax-M2.5,H200,8,fp8,1024,1024,16,TP8 vLLM,200,output,,,\n");
  ASSERT_EQ(t.cases.size(), 2U);
  const auto rate = [](const ServingCase& c) {
    return predict(*prepare(c, World::get().basis))->at("tokens_per_s_per_gpu");
  };
  EXPECT_NEAR(rate(t.cases[0]) / rate(t.cases[1]), 2, 1e-9);
}

/// Options of servers hold for the lengths, formats and versions that state them.
TEST(ServingRows, ServersThatLetPromptsWaitShowItInTheFirstToken) {
  const auto t = read(
      "w-1,InferenceX,DeepSeek-V3,B200,8,fp8,1024,1024,64,TP8 trtllm 1.2.0rc6,,output,700,20,\n"
      "w-2,InferenceX,DeepSeek-V3,B200,8,fp8,1024,8192,64,TP8 trtllm 1.2.0rc6,,output,300,20,\n");
  ASSERT_EQ(t.cases.size(), 2U);
  const auto first = [&](const ServingCase& c) {
    return predict(*prepare(c, World::get().basis))->at("ttft_ms");
  };
  EXPECT_GT(first(t.cases[0]), 1.5 * first(t.cases[1]));
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
