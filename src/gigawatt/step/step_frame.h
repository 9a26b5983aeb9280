#pragma once
/// What every plan of one question has in common (`StepFrame`), and what one plan adds to it for the costs of its
/// layers (`CostContext`). Private to this module and to `search`.

#include <array>
#include <memory>

#include "gigawatt/network/collective_model.h"
#include "gigawatt/step/layer_cost.h"
#include "gigawatt/step/stage_layout.h"
#include "gigawatt/step/step.h"
#include "gigawatt/workload/parameters.h"

namespace gigawatt::step {

/// The chip's constants, or why there are none: an illegal plan, an empty calibration.
tl::expected<const ChipCalibration*, PlanError> legal_chip(const StepRequest& request,
                                                           const Calibration& calibration);

/// Constants of a request whatever its plan. What the request points at, the chip's and the shared constants must
/// outlive it.
struct StepFrame {
  StepFrame(const StepRequest& request, const ChipCalibration& chip, const SharedCalibration& shared);
  StepFrame(const StepFrame&) = delete;
  StepFrame& operator=(const StepFrame&) = delete;

  StepRequest request;  ///< its plan plays no part
  const ChipCalibration* chip;
  const SharedCalibration* shared;
  network::Fabric lone;                                         ///< as a benchmark of one collective finds it
  network::Fabric training;                                     ///< what collectives reach in training
  std::unique_ptr<const network::CollectiveModel> alone;        ///< collectives on `lone`
  std::unique_ptr<const network::CollectiveModel> in_training;  ///< collectives on `training`
  workload::ParameterCount parameters;
  std::array<bool, kLayerKinds> present{};                      ///< kinds of layer that the model holds
  std::array<workload::LayerParameters, kLayerKinds> layers{};  ///< of those kinds
  double node_doublings = 0;                                    ///< log2 of the nodes
};

/// What the costs of a plan's layers depend on; points into the frame. `placements` are those that layers use: the
/// groups of tensor, context, expert and expert-tensor parallelism.
CostContext cost_context(const StepFrame& frame, const ParallelPlan& plan);

/// Share of the layers that full recompute computes again: all, or a number of layers of each stage.
double full_recompute_share(const StepRequest& request, const ParallelPlan& plan);

/// Micro-batches of one data-parallel rank and step.
std::int32_t micro_batches(const StepRequest& request, const ParallelPlan& plan);

/// Whether gradients accumulate whole over the micro-batches and are reduced once a step; shards have no room for that.
/// ZeRO-0 and 1 do. ZeRO-2 and 3 reduce in every micro-batch instead (DeepSpeed, PyTorch's FSDP), unless the software
/// does not (`fsdp_reduce_every_micro_batch`). Under a pipeline no framework reduces so often with ZeRO-2 (DeepSpeed
/// refuses it, PyTorch, Megatron-LM and MegaScale accumulate): there it is ZeRO-1 under another name, but with virtual
/// stages and no more micro-batches than stages, where a chunk's gradients are complete before the next one's begin.
bool holds_whole_gradients(const StepRequest& request, const ParallelPlan& plan);

/// The groups that depend on the data-parallel and pipeline size.
struct MeshGroups {
  network::GroupPlacement dense;   ///< gradients of the attention and dense layers: data x context
  network::GroupPlacement expert;  ///< gradients of the experts
  network::GroupPlacement pipeline;
};

MeshGroups mesh_groups(const StepFrame& frame, const ParallelPlan& plan);

}  // namespace gigawatt::step
