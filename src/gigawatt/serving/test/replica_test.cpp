#include "gigawatt/serving/replica.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "gigawatt/catalog/catalog.h"

namespace gigawatt::serving {
namespace {

const catalog::Catalog& data() {
  static const auto loaded = catalog::Catalog::load(std::string(GW_SOURCE_DIR) + "/data");
  if (!loaded) throw std::runtime_error("the catalogue does not load:\n" + base::render(loaded.error()));
  return *loaded;
}

/// One scale-up domain of eight.
network::Fabric fabric(double bandwidth) {
  network::Fabric f;
  f.domain_size = 8;
  f.scaleup.base_s = 5e-6;
  f.scaleup.latency_s = 1e-6;
  f.scaleup.bandwidth = bandwidth;
  f.scaleout = f.scaleup;
  return f;
}

struct Published {
  const char* model;
  const char* accelerator;
  std::int64_t accelerators;
  catalog::Precision precision;
  std::int64_t input, output;
  double tokens_per_s;
};
// TensorRT-LLM 1.0, docs/source/performance/perf-overview.md: maximum throughput of one replica.
using P = catalog::Precision;
const std::vector<Published> kPublished = {
    {"llama3.1-8b", "h100-sxm-80", 1, P::kFp8, 1000, 1000, 15220},
    {"llama3.1-8b", "h100-sxm-80", 1, P::kFp8, 2048, 2048, 9305},
    {"llama3.1-8b", "h100-sxm-80", 1, P::kFp8, 2048, 128, 3450},
    {"llama3.1-8b", "h200-sxm-141", 1, P::kFp8, 2048, 2048, 12194},
    {"llama3.1-70b", "h100-sxm-80", 2, P::kFp8, 1000, 1000, 4205},
    {"llama3.1-70b", "h100-sxm-80", 2, P::kFp8, 500, 2000, 5222},
    {"llama3.1-70b", "h100-sxm-80", 2, P::kFp8, 2048, 128, 762},
    {"llama3.1-70b", "h100-sxm-80", 2, P::kFp8, 5000, 500, 898},
    {"llama3.1-70b", "h200-sxm-141", 1, P::kFp8, 2048, 2048, 2003},
    {"llama3.1-405b", "h100-sxm-80", 8, P::kFp8, 1000, 1000, 2919},
    {"llama3.1-405b", "h100-sxm-80", 8, P::kFp8, 2048, 2048, 2296},
    {"llama3.1-405b", "h100-sxm-80", 8, P::kFp8, 2048, 128, 453},
    {"llama3.1-405b", "h200-sxm-141", 8, P::kFp8, 500, 2000, 4724},
    {"qwen3-235b-a22b", "h200-sxm-141", 8, P::kFp8, 1000, 1000, 23789},
    {"qwen3-235b-a22b", "h100-sxm-80", 8, P::kFp8, 2048, 2048, 9924},
    {"llama4-maverick", "h200-sxm-141", 8, P::kFp8, 128, 2048, 0},  // not published: must at least fit
};

ReplicaRequest request(const Published& p, const network::Fabric& f) {
  return {.model = *data().model(p.model),
          .accelerator = *data().accelerator(p.accelerator),
          .fabric = &f,
          .precision = p.precision,
          .kv_bytes_per_element = 1,
          .input_tokens = p.input,
          .output_tokens = p.output,
          .accelerators = p.accelerators,
          .seconds_per_token = 0};
}

TEST(Replica, MeetsPublishedThroughput) {
  const auto f = fabric(360e9);
  std::vector<double> errors;
  for (const Published& p : kPublished) {
    const auto r = evaluate(request(p, f));
    ASSERT_TRUE(r.has_value()) << p.model << ": " << r.error().message;
    if (p.tokens_per_s == 0) continue;
    const double ratio = r->tokens_per_s / p.tokens_per_s;
    errors.push_back(std::abs(ratio - 1));
    EXPECT_GT(ratio, 0.4) << p.model << " " << p.accelerator << " " << p.input << "/" << p.output;
    EXPECT_LT(ratio, 2.2) << p.model << " " << p.accelerator << " " << p.input << "/" << p.output;
    RecordProperty(std::string(p.model) + p.accelerator + std::to_string(p.input), std::to_string(ratio));
  }
  std::nth_element(errors.begin(), errors.begin() + static_cast<std::ptrdiff_t>(errors.size() / 2),
                   errors.end());
  EXPECT_LT(errors[errors.size() / 2], 0.3);
}

TEST(Replica, ALatencyGoalLowersTheBatchAndTheThroughput) {
  const auto f = fabric(360e9);
  auto r = request(kPublished[9], f);
  const auto free = evaluate(r);
  r.seconds_per_token = 0.045;
  const auto bound = evaluate(r);
  ASSERT_TRUE(free && bound);
  EXPECT_LE(bound->decode_step_s, 0.045);
  EXPECT_LT(bound->batch, free->batch);
  EXPECT_LT(bound->tokens_per_s, free->tokens_per_s);
  r.seconds_per_token = 1e-4;
  EXPECT_EQ(evaluate(r).error().code, ServingErrorCode::kTooSlow);
}

TEST(Replica, ChoosesTheSmallestReplicaThatFits) {
  const auto f = fabric(360e9);
  auto r = request(kPublished[9], f);
  r.accelerators = 0;
  EXPECT_EQ(evaluate(r)->accelerators, 8);  // 406 GB of FP8 weights on 80 GB accelerators
  r.accelerators = 4;
  EXPECT_EQ(evaluate(r).error().code, ServingErrorCode::kDoesNotFit);
  r.precision = catalog::Precision::kNvfp4;
  EXPECT_EQ(evaluate(r).error().code, ServingErrorCode::kPrecisionUnsupported);
}

TEST(Replica, CacheCountsWindowsAndLatentAttention) {
  const catalog::Model& llama = **data().model("llama3.1-405b");
  EXPECT_DOUBLE_EQ(cache_elements(llama, 1000), 126.0 * 2 * 8 * 128 * 1000);
  const catalog::Model& deepseek = **data().model("deepseek-v3");
  EXPECT_DOUBLE_EQ(cache_elements(deepseek, 1000), 61.0 * (512 + 64) * 1000);
}

TEST(Replica, MoreBandwidthNeverHurts) {
  const auto f = fabric(360e9);
  double previous = 0;
  for (const char* accelerator : {"h100-sxm-80", "h200-sxm-141"}) {
    auto r = request(kPublished[4], f);
    r.accelerator = *data().accelerator(accelerator);
    const double now = evaluate(r)->tokens_per_s;
    EXPECT_GT(now, previous);
    previous = now;
  }
}

}  // namespace
}  // namespace gigawatt::serving
