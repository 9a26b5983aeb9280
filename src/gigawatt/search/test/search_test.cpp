#include "gigawatt/search/search.h"

#include <gtest/gtest.h>

#include "gigawatt/base/parallel.h"
#include "gigawatt/catalog/catalog.h"
#include "gigawatt/search/refusal.h"
#include "gigawatt/step/load_calibration.h"

namespace gigawatt::search {
namespace {

class SearchTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const std::string data = std::string(GW_SOURCE_DIR) + "/data";
    auto loaded = catalog::Catalog::load(data);
    ASSERT_TRUE(loaded) << base::render(loaded.error());
    catalog_ = std::make_unique<catalog::Catalog>(*loaded);
    auto calibration = step::load_calibration(data + "/calibration", catalog_->accelerators());
    ASSERT_TRUE(calibration) << base::render(calibration.error());
    calibration_ = std::make_unique<step::Calibration>(*calibration);
  }
  static void TearDownTestSuite() {
    catalog_.reset();
    calibration_.reset();
  }

  step::StepRequest request(const char* model, std::int64_t gpus, std::int64_t batch) const {
    step::StepRequest r;
    r.model = *catalog_->model(model);
    r.system = *catalog_->system("h100-sxm");
    r.accelerator = &catalog_->accelerator_of(*r.system);
    r.software = &software_;
    r.gpus = gpus;
    r.seq_len = 4096;
    r.global_batch = batch;
    return r;
  }

  static std::unique_ptr<catalog::Catalog> catalog_;
  static std::unique_ptr<step::Calibration> calibration_;
  step::SoftwareProfile software_;
};
std::unique_ptr<catalog::Catalog> SearchTest::catalog_;
std::unique_ptr<step::Calibration> SearchTest::calibration_;

TEST_F(SearchTest, ABoundLeavesNothingOutThatCounts) {
  for (const char* model : {"llama3.1-70b", "mixtral-8x7b"}) {
    const auto r = request(model, 64, 128);
    SearchOptions options;
    options.top = 20;
    const auto quick = search(r, *calibration_, options);
    options.exhaustive = true;
    const auto full = search(r, *calibration_, options);
    EXPECT_EQ(quick.evaluated + quick.pruned, full.evaluated);
    EXPECT_LT(quick.evaluated, full.evaluated / 2);
    ASSERT_EQ(quick.best.size(), full.best.size());
    for (std::size_t i = 0; i < full.best.size(); ++i) EXPECT_EQ(quick.best[i].plan, full.best[i].plan) << i;
    ASSERT_EQ(quick.pareto.size(), full.pareto.size());
    for (std::size_t i = 0; i < full.pareto.size(); ++i)
      EXPECT_EQ(quick.pareto[i].plan, full.pareto[i].plan) << i;
  }
}

TEST_F(SearchTest, ValuesAreThoseOfTheStepModel) {
  SearchOptions options;
  options.top = 2000;
  options.exhaustive = true;
  for (const char* model : {"llama3.1-8b", "mixtral-8x7b"}) {
    auto r = request(model, 32, 64);
    const auto found = search(r, *calibration_, options);
    ASSERT_EQ(found.best.size(), 2000U);
    for (const auto& c : found.best) {
      r.plan = c.plan;
      const auto result = step::evaluate(r, *calibration_);
      ASSERT_TRUE(result);
      ASSERT_EQ(result->step_time_s, c.step_time_s) << step::to_string(c.plan);
      ASSERT_EQ(result->memory.peak_bytes, c.peak_memory_bytes) << step::to_string(c.plan);
    }
  }
}

TEST_F(SearchTest, ListsOfTheUserReplaceTheUsualValues) {
  SearchOptions options;
  options.constraints.tp = {8, 2};
  options.constraints.pp = {1, 2, 4};
  options.constraints.zero_stage = {1};
  options.constraints.schedule = {step::Schedule::kZeroBubble};
  options.constraints.offload_activations = options.constraints.offload_optimizer = Choice::kOff;
  options.top = 1000;
  const auto found = search(request("llama3.1-8b", 32, 64), *calibration_, options);
  ASSERT_FALSE(found.best.empty());
  for (const auto& c : found.best) {
    EXPECT_TRUE(c.plan.tp == 8 || c.plan.tp == 2);
    EXPECT_LE(c.plan.pp, 4);
    EXPECT_EQ(c.plan.zero_stage, 1);
    EXPECT_TRUE(c.plan.pp == 1 || c.plan.schedule == step::Schedule::kZeroBubble);
    EXPECT_FALSE(c.plan.offload_optimizer || c.plan.offload_activations);
  }
}

