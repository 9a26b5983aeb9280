#include "gigawatt/analysis/predict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>

#include "gigawatt/step/recompute_ladder.h"

namespace gigawatt::analysis {
namespace {

/// Mean sample length where a fine-tuning run says that it packs samples but not how long they are: the usual
/// instruction and question-answering sets have 200 to 1000 tokens a sample.
constexpr std::int64_t kPackedSampleTokens = 512;

/// A choice that a row leaves open may exceed the memory by the error of the memory model: its authors ran it.
constexpr double kMemoryMargin = 1.1;

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

template <typename Entry>
const Entry* find_named(std::span<const Entry> all, std::string_view name) {
  for (const auto& entry : all)
    if (same(entry.name, name) || std::any_of(entry.aliases.begin(), entry.aliases.end(),
                                              [&](const auto& alias) { return same(alias, name); }))
      return &entry;
  return nullptr;
}

catalog::System system_of(const RunRow& row, const catalog::Accelerator& accelerator,
                          std::span<const catalog::System> systems) {
  catalog::System system;
  const auto found = std::find_if(systems.begin(), systems.end(),
                                  [&](const auto& s) { return s.accelerator == accelerator.name; });
  if (found != systems.end()) system = *found;
  if (system.name.empty()) {
    system.name = system.accelerator = accelerator.name;
    system.accelerators_per_node.value = 8;
    system.scaleup_domain.value = 8;
    system.scaleup_bandwidth = accelerator.scaleup_bandwidth;
    system.nic_bandwidth.value = 50e9;
  }
  if (row.gpus_per_node > 0) {
    const double per_node = static_cast<double>(row.gpus_per_node);
    // Boards with half of the accelerators have no switches: every pair is joined directly.
    const bool domain_is_node = system.scaleup_domain.value <= system.accelerators_per_node.value;
    if (domain_is_node && per_node < system.accelerators_per_node.value && per_node > 1)
      system.scaleup_direct_links.value = per_node - 1;
    system.accelerators_per_node.value = per_node;
    system.scaleup_domain.value = domain_is_node ? per_node : std::max(system.scaleup_domain.value, per_node);
  }
  if (row.scaleup_bandwidth > 0) system.scaleup_bandwidth.value = row.scaleup_bandwidth;
  if (row.nic_bandwidth > 0) {
    // Other ports than the system's own: another machine, on who knows what fabric.
    constexpr double kSame = 0.01;
    if (std::abs(row.nic_bandwidth / system.nic_bandwidth.value - 1) > kSame)
      system.fabric = step::kFabricNames.back();
    system.nic_bandwidth.value = row.nic_bandwidth;
  }
  return system;
}

/// As the row says; a table without such a column leaves the system's own (`system_of`), one with it nothing.
std::string fabric_of(const RunRow& row, const catalog::System& system, std::string said, bool no_column) {
  if (!row.fabric.empty()) return row.fabric;
  if (!said.empty()) return said;
  return no_column ? system.fabric : std::string(step::kFabricNames.back());
}

std::vector<std::int32_t> micro_batches(const RunRow& row) {
  if (row.micro_batch) return {*row.micro_batch};
  std::vector<std::int32_t> open;
  for (const std::int32_t b : {1, 2, 4, 8, 16})
    if (row.global_batch % (std::int64_t{row.plan.dp} * b) == 0) open.push_back(b);
  return open;
}

/// Expert parallelism where an incomplete row of a mixture of experts leaves it open.
std::vector<std::int32_t> expert_groups(const RunRow& row) {
  if (row.expert_parallel_known || !row.model.is_moe() || row.level == "A") return {row.plan.ep};
  const std::int64_t ranks = std::int64_t{row.plan.tp} * row.plan.cp * row.plan.dp;
  std::vector<std::int32_t> open;
  for (std::int32_t ep = 1; ep <= std::min(ranks, row.model.moe.experts); ep *= 2)
    if (ranks % ep == 0 && row.model.moe.experts % ep == 0) open.push_back(ep);
  return open;
}

std::vector<step::RecomputePolicy> recomputes(const RunRow& row, const step::SoftwareProfile& software) {
  if (row.recompute_known) return {row.plan.recompute};
  std::vector<step::RecomputePolicy> open;
  for (const auto& rung : step::recompute_ladder(row.model))
    if (software.can.recompute(rung)) open.push_back(rung);
  // Checkpoint policies that keep the projections of attention and compute the FFN again.
  if (software.recompute_by_tensor)
    open.insert(open.end() - 1, {step::RecomputeKind::kModules,
                                 step::kRecomputeLayernorm | step::kRecomputeMlp | step::kRecomputeMoe, 0});
  return open;
}

/// Sizes of the sharding groups that a row may mean. "hybrid" says that groups of ranks shard and are replicated, not how
/// large they are: a node where that has room for its share of the state, else the smallest number of nodes that has.
std::vector<std::int32_t> shard_groups(const RunRow& row, const catalog::System& system) {
  if (!row.shard_hybrid) return {row.plan.shard_group};
  const auto node = static_cast<std::int64_t>(system.accelerators_per_node.value);
  const std::int64_t ranks = std::int64_t{row.plan.dp} * row.plan.cp;
  std::vector<std::int32_t> sizes;
  for (std::int64_t size = node; sizes.empty() || size <= ranks; size *= 2)
    sizes.push_back(static_cast<std::int32_t>(size));
  return sizes;
}

bool any_fits(const ResolvedRun& run, const step::Calibration& calibration) {
  return std::any_of(run.plans.begin(), run.plans.end(), [&](const step::ParallelPlan& plan) {
    const auto memory = step::evaluate_memory(run.request(plan), calibration);
    return memory && memory->peak_bytes <= kMemoryMargin * memory->limit_bytes;
  });
}

}  // namespace

const catalog::Accelerator* find_accelerator(std::span<const catalog::Accelerator> all,
                                             std::string_view name) {
  return find_named(all, name);
}

catalog::Model with_traits(const catalog::Model& model, std::span<const catalog::Model> catalogue) {
  const auto* known = find_named(catalogue, model.name);
  if (known == nullptr) return model;
  if (model.layers == 0) return *known;
  catalog::Model m = model;
  m.norm = known->norm;
  m.position = known->position;
  m.tied_embeddings = known->tied_embeddings;
  m.qkv_bias = known->qkv_bias;
  m.out_bias = known->out_bias;
  m.mlp_bias = known->mlp_bias;
  m.qk_norm = known->qk_norm;
  m.attention_sinks = known->attention_sinks;
  m.post_norms = known->post_norms;
  m.extra_embedding_norm = known->extra_embedding_norm;
  if (m.window > 0) {
    m.full_attention_period = known->full_attention_period;
    m.chunked = known->chunked;
  }
  return m;
}

step::StepRequest ResolvedRun::request(const step::ParallelPlan& plan) const {
  step::StepRequest r;
  r.model = &model;
  r.accelerator = accelerator;
  r.system = &system;
  r.software = &software;
  r.gpus = row->gpus;
  r.seq_len = row->seq_len;
  r.global_batch = row->global_batch;
  r.kind = row->kind;
  if (row->kind != step::TrainingKind::kPretrain && software.packed_samples)
    r.packed_tokens = kPackedSampleTokens;
  r.plan = plan;
  return r;
}

tl::expected<ResolvedRun, std::string> resolve(const RunRow& row, const Knowledge& knowledge) {
  ResolvedRun run;
  run.row = &row;
  run.model = with_traits(row.model, knowledge.models);
  if (run.model.layers == 0)
    return tl::unexpected(fmt::format(
        "model \"{}\" is not in the catalogue, and its sizes (layers, hidden, heads, vocab) are missing",
        row.model.name));
  run.accelerator = find_accelerator(knowledge.accelerators, row.accelerator);
  if (run.accelerator == nullptr)
    return tl::unexpected(fmt::format("accelerator \"{}\" is not in the catalogue", row.accelerator));
  run.system = system_of(row, *run.accelerator, knowledge.systems);
  // Tables that name features, fabric and release in columns are taken at their word.
  const auto& words = knowledge.software->words;
  const bool search = !row.features_known;
  const auto release = row.release.empty() && search ? words.release_in(row.notes) : row.release;
  const auto software = words.with(knowledge.software->choose(row.framework, release),
                                   search ? words.features_in(row.notes) : row.features);
  if (!software) return tl::unexpected(software.error());
  run.software = *software;
  run.system.fabric = fabric_of(row, run.system, search ? words.fabric_in(row.notes) : std::string(), search);

  step::ParallelPlan plan = row.plan;
  plan.vpp = row.vpp.value_or(plan.pp > 1 ? static_cast<std::int32_t>(run.software.default_vpp) : 1);
  if (plan.pp == 1) plan.vpp = 1;
  plan.schedule = plan.vpp > 1 ? step::Schedule::kInterleaved : step::Schedule::k1f1b;
  plan.zero_stage = row.zero_stage.value_or(run.software.distributed_optimizer ? 1 : 0);
  plan.sequence_parallel = row.sequence_parallel.value_or(plan.tp > 1 && run.software.year >= 2023);
  plan.flash_attention = row.flash_attention.value_or(run.software.flash_default);
  plan.offload_activations = run.software.saved_on_host;
  plan.cuda_graph = row.cuda_graph.value_or(run.software.cuda_graph_default);
  std::string illegal;
  for (const std::int32_t group : shard_groups(row, run.system)) {
    plan.shard_group = group;
    run.plans.clear();
    for (const std::int32_t b : micro_batches(row))
      for (const std::int32_t ep : expert_groups(row))
        for (const auto& policy : recomputes(row, run.software)) {
          plan.micro_batch = b;
          plan.ep = ep;
          plan.recompute = policy;
          const auto legal = step::check_plan(run.request(plan));
          if (legal)
            run.plans.push_back(plan);
          else
            illegal = legal.error().message;
        }
    if (!row.shard_hybrid || any_fits(run, *knowledge.calibration)) break;
  }
  if (run.plans.empty() && !illegal.empty()) return tl::unexpected(illegal);
  if (run.plans.empty())
    return tl::unexpected(
        fmt::format("no micro-batch divides a global batch of {} over {} data-parallel ranks",
                    row.global_batch, row.plan.dp));
  return run;
}

tl::expected<Prediction, std::string> predict(const ResolvedRun& run, const step::Calibration& calibration) {
  Prediction best;
  bool any = false;
  bool any_fits = false;
  double low = std::numeric_limits<double>::infinity(), fastest = low;
  double high = 0, slowest = 0;
  for (const auto& plan : run.plans) {
    const auto result = step::evaluate(run.request(plan), calibration);
    if (!result) return tl::unexpected(result.error().message);
    const auto& old = best.result;
    any_fits = any_fits || result->memory.fits;
    const bool fits = result->memory.peak_bytes <= kMemoryMargin * result->memory.limit_bytes;
    const bool fitted = old.memory.peak_bytes <= kMemoryMargin * old.memory.limit_bytes;
    const bool better = !any || (fits != fitted ? fits
                                 : fits         ? result->step_time_s < old.step_time_s
                                                : result->memory.peak_bytes < old.memory.peak_bytes);
    if (better) best = {*result, plan};
    any = true;
    if (!fits) continue;
    low = std::min(low, result->low_s);
    high = std::max(high, result->high_s);
    fastest = std::min(fastest, result->step_time_s);
    slowest = std::max(slowest, result->step_time_s);
  }
  if (run.plans.size() > 1 && high > 0) {
    const auto& widening = calibration.widening;
    const double middle = best.result.step_time_s;
    const double wider = run.software.recompute_by_tensor ? widening.open_by_tensor : widening.open_plan;
    best.result.low_s = std::min(low, middle * std::pow(best.result.low_s / middle, wider));
    best.result.high_s = std::max(high, middle * std::pow(best.result.high_s / middle, wider));
  }
  best.fits = any_fits;
  best.fastest_s = std::min(fastest, best.result.step_time_s);
  best.slowest_s = std::max(slowest, best.result.step_time_s);
  const auto& memory = best.result.memory;
  best.memory_bytes = run.row->memory_metric == MemoryMetric::kReserved
                          ? memory.peak_bytes - run.software.context_bytes
                          : memory.allocated_bytes;
  return best;
}

}  // namespace gigawatt::analysis
