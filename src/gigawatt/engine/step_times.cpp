#include "gigawatt/engine/step_times.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "gigawatt/engine/across.h"
#include "gigawatt/engine/plan_memory.h"
#include "gigawatt/engine/serving_subject.h"
#include "gigawatt/engine/training_practice.h"
#include "gigawatt/search/search.h"
#include "gigawatt/step/step.h"
#include "gigawatt/workload/flops.h"
#include "gigawatt/workload/parameters.h"

namespace gigawatt::engine {
namespace {

using scenario::Job;
using scenario::SystemId;
using scenario::TrainingPhase;

// A scenario says it in the search's words.
static_assert(scenario::kCudaGraphsNames == search::kChoiceNames);
constexpr search::Choice choice_of(scenario::CudaGraphs graphs) {
  return static_cast<search::Choice>(graphs);
}

constexpr double kCheckpointBytesPerParameter = 2 + 4 + 8;
constexpr double kGradientBytesPerParameter = 2;  // that cross between sites

using Timed = tl::expected<std::pair<step::ParallelPlan, step::StepResult>, std::string>;

/// Accelerators of a system that its fullest site could ever hold.
std::int64_t most_at_a_site(const scenario::ResolvedScenario& s, SystemId system, scenario::SiteId only) {
  std::vector<std::int64_t> fleet(s.sites.size()), delivered(s.sites.size()), places(s.sites.size());
  for (const auto& item : s.fleet)
    if (item.system_id == system) fleet[item.site_id.index()] += item.accelerators;
  for (const auto& delivery : s.deliveries)
    if (delivery.system_id == system)
      for (const auto& part : delivery.schedule) delivered[delivery.site_id.index()] += part.accelerators;
  for (std::size_t i = 0; i < s.sites.size(); ++i)
    for (const auto& phase : s.sites[i].phases)
      if (phase.system_id == system) places[i] += phase.accelerators.value_or(0);
  std::int64_t most = 0;
  for (std::size_t i = 0; i < s.sites.size(); ++i)
    if (!only.valid() || only.index() == i)
      // Of what is delivered to a campus no more is there than comes; else its phases fill themselves.
      most = std::max(most, fleet[i] + (delivered[i] > 0 && places[i] > 0 ? std::min(delivered[i], places[i])
                                                                          : delivered[i] + places[i]));
  return most;
}

class Timer {
 public:
  explicit Timer(const Inputs& inputs) : inputs_(inputs), scenario_(inputs.scenario) {
    if (scenario_.operations.spare_share > 0 ||
        std::none_of(scenario_.jobs.begin(), scenario_.jobs.end(), takes_what_is_free))
      return;
    if (const auto practice = load_training_practice(inputs.knowledge.data))
      spares_ = practice->spares;
    else
      no_spares_ = base::render(practice.error());
  }

  void time(scenario::JobId id, fleet::StepTable& table) {
    const Job& job = scenario_.jobs[id.index()];
    for (std::uint32_t i = 0; i < scenario_.systems.size(); ++i) {
      const SystemId system(i);
      if (job.system_id.valid() && job.system_id != system) continue;
      const std::int64_t most = most_at_a_site(scenario_, system, job.site_id);
      if (most == 0 && !job.system_id.valid()) continue;
      if (takes_what_is_free(job) && !no_spares_.empty())
        table.refuse(id, system, no_spares_);
      else if (job.is_training())
        time_on(id, system,
                sizes(job, most, **inputs_.knowledge.catalog.system(scenario_.systems[system.index()])),
                table);
      else
        serve_on(id, system, table);
    }
  }

 private:
  static bool takes_what_is_free(const Job& job) { return job.is_training() && !job.accelerators; }