TEST_F(SearchTest, ExpertGroupsStayInTheDomainWhenAsked) {
  SearchOptions options;
  options.constraints.experts_in_scaleup = true;
  options.top = 200;
  const auto found = search(request("deepseek-v3", 256, 512), *calibration_, options);
  for (const auto& c : found.pareto) EXPECT_LE(c.plan.ep * c.plan.etp, 8);
}

TEST_F(SearchTest, TheFrontHoldsNothingDominated) {
  const auto found = search(request("llama3.1-70b", 64, 128), *calibration_, {});
  ASSERT_GT(found.pareto.size(), 1u);
  for (std::size_t i = 1; i < found.pareto.size(); ++i) {
    EXPECT_LT(found.pareto[i - 1].step_time_s, found.pareto[i].step_time_s);
    EXPECT_GT(found.pareto[i - 1].peak_memory_bytes, found.pareto[i].peak_memory_bytes);
  }
}

TEST_F(SearchTest, TheAnswerDoesNotDependOnThreads) {
  const auto r = request("mixtral-8x7b", 64, 128);
  const auto many = search(r, *calibration_, {});
  const base::ThreadLimit one(1);
  const auto single = search(r, *calibration_, {});
  ASSERT_EQ(many.best.size(), single.best.size());
  for (std::size_t i = 0; i < many.best.size(); ++i) {
    EXPECT_EQ(many.best[i].plan, single.best[i].plan);
    EXPECT_EQ(many.best[i].step_time_s, single.best[i].step_time_s);
  }
  EXPECT_EQ(many.pareto.size(), single.pareto.size());
  EXPECT_EQ(many.evaluated, single.evaluated);
  EXPECT_EQ(many.pruned, single.pruned);
}

TEST_F(SearchTest, SaysWhyThereIsNothing) {
  const auto r = request("llama3.1-405b", 8, 8);
  SearchOptions options;
  options.constraints.offload_optimizer = options.constraints.offload_activations = Choice::kOff;
  const auto none = search(r, *calibration_, options);
  EXPECT_TRUE(none.best.empty());
  EXPECT_GT(none.evaluated + none.pruned, 0u);
  EXPECT_GT(none.nearest_misfit.peak_memory_bytes, 80e9);
  EXPECT_EQ(nearest_fit(r, *calibration_, options), "128 accelerators");
}

TEST_F(SearchTest, NamesTheNearestLegalQuestion) {
  const auto why = [&](std::int64_t gpus, std::int64_t batch, const Constraints& c) {
    return why_nothing_is_legal(request("llama3.1-405b", gpus, batch), c);
  };
  Constraints c;
  c.tp = {3};
  EXPECT_EQ(why(64, 64, c).message, "none that meets --tp 3");
  EXPECT_EQ(why(64, 64, c).hint, "--tp 2, or leave --tp out");
  c = {};
  c.pp = {512};  // more stages than layers
  EXPECT_EQ(why(1024, 64, c).hint, "--pp 64, or leave --pp out");
  c = {};
  c.dp = {8};
  EXPECT_EQ(why(64, 7, c).hint, "--dp 1, or a global batch of 8, or leave --dp out");
  EXPECT_EQ(why(99'999'989, 2048, {}).hint, "4194304 accelerators");
  const auto batch = why(16384, 7, {});  // at most 8 x 4 x 64 ways are not data parallel
  EXPECT_NE(batch.hint.find("a global batch of 8"), std::string::npos) << batch.hint;
  c = {};
  c.precision = {catalog::Precision::kNvfp4};
  EXPECT_EQ(why(16384, 2048, c).code, step::PlanErrorCode::kPrecisionUnsupported);
  c.precision.push_back(catalog::Precision::kBf16);
  EXPECT_NE(why(16384, 7, c).hint.find("a global batch"), std::string::npos);
  const auto huge = search(request("llama3.1-405b", 1'000'000'000, 8), *calibration_, {});
  EXPECT_EQ(huge.evaluated + huge.pruned, 0U);
  EXPECT_NE(huge.last_refusal.hint.find("100000000"), std::string::npos);
}

TEST_F(SearchTest, StopsWhenAsked) {
  SearchOptions options;
  std::stop_source stop;
  options.stop = stop.get_token();
  EXPECT_FALSE(search(request("llama3.1-8b", 32, 64), *calibration_, options).best.empty());
  stop.request_stop();
  const auto stopped = search(request("llama3.1-8b", 32, 64), *calibration_, options);
  EXPECT_EQ(stopped.evaluated, 0U);
  EXPECT_TRUE(stopped.best.empty());
}

}  // namespace
}  // namespace gigawatt::search
