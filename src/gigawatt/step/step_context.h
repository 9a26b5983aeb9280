#pragma once
/// What `evaluate`, `evaluate_memory` and `schedule_input` share: a request turned into the constants that its
/// layers' costs depend on, and those costs put together stage by stage. Private to this module.

#include <array>
#include <cstdint>

#include "gigawatt/network/collectives.h"
#include "gigawatt/step/layer_cost.h"
#include "gigawatt/step/stage_layout.h"
#include "gigawatt/step/step.h"

namespace gigawatt::step {

/// The chip's constants, or why there are none: an illegal plan, an empty calibration.
tl::expected<const ChipCalibration*, PlanError> legal_chip(const StepRequest& request, const Calibration& calibration);

/// Of a legal request. `costs` points into this object and at the request's catalogue entries.
struct StepContext {
  StepContext(const StepRequest& request, const ChipCalibration& chip, const SharedCalibration& shared);
  StepContext(const StepContext&) = delete;
  StepContext& operator=(const StepContext&) = delete;

  network::Fabric lone;      ///< as a benchmark of one collective finds it
  network::Fabric training;  ///< what collectives reach in training
  CostContext costs;
  StageLayout layout;
  std::int32_t micro_batches;  ///< per data-parallel rank and step
};

/// Sums the costs of layers; each kind of layer is worked out once, when it is first met.
class LayerCosts {
 public:
  explicit LayerCosts(const CostContext& context);

  /// One micro-batch of these layers, with the embedding if they are the first of the model, the head if the last.
  LayerCost of(const KindCounts& counts, bool first, bool last);

 private:
  const CostContext& context_;
  LayerCost embedding_;
  LayerCost head_;
  std::array<LayerCost, kLayerKinds> cost_{};
  std::array<bool, kLayerKinds> known_{};
};

/// One activation (or its gradient) on its way to the next stage.
struct PipelineSend {
  double seconds = 0;
  double overlap = 0;  ///< share that runs beside compute
};

/// Zero without a pipeline.
PipelineSend pipeline_send(const StepContext& context);

}  // namespace gigawatt::step