  /// Sizes of gang to try, ascending: powers of two, and near the most that there will be, of which a few nodes are always down,
  /// what plans divide by, fourteen and twelve sixteenths. A gang of all nodes would stand still until each repair: it leaves
  /// the scenario's spares, or those that trainings have (data/practice), where they are a node.
  std::vector<std::int64_t> sizes(const Job& job, std::int64_t most, const catalog::System& system) const {
    if (job.accelerators) return {*job.accelerators};
    std::vector<std::int64_t> ladder;
    const double share = scenario_.operations.spare_share > 0 ? scenario_.operations.spare_share : spares_;
    const double spares = share * static_cast<double>(most);
    if (spares >= system.accelerators_per_node) most -= static_cast<std::int64_t>(std::ceil(spares));
    for (std::int64_t n = 8; n <= most; n *= 2)
      if (n >= job.min_accelerators.value_or(8)) ladder.push_back(n);
    if (job.min_accelerators &&
        std::find(ladder.begin(), ladder.end(), *job.min_accelerators) == ladder.end())
      ladder.insert(ladder.begin(), *job.min_accelerators);
    const auto add = [&](std::int64_t n) {
      if (n >= job.min_accelerators.value_or(8)) ladder.push_back(n);
    };
    constexpr std::int64_t kWhole = 64;  // what most plans divide by
    for (const std::int64_t sixteenths : {12, 14}) add(most * sixteenths / 16 / kWhole * kWhole);
    for (const std::int64_t whole : {kWhole, 2 * kWhole, 8 * kWhole}) add(most / whole * whole);
    std::sort(ladder.begin(), ladder.end());
    ladder.erase(std::unique(ladder.begin(), ladder.end()), ladder.end());
    return ladder;
  }

  void time_on(scenario::JobId id, SystemId system, const std::vector<std::int64_t>& gangs,
               fleet::StepTable& table) {
    const Job& job = scenario_.jobs[id.index()];
    std::string refusal = "no accelerators of this system";
    bool any = false;
    for (std::int64_t gang : gangs) {
      std::vector<fleet::StepEntry> entries;
      for (const TrainingPhase& phase : job.phases) {
        auto entry = time_phase(job, phase, system, gang);
        if (!entry) {
          refusal = std::move(entry.error());
          break;
        }
        entries.push_back(std::move(*entry));
      }
      if (entries.size() != job.phases.size()) continue;
      // The fleet wants one size over all phases: what the hungriest phase uses.
      std::int64_t used = 0;
      for (const auto& entry : entries) used = std::max(used, entry.accelerators);
      for (std::size_t p = 0; p < entries.size(); ++p) {
        entries[p].accelerators = used;
        table.add(id, p, system, std::move(entries[p]));
      }
      any = true;
    }
    if (!any) table.refuse(id, system, refusal);
  }

  /// The best pool of servers that a scale-up domain (at least a node) holds, within the job's limits.
  void serve_on(scenario::JobId id, SystemId system, fleet::StepTable& table) {
    const Job& job = scenario_.jobs[id.index()];
    if (!library_) {
      auto loaded = load_serving_library(inputs_.knowledge.data);
      if (!loaded) return table.refuse(id, system, loaded.error().front().message);
      library_ = std::move(*loaded);
    }
    const auto& known = **inputs_.knowledge.catalog.system(scenario_.systems[system.index()]);
    ServingNames names;
    names.model.name = scenario_.models[job.model_id.index()];
    names.system.name = known.name;
    names.engine = job.engine;
    names.engine_assumed = job.engine == Job{}.engine;
    names.precision = job.serving_precision.value_or("");
    names.accelerators = static_cast<std::int64_t>(
        std::max({known.scaleup_domain.value, known.accelerators_per_node.value, 8.0}));
    const auto subject = serving_subject(names, inputs_.knowledge, library_);
    if (!subject) return table.refuse(id, system, subject.error().front().message);
    const serving::ServingLoad load{.input = static_cast<double>(job.input_tokens),
                                    .output = static_cast<double>(job.output_tokens),
                                    .cached = job.cached_share};
    const serving::PoolLimits limits{.ttft_s = job.first_token_limit.si(), .tpot_s = job.token_limit.si()};
    const auto found = serving::search_pool((*subject)->pool, load, limits, false, 1);
    if (found.pareto.empty())
      return table.refuse(id, system,
                          fmt::format("{} with one request does not fit {} accelerators of {}", job.model,
                                      names.accelerators, known.name));
    if (found.best.empty())
      return table.refuse(id, system,
                          fmt::format("no pool on {} meets the limits of job '{}'", known.name, job.name));
    const auto& best = found.best.front();
    table.set(
        id, system,
        {best.plan.decode.accelerators(), best.tokens_per_s_per_accelerator, best.estimate.prompt_share});
  }

