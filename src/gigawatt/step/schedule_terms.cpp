#include "gigawatt/step/schedule_terms.h"

#include "gigawatt/base/check.h"
#include "gigawatt/base/real.h"

namespace gigawatt::step {
namespace {

using base::real;

const LayerCost& stage_cost(const StageTable& stages, std::int32_t stage) {
  std::size_t i = 0;
  while (stage >= stages.runs[i].begin + stages.runs[i].count) ++i;
  return stages.costs[i].layers;
}

}  // namespace

double send_bytes(const StepFrame& frame, const ParallelPlan& plan) {
  const StepRequest& r = frame.request;
  const double tokens = real(std::int64_t{plan.micro_batch} * r.seq_len / plan.cp);
  const double shard = plan.sequence_parallel || r.software->p2p_scatter ? plan.tp : 1;
  return tokens * real(r.model->hidden) * 2 / shard;
}

PipelineSend pipeline_send(const StepFrame& frame, const MeshGroups& groups, const ParallelPlan& plan) {
  if (plan.pp <= 1) return {};
  const StepRequest& r = frame.request;
  const double bytes = send_bytes(frame, plan);
  double one = frame.alone->send_recv(groups.pipeline, bytes);
  // Where a scale-up domain holds several stages, the slowest rank sends one way out of it and the other way inside.
  if (groups.pipeline.domains() > 1 && groups.pipeline.ranks_per_domain > 1) {
    network::GroupPlacement inside = groups.pipeline;
    inside.ranks = inside.ranks_per_domain;
    one = (one + frame.alone->send_recv(inside, bytes)) / 2;
  }
  const bool hides = plan.vpp > 1 || !r.software->overlap_needs_interleaving;
  return {one, hides ? r.software->p2p_overlap : 0};
}

std::int32_t schedule_chunks(const ParallelPlan& plan) {
  return plan.schedule == Schedule::kDualPipe ? 1 : plan.vpp;
}

ScheduleTime schedule_terms(const ParallelPlan& plan, const StageTable& stages, std::int32_t micro_batches,
                            const PipelineSend& send) {
  const ScheduleShape shape{plan.schedule, plan.pp, schedule_chunks(plan), micro_batches};
  GW_CHECK(
      stages.seconds.size() == static_cast<std::size_t>(shape.ranks) * static_cast<std::size_t>(shape.chunks),
      "{} stage times for {} virtual stages", stages.seconds.size(), shape.ranks * shape.chunks);
  return schedule_time(shape, stages.seconds, send);
}

LayerCost slowest_rank_cost(const ParallelPlan& plan, const StageTable& stages, std::int32_t rank) {
  if (plan.schedule != Schedule::kDualPipe || plan.pp == 1) return stages.costs[stages.slowest].layers;
  LayerCost sum;
  return sum.add(stage_cost(stages, rank), 0.5).add(stage_cost(stages, plan.pp - 1 - rank), 0.5);
}

}  // namespace gigawatt::step
