#include "gigawatt/step/plan_value.h"

#include <algorithm>

namespace gigawatt::step {
namespace {

/// Each rank writes a micro-batch's activations to the host under its forward pass and reads them back under its
/// backward pass; what is longer than the pass is exposed.
double offload_seconds(const StepFrame& frame, const StageCost& stage) {
  const double one_way = stage.activations / frame.request.software->host_link_bandwidth;
  return std::max(0.0, one_way - stage.forward) + std::max(0.0, one_way - stage.backward);
}

double jitter_seconds(const StepFrame& frame, double seconds) {
  return seconds * frame.shared->jitter_per_doubling * frame.node_doublings;
}

}  // namespace

TimeBreakdown busy_part(const StepFrame& frame, const LayerCost& s, std::int32_t n) {
  const SoftwareProfile& software = *frame.request.software;
  TimeBreakdown t;
  t[TimeTerm::kCompute] = n * (s.forward_products + s.backward_products);
  t[TimeTerm::kAttention] = n * (s.forward_attention + s.backward_attention);
  t[TimeTerm::kRecompute] = n * s.recompute;
  t[TimeTerm::kLaunch] = n * (s.launch_forward + s.launch_backward);
  t[TimeTerm::kTpComm] = n * (s.tp_forward + s.tp_backward);
  t[TimeTerm::kCpComm] = n * (s.cp_forward + s.cp_backward);
  t[TimeTerm::kEpComm] = n * (s.ep_forward + s.ep_backward);
  t[TimeTerm::kHost] = software.host_step_s + n * software.host_micro_batch_s;
  return t;
}

TimeBreakdown schedule_part(const StepFrame& frame, const ParallelPlan& plan, const StageTable& stages,
                            std::int32_t n, const PipelineSend& send) {
  const ScheduleTime terms = schedule_terms(plan, stages, n, send);
  TimeBreakdown t = busy_part(frame, slowest_rank_cost(plan, stages, terms.slowest), n);
  t[TimeTerm::kPpBubble] = terms.bubble_s;
  t[TimeTerm::kPpComm] = terms.sends_s;
  return t;
}

TimeBreakdown whole_step(const StepFrame& frame, const ParallelPlan& plan, TimeBreakdown t,
                         const StageCost& slowest, const GradientTraffic& traffic, std::int32_t n) {
  const DataParallelTime dp = data_parallel_time(frame, plan, traffic, slowest.forward, slowest.backward, n);
  t[TimeTerm::kDpComm] = dp.exposed_s;
  t[TimeTerm::kCompute] += dp.slowdown_s;
  t[TimeTerm::kOptimizer] = traffic.optimizer_s;
  if (plan.offload_activations) t[TimeTerm::kHost] += n * offload_seconds(frame, slowest);
  t[TimeTerm::kJitter] = jitter_seconds(frame, t.total());
  return t;
}

double floor_seconds(const StepFrame& frame, TimeBreakdown part) {
  part[TimeTerm::kJitter] = jitter_seconds(frame, part.total());
  return part.total();
}

}  // namespace gigawatt::step
