#include "gigawatt/step/schedule_terms.h"

#include <algorithm>

namespace gigawatt::step {
namespace {

double real(std::int64_t x) { return static_cast<double>(x); }

double bubble_seconds(const ParallelPlan& plan, const StageTable& stages) {
  if (plan.pp <= 1) return 0;
  const StageCost& slowest = stages.costs[stages.slowest];
  const double others = stages.all_s - stages.slowest_s;
  const double mean = others / (plan.pp - 1);
  const double weight = slowest.layers.weight_gradient;
  switch (plan.schedule) {
    case Schedule::k1f1b:
    case Schedule::kInterleaved: return others / plan.vpp;
    case Schedule::kZeroBubble: return (plan.pp - 1) * std::max(0.0, mean - 2 * weight);
    case Schedule::kDualPipe:
      return (plan.pp / 2.0 - 1) * std::max(0.0, mean + slowest.backward - 3 * weight);
  }
  return 0;
}

}  // namespace

PipelineSend pipeline_send(const StepFrame& frame, const MeshGroups& groups, const ParallelPlan& plan) {
  if (plan.pp <= 1) return {};
  const StepRequest& r = frame.request;
  const double tokens = real(std::int64_t{plan.micro_batch} * r.seq_len / plan.cp);
  const double shard = plan.sequence_parallel || r.software->p2p_scatter ? plan.tp : 1;
  const double one =
      network::send_recv_seconds(frame.lone, groups.pipeline, tokens * real(r.model->hidden) * 2 / shard);
  const bool hides = plan.vpp > 1 || !r.software->overlap_needs_interleaving;
  return {one, hides ? r.software->p2p_overlap : 0};
}

ScheduleTerms schedule_terms(const ParallelPlan& plan, const StageTable& stages, std::int32_t micro_batches,
                             const PipelineSend& send) {
  return {bubble_seconds(plan, stages),
          2 * send.seconds * (real(micro_batches) * plan.vpp * (1 - send.overlap) + plan.pp - 1)};
}

}  // namespace gigawatt::step
