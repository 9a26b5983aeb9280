// The closed form of step.h against the event-driven schedule of timeline.h, on the same stage costs. The regime in
// which they agree within 2%, and by how much they differ outside of it, is stated in docs/models/step.md.

#include <algorithm>
#include <cmath>
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

enum class Regime { kClaimed, k1f1bOther, kInterleavedOther, kInterleavedUneven, kZeroBubbleLong, kZeroBubbleShort, kDualPipe };

std::int64_t between(Stream& random, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(high - low + 1)));
}

// The shapes of Llama 3.1 8B, 70B and 405B.
void draw_model(Stream& random, catalog::Model& m) {
  const auto which = random.below(3);
  if (which == 0) std::tie(m.layers, m.hidden, m.ffn, m.heads) = std::tuple(32, 4096, 14336, 32);
  if (which == 2) std::tie(m.layers, m.hidden, m.ffn, m.heads) = std::tuple(126, 16384, 53248, 128);
}

void draw(Stream& random, Schedule schedule, test::Fixture& f) {
  draw_model(random, f.model);
  f.system.nic_bandwidth.value = 12.5e9 * std::exp2(between(random, 0, 2));
  f.software.p2p_overlap = random.below(2) == 0 ? 0 : random.uniform();
  f.software.overlap_needs_interleaving = random.below(4) != 0;
  f.calibration.shared.overlap_slowdown = 0;  // belongs to the gradient exchange, which is no part of the pipeline
  ParallelPlan& p = f.request.plan;
  p.schedule = schedule;
  p.pp = static_cast<std::int32_t>(between(random, 1, 16));
  p.vpp = schedule == Schedule::kInterleaved ? static_cast<std::int32_t>(between(random, 2, 8)) : 1;
  p.tp = 1 << between(random, 0, 3);
  p.dp = 1 << between(random, 0, 4);
  p.micro_batch = static_cast<std::int32_t>(between(random, 1, 2));
  p.sequence_parallel = random.below(2) == 0;
  if (random.below(3) == 0) p.recompute.kind = RecomputeKind::kFull;
  const std::int64_t n = p.vpp > 1 || random.below(2) == 0 ? p.pp * between(random, 1, 16) : between(random, 1, 128);
  f.request.gpus = std::int64_t{p.tp} * p.pp * p.dp;
  f.request.global_batch = n * p.dp * p.micro_batch;
}

bool equal_chunks(const catalog::Model& m, const ParallelPlan& p) {
  return m.layers % (p.pp * p.vpp) == 0 || (m.layers + 2) % (p.pp * p.vpp) == 0;
}

Regime regime(const test::Fixture& f, const ScheduleInput& in) {
  const ParallelPlan& p = f.request.plan;
  if (p.pp == 1) return Regime::kClaimed;
  const bool even = equal_chunks(f.model, p);
  switch (p.schedule) {
    case Schedule::k1f1b:
      return in.send_s == 0 && (even || in.micro_batches >= 8 * p.pp) ? Regime::kClaimed : Regime::k1f1bOther;
    case Schedule::kInterleaved: {
      if (!even) return Regime::kInterleavedUneven;
      double shortest = in.stages.front().forward;
      for (const StageSeconds& s : in.stages) shortest = std::min(shortest, s.forward);
      return in.micro_batches >= 4 * p.pp && in.send_s <= 0.1 * shortest ? Regime::kClaimed : Regime::kInterleavedOther;
    }
    case Schedule::kZeroBubble: return in.micro_batches >= 8 * p.pp ? Regime::kZeroBubbleLong : Regime::kZeroBubbleShort;
    case Schedule::kDualPipe: break;
  }
  return Regime::kDualPipe;
}

double pipeline_part(const TimeBreakdown& t) {
  return t.total() - t[TimeTerm::kDpComm] - t[TimeTerm::kOptimizer] - t[TimeTerm::kHost] - t[TimeTerm::kJitter];
}

struct Difference {
  double value = 0;  // closed form / makespan - 1
  std::string plan;
};

