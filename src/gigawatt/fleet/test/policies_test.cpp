// The fleet under the policies of the scheduling module: the same starts as a replay of the same jobs, preemption with
// its costs, power, signal, shares, and who is named when nobody runs him.
#include <gtest/gtest.h>

#include <map>

#include "gigawatt/scenario/scenario.h"
#include "gigawatt/scheduling/policies.h"
#include "gigawatt/scheduling/replay.h"
#include "make_model.h"

namespace gigawatt::fleet::test {
namespace {

std::uint32_t plain(Maker& m, std::int64_t nodes, double day, double days, double estimate = 1) {
  const auto job = m.train({.nodes = nodes, .useful_s = days * kDay, .interval_s = 1e9, .stall_s = 0});
  JobModel& model = m.model.jobs[job];
  model.earliest = m.at(day);
  model.gangs[0].expected_us = base::Duration::seconds(estimate * days * kDay).us;
  model.gangs[0].tiers[2] = {1, 0, 0};
  return job;
}

double day_of(const Maker& m, base::SimTime t) { return (t - m.model.start).to_days(); }

TEST(FleetPolicies, StartTheSameJobsWhenAReplayOfThemDoes) {
  constexpr std::int64_t kNodes = 40;
  for (const auto& policy : scheduling::kPolicies) {
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
      SCOPED_TRACE(std::string(policy.name) + ", case " + std::to_string(seed));
      random::Stream random(seed, random::Domain::kTest, 11);
      Maker m(kNodes, 900, seed);
      m.model.policy = policy.name;
      m.model.account_shares = {1, 1, 1};
      std::vector<scheduling::ReplayJob> jobs;
      double day = 1;
      for (int i = 0; i < 60; ++i) {
        day += random.exponential(0.7);
        const std::int64_t nodes = 1 + static_cast<std::int64_t>(random.below(30));
        const double days = 0.1 + random.exponential(2);
        const double estimate = random.below(2) == 0 ? 1 : 1 + 2 * random.uniform();
        const auto job = plain(m, nodes, day, days, estimate);
        JobModel& model = m.model.jobs[job];
        model.priority = static_cast<int>(random.below(3));
        model.account = static_cast<std::uint32_t>(random.below(3));
        model.yields = true;  // may be preempted
        jobs.push_back({.submit = model.earliest,
                        .run_us = model.gangs[0].useful_us,
                        .estimate_us = model.gangs[0].expected_us,
                        .units = nodes,
                        .priority = model.priority,
                        .account = model.account});
      }
      std::map<std::uint32_t, base::SimTime> first;
      scheduling::ReplayOptions options;
      options.cluster.units = kNodes;
      options.span = [&](std::uint32_t job, base::SimTime start, base::SimTime, auto) {
        first.try_emplace(job, start);
      };
      const auto chosen = scheduling::make_policy(policy.spec);
      const auto replayed = scheduling::replay(jobs, *chosen, options);
      const FleetResult r = m.run();
      std::int64_t preemptions = 0;
      for (std::uint32_t j = 0; j < jobs.size(); ++j) {
        EXPECT_EQ(r.jobs[j].status, JobStatus::kCompleted) << j;
        EXPECT_EQ(r.jobs[j].start.us, first[j].us) << j;
        preemptions += r.jobs[j].preemptions;
      }
      EXPECT_EQ(preemptions, static_cast<std::int64_t>(replayed.preemptions));
    }
  }
}

TEST(FleetPolicies, ContinueFromASnapshotAsIfNothingHadHappened) {
  for (const auto& policy : scheduling::kPolicies) {
    SCOPED_TRACE(policy.name);
    random::Stream random(3, random::Domain::kTest, 12);
    Maker m(40, 300, 5);
    m.model.policy = policy.name;
    m.failures(40, 60, 600);
    for (int i = 0; i < 60; ++i) {
      const auto job = plain(m, 1 + static_cast<std::int64_t>(random.below(30)), 1 + i * 0.6,
                             0.1 + random.exponential(2), 1 + random.uniform());
      m.model.jobs[job].priority = static_cast<int>(random.below(3));
      m.model.jobs[job].yields = true;
      m.model.jobs[job].gangs[0].tiers[2] = {1, 0, 40'000'000'000};
    }
    const FleetResult whole = m.run();
    Simulation first(m.model, {});
    first.run_to(m.at(23.4));
    Simulation second(m.model, {});
    second.restore(first.state());
    second.adopt(first.take_policy());
    second.run({}, {});
    const FleetResult resumed = second.result();
    EXPECT_EQ(whole.events, resumed.events);
    for (std::size_t j = 0; j < whole.jobs.size(); ++j) {
      EXPECT_EQ(whole.jobs[j].start, resumed.jobs[j].start);
      EXPECT_EQ(whole.jobs[j].end, resumed.jobs[j].end);
      EXPECT_EQ(whole.jobs[j].hours.hours, resumed.jobs[j].hours.hours);
    }
  }
}

TEST(FleetPolicies, AStoppedTrainingSavesGivesItsNodesAwayAndLoadsWhatItSaved) {
  Maker m(10, 100);
  m.model.policy = "preempt";
  const auto low = plain(m, 10, 0, 10);
  m.model.jobs[low].yields = true;
  m.model.jobs[low].gangs[0].tiers[2] = {1, 0, 3'600'000'000};  // an hour to write, and to read
  const auto high = plain(m, 4, 2.5, 1);
  m.model.jobs[high].priority = 5;
  const FleetResult r = m.run();
  constexpr double h = 1.0 / 24;
  EXPECT_EQ(r.jobs[low].preemptions, 1);
  EXPECT_EQ(r.jobs[low].interruptions, 0);
  EXPECT_NEAR(day_of(m, r.jobs[high].start), 2.5 + h, 1e-9);
  EXPECT_NEAR(day_of(m, r.jobs[high].end), 3.5 + h, 1e-9);
  EXPECT_NEAR(day_of(m, r.jobs[low].end), 3.5 + h + h + 7.5, 1e-9);
  EXPECT_NEAR(r.jobs[low].hours[HourUse::kCheckpoint], 80, 1e-6);
  EXPECT_NEAR(r.jobs[low].hours[HourUse::kRestart], 80, 1e-6);
  EXPECT_NEAR(r.jobs[low].hours[HourUse::kUseful], 80 * 240, 1e-6);
  EXPECT_EQ(r.jobs[low].hours[HourUse::kLost], 0);
}

TEST(FleetPolicies, OnlyWhoMayBeStoppedIsStopped) {
  Maker m(10, 100);
  m.model.policy = "preempt";
  const auto low = plain(m, 10, 0, 10);
  const auto high = plain(m, 4, 2.5, 1);
  m.model.jobs[high].priority = 5;
  const FleetResult r = m.run();
  EXPECT_EQ(r.jobs[low].preemptions, 0);
  EXPECT_NEAR(day_of(m, r.jobs[high].start), 10, 1e-9);
}

TEST(FleetPolicies, HoursBalanceUnderPreemptionFailuresAndPools) {
  std::int64_t preemptions = 0;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    random::Stream random(seed, random::Domain::kTest, 13);
    Maker m(60, 200, seed);
    m.model.policy = "preempt";
    m.failures(5 + random.uniform() * 50, random.uniform() * 600, random.uniform() * 900,
               random.uniform() * 3);
    for (int i = 0; i < 20; ++i) {
      const auto job = m.train({.nodes = 1 + static_cast<std::int64_t>(random.below(40)),
                                .useful_s = random.uniform() * 10 * kDay,
                                .interval_s = 60 + random.uniform() * 7200,
                                .stall_s = random.uniform() * 60});
      JobModel& model = m.model.jobs[job];
      model.earliest = m.at(random.uniform() * 120);
      model.priority = static_cast<int>(random.below(5));
      model.yields = random.below(4) != 0;
      model.gangs[0].tiers[0] = {1, 0, 1'000'000};  // memory of peers
      model.gangs[0].tiers[2] = {1 + static_cast<std::int64_t>(random.below(4)), 0,
                                 static_cast<std::int64_t>(random.uniform() * 3.6e9)};
    }
    m.serve({{m.at(10), 40}, {m.at(100), 200}});
    m.model.jobs.back().priority = 2;
    const FleetResult r = m.run();  // throws where a balance is broken
    EXPECT_EQ(r.balances[0].residual, 0);
    EXPECT_EQ(r.balances[1].residual, 0);
    for (const auto& job : r.jobs) {
      preemptions += job.preemptions;
      EXPECT_GE(job.hours[HourUse::kUseful], 0) << job.name;
      if (job.status != JobStatus::kCompleted || job.kind != "training") continue;
      EXPECT_NEAR(job.tokens_done, job.tokens_total, 1e-6 * job.tokens_total);
    }
  }
  EXPECT_GT(preemptions, 50);
}

TEST(FleetPolicies, APowerCapKeepsNodesIdle) {
  Maker m(10, 100);
  m.model.it_power_cap_w = 57e3;  // 10 idle nodes draw 20 kW, three at work 18 kW more
  for (int i = 0; i < 3; ++i) plain(m, 3, 1, 10);
  const FleetResult r = m.run();
  EXPECT_NEAR(day_of(m, r.jobs[1].start), 1, 1e-9);
  EXPECT_NEAR(day_of(m, r.jobs[2].start), 11, 1e-9);
}

TEST(FleetPolicies, ADeferrableJobWaitsForTheBestHours) {
  Maker m(10, 100);
  m.model.signal.emplace(
      std::vector<scheduling::SignalStep>{{m.at(0), 5}, {m.at(2.25), 1}, {m.at(2.75), 5}, {m.at(4), 0.1}});
  const auto job = plain(m, 3, 2, 0.5);
  m.model.jobs[job].may_defer = base::Duration::seconds(kDay);
  const auto other = plain(m, 3, 2, 0.5);
  const FleetResult r = m.run();
  EXPECT_NEAR(day_of(m, r.jobs[job].start), 2.25, 1e-9);
  EXPECT_NEAR(day_of(m, r.jobs[other].start), 2, 1e-9);
}

TEST(FleetPolicies, SharesWeighWhatAnAccountHasUsed) {
  // Both accounts ran one job of the same size; the one with four times the share goes on first.
  Maker m(10, 100);
  m.model.policy = "fair-share";
  m.model.account_shares = {1, 4};
  m.model.jobs[plain(m, 5, 0, 2)].account = 0;
  m.model.jobs[plain(m, 5, 0, 2)].account = 1;
  const auto small = plain(m, 10, 1, 2);
  const auto large = plain(m, 10, 1.5, 2);
  m.model.jobs[large].account = 1;
  const FleetResult r = m.run();
  EXPECT_LT(r.jobs[large].start, r.jobs[small].start);
}

TEST(FleetPolicies, WhoStarvesIsNamedWithThePolicy) {
  const auto warnings = [](const char* policy) {
    Maker m(10, 200);
    m.model.policy = policy;
    plain(m, 10, 0.5, 1);
    plain(m, 10, 1, 20);  // long
    for (int i = 0; i < 150; ++i) plain(m, 10, 1 + i * 0.9, 1);
    return m.run().warnings;
  };
  const auto starved = warnings("shortest");
  ASSERT_EQ(starved.size(), 1u);
  EXPECT_NE(starved[0].find("policy 'shortest' starves jobs: job 'job1' waited 15"), std::string::npos)
      << starved[0];
  EXPECT_TRUE(warnings("fifo").empty());
}

TEST(FleetPolicies, AJobDatedBeforeItsSiteSaysSo) {
  Maker m(0, 100);
  m.deliver(10, 40);
  const auto job = plain(m, 5, 10, 1);
  m.model.jobs[job].dated = true;
  plain(m, 5, 10, 1);  // without a date of its own it just waits
  const FleetResult r = m.run();
  ASSERT_EQ(r.warnings.size(), 1u);
  EXPECT_EQ(
      r.warnings[0],
      "job 'job0' is dated 2025-01-11, before there is anything to run it on: the first accelerators that it "
      "may use came into service on 2025-02-10");
  EXPECT_NEAR(day_of(m, r.jobs[job].start), 40, 1e-9);
}

TEST(FleetPolicies, EveryNameOfAScenarioIsAPolicy) {
  for (const auto name : scenario::kSchedulerPolicyNames)
    EXPECT_NE(scheduling::find_policy(name), nullptr) << name;
  for (const auto& policy : scheduling::kPolicies)
    EXPECT_NE(std::find(scenario::kSchedulerPolicyNames.begin(), scenario::kSchedulerPolicyNames.end(),
                        policy.name),
              scenario::kSchedulerPolicyNames.end())
        << policy.name;
}

}  // namespace
}  // namespace gigawatt::fleet::test