  tl::expected<fleet::StepEntry, std::string> time_phase(const Job& job, const TrainingPhase& phase,
                                                         SystemId system, std::int64_t gang) {
    step::StepRequest request;
    request.model = *inputs_.knowledge.catalog.model(scenario_.models[job.model_id.index()]);
    request.system = *inputs_.knowledge.catalog.system(scenario_.systems[system.index()]);
    request.accelerator = &inputs_.knowledge.catalog.accelerator_of(*request.system);
    const auto* profile = inputs_.knowledge.software.find(job.software);
    if (profile == nullptr) profile = inputs_.knowledge.software.newest(job.software);
    request.software = profile != nullptr ? profile : &inputs_.knowledge.software.default_profile();
    request.seq_len = phase.sequence;
    request.global_batch = phase.global_batch;
    request.plan.precision = job.precision;
    const auto& choice = phase.plan ? *phase.plan : job.plan;
    const Timed timed = choice.best ? best(request, gang, job.cuda_graphs)
                                    : fixed(request, choice.text, gang, job.cuda_graphs);
    if (!timed) return tl::unexpected(timed.error());
    auto e = entry(job, *request.model, phase, timed->first, timed->second);
    request.plan = timed->first;
    request.gpus = e.accelerators;
    e.slow_links = slow_links(request, e.step_time_s);
    if (job.split) lengthen(*job.split, request, timed->second, e);
    return e;
  }

  /// A step of a training that is split over sites (network/across_sites.h).
  void lengthen(const scenario::JobSplit& split, const step::StepRequest& request,
                const step::StepResult& result, fleet::StepEntry& e) const {
    static constexpr std::array kSchemes = {network::synchronous, network::hierarchical,
                                            network::low_communication, network::pipeline_split};
    const auto& catalog = inputs_.knowledge.catalog;
    auto training = split_step(request, result);
    training.sites = static_cast<std::int64_t>(split.between.size());
    training.gradient_bytes =
        kGradientBytesPerParameter * static_cast<double>(workload::count_parameters(*request.model).total);
    training.inner_steps = split.inner_steps;
    training.compression = split.compression;
    training.staleness_steps = split.staleness_steps;
    const double km = longest_way_km(catalog, split.between);
    const network::SiteLink link{split.capacity.si(), fibre_latency_s(catalog, km, split.detour)};
    const double slower = kSchemes[static_cast<std::size_t>(split.scheme)](training, link).slowdown;
    const double added = e.step_time_s * (slower - 1);
    for (double* seconds : {&e.step_time_s, &e.low_s, &e.high_s}) *seconds *= slower;
    for (double* share : {&e.mfu, &e.compute_share}) *share /= slower;
    e.breakdown_s.emplace_back("between_sites", added);
  }

  /// What the step loses where one link of the job loses bandwidth, for each such cause that the catalogue knows.
  std::vector<std::pair<double, double>> slow_links(step::StepRequest request, double step_time_s) const {
    std::set<double> lost;
    for (const auto& table : inputs_.knowledge.catalog.failure_tables())
      for (const auto& cause : table.causes)
        if (cause.bandwidth_lost > 0) lost.insert(cause.bandwidth_lost);
    std::vector<std::pair<double, double>> out;
    for (const double share : lost) {
      double slower = 1;  // nothing gets through
      request.card_share = 1 - share;
      if (share < 1)
        if (const auto slow = step::evaluate(request, inputs_.knowledge.calibration))
          slower = std::max(0.0, 1 - step_time_s / slow->step_time_s);
      out.emplace_back(share, slower);
    }
    return out;
  }

