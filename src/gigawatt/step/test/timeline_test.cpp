#include "gigawatt/step/timeline.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

#include <gtest/gtest.h>

namespace gigawatt::step {
namespace {

ScheduleInput uniform(Schedule schedule, int ranks, int chunks, int micro_batches,
                      StageSeconds cost = {1, 1, 1}) {
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

// H1 leaves (p - 1)(f + b - w) and no rank holds more than p micro-batches: arXiv 2401.10241, table 2.
TEST(Timeline, ZeroBubbleLeavesThePublishedBubble) {
  for (const StageSeconds& c : {StageSeconds{1, 1, 1}, StageSeconds{1, 1.5, 0.8}})
    for (const int ranks : {1, 2, 4, 8})
      for (const int micro_batches : {ranks, 2 * ranks, 40}) {
        const auto t = simulate_schedule(uniform(Schedule::kZeroBubble, ranks, 1, micro_batches, c));
        EXPECT_NEAR(t.makespan_s,
                    micro_batches * (c.forward + c.backward + c.weight) +
                        (ranks - 1) * (c.forward + c.backward - c.weight),
                    1e-9)
            << ranks << " " << micro_batches;
        EXPECT_EQ(t.peak_in_flight, std::vector<std::int32_t>(static_cast<std::size_t>(ranks), ranks));
      }
}

// (p/2 - 1)(F&B + B - 3 W) with F&B = F + B, every rank holding p + 1 micro-batches: arXiv 2412.19437, table 2. The
// formula takes forward and data gradient to be alike.
TEST(Timeline, DualPipeLeavesThePublishedBubble) {
  for (const StageSeconds& c : {StageSeconds{1, 1, 1}, StageSeconds{1.25, 1.25, 0.5}})
    for (const int ranks : {2, 4, 8, 16})
      for (const int micro_batches : {2 * ranks, 6 * ranks}) {
        const auto t = simulate_schedule(uniform(Schedule::kDualPipe, ranks, 1, micro_batches, c));
        const double b = c.backward + c.weight;
        EXPECT_NEAR(t.makespan_s,
                    micro_batches * (c.forward + b) + (ranks / 2 - 1) * (c.forward + b + b - 3 * c.weight),
                    1e-9)
            << ranks << " " << micro_batches;
        EXPECT_EQ(t.peak_in_flight, std::vector<std::int32_t>(static_cast<std::size_t>(ranks), ranks + 1));
      }
}

// Two ranks, two chunks, two micro-batches, f = 1, b = 2, by hand: rank 0 runs F0 F1 of chunk 0 and F0 F1 of chunk 1 by
// 4, rank 1 the same by 5 with the first backward in between (4 to 6); rank 0 waits from 4 to 6 for it.
TEST(Timeline, InterleavedMatchesTheHandDrawnCase) {
  const auto t = simulate_schedule(uniform(Schedule::kInterleaved, 2, 2, 2, {1, 1, 1}));
  EXPECT_DOUBLE_EQ(t.makespan_s, 2 * 2 * 3.0 + 3.0);
  const auto first = std::find_if(t.slots.begin(), t.slots.end(),
                                  [](const Slot& s) { return s.rank == 1 && s.work == Work::kBackward; });
  EXPECT_DOUBLE_EQ(first->begin_s, 4.0);
  EXPECT_EQ(first->stage, 3);
}

// Rounds of other sizes than the pipeline's: six micro-batches on four ranks run as one round of six, three on four as
// one of three, which leaves the ranks waiting between chunks.
TEST(Timeline, InterleavingTakesAnyNumberOfMicroBatches) {
  EXPECT_EQ(group_size(4, 2, 8), 4);
  EXPECT_EQ(group_size(4, 2, 6), 6);
  EXPECT_EQ(group_size(4, 2, 10), 5);
  EXPECT_EQ(group_size(4, 2, 3), 3);
  EXPECT_EQ(group_size(4, 1, 9), 9);
  EXPECT_DOUBLE_EQ(simulate_schedule(uniform(Schedule::kInterleaved, 4, 2, 6)).makespan_s,
                   6 * 2 * 3.0 + 3 * 3.0);
  EXPECT_DOUBLE_EQ(simulate_schedule(uniform(Schedule::kInterleaved, 4, 2, 1)).makespan_s, 4 * 2 * 3.0);
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
    EXPECT_TRUE(
        by_operation.emplace(std::tuple(slot.stage, slot.micro_batch, static_cast<int>(slot.work)), slot)
            .second);
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

INSTANTIATE_TEST_SUITE_P(
    Schedules, AnySchedule,
    testing::Values(std::tuple(Schedule::k1f1b, 1, 1, 3), std::tuple(Schedule::k1f1b, 6, 1, 20),
                    std::tuple(Schedule::k1f1b, 8, 1, 3), std::tuple(Schedule::kInterleaved, 4, 3, 16),
                    std::tuple(Schedule::kInterleaved, 2, 5, 2), std::tuple(Schedule::kZeroBubble, 5, 1, 13),
                    std::tuple(Schedule::kZeroBubble, 4, 2, 8), std::tuple(Schedule::kDualPipe, 4, 1, 20),
                    std::tuple(Schedule::kDualPipe, 8, 1, 16)));

}  // namespace
}  // namespace gigawatt::step
