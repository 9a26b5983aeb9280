#include "gigawatt/search/alternatives.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/step/load_calibration.h"

namespace gigawatt::search {
namespace {

struct World {
  catalog::Catalog catalog = catalog::Catalog::load(GW_SOURCE_DIR "/data").value();
  step::Calibration calibration =
      step::load_calibration(GW_SOURCE_DIR "/data/calibration", catalog.accelerators()).value();
  step::SoftwareProfile software;

  step::StepRequest request(const char* model, step::ParallelPlan plan, std::int64_t gpus) const {
    step::StepRequest r;
    r.model = *catalog.model(model);
    r.system = *catalog.system("h100-sxm");
    r.accelerator = &catalog.accelerator_of(*r.system);
    r.software = &software;
    r.gpus = gpus;
    r.seq_len = 4096;
    r.global_batch = 256;
    r.plan = plan;
    return r;
  }
};

const World& world() {
  static const World w;
  return w;
}

const Alternative* find(const std::vector<Alternative>& list, const std::string& change) {
  const auto it = std::find_if(list.begin(), list.end(), [&](const auto& n) { return n.change == change; });
  return it == list.end() ? nullptr : &*it;
}

TEST(Alternatives, EachIsTheStepModelsOwnAnswer) {
  step::ParallelPlan plan;
  plan.tp = 4;
  plan.pp = 2;
  plan.dp = 8;
  plan.sequence_parallel = true;
  const auto request = world().request("llama3.1-8b", plan, 64);
  const auto list = alternatives(request, world().calibration, 0);
  const auto here = step::evaluate(request, world().calibration);
  ASSERT_TRUE(here);
  const auto better = [](const step::StepResult& a, const step::StepResult& b) {
    return a.step_time_s != b.step_time_s ? a.step_time_s < b.step_time_s
                                          : a.memory.peak_bytes < b.memory.peak_bytes;
  };
  std::set<std::string> changes;
  for (const auto& n : list) {
    EXPECT_TRUE(changes.insert(n.change).second) << n.change;
    EXPECT_FALSE(n.plan == plan) << n.change;
    auto asked = request;
    asked.plan = n.plan;
    const auto result = step::evaluate(asked, world().calibration);
    ASSERT_EQ(result.has_value(), n.result.has_value()) << n.change;
    if (result) {
      EXPECT_EQ(result->step_time_s, n.result->step_time_s) << n.change;
      EXPECT_EQ(n.fits, result->memory.fits) << n.change;
      EXPECT_EQ(n.stops.find("GB more than") == std::string::npos, n.fits) << n.stops;
      EXPECT_EQ(n.stops.empty(), n.fits && better(*result, *here)) << n.change;
    } else {
      EXPECT_EQ(n.stops, result.error().message);
    }
  }
  const auto* wider = find(list, "TP 4 to 8");
  ASSERT_NE(wider, nullptr);
  EXPECT_EQ(wider->plan.dp, 4);
  EXPECT_EQ(find(list, "EP 1 to 2"), nullptr);  // a dense model has no experts
}

TEST(Alternatives, WhatFollowsFromAChangeFollows) {
  step::ParallelPlan plan;
  plan.tp = 2;
  plan.pp = 2;
  plan.vpp = 2;
  plan.dp = 4;
  plan.schedule = step::Schedule::kInterleaved;
  plan.sequence_parallel = true;
  const auto list = alternatives(world().request("mixtral-8x7b", plan, 16), world().calibration, 0);
  EXPECT_FALSE(find(list, "TP 2 to 1")->plan.sequence_parallel);
  EXPECT_EQ(find(list, "PP 2 to 1")->plan.vpp, 1);
  EXPECT_EQ(find(list, "PP 2 to 1")->plan.schedule, step::Schedule::k1f1b);
  EXPECT_EQ(find(list, "VPP 2 to 1")->plan.schedule, step::Schedule::k1f1b);
  EXPECT_NE(find(list, "EP 1 to 2"), nullptr);
  EXPECT_EQ(find(list, "schedule interleaved to zero-bubble")->plan.vpp, 2);
}

TEST(Alternatives, ALimitIsHeldTo) {
  step::ParallelPlan plan;
  plan.tp = 8;
  plan.dp = 8;
  plan.sequence_parallel = true;
  const auto request = world().request("llama3.1-8b", plan, 64);
  for (const auto& n : alternatives(request, world().calibration, 30e9))
    EXPECT_EQ(n.fits, n.result && n.result->memory.peak_bytes <= 30e9) << n.change;
}

TEST(Alternatives, VirtualStagesGoToTheNearestEqualChunks) {
  step::ParallelPlan plan;
  plan.tp = 8;
  plan.pp = 8;
  plan.vpp = 2;
  plan.schedule = step::Schedule::kInterleaved;
  plan.sequence_parallel = true;
  const auto list = alternatives(world().request("llama3.1-70b", plan, 64), world().calibration, 0);
  EXPECT_NE(find(list, "VPP 2 to 1"), nullptr);
  EXPECT_NE(find(list, "VPP 2 to 5"), nullptr);  // 80 layers: 3 and 4 do not divide 10
}

TEST(Alternatives, ZeroStagesThatAccumulateAreOne) {
  step::ParallelPlan plan;
  plan.pp = 2;
  plan.dp = 32;  // eight micro-batches
  const auto waiting = alternatives(world().request("llama3.1-8b", plan, 64), world().calibration, 0);
  EXPECT_EQ(find(waiting, "ZeRO 1 to 2"), nullptr);
  EXPECT_NE(find(waiting, "ZeRO 1 to 3"), nullptr);
  plan.pp = 1;
  plan.dp = 64;
  const auto reduced = alternatives(world().request("llama3.1-8b", plan, 64), world().calibration, 0);
  EXPECT_NE(find(reduced, "ZeRO 1 to 2"), nullptr);
}

TEST(Alternatives, AnIllegalPlanHasSomeToo) {
  step::ParallelPlan plan;
  plan.tp = 64;
  plan.dp = 1;
  const auto list = alternatives(world().request("llama3.1-8b", plan, 16), world().calibration, 0);
  EXPECT_FALSE(find(list, "TP 64 to 32")->result);
  EXPECT_NE(find(list, "TP 64 to 32")->stops, "");
}

}  // namespace
}  // namespace gigawatt::search
