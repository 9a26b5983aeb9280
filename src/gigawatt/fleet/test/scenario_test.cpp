#include <algorithm>
#include <stdexcept>

#include <gtest/gtest.h>

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/catalog/test/shipped.h"
#include "gigawatt/fleet/build_model.h"
#include "gigawatt/fleet/simulator.h"
#include "gigawatt/scenario/load.h"

namespace gigawatt::fleet {
namespace {

using catalog::test::shipped;

scenario::ResolvedScenario scenario_of(const std::string& name,
                                       const std::vector<std::string>& overrides = {}) {
  auto loaded = scenario::load(std::string(GW_SOURCE_DIR) + "/scenarios/" + name, shipped(), overrides);
  if (!loaded) throw std::runtime_error(name + " does not load:\n" + base::render(loaded.error()));
  return *loaded;
}

/// A step for every training on every system: 40% of the dense BF16 peak by six FLOP per active parameter and token.
StepTable plain_steps(const scenario::ResolvedScenario& s) {
  StepTable table;
  for (std::uint32_t j = 0; j < s.jobs.size(); ++j) {
    const auto& job = s.jobs[j];
    const scenario::JobId id(j);
    for (std::uint32_t k = 0; k < s.systems.size(); ++k) {
      const scenario::SystemId system(k);
      const auto& accelerator = shipped().accelerator_of(**shipped().system(s.systems[k]));
      if (!job.is_training()) {
        table.set(
            id, system,
            ServingEntry{
                .accelerators_per_replica = 8, .tokens_per_s_per_accelerator = 1000, .compute_share = 0.5});
        continue;
      }
      const auto& model = **shipped().model(job.model);
      const double active = model.published_active > 0 ? model.published_active : model.published_total;
      for (std::size_t p = 0; p < job.phases.size(); ++p)
        for (std::int64_t n : {8, 64, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072}) {
          if (job.accelerators && *job.accelerators != n) continue;
          StepEntry e;
          e.plan = "test";
          e.accelerators = n;
          e.tokens_per_step = job.phases[p].global_batch_tokens;
          e.step_time_s = 6 * active * e.tokens_per_step /
                          (0.4 * accelerator.peak(catalog::Precision::kBf16) * static_cast<double>(n));
          e.compute_share = 0.8;
          e.checkpoint_bytes = 14 * active;
          e.mfu = 0.4;
          table.add(id, p, system, e);
        }
    }
  }
  return table;
}

TEST(Scenario, SingleRackTrainsThenServes) {
  const auto s = scenario_of("single-rack.toml");
  const FleetResult r = simulate(s, shipped(), plain_steps(s));
  const auto job =
      std::find_if(r.jobs.begin(), r.jobs.end(), [](const auto& j) { return j.kind == "training"; });
  ASSERT_NE(job, r.jobs.end());
  EXPECT_EQ(job->status, JobStatus::kCompleted) << job->status_reason;
  EXPECT_EQ(job->accelerators, 64);
  // Power on 2025-01-15, cooling on 02-01, racks six weeks later, ten days of network and acceptance.
  EXPECT_EQ(base::to_iso_date(job->start), "2025-03-25");
  EXPECT_EQ(r.sites[0].accelerators_end.back(), 72);
  EXPECT_EQ(r.sites[0].energized_facility_w_end.back(), 180e3);
  EXPECT_LT(r.sites[0].load_facility_w_peak.back(), 180e3);
  EXPECT_GT(r.sites[0].total_capex_usd, 2e6);
  EXPECT_LT(r.sites[0].total_capex_usd, 8e6);  // one rack: 3.9 to 5 million dollars all in
  EXPECT_GT(job->cost_usd, 0);
}

TEST(Scenario, MetaSuperclustersBalancesAndIsTheSameTwice) {
  const auto s = scenario_of("meta-superclusters.toml");
  const auto steps = plain_steps(s);
  const FleetResult a = simulate(s, shipped(), steps);
  const FleetResult b = simulate(s, shipped(), steps);
  EXPECT_EQ(a.events, b.events);
  EXPECT_EQ(a.fleet.facility_energy_j, b.fleet.facility_energy_j);
  EXPECT_EQ(a.hours.hours, b.hours.hours);
  for (const auto& check : a.balances) EXPECT_LT(check.residual, 1e-9) << check.name;
  for (const auto& site : a.sites)
    for (std::size_t m = 0; m < a.months.size(); ++m)
      EXPECT_LE(site.load_facility_w_peak[m], site.energized_facility_w_end[m] * (1 + 1e-9))
          << site.name << " " << m;
  // What was delivered by the end of 2025 is in service or waits for the power of a site with phases.
  double owned = 0;
  for (const auto& item : s.fleet)
    if (item.date < base::SimTime::from_date(2026, 1, 1) &&
        (!item.until || *item.until >= base::SimTime::from_date(2026, 1, 1)))
      owned += static_cast<double>(item.accelerators);
  for (const auto& delivery : s.deliveries)
    for (const auto& part : delivery.schedule)
      if (part.date < base::SimTime::from_date(2026, 1, 1)) owned += static_cast<double>(part.accelerators);
  double waiting = 0;
  for (const auto& site : a.sites) waiting += site.accelerators_waiting_end[23];
  EXPECT_GT(waiting, 0.1 * owned);
  EXPECT_GE(a.fleet.accelerators_end[23] + waiting, owned);
  EXPECT_LT(a.fleet.accelerators_end[23] + waiting, owned * 1.2);  // and the phases that fill themselves
}

TEST(Scenario, DrawnLeadTimesMoveTheBuildOutAndNothingElse) {
  const auto s = scenario_of("meta-superclusters.toml");
  const auto energized = [&](std::uint64_t seed, bool draw) {
    Options options;
    options.seed = seed;
    options.draw_lead_times = draw;
    options.until = base::SimTime::from_date(2027, 2, 1);
    return simulate(s, shipped(), plain_steps(s), options).fleet.energized_facility_w_end;
  };
  EXPECT_EQ(energized(1, false), energized(2, false));
  EXPECT_NE(energized(1, true), energized(2, true));
  EXPECT_EQ(energized(3, true), energized(3, true));
}

TEST(Scenario, WithoutFailuresNothingIsLost) {
  const auto s = scenario_of("llama3-405b.toml", {"failures.enabled=false"});
  const FleetResult r = simulate(s, shipped(), plain_steps(s));
  EXPECT_EQ(r.jobs[0].interruptions, 0);
  EXPECT_EQ(r.jobs[0].hours[HourUse::kLost], 0);
  EXPECT_GT(r.jobs[0].goodput, 0.99);
}

TEST(Scenario, Llama3GoodputIsAboveNinetyPercentOfItsTime) {
  const auto s = scenario_of("llama3-405b.toml");
  const FleetResult r = simulate(s, shipped(), plain_steps(s));
  EXPECT_GT(r.jobs[0].interruptions, 300);
  EXPECT_GT(r.jobs[0].goodput, 0.87);
  EXPECT_LT(r.jobs[0].goodput, 0.97);
}

/// Trainings of the given names and extra lines at one site, each with a state of 50 TB.
FleetModel storing(const std::string& checkpoint,
                   const std::vector<std::pair<std::string, std::string>>& trainings) {
  std::string text =
      "version = 1\nname = \"x\"\nstart = 2025-01-01\nend = 2026-01-01\n[[site]]\nname = \"s\"\nkind = "
      "\"existing\"\nassumed = true\nreason = \"test\"\n[[fleet]]\nname = \"f\"\nsystem = \"h100-sxm\"\n"
      "accelerators = 65536\ndate = 2025-01-01\nsite = \"s\"\nassumed = true\nreason = "
      "\"test\"\n[checkpoint]\n" +
      checkpoint;
  for (const auto& [name, more] : trainings)
    text += "[[job]]\nname = \"" + name +
            "\"\nkind = \"training\"\nmodel = \"llama3.1-405b\"\nsite = \"s\"\nsystem = \"h100-sxm\"\n"
            "tokens = 5e12\nsequence = 8192\nglobal_batch = 2048\nplan = \"best\"\nassumed = true\nreason = "
            "\"test\"\n" +
            more;
  auto loaded = scenario::load_text(text, "test", shipped(), {});
  if (!loaded) throw std::runtime_error(base::render(loaded.error()));
  StepTable steps = plain_steps(*loaded);
  StepTable heavy;
  for (std::uint32_t j = 0; j < loaded->jobs.size(); ++j)
    for (StepEntry e : steps.steps(scenario::JobId(j), 0, scenario::SystemId(0))) {
      e.checkpoint_bytes = 50e12;
      heavy.add(scenario::JobId(j), 0, scenario::SystemId(0), e);
    }
  return ModelBuilder(*loaded, shipped(), heavy, 1, false).build();
}

TEST(Scenario, TrainingsOfASiteShareItsStorage) {
  const std::string two = "storage_bandwidth = \"0.1 TB/s\"\n";
  const auto written = [](const FleetModel& m, std::size_t job) {  // byte/s, at most
    const GangOption& o = m.jobs[job].gangs.front();
    return 50e12 / (static_cast<double>(o.interval_us + o.stall_us) * 1e-6);
  };
  const FleetModel alone = storing(two, {{"a", "accelerators = 16384\n"}});
  EXPECT_NEAR(static_cast<double>(alone.jobs[0].gangs[0].tiers[2].load_us), 500e6, 1);
  // Together they never write more than there is; the larger one has the larger share.
  const FleetModel three = storing(
      two, {{"a", "accelerators = 16384\n"}, {"b", "accelerators = 8192\n"}, {"c", "accelerators = 8192\n"}});
  EXPECT_LE(written(three, 0) + written(three, 1) + written(three, 2), 0.1e12 * (1 + 1e-9));
  EXPECT_NEAR(static_cast<double>(three.jobs[0].gangs[0].tiers[2].load_us), 1000e6, 1);
  EXPECT_NEAR(static_cast<double>(three.jobs[1].gangs[0].tiers[2].load_us), 2000e6, 1);
  // One write ends before the next begins.
  for (const auto& job : three.jobs)
    EXPECT_GE(job.gangs[0].interval_us + job.gangs[0].stall_us, job.gangs[0].lag_us);
  // Who waits for the other, or has storage of its own, shares nothing.
  for (const std::string& apart :
       {std::string("after = [\"a\"]\n"),
        std::string("checkpoint = { policy = \"young-daly\", storage_bandwidth = \"0.1 TB/s\" }\n")}) {
    const FleetModel m =
        storing(two, {{"a", "accelerators = 16384\n"}, {"b", "accelerators = 8192\n" + apart}});
    EXPECT_NEAR(static_cast<double>(m.jobs[0].gangs[0].tiers[2].load_us), 500e6, 1) << apart;
  }
}

TEST(Scenario, AnAsynchronousCheckpointHasALeastStall) {
  const FleetModel m = storing("storage_bandwidth = \"1000 TB/s\"\n", {{"a", "accelerators = 16384\n"}});
  EXPECT_EQ(m.jobs[0].gangs[0].stall_us, 350'000);
  EXPECT_GT(m.jobs[0].gangs[0].interval_us, 60'000'000);  // Young-Daly with a failure every three hours
}

}  // namespace
}  // namespace gigawatt::fleet
