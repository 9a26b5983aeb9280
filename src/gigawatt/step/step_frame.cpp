#include "gigawatt/step/step_frame.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/base/real.h"
#include "gigawatt/network/flow_collectives.h"
#include "gigawatt/topology/cluster.h"

namespace gigawatt::step {
namespace {

using base::real;

kernels::ChipModel chip_model(const StepRequest& r, const ChipCalibration& chip,
                              const SharedCalibration& shared, double clock) {
  kernels::ChipModel model = kernels::make_chip_model(*r.accelerator, chip.kernel);
  model.sustained_clock = clock;
  for (auto& gemm : model.kernel.gemm) gemm.quantise_bytes *= shared.cast_share;
  model.host_launch = 0;  // the host's part is counted per layer, where it can hide behind the device
  return model;
}

/// A collective alone, with a card that runs at the request's share.
network::Fabric lone_fabric(const StepRequest& r, const ChipCalibration& chip) {
  auto fabric = network::make_fabric(topology::make_cluster(*r.system, *r.accelerator, r.gpus), chip.network);
  fabric.scaleout.bandwidth *= r.card_share;
  fabric.scaleout.exchange_bandwidth *= r.card_share;
  return fabric;
}

/// Collectives in training reach less than alone: other groups, congestion, stragglers at every call.
network::Fabric training_fabric(network::Fabric fabric, const ChipCalibration& chip, double scaleout) {
  fabric.scaleup.bandwidth *= chip.scaleup_training;
  fabric.in_network_bandwidth *= chip.scaleup_training;
  fabric.scaleup.exchange_bandwidth *= chip.scaleup_training;
  fabric.scaleout.bandwidth *= scaleout;
  fabric.scaleout.exchange_bandwidth *= scaleout;
  return fabric;
}

/// By flows where the request has a fabric for them.
std::unique_ptr<const network::CollectiveModel> collective_model(const StepRequest& r,
                                                                 const network::Fabric& constants) {
  if (r.flows != nullptr) return std::make_unique<network::FlowModel>(constants, *r.flows);
  return std::make_unique<network::ClosedForm>(constants);
}

/// The software's flash attention kernel over the chip's best one. Chips from Hopper on need asynchronous
/// matrix instructions, which FlashAttention 1 and 2 do not issue.
double attention_kernel_time(const StepRequest& r, const ChipCalibration& chip,
                             const SharedCalibration& shared) {
  const AttentionKernel kernel = r.software->attention;
  double time = r.model->attention_sinks ? shared.sink_attention_time : 1;
  if (kernel == AttentionKernel::kFlash1) time *= shared.flash1_time;
  if ((kernel == AttentionKernel::kFlash1 || kernel == AttentionKernel::kFlash2) &&
      chip.asynchronous_products)
    time *= shared.flash2_on_async;
  return time;
}

}  // namespace

tl::expected<const ChipCalibration*, PlanError> legal_chip(const StepRequest& r,
                                                           const Calibration& calibration) {
  if (const auto legal = check_plan(r); !legal) return tl::unexpected(legal.error());
  const ChipCalibration* chip = calibration.find(*r.accelerator);
  if (chip == nullptr)
    return tl::unexpected(
        PlanError{PlanErrorCode::kBadArgument, "the calibration holds no chip", "load data/calibration"});
  if (!calibration.generations.empty() && calibration.generation(r.accelerator->generation) == nullptr) {
    std::vector<std::string> known;
    for (const auto& g : calibration.generations) known.push_back(g.name);
    return tl::unexpected(PlanError{
        PlanErrorCode::kBadArgument,
        fmt::format("{}: generation \"{}\" is not known", r.accelerator->name, r.accelerator->generation),
        base::did_you_mean(r.accelerator->generation, known)});
  }
  return chip;
}

StepFrame::StepFrame(const StepRequest& r, const ChipCalibration& c, const SharedCalibration& s)
    : request(r),
      chip(&c),
      shared(&s),
      lone(lone_fabric(r, c)),
      // The factor of a kind of fabric stands for contention, which flows show.
      training(
          training_fabric(lone, c, r.flows != nullptr ? 1.0 : s.scaleout[fabric_index(r.system->fabric)])),
      alone(collective_model(r, lone)),
      in_training(collective_model(r, training)),
      parameters(workload::count_parameters(*r.model)),
      node_doublings(std::log2(std::max(1.0, real(r.gpus) / r.system->accelerators_per_node.value))) {
  const StageLayout whole(*r.model, 1, 1);
  const KindCounts counts = whole.stage(0);
  for (std::size_t k = 0; k < counts.size(); ++k) {
    present[k] = counts[k] > 0;
    if (present[k]) layers[k] = workload::layer_parameters(*r.model, kind_of(*r.model, static_cast<int>(k)));
  }
}

CostContext cost_context(const StepFrame& frame, const ParallelPlan& plan) {
  const StepRequest& r = frame.request;
  const ChipCalibration& chip = *frame.chip;
  const SharedCalibration& shared = *frame.shared;
  CostContext c;
  c.model = r.model;
  c.software = r.software;
  c.shared = &shared;
  c.fabric = &frame.training;
  c.collectives = frame.in_training.get();
  c.mixers = &chip.mixers;
  const auto low = static_cast<std::size_t>(plan.precision);
  const auto high = static_cast<std::size_t>(catalog::Precision::kBf16);
  c.low = chip_model(r, chip, shared, chip.sustained[low]);
  c.low_cast = c.low;
  for (auto& gemm : c.low_cast.kernel.gemm) gemm.quantise_bytes = 0;
  c.high = chip_model(r, chip, shared, chip.sustained[high]);
  c.high.memory_bandwidth *= chip.memory_sustained;
  c.attention_scale = r.software->attention_time * attention_kernel_time(r, chip, shared) *
                      chip.sustained[high] / chip.attention_sustained;
  c.host_kernel_s = r.software->host_launch_s * chip.host_scale;
  c.placements =
      network::place(frame.training, {.tp = plan.tp, .cp = plan.cp, .etp = plan.etp, .ep = plan.ep});
  c.sharding = {r.seq_len,
                plan.micro_batch,
                plan.tp,
                plan.cp,
                plan.ep,
                plan.etp,
                plan.sequence_parallel,
                r.software->fused_projections};
  c.plan = plan;
  c.frozen_weights = r.kind == TrainingKind::kLora;
  c.packed_tokens = r.packed_tokens;
  c.full_recompute_share = full_recompute_share(r, plan);
  return c;
}

double full_recompute_share(const StepRequest& r, const ParallelPlan& plan) {
  if (plan.recompute.kind != RecomputeKind::kFull || plan.recompute.full_layers <= 0) return 1;
  return std::min(1.0, real(plan.recompute.full_layers) * plan.pp / real(r.model->layers));
}

std::int32_t micro_batches(const StepRequest& r, const ParallelPlan& plan) {
  return static_cast<std::int32_t>(r.global_batch / (std::int64_t{plan.dp} * plan.micro_batch));
}

bool holds_whole_gradients(const StepRequest& r, const ParallelPlan& plan) {
  if (plan.zero_stage < 2) return true;
  const std::int32_t n = micro_batches(r, plan);
  if (n == 1) return false;
  if (plan.zero_stage == 2 && plan.pp > 1) return plan.vpp == 1 || n > plan.pp;
  return !r.software->fsdp_reduce_every_micro_batch;
}

MeshGroups mesh_groups(const StepFrame& frame, const ParallelPlan& plan) {
  const auto all = network::place(frame.training, {plan.tp, plan.cp, plan.dp, plan.pp, plan.etp, plan.ep});
  return {all.data_context, all.expert_data, all.pipeline};
}

}  // namespace gigawatt::step
