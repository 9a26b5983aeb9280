#include "gigawatt/step/step.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/step/memory.h"
#include "gigawatt/step/plan_value.h"
#include "gigawatt/workload/flops.h"

namespace gigawatt::step {
namespace {

double real(std::int64_t x) { return static_cast<double>(x); }

/// What one plan's value is put together from; see plan_value.h.
struct Parts {
  Parts(const StepRequest& r, const ChipCalibration& chip, const SharedCalibration& shared)
      : frame(r, chip, shared),
        context(cost_context(frame, r.plan)),
        layers(context, LayerTimes(context, frame.present), frame.present) {
    const StageLayout layout = layout_of(*r.model, r.plan);
    stages.runs = stage_runs(layout);
    if (schedule_chunks(r.plan) > 1) stages.chunks = chunk_runs(layout);
    stages.weigh(frame, r.plan);
    stages.time(layers);
    stages.spread(layers);
    for (const StageWeights& w : stages.weights) states.push_back(state_bytes(frame, r.plan, w));
  }

  StepFrame frame;
  CostContext context;
  LayerSet layers;
  StageTable stages;
  std::vector<StateBytes> states;
};

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

double tokens_of_rank(const StepRequest& r) {
  return real(std::int64_t{r.plan.micro_batch} * r.seq_len) / (real(r.plan.cp) * real(r.plan.tp));
}

double widening_of(const StepRequest& r, const Calibration& calibration) {
  const IntervalWidening& w = calibration.widening;
  double factor = 1;
  const bool several = r.gpus > static_cast<std::int64_t>(r.system->scaleup_domain.value);
  if (several && fabric_index(r.system->fabric) == kFabricNames.size() - 1) factor *= w.unknown_fabric;
  const ChipCalibration* chip = calibration.find(*r.accelerator);
  if (chip != nullptr && chip->training_rows == 0) factor *= w.new_chip;
  if (tokens_of_rank(r) < w.few_tokens_below) factor *= w.few_tokens;
  return factor;
}

tl::expected<MemoryBreakdown, PlanError> evaluate_memory(const StepRequest& r,
                                                         const Calibration& calibration) {
  const auto chip = legal_chip(r, calibration);
  if (!chip) return tl::unexpected(chip.error());
  const Parts parts(r, **chip, calibration.shared);
  return memory_of(parts.frame, r.plan, parts.layers, parts.stages, parts.states, micro_batches(r, r.plan));
}

tl::expected<StepResult, PlanError> evaluate(const StepRequest& r, const Calibration& calibration) {
  const auto chip = legal_chip(r, calibration);
  if (!chip) return tl::unexpected(chip.error());
  const ParallelPlan& plan = r.plan;
  const Parts parts(r, **chip, calibration.shared);
  const StepFrame& frame = parts.frame;
  const CostContext& c = parts.context;
  const StageTable& stages = parts.stages;
  const std::int32_t n = micro_batches(r, plan);
  const MeshGroups groups = mesh_groups(frame, plan);

  StepResult result;
  result.micro_batches = n;
  const TimeBreakdown part = schedule_part(frame, plan, stages, n, pipeline_send(frame, groups, plan));
  const GradientTraffic traffic = gradient_traffic(frame, c, plan, groups, stages.weights[stages.slowest]);
  result.time = whole_step(frame, plan, part, stages.costs[stages.slowest], traffic, n);

  result.step_time_s = result.time.total();
  const std::string_view regime = regime_of(r);
  const auto band = std::find_if(calibration.bands.begin(), calibration.bands.end(),
                                 [&](const IntervalBand& b) { return b.regime == regime; });
  const bool known = band != calibration.bands.end();
  const double wider = widening_of(r, calibration);
  result.low_s = result.step_time_s * (known ? std::pow(band->low, wider) : 1);
  result.high_s = result.step_time_s * (known ? std::pow(band->high, wider) : 1);
  const double tokens = real(r.global_batch) * real(r.seq_len);
  result.tokens_per_s_per_gpu = tokens / result.step_time_s / real(r.gpus);
  const auto flops = workload::flops_per_token(*r.model, r.seq_len, c.frozen_weights);
  const double peak = c.low.peak(plan.precision) * real(r.gpus) * result.step_time_s;
  result.model_flops = flops.model_full * tokens;
  result.mfu = result.model_flops / peak;
  result.mfu_causal = flops.model_causal * tokens / peak;
  const double again =
      plan.recompute.kind == RecomputeKind::kFull
          ? c.full_recompute_share * (flops.products_forward + flops.attention_causal_forward)
          : 0.0;
  result.hfu = (flops.model_causal + again) * tokens / peak;
  result.memory = memory_of(frame, plan, parts.layers, stages, parts.states, n);
  return result;
}

}  // namespace gigawatt::step
