// The queue against a list that is looked through, and units that pools of jobs yield.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "gigawatt/base/random.h"
#include "gigawatt/scheduling/policies.h"

namespace gigawatt::scheduling {
namespace {

struct Listed {
  std::int64_t queued = 0;
  std::uint32_t job = 0;
  std::vector<Option> options;
};

Waiting waiting(std::uint32_t job, std::int32_t priority, std::int64_t queued,
                std::span<const Option> options) {
  Waiting w;
  w.job = job;
  w.priority = priority;
  w.queued = {queued};
  w.options = options;
  return w;
}

TEST(Queue, FindsWhatALookThroughFinds) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    random::Stream random(seed, random::Domain::kTest, 21);
    Queue queue;
    std::vector<Listed> list;
    for (std::uint32_t step = 0; step < 400; ++step) {
      if (list.empty() || random.below(5) < 3) {
        Listed job{.queued = static_cast<std::int64_t>(random.below(4) == 0 ? random.below(step + 1) : step),
                   .job = step,
                   .options = {}};
        for (std::uint64_t o = 0, count = 1 + random.below(3); o < count; ++o)
          job.options.push_back({.place = 0,
                                 .units = static_cast<std::int64_t>(1 + random.below(100)),
                                 .expected_us = static_cast<std::int64_t>(1 + random.below(1000))});
        queue.insert(waiting(job.job, 0, job.queued, job.options));
        list.push_back(job);
        std::sort(list.begin(), list.end(), [](const Listed& a, const Listed& b) {
          return a.queued != b.queued ? a.queued < b.queued : a.job < b.job;
        });
      } else {
        const auto gone = random.below(list.size());
        std::uint32_t at = queue.next(0);
        for (std::uint64_t i = 0; i < gone; ++i) at = queue.next(at + 1);
        ASSERT_EQ(queue[at].job, list[gone].job);
        queue.remove(at);
        list.erase(list.begin() + static_cast<std::ptrdiff_t>(gone));
      }
      ASSERT_EQ(queue.size(), list.size());
      std::size_t i = 0;
      for (auto p = queue.next(0); p != Queue::kEnd; p = queue.next(p + 1)) {
        ASSERT_LT(i, list.size());
        ASSERT_EQ(queue[p].job, list[i].job);
        ASSERT_EQ(queue[p].options.size(), list[i++].options.size());
      }
      ASSERT_EQ(i, list.size());
      const auto units = static_cast<std::int64_t>(random.below(120));
      const auto within = static_cast<std::int64_t>(random.below(1200));
      const auto always = static_cast<std::int64_t>(random.below(30));
      std::vector<std::uint32_t> wanted, found;
      std::int64_t least = INT64_MAX;
      for (const Listed& job : list) {
        std::int64_t fewest = INT64_MAX;
        std::int64_t shortest = INT64_MAX;
        for (const Option& o : job.options) {
          fewest = std::min(fewest, o.units);
          shortest = std::min(shortest, o.expected_us);
        }
        least = std::min(least, fewest);
        if (fewest <= units && (shortest <= within || fewest <= always)) wanted.push_back(job.job);
      }
      for (auto p = queue.next_fitting(0, units, within, always); p != Queue::kEnd;
           p = queue.next_fitting(p + 1, units, within, always))
        found.push_back(queue[p].job);
      ASSERT_EQ(found, wanted);
      ASSERT_EQ(queue.least_units(), least);
    }
  }
}

TEST(Yielding, OnlyJobsOfHigherPriorityGetTheUnits) {
  Queue queue;
  const Option four{.place = 0, .units = 4, .expected_us = 1000};
  for (std::uint32_t j = 0; j < 4; ++j) queue.insert(waiting(j, static_cast<std::int32_t>(j), j, {&four, 1}));
  Capacity capacity;
  capacity.set(0, 20, 2);
  const RunningSet running;
  const std::vector<Yielding> yielding = {{0, 1, 3}, {0, 2, 4}};
  // Job 3 may take all three kinds: 2 free, 3 of priority 1, 4 of priority 2; it leaves 0, 1, 4. Job 2 may then only
  // take what is left of priority 1.
  const View view{.now = {10},
                  .queue = queue,
                  .running = running,
                  .capacity = capacity,
                  .usage = {},
                  .yielding = yielding};
  const auto policy = make_policy({Order::kPriority});
  Decision decision;
  policy->decide(view, decision);
  ASSERT_EQ(decision.start.size(), 1u);
  EXPECT_EQ(queue[decision.start[0].position].job, 3u);
  capacity.set(0, 20, 5);
  decision.clear();
  policy->decide(view, decision);
  ASSERT_EQ(decision.start.size(), 2u);  // 1 free and 3 of priority 1 for job 2
  EXPECT_EQ(queue[decision.start[1].position].job, 2u);
}

}  // namespace
}  // namespace gigawatt::scheduling
