// Lemons, domains, tiers, elastic gangs, pauses, slowdowns, planned stops, batches: each against a hand count.
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "gigawatt/fleet/lemons.h"
#include "gigawatt/fleet/simulation.h"
#include "gigawatt/fleet/weighted_pick.h"
#include "gigawatt/reliability/goodput.h"
#include "make_model.h"

namespace gigawatt::fleet {
namespace {

using test::kDay;
using test::kHour;
using test::Maker;

reliability::FailureClass node_class(double mttf_days, double detection_s, double restart_s) {
  reliability::FailureClass c;
  c.name = "gpu";
  c.scope = reliability::FailureScope::kNode;
  c.scale_s = mttf_days * kDay;
  c.detection_s = detection_s;
  c.restart_s = restart_s;
  c.repair_median_s = kDay;
  c.repair_sigma = 0.5;
  return c;
}

void set_classes(Maker& m, std::vector<reliability::FailureClass> classes) {
  m.model.kinds[0].failures = reliability::FailureModel(std::move(classes), 8);
}

double lost_to(const JobResult& job, const std::string& cause) {
  for (const auto& [name, hours] : job.lost_hours_by_cause)
    if (name == cause) return hours;
  return 0;
}

void expect_balance(const FleetResult& r) {
  for (const auto& b : r.balances) EXPECT_LT(b.residual, 1e-9) << b.name;
  for (const JobResult& job : r.jobs) {
    double lost = 0;
    for (const auto& [name, hours] : job.lost_hours_by_cause) lost += hours;
    EXPECT_NEAR(lost, job.hours[HourUse::kLost] + job.hours[HourUse::kRestart] + job.hours[HourUse::kIdle],
                1e-6 * (1 + lost));
  }
}

TEST(WeightedPick, CoversWeightsInOrderAndFreesSlots) {
  WeightedPick pick;
  const auto a = pick.add(10);
  const auto b = pick.add(20);
  const auto c = pick.add(30);
  pick.set(a, 2);
  pick.set(b, 0);
  pick.set(c, 3);
  EXPECT_EQ(pick.total(), 5);
  for (std::int64_t mark = 0; mark < 5; ++mark) EXPECT_EQ(pick.at(mark), mark < 2 ? 10u : 30u);
  pick.release(a);
  EXPECT_EQ(pick.add(40), a);
  pick.set(a, 1);
  EXPECT_EQ(pick.at(0), 40u);
  for (std::uint32_t i = 0; i < 100; ++i) pick.set(pick.add(100 + i), i % 7);
  std::int64_t mark = 4;
  for (std::uint32_t i = 0; i < 100; ++i)
    for (std::uint32_t k = 0; k < i % 7; ++k) EXPECT_EQ(pick.at(mark++), 100 + i);
  EXPECT_EQ(pick.total(), mark);
}

TEST(Lemons, DrawsHaveTheHypergeometricMeanAndBounds) {
  random::Stream stream(1, random::Domain::kTest, 1);
  for (const std::int64_t taken : {3, 16, 200}) {
    double sum = 0;
    for (int i = 0; i < 20'000; ++i) {
      const std::int64_t drawn = draw_lemons(taken, 1000, 100, stream);
      ASSERT_GE(drawn, 0);
      ASSERT_LE(drawn, std::min<std::int64_t>(taken, 100));
      sum += static_cast<double>(drawn);
    }
    EXPECT_NEAR(sum / 20'000, 0.1 * static_cast<double>(taken), 0.02 * static_cast<double>(taken));
  }
  EXPECT_EQ(draw_lemons(10, 10, 4, stream), 4);
  EXPECT_EQ(draw_lemons(10, 12, 0, stream), 0);
}

TEST(JobLife, ClosedFormAndSimulationAgreeWithinOnePercent) {
  // 200 cases where the assumptions hold: exponential failures, nodes at hand, one tier, an endless job.
  int cases = 0;
  for (const double mttf_h : {2.0, 4.0, 8.0, 16.0, 32.0})
    for (const double interval_s : {300.0, 600.0, 1200.0, 1800.0, 3600.0})
      for (const double stall_s : {0.0, 20.0})
        for (const double restart_s : {60.0, 300.0, 600.0, 900.0}) {
          const std::int64_t nodes = 50;
          const double expected =
              reliability::ettr_renewal(1 / (mttf_h * kHour), {interval_s, stall_s, 30}, {60, restart_s});
          // So many failures that their spread is a third of a percent.
          const double failures =
              std::min(20'000.0, std::max(1000.0, std::pow((1 - expected) / expected / 0.0033, 2)));
          Maker m(nodes + 10, failures * mttf_h / 24 * 1.2 + 20, 1000 + static_cast<std::uint64_t>(cases++));
          auto quick = node_class(mttf_h / 24 * static_cast<double>(nodes), 60, restart_s);
          quick.repair_median_s = 600;
          set_classes(m, {quick});
          m.train({.nodes = nodes,
                   .useful_s = failures * mttf_h * kHour * expected,
                   .interval_s = interval_s,
                   .stall_s = stall_s,
                   .lag_s = 30});
          const FleetResult r = m.run();
          ASSERT_EQ(r.jobs[0].status, JobStatus::kCompleted) << r.jobs[0].status_reason;
          EXPECT_NEAR(r.jobs[0].goodput / expected, 1, 0.01)
              << mttf_h << " " << interval_s << " " << stall_s << " " << restart_s;
        }
  EXPECT_EQ(cases, 200);
}

TEST(JobLife, LemonsKeepTheMeanRateAndCuresLowerIt) {
  const auto failures = [](double cure) {
    Maker m(1000, 365, 5);
    set_classes(m, {node_class(50, 60, 60)});
    m.model.kinds[0].frailty = {
        .lemon_share = 0.1, .lemon_factor = 4.1, .plain_factor = 0.59 / 0.9, .lemon_cure = cure};
    m.train({.nodes = 500, .useful_s = 1000 * kDay, .interval_s = 600, .stall_s = 0});
    const FleetResult r = m.run();
    expect_balance(r);
    double total = 0;
    for (const auto& [cause, count] : r.failures_by_cause) total += count;
    return total;
  };
  // A thousand nodes that each fail every 50 days; those in repair (1.1 days) do not, lemons more often.
  EXPECT_NEAR(failures(0), 1000 * 365 / 50.0 * 0.965, 4 * std::sqrt(7300.0));
  EXPECT_LT(failures(1), 0.75 * failures(0));
}

TEST(JobLife, ARackTakesItsNodesAtOnce) {
  Maker m(100, 365, 2);
  reliability::FailureClass rack = node_class(1, 60, 120);
  rack.name = "rack";
  rack.scope = reliability::FailureScope::kDomain;
  rack.domain_nodes = 4;
  rack.scale_s = 100 * kDay;
  rack.repair_median_s = 6 * kHour;
  rack.repair_sigma = 0;
  set_classes(m, {rack});
  m.train({.nodes = 40, .useful_s = 1000 * kDay, .interval_s = 600, .stall_s = 1});
  m.serve({{m.at(0), 200}});
  const FleetResult r = m.run();
  expect_balance(r);
  // 25 racks, each every 100 days.
  ASSERT_EQ(r.failures_by_cause.size(), 1u);
  const double count = r.failures_by_cause[0].second;
  EXPECT_NEAR(count, 365 * 0.25, 4 * std::sqrt(91.0));
  EXPECT_NEAR(static_cast<double>(r.jobs[0].interruptions), count * 0.4, 4 * std::sqrt(36.0));
  EXPECT_NEAR(r.hours[HourUse::kDown], count * 4 * 8 * (6 + 1 / 60.0), 4 * 8 * 6 * 2);
  EXPECT_GT(lost_to(r.jobs[0], "rack"), 0);
  EXPECT_LE(r.worst_availability, 0.96);
}

TEST(JobLife, PeersMemoryLosesLessThanStorage) {
  const auto goodput = [](bool memory) {
    Maker m(60, 400, 3);
    set_classes(m, {node_class(10, 30, 60)});
    m.train({.nodes = 40,
             .useful_s = 100 * kDay,
             .interval_s = memory ? 60.0 : 3600.0,
             .stall_s = 0.1,
             .lag_s = 1});
    if (memory) {
      GangOption& option = m.model.jobs[0].gangs[0];
      option.tiers[0] = {1, 1'000'000, 0};
      option.tiers[2] = {60, 60'000'000, 0};
    }
    const FleetResult r = m.run();
    expect_balance(r);
    return r.jobs[0].goodput;
  };
  // A failure every six hours: half an hour of work and the hang, or the hang alone.
  EXPECT_NEAR(goodput(false), 0.90, 0.02);
  EXPECT_NEAR(goodput(true), 1 / (1 + 2 / 360.0 + 0.1 / 60), 0.004);
}

TEST(JobLife, AWholeRackFallsBackToStorage) {
  Maker m(60, 400, 3);
  reliability::FailureClass rack = node_class(10, 30, 60);
  rack.scope = reliability::FailureScope::kDomain;
  rack.domain_nodes = 4;
  set_classes(m, {rack});
  m.train({.nodes = 40, .useful_s = 60 * kDay, .interval_s = 60, .stall_s = 0, .lag_s = 1});
  GangOption& option = m.model.jobs[0].gangs[0];
  option.tiers[0] = {1, 1'000'000, 0};
  option.tiers[2] = {60, 1'000'000, 0};
  const FleetResult r = m.run();
  expect_balance(r);
  const double stops = static_cast<double>(r.jobs[0].interruptions);
  ASSERT_GT(stops, 30);
  // Half an hour of work a stop, and half a minute until it is noticed.
  EXPECT_NEAR(r.jobs[0].hours[HourUse::kLost] / (40 * 8) / stops, 0.5 + 0.5 / 60, 0.1);
}

TEST(JobLife, SilentCorruptionLosesAllSince) {
  Maker m(60, 3000, 4);
  auto sdc = node_class(400, 6 * kHour, 60);
  sdc.silent = true;
  sdc.drawn_detection = true;
  set_classes(m, {sdc, node_class(400, 60, 60)});
  m.train({.nodes = 40, .useful_s = 1500 * kDay, .interval_s = 60, .stall_s = 0});
  const FleetResult r = m.run();
  expect_balance(r);
  double corruptions = 0;
  for (const auto& [cause, count] : r.jobs[0].interruptions_by_cause)
    corruptions += count / 2;  // two alike classes
  EXPECT_NEAR(r.jobs[0].hours[HourUse::kLost] / (40 * 8) / corruptions, 6, 1);
}

TEST(JobLife, ElasticGangsGoOnWithFewerReplicas) {
  const auto run = [](bool elastic) {
    Maker m(40, 300, 6);
    set_classes(m, {node_class(100, 60, 120)});
    m.train({.nodes = 40, .useful_s = 400 * kDay, .interval_s = 600, .stall_s = 0});
    if (elastic) {
      GangOption& option = m.model.jobs[0].gangs[0];
      option.replicas = 20;
      option.replica_accelerators = 16;
      option.smallest_replicas = 10;
    }
    const FleetResult r = m.run();
    expect_balance(r);
    return r.jobs[0];
  };
  const JobResult rigid = run(false);
  const JobResult elastic = run(true);
  // No spares: the rigid one waits about a day for each repair, the other loses two nodes of forty meanwhile.
  EXPECT_LT(rigid.goodput, 0.8);
  EXPECT_GT(elastic.goodput, 0.95);
  EXPECT_GT(elastic.tokens_done, 1.3 * rigid.tokens_done);
  EXPECT_GT(elastic.hours[HourUse::kIdle], 0);
}

TEST(JobLife, AGridCallPausesAndLosesNothing) {
  Maker m(10, 60);
  set_classes(m, {});
  m.train({.nodes = 10, .useful_s = 20 * kDay, .interval_s = 3600, .stall_s = 0});
  m.model.plan.push_back({.time = m.at(5.01),
                          .kind = PlanKind::kGridCall,
                          .site = 0,
                          .until = m.at(5.01) + base::Duration::seconds(7200)});
  const FleetResult r = m.run();
  expect_balance(r);
  const JobResult& job = r.jobs[0];
  EXPECT_EQ(job.status, JobStatus::kCompleted);
  EXPECT_DOUBLE_EQ((job.end - job.start).to_seconds(), 20 * kDay + 7200);
  EXPECT_DOUBLE_EQ(job.hours[HourUse::kIdle], 80 * 2.0);
  EXPECT_DOUBLE_EQ(lost_to(job, "grid-call"), 160);
  EXPECT_EQ(job.interruptions, 0);
}

TEST(JobLife, SlowdownsCostTheirShareAndStopNothing) {
  Maker m(10, 400, 8);
  reliability::FailureClass flap = node_class(5, 0, 0);
  flap.name = "link-flap";
  flap.removes_node = false;
  flap.slowdown = 0.5;
  flap.slow_s = 600;
  set_classes(m, {flap});
  m.train({.nodes = 10, .useful_s = 300 * kDay, .interval_s = 3600, .stall_s = 0});
  const FleetResult r = m.run();
  expect_balance(r);
  const JobResult& job = r.jobs[0];
  EXPECT_EQ(job.interruptions, 0);
  EXPECT_NEAR(static_cast<double>(job.slowdowns), 600, 100);  // ten nodes, each every five days
  EXPECT_NEAR(lost_to(job, "link-flap") / 80 / static_cast<double>(job.slowdowns), 300 / kHour, 0.012);
  EXPECT_DOUBLE_EQ(job.hours[HourUse::kUseful], 80 * 300 * 24.0);
}

/// Where a link loses bandwidth, a training loses what its step does: here a fifth, not the class's half.
TEST(JobLife, SlowLinksCostWhatTheStepLoses) {
  StepEntry entry;
  entry.slow_links = {{0.25, 0.05}, {0.5, 0.2}};
  GangOption option;
  reliability::FailureClass flap = node_class(5, 0, 0);
  flap.slowdown = 0.5;
  flap.bandwidth_lost = 0.5;
  EXPECT_DOUBLE_EQ(option.slowed_by(flap), 0.5);  // a job without a step of its own
  option.phases = {&entry};
  EXPECT_DOUBLE_EQ(option.slowed_by(flap), 0.2);
  flap.bandwidth_lost = 0;
  EXPECT_DOUBLE_EQ(option.slowed_by(flap), 0.5);
}

TEST(JobLife, PlannedStopsSaveFirst) {
  Maker m(10, 400, 9);
  reliability::FailureClass stop = node_class(5, 1800, 600);
  stop.name = "maintenance";
  stop.scope = reliability::FailureScope::kJob;
  stop.removes_node = false;
  stop.planned = true;
  set_classes(m, {stop});
  m.train({.nodes = 10, .useful_s = 300 * kDay, .interval_s = kDay, .stall_s = 0});
  const FleetResult r = m.run();
  expect_balance(r);
  const JobResult& job = r.jobs[0];
  EXPECT_EQ(job.interruptions, 0);
  EXPECT_NEAR(static_cast<double>(job.planned_stops), 60, 30);
  EXPECT_EQ(job.hours[HourUse::kLost], 0);
  EXPECT_NEAR(job.hours[HourUse::kRestart] / 80,
              (static_cast<double>(job.planned_stops) * 2400 + 600) / kHour, 1);
}

TEST(JobLife, StragglersTakeTheirShareOfTheTime) {
  Maker m(20, 3000, 10);
  set_classes(m, {node_class(20, 10, 10)});
  m.model.kinds[0].straggler_share = 0.425;
  m.model.kinds[0].straggler_loss = 0.104 / 0.425;
  m.train({.nodes = 10, .useful_s = 1500 * kDay, .interval_s = 60, .stall_s = 0});
  const FleetResult r = m.run();
  expect_balance(r);
  const double held = r.jobs[0].hours.total();
  EXPECT_NEAR(lost_to(r.jobs[0], "stragglers") / held, 0.104, 0.02);
}

TEST(JobLife, TheRestartIsTheSumOfItsParts) {
  Maker m(20, 3000, 11);
  set_classes(m, {node_class(40, 0, 999)});
  m.model.kinds[0].restart = {
      .known = true, .diagnosis_s = 100, .replacement_s = 200, .initialization_s = 300};
  m.train({.nodes = 10, .useful_s = 800 * kDay, .interval_s = 60, .stall_s = 0});
  m.model.jobs[0].gangs[0].tiers[2] = {1, 0, 50'000'000};
  const FleetResult r = m.run();
  expect_balance(r);
  const auto stops = static_cast<double>(r.jobs[0].interruptions);
  ASSERT_GT(stops, 100);
  EXPECT_NEAR(r.jobs[0].hours[HourUse::kRestart] / 80 * kHour, 300 + stops * 650, 1200);
}

TEST(JobLife, FreshNodesFailMoreOftenUntilTheyAreBurntIn) {
  const auto first_month = [](double burn_in_days) {
    Maker m(2000, 59, 12);
    set_classes(m, {node_class(100, 60, 60)});
    m.model.kinds[0].frailty = {
        .infant_factor = 4, .infant_time_s = 20 * kDay, .burn_in_s = burn_in_days * kDay};
    const FleetResult r = m.run();
    return r.fleet.failures[0];
  };
  // January: 2000 / 100 x (31 + 3 x 20 (1 - exp(-31/20))), less those in repair; after 100 days of burn-in 31 of it.
  const double fresh = 20 * (31 + 60 * (1 - std::exp(-31 / 20.0)));
  EXPECT_NEAR(first_month(0), fresh * 0.975, 5 * std::sqrt(fresh));
  EXPECT_NEAR(first_month(200), 20 * 31 * 0.99, 5 * std::sqrt(620.0));
}

TEST(JobLife, RandomFleetsBalanceWithEverythingAtOnce) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    random::Stream random(seed, random::Domain::kTest, 9);
    Maker m(40 + static_cast<std::int64_t>(random.below(60)), 200, seed);
    auto sdc = node_class(60, kHour, 60);
    sdc.silent = sdc.drawn_detection = true;
    auto flap = node_class(2, 0, 0);
    flap.removes_node = false;
    flap.slowdown = 0.5;
    flap.slow_s = 60;
    auto rack = node_class(30, 60, 60);
    rack.scope = reliability::FailureScope::kDomain;
    rack.domain_nodes = 1 + static_cast<std::int64_t>(random.below(30));
    auto stop = node_class(9, 600, 60);
    stop.scope = reliability::FailureScope::kJob;
    stop.planned = true;
    stop.removes_node = false;
    set_classes(m, {node_class(20, 60, 300), sdc, flap, rack, stop});
    NodeKind& kind = m.model.kinds[0];
    kind.frailty = {.lemon_share = 0.1,
                    .lemon_factor = 4.1,
                    .plain_factor = 0.656,
                    .lemon_cure = 0.3,
                    .batch_sigma = 0.3,
                    .infant_factor = 3,
                    .infant_time_s = 20 * kDay,
                    .burn_in_s = kDay};
    kind.bursts = reliability::burst_model(1.8, kDay);
    kind.straggler_share = 0.4;
    kind.straggler_loss = 0.2;
    m.model.sites[0].repair = {.technicians = 2,
                               .hands_on_mean_s = 4 * kHour,
                               .part_share = 0.5,
                               .parts = 3,
                               .turnaround_s = 5 * kDay};
    for (int i = 0; i < 5; ++i) {
      const auto job = m.train({.nodes = 1 + static_cast<std::int64_t>(random.below(30)),
                                .useful_s = random.uniform() * 60 * kDay,
                                .interval_s = 60 + random.uniform() * 3600,
                                .stall_s = random.uniform() * 10,
                                .lag_s = random.uniform() * 60});
      GangOption& option = m.model.jobs[job].gangs[0];
      option.tiers[2] = {1 + static_cast<std::int64_t>(random.below(5)), option.lag_us, 1'000'000};
      if (random.below(2) == 0) option.tiers[0] = {1, 1'000, 1'000};
      if (random.below(2) == 0) option.tiers[1] = {2, 1'000, 1'000};
      if (random.below(2) == 0) {
        option.replicas = option.nodes;
        option.replica_accelerators = 8;
        option.smallest_replicas = (option.nodes + 1) / 2;
      }
    }
    const auto pool = m.serve({{m.at(10), 80}, {m.at(100), 300}});
    m.model.jobs[pool].yields = random.below(2) == 0;
    for (double day = 20; day < 200; day += 30)
      m.model.plan.push_back(
          {.time = m.at(day), .kind = PlanKind::kGridCall, .site = 0, .until = m.at(day + 0.1)});
    m.model.plan.push_back({.time = m.at(190), .kind = PlanKind::kRetire, .pool = 0, .nodes = 20});
    if (random.below(2) == 0) {
      m.model.sites[0].power_limited = true;
      m.model.plan.push_back({.time = m.at(0), .kind = PlanKind::kService, .facility_w = 1e9, .it_w = 1e9});
      for (double day = 30; day < 200; day += 20)
        m.model.plan.push_back(
            {.time = m.at(day), .kind = PlanKind::kSupply, .facility_w = random.uniform() * 1e6});
    }
    std::stable_sort(m.model.plan.begin(), m.model.plan.end(),
                     [](const auto& a, const auto& b) { return a.time < b.time; });
    const FleetResult r = m.run();  // throws where a balance is broken
    expect_balance(r);
    EXPECT_EQ(m.run().hours.hours, r.hours.hours) << seed;
  }
}

}  // namespace
}  // namespace gigawatt::fleet
