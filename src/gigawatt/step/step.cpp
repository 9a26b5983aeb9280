#include "gigawatt/step/step.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/step/data_parallel.h"
#include "gigawatt/step/layer_cost.h"
#include "gigawatt/step/memory.h"
#include "gigawatt/step/stage_layout.h"
#include "gigawatt/topology/cluster.h"
#include "gigawatt/workload/flops.h"

namespace gigawatt::step {
namespace {

double real(std::int64_t x) { return static_cast<double>(x); }

ChipModel chip_model(const StepRequest& r, const ChipCalibration& chip, const SharedCalibration& shared, double clock) {
  ChipModel model = make_chip_model(*r.accelerator, chip.kernel);
  model.sustained_clock = clock;
  for (auto& gemm : model.kernel.gemm) gemm.quantise_bytes *= shared.cast_share;
  model.host_launch = 0;  // the host's part is counted per layer, where it can hide behind the device
  return model;
}

/// Collectives in training reach less than alone: other groups, congestion, stragglers at every call.
network::Fabric training_fabric(network::Fabric fabric, const ChipCalibration& chip) {
  fabric.scaleup.bandwidth *= chip.scaleup_training;
  fabric.in_network_bandwidth *= chip.scaleup_training;
  fabric.scaleup.exchange_bandwidth *= chip.scaleup_training;
  fabric.scaleout.bandwidth *= chip.scaleout_training;
  fabric.scaleout.exchange_bandwidth *= chip.scaleout_training;
  return fabric;
}

/// The software's flash attention kernel over the chip's best one. Chips from Hopper on need asynchronous
/// matrix instructions, which FlashAttention 1 and 2 do not issue.
double attention_kernel_time(const StepRequest& r, const SharedCalibration& shared) {
  const bool old = r.accelerator->generation == "ampere" || r.accelerator->generation == "volta" || r.accelerator->generation == "ada";
  const AttentionKernel kernel = r.software->attention;
  double time = r.model->attention_sinks ? shared.sink_attention_time : 1;
  if (kernel == AttentionKernel::kFlash1) time *= shared.flash1_time;
  if ((kernel == AttentionKernel::kFlash1 || kernel == AttentionKernel::kFlash2) && !old) time *= shared.flash2_on_async;
  return time;
}

CostContext make_context(const StepRequest& r, const ChipCalibration& chip, const SharedCalibration& shared, const network::Fabric& fabric) {
  const ParallelPlan& plan = r.plan;
  CostContext c;
  c.model = r.model;
  c.software = r.software;
  c.shared = &shared;
  c.fabric = &fabric;
  const auto low = static_cast<std::size_t>(plan.precision);
  const auto high = static_cast<std::size_t>(catalog::Precision::kBf16);
  c.low = chip_model(r, chip, shared, chip.sustained[low]);
  c.low_cast = c.low;
  for (auto& gemm : c.low_cast.kernel.gemm) gemm.quantise_bytes = 0;
  c.high = chip_model(r, chip, shared, chip.sustained[high]);
  c.high.memory_bandwidth *= chip.memory_sustained;
  c.attention_scale = r.software->attention_time * attention_kernel_time(r, shared) * chip.sustained[high] / chip.attention_sustained;
  c.host_kernel_s = r.software->host_launch_s * chip.host_scale * (plan.cuda_graph ? 1 - r.software->graph_coverage : 1);
  c.placements = network::place(fabric, {plan.tp, plan.cp, plan.dp, plan.pp, plan.etp, plan.ep});
  c.sharding = {r.seq_len, plan.micro_batch, plan.tp, plan.cp, plan.ep, plan.etp, plan.sequence_parallel};
  c.plan = plan;
  c.frozen_weights = r.kind == TrainingKind::kLora;
  c.packed_tokens = r.packed_tokens;
  if (plan.recompute.kind == RecomputeKind::kFull && plan.recompute.full_layers > 0)
    c.full_recompute_share = std::min(1.0, real(plan.recompute.full_layers) * plan.pp / real(r.model->layers));
  return c;
}

/// Sums over the stages that the schedules need.
struct StageSums {
  LayerCost slowest;
  double slowest_s = 0;
  double all_s = 0;  ///< forward + backward of every stage
  std::int32_t slowest_index = 0;
};

StageSums stage_sums(const CostContext& c, const StageLayout& layout) {
  std::array<LayerCost, kLayerKinds> cost{};
  std::array<bool, kLayerKinds> known{};
  const LayerCost embedding = embedding_cost(c);
  const LayerCost head = head_cost(c);
  StageSums sums;
  for (std::int32_t s = 0; s < layout.stages(); ++s) {
    const KindCounts counts = layout.stage(s);
    LayerCost stage;
    for (std::size_t k = 0; k < counts.size(); ++k) {
      if (counts[k] == 0) continue;
      if (!known[k]) cost[k] = layer_cost(c, kind_of(static_cast<int>(k)));
      known[k] = true;
      stage.add(cost[k], counts[k]);
    }
    if (s == 0) stage.add(embedding, 1);
    if (s == layout.stages() - 1) stage.add(head, 1.0 + real(c.model->mtp_layers));
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
double pipeline_seconds(const CostContext& c, const network::Fabric& fabric, std::int32_t micro_batches) {
  const ParallelPlan& plan = c.plan;
  if (plan.pp <= 1) return 0;
  const double tokens = real(c.sharding.micro_batch * c.sharding.seq_len / c.sharding.cp);
  const double shard = plan.sequence_parallel || c.software->p2p_scatter ? plan.tp : 1;
  const double one = network::send_recv_seconds(fabric, c.placements.pipeline, tokens * real(c.model->hidden) * 2 / shard);
  const double overlap = plan.vpp > 1 || !c.software->overlap_needs_interleaving ? c.software->p2p_overlap : 0;
  return 2 * one * (real(micro_batches) * plan.vpp * (1 - overlap) + plan.pp - 1);
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
  if (const auto legal = check_plan(r); !legal) return tl::unexpected(legal.error());
  const ChipCalibration* chip = calibration.find(*r.accelerator);
  if (chip == nullptr) return tl::unexpected(PlanError{PlanErrorCode::kBadArgument, "the calibration holds no chip", "load data/calibration"});
  const network::Fabric lone = network::make_fabric(topology::make_cluster(*r.system, *r.accelerator, r.gpus), chip->network);
  const network::Fabric fabric = training_fabric(lone, *chip);
  const CostContext c = make_context(r, *chip, calibration.shared, fabric);
  const StageLayout layout(*r.model, r.plan.pp, r.plan.vpp);
  const auto n = static_cast<std::int32_t>(r.global_batch / (std::int64_t{r.plan.dp} * r.plan.micro_batch));
  return memory_of(r, c, layout, calibration.shared, n);
}

tl::expected<StepResult, PlanError> evaluate(const StepRequest& r, const Calibration& calibration) {
  if (const auto legal = check_plan(r); !legal) return tl::unexpected(legal.error());
  const ChipCalibration* chip = calibration.find(*r.accelerator);
  if (chip == nullptr) return tl::unexpected(PlanError{PlanErrorCode::kBadArgument, "the calibration holds no chip", "load data/calibration"});
  const ParallelPlan& plan = r.plan;
  const SoftwareProfile& software = *r.software;
  const SharedCalibration& shared = calibration.shared;
  const network::Fabric lone = network::make_fabric(topology::make_cluster(*r.system, *r.accelerator, r.gpus), chip->network);
  const network::Fabric fabric = training_fabric(lone, *chip);
  const CostContext c = make_context(r, *chip, shared, fabric);
  const StageLayout layout(*r.model, plan.pp, plan.vpp);
  const auto n = static_cast<std::int32_t>(r.global_batch / (std::int64_t{plan.dp} * plan.micro_batch));

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
  t[TimeTerm::kPpComm] = pipeline_seconds(c, lone, n);
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
