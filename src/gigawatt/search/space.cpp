#include "gigawatt/search/space.h"

#include <algorithm>

#include "gigawatt/step/recompute_ladder.h"

namespace gigawatt::search {
namespace {

using step::ParallelPlan;
using step::RecomputeKind;
using step::RecomputePolicy;
using step::Schedule;
using step::StepRequest;

// Larger groups than these exist in no published run and only repeat the pattern of their halves.
constexpr std::int64_t kMaxContextParallel = 64;
constexpr std::int64_t kMaxMicroBatch = 64;
constexpr std::int64_t kShortMicroBatch = 65536;      // tokens that a micro-batch of short sequences may have
constexpr std::int64_t kShortestContextShard = 1024;  // tokens; below, ring attention is all latency
constexpr std::int32_t kMostUnequalChunks = 4;        // virtual stages of unequal size

template <typename T>
bool holds(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

/// The user's values in ascending order without repeats, or those proposed.
std::vector<std::int32_t> chosen(std::vector<std::int32_t> wanted, std::vector<std::int32_t> proposed) {
  if (wanted.empty()) return proposed;
  std::erase_if(wanted, [](std::int32_t v) { return v < 1; });
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  return wanted;
}

std::vector<bool> both(Choice choice) {
  if (choice == Choice::kOff) return {false};
  if (choice == Choice::kOn) return {true};
  return {false, true};
}

std::vector<std::int32_t> context_groups(const StepRequest& r) {
  std::vector<std::int32_t> out = {1};
  for (std::int32_t cp = 2; cp <= kMaxContextParallel && r.seq_len / cp >= kShortestContextShard; cp *= 2)
    if (r.seq_len % (2 * std::int64_t{cp}) == 0) out.push_back(cp);
  return out;
}

/// What may be asked for; without a word the rungs of the ladder, and when asked a number of whole layers before all.
std::vector<RecomputePolicy> recompute_policies(const catalog::Model& m, const Constraints& constraints) {
  if (!constraints.recompute.empty()) return constraints.recompute;
  auto out = step::recompute_ladder(m);
  std::vector<RecomputePolicy> parts;
  for (std::int32_t n = 1; constraints.partial_recompute && n < m.layers; n *= 2)
    parts.push_back({RecomputeKind::kFull, 0, n});
  out.insert(out.end() - 1, parts.begin(), parts.end());
  return out;
}

bool equal_chunks(std::int64_t layers, std::int64_t chunks) {
  return layers % chunks == 0 || (layers + 2) % chunks == 0;
}

bool same_cut(const std::vector<step::StageRun>& a, const std::vector<step::StageRun>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.begin == y.begin && x.count == y.count && x.layers == y.layers;
  });
}

}  // namespace

std::vector<std::int32_t> divisors(std::int64_t n, std::int64_t limit) {
  std::vector<std::int32_t> low, high;
  for (std::int64_t d = 1; d <= limit && d * d <= n; ++d) {
    if (n % d != 0) continue;
    low.push_back(static_cast<std::int32_t>(d));
    if (d != n / d && n / d <= limit) high.push_back(static_cast<std::int32_t>(n / d));
  }
  low.insert(low.end(), high.rbegin(), high.rend());
  return low;
}

