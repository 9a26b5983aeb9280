#include "gigawatt/fleet/simulation.h"

#include <gtest/gtest.h>

#include "gigawatt/base/random.h"
#include "gigawatt/fleet/productive.h"
#include "gigawatt/reliability/goodput.h"
#include "make_model.h"

namespace gigawatt::fleet {
namespace {

using test::kDay;
using test::kHour;
using test::Maker;

double total(const Series& s) {
  double sum = 0;
  for (double x : s) sum += x;
  return sum;
}

TEST(Productive, SplitsAndDurationsAgree) {
  const CheckpointCycle cycle{100, 7, 20};
  EXPECT_EQ(duration_us(cycle, 0), 0);
  EXPECT_EQ(duration_us(cycle, 100), 100);  // no checkpoint after the last work
  EXPECT_EQ(duration_us(cycle, 101), 108);
  EXPECT_EQ(duration_us(cycle, 300), 314);
  EXPECT_EQ(split(cycle, 106).checkpoint_us, 6);
  EXPECT_EQ(split(cycle, 126).saved_us, 0);  // written, but not readable yet
  EXPECT_EQ(split(cycle, 127).saved_us, 100);
  for (std::int64_t t = 0; t < 1000; ++t) {
    const auto s = split(cycle, t);
    EXPECT_EQ(s.useful_us + s.checkpoint_us, t);
    EXPECT_LE(s.saved_us, s.useful_us);
    EXPECT_EQ(split(cycle, duration_us(cycle, t)).useful_us, t);
  }
}

TEST(Fleet, AQuietTrainingTakesItsWorkItsStallsAndOneStart) {
  Maker m(10);
  m.failures(1e9, 60, 300);
  m.train({.nodes = 4, .useful_s = 10 * kDay, .interval_s = 3600, .stall_s = 36});
  const FleetResult r = m.run();
  const JobResult& job = r.jobs[0];
  EXPECT_EQ(job.status, JobStatus::kCompleted);
  EXPECT_DOUBLE_EQ((job.end - job.start).to_seconds(), 300 + 10 * kDay + 239 * 36);
  EXPECT_DOUBLE_EQ(job.hours[HourUse::kUseful], 32 * 240.0);
  EXPECT_DOUBLE_EQ(job.hours[HourUse::kCheckpoint], 32 * 239 * 36 / kHour);
  EXPECT_DOUBLE_EQ(job.tokens_done, job.tokens_total);
  EXPECT_EQ(job.interruptions, 0);
  // Energy by hand: 4 nodes at 8 kW while productive, at 2 kW while starting.
  EXPECT_NEAR(job.it_energy_j, 4 * (8e3 * (10 * kDay + 239 * 36) + 2e3 * 300), 1);
  EXPECT_NEAR(r.sites[0].total_it_energy_j,
              job.it_energy_j + 2e3 * (10 * 365 * kDay - 4 * (job.end - job.start).to_seconds()), 10);
  EXPECT_GT(r.sites[0].pue, 1.15);
}

TEST(Fleet, ClosedFormAndSimulationAgree) {
  // A sweep over rates, sizes, intervals and recoveries: useful share within 1% (and the noise of the draws).
  int cases = 0;
  for (const double mttf_h : {4.0, 12.0, 60.0})
    for (const double interval_s : {600.0, 1800.0, 3600.0})
      for (const double stall_s : {0.0, 20.0})
        for (const double restart_s : {120.0, 900.0}) {
          const std::int64_t nodes = 50;
          Maker m(nodes + 20, 4000, 100 + static_cast<std::uint64_t>(cases++));
          m.failures(mttf_h / 24 * static_cast<double>(nodes), 60, restart_s, 0.01);
          m.train({.nodes = nodes,
                   .useful_s = 400 * mttf_h * kHour,
                   .interval_s = interval_s,
                   .stall_s = stall_s,
                   .lag_s = 30});
          const FleetResult r = m.run();
          const JobResult& job = r.jobs[0];
          ASSERT_EQ(job.status, JobStatus::kCompleted);
          const double rate = 1 / (mttf_h * kHour);
          const double expected = reliability::ettr_renewal(rate, {interval_s, stall_s, 30}, {60, restart_s});
          // Lost time per failure has a standard deviation of about its mean; 400 failures.
          const double noise = 4 * (1 - expected) / std::sqrt(400.0);
          EXPECT_NEAR(job.goodput, expected, 0.01 * expected + noise)
              << mttf_h << " " << interval_s << " " << stall_s << " " << restart_s;
        }
  EXPECT_EQ(cases, 36);
}

TEST(Fleet, ClosedFormAndSimulationAgreeWithinOnePercentOnAverage) {
  double ratio = 0;
  constexpr int kRuns = 40;
  const double mttf_h = 6;
  for (int run = 0; run < kRuns; ++run) {
    Maker m(60, 4000, static_cast<std::uint64_t>(run));
    m.failures(mttf_h / 24 * 50, 60, 600, 0.01);
    m.train({.nodes = 50, .useful_s = 500 * mttf_h * kHour, .interval_s = 1800, .stall_s = 15, .lag_s = 0});
    ratio += m.run().jobs[0].goodput /
             reliability::ettr_renewal(1 / (mttf_h * kHour), {1800, 15, 0}, {60, 600}) / kRuns;
  }
  EXPECT_NEAR(ratio, 1, 0.002);
}

TEST(Fleet, Llama3) {
  // 16,384 H100 for 54 days: 419 unexpected interruptions, more than 90% effective (arXiv 2407.21783).
  double interruptions = 0;
  double goodput = 0;
  constexpr int kRuns = 20;
  for (int run = 0; run < kRuns; ++run) {
    Maker m(2048 + 62, 54, 500 + static_cast<std::uint64_t>(run));
    m.failures(54.0 * 2048 / 419, 300, 600, 0.85);
    m.train({.nodes = 2048, .useful_s = 100 * kDay, .interval_s = 1500, .stall_s = 1, .lag_s = 3});
    const FleetResult r = m.run();
    EXPECT_EQ(r.jobs[0].status, JobStatus::kRunning);
    interruptions += static_cast<double>(r.jobs[0].interruptions) / kRuns;
    goodput += r.jobs[0].goodput / kRuns;
  }
  // During hangs nothing fails, so slightly fewer than 419.
  EXPECT_NEAR(interruptions, 419 * 0.975, 5 * std::sqrt(419.0 / kRuns));
  EXPECT_GT(goodput, 0.85);
  EXPECT_LT(goodput, 0.95);
}

TEST(Fleet, ConservesNodesHoursAndEnergyInRandomFleets) {
  for (std::uint64_t seed = 0; seed < 25; ++seed) {
    random::Stream random(seed, random::Domain::kTest, 7);
    Maker m(0, 200, seed);
    for (int i = 0; i < 4; ++i)
      m.deliver(static_cast<std::int64_t>(random.below(60)), random.uniform() * 150);
    m.model.plan.push_back({.time = m.at(120),
                            .kind = PlanKind::kRetire,
                            .pool = 0,
                            .nodes = static_cast<std::int64_t>(random.below(50))});
    std::stable_sort(m.model.plan.begin(), m.model.plan.end(),
                     [](const auto& a, const auto& b) { return a.time < b.time; });
    m.model.pools[0].spare_per_million = static_cast<std::int64_t>(random.below(50'000));
    m.model.policy = scheduling::kPolicies[random.below(scheduling::kPolicies.size())].name;
    m.failures(5 + random.uniform() * 50, random.uniform() * 600, random.uniform() * 900,
               random.uniform() * 3);
    for (int i = 0; i < 6; ++i) {
      const auto job = m.train({.nodes = 1 + static_cast<std::int64_t>(random.below(30)),
                                .useful_s = random.uniform() * 40 * kDay,
                                .interval_s = 60 + random.uniform() * 7200,
                                .stall_s = random.uniform() * 60,
                                .lag_s = random.uniform() * 60});
      m.model.jobs[job].priority = static_cast<int>(random.below(3));
    }
    const auto pool = m.serve({{m.at(10), 80}, {m.at(100), 400}});
    m.model.jobs[pool].yields = random.below(2) == 0;
    const FleetResult r = m.run();  // throws where a balance is broken
    for (const auto& b : r.balances) EXPECT_LT(b.residual, 1e-9) << b.name;
    EXPECT_EQ(r.balances[0].residual, 0);
    EXPECT_EQ(r.balances[1].residual, 0);
    for (const auto& job : r.jobs) EXPECT_GE(job.hours[HourUse::kUseful], 0) << job.name;
  }
}

TEST(Fleet, SameSeedSameBytesAndAnotherJobsDrawsDoNotMoveFailures) {
  const auto make = [](double other_interval) {
    Maker m(100, 100, 9);
    m.failures(40, 60, 600);
    m.train({.nodes = 40, .useful_s = 200 * kDay});
    m.train({.nodes = 40, .useful_s = 200 * kDay, .interval_s = other_interval});
    return m;
  };
  const FleetResult a = make(1800).run();
  const FleetResult b = make(1800).run();
  EXPECT_EQ(a.events, b.events);
  EXPECT_EQ(a.jobs[0].hours.hours, b.jobs[0].hours.hours);
  EXPECT_EQ(a.sites[0].facility_energy_j, b.sites[0].facility_energy_j);
  const FleetResult c = make(300).run();
  EXPECT_EQ(a.jobs[0].interruptions, c.jobs[0].interruptions);
  EXPECT_EQ(a.jobs[0].hours.hours, c.jobs[0].hours.hours);
  EXPECT_NE(a.jobs[1].hours.hours, c.jobs[1].hours.hours);
}

TEST(Fleet, ASnapshotContinuesToTheSameBytes) {
  Maker m(100, 120, 4);
  m.failures(20, 60, 600);
  m.train({.nodes = 60, .useful_s = 300 * kDay});
  m.serve({{m.at(0), 100}});
  const FleetResult whole = m.run();
  Simulation first(m.model, {});
  first.run_to(m.at(47.3));
  const State snapshot = first.state();
  Simulation second(m.model, {});
  second.restore(snapshot);
  second.run({}, {});
  const FleetResult resumed = second.result();
  EXPECT_EQ(whole.events, resumed.events);
  EXPECT_EQ(whole.jobs[0].hours.hours, resumed.jobs[0].hours.hours);
  EXPECT_EQ(whole.sites[0].facility_energy_j, resumed.sites[0].facility_energy_j);
}

TEST(Fleet, GoodputFallsWithTheFailureRate) {
  double previous = 1;
  for (const double mttf_days : {2000.0, 500.0, 120.0, 30.0}) {
    Maker m(60, 400, 3);
    m.failures(mttf_days, 60, 600, 0.1);
    m.train({.nodes = 50, .useful_s = 100 * kDay});
    const double goodput = m.run().jobs[0].goodput;
    EXPECT_LT(goodput, previous);
    previous = goodput;
  }
}

TEST(Fleet, GivesUpWhereFailuresLeaveNoProgress) {
  Maker m(2000, 30, 3);
  m.failures(2, 60, 600, 0.1);  // a node of 1,000 every 3 minutes, a restart of 10
  m.train({.nodes = 1000, .useful_s = 100 * kDay});
  const auto next = m.train({.nodes = 1, .useful_s = kDay});
  m.model.jobs[next].after = {0};
  const FleetResult r = m.run();
  EXPECT_EQ(r.jobs[0].status, JobStatus::kStopped);
  EXPECT_NE(r.jobs[0].status_reason.find("failures leave no progress: 1000 interruptions"), std::string::npos)
      << r.jobs[0].status_reason;
  EXPECT_LT(r.events, 200000u);
  EXPECT_EQ(r.jobs[1].status, JobStatus::kWaiting);
  EXPECT_EQ(r.jobs[1].status_reason, "waits for the end of 'job0'");
  ASSERT_EQ(r.warnings.size(), 1u);
}

TEST(Fleet, PowerLimitsWhatIsInstalled) {
  Maker m(0, 100);
  m.model.sites[0].power_limited = true;
  m.deliver(100, 1);
  m.model.plan.push_back({.time = m.at(40), .kind = PlanKind::kEnergize, .facility_w = 520e3, .it_w = 400e3});
  m.model.plan.push_back({.time = m.at(45), .kind = PlanKind::kService, .facility_w = 520e3, .it_w = 400e3});
  const FleetResult r = m.run();
  EXPECT_EQ(r.sites[0].accelerators_end[0], 0);
  EXPECT_EQ(r.sites[0].accelerators_waiting_end[0], 800);
  EXPECT_EQ(r.sites[0].accelerators_end[1], 320);  // 40 nodes of 10 kW
  EXPECT_EQ(r.sites[0].accelerators_waiting_end[1], 480);
  EXPECT_EQ(r.sites[0].energized_facility_w_end[1], 520e3);
  EXPECT_EQ(r.sites[0].limiting, "power");
  EXPECT_LE(r.sites[0].load_facility_w_peak[2], 520e3);
}

TEST(Fleet, SupplyThatGoesAgainSwitchesIdleNodesOff) {
  Maker m(100, 100);
  m.model.sites[0].power_limited = true;
  m.model.plan.push_back({.time = m.at(0), .kind = PlanKind::kService, .facility_w = 2e6, .it_w = 1.5e6});
  m.model.plan.push_back({.time = m.at(50), .kind = PlanKind::kSupply, .facility_w = 1.3 * 500e3});
  std::stable_sort(m.model.plan.begin(), m.model.plan.end(),
                   [](const auto& a, const auto& b) { return a.time < b.time; });
  const FleetResult r = m.run();
  EXPECT_EQ(r.sites[0].accelerators_end[0], 800);
  EXPECT_EQ(r.sites[0].accelerators_end[1], 400);
  EXPECT_EQ(r.sites[0].accelerators_waiting_end[1], 400);
}

namespace {

/// 100 nodes of 10 kW and 2 MW; from day 10 to day 20 the supply is `facility_w`.
Maker with_a_gap(double facility_w) {
  Maker m(100, 100);
  m.failures(1e9, 60, 300);
  m.model.sites[0].power_limited = true;
  m.model.plan.push_back({.time = m.at(0), .kind = PlanKind::kService, .facility_w = 2e6, .it_w = 1.5e6});
  m.model.plan.push_back({.time = m.at(10), .kind = PlanKind::kSupply, .facility_w = facility_w});
  m.model.plan.push_back({.time = m.at(20), .kind = PlanKind::kSupply, .facility_w = 2e6});
  std::stable_sort(m.model.plan.begin(), m.model.plan.end(),
                   [](const auto& a, const auto& b) { return a.time < b.time; });
  return m;
}

}  // namespace

TEST(Fleet, ATrainingStopsWhileItsSiteHasNoPower) {
  Maker m = with_a_gap(0);
  m.train({.nodes = 80, .useful_s = 15 * kDay});
  Simulation simulation(m.model, {});
  simulation.run_to(m.at(15));
  EXPECT_EQ(simulation.state().sites.each[0].installed_it_milliw, 0);
  EXPECT_EQ(simulation.state().sites.each[0].it_milliw.value(), 0);
  EXPECT_EQ(simulation.state().books.jobs[0].reason,
            "had to stop where its site lost power, and waits to go on");
  simulation.run({}, {});
  const FleetResult r = simulation.result();
  const JobResult& job = r.jobs[0];
  EXPECT_EQ(job.status, JobStatus::kCompleted);
  EXPECT_EQ(job.preemptions, 1);
  EXPECT_NEAR((job.end - job.start).to_days(), 25, 0.1);  // its work, and the ten days without power
}

TEST(Fleet, TheLowestPriorityGivesItsPowerUpFirst) {
  Maker m = with_a_gap(1.3 * 500e3);  // for 50 of the nodes
  for (int i = 0; i < 3; ++i) m.train({.nodes = 25, .useful_s = 40 * kDay});
  m.model.jobs[0].priority = 0;
  m.model.jobs[1].priority = 2;
  m.model.jobs[2].priority = 1;
  const FleetResult r = m.run();
  EXPECT_EQ(r.jobs[0].preemptions, 1);
  EXPECT_EQ(r.jobs[1].preemptions, 0);
  EXPECT_EQ(r.jobs[2].preemptions, 0);
}

TEST(Fleet, AnElasticTrainingGoesOnWithTheNodesThatHavePower) {
  Maker m = with_a_gap(1.3 * 500e3);
  const auto j = m.train({.nodes = 80, .useful_s = 30 * kDay});
  GangOption& option = m.model.jobs[j].gangs[0];
  option.replicas = 80;
  option.replica_accelerators = 8;
  option.smallest_replicas = 10;
  Simulation simulation(m.model, {});
  simulation.run_to(m.at(15));
  EXPECT_EQ(simulation.state().gangs.each[j].nodes, 50);
  EXPECT_EQ(simulation.state().sites.each[0].installed_it_milliw, 500'000'000);
  simulation.run_to(m.at(25));
  EXPECT_EQ(simulation.state().gangs.each[j].nodes, 80);
  simulation.run({}, {});
  EXPECT_EQ(simulation.result().jobs[j].preemptions, 0);
}

TEST(Fleet, RetiredAcceleratorsLeaveTheTrainingThatHoldsThem) {
  Maker m(100, 100);
  m.failures(1e9, 60, 300);
  m.train({.nodes = 80, .useful_s = 50 * kDay});
  m.model.plan.push_back({.time = m.at(10), .kind = PlanKind::kRetire, .pool = 0, .nodes = 60});
  std::stable_sort(m.model.plan.begin(), m.model.plan.end(),
                   [](const auto& a, const auto& b) { return a.time < b.time; });
  const FleetResult r = m.run();
  EXPECT_EQ(r.sites[0].accelerators_end[0], 8 * 40);
  EXPECT_EQ(r.jobs[0].status, JobStatus::kWaiting);
  EXPECT_EQ(r.jobs[0].status_reason, "had to stop where its accelerators were retired, and waits for others");
}

TEST(Fleet, APoolThatDoesNotGetItsAcceleratorsSaysSo) {
  Maker m(10, 100);
  m.failures(1e9, 60, 300);
  m.serve({{m.at(0), 160}});  // of 80
  const FleetResult r = m.run();
  ASSERT_EQ(r.warnings.size(), 1u);
  EXPECT_NE(r.warnings[0].find("serves 50% of its demand: 8e+03 of 1.6e+04 accelerator-days"),
            std::string::npos)
      << r.warnings[0];
}

TEST(Fleet, GangsWaitTheirTurnByDiscipline) {
  const auto starts = [](const char* policy) {
    Maker m(10, 200);
    m.model.policy = policy;
    m.train({.nodes = 6, .useful_s = 20 * kDay});
    m.train({.nodes = 8, .useful_s = 20 * kDay});   // blocked by the first
    m.train({.nodes = 2, .useful_s = 10 * kDay});   // ends before the first does
    m.train({.nodes = 4, .useful_s = 100 * kDay});  // would delay the second
    const FleetResult r = m.run();
    std::vector<double> days;
    for (const auto& job : r.jobs) days.push_back((job.start - m.model.start).to_days());
    return days;
  };
  const auto fifo = starts("fifo");
  EXPECT_EQ(fifo[0], 0);
  EXPECT_GT(fifo[1], 20);
  EXPECT_GE(fifo[2], fifo[1]);
  const auto easy = starts("backfill");
  EXPECT_EQ(easy[2], 0);               // backfilled
  EXPECT_DOUBLE_EQ(easy[1], fifo[1]);  // and the head is not delayed
  EXPECT_GT(easy[3], easy[1]);
}

TEST(Fleet, PoolsFollowTheirDemandAndYieldToGangs) {
  Maker m(100, 100);
  const auto pool = m.serve({{m.at(10), 160}, {m.at(20), 640}});
  const auto job = m.train({.nodes = 90, .useful_s = 20 * kDay});
  m.model.jobs[job].earliest = m.at(40);
  m.model.jobs[job].priority = 5;
  const FleetResult r = m.run();
  EXPECT_EQ(r.jobs[job].start, m.at(40));
  EXPECT_EQ(r.jobs[pool].status, JobStatus::kRunning);
  EXPECT_EQ(r.jobs[pool].start, m.at(10));
  EXPECT_EQ(r.jobs[pool].accelerators, 640);  // back after the training
  EXPECT_NEAR(r.jobs[pool].hours[HourUse::kUseful], 24 * (400 * 10.0 + 640 * 20.0 + 80 * 20.0 + 640 * 40),
              24 * 640 * 0.6);
}

TEST(Fleet, ASharedTeacherStartsFirstAndDependantsWait) {
  Maker m(20, 300);
  const auto teacher = m.train({.nodes = 8, .useful_s = 50 * kDay});
  const auto student = m.train({.nodes = 8, .useful_s = 10 * kDay});
  const auto cached = m.train({.nodes = 8, .useful_s = 10 * kDay});
  m.model.jobs[teacher].earliest = m.at(5);
  m.model.jobs[student].starts_with = teacher;
  m.model.jobs[cached].after = {teacher};
  m.model.jobs[cached].delay = base::Duration::seconds(3 * kDay);
  const FleetResult r = m.run();
  EXPECT_EQ(r.jobs[student].start, r.jobs[teacher].start);
  EXPECT_EQ(r.jobs[cached].start, r.jobs[teacher].end + base::Duration::seconds(3 * kDay));
}

TEST(Fleet, AStudentIsNoFasterThanThePassesThatItShares) {
  Maker m(30, 300);
  const auto teacher = m.train({.nodes = 8, .useful_s = 50 * kDay});
  const auto in_step = m.train({.nodes = 8, .useful_s = 10 * kDay});
  const auto longer = m.train({.nodes = 8, .useful_s = 40 * kDay});
  m.model.jobs[teacher].tokens /= 2;  // half as many tokens a second as a student could read
  m.model.jobs[teacher].gangs[0].expected_us = m.model.jobs[teacher].gangs[0].useful_us;
  m.model.jobs[in_step].starts_with = teacher;
  m.model.jobs[longer].starts_with = teacher;
  const FleetResult r = m.run();
  const auto days = [&](std::uint32_t j) { return (r.jobs[j].end - r.jobs[j].start).to_days(); };
  EXPECT_NEAR(days(in_step), 20, 0.2);
  EXPECT_NEAR(r.jobs[in_step].hours[HourUse::kUseful], 24 * 10 * 64, 1e-3);
  EXPECT_NEAR(r.jobs[in_step].hours[HourUse::kIdle], 24 * 10 * 64, 24 * 64 * 0.2);
  // 50 days of the teacher's passes are 25 of its own work; the other 15 it does at its own pace.
  EXPECT_NEAR(days(longer), 65, 0.65);
  EXPECT_NEAR(r.jobs[longer].hours[HourUse::kUseful], 24 * 40 * 64, 1e-3);
}

TEST(Fleet, GangsFillWholeIslandsFirst) {
  Maker m(48, 100);
  m.model.kinds[0].pod_nodes = 16;
  m.train({.nodes = 6, .useful_s = 90 * kDay});
  m.train({.nodes = 10, .useful_s = 90 * kDay});
  m.train({.nodes = 32, .useful_s = 90 * kDay});
  const FleetResult r = m.run();
  EXPECT_EQ(r.jobs[0].pods, 1);
  EXPECT_EQ(r.jobs[1].pods, 1);  // beside the first
  EXPECT_EQ(r.jobs[2].pods, 2);
}

TEST(Fleet, UntilAndAStopRequestEndCleanly) {
  Maker m(50, 365);
  m.failures(10, 60, 600);
  m.train({.nodes = 40, .useful_s = 300 * kDay});
  const FleetResult r = m.run(m.at(100));
  EXPECT_TRUE(r.stopped_early);
  EXPECT_EQ(r.end, m.at(100));
  EXPECT_EQ(r.months.size(), 4u);
  EXPECT_NEAR(r.hours.total(), 400 * 2400.0, 1e-6);

  std::stop_source source;
  Simulation simulation(m.model, {});
  int months = 0;
  const bool whole = simulation.run(source.get_token(), [&](base::SimTime, double, std::uint64_t) {
    if (++months == 3) source.request_stop();
  });
  EXPECT_FALSE(whole);
  const FleetResult stopped = simulation.result();
  EXPECT_TRUE(stopped.stopped_early);
  EXPECT_EQ(stopped.months.size(), 3u);
  EXPECT_EQ(stopped.end, base::SimTime::from_date(2025, 4, 1));
}

TEST(Fleet, SparesShortenTheWaitForANode) {
  const auto idle_hours = [](std::int64_t nodes) {
    Maker m(nodes, 300, 8);
    m.failures(60, 60, 600, 2);
    m.train({.nodes = 50, .useful_s = 100 * kDay});
    return m.run().jobs[0].hours[HourUse::kIdle];
  };
  EXPECT_GT(idle_hours(50), idle_hours(52));
  EXPECT_EQ(idle_hours(70), 0);
}

TEST(Fleet, BackgroundFailuresMeetTheirRate) {
  Maker m(1000, 365, 2);
  m.failures(100, 60, 600, 1);
  const FleetResult r = m.run();
  ASSERT_EQ(r.failures_by_cause.size(), 1u);
  // 1,000 nodes, one failure in 100 days each, about 1.1% of them in repair.
  EXPECT_NEAR(r.failures_by_cause[0].second, 3650 * 0.989, 5 * std::sqrt(3650.0));
  EXPECT_NEAR(r.hours[HourUse::kDown] / r.hours.total(), 0.0112, 0.001);
  EXPECT_NEAR(total(r.fleet.failures), r.failures_by_cause[0].second, 0);
}

}  // namespace
}  // namespace gigawatt::fleet
