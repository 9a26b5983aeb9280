#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "gigawatt/base/check.h"
#include "gigawatt/fleet/build_model.h"
#include "gigawatt/fleet/demand_shape.h"
#include "gigawatt/fleet/productive.h"
#include "gigawatt/fleet/repairs_by_month.h"
#include "gigawatt/fleet/simulation.h"
#include "gigawatt/fleet/simulator.h"

namespace gigawatt::fleet {
namespace {

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
    m.dated = job.start.has_value();
    m.account = account(job.account);
    m.may_defer = base::Duration::seconds(job.may_defer.si());
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
    else if (!job.is_batch())
      elastic(j);
  }
  for (std::uint32_t j = 0; j < scenario_.jobs.size(); ++j)
    if (scenario_.jobs[j].kind == scenario::JobKind::kDistillation) distillation(j);
  share_storage();
  for (std::uint32_t j = 0; j < scenario_.jobs.size(); ++j)
    if (scenario_.jobs[j].is_batch()) batch(j);
}

void ModelBuilder::finish_gang(const scenario::Job& job, GangOption& option, double storage_share) const {
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
  if (job.elastic && option.replicas > 1) {
    option.replica_accelerators = option.accelerators / option.replicas;
    option.smallest_replicas = std::max<std::int64_t>(
        1, static_cast<std::int64_t>(std::ceil(job.smallest_share * static_cast<double>(option.replicas))));
  } else {
    option.replicas = 0;
  }
  plan_checkpoints(job, option, checkpoint_bytes, longest_step_s, storage_share);
  gang_power(option, train_s > 0 ? compute_s / train_s : 1);
}

void ModelBuilder::gang_power(GangOption& option, double compute_share) const {
  const PoolModel& pool = model_.pools[option.pool];
  const auto stall_s = static_cast<double>(option.stall_us);
  const auto interval_s = static_cast<double>(option.interval_us);
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
      std::int64_t replicas = first.replicas;
      for (std::size_t phase = 0; phase < tokens.size(); ++phase) {
        const auto& entries = steps_.steps(id, phase, system);
        const auto same = std::find_if(entries.begin(), entries.end(), [&](const StepEntry& e) {
          return e.accelerators == first.accelerators;
        });
        if (same == entries.end() || !(same->tokens_per_step > 0) || !(same->step_time_s > 0)) break;
        option.phases.push_back(&*same);
        replicas = std::min(replicas, same->replicas);
        teacher = std::max(teacher, same->teacher_accelerators);
      }
      if (option.phases.size() != tokens.size()) continue;
      option.nodes = whole_nodes(p, option.accelerators) + whole_nodes(p, teacher);
      option.replicas = teacher == 0 ? replicas : 0;  // a teacher's accelerators are of no replica
      finish_gang(job, option, 1);
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
  m.shape = job.shape;
  m.held_factor = job.shape.moves() && !job.shape.autoscale ? peak_demand_factor(job.shape) : 1;
  for (const auto& point : job.demand) {
    m.demand_in_tokens = m.demand_in_tokens || !point.accelerators;
    m.demand.push_back({point.date, demanded(job, point)});
  }
  double utilization = job.utilization.value_or(0);
  if (!job.utilization) {
    const auto measured = catalog_.failures("rsc-1");
    utilization = measured && (*measured)->utilization > 0 ? (*measured)->utilization.value : 1;
  }
  std::string refused;  // by the first system that cannot serve it; it counts where none can
  for (std::uint32_t p = 0; p < model_.pools.size(); ++p) {
    if (!eligible(job, p)) continue;
    const std::uint32_t kind = model_.pools[p].kind;
    const std::string* refusal = steps_.refusal(scenario::JobId(j), scenario::SystemId(kind));
    if (refusal != nullptr && refused.empty()) refused = *refusal;
    const ServingEntry* serving = steps_.serving(scenario::JobId(j), scenario::SystemId(kind));
    const site::NodePower& power = power_[kind];
    const double busy_w = serving != nullptr ? power.training_it_w(levels_, serving->compute_share)
                                             : power.at_it_w(levels_.compute);
    ElasticOption option;
    option.pool = p;
    option.it_milliw = std::llround((power.idle_it_w() + utilization * (busy_w - power.idle_it_w())) * 1e3);
    if (serving != nullptr)
      option.tokens_per_day_per_node = serving->tokens_per_s_per_accelerator *
                                       static_cast<double>(model_.kinds[kind].accelerators) * 86400 *
                                       utilization;
    else if (m.demand_in_tokens)
      continue;
    m.elastic.push_back(option);
  }
  if (m.elastic.empty())
    m.refusal = !refused.empty() ? refused : "no system that it may use serves its model";
}

FleetModel model_of(const scenario::ResolvedScenario& scenario, const catalog::Catalog& catalog,
                    const StepTable& steps, const Options& options) {
  FleetModel model = ModelBuilder(scenario, catalog, steps, options.seed, options.draw_lead_times).build();
  model.law = options.law;
  if (options.failures_by_month && !scenario.failures.by_month && scenario.failures.enabled) {
    model.failures_by_month = true;
    model.fewest_by_month = kManyFailures;
  }
  return model;
}

FleetResult simulate(const scenario::ResolvedScenario& scenario, const catalog::Catalog& catalog,
                     const StepTable& steps, const Options& options) {
  const FleetModel model = model_of(scenario, catalog, steps, options);
  Simulation simulation(model, options.until, options.meters, options.stop, options.most_bytes);
  simulation.run(options.stop, options.progress);
  return simulation.result();
}

}  // namespace gigawatt::fleet
