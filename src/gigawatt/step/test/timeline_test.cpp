#include "gigawatt/step/timeline.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

#include <gtest/gtest.h>

namespace gigawatt::step {
namespace {

ScheduleInput uniform(Schedule schedule, int ranks, int chunks, int micro_batches, StageSeconds cost = {1, 1, 1}) {
  ScheduleInput in;
  in.schedule = schedule;
  in.ranks = ranks;
  in.chunks = chunks;
  in.micro_batches = micro_batches;
  in.stages.assign(static_cast<std::size_t>(ranks * chunks), cost);
  return in;
}

// (m + p - 1)(f + b): arXiv 2006.09503.
TEST(Timeline, OneForwardOneBackwardHasTheTextbookMakespan) {
  for (const int ranks : {1, 2, 4, 8})
    for (const int micro_batches : {1, 2, 8, 32}) {
      const auto t = simulate_schedule(uniform(Schedule::k1f1b, ranks, 1, micro_batches));
      EXPECT_DOUBLE_EQ(t.makespan_s, (micro_batches + ranks - 1) * 3.0) << ranks << " " << micro_batches;
    }
}

// The bubble shrinks by the number of chunks: arXiv 2104.04473, section 2.2.
TEST(Timeline, InterleavingDividesTheBubble) {
  for (const int ranks : {2, 4, 8})
    for (const int chunks : {2, 4}) {
      const int micro_batches = 4 * ranks;
      const auto t = simulate_schedule(uniform(Schedule::kInterleaved, ranks, chunks, micro_batches));
      const double work = 3.0 * chunks * micro_batches;
      EXPECT_DOUBLE_EQ(t.makespan_s, work + (ranks - 1) * 3.0) << ranks << " " << chunks;
    }
}

// H1 leaves (p - 1)(f + b - w) of the bubble (p - 1)(f + b + w): arXiv 2401.10241, table 2.
TEST(Timeline, ZeroBubbleFillsWaitsWithWeightGradients) {
  const auto t = simulate_schedule(uniform(Schedule::kZeroBubble, 4, 1, 16));
  const double work = 16 * 3.0;
  EXPECT_GE(t.makespan_s, work);
  EXPECT_LE(t.makespan_s, work + 3 * 1.0 + 1e-9);
}

TEST(Timeline, DualPipeBeatsOneForwardOneBackward) {
  const auto plain = simulate_schedule(uniform(Schedule::k1f1b, 8, 1, 32));
  const auto dual = simulate_schedule(uniform(Schedule::kDualPipe, 8, 1, 32));
  EXPECT_LT(dual.makespan_s, plain.makespan_s);
  EXPECT_GE(dual.makespan_s, 32 * 3.0);
}

TEST(Timeline, WarmUpBoundsTheForwardsInFlight) {
  const auto t = simulate_schedule(uniform(Schedule::k1f1b, 4, 1, 16));
  EXPECT_EQ(t.peak_in_flight, (std::vector<std::int32_t>{4, 3, 2, 1}));
}

TEST(Timeline, SendsDelayTheFirstMicroBatchOncePerHop) {
  auto in = uniform(Schedule::k1f1b, 4, 1, 1);
  in.send_s = 0.5;
  EXPECT_DOUBLE_EQ(simulate_schedule(in).makespan_s, 4 * 3.0 + 6 * 0.5);
}

class AnySchedule : public testing::TestWithParam<std::tuple<Schedule, int, int, int>> {};

TEST_P(AnySchedule, KeepsItsLaws) {
  const auto [schedule, ranks, chunks, micro_batches] = GetParam();
  auto in = uniform(schedule, ranks, chunks, micro_batches);
  for (std::size_t i = 0; i < in.stages.size(); ++i) {
    const double f = 1.0 + 0.1 * static_cast<double>(i % 3);
    in.stages[i] = {f, 1.1 * f, 0.8 * f};
  }
  in.send_s = 0.05;
  const auto t = simulate_schedule(in);

  std::map<std::tuple<int, int, int>, Slot> by_operation;
  std::vector<double> free_at(static_cast<std::size_t>(ranks), 0);
  for (const auto& slot : t.slots) {
    auto& free = free_at[static_cast<std::size_t>(slot.rank)];
    EXPECT_GE(slot.begin_s, free);  // a rank does one thing at a time
    free = slot.end_s;
    EXPECT_TRUE(by_operation.emplace(std::tuple(slot.stage, slot.micro_batch, static_cast<int>(slot.work)), slot).second);
  }
  for (const auto& [key, slot] : by_operation) {
    const auto [stage, micro_batch, work] = key;
    if (work == static_cast<int>(Work::kForward) && stage > 0) {
      EXPECT_GE(slot.begin_s, (by_operation.at({stage - 1, micro_batch, work}).end_s));
    } else if (work == static_cast<int>(Work::kBackward)) {
      const int last = ranks * chunks - 1;
      const auto before = stage == last ? std::tuple(stage, micro_batch, static_cast<int>(Work::kForward))
                                        : std::tuple(stage + 1, micro_batch, work);
      EXPECT_GE(slot.begin_s, by_operation.at(before).end_s);
    }
  }
  EXPECT_GE(t.makespan_s + 1e-12, *std::max_element(t.busy_s.begin(), t.busy_s.end()));
}

INSTANTIATE_TEST_SUITE_P(Schedules, AnySchedule,
                         testing::Values(std::tuple(Schedule::k1f1b, 1, 1, 3), std::tuple(Schedule::k1f1b, 6, 1, 20),
                                         std::tuple(Schedule::k1f1b, 8, 1, 3), std::tuple(Schedule::kInterleaved, 4, 3, 16),
                                         std::tuple(Schedule::kInterleaved, 2, 5, 2), std::tuple(Schedule::kZeroBubble, 5, 1, 13),
                                         std::tuple(Schedule::kZeroBubble, 4, 2, 8), std::tuple(Schedule::kDualPipe, 4, 1, 20),
                                         std::tuple(Schedule::kDualPipe, 8, 1, 7)));

}  // namespace
}  // namespace gigawatt::step
