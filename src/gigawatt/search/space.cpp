#include "gigawatt/search/space.h"

#include <algorithm>

namespace gigawatt::search {
namespace {

using step::ParallelPlan;
using step::RecomputeKind;
using step::RecomputePolicy;
using step::StepRequest;

// Larger groups than these exist in no published run and only repeat the pattern of their halves.
constexpr std::int32_t kMaxContextParallel = 64;
constexpr std::int32_t kMaxMicroBatch = 64;
constexpr std::int64_t kShortestContextShard = 1024;  // tokens; below, ring attention is all latency

std::vector<std::int32_t> chosen(const std::vector<std::int32_t>& wanted, std::vector<std::int32_t> legal) {
  if (wanted.empty()) return legal;
  std::erase_if(legal,
                [&](std::int32_t v) { return std::find(wanted.begin(), wanted.end(), v) == wanted.end(); });
  return legal;
}

bool power_of_two(std::int64_t n) { return n > 0 && (n & (n - 1)) == 0; }

std::vector<RecomputePolicy> recompute_policies(const Constraints& constraints) {
  if (!constraints.recompute.empty()) return constraints.recompute;
  return {{RecomputeKind::kNone, 0, 0}, {RecomputeKind::kSelective, 0, 0}, {RecomputeKind::kFull, 0, 0}};
}

std::vector<std::int32_t> expert_groups(const StepRequest& request, const Constraints& constraints,
                                        const Mesh& mesh) {
  if (!request.model->is_moe()) return {1};
  // Folding: an expert group spans ranks of tensor, context and data parallelism of one stage.
  const std::int64_t ranks = std::int64_t{mesh.tp} * mesh.cp * mesh.dp;
  auto groups = divisors(request.model->moe.experts, ranks);
  std::erase_if(groups, [&](std::int32_t ep) {
    const bool outside = constraints.experts_in_scaleup && ep > request.system->scaleup_domain.value;
    return ranks % ep != 0 || outside;
  });
  return chosen(constraints.ep, std::move(groups));
}

std::vector<std::int32_t> expert_tensor_groups(const StepRequest& request, const Constraints& constraints,
                                               const Mesh& mesh) {
  if (!request.model->is_moe() || mesh.tp == 1) return {1};
  return chosen(constraints.etp, {1, mesh.tp});
}

std::vector<std::int32_t> zero_stages(const Constraints& constraints, const Mesh& mesh) {
  if (mesh.dp == 1)
    return {chosen(constraints.zero_stage, {1}).empty() ? std::vector<std::int32_t>{}
                                                        : std::vector<std::int32_t>{1}};
  // Sharded gradients and parameters are gathered per micro-batch: with a pipeline that is never better.
  return chosen(constraints.zero_stage,
                mesh.pp > 1 ? std::vector<std::int32_t>{1} : std::vector<std::int32_t>{1, 2, 3});
}

}  // namespace

std::vector<std::int32_t> divisors(std::int64_t n, std::int64_t limit) {
  std::vector<std::int32_t> low, high;
  for (std::int64_t d = 1; d * d <= n; ++d) {
    if (n % d != 0) continue;
    if (d <= limit) low.push_back(static_cast<std::int32_t>(d));
    if (d != n / d && n / d <= limit) high.push_back(static_cast<std::int32_t>(n / d));
  }
  low.insert(low.end(), high.rbegin(), high.rend());
  return low;
}

std::vector<Mesh> meshes(const StepRequest& request, const Constraints& constraints) {
  std::vector<Mesh> out;
  const auto& model = *request.model;
  const auto domain =
      std::max<std::int64_t>(1, static_cast<std::int64_t>(request.system->scaleup_domain.value));
  for (const auto tp : chosen(constraints.tp, divisors(model.heads, std::min(domain, request.gpus)))) {
    for (const auto cp : chosen(constraints.cp, divisors(request.seq_len, kMaxContextParallel))) {
      if (!power_of_two(cp) || (cp > 1 && request.seq_len / cp < kShortestContextShard)) continue;
      const std::int64_t inner = std::int64_t{tp} * cp;
      if (request.gpus % inner != 0) continue;
      const std::int64_t deepest = std::min<std::int64_t>(model.layers, constraints.max_pipeline_depth);
      for (const auto pp : chosen(constraints.pp, divisors(request.gpus / inner, deepest))) {
        const std::int64_t dp = request.gpus / (inner * pp);
        if (dp <= request.global_batch && request.global_batch % dp == 0)
          out.push_back({tp, cp, pp, static_cast<std::int32_t>(dp)});
      }
    }
  }
  return out;
}

void for_each_plan(const StepRequest& request, const Constraints& constraints, const Mesh& mesh,
                   const std::function<void(const ParallelPlan&)>& visit) {
  const std::int64_t sequences = request.global_batch / mesh.dp;
  const auto precisions =
      constraints.precision.empty() ? std::vector{request.plan.precision} : constraints.precision;
  const auto micro_batches = chosen(constraints.micro_batch, divisors(sequences, kMaxMicroBatch));
  const auto experts = expert_groups(request, constraints, mesh);
  const auto expert_tensor = expert_tensor_groups(request, constraints, mesh);
  const auto zero = zero_stages(constraints, mesh);
  const auto policies = recompute_policies(constraints);
  const std::int64_t layers_per_stage = std::max<std::int64_t>(1, request.model->layers / mesh.pp);
  const auto chunks = mesh.pp > 1 ? chosen(constraints.vpp, divisors(layers_per_stage, layers_per_stage))
                                  : chosen(constraints.vpp, {1});

  ParallelPlan plan = request.plan;
  plan.tp = mesh.tp;
  plan.cp = mesh.cp;
  plan.pp = mesh.pp;
  plan.dp = mesh.dp;
  plan.sequence_parallel = mesh.tp > 1;
  plan.shard_group = 0;
  for (const auto precision : precisions)
    for (const auto ep : experts)
      for (const auto etp : expert_tensor)
        for (const auto micro : micro_batches)
          for (const auto vpp : chunks)
            for (const auto stage : zero)
              for (const auto& policy : policies) {
                plan.precision = precision;
                plan.ep = ep;
                plan.etp = etp;
                plan.recompute = policy;
                plan.micro_batch = micro;
                plan.vpp = vpp;
                plan.schedule = vpp > 1 ? step::Schedule::kInterleaved : step::Schedule::k1f1b;
                plan.zero_stage = stage;
                visit(plan);
              }
}

}  // namespace gigawatt::search
