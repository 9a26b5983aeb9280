#include "gigawatt/measured/serving_rows.h"

#include <filesystem>

#include <gtest/gtest.h>

namespace gigawatt::measured {
namespace {

const std::filesystem::path kData = std::filesystem::path(GW_SOURCE_DIR) / "data";

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
