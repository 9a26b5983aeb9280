#pragma once
/// A fleet by hand: one site, one kind of node, as many trainings as a test wants.

#include <cmath>
#include <memory>
#include <vector>

#include "gigawatt/fleet/model.h"
#include "gigawatt/fleet/simulation.h"

namespace gigawatt::fleet::test {

constexpr double kHour = 3600;
constexpr double kDay = 86400;

struct Training {
  std::int64_t nodes = 1;
  double useful_s = 30 * kDay;
  double interval_s = 1800;
  double stall_s = 10;
  double lag_s = 0;
};

class Maker {
 public:
  explicit Maker(std::int64_t nodes, double days = 365, std::uint64_t seed = 1) {
    model.start = base::SimTime::from_date(2025, 1, 1);
    model.end = model.start + base::Duration::seconds(days * kDay);
    model.seed = seed;
    model.money = finance::MoneyBook(finance::Months::covering(model.start, model.end), 1);
    NodeKind kind;
    kind.system = "test";
    kind.generation = "test";
    kind.accelerators = 8;
    kind.max_it_milliw = 10'000'000;
    kind.idle_it_milliw = kind.waiting_it_milliw = 2'000'000;
    kind.hang_it_milliw = 5'000'000;
    kind.down_it_milliw = 100'000;
    model.kinds.push_back(kind);
    SiteModel site;
    site.name = "here";
    site.power_limited = false;
    site.overhead = site::Overhead(
        {.pue_mean = 1.2, .pue_peak = 1.3, .conversion_efficiency = 0.95, .water_m3_per_it_j = 1e-10}, {},
        {.reference_load = 0.7, .no_load_share = 0.4, .design_hour_above_month_k = 13.25});
    site.electricity_usd_per_j = {{model.start, 60 / 3.6e9}};
    site.carbon_kg_per_j = 0.4 / 3.6e6;
    model.sites.push_back(site);
    model.pools.push_back({.site = 0, .kind = 0, .spare_per_million = 0, .held_usd_per_node_s = 0.002});
    if (nodes > 0) deliver(nodes, 0);
  }

  void deliver(std::int64_t nodes, double day) {
    model.plan.push_back({.time = at(day), .kind = PlanKind::kDeliver, .pool = 0, .nodes = nodes});
  }
  base::SimTime at(double day) const { return model.start + base::Duration::seconds(day * kDay); }

  /// A node fails every `mttf_days`; its job restarts without the node after detection.
  void failures(double mttf_days, double detection_s, double restart_s, double repair_days = 1) {
    reliability::FailureClass c;
    c.name = "gpu";
    c.scope = reliability::FailureScope::kNode;
    c.scale_s = mttf_days * kDay;
    c.detection_s = detection_s;
    c.restart_s = restart_s;
    c.repair_median_s = repair_days * kDay;
    c.repair_sigma = 0.5;
    model.kinds[0].failures = reliability::FailureModel({c}, 8);
  }

  std::uint32_t train(const Training& t) {
    auto step = std::make_unique<StepEntry>();
    step->accelerators = t.nodes * 8;
    step->step_time_s = 10;
    step->tokens_per_step = 1e6;
    JobModel job;
    job.name = "job" + std::to_string(model.jobs.size());
    job.earliest = model.start;
    job.tokens = t.useful_s / 10 * 1e6;
    GangOption option;
    option.accelerators = t.nodes * 8;
    option.nodes = t.nodes;
    option.useful_us = base::Duration::seconds(t.useful_s).us;
    option.phases = {step.get()};
    option.phase_tokens = {job.tokens};
    option.interval_us = base::Duration::seconds(t.interval_s).us;
    option.stall_us = base::Duration::seconds(t.stall_s).us;
    option.lag_us = base::Duration::seconds(t.lag_s).us;
    option.expected_us = base::Duration::seconds(t.useful_s * 1.1).us;
    option.productive_it_milliw = 8'000'000;
    job.gangs.push_back(option);
    steps.push_back(std::move(step));
    model.jobs.push_back(std::move(job));
    return static_cast<std::uint32_t>(model.jobs.size() - 1);
  }

  std::uint32_t serve(std::vector<DemandStep> demand) {
    JobModel job;
    job.name = "pool" + std::to_string(model.jobs.size());
    job.kind = scenario::JobKind::kInference;
    job.earliest = model.start;
    job.demand = std::move(demand);
    job.elastic.push_back({.pool = 0, .it_milliw = 6'000'000, .tokens_per_day_per_node = 0});
    model.jobs.push_back(std::move(job));
    return static_cast<std::uint32_t>(model.jobs.size() - 1);
  }

  FleetResult run(std::optional<base::SimTime> until = {}) const {
    Simulation simulation(model, until);
    simulation.run({}, {});
    return simulation.result();
  }

  FleetModel model;
  std::vector<std::unique_ptr<StepEntry>> steps;
};

}  // namespace gigawatt::fleet::test