Space::Space(const StepRequest& request, const Constraints& constraints, bool plain)
    : request_(request),
      constraints_(constraints),
      plain_(plain),
      policies_(recompute_policies(*request.model, constraints)),
      optimizer_offloads_(both(constraints.offload_optimizer)),
      activation_offloads_(both(constraints.offload_activations)) {
  const step::Capabilities& can = request.software->can;
  std::erase_if(policies_, [&](const auto& policy) { return !can.recompute(policy); });
  if (!can.offload_optimizer) std::erase(optimizer_offloads_, true);
  if (!can.offload_activations) std::erase(activation_offloads_, true);
  if (policies_.empty() || optimizer_offloads_.empty() || activation_offloads_.empty()) return;
  if (plain_) {
    policies_.assign({policies_.front(), policies_.back()});
    optimizer_offloads_.resize(1);
    activation_offloads_.resize(1);
  }
  if (activation_offloads_.front() == false) graph_offloads_ = {false};
  const auto& model = *request.model;
  const std::int64_t deepest = std::min<std::int64_t>(model.layers + 2, constraints.max_pipeline_depth);
  pp_ = chosen(constraints.pp, divisors(request.gpus, deepest));
  std::erase_if(pp_, [&](std::int32_t pp) { return pp > deepest || request.gpus % pp != 0; });
  const auto domain =
      std::max<std::int64_t>(1, static_cast<std::int64_t>(request.system->scaleup_domain.value));
  auto tps = chosen(constraints.tp, divisors(model.heads, std::min(domain, request.gpus)));
  // Key/value heads are cut or copied evenly, as step::check_plan demands.
  if (model.attention != catalog::AttentionKind::kMla && model.kv_heads > 0)
    std::erase_if(tps, [&](std::int32_t tp) { return model.kv_heads % tp != 0 && tp % model.kv_heads != 0; });
  const auto cps = chosen(constraints.cp, context_groups(request));
  const auto micros = chosen(
      constraints.micro_batch,
      divisors(request.global_batch,
               std::max(kMaxMicroBatch, kShortMicroBatch / std::max<std::int64_t>(1, request.seq_len))));
  // Most questions without a legal plan fail here, before anything is put together.
  std::erase_if(pp_, [&](std::int32_t pp) { return !divides(pp, tps, cps, micros); });
  if (pp_.empty()) return;
  for (const auto pp : pp_) cut(pp);
  const auto eps = chosen(constraints.ep, model.is_moe() ? divisors(model.moe.experts, request.gpus)
                                                         : std::vector<std::int32_t>{1});
  const auto precisions =
      constraints.precision.empty() ? std::vector{request.plan.precision} : constraints.precision;
  for (const auto precision : precisions) {
    if (!can.precision(precision)) continue;
    for (const auto tp : tps)
      for (const auto cp : cps) {
        if (cp > 1 && !can.context_parallel) continue;
        for (const auto ep : eps)
          for (const auto etp :
               chosen(constraints.etp, tp > 1 && model.is_moe() ? std::vector<std::int32_t>{1, tp}
                                                                : std::vector<std::int32_t>{1})) {
            if (etp > 1 && !can.expert_tensor) continue;
            if (constraints.experts_in_scaleup && std::int64_t{ep} * etp > domain) continue;
            for (const auto micro : micros)
              for (const bool sequence : tp > 1 ? both(constraints.sequence_parallel) : std::vector{false})
                for (const bool graph : both(constraints.cuda_graphs)) {
                  if (graph && !can.cuda_graphs) continue;
                  const Task task{precision, tp, cp, ep, etp, micro, sequence, graph};
                  if (std::any_of(pp_.begin(), pp_.end(), [&](std::int32_t pp) { return legal(task, pp); }))
                    tasks_.push_back(task);
                }
          }
      }
  }
}

ParallelPlan Space::plan(const Task& t) const {
  ParallelPlan plan = request_.plan;
  plan.precision = t.precision;
  plan.tp = t.tp;
  plan.cp = t.cp;
  plan.ep = t.ep;
  plan.etp = t.etp;
  plan.micro_batch = t.micro_batch;
  plan.sequence_parallel = t.sequence_parallel;
  plan.cuda_graph = t.cuda_graph;
  plan.vpp = 1;
  plan.first_layers = plan.last_layers = 0;
  plan.schedule = Schedule::k1f1b;
  return plan;
}

bool Space::divides(std::int64_t pp, const std::vector<std::int32_t>& tps,
                    const std::vector<std::int32_t>& cps, const std::vector<std::int32_t>& micros) const {
  for (const std::int64_t tp : tps)
    for (const std::int64_t cp : cps) {
      const std::int64_t inner = tp * cp * pp;
      if (inner > request_.gpus || request_.gpus % inner != 0) continue;
      const std::int64_t dp = request_.gpus / inner;
      if (!constraints_.dp.empty() && !holds(constraints_.dp, static_cast<std::int32_t>(dp))) continue;
      for (const auto micro : micros)
        if (request_.global_batch % (dp * micro) == 0) return true;
    }
  return false;
}

bool Space::legal(const Task& task, std::int64_t pp) const {
  const std::int64_t inner = std::int64_t{task.tp} * task.cp * pp;
  if (inner > request_.gpus || request_.gpus % inner != 0 || cuts_.at(static_cast<std::int32_t>(pp)).empty())
    return false;
  StepRequest r = request_;
  r.plan = plan(task);
  r.plan.pp = static_cast<std::int32_t>(pp);
  r.plan.dp = static_cast<std::int32_t>(request_.gpus / inner);
  if (!constraints_.dp.empty() && !holds(constraints_.dp, r.plan.dp)) return false;
  if (request_.global_batch % (std::int64_t{r.plan.dp} * task.micro_batch) != 0) return false;
  // A cut is legal by itself; the usual one stands for all.
  r.plan.vpp = cuts_.at(r.plan.pp).front().vpp;
  return step::check_plan(r).has_value();
}

bool Space::allowed(const RecomputePolicy& policy, std::int32_t pp, bool cuda_graph) const {
  // All layers of a stage are the policy "full" by another name.
  if (constraints_.recompute.empty() && policy.full_layers > 0 &&
      std::int64_t{policy.full_layers} * pp >= request_.model->layers)
    return false;
  if (!cuda_graph || request_.software->graph_coverage >= 1) return true;
  const bool experts = policy.kind == RecomputeKind::kModules && (policy.modules & step::kRecomputeMoe) != 0;
  return policy.kind != RecomputeKind::kFull && !experts;
}

