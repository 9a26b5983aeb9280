#include "gigawatt/engine/serving_question.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "gigawatt/engine/serving_trace.h"
#include "gigawatt/engine/test/shipped.h"

namespace gigawatt::engine {
namespace {

using test::shipped;

ServingQuery serving_query() {
  ServingQuery q;
  q.model.name = "qwen3-32b";
  q.system.name = "h200-sxm";
  q.gpus = 8;
  q.tp = 2;
  q.isl = 2000;
  q.osl = 500;
  q.concurrency = 64;
  return q;
}

TEST(ServingQuestion, AnswersWithTheKeysOfTheContract) {
  const auto a = answer_serving(serving_query(), shipped(), 1);
  ASSERT_TRUE(a.has_value());
  for (const char* key : {"tokens_per_s_per_gpu", "tokens_per_s_per_user", "ttft_ms", "tpot_ms", "batch",
                          "kv_cache_gb", "memory_gb", "energy_j_per_token", "cost_usd_per_million_tokens",
                          "interval", "requests_simulated", "time"})
    EXPECT_TRUE(a->json.contains(key)) << key;
  EXPECT_LT(a->json["interval"]["low"], a->json["tokens_per_s_per_gpu"]);
  EXPECT_GT(a->json["interval"]["high"], a->json["tokens_per_s_per_gpu"]);
  EXPECT_GE(a->json["ttft_ms"]["p99"], a->json["ttft_ms"]["p50"]);
  // Four replicas share 64 requests: tokens per second follow from latency (Little).
  const double each = a->json["ttft_ms"]["p50"].get<double>() + 499 * a->json["tpot_ms"]["p50"].get<double>();
  EXPECT_NEAR(a->json["tokens_per_s_per_gpu"].get<double>() * 8 / (64 * 500 / (each * 1e-3)), 1, 0.1);
  // Energy per token times tokens per second is the power of the pool.
  EXPECT_NEAR(a->json["energy_j_per_token"].get<double>() * a->json["tokens_per_s"].get<double>() * 1e-6,
              a->json["it_mw"].get<double>(), 1e-9);
}

TEST(ServingQuestion, RateBeyondCapacityAndModelsThatDoNotFitAreANo) {
  auto q = serving_query();
  q.concurrency = 0;
  q.rate = 1e5;
  const auto late = answer_serving(q, shipped(), 1);
  ASSERT_FALSE(late.has_value());
  EXPECT_TRUE(late.error().wrong.empty());
  EXPECT_NE(late.error().no.find("which serves"), std::string::npos) << late.error().no;
  q = serving_query();
  q.model.name = "llama3.1-405b";
  q.tp = 1;
  const auto large = answer_serving(q, shipped(), 1);
  ASSERT_FALSE(large.has_value());
  EXPECT_NE(large.error().no.find("weights"), std::string::npos) << large.error().no;
}

TEST(ServingQuestion, WrongQuestionsNameEverythingAtOnce) {
  auto q = serving_query();
  q.model.name = "qwen3-32";
  q.system.name = "h200-sx";
  q.engine = "vlm";
  const auto a = answer_serving(q, shipped(), 1);
  ASSERT_FALSE(a.has_value());
  EXPECT_GE(a.error().wrong.size(), 3U);
  q = serving_query();
  q.disaggregate = "1-3";
  EXPECT_EQ(answer_serving(q, shipped(), 1).error().wrong.front().code, "bad-split");
  q = serving_query();
  q.tp = 3;
  EXPECT_EQ(answer_serving(q, shipped(), 1).error().wrong.front().code, "bad-plan");
}

TEST(ServingQuestion, ASplitHoldsWithoutAPlanToo) {
  auto q = serving_query();
  q.gpus = 16;
  q.tp = 0;
  q.disaggregate = "1:3";
  const auto a = answer_serving(q, shipped(), 1);
  ASSERT_TRUE(a.has_value());
  const auto& plan = a->json["plan"];
  EXPECT_EQ(plan["replicas"].get<int>(), 3 * plan["prefill"]["replicas"].get<int>());
}

/// Sizes hold without the others, in a search too; what no plan can have is refused with its size.
TEST(ServingQuestion, EachSizeThatIsAskedForHolds) {
  auto q = serving_query();
  q.model.name = "deepseek-v3";
  q.gpus = 64;
  q.tp = 0;
  q.pp = 2;
  EXPECT_EQ(answer_serving(q, shipped(), 1)->json["plan"]["pp"], 2);
  q.pp = 0;
  q.ep = 32;
  EXPECT_EQ(answer_serving(q, shipped(), 1)->json["plan"]["ep"], 32);
  q.dp = 8;
  EXPECT_EQ(answer_serving(q, shipped(), 1)->json["plan"]["dp"], 8);
  q.search = true;
  const auto a = answer_serving(q, shipped(), 1);
  ASSERT_TRUE(a.has_value());
  EXPECT_EQ(a->json["plan"]["ep"], 32);
  EXPECT_EQ(a->json["concurrency"], q.concurrency) << "the load that is stated";
  q.search = false;
  q.ep = 7;
  EXPECT_NE(answer_serving(q, shipped(), 1).error().no.find("ep 7"), std::string::npos);
}

/// A load that is stated decides the plan: few requests are served fastest by wide tensor parallelism, many by many replicas.
TEST(ServingQuestion, ThePlanIsTheBestForTheLoad) {
  auto q = serving_query();
  q.tp = 0;
  q.concurrency = 2;
  EXPECT_GT(answer_serving(q, shipped(), 1)->json["plan"]["tp"], 2);
  q.concurrency = 4096;
  EXPECT_LE(answer_serving(q, shipped(), 1)->json["plan"]["tp"], 2);
}

TEST(ServingQuestion, SearchMeetsItsLimitsAndSaysWhatIsNearestWhereNothingDoes) {
  auto q = serving_query();
  q.search = true;
  q.tp = 0;
  q.concurrency = 0;
  q.gpus = 32;
  q.ttft_ms = 1000;
  q.tpot_ms = 20;
  const auto a = answer_serving(q, shipped(), 1);
  ASSERT_TRUE(a.has_value());
  EXPECT_LE(a->json["tpot_ms"]["p50"], 20);
  EXPECT_GT(a->json["pareto"].size(), 3U);
  double last = 1e300;
  for (const auto& p : a->json["pareto"]) {  // faster for the user, fewer tokens for an accelerator
    EXPECT_LT(p["tokens_per_s_per_gpu"].get<double>(), last);
    last = p["tokens_per_s_per_gpu"];
  }
  q.tpot_ms = 0.01;
  const auto none = answer_serving(q, shipped(), 1);
  ASSERT_FALSE(none.has_value());
  EXPECT_FALSE(none.error().nearest.is_null());
}

TEST(ServingQuestion, ScaleUpDomainDecidesSplitDeepseek) {
  // At 60 tokens a second and user, 72 accelerators in one domain against 8: experts spread without leaving it.
  ServingQuery q;
  q.model.name = "deepseek-v3";
  q.precision = "fp4";
  q.gpus = 64;
  q.isl = 1024;
  q.osl = 1024;
  q.tpot_ms = 16;
  q.search = true;
  q.system.name = "gb200-nvl72";
  const auto rack = answer_serving(q, shipped(), 1);
  q.system.name = "b200-sxm";
  const auto server = answer_serving(q, shipped(), 1);
  ASSERT_TRUE(rack.has_value() && server.has_value());
  EXPECT_GT(rack->json["tokens_per_s_per_gpu"].get<double>(),
            1.3 * server->json["tokens_per_s_per_gpu"].get<double>());
}

/// A split pool serves the rate that comes, from a question or from a trace, and refuses one beyond either part.
TEST(ServingQuestion, ASplitHoldsItsRate) {
  auto q = serving_query();
  q.gpus = 16;
  q.disaggregate = "1:1";
  q.concurrency = 0;
  q.rate = 4;
  const auto one = answer_serving(q, shipped(), 1);
  ASSERT_TRUE(one.has_value()) << one.error().no;
  EXPECT_NEAR(one->json["tokens_per_s"].get<double>(), 4 * 500, 1e-6);
  EXPECT_NEAR(one->json["simulation"]["tokens_per_s_per_replica"].get<double>(), 4 * 500, 0.1 * 4 * 500);
  EXPECT_NEAR(one->json["ttft_ms"]["p50"].get<double>(),
              one->json["simulation"]["ttft_ms"]["p50"].get<double>(),
              0.2 * one->json["ttft_ms"]["p50"].get<double>());
  q.rate = 1e4;
  const auto late = answer_serving(q, shipped(), 1);
  ASSERT_FALSE(late.has_value());
  EXPECT_NE(late.error().no.find("those that decode"), std::string::npos) << late.error().no;
  q.rate = 0;
  q.trace.text = "arrival_s,input,output\n";
  for (int i = 0; i < 400; ++i) q.trace.text += fmt::format("{},2000,500\n", i * 0.25);
  q.trace.name = "steady.csv";
  EXPECT_FALSE(answer_serving(q, shipped(), 1).has_value());  // the trace has lengths of its own
  q.isl = ServingQuery{}.isl;
  q.osl = ServingQuery{}.osl;
  const auto traced = answer_serving(q, shipped(), 1);
  ASSERT_TRUE(traced.has_value()) << traced.error().no;
  EXPECT_NEAR(traced->json["tokens_per_s"].get<double>(), 4 * 500, 0.15 * 4 * 500);  // it ends after the last
}

/// Blocks at the head of a prompt that came before are not computed again.
TEST(ServingQuestion, SharedPrefixesOfATraceAreCached) {
  auto q = serving_query();
  q.isl = ServingQuery{}.isl;
  q.osl = ServingQuery{}.osl;
  q.concurrency = 0;
  const auto first = [&](bool shared) {
    q.trace = {};
    for (int i = 0; i < 200; ++i)
      q.trace.text += fmt::format(
          R"({{"timestamp": {}, "input_length": 1024, "output_length": 20, "hash_ids": [{}, {}]}})"
          "\n",
          i * 200, shared ? 1 : 2 * i, shared ? 2 : 2 * i + 1);
    q.trace.name = "prefixes.jsonl";
    return answer_serving(q, shipped(), 1)->json;
  };
  const auto alone = first(false), together = first(true);
  EXPECT_EQ(alone["trace"]["cached"], 0);
  EXPECT_NEAR(together["trace"]["cached"].get<double>(), 199.0 / 200, 1e-9);
  EXPECT_LT(together["ttft_ms"]["p50"].get<double>(), alone["ttft_ms"]["p50"].get<double>());
  q.cached = 0.5;
  EXPECT_FALSE(answer_serving(q, shipped(), 1).has_value());  // the trace says it
}

TEST(RequestTrace, ReadsThePublishedFormats) {
  const auto azure = parse_trace(
      "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.5,374,44\n2023-11-16 "
      "18:15:50.0,396,109\n",
      "a.csv");
  ASSERT_TRUE(azure.has_value());
  EXPECT_EQ(azure->format, "azure");
  EXPECT_DOUBLE_EQ(azure->requests[1].arrival_s, 3.5);
  const auto burst = parse_trace(
      "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log "
      "Type\n5,ChatGPT,472,18,490,log\n45,ChatGPT,100,0,100,log\n",
      "b.csv");
  ASSERT_TRUE(burst.has_value());
  EXPECT_EQ(burst->left_out, 1U);
  const auto mooncake = parse_trace(
      "{\"timestamp\": 27482, \"input_length\": 6955, \"output_length\": 52, \"hash_ids\": [46, 47]}\n"
      "{\"timestamp\": 30535, \"input_length\": 6472, \"output_length\": 26, \"hash_ids\": [46]}\n",
      "m.jsonl");
  ASSERT_TRUE(mooncake.has_value());
  EXPECT_NEAR(mooncake->requests[1].arrival_s, 3.053, 1e-9);
  const auto chats = parse_trace(
      R"([{"id": "x", "conversations": [{"from": "human", "value": "12345678"}, {"from": "gpt", "value": "1234"}]}])",
      "s.json");
  ASSERT_TRUE(chats.has_value());
  EXPECT_EQ(chats->requests[0].input, 2);
}

TEST(RequestTrace, RefusesDisorderAndNegativeLengthsWithTheirLines) {
  const auto bad = parse_trace("arrival_s,input,output\n0,10,10\n5,-3,10\n4,10,10\n3,10,10\n", "t.csv");
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().size(), 2U);
  EXPECT_NE(bad.error()[0].message.find("t.csv:3"), std::string::npos);
  EXPECT_FALSE(parse_trace("a,b\n1,2\n", "t.csv").has_value());
  EXPECT_FALSE(parse_trace("", "t.csv").has_value());
}

double watts(const ServingQuery& q) {
  const auto a = answer_serving(q, shipped(), 1);
  EXPECT_TRUE(a.has_value());
  return a ? a->json["accelerator_w"].get<double>() : 0;
}

TEST(ServingQuestion, DraftedTokensAreNotComputedForNothing) {
  auto q = serving_query();
  q.model.name = "deepseek-v3";
  q.tp = 8;
  q.concurrency = 32;
  q.requests = 0;
  const double plain = watts(q);
  q.mtp = 3;
  q.acceptance = 0.0001;
  EXPECT_GT(watts(q), plain);
}

TEST(ServingQuestion, EachPoolOfASplitDrawsItsOwnPower) {
  auto q = serving_query();
  q.gpus = 16;
  q.tp = 1;
  q.requests = 0;
  q.concurrency = 512;
  q.disaggregate = "8:8";
  const double even = watts(q);
  q.disaggregate = "1:15";  // prompts starve the decoders: fifteen of sixteen wait for most of the time
  EXPECT_LT(watts(q), even);
  const double idle = shipped().catalog.accelerator("h200").value()->idle_w;
  EXPECT_GT(watts(q), idle);
}

}  // namespace
}  // namespace gigawatt::engine
