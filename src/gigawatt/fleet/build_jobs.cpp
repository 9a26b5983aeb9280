#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "gigawatt/base/check.h"
#include "gigawatt/fleet/build_model.h"
#include "gigawatt/fleet/productive.h"
#include "gigawatt/fleet/simulation.h"
#include "gigawatt/reliability/goodput.h"

namespace gigawatt::fleet {
namespace {

// An interval is at least this long, so that a run of free checkpoints and no failures has finitely many of them.
constexpr double kShortestInterval_s = 1;
constexpr double kLongestInterval_s = 1e9;

std::int64_t microseconds(double s) { return base::Duration::seconds(s).us; }

}  // namespace

bool ModelBuilder::eligible(const scenario::Job& job, std::uint32_t pool) const {
  const PoolModel& p = model_.pools[pool];
  return (!job.site_id.valid() || job.site_id.index() == p.site) &&
         (!job.system_id.valid() || job.system_id.index() == p.kind);
}

void ModelBuilder::jobs() {
  for (std::uint32_t j = 0; j < scenario_.jobs.size(); ++j) {
    const scenario::Job& job = scenario_.jobs[j];
    JobModel m;
    m.name = job.name;
    m.kind = job.kind;
    m.model = job.model;
    m.teacher = job.teacher;
    m.priority = job.priority;
    m.yields = job.preemptible;
    m.earliest = std::max(job.start.value_or(model_.start), model_.start);
    if (job.end) m.latest = *job.end;
    for (const auto id : job.after_ids) m.after.push_back(id.index());
    if (job.teacher_job.valid()) {
      const std::uint32_t teacher = job.teacher_job.index();
      if (job.distillation == scenario::DistillationMode::kShared)
        m.starts_with = teacher;
      else if (std::find(m.after.begin(), m.after.end(), teacher) == m.after.end())
        m.after.push_back(teacher);  // its weights or its stored logits must exist
    }
    m.delay = base::Duration::seconds(job.delay.si());
    model_.jobs.push_back(std::move(m));
    if (job.is_training())
      gang(j);
    else
      elastic(j);
  }
}

void ModelBuilder::finish_gang(const scenario::Job& job, GangOption& option) const {
  const PoolModel& pool = model_.pools[option.pool];
  const NodeKind& kind = model_.kinds[pool.kind];
  double train_s = 0;
  double compute_s = 0;
  double checkpoint_bytes = 0;
  double longest_step_s = 0;
  for (std::size_t p = 0; p < option.phases.size(); ++p) {
    const StepEntry& step = *option.phases[p];
    const double phase_s = option.phase_tokens[p] / step.tokens_per_step * step.step_time_s;
    train_s += phase_s;
    compute_s += phase_s * step.compute_share;
    checkpoint_bytes = std::max(checkpoint_bytes, step.checkpoint_bytes);
    longest_step_s = std::max(longest_step_s, step.step_time_s);
  }
  option.useful_us = std::max<std::int64_t>(1, microseconds(train_s * (1 + job.post_training_share)));
  option.train_share = 1 / (1 + job.post_training_share);

  const scenario::CheckpointPolicy& policy = job.checkpoint ? *job.checkpoint : scenario_.checkpoint;
  const catalog::FailureTable& fallback = **catalog_.failures("default");
  const auto named =
      catalog_.failures(scenario_.failures.profile.empty() ? "default" : scenario_.failures.profile);
  const auto& table = named ? **named : fallback;
  double storage = policy.storage_bandwidth.si();
  if (storage <= 0)
    storage = table.storage_bandwidth > 0 ? table.storage_bandwidth : fallback.storage_bandwidth;
  const double write_s = checkpoint_bytes / storage;
  double stall_s = write_s;
  double lag_s = 0;
  if (policy.async) {
    // Only the copy off the device stops the job; the file is whole when the background write is done.
    const double device = policy.device_bandwidth.si() * static_cast<double>(option.accelerators);
    stall_s = device > 0 ? checkpoint_bytes / device
                         : write_s / std::max(1.0, fallback.checkpoint_stall_reduction.value);
    lag_s = write_s;
  }
  const reliability::Cohort nodes{static_cast<double>(option.nodes), 0};
  const double rate = kind.failures.rate({&nodes, 1}, 1);
  double interval_s = policy.interval.si();
  if (policy.policy == scenario::IntervalPolicy::kYoungDaly)
    interval_s =
        rate > 0 ? reliability::daly_interval_s(std::max(stall_s, 1e-6), 1 / rate) : kLongestInterval_s;
  // One write must end before the next begins, and a checkpoint belongs to a step.
  interval_s = std::clamp(std::max({interval_s, lag_s - stall_s, longest_step_s}), kShortestInterval_s,
                          kLongestInterval_s);
  option.interval_us = microseconds(interval_s);
  option.stall_us = microseconds(stall_s);
  option.lag_us = microseconds(lag_s);

  double recovery_s = 0;
  double detection_s = 0;
  for (const auto& c : kind.failures.classes()) {
    recovery_s = std::max(recovery_s, c.restart_s);
    detection_s = std::max(detection_s, c.detection_s);
  }
  const double ettr =
      reliability::ettr_renewal(rate, {interval_s, stall_s, lag_s}, {detection_s, recovery_s});
  const double useful_s = static_cast<double>(option.useful_us) * 1e-6;
  option.expected_us = microseconds(std::min(useful_s / std::max(ettr, 1e-6) + recovery_s, 1e11));

  const double compute_share = train_s > 0 ? compute_s / train_s : 1;
  const double train_w = power_[pool.kind].training_it_w(levels_, compute_share);
  const double stalled = stall_s / (interval_s + stall_s);
  option.productive_it_milliw =
      std::llround((train_w * (1 - stalled) + power_[pool.kind].idle_it_w() * stalled) * 1e3);
}

void ModelBuilder::gang(std::uint32_t j) {
  const scenario::Job& job = scenario_.jobs[j];
  JobModel& m = model_.jobs[j];
  const scenario::JobId id(j);
  m.min_accelerators = job.min_accelerators.value_or(0);
  std::vector<double> tokens;
  for (const auto& phase : job.phases) tokens.push_back(phase.tokens);
  if (tokens.empty()) tokens.push_back(job.tokens);
  for (const double t : tokens) m.tokens += t;
  for (std::uint32_t p = 0; p < model_.pools.size(); ++p) {
    if (!eligible(job, p)) continue;
    const scenario::SystemId system(model_.pools[p].kind);
    const std::string* refusal = steps_.refusal(id, system);
    if (refusal != nullptr && m.refusal.empty()) m.refusal = *refusal;
    for (const StepEntry& first : steps_.steps(id, 0, system)) {
      GangOption option;
      option.pool = p;
      option.accelerators = first.accelerators;
      option.phase_tokens = tokens;
      std::int64_t teacher = 0;
      for (std::size_t phase = 0; phase < tokens.size(); ++phase) {
        const auto& entries = steps_.steps(id, phase, system);
        const auto same = std::find_if(entries.begin(), entries.end(), [&](const StepEntry& e) {
          return e.accelerators == first.accelerators;
        });
        if (same == entries.end() || !(same->tokens_per_step > 0) || !(same->step_time_s > 0)) break;
        option.phases.push_back(&*same);
        teacher = std::max(teacher, same->teacher_accelerators);
      }
      if (option.phases.size() != tokens.size()) continue;
      option.nodes = whole_nodes(p, option.accelerators) + whole_nodes(p, teacher);
      finish_gang(job, option);
      m.gangs.push_back(std::move(option));
    }
  }
  if (!m.gangs.empty())
    m.refusal.clear();
  else if (m.refusal.empty())
    m.refusal = "no step time is known for it on any system that it may use";
}

void ModelBuilder::elastic(std::uint32_t j) {
  const scenario::Job& job = scenario_.jobs[j];
  JobModel& m = model_.jobs[j];
  m.share = job.share;
  for (const auto& point : job.demand) {
    m.demand_in_tokens = m.demand_in_tokens || point.tokens_per_day.has_value();
    m.demand.push_back({point.date, point.tokens_per_day
                                        ? *point.tokens_per_day
                                        : static_cast<double>(point.accelerators.value_or(0))});
  }
  double utilisation = job.utilization;
  if (utilisation <= 0) {
    const auto measured = catalog_.failures("rsc-1");
    utilisation = measured && (*measured)->utilization > 0 ? (*measured)->utilization.value : 1;
  }
  for (std::uint32_t p = 0; p < model_.pools.size(); ++p) {
    if (!eligible(job, p)) continue;
    const std::uint32_t kind = model_.pools[p].kind;
    const ServingEntry* serving = steps_.serving(scenario::JobId(j), scenario::SystemId(kind));
    const facility::NodePower& power = power_[kind];
    const double busy_w = serving != nullptr ? power.training_it_w(levels_, serving->compute_share)
                                             : power.at_it_w(levels_.compute);
    ElasticOption option;
    option.pool = p;
    option.it_milliw = std::llround((power.idle_it_w() + utilisation * (busy_w - power.idle_it_w())) * 1e3);
    if (serving != nullptr)
      option.tokens_per_day_per_node = serving->tokens_per_s_per_accelerator *
                                       static_cast<double>(model_.kinds[kind].accelerators) * 86400 *
                                       utilisation;
    else if (m.demand_in_tokens)
      continue;
    m.elastic.push_back(option);
  }
  if (m.elastic.empty()) m.refusal = "no system that it may use serves its model";
}

FleetResult simulate(const scenario::ResolvedScenario& scenario, const catalog::Catalog& catalog,
                     const StepTable& steps, const Options& options) {
  const FleetModel model =
      ModelBuilder(scenario, catalog, steps, options.seed, options.draw_lead_times).build();
  Simulation simulation(model, options.until);
  simulation.run(options.stop, options.progress);
  return simulation.result();
}

}  // namespace gigawatt::fleet