  Timed fixed(step::StepRequest request, const std::string& text, std::int64_t gang,
              scenario::CudaGraphs graphs) {
    auto plan = step::parse_plan(text);
    if (!plan) return tl::unexpected(fmt::format("plan '{}': {}", text, plan.error()));
    const std::int64_t replica = std::int64_t{plan->tp} * plan->cp * plan->pp;
    plan->dp = static_cast<std::int32_t>(gang / replica);
    request.gpus = plan->dp * replica;
    if (plan->precision != step::ParallelPlan{}.precision && plan->precision != request.plan.precision)
      return tl::unexpected(fmt::format("plan '{}' is of {} and the job's precision {}: one of them is wrong",
                                        text, catalog::to_string(plan->precision),
                                        catalog::to_string(request.plan.precision)));
    plan->precision = request.plan.precision;
    plan->cuda_graph = plan->cuda_graph || graphs == scenario::CudaGraphs::kOn;
    request.plan = *plan;
    const auto result = step::evaluate(request, inputs_.knowledge.calibration);
    if (!result)
      return tl::unexpected(fmt::format("plan '{}' is not legal: {}", text, result.error().message));
    if (result->memory.host_bytes > result->memory.host_limit_bytes)
      return tl::unexpected(
          fmt::format("plan '{}' offloads {:.1f} GB per accelerator to hosts that hold {:.1f} GB", text,
                      result->memory.host_bytes / 1e9, result->memory.host_limit_bytes / 1e9));
    if (!result->memory.fits)
      return tl::unexpected(fmt::format("plan '{}' needs {:.1f} GB of {:.1f} GB", text,
                                        result->memory.peak_bytes / 1e9, result->memory.limit_bytes / 1e9));
    return std::pair(request.plan, *result);
  }

  /// The best plan that fits on at most `gang` accelerators; same questions are answered once.
  Timed best(step::StepRequest request, std::int64_t gang, scenario::CudaGraphs graphs) {
    const std::string key = fmt::format("{} on {}", question_of(request, graphs), gang);
    if (const auto found = cache_.find(key); found != cache_.end()) return found->second;
    Timed answer = tl::unexpected(std::string("no accelerators"));
    std::int64_t gpus = gang;
    for (std::int64_t grain = 8; gpus > 0; grain *= 2) {
      answer = search_at(request, gpus, graphs);
      if (answer) break;
      while (grain <= gang && gang / grain * grain == gpus) grain *= 2;
      gpus = gang / grain * grain;
    }
    return cache_.emplace(key, std::move(answer)).first->second;
  }

  /// What long runs are known to use; a search from the command line looks further.
  static search::Constraints production_plans() {
    using step::RecomputeKind;
    search::Constraints c;
    c.schedule = {step::Schedule::k1f1b, step::Schedule::kInterleaved};
    c.zero_stage = {1, 3};
    c.shard_group = {0};
    c.recompute = {{}, {RecomputeKind::kSelective, 0, 0}, {RecomputeKind::kFull, 0, 0}};
    c.offload_optimizer = c.offload_activations = search::Choice::kOff;
    c.uneven_splits = false;
    return c;
  }

  static RememberedPlan found_plan(const search::SearchResult& found, std::int64_t gpus) {
    if (!found.best.empty()) return found.best[0].plan;
    if (found.legal == 0)
      return tl::unexpected(
          fmt::format("no legal plan for {} accelerators: {}", gpus, found.last_refusal.message));
    if (found.nearest_misfit.peak_memory_bytes == 0)
      return tl::unexpected(
          fmt::format("on {} accelerators every plan offloads more than their hosts hold", gpus));
    return tl::unexpected(
        fmt::format("nothing fits in memory on {} accelerators; the leanest plan needs {:.1f} GB", gpus,
                    found.nearest_misfit.peak_memory_bytes / 1e9));
  }

  /// All that decides the plan beside the number of accelerators and what is known.
  static std::string question_of(const step::StepRequest& request, scenario::CudaGraphs graphs) {
    return fmt::format("{} {} {} {} {} {} {}", request.model->name, request.system->name,
                       request.software->name, request.seq_len, request.global_batch,
                       static_cast<int>(request.plan.precision), static_cast<int>(graphs));
  }

  Timed search_at(step::StepRequest request, std::int64_t gpus, scenario::CudaGraphs graphs) {
    request.gpus = gpus;
    search::SearchOptions options;
    options.top = 1;
    options.pareto = false;
    options.constraints = production_plans();
    options.constraints.cuda_graphs = choice_of(graphs);
    options.constraints.precision = {request.plan.precision};
    const RememberedPlan plan = remembered_plan(
        inputs_.knowledge.digest.get(), fmt::format("{} on {}", question_of(request, graphs), gpus),
        [&] { return found_plan(search::search(request, inputs_.knowledge.calibration, options), gpus); });
    if (!plan) return tl::unexpected(plan.error());
    request.plan = *plan;
    const auto result = step::evaluate(request, inputs_.knowledge.calibration);
    if (!result) return tl::unexpected(result.error().message);
    return std::pair(request.plan, *result);
  }

