#include "gigawatt/step/step_batch.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/base/real.h"
#include "gigawatt/step/step_network.h"

namespace gigawatt::step {
namespace {

using base::real;

bool same_frame(const StepRequest& a, const StepRequest& b) {
  return a.model == b.model && a.accelerator == b.accelerator && a.system == b.system &&
         a.software == b.software && a.gpus == b.gpus && a.seq_len == b.seq_len && a.kind == b.kind &&
         a.packed_tokens == b.packed_tokens && a.flows == b.flows && a.card_share == b.card_share;
}

bool same_context(const ParallelPlan& a, const ParallelPlan& b) {
  return a.tp == b.tp && a.cp == b.cp && a.ep == b.ep && a.etp == b.etp && a.micro_batch == b.micro_batch &&
         a.precision == b.precision && a.sequence_parallel == b.sequence_parallel &&
         a.flash_attention == b.flash_attention && a.cuda_graph == b.cuda_graph;
}

/// A schedule that pairs micro-batches hides other collectives of layers; a number of recomputed layers is counted by
/// stage.
bool same_layers(const ParallelPlan& a, const ParallelPlan& b) {
  return a.recompute == b.recompute &&
         (a.schedule == Schedule::kDualPipe) == (b.schedule == Schedule::kDualPipe) &&
         (a.recompute.full_layers == 0 || a.pp == b.pp);
}

bool same_stages(const ParallelPlan& a, const ParallelPlan& b) {
  return a.pp == b.pp && a.vpp == b.vpp && a.schedule == b.schedule && a.first_layers == b.first_layers &&
         a.last_layers == b.last_layers && a.cut == b.cut;
}

}  // namespace

StepBatch::Level StepBatch::shared_with_last(const StepRequest& r) const {
  if (!last_ || !same_frame(r, *last_)) return Level::kNothing;
  const ParallelPlan &a = r.plan, &b = last_->plan;
  if (!same_context(a, b)) return Level::kFrame;
  if (!same_layers(a, b)) return Level::kContext;
  if (!same_stages(a, b)) return Level::kLayers;
  // The batch decides the number of micro-batches alone.
  return a.dp == b.dp && r.global_batch == last_->global_batch ? Level::kSchedule : Level::kStages;
}

void StepBatch::prepare(const StepRequest& r, const ChipCalibration& chip) {
  const Level level = std::min(valid_, shared_with_last(r));
  valid_ = Level::kNothing;  // should a part throw
  last_ = r;
  if (level < Level::kFrame) {
    frame_.emplace(r, chip, calibration_.shared);
    flops_ = workload::flops_per_token(*r.model, r.seq_len, r.kind == TrainingKind::kLora);
  }
  frame_->request = r;
  if (level < Level::kContext) {
    context_ = cost_context(*frame_, r.plan);
    times_ = LayerTimes(context_, frame_->present);
  }
  context_.plan = r.plan;
  context_.full_recompute_share = full_recompute_share(r, r.plan);
  if (level < Level::kLayers) layers_ = LayerSet(context_, times_, frame_->present);
  if (level < Level::kStages) cut(r);
  valid_ = std::max(Level::kStages, level);
}

void StepBatch::cut(const StepRequest& r) {
  const StageLayout layout = layout_of(*r.model, r.plan);
  stages_.runs = stage_runs(layout);
  stages_.chunks.clear();
  if (schedule_chunks(r.plan) > 1) stages_.chunks = chunk_runs(layout);
  stages_.weigh(*frame_, r.plan);
  stages_.time(layers_);
  stages_.spread(layers_);
}

const TimeBreakdown& StepBatch::schedule(const ParallelPlan& plan, std::int32_t micro_batches) {
  if (valid_ < Level::kSchedule) {
    groups_ = mesh_groups(*frame_, plan);
    part_ = schedule_part(*frame_, plan, stages_, micro_batches, pipeline_send(*frame_, groups_, plan));
    valid_ = Level::kSchedule;
  }
  return part_;
}

MemoryBreakdown StepBatch::memory(const ParallelPlan& plan, std::int32_t micro_batches) {
  states_.clear();
  for (const StageWeights& w : stages_.weights) states_.push_back(state_bytes(*frame_, plan, w));
  return memory_of(*frame_, plan, layers_, stages_, states_, micro_batches);
}

tl::expected<MemoryBreakdown, PlanError> StepBatch::evaluate_memory(const StepRequest& r) {
  const auto chip = legal_chip(r, calibration_);
  if (!chip) return tl::unexpected(chip.error());
  prepare(r, **chip);
  return memory(r.plan, micro_batches(r, r.plan));
}

tl::expected<StepResult, PlanError> StepBatch::evaluate(const StepRequest& r) {
  const auto chip = legal_chip(r, calibration_);
  if (!chip) return tl::unexpected(chip.error());
  prepare(r, **chip);
  const ParallelPlan& plan = r.plan;
  const StepFrame& frame = *frame_;
  const std::int32_t n = micro_batches(r, plan);

  StepResult result;
  result.micro_batches = n;
  TimeBreakdown part = schedule(plan, n);
  GradientTraffic traffic =
      gradient_traffic(frame, context_, plan, groups_, stages_.weights[stages_.slowest]);
  if (r.flows != nullptr) {
    auto met = std::make_shared<StepNetwork>(step_network(frame, context_, plan, groups_, stages_, n));
    slow_down(*met, part, traffic);
    result.network = std::move(met);
  }
  result.time = whole_step(frame, plan, part, stages_.costs[stages_.slowest], traffic, n);

  result.step_time_s = result.time.total();
  const std::string_view regime = regime_of(r);
  const auto band = std::find_if(calibration_.bands.begin(), calibration_.bands.end(),
                                 [&](const IntervalBand& b) { return b.regime == regime; });
  const bool known = band != calibration_.bands.end();
  const double wider = widening_of(r, calibration_);
  result.low_s = result.step_time_s * (known ? std::pow(band->low, wider) : 1);
  result.high_s = result.step_time_s * (known ? std::pow(band->high, wider) : 1);
  const double tokens = real(r.global_batch) * real(r.seq_len);
  result.tokens_per_s_per_gpu = tokens / result.step_time_s / real(r.gpus);
  const double peak = context_.low.peak(plan.precision) * real(r.gpus) * result.step_time_s;
  result.model_flops = flops_.model_full * tokens;
  result.mfu = result.model_flops / peak;
  result.mfu_causal = flops_.model_causal * tokens / peak;
  const double again =
      plan.recompute.kind == RecomputeKind::kFull
          ? context_.full_recompute_share * (flops_.products_forward + flops_.attention_causal_forward)
          : 0.0;
  result.hfu = (flops_.model_causal + again) * tokens / peak;
  result.memory = memory(plan, n);
  return result;
}

}  // namespace gigawatt::step
