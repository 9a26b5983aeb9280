#include "gigawatt/reliability/failure_model.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <gtest/gtest.h>

#include "gigawatt/base/check.h"

namespace gigawatt::reliability {
namespace {

constexpr double kDay = 86400;
using random::Domain;
using random::Stream;

/// Table 5 of the Llama 3 paper (arXiv 2407.21783): unexpected interruptions by cause, 54 days, 16,384 H100.
const std::pair<const char*, int> kLlama3[] = {{"gpu", 148},
                                               {"hbm", 72},
                                               {"software", 54},
                                               {"network", 35},
                                               {"host_maintenance", 32},
                                               {"gpu_sram", 19},
                                               {"gpu_processor", 17},
                                               {"nic", 7},
                                               {"nccl_timeout", 7},
                                               {"sdc", 6},
                                               {"gpu_thermal", 6},
                                               {"ssd", 3},
                                               {"psu", 3},
                                               {"chassis", 2},
                                               {"io_board", 2},
                                               {"dependency", 2},
                                               {"cpu", 2},
                                               {"memory", 2}};

FailureModel llama3_model() {
  std::vector<FailureClass> classes;
  for (const auto& [name, count] : kLlama3)
    classes.push_back(
        {.name = name, .scope = FailureScope::kAccelerator, .scale_s = 16384 * 54 * kDay / count});
  return FailureModel(std::move(classes), 8);
}

std::map<std::string, int> count_failures(const FailureModel& model, double nodes, double jobs, double span_s,
                                          Stream& stream) {
  std::map<std::string, int> counts;
  const Cohort cohort{nodes, 0};
  for (double t = 0;;) {
    const auto failure = model.next({&cohort, 1}, jobs, stream);
    t += failure.delay_s;
    if (t > span_s) return counts;
    ++counts[model.classes()[failure.cause].name];
  }
}

TEST(FailureModel, MeetsLlama3) {
  const FailureModel model = llama3_model();
  // Published: 419 unexpected interruptions, so one per 3.09 h.
  EXPECT_NEAR(1 / (2048 * model.node_rate()) / 3600, 54 * 24 / 419.0, 1e-9);
  constexpr int kRuns = 200;
  std::map<std::string, double> mean;
  double total = 0;
  for (int run = 0; run < kRuns; ++run) {
    Stream stream(11, Domain::kTest, static_cast<std::uint64_t>(run));
    for (const auto& [name, count] : count_failures(model, 2048, 1, 54 * kDay, stream)) {
      mean[name] += static_cast<double>(count) / kRuns;
      total += static_cast<double>(count) / kRuns;
    }
  }
  EXPECT_NEAR(total, 419, 4 * std::sqrt(419.0 / kRuns));
  for (const auto& [name, count] : kLlama3)
    EXPECT_NEAR(mean[name], count, 5 * std::sqrt(count / double{kRuns})) << name;
}

TEST(FailureModel, JobCausesGrowWithTheNodesUpToASize) {
  const FailureModel model(
      {{.name = "node", .scope = FailureScope::kNode, .scale_s = 1000},
       {.name = "job", .scope = FailureScope::kJob, .scale_s = 100, .grows_to_nodes = 5}},
      8);
  EXPECT_DOUBLE_EQ(model.job_rate(0.5), 0.01);
  EXPECT_DOUBLE_EQ(model.job_rate(3), 0.03);
  EXPECT_DOUBLE_EQ(model.job_rate(50), 0.05);
  const Cohort cohort{20, 0};
  EXPECT_NEAR(model.rate({&cohort, 1}, 1), 20.0 / 1000 + 0.05, 1e-15);
  EXPECT_NEAR(model.rate({&cohort, 1}, 10), 20.0 / 1000 + 10 * 0.02, 1e-15);  // ten jobs of two nodes
  EXPECT_NEAR(model.stop_rate(20, 30), 30.0 / 1000 + 0.05, 1e-15);
  // Drawn as often as the rates say, with and without bursts.
  Stream stream(3, Domain::kTest, 0);
  constexpr int kDraws = 20000;
  double delay = 0;
  int of_job = 0;
  for (int i = 0; i < kDraws; ++i) {
    const auto f = i % 2 == 0 ? model.next({&cohort, 1}, 1, stream)
                              : next_under(model, {.nodes = 20, .jobs = 1}, BurstPath{}, 0, stream);
    delay += f.delay_s / kDraws;
    of_job += f.cause == 1;
  }
  EXPECT_NEAR(delay, 1 / 0.07, 5 / 0.07 / std::sqrt(kDraws));
  EXPECT_NEAR(of_job / double{kDraws}, 5.0 / 7, 5 * std::sqrt(5.0 / 7 * 2 / 7 / kDraws));
}

TEST(FailureModel, IdleNodesShowNoJobCauses) {
  const FailureModel model({{.name = "job", .scope = FailureScope::kJob, .scale_s = 100}}, 8);
  Stream stream(1, Domain::kTest, 0);
  const Cohort cohort{1000, 0};
  EXPECT_TRUE(std::isinf(model.next({&cohort, 1}, 0, stream).delay_s));
  EXPECT_FALSE(std::isinf(model.next({&cohort, 1}, 1, stream).delay_s));
}

TEST(FailureModel, IdleNodesShowOnlyClassesThatRemoveANode) {
  const FailureModel model(
      {{.name = "gpu", .scope = FailureScope::kNode, .scale_s = 100},
       {.name = "software", .scope = FailureScope::kNode, .scale_s = 50, .removes_node = false}},
      8);
  const Cohort cohort{10, 0};
  EXPECT_NEAR(model.rate({&cohort, 1}, 0), 0.1, 1e-12);
  EXPECT_NEAR(model.rate({&cohort, 1}, 1), 0.3, 1e-12);
  Stream stream(1, Domain::kTest, 1);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(model.next({&cohort, 1}, 0, stream).cause, 0u);
}

TEST(FailureModel, AgingClassesFollowThePowerLaw) {
  // 50 nodes, shape 0.6: expected failures by age a are 50 (a / scale)^0.6, most of them early.
  const FailureModel model(
      {{.name = "infant", .scope = FailureScope::kNode, .scale_s = 400 * kDay, .shape = 0.6}}, 8);
  constexpr int kRuns = 400;
  double early = 0;
  double all = 0;
  for (int run = 0; run < kRuns; ++run) {
    Stream stream(5, Domain::kTest, static_cast<std::uint64_t>(run));
    for (double t = 0;;) {
      const Cohort cohort{50, t};
      t += model.next({&cohort, 1}, 0, stream).delay_s;
      if (t > 200 * kDay) break;
      all += 1.0 / kRuns;
      if (t < 20 * kDay) early += 1.0 / kRuns;
    }
  }
  EXPECT_NEAR(all, 50 * std::pow(0.5, 0.6), 0.8);
  EXPECT_NEAR(early, 50 * std::pow(0.05, 0.6), 0.5);
}

TEST(FailureModel, RateIsMonotoneInNodesAndRates) {
  const FailureModel model = llama3_model();
  double previous = 0;
  for (double nodes : {1.0, 10.0, 1000.0, 125000.0}) {
    const Cohort cohort{nodes, 0};
    const double rate = model.rate({&cohort, 1}, 1);
    EXPECT_GT(rate, previous);
    previous = rate;
  }
}

TEST(FailureModel, RepairTimesMeetMeanAndMedian) {
  // InfiniteHBD: median 0.85 days, mean 5.54 days.
  FailureClass c{.name = "x",
                 .scale_s = 1,
                 .repair_median_s = 0.85 * kDay,
                 .repair_sigma = lognormal_sigma(5.54 * kDay, 0.85 * kDay)};
  const FailureModel model({c}, 8);
  Stream stream(9, Domain::kRepair, 0);
  std::vector<double> repairs;
  double sum = 0;
  constexpr int kDraws = 200000;
  for (int i = 0; i < kDraws; ++i) {
    repairs.push_back(model.repair_s(0, stream) / kDay);
    sum += repairs.back();
  }
  std::nth_element(repairs.begin(), repairs.begin() + kDraws / 2, repairs.end());
  EXPECT_NEAR(repairs[kDraws / 2], 0.85, 0.02);
  EXPECT_NEAR(sum / kDraws, 5.54, 0.25);
  EXPECT_THROW(lognormal_sigma(1, 2), base::InternalError);
}

}  // namespace
}  // namespace gigawatt::reliability
