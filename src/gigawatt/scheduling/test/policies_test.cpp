#include "gigawatt/scheduling/policies.h"

#include <gtest/gtest.h>

#include "brute_force.h"
#include "gigawatt/base/random.h"
#include "gigawatt/scheduling/replay.h"

namespace gigawatt::scheduling {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

std::vector<ReplayJob> as_replay(const std::vector<brute::Job>& jobs) {
  std::vector<ReplayJob> out;
  for (const auto& j : jobs)
    out.push_back({.submit = {j.submit * kSecond},
                   .run_us = j.run * kSecond,
                   .estimate_us = j.estimate * kSecond,
                   .units = j.units});
  return out;
}

/// Seconds at which each job started (its last stretch).
std::vector<int> starts(const std::vector<ReplayJob>& jobs, const PolicySpec& spec, ReplayOptions options) {
  std::vector<int> start(jobs.size(), -1);
  options.span = [&](std::uint32_t job, base::SimTime from, base::SimTime, std::span<const Share>) {
    start[job] = static_cast<int>(from.us / kSecond);
  };
  const auto policy = make_policy(spec);
  replay(jobs, *policy, options);
  return start;
}

ReplayOptions cluster(std::int64_t units) {
  ReplayOptions options;
  options.cluster.units = units;
  return options;
}

std::vector<brute::Job> random_jobs(random::Stream& s, int total, bool exact) {
  std::vector<brute::Job> jobs(2 + s.below(9));
  int submit = 0;
  for (auto& j : jobs) {
    submit += static_cast<int>(s.below(5));
    j.submit = submit;
    j.run = 1 + static_cast<int>(s.below(12));
    j.estimate = exact ? j.run : j.run + static_cast<int>(s.below(8));
    j.units = 1 + static_cast<int>(s.below(static_cast<std::uint64_t>(total)));
  }
  return jobs;
}

class AgainstBruteForce : public testing::TestWithParam<bool> {};

TEST_P(AgainstBruteForce, Fifo) {
  random::Stream s(1, random::Domain::kTest, GetParam());
  for (int n = 0; n < 1000; ++n) {
    const int total = 2 + static_cast<int>(s.below(9));
    const auto jobs = random_jobs(s, total, GetParam());
    EXPECT_EQ(starts(as_replay(jobs), {}, cluster(total)), brute::list_schedule(jobs, total, false)) << n;
  }
}

TEST_P(AgainstBruteForce, Easy) {
  random::Stream s(2, random::Domain::kTest, GetParam());
  for (int n = 0; n < 2000; ++n) {
    const int total = 2 + static_cast<int>(s.below(9));
    const auto jobs = random_jobs(s, total, GetParam());
    ASSERT_EQ(starts(as_replay(jobs), {Order::kFifo, Overtaking::kEasy}, cluster(total)),
              brute::list_schedule(jobs, total, true))
        << n;
  }
}

TEST_P(AgainstBruteForce, Conservative) {
  random::Stream s(3, random::Domain::kTest, GetParam());
  for (int n = 0; n < 1000; ++n) {
    const int total = 2 + static_cast<int>(s.below(9));
    const auto jobs = random_jobs(s, total, GetParam());
    ASSERT_EQ(starts(as_replay(jobs), {Order::kFifo, Overtaking::kConservative}, cluster(total)),
              brute::conservative(jobs, total))
        << n;
  }
}

INSTANTIATE_TEST_SUITE_P(Estimates, AgainstBruteForce, testing::Values(true, false),
                         [](const auto& p) { return p.param ? "Exact" : "TooLong"; });

TEST(Easy, TakesJobsThatOutliveTheirEstimateToEndAtAnyMoment) {
  // 1 runs on past its estimate; 2 cannot start; 3 would delay nobody who could start now, but 2 might.
  const std::vector<brute::Job> jobs = {{0, 10, 2, 3}, {1, 5, 5, 4}, {3, 3, 3, 1}};
  const std::vector<int> expected = {0, 10, 15};
  EXPECT_EQ(starts(as_replay(jobs), {Order::kFifo, Overtaking::kEasy}, cluster(4)), expected);
}

TEST(Easy, ShadowTimeAndWhatIsLeftOver) {
  // Of 10: 6 until 10, then the head needs 8 at 10 with 2 left over. 4 fits until 9; 2 fits for ever; 3 does not.
  const std::vector<brute::Job> jobs = {
      {0, 10, 10, 6}, {1, 5, 5, 8}, {2, 9, 9, 3}, {2, 20, 20, 2}, {2, 7, 7, 2}};
  const std::vector<int> expected = {0, 10, 15, 2, 2};
  EXPECT_EQ(starts(as_replay(jobs), {Order::kFifo, Overtaking::kEasy}, cluster(10)), expected);
}

TEST(Conservative, GuaranteesHold) {
  // With estimates that are too long a job may only start earlier than its first reservation says.
  random::Stream s(4, random::Domain::kTest, 0);
  for (int n = 0; n < 200; ++n) {
    const auto jobs = random_jobs(s, 6, false);
    auto exact = jobs;
    for (auto& j : exact) j.run = j.estimate;
    const auto promised = starts(as_replay(exact), {Order::kFifo, Overtaking::kConservative}, cluster(6));
    // The reservation of the first job that must wait is what exact estimates would give.
    const auto real = starts(as_replay(jobs), {Order::kFifo, Overtaking::kConservative}, cluster(6));
    for (std::size_t j = 0; j < jobs.size(); ++j) {
      EXPECT_LE(real[j], promised[j]) << n;
      if (real[j] > jobs[j].submit) break;  // holes that early ends leave may be taken by others later on
    }
  }
}

TEST(Priority, HigherFirstAndPreemptsTheLowestLastStarted) {
  auto jobs = as_replay({{0, 100, 100, 2}, {1, 100, 100, 2}, {2, 100, 100, 2}, {10, 10, 10, 2}});
  jobs[0].priority = 1;
  jobs[3].priority = 5;
  const std::vector<int> queued = {0, 1, 2, 100};
  EXPECT_EQ(starts(jobs, {Order::kPriority}, cluster(6)), queued);
  // 2 is stopped at 10, having done 8 of 100, and goes on at 20.
  std::vector<std::pair<std::int64_t, std::int64_t>> of_2;
  auto options = cluster(6);
  options.span = [&](std::uint32_t job, base::SimTime from, base::SimTime to, std::span<const Share>) {
    if (job == 2) of_2.emplace_back(from.us / kSecond, to.us / kSecond);
  };
  const auto policy = make_policy({Order::kPriority, Overtaking::kEasy, true});
  const auto result = replay(jobs, *policy, options);
  const std::vector<std::pair<std::int64_t, std::int64_t>> expected = {{2, 10}, {20, 112}};
  EXPECT_EQ(of_2, expected);
  EXPECT_EQ(result.preemptions, 1U);
  EXPECT_EQ(result.lost_unit_s, 0);
}

TEST(Priority, PreemptedWorkSinceTheCheckpointIsLost) {
  auto jobs = as_replay({{0, 100, 100, 4}, {25, 10, 10, 4}});
  jobs[1].priority = 1;
  auto options = cluster(4);
  options.checkpoint_interval = base::Duration{10 * kSecond};
  base::SimTime end;
  options.span = [&](std::uint32_t job, base::SimTime, base::SimTime to, std::span<const Share>) {
    if (job == 0) end = to;
  };
  const auto policy = make_policy({Order::kPriority, Overtaking::kNone, true});
  const auto result = replay(jobs, *policy, options);
  EXPECT_EQ(end.us / kSecond, 115);
  EXPECT_DOUBLE_EQ(result.lost_unit_s, 20);
}

TEST(FairShare, WhoUsedLeastGoesFirst) {
  // Account 0 fills the cluster, then both queue; account 1 goes first though it came later.
  auto jobs = as_replay({{0, 50, 50, 4}, {1, 10, 10, 4}, {2, 10, 10, 4}, {3, 10, 10, 4}});
  jobs[3].account = 1;
  const std::vector<int> expected = {0, 60, 70, 50};
  EXPECT_EQ(starts(jobs, {Order::kFairShare}, cluster(4)), expected);
}

TEST(Shortest, StarvesTheLongAndTheWaitShowsIt) {
  std::vector<brute::Job> jobs = {{0, 2, 2, 2}, {1, 30, 30, 2}};
  for (int i = 0; i < 40; ++i) jobs.push_back({1 + 2 * i, 2, 2, 2});
  const auto policy = make_policy({Order::kShortest});
  const auto result = replay(as_replay(jobs), *policy, cluster(2));
  EXPECT_EQ(result.jobs, jobs.size());
  EXPECT_DOUBLE_EQ(result.wait_s.max, 81);
}

TEST(Power, TheCapHoldsAndTheReservationWaitsForPower) {
  // 10 units of 100 W under 600 W: six at a time. The head needs 5 at 4's end; 1 may overtake only within the power.
  auto options = cluster(10);
  options.unit_it_w = 100;
  options.it_cap_w = 600;
  const std::vector<brute::Job> jobs = {{0, 10, 10, 4}, {1, 10, 10, 5}, {2, 5, 5, 2}, {2, 20, 20, 2}};
  const std::vector<int> expected = {0, 10, 2, 20};
  const auto replayed = as_replay(jobs);
  EXPECT_EQ(starts(replayed, {Order::kFifo, Overtaking::kEasy}, options), expected);
  const auto policy = make_policy({Order::kFifo, Overtaking::kEasy});
  EXPECT_DOUBLE_EQ(replay(replayed, *policy, options).it_peak_w, 600);
}

TEST(SignalStart, WaitsForTheCheapestWindow) {
  // Expensive until 100, cheap until 130, then in between: a job of 20 may wait 150 s, one that may not does not.
  const Signal signal({{{0}, 10}, {{100 * kSecond}, 1}, {{130 * kSecond}, 5}});
  auto options = cluster(4);
  options.signal = &signal;
  options.may_defer = base::Duration{150 * kSecond};
  const auto jobs = as_replay({{0, 20, 20, 4}});
  EXPECT_EQ(starts(jobs, {}, options), std::vector<int>{100});
  options.may_defer = base::Duration{50 * kSecond};
  EXPECT_EQ(starts(jobs, {}, options), std::vector<int>{0});
  options.may_defer = {};
  EXPECT_EQ(starts(jobs, {}, options), std::vector<int>{0});
}

TEST(SignalStart, BestStartAgainstAScan) {
  random::Stream s(5, random::Domain::kTest, 0);
  for (int n = 0; n < 200; ++n) {
    std::vector<SignalStep> steps;
    std::int64_t t = 0;
    for (int i = 0; i < 6; ++i) {
      steps.push_back({{t}, static_cast<double>(s.below(5))});
      t += 1 + static_cast<std::int64_t>(s.below(9));
    }
    const Signal signal(steps);
    const base::Duration length{1 + static_cast<std::int64_t>(s.below(12))};
    const base::SimTime from{static_cast<std::int64_t>(s.below(20))};
    const base::SimTime to{from.us + static_cast<std::int64_t>(s.below(30))};
    double least = signal.mean(from, from + length);
    for (base::SimTime at = from; at <= to; at.us += 1) least = std::min(least, signal.mean(at, at + length));
    const base::SimTime best = signal.best_start(from, to, length);
    EXPECT_GE(best, from);
    EXPECT_LE(best, to);
    EXPECT_NEAR(signal.mean(best, best + length), least, 1e-9);
  }
}

TEST(Replay, RefusesWhatNeverFitsAndReportsWhatNeverStarts) {
  const auto jobs = as_replay({{0, 5, 5, 2}, {1, 5, 5, 9}, {2, 5, 5, 1}});
  const auto fifo = make_policy({});
  const auto result = replay(jobs, *fifo, cluster(4));
  EXPECT_EQ(result.jobs, 2U);
  EXPECT_EQ(result.too_large, 1U);
  EXPECT_EQ(result.too_large_first, std::vector<std::uint32_t>{1});

  struct Never : Policy {
    void decide(const View&, Decision&) override {}
  } never;
  const auto stuck = replay(jobs, never, cluster(4));
  EXPECT_EQ(stuck.never_started, 2U);
  EXPECT_EQ(stuck.never_started_first.front(), 0U);
}

TEST(Replay, HandComputedFigures) {
  const auto fifo = make_policy({});
  const auto r = replay(as_replay({{0, 10, 10, 2}, {0, 20, 20, 2}, {5, 10, 10, 2}}), *fifo, cluster(4));
  // The third waits 5 s: (5 + 10) / 10. Work 80 unit-seconds over 4 units for 20 s.
  EXPECT_DOUBLE_EQ(r.wait_s.mean, 5.0 / 3);
  EXPECT_DOUBLE_EQ(r.bounded_slowdown.max, 1.5);
  EXPECT_DOUBLE_EQ(r.utilization, 1.0);
  EXPECT_DOUBLE_EQ(r.makespan_s, 20);
  EXPECT_EQ(r.waited, 1U);
}

TEST(Replay, EveryPolicyKeepsCapacityAndFinishes) {
  random::Stream s(6, random::Domain::kTest, 0);
  for (int n = 0; n < 60; ++n) {
    auto jobs = as_replay(random_jobs(s, 12, false));
    for (auto& j : jobs) {
      j.priority = static_cast<std::int32_t>(s.below(3));
      j.account = static_cast<std::uint32_t>(s.below(3));
    }
    for (const NamedPolicy& named : kPolicies) {
      auto options = cluster(12);
      if (named.spec.overtaking != Overtaking::kConservative) options.cluster.levels = {2, 6};
      double held = 0;
      options.span = [&](std::uint32_t job, base::SimTime from, base::SimTime to,
                         std::span<const Share> shares) {
        std::int64_t units = 0;
        for (const Share& share : shares) units += share.units;
        EXPECT_EQ(units, jobs[job].units);
        held += static_cast<double>(units) * (to - from).to_seconds();
      };
      const auto policy = make_policy(named.spec);
      const auto r = replay(jobs, *policy, options);
      EXPECT_EQ(r.jobs, jobs.size()) << named.name;
      double work = 0;
      for (const auto& j : jobs) work += static_cast<double>(j.units) * static_cast<double>(j.run_us) * 1e-6;
      EXPECT_NEAR(held, work, 1e-9 * work) << named.name;
    }
  }
}

/// The same policy without the order that the queue keeps for it: it sorts the whole line at every decision.
class Sorting : public Policy {
 public:
  explicit Sorting(const PolicySpec& spec) : policy_(make_policy(spec)) {}
  void decide(const View& view, Decision& decision) override { policy_->decide(view, decision); }

