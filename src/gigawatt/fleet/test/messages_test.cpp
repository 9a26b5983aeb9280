#include "gigawatt/fleet/messages.h"

#include <map>

#include <gtest/gtest.h>

#include "make_model.h"

namespace gigawatt::fleet {
namespace {

using test::kDay;
using test::Maker;

/// Writes down what it hears.
class Heard final : public Meter {
 public:
  void begin(Posts& posts) override {
    if (post_at) posts.supply(0, post_w, *post_at);
  }
  void on(const Load& load, base::SimTime now) override {
    EXPECT_GE(now, last_);
    integral_ += Int128{milliw_} * (now - last_).us;
    last_ = now;
    milliw_ += load.delta_milliw;
    by[load.by] += load.delta_milliw;
  }
  void on(const Capacity& capacity, base::SimTime) override { capacities.push_back(capacity); }
  void on(const Fate& fate, base::SimTime) override { nodes[fate.kind] += fate.nodes, ++fates[fate.kind]; }

  double energy_j(base::SimTime end) const {
    return to_joules(integral_ + Int128{milliw_} * (end - last_).us);
  }

  std::map<Activity, std::int64_t> by;
  std::vector<Capacity> capacities;
  std::map<Fate::Kind, std::int64_t> fates, nodes;
  std::optional<base::SimTime> post_at;
  double post_w = 0;
  void start(base::SimTime at) { last_ = at; }

 private:
  base::SimTime last_;
  std::int64_t milliw_ = 0;
  MilliwattTime integral_ = 0;
};

/// 100 nodes of at most 10 kW with failures, a training that ends and a pool of jobs.
Maker busy() {
  Maker m(100, 120, 4);
  m.failures(20, 60, 600);
  m.train({.nodes = 60, .useful_s = 20 * kDay});
  m.serve({{m.at(0), 100}});
  return m;
}

FleetResult run_with(const Maker& m, Heard& heard) {
  heard.start(m.model.start);
  Simulation simulation(m.model, {}, {&heard});
  simulation.run({}, {});
  return simulation.result();
}

TEST(Messages, LoadsAddUpToTheEnergyOfTheSite) {
  const Maker m = busy();
  Heard heard;
  const FleetResult r = run_with(m, heard);
  EXPECT_NEAR(heard.energy_j(m.model.end) / r.sites[0].total_it_energy_j, 1, 1e-12);
  EXPECT_EQ(heard.by[Activity::kTraining], 0);  // its nodes are given back
  EXPECT_EQ(heard.by[Activity::kServing] % 6'000'000, 0);
  EXPECT_GT(heard.by[Activity::kIdle], 0);
}

TEST(Messages, FatesAreThoseOfTheResult) {
  const Maker m = busy();
  Heard heard;
  const FleetResult r = run_with(m, heard);
  ASSERT_EQ(r.jobs[0].status, JobStatus::kCompleted);
  EXPECT_EQ(heard.fates[Fate::Kind::kStarted], 2);
  EXPECT_EQ(heard.fates[Fate::Kind::kEnded], 1);
  EXPECT_GT(r.jobs[0].interruptions, 0);
  EXPECT_EQ(heard.fates[Fate::Kind::kInterrupted], r.jobs[0].interruptions);
  double failures = 0;
  for (const auto& [cause, count] : r.failures_by_cause) failures += count;
  EXPECT_EQ(static_cast<double>(heard.nodes[Fate::Kind::kNodesFail]), failures);
  EXPECT_GT(heard.nodes[Fate::Kind::kNodesReturn], 0);
  EXPECT_LE(heard.nodes[Fate::Kind::kNodesReturn], heard.nodes[Fate::Kind::kNodesFail]);
}

TEST(Messages, AMeterChangesNothing) {
  const Maker m = busy();
  Heard heard;
  const FleetResult with = run_with(m, heard), without = m.run();
  EXPECT_EQ(with.events, without.events);
  EXPECT_EQ(with.jobs[0].hours.hours, without.jobs[0].hours.hours);
  EXPECT_EQ(with.sites[0].facility_energy_j, without.sites[0].facility_energy_j);
}

TEST(Messages, APostedSupplySwitchesIdleNodesOff) {
  Maker m(0, 100);
  m.model.sites[0].power_limited = true;
  // 1.3 MW at the meter feed 100 nodes of 10 kW at a peak overhead of 1.3.
  m.model.sites[0].pue_peak = 1.3;
  m.model.plan.push_back({.time = m.at(0), .kind = PlanKind::kEnergize, .site = 0, .facility_w = 1.3e6});
  m.model.plan.push_back({.time = m.at(0), .kind = PlanKind::kService, .site = 0, .it_w = 1e6});
  m.deliver(100, 1);
  Heard heard;
  heard.post_at = m.at(40);
  heard.post_w = 0.65e6;
  const FleetResult half = run_with(m, heard);
  EXPECT_DOUBLE_EQ(half.sites[0].accelerators_end[0], 800);
  EXPECT_DOUBLE_EQ(half.sites[0].accelerators_end[1], 400);  // day 40 is in February
  EXPECT_DOUBLE_EQ(half.sites[0].accelerators_waiting_end[1], 400);
  ASSERT_EQ(heard.capacities.size(), 3u);
  EXPECT_DOUBLE_EQ(heard.capacities[1].it_w, 1e6);
  EXPECT_DOUBLE_EQ(heard.capacities[2].facility_w, 0.65e6);
  EXPECT_DOUBLE_EQ(heard.capacities[2].it_w, 0.5e6);
}

}  // namespace
}  // namespace gigawatt::fleet
