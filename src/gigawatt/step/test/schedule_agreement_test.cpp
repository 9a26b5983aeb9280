// The closed form of schedule_time.h against the event-driven schedule of timeline.h, on the stage costs of random legal
// plans; the figures are in docs/models/step.md.

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "fixture.h"
#include "gigawatt/base/random.h"
#include "gigawatt/step/schedule_input.h"

namespace gigawatt::step {
namespace {

using random::Stream;

std::int64_t between(Stream& random, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(high - low + 1)));
}

// The shapes of Llama 3.1 8B, 70B and 405B; DeepSeek-V3's layers (three dense ones first, a module for the next token
// but one or none); a model of experts only.
void draw_model(Stream& random, catalog::Model& m) {
  const auto which = random.below(5);
  if (which == 0) std::tie(m.layers, m.hidden, m.ffn, m.heads) = std::tuple(32, 4096, 14336, 32);
  if (which == 1) std::tie(m.layers, m.hidden, m.ffn, m.heads) = std::tuple(126, 16384, 53248, 128);
  if (which < 3) return;
  m = test::moe();
  m.layers = 48;
  if (which == 4) return;
  std::tie(m.layers, m.hidden, m.ffn, m.heads) = std::tuple(61, 7168, 18432, 128);
  m.moe = {.experts = 256, .topk = 8, .expert_ffn = 2048, .first_dense_layers = 3};
  m.mtp_layers = static_cast<std::int64_t>(random.below(2));
}

std::int64_t draw_micro_batches(Stream& random, Schedule schedule, std::int64_t pp) {
  if (schedule == Schedule::kDualPipe) return pp == 1 ? 2 : 2 * between(random, pp, 8 * pp);
  return random.below(2) == 0 ? pp * between(random, 1, 16) : between(random, 1, 128);
}

void draw(Stream& random, Schedule schedule, test::Fixture& f) {
  draw_model(random, f.model);
  f.system.nic_bandwidth.value = 12.5e9 * std::exp2(between(random, 0, 2));
  f.software.p2p_overlap = random.below(2) == 0 ? 0 : random.uniform();
  f.software.overlap_needs_interleaving = random.below(4) != 0;
  f.calibration.shared.overlap_slowdown =
      0;  // belongs to the gradient exchange, which is no part of the pipeline
  ParallelPlan& p = f.request.plan;
  p.schedule = schedule;
  p.pp = static_cast<std::int32_t>(schedule == Schedule::kDualPipe ? 2 * between(random, 1, 8)
                                                                   : between(random, 1, 16));
  p.vpp = 1;
  if (schedule == Schedule::kInterleaved) p.vpp = static_cast<std::int32_t>(between(random, 2, 8));
  if (schedule == Schedule::kZeroBubble && random.below(3) == 0)
    p.vpp = static_cast<std::int32_t>(between(random, 2, 4));
  p.tp = 1 << between(random, 0, 3);
  p.dp = 1 << between(random, 0, 4);
  p.micro_batch = static_cast<std::int32_t>(between(random, 1, 2));
  p.sequence_parallel = random.below(2) == 0;
  if (random.below(3) == 0) p.recompute.kind = RecomputeKind::kFull;
  f.request.gpus = std::int64_t{p.tp} * p.pp * p.dp;
  f.request.global_batch = draw_micro_batches(random, schedule, p.pp) * p.dp * p.micro_batch;
}

double pipeline_part(const TimeBreakdown& t) {
  return t.total() - t[TimeTerm::kDpComm] - t[TimeTerm::kOptimizer] - t[TimeTerm::kHost] -
         t[TimeTerm::kJitter];
}

struct Difference {
  double value = 0;  // closed form / makespan - 1
  std::string plan;
};

std::vector<Difference> differences(Schedule schedule, std::size_t count) {
  Stream random(20, random::Domain::kTest, static_cast<std::uint64_t>(schedule));
  std::vector<Difference> out;
  for (int tries = 0; out.size() < count && tries < 10'000; ++tries) {
    test::Fixture f;
    draw(random, schedule, f);
    const auto priced = priced_schedule(f.request, f.calibration);
    if (!priced) continue;
    const double value = pipeline_part(f.run().time) / simulate_schedule(priced->input).makespan_s - 1;
    out.push_back({value, std::to_string(f.model.layers) + " layers, batch " +
                              std::to_string(f.request.global_batch) + ", " + to_string(f.request.plan)});
  }
  return out;
}

void record(const std::string& name, const std::vector<Difference>& all) {
  std::vector<double> size;
  for (const Difference& d : all) size.push_back(std::abs(d.value));
  std::sort(size.begin(), size.end());
  testing::Test::RecordProperty(name + "_median", std::to_string(size[size.size() / 2]));
  testing::Test::RecordProperty(name + "_p99", std::to_string(size[size.size() * 99 / 100]));
  testing::Test::RecordProperty(name + "_max", std::to_string(size.back()));
}

