#include "gigawatt/search/search.h"

#include <gtest/gtest.h>

#include "gigawatt/base/parallel.h"
#include "gigawatt/catalog/catalog.h"
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

TEST_F(SearchTest, EqualsBruteForceOverTheWholeSpace) {
  for (const char* model : {"llama3.1-8b", "mixtral-8x7b"}) {
    const auto r = request(model, 16, 32);
    const auto found = search(r, *calibration_, {});
    double best = 1e300;
    std::uint64_t evaluated = 0, legal = 0, fit = 0;
    for (const auto& mesh : meshes(r, {}))
      for_each_plan(r, {}, mesh, [&](const step::ParallelPlan& plan) {
        auto mine = r;
        mine.plan = plan;
        ++evaluated;
        const auto result = step::evaluate(mine, *calibration_);
        const auto memory = step::evaluate_memory(mine, *calibration_);
        ASSERT_EQ(result.has_value(), memory.has_value());
        if (!result) return;
        ASSERT_EQ(result->memory.peak_bytes, memory->peak_bytes);
        ++legal;
        if (!result->memory.fits) return;
        ++fit;
        best = std::min(best, result->step_time_s);
      });
    ASSERT_FALSE(found.best.empty()) << model;
    EXPECT_EQ(found.best[0].step_time_s, best) << model;
    EXPECT_EQ(found.evaluated, evaluated);
    EXPECT_EQ(found.legal, legal);
    EXPECT_EQ(found.fit, fit);
  }
}

TEST_F(SearchTest, LeavingTheFrontOutKeepsTheBest) {
  const auto r = request("llama3.1-70b", 64, 128);
  SearchOptions quick;
  quick.pareto = false;
  quick.top = 1;
  const auto full = search(r, *calibration_, {});
  const auto lean = search(r, *calibration_, quick);
  ASSERT_FALSE(full.best.empty());
  EXPECT_EQ(lean.best.at(0).plan, full.best[0].plan);
  EXPECT_LT(lean.fit, full.fit);
  EXPECT_EQ(lean.evaluated, full.evaluated);
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
}

TEST_F(SearchTest, SaysWhyThereIsNothing) {
  const auto none = search(request("llama3.1-405b", 8, 8), *calibration_, {});
  EXPECT_TRUE(none.best.empty());
  EXPECT_GT(none.legal, 0u);
  EXPECT_GT(none.nearest_misfit.peak_memory_bytes, 80e9);
}

}  // namespace
}  // namespace gigawatt::search
