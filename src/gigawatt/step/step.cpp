#include "gigawatt/step/step.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/step/data_parallel.h"
#include "gigawatt/step/memory.h"
#include "gigawatt/step/step_context.h"
#include "gigawatt/workload/flops.h"

namespace gigawatt::step {
namespace {

double real(std::int64_t x) { return static_cast<double>(x); }

/// Sums over the stages that the schedules need.
struct StageSums {
  LayerCost slowest;
  double slowest_s = 0;
  double all_s = 0;  ///< forward + backward of every stage
  std::int32_t slowest_index = 0;
};

StageSums stage_sums(const CostContext& c, const StageLayout& layout) {
  LayerCosts layers(c);
  StageSums sums;
  for (std::int32_t s = 0; s < layout.stages(); ++s) {
    const LayerCost stage = layers.of(layout.stage(s), s == 0, s == layout.stages() - 1);
    const double t = stage.forward() + stage.backward();
    sums.all_s += t;
    if (t > sums.slowest_s) {
      sums.slowest_s = t;
      sums.slowest = stage;
      sums.slowest_index = s;
    }
  }
  return sums;
}

/// Idle time of the slowest stage while the pipeline fills and drains.
double bubble_seconds(const ParallelPlan& plan, const StageSums& sums) {
  if (plan.pp <= 1) return 0;
  const double others = sums.all_s - sums.slowest_s;
  const double mean = others / (plan.pp - 1);
  const double weight = sums.slowest.weight_gradient;
  switch (plan.schedule) {
    case Schedule::k1f1b:
    case Schedule::kInterleaved: return others / plan.vpp;
    case Schedule::kZeroBubble: return (plan.pp - 1) * std::max(0.0, mean - 2 * weight);
    case Schedule::kDualPipe: return (plan.pp / 2.0 - 1) * std::max(0.0, mean + sums.slowest.backward() - 3 * weight);
  }
  return 0;
}

/// Exposed pipeline sends: forward activation and backward gradient of every chunk and micro-batch, and the
/// hops of the first micro-batch through an empty pipeline.
double pipeline_seconds(const StepContext& context) {
  const ParallelPlan& plan = context.costs.plan;
  const PipelineSend send = pipeline_send(context);
  return 2 * send.seconds * (real(context.micro_batches) * plan.vpp * (1 - send.overlap) + plan.pp - 1);
}

}  // namespace

double TimeBreakdown::total() const {
  double sum = 0;
  for (const double s : seconds) sum += s;
  return sum;
}

std::string_view regime_of(const StepRequest& r) {
  if (r.model->is_moe()) return "mixture-of-experts";
  if (r.gpus <= static_cast<std::int64_t>(r.system->accelerators_per_node.value)) return "dense-node";
  return r.gpus <= 512 ? "dense-cluster" : "dense-large";
}

tl::expected<MemoryBreakdown, PlanError> evaluate_memory(const StepRequest& r, const Calibration& calibration) {
  const auto chip = legal_chip(r, calibration);
  if (!chip) return tl::unexpected(chip.error());
  const StepContext context(r, **chip, calibration.shared);
  return memory_of(r, context.costs, context.layout, calibration.shared, context.micro_batches);
}

tl::expected<StepResult, PlanError> evaluate(const StepRequest& r, const Calibration& calibration) {
  const auto chip = legal_chip(r, calibration);
  if (!chip) return tl::unexpected(chip.error());
  const ParallelPlan& plan = r.plan;
  const SoftwareProfile& software = *r.software;
  const SharedCalibration& shared = calibration.shared;
  const StepContext context(r, **chip, shared);
  const CostContext& c = context.costs;
  const StageLayout& layout = context.layout;
  const std::int32_t n = context.micro_batches;

  const StageSums sums = stage_sums(c, layout);
  const LayerCost& s = sums.slowest;
  StepResult result;
  result.micro_batches = n;
  TimeBreakdown& t = result.time;
  t[TimeTerm::kCompute] = n * (s.forward_products + s.backward_products);
  t[TimeTerm::kAttention] = n * (s.forward_attention + s.backward_attention);
  t[TimeTerm::kRecompute] = n * s.recompute;
  t[TimeTerm::kLaunch] = n * (s.launch_forward + s.launch_backward);
  t[TimeTerm::kTpComm] = n * (s.tp_forward + s.tp_backward);
  t[TimeTerm::kCpComm] = n * (s.cp_forward + s.cp_backward);
  t[TimeTerm::kEpComm] = n * (s.ep_forward + s.ep_backward);
  t[TimeTerm::kPpBubble] = bubble_seconds(plan, sums);
  t[TimeTerm::kPpComm] = pipeline_seconds(context);
  const DataParallelTime dp = data_parallel_time(c, layout, sums.slowest_index, s, n);
  t[TimeTerm::kDpComm] = dp.exposed_s;
  t[TimeTerm::kCompute] += dp.slowdown_s;
  t[TimeTerm::kOptimizer] = dp.optimizer_s;
  t[TimeTerm::kHost] = software.host_step_s + n * software.host_micro_batch_s;
  t[TimeTerm::kJitter] = t.total() * shared.jitter_per_doubling * std::log2(real(r.gpus));

  result.step_time_s = t.total();
  const std::string_view regime = regime_of(r);
  const auto band = std::find_if(calibration.bands.begin(), calibration.bands.end(), [&](const IntervalBand& b) { return b.regime == regime; });
  const bool known = band != calibration.bands.end();
  result.low_s = result.step_time_s * (known ? band->low : 1);
  result.high_s = result.step_time_s * (known ? band->high : 1);
  const double tokens = real(r.global_batch) * real(r.seq_len);
  result.tokens_per_s_per_gpu = tokens / result.step_time_s / real(r.gpus);
  const auto flops = workload::flops_per_token(*r.model, r.seq_len, c.frozen_weights);
  const double peak = c.low.peak(plan.precision) * real(r.gpus) * result.step_time_s;
  result.model_flops = flops.model_full * tokens;
  result.mfu = result.model_flops / peak;
  result.mfu_causal = flops.model_causal * tokens / peak;
  const double again = plan.recompute.kind == RecomputeKind::kFull
                           ? c.full_recompute_share * (flops.products_forward + flops.attention_causal_forward)
                           : 0.0;
  result.hfu = (flops.model_causal + again) * tokens / peak;
  result.memory = memory_of(r, c, layout, shared, n);
  return result;
}

}  // namespace gigawatt::step