/// Of random legal plans of one regime.
std::vector<Difference> differences(Regime wanted, Schedule schedule, std::size_t count) {
  Stream random(20, random::Domain::kTest, static_cast<std::uint64_t>(wanted));
  std::vector<Difference> out;
  for (int tries = 0; out.size() < count && tries < 100'000; ++tries) {
    test::Fixture f;
    draw(random, schedule, f);
    const auto in = schedule_input(f.request, f.calibration);
    if (!in || regime(f, *in) != wanted) continue;
    const double value = pipeline_part(f.run().time) / simulate_schedule(*in).makespan_s - 1;
    out.push_back({value, std::to_string(f.model.layers) + " layers, batch " + std::to_string(f.request.global_batch) + ", " + to_string(f.request.plan)});
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

TEST(ScheduleAgreement, OfClosedFormAndEventsIsWithinTwoPercent) {
  for (const Schedule schedule : {Schedule::k1f1b, Schedule::kInterleaved}) {
    const auto all = differences(Regime::kClaimed, schedule, 250);
    ASSERT_EQ(all.size(), 250U);
    for (const Difference& d : all) EXPECT_LE(std::abs(d.value), 0.02) << d.plan;
    record(schedule == Schedule::k1f1b ? "one_f_one_b" : "interleaved", all);
  }
}

struct Outside {
  const char* name;
  Regime regime;
  Schedule schedule;
  double under;  // the closed form is at most this much too fast
  double over;   // and this much too slow
};

class OutsideTheRegime : public testing::TestWithParam<Outside> {};

TEST_P(OutsideTheRegime, TheDifferenceIsAsDocumented) {
  const Outside& o = GetParam();
  const auto all = differences(o.regime, o.schedule, 200);
  ASSERT_EQ(all.size(), 200U);
  for (const Difference& d : all) {
    EXPECT_GE(d.value, -o.under) << d.plan;
    EXPECT_LE(d.value, o.over) << d.plan;
  }
  record(o.name, all);
}

INSTANTIATE_TEST_SUITE_P(
    Regimes, OutsideTheRegime,
    testing::Values(Outside{"one_f_one_b", Regime::k1f1bOther, Schedule::k1f1b, 0.35, 0.06},
                    Outside{"interleaved", Regime::kInterleavedOther, Schedule::kInterleaved, 0.5, 0.03},
                    Outside{"interleaved_uneven", Regime::kInterleavedUneven, Schedule::kInterleaved, 0.5, 0.12},
                    Outside{"zero_bubble_long", Regime::kZeroBubbleLong, Schedule::kZeroBubble, 0.15, 0.05},
                    Outside{"zero_bubble_short", Regime::kZeroBubbleShort, Schedule::kZeroBubble, 0.75, 0.1},
                    Outside{"dualpipe", Regime::kDualPipe, Schedule::kDualPipe, 0.45, 0.6}),
    [](const auto& outside) { return std::string(outside.param.name); });

TEST(ScheduleInput, HoldsTheWorkOfTheClosedFormsSlowestStage) {
  test::Fixture f;
  f.software.p2p_overlap = 0.25;
  f.calibration.shared.overlap_slowdown = 0;
  f.request.plan.vpp = 5;
  f.request.plan.schedule = Schedule::kInterleaved;
  const ScheduleInput in = schedule_input(f.request, f.calibration).value();
  ASSERT_EQ(in.stages.size(), 20U);
  std::vector<double> ranks(4, 0);
  for (std::size_t v = 0; v < in.stages.size(); ++v) ranks[v % 4] += in.stages[v].forward + in.stages[v].backward + in.stages[v].weight;
  const StepResult closed = f.run();
  const auto& t = closed.time;
  const double hops = 2 * (in.send_s / 0.25) * 3;  // of an empty pipeline: no rank is busy with them in the steady state
  const double slowest = (pipeline_part(t) - t[TimeTerm::kPpBubble] - hops) / closed.micro_batches;
  EXPECT_NEAR(*std::max_element(ranks.begin(), ranks.end()) / slowest, 1, 1e-9);
  EXPECT_GT(in.stages.back().forward, in.stages[1].forward);  // the head
}

TEST(ScheduleInput, RefusesWhatNoScheduleRuns) {
  test::Fixture f;
  f.request.plan.vpp = 5;
  f.request.global_batch = 4 * 6;  // six micro-batches on four ranks
  const auto uneven = schedule_input(f.request, f.calibration);
  ASSERT_FALSE(uneven);
  EXPECT_EQ(uneven.error().code, PlanErrorCode::kBatchDoesNotDivide);
  EXPECT_EQ(uneven.error().hint, "a global batch of 16");
  f.request.plan.vpp = 1;
  EXPECT_EQ(schedule_input(f.request, f.calibration).value().micro_batches, 6);
  f.request.plan.tp = 3;
  EXPECT_EQ(schedule_input(f.request, f.calibration).error().code, PlanErrorCode::kRanksDoNotMultiply);
}

}  // namespace
}  // namespace gigawatt::step