std::vector<std::int32_t> Space::depths(const Task& task) const {
  std::vector<std::int32_t> out;
  for (const auto pp : pp_)
    if (legal(task, pp)) out.push_back(pp);
  return out;
}

void Space::cut(std::int32_t pp) {
  const auto& model = *request_.model;
  const std::int64_t layers = model.layers;
  std::vector<std::int32_t> chunks;
  if (!constraints_.vpp.empty())
    chunks = chosen(constraints_.vpp, {});
  else
    for (std::int32_t v = 1; v <= (layers + 2) / pp && (pp > 1 || v == 1); ++v)
      if (v == 1 || equal_chunks(layers, std::int64_t{pp} * v)) chunks.push_back(v);
  // Where no equal chunks exist, unequal ones may still shorten the bubble.
  if (constraints_.vpp.empty() && constraints_.uneven_splits && pp > 1 && chunks.size() == 1)
    for (std::int32_t v = 2; v <= kMostUnequalChunks; ++v) chunks.push_back(v);
  auto& out = cuts_[pp];
  for (const auto v : chunks) {
    const std::int64_t n = std::int64_t{pp} * v;
    if ((pp == 1 && v > 1) || (n > layers && n != layers + 2)) continue;
    const auto add = [&](std::int64_t first, std::int64_t last) {
      const auto f = static_cast<std::int32_t>(first), l = static_cast<std::int32_t>(last);
      const step::StageLayout layout(model, pp, v, f, l);
      Cut cut{v, f, l, step::stage_runs(layout), {}};
      if (v > 1) cut.chunks = step::chunk_runs(layout);
      const bool known = std::any_of(out.begin(), out.end(), [&](const Cut& c) {
        return c.vpp == v && same_cut(c.runs, cut.runs) && same_cut(c.chunks, cut.chunks);
      });
      if (!known) out.push_back(std::move(cut));
    };
    add(0, 0);
    if (!constraints_.uneven_splits || !request_.software->can.uneven_cuts || n < 2 || n > layers ||
        equal_chunks(layers, n))
      continue;
    const std::int64_t least = layers / n;
    add(least + 1, least);                       // equal chunks, the last one light
    if (layers % n <= n - 2) add(least, least);  // both ends light
  }
}

std::vector<Sharding> Space::shardings(std::int64_t data_ranks, std::int32_t pp, bool zero2_differs) const {
  const step::Capabilities& can = request_.software->can;
  std::vector<std::int32_t> stages = constraints_.zero_stage;
  if (stages.empty()) {
    stages = data_ranks > 1 ? std::vector<std::int32_t>{0, 1, 2, 3} : std::vector<std::int32_t>{1};
    if (!zero2_differs) std::erase(stages, 2);
    // One data-parallel rank shards nothing, whatever the stage is called.
    if (data_ranks == 1 && !can.zero_stage(1, pp)) stages = {can.zero_stage(0, pp) ? 0 : 3};
  }
  std::erase_if(stages, [&](std::int32_t stage) { return !can.zero_stage(stage, pp); });
  std::sort(stages.begin(), stages.end());
  stages.erase(std::unique(stages.begin(), stages.end()), stages.end());
  const auto groups = divisors(data_ranks, data_ranks - 1);
  std::vector<Sharding> out;
  for (const auto stage : stages) {
    const bool all = constraints_.shard_group.empty();
    if (all || holds(constraints_.shard_group, 0) || stage == 0) out.push_back({stage, 0});
    if (stage == 0 || !can.shard_groups) continue;
    // A group of one shards nothing.
    for (auto g = groups.rbegin(); g != groups.rend(); ++g)
      if (all ? *g > 1 : holds(constraints_.shard_group, *g)) out.push_back({stage, *g});
  }
  if (plain_ && !out.empty()) {
    const auto usual = std::find_if(out.begin(), out.end(),
                                    [](const Sharding& x) { return x.zero_stage == 1 || x.zero_stage == 2; });
    out.assign(1, usual == out.end() ? out.front() : *usual);
  }
  return out;
}

std::vector<Schedule> Space::schedules(std::int32_t pp, std::int32_t vpp, std::int64_t micro_batches) const {
  if (pp == 1) return {Schedule::k1f1b};
  std::vector<Schedule> out;
  if (vpp > 1) {
    if (micro_batches % pp == 0) out.push_back(Schedule::kInterleaved);
    if (micro_batches >= pp) out.push_back(Schedule::kZeroBubble);
  } else {
    out = {Schedule::k1f1b, Schedule::kZeroBubble};
    if (pp % 2 == 0 && micro_batches % 2 == 0 && micro_batches >= 2 * pp) out.push_back(Schedule::kDualPipe);
  }
  std::erase_if(out, [&](Schedule s) { return !request_.software->can.schedule(s); });
  if (!constraints_.schedule.empty())
    std::erase_if(out, [&](Schedule s) { return !holds(constraints_.schedule, s); });
  return out;
}

}  // namespace gigawatt::search