class ScheduleAgreement : public testing::TestWithParam<std::pair<const char*, Schedule>> {};

TEST_P(ScheduleAgreement, OfClosedFormAndEventsIsWithinTwoPercent) {
  const auto& [name, schedule] = GetParam();
  const auto all = differences(schedule, 250);
  ASSERT_EQ(all.size(), 250U);
  for (const Difference& d : all) EXPECT_LE(std::abs(d.value), 0.02) << d.value << " " << d.plan;
  record(name, all);
}

INSTANTIATE_TEST_SUITE_P(Schedules, ScheduleAgreement,
                         testing::Values(std::pair("one_f_one_b", Schedule::k1f1b),
                                         std::pair("interleaved", Schedule::kInterleaved),
                                         std::pair("zero_bubble", Schedule::kZeroBubble),
                                         std::pair("dualpipe", Schedule::kDualPipe)),
                         [](const auto& schedule) { return std::string(schedule.param.first); });

/// Leaves `value` in the memory that the next calls use.
[[gnu::noinline]] void fill_stack(double value) {
  volatile double memory[4096];
  for (auto& x : memory) x = value;
}

TEST(ScheduleTime, DoesNotDependOnWhatMemoryHeldBefore) {
  const std::vector<StageSeconds> stages = {{1, 1, 1}, {2, 2, 2}, {3, 2, 1}, {1, 4, 1}};
  for (const Schedule schedule : {Schedule::kInterleaved, Schedule::kZeroBubble})
    for (const std::int32_t n : {2, 3, 7, 8, 30}) {
      const ScheduleShape shape{schedule, 2, 2, n};
      fill_stack(0);
      const double once = schedule_time(shape, stages, {0.5, 0.5}).makespan_s;
      fill_stack(std::numeric_limits<double>::quiet_NaN());
      EXPECT_EQ(schedule_time(shape, stages, {0.5, 0.5}).makespan_s, once) << n;
    }
}

TEST(PricedSchedule, HoldsTheWorkOfTheClosedFormsSlowestStage) {
  test::Fixture f;
  f.software.p2p_overlap = 0.25;
  f.calibration.shared.overlap_slowdown = 0;
  f.request.plan.vpp = 5;
  f.request.plan.schedule = Schedule::kInterleaved;
  const PricedSchedule priced = priced_schedule(f.request, f.calibration).value();
  const ScheduleInput& in = priced.input;
  ASSERT_EQ(in.stages.size(), 20U);
  std::vector<double> ranks(4, 0);
  for (std::size_t v = 0; v < in.stages.size(); ++v)
    ranks[v % 4] += in.stages[v].forward + in.stages[v].backward + in.stages[v].weight;
  const StepResult closed = f.run();
  const auto& t = closed.time;
  // The sends of the steady state keep the slowest rank busy; the rest of their time is the pipeline's filling.
  const double busy = 2 * 5 * in.send_s / 0.25 * 0.75;
  const double slowest =
      (pipeline_part(t) - t[TimeTerm::kPpBubble] - t[TimeTerm::kPpComm]) / closed.micro_batches + busy;
  EXPECT_NEAR(*std::max_element(ranks.begin(), ranks.end()) / slowest, 1, 1e-9);
  EXPECT_GT(in.stages.back().forward, in.stages[1].forward);  // the head
  ASSERT_EQ(priced.stages.size(), in.stages.size());
  for (std::size_t v = 0; v < in.stages.size(); ++v) {
    EXPECT_DOUBLE_EQ(in.stages[v].forward, priced.stages[v].forward() + priced.send_busy_s);
    EXPECT_DOUBLE_EQ(in.stages[v].backward + in.stages[v].weight,
                     priced.stages[v].backward() + priced.send_busy_s);
  }
}

TEST(PricedSchedule, RefusesWhatNoScheduleRuns) {
  test::Fixture f;
  f.request.plan.schedule = Schedule::kDualPipe;
  f.request.global_batch = 4 * 6;  // six micro-batches on four ranks
  const auto few = priced_schedule(f.request, f.calibration);
  ASSERT_FALSE(few);
  EXPECT_EQ(few.error().code, PlanErrorCode::kBatchDoesNotDivide);
  EXPECT_EQ(few.error().hint, "a global batch of 32");
  f.request.plan.schedule = Schedule::kInterleaved;
  f.request.plan.vpp = 5;
  EXPECT_EQ(priced_schedule(f.request, f.calibration).error().hint, "a global batch of 16");
  f.request.global_batch = 4 * 8;
  EXPECT_EQ(priced_schedule(f.request, f.calibration).value().input.micro_batches, 8);
  f.request.plan.tp = 3;
  EXPECT_EQ(priced_schedule(f.request, f.calibration).error().code, PlanErrorCode::kRanksDoNotMultiply);
}

}  // namespace
}  // namespace gigawatt::step
