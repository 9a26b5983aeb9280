#include "gigawatt/waveform/profile.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "fixture.h"
#include "gigawatt/base/random.h"
#include "gigawatt/waveform/jobs.h"
#include "gigawatt/waveform/load.h"

namespace gigawatt::waveform {
namespace {

using random::Stream;

std::int32_t power_of_two(Stream& random, unsigned most) { return std::int32_t{1} << random.below(most + 1); }

/// A plan that may be illegal.
step::StepRequest drawn_plan(Stream& random) {
  static constexpr std::array kModels = {"llama3.1-8b",  "llama3.1-70b", "llama3.1-405b",
                                         "mixtral-8x7b", "deepseek-v3",  "gpt3-175b"};
  static constexpr std::array kSystems = {"h100-sxm", "a100-sxm", "b200-sxm", "gb200-nvl72", "mi300x"};
  step::StepRequest r =
      test::request(kModels[random.below(kModels.size())], kSystems[random.below(kSystems.size())], 1);
  step::ParallelPlan& p = r.plan;
  p.tp = power_of_two(random, 3);
  p.pp = power_of_two(random, 4);
  p.dp = power_of_two(random, 7);
  if (r.model->moe.experts > 0) p.ep = std::min(p.dp, power_of_two(random, 3));
  p.sequence_parallel = p.tp > 1;
  const auto schedule = random.below(4);
  p.schedule = static_cast<step::Schedule>(schedule);
  if (p.schedule == step::Schedule::kInterleaved) p.vpp = power_of_two(random, 2);
  const std::int64_t micro_batches =
      static_cast<std::int64_t>(p.pp) * (2 + static_cast<std::int64_t>(random.below(6)));
  r.gpus = static_cast<std::int64_t>(p.tp) * p.pp * p.dp;
  r.global_batch = micro_batches * p.dp;
  return r;
}

// The bar of the waveform: on 200 random legal plans its mean is the step model's within 0.1% and its period the step
// time, and so for one rank of the pipeline.
TEST(Profile, ConservesEnergyAndPeriodOnRandomPlans) {
  Stream random(7, random::Domain::kTest, 1);
  int seen = 0;
  double worst = 0;
  for (int i = 0; i < 4000 && seen < 200; ++i) {
    const step::StepRequest r = drawn_plan(random);
    const auto result = step::evaluate(r, test::world().calibration);
    if (!result) continue;
    ++seen;
    const Profile p = test::profile(r);
    EXPECT_NEAR(p.period_s, result->step_time_s, 1e-9 * result->step_time_s);
    EXPECT_NEAR(p.energy_j().back() / p.period_s, p.mean_w, 1e-9 * p.mean_w);
    EXPECT_TRUE(std::is_sorted(p.from_s.begin(), p.from_s.end()));
    EXPECT_GE(*std::min_element(p.watts.begin(), p.watts.end()),
              *std::min_element(p.levels.watts.begin() + 1, p.levels.watts.end()) - 1e-6);
    EXPECT_LE(*std::max_element(p.watts.begin(), p.watts.end()), r.accelerator->tdp_w.value);

    // Sampled, spread and lagged, over whole steps.
    const auto nodes = power::node_law(*r.system, *r.accelerator);
    const double window = (std::ceil(40 / p.period_s) + 1) * p.period_s;
    const Series it = it_power(p, {{JobPattern{}, static_cast<double>(r.gpus)}}, {.node = nodes},
                               test::world().power.activity, window, 0.005);
    const double steps = std::floor(it.seconds() / p.period_s) * p.period_s;
    const double expected = r.gpus / nodes.accelerators * nodes.it_w(p.mean_w);
    worst = std::max(worst, std::abs(mean_over(it, steps) / expected - 1));
  }
  EXPECT_EQ(seen, 200);
  EXPECT_LT(worst, 1e-3);
}

TEST(Profile, OneRankOfAPipelineConservesEnergyToo) {
  Stream random(7, random::Domain::kTest, 2);
  int seen = 0;
  for (int i = 0; i < 2000 && seen < 40; ++i) {
    const step::StepRequest r = drawn_plan(random);
    if (r.plan.pp == 1 || !step::evaluate(r, test::world().calibration)) continue;
    ++seen;
    double sum = 0;
    for (std::int32_t rank = 0; rank < r.plan.pp; ++rank) {
      const Profile p = test::profile(r, {.only_rank = rank});
      EXPECT_NEAR(p.energy_j().back() / p.period_s, p.mean_w, 1e-9 * p.mean_w);
      sum += p.mean_w / r.plan.pp;
    }
    EXPECT_NEAR(sum, test::profile(r).mean_w, 1e-9 * sum);
  }
  EXPECT_EQ(seen, 40);
}

TEST(Profile, ACapLowersPowerAndLengthensTheStep) {
  step::StepRequest r = test::request("llama3.1-405b", "h100-sxm", 1024);
  r.plan.tp = 8;
  r.plan.pp = 16;
  r.plan.dp = 8;
  r.plan.sequence_parallel = true;
  r.global_batch = 8 * 64;
  const Profile full = test::profile(r);
  double before_w = full.mean_w, before_s = full.period_s;
  for (const double cap : {0.9, 0.8, 0.7, 0.6, 0.5}) {
    const Profile p = test::profile(r, {.cap = cap});
    EXPECT_LT(p.mean_w, before_w);
    EXPECT_GT(p.period_s, before_s);
    EXPECT_LE(*std::max_element(p.watts.begin(), p.watts.end()), cap * r.accelerator->tdp_w.value + 1e-6);
    before_w = p.mean_w;
    before_s = p.period_s;
  }
}

TEST(Jobs, PhasesFillTheWindowInOrder) {
  Stream random(3, random::Domain::kTest, 3);
  for (int i = 0; i < 500; ++i) {
    JobPattern job;
    if (random.below(2) == 0) job.start_s = 20 * random.uniform();
    if (random.below(2) == 0) job.end_s = 30 + 30 * random.uniform();
    if (random.below(2) == 0) {
      job.checkpoint_every_s = 1 + 10 * random.uniform();
      job.checkpoint_s = 3 * random.uniform();
    }
    if (random.below(2) == 0) {
      job.failure_s = 60 * random.uniform();
      job.detection_s = 5 * random.uniform();
      job.restart_s = 10 * random.uniform();
    }
    double at = 0;
    for (const Phase& p : phases(job, 1.7, 60)) {
      EXPECT_NEAR(p.from_s, at, 1e-9);
      EXPECT_GT(p.to_s, p.from_s);
      at = p.to_s;
    }
    EXPECT_NEAR(at, 60, 1e-9);
  }
}

TEST(Jobs, AFailureShowsAsPollingThenIdleThenSteps) {
  step::StepRequest r = test::request("llama3.1-8b", "h100-sxm", 64);
  r.plan.dp = 64;
  r.global_batch = 256;
  const Profile p = test::profile(r);
  const Series s = accelerator_power(p, {.failure_s = 10, .detection_s = 5, .restart_s = 10}, 40, 0.01);
  EXPECT_NEAR(s.watts[1200], p.levels[Doing::kWaiting], 1e-6);
  EXPECT_NEAR(s.watts[2000], p.levels[Doing::kIdle], 1e-6);
  EXPECT_GT(extremes({s.watts.begin() + 2500, s.watts.end()}).mean, 0.9 * p.mean_w);
}

}  // namespace
}  // namespace gigawatt::waveform
