// A synthetic fleet for one year: half of it in trainings, half in a pool; every failure and repair is an event.
// events_per_s should not depend on the number of accelerators, except through the caches.
#include <cmath>
#include <memory>

#include <benchmark/benchmark.h>

#include "gigawatt/fleet/simulation.h"

namespace gigawatt::fleet {
namespace {

constexpr double kDay = 86400;

FleetModel synthetic(std::int64_t accelerators, const StepEntry& step) {
  FleetModel model;
  model.start = base::SimTime::from_date(2026, 1, 1);
  model.end = base::SimTime::from_date(2027, 1, 1);
  model.money = finance::MoneyBook(finance::Months::covering(model.start, model.end), 1);
  NodeKind kind;
  kind.accelerators = 8;
  kind.max_it_milliw = 10'000'000;
  kind.idle_it_milliw = kind.waiting_it_milliw = 2'000'000;
  kind.hang_it_milliw = 5'000'000;
  reliability::FailureClass c;
  c.scope = reliability::FailureScope::kAccelerator;
  c.scale_s = 3600 / 1.973e-5;  // Llama 3, arXiv 2407.21783
  c.detection_s = 120;
  c.restart_s = 300;
  c.repair_median_s = 0.85 * kDay;
  c.repair_sigma = 1.9;
  kind.failures = reliability::FailureModel({c}, 8);
  model.kinds.push_back(kind);
  SiteModel site;
  site.power_limited = false;
  model.sites.push_back(site);
  model.pools.push_back({});
  const std::int64_t nodes = accelerators / 8;
  model.plan.push_back({.time = model.start, .kind = PlanKind::kDeliver, .pool = 0, .nodes = nodes});
  const std::int64_t gang = std::min<std::int64_t>(512, nodes / 4);
  for (std::int64_t used = 0; used + gang <= nodes / 2; used += gang) {
    JobModel job;
    job.earliest = model.start;
    GangOption option;
    option.accelerators = gang * 8;
    option.nodes = gang;
    option.useful_us = base::Duration::seconds(300 * kDay).us;
    option.phases = {&step};
    option.phase_tokens = {1};
    option.interval_us = 600'000'000;
    option.stall_us = 1'000'000;
    option.productive_it_milliw = 8'000'000;
    job.gangs.push_back(option);
    model.jobs.push_back(job);
  }
  JobModel pool;
  pool.kind = scenario::JobKind::kInference;
  pool.earliest = model.start;
  pool.demand = {{model.start, static_cast<double>(accelerators) * 0.45}};
  pool.elastic.push_back({.pool = 0, .it_milliw = 6'000'000});
  model.jobs.push_back(pool);
  return model;
}

void one_year(benchmark::State& state) {
  StepEntry step;
  step.step_time_s = 10;
  step.tokens_per_step = 1;
  const FleetModel model = synthetic(state.range(0), step);
  std::uint64_t events = 0;
  for (auto _ : state) {
    Simulation simulation(model, {});
    simulation.run({}, {});
    events += simulation.result().events;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(events));
  state.counters["events"] = static_cast<double>(events) / static_cast<double>(state.iterations());
}
BENCHMARK(one_year)->RangeMultiplier(10)->Range(10'000, 10'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gigawatt::fleet
