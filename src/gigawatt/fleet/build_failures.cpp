// From the catalogue's failure profile and the scenario's overrides to what fails in a node kind.
#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/core.h>

#include "gigawatt/base/random.h"
#include "gigawatt/fleet/build_model.h"
#include "gigawatt/fleet/repairs_by_month.h"
#include "gigawatt/reliability/repair_law.h"
#include "gigawatt/units/scale.h"

namespace gigawatt::fleet {
namespace {

using units::kYear_s;
constexpr std::uint64_t kCallEntity = std::uint64_t{1} << 33;  // of the stream: sites count from here

/// Causes that stop or slow a job but leave the node in place, and what is no failure at all.
bool leaves_node(const std::string& component) {
  return component == "software" || component == "unknown" || component == "network" ||
         component == "link-flap";
}
bool is_failure(const std::string& component) {
  return component != "planned" && component != "screening" && component != "straggler";
}

double either(double first, double second) { return first > 0 ? first : second; }

template <typename Optional>
double given_or(const Optional& given, double otherwise) {
  if (!given) return otherwise;
  if constexpr (requires { given->si(); })
    return given->si();
  else
    return *given;
}

}  // namespace

const catalog::FailureTable& ModelBuilder::failure_table() const {
  const auto& name = scenario_.failures.profile;
  const auto named = catalog_.failures(name.empty() ? "default" : name);
  return named ? **named : default_failures();
}

void ModelBuilder::failure_classes(double accelerators_per_node,
                                   std::vector<reliability::FailureClass>& classes) const {
  const scenario::FailureSettings& settings = scenario_.failures;
  const catalog::FailureTable& table = failure_table();
  const catalog::FailureTable& fallback = default_failures();

  reliability::FailureClass base;
  base.detection_s = given_or(settings.detection, either(table.detection_time, fallback.detection_time));
  base.restart_s = given_or(settings.restart, either(table.restart_time, fallback.restart_time));
  const auto repair = [&](double mean, double median, reliability::FailureClass& c) {
    if (mean <= 0 || median <= 0) {
      mean = either(table.repair_mean, fallback.repair_mean);
      median = either(table.repair_median, fallback.repair_median);
    }
    mean = std::max(mean, median);
    const double scale = settings.repair ? settings.repair->si() / mean : 1;  // of the whole law
    const auto law =
        reliability::repair_law(mean, median, either(table.repair_longest, fallback.repair_longest));
    c.repair_sigma = law.sigma;
    c.repair_median_s = law.median * scale;
    c.repair_longest_s = law.longest * scale;
  };
  std::map<std::string, double> component_rate;
  for (const auto& cause : table.causes) component_rate[cause.component] += cause.rate;
  for (const auto& cause : table.causes) {
    const bool repaired = cause.repair_mean > 0;  // then its nodes left service
    if (!is_failure(cause.component) && !repaired) continue;
    reliability::FailureClass c = base;
    c.name = cause.name;
    if (cause.detection > 0 && !settings.detection) c.detection_s = cause.detection;
    c.shape = cause.shape > 0 ? cause.shape.value : 1;
    c.removes_node = repaired || !leaves_node(cause.component);
    c.silent = cause.component == "sdc";
    c.slowdown = cause.slowdown;
    c.bandwidth_lost = cause.bandwidth_lost;
    c.slow_s = cause.duration;
    repair(cause.repair_mean, cause.repair_median, c);
    const double silent_s = given_or(settings.silent_detection, table.silent_detection);
    if (c.silent && silent_s > 0) {
      c.detection_s = silent_s;
      c.drawn_detection = true;
    }
    double rate = cause.rate * settings.rate_scale;
    if (const auto mttf = settings.mttf.find(cause.component); mttf != settings.mttf.end() && cause.rate > 0)
      rate = cause.rate / component_rate[cause.component] / mttf->second.si();
    if (rate > 0) {
      c.scale_s = 1 / rate;
      classes.push_back(c);
    }
    if (cause.job_rate > 0 && settings.rate_scale > 0) {
      c.scope = reliability::FailureScope::kJob;
      c.scale_s = 1 / (cause.job_rate * settings.rate_scale);
      c.shape = 1;
      c.removes_node = false;
      c.grows_to_nodes = std::max(1.0, cause.job_growth / accelerators_per_node);
      classes.push_back(c);
    }
  }
  const double total = either(table.rate, fallback.rate) * settings.rate_scale;
  if (classes.empty() && total > 0) {
    base.name = "all";
    base.scale_s = 1 / total;
    repair(0, 0, base);
    classes.push_back(base);
  }
  const double interval_s =
      either(scenario_.operations.maintenance_interval.si(), table.maintenance_interval);
  if (interval_s > 0) {
    reliability::FailureClass c = base;
    c.name = "maintenance";
    c.scope = reliability::FailureScope::kJob;
    c.scale_s = interval_s;
    c.detection_s = either(scenario_.operations.maintenance_time.si(), table.maintenance_time);
    c.removes_node = false;
    c.planned = true;
    classes.push_back(c);
  }
}

void ModelBuilder::domain_classes(const catalog::System& system,
                                  std::vector<reliability::FailureClass>& classes) const {
  const scenario::FailureSettings& settings = scenario_.failures;
  if (!settings.domains.value_or(true) || settings.rate_scale <= 0) return;
  const catalog::FailureTable& table = failure_table();
  const catalog::FailureTable& fallback = default_failures();
  const double per_node = std::max(1.0, system.accelerators_per_node.value);
  for (const auto& domain : table.domains) {
    if (!(domain.rate > 0) || !(domain.accelerators > 0)) continue;
    reliability::FailureClass c;
    c.name = domain.name;
    c.scope = reliability::FailureScope::kDomain;
    c.scale_s = 1 / (domain.rate * settings.rate_scale);
    c.domain_nodes = std::max<std::int64_t>(1, std::llround(domain.accelerators / per_node));
    c.detection_s = given_or(settings.detection, either(table.detection_time, fallback.detection_time));
    c.restart_s = given_or(settings.restart, either(table.restart_time, fallback.restart_time));
    c.repair_median_s = domain.repair_median;
    c.repair_sigma = domain.repair_median > 0
                         ? reliability::lognormal_sigma(std::max(domain.repair_mean, domain.repair_median),
                                                        domain.repair_median)
                         : 0;
    classes.push_back(c);
  }
}

void ModelBuilder::failures(const catalog::System& system, NodeKind& kind) const {
  const scenario::FailureSettings& settings = scenario_.failures;
  const catalog::FailureTable& table = failure_table();
  std::vector<reliability::FailureClass> classes;
  if (settings.enabled) {
    failure_classes(std::max(1.0, system.accelerators_per_node.value), classes);
    domain_classes(system, classes);
  }
  kind.failures = reliability::FailureModel(std::move(classes), system.accelerators_per_node);
  const auto part = [](const std::optional<units::Time>& given, const catalog::Sourced& known) {
    return given_or(given, known);
  };
  kind.restart.diagnosis_s = part(settings.diagnosis, table.diagnosis_time);
  kind.restart.replacement_s = part(settings.replacement, table.replacement_time);
  kind.restart.initialization_s = part(settings.initialization, table.initialization_time);
  kind.restart.known = !settings.restart && (settings.diagnosis || settings.replacement ||
                                             settings.initialization || table.initialization_time > 0);
  if (!settings.enabled) return;

  Frailty& f = kind.frailty;
  f.lemon_share = given_or(settings.lemon_share, table.lemon_node_share);
  const double faults = given_or(settings.lemon_fault_share, table.lemon_fault_share);
  if (f.lemon_share > 0 && faults > 0) {
    f.lemon_factor = faults / f.lemon_share;
    f.plain_factor = (1 - faults) / (1 - f.lemon_share);
    f.lemon_cure = given_or(settings.lemon_detection, table.lemon_detection);
  } else {
    f.lemon_share = 0;
  }
  f.batch_sigma = given_or(settings.batch_deviation, table.batch_deviation);
  f.infant_factor = std::max(1.0, given_or(settings.infant_factor, table.infant_factor));
  f.infant_time_s = given_or(settings.infant_time, table.infant_time);
  f.burn_in_s = given_or(settings.burn_in, table.burn_in);
  if (!(f.infant_time_s > 0)) f.infant_factor = 1;
  kind.bursts = reliability::burst_model(given_or(settings.gap_variation, table.gap_variation),
                                         given_or(settings.burst_time, table.burst_time));
  const bool stragglers = settings.straggler_share || settings.straggler_waste;
  const catalog::FailureTable& known = default_failures();
  const double share = given_or(settings.straggler_share, known.straggler_job_share);
  const double waste = given_or(settings.straggler_waste, known.straggler_waste);
  if (stragglers && share > 0 && waste > 0) {
    kind.straggler_share = share;
    kind.straggler_loss = std::min(0.9, waste / share);
  }
}

void ModelBuilder::failures_by_month() {
  model_.failures_by_month = scenario_.failures.by_month.value_or(false);
  if (!model_.failures_by_month || !scenario_.failures.enabled) return;
  std::map<std::string, std::string> single;  // system -> why
  for (const PoolModel& pool : model_.pools) {
    const NodeKind& kind = model_.kinds[pool.kind];
    if (const auto why = why_not_by_month(kind, model_.sites[pool.site]); !why.empty())
      single.emplace(kind.system, why);
  }
  for (const auto& [system, why] : single)
    model_.warnings.push_back(
        fmt::format("failures by month: nodes of {} fail one by one even so, because {}", system, why));
}

void ModelBuilder::crews_and_calls() {
  const scenario::FailureSettings& settings = scenario_.failures;
  const catalog::FailureTable& table = failure_table();
  const double per_thousand = given_or(settings.technicians_per_thousand, table.technicians_per_thousand);
  for (std::uint32_t s = 0; s < model_.sites.size(); ++s) {
    if (const auto& calls = scenario_.sites[s].grid_calls; calls && calls->per_year > 0) {
      random::Stream stream(model_.seed, random::Domain::kArrival, kCallEntity + s);
      for (base::SimTime t = model_.start;;) {
        t = t + base::Duration::seconds(stream.exponential(kYear_s / calls->per_year));
        if (t >= model_.end) break;
        const base::SimTime until = t + base::Duration::seconds(calls->duration.si());
        model_.plan.push_back({.time = t, .kind = PlanKind::kGridCall, .site = s, .until = until});
        t = until;
      }
    }
    if (!settings.enabled || !(per_thousand > 0)) continue;
    // Crews and stock are sized for the most nodes that the site is to hold.
    std::int64_t nodes = 0;
    std::int64_t most = 0;
    std::vector<PlanItem> items;
    for (const PlanItem& item : model_.plan)
      if (item.site == s && (item.kind == PlanKind::kDeliver || item.kind == PlanKind::kRetire))
        items.push_back(item);
    std::stable_sort(items.begin(), items.end(),
                     [](const PlanItem& a, const PlanItem& b) { return a.time < b.time; });
    for (const PlanItem& item : items) {
      nodes += item.kind == PlanKind::kDeliver ? item.nodes : -item.nodes;
      most = std::max(most, nodes);
    }
    const auto count = static_cast<double>(most);
    reliability::RepairModel& repair = model_.sites[s].repair;
    repair.technicians = std::max<std::int64_t>(1, std::llround(per_thousand * count / 1000));
    repair.hands_on_mean_s = given_or(settings.hands_on, table.hands_on_mean);
    repair.part_share = given_or(settings.part_share, table.part_share);
    repair.parts = std::llround(given_or(settings.part_stock, table.part_stock) * count);
    repair.turnaround_s = given_or(settings.vendor_turnaround, table.vendor_turnaround);
  }
}

}  // namespace gigawatt::fleet