 private:
  std::unique_ptr<Policy> policy_;
};

TEST(Policies, AKeptOrderDecidesAsASortedLineDoes) {
  for (int round = 0; round < 12; ++round) {
    random::Stream stream(31, random::Domain::kTest, static_cast<std::uint64_t>(round));
    std::vector<ReplayJob> jobs;
    base::SimTime at{0};
    for (int i = 0; i < 400; ++i) {
      at = at + base::Duration{static_cast<std::int64_t>(stream.below(30)) * 1'000'000};
      ReplayJob job;
      job.submit = at;
      job.run_us = static_cast<std::int64_t>(1 + stream.below(400)) * 1'000'000;
      job.estimate_us = job.run_us + static_cast<std::int64_t>(stream.below(300)) * 1'000'000;
      job.units = static_cast<std::int64_t>(1 + stream.below(round % 2 == 0 ? 8 : 24));
      job.priority = static_cast<std::int32_t>(stream.below(5));
      job.account = static_cast<std::uint32_t>(stream.below(6));
      jobs.push_back(job);
    }
    for (const NamedPolicy& named : kPolicies) {
      if (named.spec.overtaking == Overtaking::kConservative) continue;
      const auto starts = [&](Policy& policy) {
        std::vector<std::int64_t> out;
        ReplayOptions options;
        options.cluster = {.units = 24, .levels = {}};
        options.span = [&](std::uint32_t job, base::SimTime start, base::SimTime end,
                           std::span<const Share>) { out.insert(out.end(), {job, start.us, end.us}); };
        const auto result = replay(jobs, policy, options);
        EXPECT_EQ(result.jobs, jobs.size());
        return out;
      };
      const auto kept = make_policy(named.spec);
      Sorting sorting(named.spec);
      EXPECT_EQ(starts(*kept), starts(sorting)) << named.name << " in round " << round;
    }
  }
}

}  // namespace
}  // namespace gigawatt::scheduling