  fleet::StepEntry entry(const Job& job, const catalog::Model& model, const TrainingPhase& phase,
                         const step::ParallelPlan& plan, const step::StepResult& r) {
    fleet::StepEntry e;
    e.plan = step::to_string(plan);
    e.accelerators = std::int64_t{plan.tp} * plan.cp * plan.pp * plan.dp;
    e.step_time_s = r.step_time_s;
    e.low_s = r.low_s;
    e.high_s = r.high_s;
    e.tokens_per_step = static_cast<double>(phase.global_batch) * static_cast<double>(phase.sequence);
    e.mfu = r.mfu;
    using enum step::TimeTerm;
    e.compute_share =
        (r.time[kCompute] + r.time[kAttention] + r.time[kRecompute] + r.time[kOptimizer]) / r.step_time_s;
    e.replicas = plan.dp;
    e.checkpoint_bytes =
        kCheckpointBytesPerParameter * static_cast<double>(workload::count_parameters(model).total);
    for (std::size_t i = 0; i < step::kTimeTerms; ++i)
      e.breakdown_s.emplace_back(step::kTimeTermNames[i], r.time.seconds[i]);
    for (std::size_t i = 0; i < step::kMemoryParts; ++i)
      e.memory_bytes.emplace_back(step::kMemoryPartNames[i], r.memory.bytes[i]);
    e.memory_limit_bytes = r.memory.limit_bytes;
    e.model_flops_per_token = workload::flops_per_token(model, phase.sequence).model_full;
    e.teacher_flops_per_token = teacher_flops(job, phase.sequence);
    e.teacher_accelerators = teacher_accelerators(job, model, phase.sequence, e.accelerators);
    return e;
  }

  /// One forward pass of the job's teacher, FLOP a token; 0 without one.
  double teacher_flops(const Job& job, std::int64_t sequence) const {
    if (job.kind != scenario::JobKind::kDistillation) return 0;
    const auto teacher_id =
        job.teacher_job.valid() ? scenario_.jobs[job.teacher_job.index()].model_id : job.teacher_model;
    if (!teacher_id.valid()) return 0;
    const auto& teacher = **inputs_.knowledge.catalog.model(scenario_.models[teacher_id.index()]);
    const auto flops = workload::flops_per_token(teacher, sequence);
    return flops.products_forward + flops.attention_full_forward;
  }

  std::int64_t teacher_accelerators(const Job& job, const catalog::Model& student, std::int64_t sequence,
                                    std::int64_t accelerators) const {
    if (job.distillation != scenario::DistillationMode::kFresh) return 0;
    const double own = workload::flops_per_token(student, sequence).model_full;
    return static_cast<std::int64_t>(
        std::ceil(static_cast<double>(accelerators) * teacher_flops(job, sequence) / own));
  }

  double spares_ = 0;      ///< share of the accelerators that trainings keep beside them
  std::string no_spares_;  ///< why that is not known
  const Inputs& inputs_;
  const scenario::ResolvedScenario& scenario_;
  std::map<std::string, Timed> cache_;
  std::shared_ptr<const ServingLibrary> library_;  ///< read when the first pool asks
};

}  // namespace

fleet::StepTable time_steps(const Inputs& inputs, const std::function<void(const std::string&)>& progress,
                            const std::function<bool()>& stopped) {
  fleet::StepTable table;
  Timer timer(inputs);
  for (std::uint32_t i = 0; i < inputs.scenario.jobs.size(); ++i) {
    const auto& job = inputs.scenario.jobs[i];
    const bool serves_tokens =
        job.kind == scenario::JobKind::kInference && job.model_id.valid() && job.output_tokens > 0;
    if (!job.is_training() && !serves_tokens) continue;
    if (stopped()) break;
    if (progress) progress(job.name);
    timer.time(scenario::JobId(i), table);
  }
  return table;
}

}  // namespace gigawatt::engine
